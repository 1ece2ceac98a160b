/* Random networks for the tests of streams and kernels: strides, dilation,
   groups, branches, recurrence, crops, repeats, with random parameters. */
#ifndef TB_TEST_RANDOM_GRAPH_H
#define TB_TEST_RANDOM_GRAPH_H

#include "base/random.h"
#include "engine/ops.h"
#include "engine/params.h"

#include <math.h>
#include <stdio.h>

enum { RG_MAX = 16 };

typedef struct random_graph {
    tb_graph *graph;
    tb_value *input;          /* [rows, channels, frames] */
    tb_value *values[RG_MAX]; /* of the same kind */
    double period[RG_MAX];
    int n;
    tb_rng rng;
    int names;
} random_graph;

static inline int rg_below(random_graph *r, int n)
{
    return (int)tb_rng_below(&r->rng, (uint64_t)n);
}

static inline tb_value *rg_param(random_graph *r, tb_shape shape)
{
    char name[32];
    snprintf(name, sizeof name, "p%d", r->names++);
    return tb_param(r->graph, name, shape);
}

static inline void rg_push(random_graph *r, tb_value *v, double period)
{
    r->values[r->n] = v;
    r->period[r->n++] = period;
}

static inline tb_value *rg_conv(random_graph *r, tb_value *x, int stride)
{
    int k = 1 + rg_below(r, 5), d = 1 + rg_below(r, 3);
    int groups = x->dim[1] % 2 == 0 && rg_below(r, 3) == 0 ? 2 : 1;
    int out = groups * (1 + rg_below(r, 20));
    tb_conv_attr how = tb_conv_plain(stride, d);
    how.groups = groups;
    how.left[0] = rg_below(r, (k - 1) * d + 6) - 2;
    how.right[0] = rg_below(r, (k - 1) * d + 6) - 2;
    if (rg_below(r, 3) == 0)
        how.left[0] = how.right[0] = (k - 1) * d / 2;
    tb_value *w = rg_param(r, tb_dims(out, x->dim[1] / groups, k));
    tb_value *b = rg_below(r, 2) ? rg_param(r, tb_dims(out)) : NULL;
    return tb_conv(x, w, b, how);
}

static inline tb_value *rg_transposed(random_graph *r, tb_value *x, int up)
{
    int k = up + rg_below(r, up + 3), out = 1 + rg_below(r, 18);
    tb_conv_attr how = tb_conv_plain(up, 1);
    how.left[0] = rg_below(r, k);
    how.right[0] = rg_below(r, k);
    return tb_conv_transposed(x, rg_param(r, tb_dims(x->dim[1], out, k)),
                              rg_param(r, tb_dims(out)), how);
}

/* Recurrent layers want [rows, frames, channels]. */
static inline tb_value *rg_rnn(random_graph *r, tb_value *x)
{
    tb_rnn_kind kind = (tb_rnn_kind)rg_below(r, 3);
    int gates = tb_rnn_gates(kind), h = 1 + rg_below(r, 18);
    tb_value *t = tb_transpose(x, 1, 2);
    tb_value *gx = tb_linear(t, rg_param(r, tb_dims(gates * h, x->dim[1])),
                             rg_param(r, tb_dims(gates * h)));
    tb_shape state = tb_dims(x->dim[0], h);
    tb_value *h0 = tb_state(r->graph, "h", TB_REAL, state, 0);
    tb_value *c0 = kind == TB_RNN_LSTM
                       ? tb_state(r->graph, "c", TB_REAL, state, 0.25)
                       : NULL;
    tb_rnn_out y = tb_rnn(kind, gx, rg_param(r, tb_dims(gates * h, h)),
                          rg_param(r, tb_dims(gates * h)), h0, c0);
    tb_state_next(h0, y.hn);
    if (c0)
        tb_state_next(c0, y.cn);
    return tb_transpose(y.y, 1, 2);
}

static inline tb_value *rg_accumulate(random_graph *r, tb_value *x)
{
    tb_value *before =
        tb_state(r->graph, "a", TB_REAL, tb_dims(x->dim[0], x->dim[1]), 0.25);
    tb_value *keep = rg_below(r, 2) ? tb_fill(r->graph, tb_dims(1, 1, 1), 0.8)
                                    : tb_map(x, TB_SIGMOID, 0, 0);
    tb_accumulated a = tb_accumulate(x, 2, keep, before, 0);
    tb_state_next(before, a.last);
    return a.y;
}

/* The last few frames, which have heads of one or two numbers. */
static inline tb_value *rg_attention(random_graph *r, tb_value *x)
{
    static const tb_attention_bias biases[] = {
        TB_ATTENTION_PLAIN, TB_ATTENTION_ALIBI, TB_ATTENTION_RELATIVE};
    tb_attention_attr how = {true, 1 + rg_below(r, 9), biases[rg_below(r, 3)],
                             rg_below(r, 3) ? 0 : rg_below(r, 4)};
    int64_t ch = x->dim[1], heads = ch % 2 ? ch : ch / 2;
    tb_shape split = tb_dims(x->dim[0], TB_FRAMES, heads, ch / heads);
    tb_value *t = tb_transpose(x, 1, 2), *part[3];
    for (int i = 0; i < 3; i++)
        part[i] =
            tb_reshape(tb_linear(t, rg_param(r, tb_dims(ch, ch)), NULL), split);
    tb_value *table = how.bias == TB_ATTENTION_RELATIVE
                          ? rg_param(r, tb_dims(heads, how.window))
                          : NULL;
    tb_value *y = tb_attention(part[0], part[1], part[2], table, how);
    return tb_transpose(tb_reshape(y, tb_dims(x->dim[0], TB_FRAMES, ch)), 1, 2);
}

static inline void rg_grow(random_graph *r)
{
    static const int strides[] = {1, 1, 2, 3, 4};
    int i = rg_below(r, 10) < 7 ? r->n - 1 : rg_below(r, r->n);
    int j = rg_below(r, r->n), op = rg_below(r, 13);
    int s = strides[rg_below(r, 5)];
    tb_value *x = r->values[i], *y = r->values[j];
    double period = r->period[i];
    double out = op < 3 ? period * s : op < 6 ? period / s : period;
    if (out < 1. / 8 || out > 24)
        return;
    if (op < 3)
        rg_push(r, rg_conv(r, x, s), out);
    else if (op < 5)
        rg_push(r, rg_transposed(r, x, s), out);
    else if (op == 5)
        rg_push(r, tb_repeat(x, s), out);
    else if (op == 6 && x->dim[1] > 1)
        rg_push(r, tb_slice(x, 1, 1, x->dim[1], 1), out);
    else if (op == 7)
        rg_push(r, rg_rnn(r, x), out);
    else if (op == 8)
        rg_push(r, tb_map(x, (tb_unary)rg_below(r, TB_EXP), 0.1, 0), out);
    else if (op == 12)
        rg_push(r, rg_attention(r, x), out);
    else if (op == 11)
        rg_push(r, rg_accumulate(r, x), out);
    else if (period == r->period[j] && x->dim[1] == y->dim[1])
        rg_push(r, op == 9 ? tb_mul(x, y) : tb_add(x, y), out);
    else if (period == r->period[j])
        rg_push(r, tb_concat(2, (tb_value *[]){x, y}, 1), out);
}

/* Rows 1 or 2, channels 1 to 2, up to 11 values. */
static inline random_graph rg_new(uint64_t seed)
{
    random_graph r = {.graph = tb_graph_new(), .rng = {seed, 0}};
    int rows = 1 + rg_below(&r, 2), size = 2 + rg_below(&r, 9);
    r.input = tb_input(r.graph, "x", TB_REAL,
                       tb_dims(rows, 1 + rg_below(&r, 2), TB_FRAMES));
    rg_push(&r, r.input, 1);
    while (r.n < size)
        rg_grow(&r);
    return r;
}

static inline void rg_set_params(tb_params *p, uint64_t seed)
{
    tb_rng rng = {seed, 0};
    for (int i = 0; i < tb_params_count(p); i++) {
        const tb_parameter *q = tb_params_at(p, i);
        double x[40 * 40 * 16];
        int64_t fan = q->shape.rank > 1 ? q->n / q->shape.dim[0] : 1;
        for (int64_t k = 0; k < q->n; k++)
            x[k] = 0.7 * tb_rng_normal(&rng) / sqrt((double)fan);
        tb_params_set(p, i, x);
    }
}

#endif
