/* One of many levels on a line, by a mixture of logistic distributions. Values
   are counted in steps from the middle of the levels; those of one frame lie
   [rows, frames, components]. */
#include "nn/distribution_kinds.h"

#include "engine/ops/cast.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/index.h"
#include "engine/ops/logic.h"
#include "engine/ops/loss.h"
#include "engine/ops/random.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

/* A bound that no mass lies beyond. */
static const double FAR = 1e9;

tb_distribution tb_logistics_distribution(tb_value *logits, tb_value *mean,
                                          tb_value *log_scale, int levels)
{
    return (tb_distribution){.kind = TB_LOGISTICS,
                             .count = 1,
                             .levels = levels,
                             .component = {{logits, mean, log_scale}}};
}

static double middle(const tb_distribution *d)
{
    return (d->levels - 1) / 2.0;
}

/* With an axis of 1 for the components behind, and without it. */
static tb_value *for_each(tb_value *x)
{
    tb_shape shape = x ? tb_value_shape(x) : (tb_shape){0};
    shape.dim[shape.rank++] = 1;
    return tb_reshape(x, shape);
}

static tb_value *for_all(tb_value *x)
{
    tb_shape shape = x ? tb_value_shape(x) : (tb_shape){1, {0}};
    shape.rank--;
    return tb_reshape(x, shape);
}

/* ---- drawing ---- */

/* The inverse of the logistic distribution at a uniform number. */
static tb_value *logistic_noise(tb_value *like)
{
    if (!like)
        return NULL;
    tb_value *u = tb_map(tb_noise(like, TB_UNIFORM_NOISE, tb_value_shape(like)),
                         TB_CLAMP, 1e-7, 1 - 1e-7);
    return tb_sub(tb_map(u, TB_LOG, 0, 0),
                  tb_map(tb_map(u, TB_AFFINE, -1, 1), TB_LOG, 0, 0));
}

static tb_value *draw(const tb_distribution *d, const tb_draw *how)
{
    const tb_distribution_component *c = &d->component[0];
    tb_value *heat = how->scale_temperature;
    if (!c->logits || !c->mean || !heat)
        return NULL;
    tb_value *chosen =
        tb_sample(c->logits, how->temperature, how->top_k, how->top_p);
    tb_value *scale = tb_map(tb_pick(c->log_deviation, chosen), TB_EXP, 0, 0);
    tb_value *mean = tb_pick(c->mean, chosen);
    tb_value *wide = tb_mul(scale, tb_reshape(heat, tb_dims(heat->dim[0], 1)));
    tb_value *x = tb_add(mean, tb_mul(wide, logistic_noise(mean)));
    x = tb_map(tb_map(x, TB_AFFINE, 1, middle(d)), TB_ROUND, 0, 0);
    return tb_cast(tb_map(x, TB_CLAMP, 0, d->levels - 1), TB_I64);
}

/* ---- foreseeing ---- */

/* ln of the mass between a and b, counted in scales from the mean, and
   `wide` = b - a, which is told apart since it is small beside them:
   s(b) - s(a) = s(b) s(-a) (1 - exp(a - b)) with the sigmoid s, and
   1 - exp(-w) = tanh(w / 2) (1 + exp(-w)). Nothing in it cancels, however far
   out or narrow the interval is. */
static tb_value *log_mass(tb_value *a, tb_value *b, tb_value *wide)
{
    tb_value *inner =
        tb_add(tb_map(tb_map(tb_scale(wide, 0.5), TB_TANH, 0, 0), TB_LOG, 0, 0),
               tb_map(tb_scale(wide, -1), TB_SOFTPLUS, 0, 0));
    tb_value *outer = tb_add(tb_map(tb_scale(b, -1), TB_SOFTPLUS, 0, 0),
                             tb_map(a, TB_SOFTPLUS, 0, 0));
    return tb_sub(inner, outer);
}

tb_value *tb_logistics_nats_between(const tb_distribution *d, tb_value *low,
                                    tb_value *high)
{
    const tb_distribution_component *c = &d->component[0];
    if (!c->logits || !low || !high)
        return NULL;
    tb_value *narrow = tb_map(tb_scale(c->log_deviation, -1), TB_EXP, 0, 0);
    low = for_each(low);
    high = for_each(high);
    tb_value *mass = log_mass(tb_mul(tb_sub(low, c->mean), narrow),
                              tb_mul(tb_sub(high, c->mean), narrow),
                              tb_mul(tb_sub(high, low), narrow));
    tb_value *nats = tb_sub(tb_log_sum(c->logits, 2),
                            tb_log_sum(tb_add(c->logits, mass), 2));
    return for_all(nats);
}

/* The bound half a step from x; beyond the last level there is none. */
static tb_value *bound(tb_value *x, double side, double last)
{
    if (!x)
        return NULL;
    tb_value *end = tb_fill(x->graph, tb_dims(1), side * last);
    tb_value *none = tb_fill(x->graph, tb_dims(1), side * FAR);
    return tb_where(tb_compare(TB_EQ, x, end), none,
                    tb_map(x, TB_AFFINE, 1, side * 0.5));
}

static tb_value *nats_of(const tb_distribution *d, tb_value *symbols)
{
    tb_value *x = tb_map(tb_cast(symbols, TB_REAL), TB_AFFINE, 1, -middle(d));
    return tb_logistics_nats_between(d, bound(x, -1, middle(d)),
                                     bound(x, 1, middle(d)));
}

/* ---- voting ---- */

/* One mixture of all components: logarithms of their probabilities are
   logits. */
static tb_distribution mix(int n, const tb_distribution *d, tb_value *weights)
{
    tb_value *log_p[TB_MIXED_MOST], *mean[TB_MIXED_MOST],
        *log_scale[TB_MIXED_MOST];
    tb_value *log_weights = tb_log_probability(weights);
    for (int i = 0; i < n; i++) {
        const tb_distribution_component *c = &d[i].component[0];
        tb_value *w = tb_slice(log_weights, 1, i, i + 1, 1); /* [rows, 1] */
        w = w ? tb_reshape(w, tb_dims(w->dim[0], 1, 1)) : NULL;
        log_p[i] = tb_add(tb_log_softmax(c->logits, 2), w);
        mean[i] = c->mean;
        log_scale[i] = c->log_deviation;
    }
    return tb_logistics_distribution(tb_concat(n, log_p, 2),
                                     tb_concat(n, mean, 2),
                                     tb_concat(n, log_scale, 2), d[0].levels);
}

const tb_distribution_rules tb_logistics_rules = {
    .ranks = true, .scales = true, .draw = draw, .nats = nats_of, .mix = mix};
