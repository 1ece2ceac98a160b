/* Vectors said without chance. */
#include "nn/distribution_kinds.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/loss.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

/* Silence differs from anything by a number that is not infinite. */
static const double LEAST = 1e-8;

tb_distribution tb_plain_distribution(tb_value *value)
{
    return (tb_distribution){
        .kind = TB_PLAIN, .count = 1, .component = {{.mean = value}}};
}

static tb_value *draw(const tb_distribution *d, const tb_draw *how)
{
    (void)how;
    return tb_detach(d->component[0].mean);
}

tb_value *tb_relative_distance(tb_value *said, tb_value *symbols)
{
    const unsigned all = TB_AXIS(0) | TB_AXIS(1);
    tb_value *off = tb_sum(tb_l1(said, symbols), all, true);
    tb_value *whole = tb_sum(tb_map(symbols, TB_ABS, 0, 0), all, true);
    tb_value *part = tb_div(off, tb_map(whole, TB_AFFINE, 1, LEAST));
    return tb_reshape(tb_mean(part, TB_ALL_AXES, false), tb_dims(1));
}

static tb_value *loss(const tb_distribution *d, tb_value *symbols)
{
    return tb_relative_distance(d->component[0].mean, symbols);
}

static tb_distribution mix(int n, const tb_distribution *d, tb_value *weights)
{
    tb_value *sum = NULL;
    for (int i = 0; i < n; i++) {
        tb_value *w = tb_slice(weights, 1, i, i + 1, 1);
        if (w)
            w = tb_reshape(w, tb_dims(w->dim[0], 1, 1));
        w = tb_mul(d[i].component[0].mean, w);
        sum = i ? tb_add(sum, w) : w;
    }
    return tb_plain_distribution(sum);
}

const tb_distribution_rules tb_plain_rules = {
    .draw = draw, .loss = loss, .mix = mix};
