/* A TorchScript file is a model like any other. */
#include "models/model.h"
#include "tap.h"
#include "torchscript/script_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 1024 };

static tb_model *open_fixture(const char *name)
{
    tb_message message = {0};
    char path[1024];
    snprintf(path, sizeof path, FIXTURES "/%s", name);
    tb_model *m = tb_model_open(path, &message);
    if (!OK_NAMED(m != NULL, name))
        fprintf(stderr, "# %s\n", message.text);
    return m;
}

static tb_voices *voices_of(tb_model *m, const char *method, int voices,
                            int64_t block)
{
    tb_message message = {0};
    tb_voices_settings s = tb_voices_defaults();
    s.method = method;
    s.voices = voices;
    s.block = block;
    s.full_weights = true;
    tb_voices *v = tb_voices_new(m, &s, &message);
    if (!OK_NAMED(v != NULL, method))
        fprintf(stderr, "# %s\n", message.text);
    return v;
}

static void make_sound(float *x)
{
    for (int i = 0; i < SAMPLES; i++)
        x[i] = 0.5F * sinf(0.07F * (float)i) + 0.3F * sinf(0.31F * (float)i);
}

static void check_facts(void)
{
    tb_model *m = open_fixture("stream.ts");
    tb_port_facts port = {0};
    SAME_TEXT(tb_model_kind(m), "torchscript");
    EQ(tb_model_epoch(m), -1);
    EQ(tb_model_channels(m), 1);
    EQ(tb_model_methods(m), 3);
    OK(tb_model_output(m, "encode", 0, &port));
    OK(!port.is_sound && port.channels == 2 && port.frames == 1 &&
       port.per == 8 && port.levels == 0);
    OK(tb_model_input(m, "decode", 0, &port) && port.per == 8);
    OK(tb_model_output(m, "decode", 0, &port) && port.is_sound);
    OK(!tb_model_input(m, "decode", 1, &port));
    OK(!tb_model_input(m, "dance", 0, &port));
    OK(!tb_model_checkpoint(m));
    tb_model_close(m);
}

/* What the file's own stream gives is what voices give. */
static void check_forward(void)
{
    static float x[2][SAMPLES], y[2][SAMPLES], want[2][SAMPLES];
    const float *in[] = {x[0], x[1]};
    float *out[] = {y[0], y[1]}, *right[] = {want[0], want[1]};
    tb_model *m = open_fixture("stream.ts");
    tb_voices *v = voices_of(m, "forward", 2, 256);
    tb_script_model *s =
        tb_script_model_open(FIXTURES "/stream.ts", NULL, NULL);
    tb_script_stream *stream = tb_script_stream_new(
        s, tb_script_model_method(s, "forward", NULL), 2, 256, NULL);
    make_sound(x[0]);
    for (int i = 0; i < SAMPLES; i++)
        x[1][i] = 0.7F * x[0][SAMPLES - 1 - i];
    EQ(tb_voices_grain(v), 256);
    tb_voices_process(v, in, out, SAMPLES);
    for (int at = 0; at < SAMPLES; at += 256) {
        const float *from[] = {x[0] + at, x[1] + at};
        float *to[] = {right[0] + at, right[1] + at};
        tb_script_stream_play(stream, from, to, NULL);
    }
    OK(memcmp(y, want, sizeof y) == 0);
    tb_voices_reset(v, 0);
    OK(tb_voices_prepare(v, NULL));
    tb_voices_process(v, in, out, SAMPLES);
    OK_NAMED(memcmp(y, want, sizeof y) == 0, "a reset is a beginning");
    tb_script_stream_free(stream);
    tb_script_model_close(s);
    tb_voices_free(v);
    tb_model_close(m);
}

/* Two at once are two timelines. */
static void check_apart(void)
{
    static float x[SAMPLES], a[SAMPLES], b[SAMPLES];
    const float *in = x;
    float *to_a = a, *to_b = b;
    tb_model *m = open_fixture("stream.ts");
    tb_voices *v = voices_of(m, "forward", 1, 0);
    tb_voices *w = voices_of(m, "forward", 1, 0);
    make_sound(x);
    for (int at = 0; at < SAMPLES; at += 256) {
        in = x + at;
        to_a = a + at;
        tb_voices_process(v, &in, &to_a, 256);
        to_b = b + at;
        tb_voices_process(w, &in, &to_b, 256);
    }
    OK(memcmp(a, b, sizeof a) == 0);
    tb_voices_free(v);
    tb_voices_free(w);
    tb_model_close(m);
}

/* Encode, then decode: latents of two numbers for 8 samples. */
static void check_halves(void)
{
    static float x[SAMPLES], z[SAMPLES / 8 * 2], y[SAMPLES];
    const float *in = x, *latents = z;
    float *coded = z, *out = y;
    double power = 0;
    tb_model *m = open_fixture("stream.ts");
    tb_voices *v = voices_of(m, "encode", 1, 64);
    make_sound(x);
    tb_voices_process(v, &in, &coded, SAMPLES);
    tb_voices_free(v);
    v = voices_of(m, "decode", 1, 64);
    tb_voices_process(v, &latents, &out, SAMPLES);
    tb_voices_free(v);
    for (int i = 0; i < SAMPLES; i++)
        power += (double)y[i] * (double)y[i];
    OK(power > 0.01 && isfinite(power));
    tb_model_close(m);
}

static bool has_control(tb_model *m, const char *method, const char *name,
                        tb_control_type type)
{
    const tb_control *c;
    for (int i = 0; (c = tb_model_control(m, method, i)); i++)
        if (strcmp(c->name, name) == 0)
            return c->type == type && c->planned;
    return false;
}

static void check_controls(void)
{
    static float x[SAMPLES], loud[SAMPLES], soft[SAMPLES], again[SAMPLES];
    const float *in = x;
    float *out = loud;
    tb_message message = {0};
    tb_model *m = open_fixture("stream.ts");
    tb_voices *v = voices_of(m, "forward", 1, 256);
    OK(has_control(m, "forward", "gain", TB_CONTROL_REAL));
    OK(has_control(m, "forward", "bypass", TB_CONTROL_BOOL));
    OK(!has_control(m, "forward", "mode", TB_CONTROL_REAL)); /* a text */
    make_sound(x);
    tb_voices_process(v, &in, &out, SAMPLES);
    tb_voices_reset(v, 0);
    tb_voices_set(v, tb_voices_control(v, "gain"), -1, 0.25);
    OK(tb_voices_prepare(v, &message));
    out = soft;
    tb_voices_process(v, &in, &out, SAMPLES);
    OK(memcmp(loud, soft, sizeof soft) != 0);
    tb_voices_reset(v, 0);
    OK(tb_voices_prepare(v, &message));
    out = again;
    tb_voices_process(v, &in, &out, SAMPLES);
    OK_NAMED(memcmp(again, soft, sizeof soft) == 0, "controls stay");
    OK(tb_voices_set_text(v, "mode", "hard", &message));
    OK(!tb_voices_set_text(v, "mode", "medium", &message));
    OK(!tb_voices_set_text(v, "tune", "1", &message));
    OK(strstr(message.text, "gain"));
    tb_voices_free(v);
    tb_model_close(m);
}

static bool plays(tb_voices *v, const float *x, float *y)
{
    const float *in = x;
    memset(y, 0, SAMPLES * sizeof *y);
    tb_voices_process(v, &in, &y, SAMPLES);
    return y[0] != 0;
}

/* What an attribute would lead to is found when it is set; the sound goes on.
 */
static void check_refusals(void)
{
    static float x[SAMPLES], before[SAMPLES], after[SAMPLES];
    tb_message message = {0};
    tb_voices_settings s = tb_voices_defaults();
    tb_model *m = open_fixture("hidden.ts");
    s.method = "elsewhere";
    s.block = 256;
    OK(!tb_voices_new(m, &s, &message));
    OK(strstr(message.text, "norm of order 3") &&
       strstr(message.text, "Inner.forward"));
    OK(has_control(m, "forward", "path", TB_CONTROL_INTEGER));
    OK(!has_control(m, "forward", "order", TB_CONTROL_REAL));
    tb_voices *v = voices_of(m, "forward", 1, 256);
    for (int i = 0; i < SAMPLES; i++)
        x[i] = 1;
    OK(plays(v, x, before) && plays(v, x, before));
    OK(!tb_voices_set_text(v, "path", "1", &message));
    OK(strstr(message.text, "Hidden.forward"));
    OK(plays(v, x, after));
    NEAR(after[0], 2, 0); /* and the last of before */
    /* Of several only what is refused is left out. */
    tb_voices_set(v, tb_voices_control(v, "path"), -1, 2);
    tb_voices_set(v, tb_voices_control(v, "gain"), -1, 0.25);
    OK(!tb_voices_prepare(v, &message));
    OK(strstr(message.text, "Inner.forward"));
    OK(plays(v, x, before));
    NEAR(before[0], 1.25, 0);
    OK(tb_voices_prepare(v, &message));
    tb_voices_reset(v, 0);
    OK(tb_voices_prepare(v, &message));
    OK_NAMED(plays(v, x, after), "nor has a new beginning it");
    NEAR(after[0], 0.25, 0);
    tb_voices_free(v);
    tb_model_close(m);
}

/* What it is, is in it and not in its name. */
static void check_content(void)
{
    char line[2048], path[] = "/tmp/timbrel-script-XXXXXX";
    tb_message message = {0};
    snprintf(line, sizeof line, "cp " FIXTURES "/stream.ts %s", mkdtemp(path));
    OK(system(line) == 0);
    snprintf(line, sizeof line, "mv %s/stream.ts %s/stream", path, path);
    OK(system(line) == 0);
    snprintf(line, sizeof line, "%s/stream", path);
    tb_model *m = tb_model_open(line, &message);
    OK(m != NULL);
    tb_model_close(m);
    snprintf(line, sizeof line, "rm -r %s", path);
    OK(system(line) == 0);
    OK(!tb_model_open(FIXTURES "/calls.jsonl", &message));
}

int main(void)
{
    check_facts();
    check_forward();
    check_apart();
    check_halves();
    check_controls();
    check_refusals();
    check_content();
    return tap_done();
}
