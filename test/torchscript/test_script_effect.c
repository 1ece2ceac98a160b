/* Effects of Neutone's, whose methods say their channels: they open, are told
   the host's block, and play one voice. */
#include "tap.h"
#include "torchscript/script_model.h"

#include <string.h>

enum { CHANNELS = 2 };

static tb_script_model *open_effect(void)
{
    tb_error error = {0};
    tb_script_model *m =
        tb_script_model_open(FIXTURES "/effect.ts", NULL, &error);
    OK_NAMED(m, error.text);
    return m;
}

static void test_facts(void)
{
    tb_script_model *m = open_effect();
    const tb_script_method *f = tb_script_model_method(m, "forward", NULL);
    OK(f && f->in_channels == CHANNELS && f->out_channels == CHANNELS);
    OK(f && f->in_ratio == 1 && f->out_ratio == 1 && !f->refusal);
    OK(m->method_count == 1 && m->ratio == 1);
    NEAR(m->sample_rate, 44100, 0);
    tb_script_model_close(m);
}

/* One sample late and half as loud, through blocks. */
static void test_playing(int block)
{
    enum { BLOCKS = 3, MOST = 64 };
    float in[CHANNELS][MOST], out[CHANNELS][MOST], last[CHANNELS] = {0};
    const float *const from[CHANNELS] = {in[0], in[1]};
    float *const to[CHANNELS] = {out[0], out[1]};
    tb_error error = {0};
    tb_latency_source source;
    tb_script_model *m = open_effect();
    tb_script_stream *s =
        tb_script_stream_new(m, &m->methods[0], 1, block, &error);
    if (!OK_NAMED(s, error.text))
        return;
    NEAR(tb_script_stream_latency(s, &source), 1, 0);
    for (int b = 0; b < BLOCKS; b++) {
        for (int i = 0; i < CHANNELS * block; i++)
            in[i / block][i % block] = (float)((b * 31 + i * 7) % 13) / 13;
        OK(tb_script_stream_play(s, from, to, &error) == TB_OK);
        for (int ch = 0; ch < CHANNELS; ch++) {
            NEAR(out[ch][0], 0.5f * last[ch], 0);
            NEAR(out[ch][block - 1], 0.5f * in[ch][block - 2], 0);
            last[ch] = in[ch][block - 1];
        }
    }
    tb_script_stream_free(s);
    tb_script_model_close(m);
}

static void test_voices(void)
{
    tb_error error = {0};
    tb_script_model *m = open_effect();
    OK(!tb_script_stream_new(m, &m->methods[0], 2, 32, &error));
    OK(strstr(error.text, "one voice"));
    tb_script_model_close(m);
}

int main(void)
{
    test_facts();
    test_playing(16);
    test_playing(64);
    test_voices();
    return tap_done();
}
