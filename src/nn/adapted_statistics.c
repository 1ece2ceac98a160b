#include "nn/adapted_statistics.h"

#include "engine/ops/accumulate.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

#include <stdio.h>

static const double EPSILON = 1e-5;

enum { TIME = 2 };

/* Of one sound: [rows, 1, frames] and [rows, channels, frames]. */
typedef struct running {
    tb_value *count, *mean, *deviation;
} running;

/* A running sum with a state, [rows, n, frames]. */
static tb_value *summed(tb_value *x, tb_value *keep, const char *name,
                        const char *sound, const char *what)
{
    char full[192];
    if (!x || !keep)
        return NULL;
    snprintf(full, sizeof full, "%s.%s.%s", name, sound, what);
    tb_value *before =
        tb_state(x->graph, full, TB_REAL, tb_dims(x->dim[0], x->dim[1]), 0);
    tb_accumulated sum = tb_accumulate(x, TIME, keep, before, 0);
    tb_state_next(before, sum.last);
    return sum.y;
}

/* A switch at every frame of x: [rows, 1, frames]. */
static tb_value *at_frames(tb_value *x, tb_value *by_row)
{
    if (!x || !by_row)
        return NULL;
    tb_value *one = tb_reshape(by_row, tb_dims(by_row->dim[0], 1, 1));
    return tb_expand_as(one, tb_slice(x, 1, 0, 1, 1));
}

static tb_value *at_least(tb_value *x, double least)
{
    return tb_map(x, TB_CLAMP, least, 1e30);
}

/* The mean moves by a part of how far x is away, 1/n, and so does the square of
   the deviation (Welford 1962): what is kept of both is 1 - 1/n. */
static running running_of(tb_value *x, const char *name, const char *sound,
                          tb_value *learn, tb_value *reset)
{
    running r = {NULL, NULL, NULL};
    tb_value *on = at_frames(x, learn);
    r.count = summed(on, tb_map(at_frames(x, reset), TB_AFFINE, -1, 1), name,
                     sound, "count");
    tb_value *before = at_least(tb_map(r.count, TB_AFFINE, 1, -1), 1);
    tb_value *part = tb_div(on, at_least(r.count, 1));
    tb_value *keep = tb_map(part, TB_AFFINE, -1, 1);
    r.mean = summed(tb_mul(x, part), keep, name, sound, "mean");
    tb_value *away = tb_map(tb_sub(x, r.mean), TB_SQUARE, 0, 0);
    tb_value *variance =
        summed(tb_mul(away, tb_div(on, before)), keep, name, sound, "variance");
    tb_value *unbiased = tb_div(at_least(r.count, 1), before);
    r.deviation = tb_map(tb_mul(variance, unbiased), TB_SQRT, 0, 0);
    return r;
}

static tb_value *is_known(const running *r)
{
    return tb_map(r->count, TB_CLAMP, 0, 1);
}

tb_value *tb_adapted_statistics(tb_value *x, const char *name,
                                const tb_adapting *how)
{
    if (!how)
        return x;
    running from =
        running_of(x, name, "source", how->learn_source, how->reset_source);
    running to =
        running_of(x, name, "target", how->learn_target, how->reset_target);
    tb_value *y = tb_div(tb_sub(x, from.mean),
                         tb_map(from.deviation, TB_AFFINE, 1, EPSILON));
    y = tb_add(tb_mul(y, to.deviation), to.mean);
    tb_value *passes =
        tb_map(at_frames(x, how->learn_target), TB_AFFINE, -1, 1);
    tb_value *adapts = tb_mul(tb_mul(is_known(&from), is_known(&to)), passes);
    return tb_add(x, tb_mul(adapts, tb_sub(y, x)));
}
