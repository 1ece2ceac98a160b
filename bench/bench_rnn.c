/* Recurrent layers over a sequence, with the product that feeds them: forward,
   and forward and backward to everything that they are made of. */
#include "engine/grad.h"
#include "job.h"
#include <stdio.h>

typedef struct size {
    int frames, batch, hidden;
} size;

static const size sizes[] = {{512, 16, 256}, {512, 16, 512}, {256, 32, 512}};

enum { WEIGHTS = 4, WANTED };

/* Leaves x and the parameters in `made`. */
static tb_value *build(tb_graph *g, tb_rnn_kind kind, const size *s,
                       tb_value *made[WANTED])
{
    int h = s->hidden, gates = tb_rnn_gates(kind) * h;
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(s->batch, TB_FRAMES, h));
    tb_value *w_ih = tb_param(g, "w_ih", tb_dims(gates, h));
    tb_value *w_hh = tb_param(g, "w_hh", tb_dims(gates, h));
    tb_value *b_ih = tb_param(g, "b_ih", tb_dims(gates));
    tb_value *b_hh = tb_param(g, "b_hh", tb_dims(gates));
    tb_value *zero = tb_fill(g, tb_dims(s->batch, h), 0);
    tb_value *all[WANTED] = {w_ih, w_hh, b_ih, b_hh, x};
    for (int i = 0; i < WANTED; i++)
        made[i] = all[i];
    return tb_rnn(kind, tb_linear(x, w_ih, b_ih), w_hh, b_hh, zero,
                  kind == TB_RNN_LSTM ? zero : NULL)
        .y;
}

static bool measure(const bench_options *o, tb_rnn_kind kind, const size *s,
                    const char *layer, bool backward)
{
    tb_graph *g = tb_graph_new();
    tb_value *made[WANTED], *gradients[WANTED];
    tb_value *y = build(g, kind, s, made);
    if (backward) {
        tb_value *dy =
            tb_input(g, "dy", TB_REAL, tb_dims(s->batch, TB_FRAMES, s->hidden));
        tb_grad(tb_mul(y, dy), WANTED, made, gradients);
    }
    tb_value *inner = bench_inner(y, 2);
    bench_job job;
    if (!bench_job_begin(&job, o, g, backward ? WANTED : 1,
                         backward ? gradients : &inner, s->frames))
        return false;
    /* Backward does each product of the forward pass twice. */
    double flops = 2.0 * s->frames * s->batch * s->hidden * s->hidden * 2 *
                   tb_rnn_gates(kind) * (backward ? 3 : 1);
    char name[96];
    snprintf(name, sizeof name, "%s %s", layer,
             backward ? "forward and backward" : "forward");
    double seconds = bench_median(o, bench_job_run, &job);
    bench_report(name, seconds * 1e3, "ms", flops / bench_peak_flops(o) * 1e3);
    bench_job_end(&job);
    return true;
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    bool good = true;
    for (int kind = TB_RNN_LSTM; kind <= TB_RNN_GRU; kind++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            const size *s = sizes + i;
            char name[64];
            snprintf(name, sizeof name, "%s_T%dB%dH%d",
                     kind == TB_RNN_LSTM ? "lstm" : "gru", s->frames, s->batch,
                     s->hidden);
            if (!bench_wanted(&o, name))
                continue;
            good &= measure(&o, (tb_rnn_kind)kind, s, name, false);
            good &= measure(&o, (tb_rnn_kind)kind, s, name, true);
        }
    bench_end(&o);
    return good ? 0 : 1;
}
