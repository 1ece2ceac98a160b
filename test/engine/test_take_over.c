/* A stream that goes on with another's memory: the same weights change nothing,
   other weights compute what comes from then on, and networks of another shape
   are refused by name. */
#include "closed_graph.h"
#include "engine/stream.h"
#include "random_graph.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

/* ---- by hand ---- */

/* Two layers of two taps each, and a state that fades and counts runs:
   h[j] = a x[j] + b x[j-1], y[j] = a h[j] + b h[j-1] + s, s' = a s + 1. */
typedef struct echo {
    tb_graph *graph;
    tb_value *x, *y;
    tb_params *params;
    tb_stream_plan *plan;
    tb_stream *stream;
} echo;

static echo echo_new(double a, double b, int channels)
{
    echo e = {.graph = tb_graph_new()};
    tb_value *w = tb_param(e.graph, "w", tb_dims(1, 1, 2));
    tb_value *d = tb_param(e.graph, "d", tb_dims(1));
    tb_value *s = tb_state(e.graph, "s", TB_REAL, tb_dims(channels), 0);
    tb_conv_attr how = tb_conv_causal(2, 1, 1);
    e.x = tb_input(e.graph, "x", TB_REAL, tb_dims(1, 1, TB_FRAMES));
    tb_value *y = tb_conv(tb_conv(e.x, w, NULL, how), w, NULL, how);
    e.y = tb_add(y, tb_sum(s, TB_ALL_AXES, false));
    tb_state_next(s, tb_map(tb_mul(s, d), TB_AFFINE, 1, 1));
    const tb_graph *g = e.graph;
    e.params = tb_params_new(1, &g, sizeof(double), NULL);
    tb_params_set(e.params, tb_params_find(e.params, "w"), (double[]){b, a});
    tb_params_set(e.params, tb_params_find(e.params, "d"), &a);
    tb_stream_settings set = {
        .backend = tb_backend_naive64(), .params = e.params, .n_max = 4};
    e.plan = tb_stream_plan_new(e.graph, 1, &e.y, &set, NULL);
    e.stream = tb_stream_new(e.plan, 1, NULL);
    return e;
}

static void echo_free(echo *e)
{
    tb_stream_free(e->stream);
    tb_stream_plan_free(e->plan);
    tb_params_free(e->params);
    tb_graph_free(e->graph);
}

static double echo_hear(echo *e, double x)
{
    tb_tensor in = tb_stream_write(e->stream, e->x, 1);
    *(double *)in.data = x;
    tb_stream_run(e->stream, 1);
    tb_tensor out = tb_stream_read(e->stream, e->y);
    return *(double *)out.data;
}

typedef struct echo_by_hand {
    double x, h, s; /* of the frame before */
} echo_by_hand;

static double by_hand(echo_by_hand *m, double a, double b, double x)
{
    double h = a * x + b * m->x, y = a * h + b * m->h + m->s;
    *m = (echo_by_hand){x, h, a * m->s + 1};
    return y;
}

static void other_weights(void)
{
    echo one = echo_new(0.5, 0.25, 1), two = echo_new(-0.75, 0.125, 1);
    echo_by_hand m = {0, 0, 1}; /* making a stream is a run, too */
    tb_error error = {0};
    for (int j = 0; j < 23; j++)
        NEAR(echo_hear(&one, j % 5), by_hand(&m, 0.5, 0.25, j % 5), 1e-12);
    OK(tb_stream_plan_matches(two.plan, one.plan, &error) == TB_OK);
    OK(tb_stream_plan_is_like(two.plan, one.plan));
    tb_stream_take_over(two.stream, one.stream);
    EQ(tb_stream_clock(two.stream), 23);
    echo_by_hand before = m;
    for (int j = 0; j < 23; j++)
        NEAR(echo_hear(&two, j % 7), by_hand(&m, -0.75, 0.125, j % 7), 1e-12);
    for (int j = 0; j < 9; j++)
        NEAR(echo_hear(&one, j % 3), by_hand(&before, 0.5, 0.25, j % 3), 1e-12);
    echo_free(&one);
    echo_free(&two);
}

static void other_shape(void)
{
    echo one = echo_new(1, 0, 1), two = echo_new(1, 0, 3);
    tb_error error = {0};
    OK(tb_stream_plan_matches(one.plan, two.plan, &error) == TB_ERR_ARGUMENT);
    OK(!tb_stream_plan_is_like(one.plan, two.plan));
    OK(strstr(error.text, "(state s)") != NULL);
    echo_free(&one);
    echo_free(&two);
}

/* ---- random networks: to themselves ---- */

typedef struct trial {
    tb_value *input; /* null: nothing comes from outside */
    tb_value *out;
    tb_stream *stream;
} trial;

/* All frames of the output that a run gives, as one number. */
static double run(const trial *t, int64_t n, uint64_t seed)
{
    tb_rng rng = {seed, 0};
    double sum = 0;
    if (t->input) {
        tb_tensor in = tb_stream_write(t->stream, t->input, n);
        for (int64_t b = 0; b < in.dim[0]; b++)
            for (int64_t c = 0; c < in.dim[1]; c++)
                for (int64_t j = 0; j < in.dim[2]; j++)
                    ((float *)in.data)[b * in.stride[0] + c * in.stride[1] +
                                       j * in.stride[2]] =
                        (float)tb_rng_normal(&rng);
    }
    tb_stream_run(t->stream, n);
    tb_tensor y = tb_stream_read(t->stream, t->out);
    for (int64_t b = 0; b < y.dim[0]; b++)
        for (int64_t c = 0; c < y.dim[1]; c++)
            for (int64_t j = 0; j < y.dim[2]; j++)
                sum =
                    0.9 * sum +
                    ((const float *)y.data)[b * y.stride[0] + c * y.stride[1] +
                                            j * y.stride[2]];
    return sum;
}

/* `a` runs on alone; `b`, which has been elsewhere, takes over in the middle
   and must say the same. */
static bool goes_on(const trial *a, const trial *b)
{
    bool same = true;
    for (uint64_t k = 0; k < 9; k++)
        run(a, (int64_t)(3 * k % 8) * 4, k);
    for (uint64_t k = 0; k < 5; k++)
        run(b, (int64_t)(5 * k % 8) * 4, 100 + k);
    tb_stream_take_over(b->stream, a->stream);
    for (uint64_t k = 0; k < 12; k++) {
        double x = run(a, (int64_t)(3 * k % 8) * 4, k);
        same &= x == run(b, (int64_t)(3 * k % 8) * 4, k);
    }
    return same;
}

static bool itself(const tb_graph *g, tb_value *input, tb_value *out,
                   tb_schedule schedule, int64_t quantum, uint64_t seed)
{
    tb_params *params = tb_params_new(1, &g, sizeof(float), NULL);
    rg_set_params(params, seed);
    tb_stream_settings set = {.params = params,
                              .n_max = 32,
                              .quantum = quantum,
                              .schedule = schedule};
    tb_stream_plan *p = tb_stream_plan_new(g, 1, &out, &set, NULL);
    tb_stream_plan *q = tb_stream_plan_new(g, 1, &out, &set, NULL);
    tb_stream *s = p ? tb_stream_new(p, 1, NULL) : NULL;
    tb_stream *t = q ? tb_stream_new(q, 2, NULL) : NULL;
    bool good = s && t && tb_stream_plan_matches(p, q, NULL) == TB_OK &&
                goes_on(&(trial){input, out, s}, &(trial){input, out, t});
    tb_stream_free(s);
    tb_stream_free(t);
    tb_stream_plan_free(p);
    tb_stream_plan_free(q);
    tb_params_free(params);
    return good;
}

int main(void)
{
    other_weights();
    other_shape();
    for (uint64_t seed = 1; seed <= 40; seed++) {
        char name[64];
        random_graph r = rg_new(seed);
        snprintf(name, sizeof name, "graph %d goes on", (int)seed);
        OK_NAMED(itself(r.graph, r.input, r.values[r.n - 1],
                        seed % 2 ? TB_EAGER : TB_PACED, 4, seed),
                 name);
        tb_graph_free(r.graph);
    }
    for (uint64_t seed = 1; seed <= 20; seed++) {
        char name[64];
        closed_graph c = closed_new(seed, 1);
        snprintf(name, sizeof name, "loop %d goes on", (int)seed);
        OK_NAMED(itself(c.r.graph, c.signal, c.x, TB_PACED, 1, seed), name);
        tb_graph_free(c.r.graph);
    }
    return tap_done();
}
