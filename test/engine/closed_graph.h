/* Random networks that are fed back, perhaps beside a signal from outside. */
#ifndef TB_TEST_CLOSED_GRAPH_H
#define TB_TEST_CLOSED_GRAPH_H

#include "random_graph.h"

typedef struct closed_graph {
    random_graph r;
    tb_value *signal; /* from outside, or null */
    tb_value *x, *y;  /* what is fed back, and what it is made of */
    int64_t period;
} closed_graph;

static inline tb_value *one_by_one(random_graph *r, tb_value *x, int out)
{
    return tb_conv(x, rg_param(r, tb_dims(out, x->dim[1], 1)),
                   rg_param(r, tb_dims(out)), tb_conv_plain(1, 1));
}

/* Dilated causal layers with residuals. */
static inline tb_value *stack(random_graph *r, tb_value *h)
{
    for (int d = 1; d <= 4; d *= 2) {
        tb_value *w = rg_param(r, tb_dims(3, 3, 2));
        tb_value *y = tb_conv(h, w, NULL, tb_conv_causal(2, 1, d));
        h = tb_add(h, tb_map(y, TB_TANH, 0, 0));
    }
    return h;
}

/* A tier: frames of m strictly past samples, a recurrent layer, repeated. */
static inline tb_value *tier(random_graph *r, tb_value *x, int m)
{
    tb_conv_attr how = tb_conv_plain(m, 1);
    how.left[0] = m;
    tb_value *f = tb_conv(x, rg_param(r, tb_dims(3, x->dim[1], m)), NULL, how);
    return tb_repeat(rg_rnn(r, f), m);
}

static inline closed_graph closed_new(uint64_t seed, int delay)
{
    closed_graph c = {.r = {.graph = tb_graph_new(), .rng = {seed, 0}}};
    random_graph *r = &c.r;
    tb_value *outside = NULL;
    c.period = rg_below(r, 2) ? 4 : 1;
    if (c.period > 1 || rg_below(r, 2)) {
        tb_conv_attr how = tb_conv_plain(c.period, 1);
        how.left[0] = rg_below(r, 3);
        how.right[0] = 2;
        c.signal =
            tb_input(r->graph, "signal", TB_REAL, tb_dims(1, 2, TB_FRAMES));
        outside = tb_conv(c.signal, rg_param(r, tb_dims(3, 2, 5)), NULL, how);
    }
    c.x =
        tb_feedback(r->graph, "x", TB_REAL, tb_dims(1, 1, TB_FRAMES), c.period);
    tb_value *h = stack(r, one_by_one(r, c.x, 3));
    if (outside)
        h = tb_add(h, outside);
    if (rg_below(r, 2)) {
        tb_value *t = tier(r, c.x, 2 + rg_below(r, 4));
        h = tb_add(h, one_by_one(r, t, 3));
    }
    c.y = one_by_one(r, h, 1);
    tb_feedback_close(c.x, tb_pad(c.y, 2, delay, 0));
    return c;
}

#endif
