/* Frames of normal numbers in groups of neighbours, each group one of several
   vectors. */
#include "nn/distribution_kinds.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/index.h"
#include "engine/ops/loss.h"
#include "engine/ops/random.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

static const double HALF_LOG_2_PI = 0.9189385332046727;

tb_distribution tb_frames_of_normals(tb_value *logits, tb_value *mean,
                                     tb_value *log_deviation, int64_t group)
{
    return (tb_distribution){.kind = TB_FRAMES_OF_NORMALS,
                             .count = 1,
                             .component = {{logits, mean, log_deviation}},
                             .group = group};
}

/* How many of what there are. */
typedef struct sizes {
    int64_t rows, choices, numbers, groups;
} sizes;

static sizes sizes_of(const tb_distribution *d)
{
    const tb_value *mean = d->component[0].mean;
    return (sizes){mean->dim[0], mean->dim[2], mean->dim[3],
                   d->component[0].logits->dim[2]};
}

/* ---- drawing ---- */

/* 1 for each number of a choice that was made for its group, else 0: [rows,
   frames, choices, numbers] of indices [rows, frames, groups]. */
static tb_value *chosen_numbers(const tb_distribution *d, tb_value *chosen)
{
    sizes s = sizes_of(d);
    tb_value *one = tb_transpose(tb_one_hot(chosen, s.choices), 2, 3);
    if (!one)
        return NULL;
    one = tb_reshape(one, tb_dims(s.rows, TB_FRAMES, s.choices, s.groups, 1));
    one = tb_expand(one,
                    tb_dims(s.rows, TB_FRAMES, s.choices, s.groups, d->group));
    one = one ? tb_reshape(one, tb_dims(s.rows, TB_FRAMES, s.choices,
                                        s.groups * d->group))
              : NULL;
    return tb_slice(one, 3, 0, s.numbers, 1);
}

static tb_value *draw(const tb_distribution *d, const tb_draw *how)
{
    const tb_distribution_component *c = &d->component[0];
    if (!c->mean || !c->logits || !c->log_deviation || !how->temperature)
        return NULL;
    tb_graph *g = c->mean->graph;
    sizes s = sizes_of(d);
    tb_value *all = tb_fill(g, tb_dims(s.rows), 0);
    tb_value *mask =
        chosen_numbers(d, tb_sample(c->logits, how->temperature, all, all));
    tb_value *mean = tb_sum(tb_mul(mask, c->mean), TB_AXIS(2), false);
    tb_value *deviation =
        tb_sum(tb_mul(mask, tb_map(c->log_deviation, TB_EXP, 0, 0)), TB_AXIS(2),
               false);
    tb_value *noise =
        mean ? tb_noise(mean, TB_NORMAL_NOISE, tb_value_shape(mean)) : NULL;
    tb_value *heat = tb_reshape(how->temperature, tb_dims(s.rows, 1, 1));
    return tb_transpose(tb_add(mean, tb_mul(tb_mul(noise, deviation), heat)), 1,
                        2);
}

/* ---- foreseeing ---- */

/* Of each number under each choice. */
static tb_value *number_nats(const tb_distribution_component *c, const sizes *s,
                             tb_value *symbols)
{
    tb_value *x = tb_reshape(tb_transpose(symbols, 1, 2),
                             tb_dims(s->rows, TB_FRAMES, 1, s->numbers));
    tb_value *off =
        tb_mul(tb_sub(x, c->mean),
               tb_map(tb_scale(c->log_deviation, -1), TB_EXP, 0, 0));
    return tb_add(tb_scale(tb_map(off, TB_SQUARE, 0, 0), 0.5),
                  tb_map(c->log_deviation, TB_AFFINE, 1, HALF_LOG_2_PI));
}

/* [rows, frames, groups, choices] */
static tb_value *group_nats(const tb_distribution *d, tb_value *nats)
{
    sizes s = sizes_of(d);
    nats = tb_pad(nats, 3, 0, s.groups * d->group - s.numbers);
    nats = nats ? tb_reshape(nats, tb_dims(s.rows, TB_FRAMES, s.choices,
                                           s.groups, d->group))
                : NULL;
    return tb_transpose(tb_sum(nats, TB_AXIS(4), false), 2, 3);
}

static tb_value *nats_of(const tb_distribution *d, tb_value *symbols)
{
    const tb_distribution_component *c = &d->component[0];
    if (!c->mean || !c->logits || !c->log_deviation || !symbols)
        return NULL;
    sizes s = sizes_of(d);
    tb_value *nats = group_nats(d, number_nats(c, &s, symbols));
    tb_value *likely =
        tb_log_sum(tb_sub(tb_log_softmax(c->logits, 3), nats), 3);
    return tb_scale(tb_sum(likely, TB_AXIS(2) | TB_AXIS(3), false), -1);
}

/* ---- voting ---- */

/* The choices of all, each as likely as its network says times what that
   weighs. */
static tb_distribution mix(int n, const tb_distribution *d, tb_value *weights)
{
    tb_value *logits[TB_MIXED_MOST], *mean[TB_MIXED_MOST],
        *deviation[TB_MIXED_MOST];
    for (int i = 0; i < n; i++) {
        tb_value *w = tb_slice(weights, 1, i, i + 1, 1);
        if (w)
            w = tb_reshape(tb_log_probability(w), tb_dims(w->dim[0], 1, 1, 1));
        logits[i] = tb_add(tb_log_softmax(d[i].component[0].logits, 3), w);
        mean[i] = d[i].component[0].mean;
        deviation[i] = d[i].component[0].log_deviation;
    }
    return tb_frames_of_normals(tb_concat(n, logits, 3), tb_concat(n, mean, 2),
                                tb_concat(n, deviation, 2), d[0].group);
}

const tb_distribution_rules tb_frames_of_normals_rules = {
    .draw = draw, .nats = nats_of, .mix = mix};
