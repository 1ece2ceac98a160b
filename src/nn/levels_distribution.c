/* One of several levels, by their logits. */
#include "nn/distribution_kinds.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/loss.h"
#include "engine/ops/random.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

tb_distribution tb_levels_distribution(tb_value *logits)
{
    return (tb_distribution){
        .kind = TB_LEVELS, .count = 1, .component = {{.logits = logits}}};
}

static tb_value *draw(const tb_distribution *d, const tb_draw *how)
{
    return tb_sample(d->component[0].logits, how->temperature, how->top_k,
                     how->top_p);
}

static tb_value *nats_of(const tb_distribution *d, tb_value *symbols)
{
    tb_value *nats = tb_cross_entropy(d->component[0].logits, symbols);
    if (nats && nats->rank == 3)
        nats = tb_sum(nats, TB_AXIS(2), false);
    return nats;
}

/* ---- voting ---- */

/* Weight i, [rows] with as many axes of 1 behind as `like` has. */
static tb_value *weight_for(tb_value *weights, int i, const tb_value *like)
{
    tb_shape shape = {like ? like->rank : 1, {0}};
    if (!weights)
        return NULL;
    for (int k = 0; k < shape.rank; k++)
        shape.dim[k] = k ? 1 : weights->dim[0];
    return tb_reshape(tb_slice(weights, 1, i, i + 1, 1), shape);
}

static tb_distribution mix(int n, const tb_distribution *d, tb_value *weights)
{
    tb_value *sum = NULL;
    for (int i = 0; i < n; i++) {
        tb_value *logits = d[i].component[0].logits;
        tb_value *p = logits ? tb_softmax(logits, logits->rank - 1) : NULL;
        p = tb_mul(p, weight_for(weights, i, logits));
        sum = i ? tb_add(sum, p) : p;
    }
    return tb_levels_distribution(tb_log_probability(sum));
}

const tb_distribution_rules tb_levels_rules = {
    .ranks = true, .draw = draw, .nats = nats_of, .mix = mix};
