#include "nn/latent_losses.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

#include <math.h>

tb_value *tb_latent_divergence(tb_value *mean, tb_value *deviation,
                               double free_bits)
{
    if (!mean || !deviation)
        return NULL;
    tb_value *square = tb_map(deviation, TB_SQUARE, 0, 0);
    tb_value *d = tb_add(tb_map(mean, TB_SQUARE, 0, 0),
                         tb_sub(square, tb_map(square, TB_LOG, 0, 0)));
    tb_value *each =
        tb_mean(tb_map(d, TB_AFFINE, 1, -1), TB_AXIS(0) | TB_AXIS(2), false);
    double least = 2 * log(2) * free_bits;
    if (free_bits > 0)
        each =
            tb_combine(TB_MAX, each, tb_fill(mean->graph, tb_dims(1), least));
    return tb_reshape(tb_sum(each, TB_AXIS(0), false), tb_dims(1));
}

tb_value *tb_unit_latents(tb_value *z)
{
    return tb_div(z, tb_norm(z, 2, TB_AXIS(1), true));
}
