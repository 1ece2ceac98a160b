/* Allocation i fails, for every i, from a TorchScript file to its sound:
   nothing crashes, nothing leaks and the failure is told. */
#include "failing.h"
#include "models/model.h"
#include "tap.h"

#include <string.h>

static int untold; /* failures without a sentence */

static bool open_model(void)
{
    tb_message message = {0};
    tb_model *m = tb_model_open(FIXTURES "/generator.ts", &message);
    untold += !m && !message.text[0];
    tb_model_close(m);
    return m != NULL;
}

static tb_model *model;

static bool play(const char *method)
{
    tb_message message = {0};
    tb_voices_settings s = tb_voices_defaults();
    float x[4 * 64] = {0};
    const float *in = x;
    float *out = x;
    s.method = method;
    s.block = 16;
    tb_voices *v = tb_voices_new(model, &s, &message);
    bool good = v && tb_voices_set_text(v, "bias", "0.5", &message);
    if (good && strcmp(method, "generate") == 0)
        good = tb_voices_run_offline(v, &out, 40, &message);
    else if (good)
        good = tb_voices_process_offline(v, &in, &out, 32, &message);
    if (good) {
        tb_voices_reset(v, 1);
        good = tb_voices_prepare(v, &message);
    }
    untold += !good && !message.text[0];
    tb_voices_free(v);
    return good;
}

static bool decode(void)
{
    return play("decode");
}

static bool forward(void)
{
    return play("forward");
}

static bool generate(void)
{
    return play("generate");
}

/* What the model keeps of a method is there after the first time. */
static void check(bool (*attempt)(void), const char *name)
{
    OK_NAMED(attempt(), name);
    fail_each(attempt, name, 3, 10000);
}

int main(void)
{
    check(open_model, "opening");
    model = tb_model_open(FIXTURES "/generator.ts", NULL);
    check(decode, "latents to sound");
    check(forward, "two methods in a row");
    check(generate, "sound by itself");
    tb_model_close(model);
    EQ(untold, 0);
    return tap_done();
}
