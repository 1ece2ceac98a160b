/* Vectors of independent normal numbers. */
#include "nn/distribution_kinds.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/frames.h"
#include "engine/ops/index.h"
#include "engine/ops/random.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

static const double LOG_2_PI = 1.8378770664093453;

tb_distribution tb_normal_distribution(tb_value *mean, tb_value *log_deviation)
{
    return (tb_distribution){
        .kind = TB_NORMAL,
        .count = 1,
        .component = {{.mean = mean, .log_deviation = log_deviation}}};
}

/* ---- drawing ---- */

/* One normal vector [rows, n, frames], its deviation times [rows]. */
static tb_value *draw_normal(const tb_distribution_component *c,
                             tb_value *temperature)
{
    if (!c->mean || !temperature)
        return NULL;
    tb_value *noise =
        tb_noise(c->mean, TB_NORMAL_NOISE, tb_value_shape(c->mean));
    tb_value *deviation = tb_map(c->log_deviation, TB_EXP, 0, 0);
    tb_value *heat =
        tb_reshape(temperature, tb_dims(temperature->dim[0], 1, 1));
    return tb_add(c->mean, tb_mul(tb_mul(noise, deviation), heat));
}

/* Which component speaks in each frame, as [rows, 1, frames] of 0 and 1 for
   component i. */
static tb_value *speaks(const tb_distribution *d, tb_value *chosen, int i)
{
    tb_value *one = tb_slice(tb_one_hot(chosen, d->count), 2, i, i + 1, 1);
    return tb_transpose(one, 1, 2);
}

/* Draws an index i64 [rows, frames] from the weights. */
static tb_value *choose(const tb_distribution *d)
{
    tb_value *mean = d->component[0].mean, *w = d->log_weights;
    if (!mean || !w)
        return NULL;
    tb_graph *g = w->graph;
    int64_t rows = w->dim[0];
    /* A signal of the same weights in each frame. */
    tb_value *zero = tb_scale(tb_slice(mean, 1, 0, 1, 1), 0);
    w = tb_add(tb_transpose(zero, 1, 2),
               tb_reshape(w, tb_dims(rows, 1, d->count)));
    return tb_sample(w, tb_fill(g, tb_dims(rows), 1),
                     tb_fill(g, tb_dims(rows), 0),
                     tb_fill(g, tb_dims(rows), 1));
}

static tb_value *draw(const tb_distribution *d, const tb_draw *how)
{
    if (d->count == 1)
        return draw_normal(&d->component[0], how->temperature);
    tb_value *chosen = choose(d), *sum = NULL;
    for (int i = 0; i < d->count; i++) {
        tb_value *x = tb_mul(draw_normal(&d->component[i], how->temperature),
                             speaks(d, chosen, i));
        sum = i ? tb_add(sum, x) : x;
    }
    return sum;
}

/* ---- foreseeing ---- */

/* [rows, frames] */
static tb_value *normal_nats(const tb_distribution_component *c, tb_value *x)
{
    tb_value *off =
        tb_mul(tb_sub(x, c->mean),
               tb_map(tb_scale(c->log_deviation, -1), TB_EXP, 0, 0));
    tb_value *nats =
        tb_add(tb_scale(tb_map(off, TB_SQUARE, 0, 0), 0.5),
               tb_map(c->log_deviation, TB_AFFINE, 1, LOG_2_PI / 2));
    return tb_sum(nats, TB_AXIS(1), false);
}

/* -ln sum w exp(-nats), from the least of them for its range. */
static tb_value *mixed_nats(const tb_distribution *d, tb_value *x)
{
    tb_value *nats[TB_MIXED_MOST], *least = NULL, *sum = NULL;
    for (int i = 0; i < d->count; i++) {
        tb_value *w = tb_slice(d->log_weights, 1, i, i + 1, 1); /* [rows, 1] */
        nats[i] = tb_sub(normal_nats(&d->component[i], x), w);
        least = i ? tb_combine(TB_MIN, least, nats[i]) : nats[i];
    }
    for (int i = 0; i < d->count; i++) {
        tb_value *p = tb_map(tb_sub(least, nats[i]), TB_EXP, 0, 0);
        sum = i ? tb_add(sum, p) : p;
    }
    return tb_sub(least, tb_map(sum, TB_LOG, 0, 0));
}

static tb_value *nats_of(const tb_distribution *d, tb_value *symbols)
{
    return d->count == 1 ? normal_nats(&d->component[0], symbols)
                         : mixed_nats(d, symbols);
}

/* ---- voting ---- */

static tb_distribution mix(int n, const tb_distribution *d, tb_value *weights)
{
    tb_distribution mixed = {.kind = TB_NORMAL, .count = n};
    for (int i = 0; i < n; i++)
        mixed.component[i] = d[i].component[0];
    mixed.log_weights = tb_log_probability(weights);
    return mixed;
}

const tb_distribution_rules tb_normal_rules = {
    .draw = draw, .nats = nats_of, .mix = mix};
