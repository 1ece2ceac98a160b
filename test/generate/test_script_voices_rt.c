/* Voices of a TorchScript file at work neither allocate nor free nor lock. */
#include "counted.h"
#include "models/model.h"
#include "tap.h"

/* tools/check-realtime reads this file without meson's arguments. */
#ifndef FIXTURES
#define FIXTURES "."
#endif

enum { BLOCK = 64 };

static TB_REALTIME void play(tb_voices *v, const float *const *in,
                             float *const *out, int control)
{
    tb_voices_set(v, control, -1, 0.5);
    for (int i = 0; i < 4; i++)
        tb_voices_process(v, in, out, 2 * BLOCK);
    tb_voices_reset(v, 3);
    tb_voices_process(v, in, out, BLOCK); /* silent: to be prepared */
}

static TB_REALTIME void go_on(tb_voices *v, float *const *out, int control)
{
    tb_voices_set(v, control, 0, 0.5);
    for (int i = 0; i < 9; i++)
        tb_voices_run(v, out, 50);
}

static tb_voices *voices_of(tb_model *m, const char *method)
{
    tb_message message = {0};
    tb_voices_settings s = tb_voices_defaults();
    s.method = method;
    s.voices = 2;
    s.block = BLOCK;
    tb_voices *v = tb_voices_new(m, &s, &message);
    if (!OK_NAMED(v != NULL, method))
        fprintf(stderr, "# %s\n", message.text);
    return v;
}

int main(void)
{
    static float x[2][2 * BLOCK], y[2][2 * BLOCK];
    const float *in[] = {x[0], x[1]};
    float *out[] = {y[0], y[1]};
    tb_model *m = tb_model_open(FIXTURES "/generator.ts", NULL);
    tb_voices *v = voices_of(m, "forward");
    int bias = tb_voices_control(v, "bias");
    OK(counted > 0);
    x[0][5] = 1;
    tb_voices_process(v, in, out, BLOCK);
    counted = 0;
    play(v, in, out, bias);
    EQ(counted, 0);
    EQ(y[0][5] != 0, 0);
    OK(tb_voices_prepare(v, NULL));
    tb_voices_process(v, in, out, BLOCK);
    OK(y[0][5] != 0);
    tb_voices_free(v);
    v = voices_of(m, "generate");
    counted = 0;
    go_on(v, out, tb_voices_control(v, "temperature"));
    EQ(counted, 0);
    tb_voices_free(v);
    tb_model_close(m);
    return tap_done();
}
