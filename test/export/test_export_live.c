/* Exports in a live host: once a stream is open, no block finds a way that was
   not recorded beforehand, nor after an attribute was set and prepared. */
#include "check_export.h"

enum { BLOCKS = 180 };

/* Blocks that could not be played at once. */
static int missed(tb_script_stream *s, const tb_script_model *ts,
                  const tb_script_method *m)
{
    tb_error error = {0};
    int n = ts->ratio / m->in_ratio, k = ts->ratio / m->out_ratio, count = 0;
    float *x = calloc((size_t)(m->in_channels * n), sizeof *x);
    float *y = calloc((size_t)(m->out_channels * k), sizeof *y);
    const float *in[16];
    float *out[16];
    for (int i = 0; i < m->in_channels; i++)
        in[i] = x + i * n;
    for (int i = 0; i < m->out_channels; i++)
        out[i] = y + i * k;
    for (int b = 0; b < BLOCKS; b++) {
        bool played = tb_script_stream_run(s, in, out);
        count += !played;
        if (!played && tb_script_stream_prepare(s, &error))
            fprintf(stderr, "# %s\n", error.text);
    }
    free(x);
    free(y);
    return count;
}

static void check_live(const char *presets, const char *method, int rate)
{
    tb_checkpoint c;
    tb_export_report r;
    tb_error error = {0};
    const char *more[] = {"0.5"};
    if (!make_rave(presets, 1, NULL, &c) ||
        !export_at(rate, exported, presets, &c, &r))
        return;
    tb_script_model *ts = tb_script_model_open(exported, NULL, &error);
    const tb_script_method *m =
        ts ? tb_script_model_method(ts, method, &error) : NULL;
    tb_script_stream *s =
        m ? tb_script_stream_new(ts, m, 1, ts->ratio, &error) : NULL;
    if (OK_NAMED(s != NULL, presets)) {
        EQ(missed(s, ts, m), 0);
        EQ(tb_script_model_set(ts, "spread", 1, more, &error), TB_OK);
        EQ(tb_script_stream_prepare(s, &error), TB_OK);
        EQ(missed(s, ts, m), 0);
    }
    tb_script_stream_free(s);
    tb_script_model_close(ts);
    tb_checkpoint_clear(&c);
    unlink(exported);
}

int main(void)
{
    name_file();
    check_live("v1", "forward", 0);
    check_live("v2,causal", "forward", 0);
    check_live("v2_small", "encode", 0);
    check_live("v2_small,causal", "forward", 48000);
    check_live("raspberry", "decode", 96000);
    return tap_done();
}
