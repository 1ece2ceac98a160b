#include "nn/latent_losses.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/frames.h"
#include "engine/ops/matmul.h"
#include "engine/ops/random.h"
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

/* ---- all of them together ---- */

/* All vectors of a batch in one list: [1 as frames, rows * frames, n]. */
static tb_value *listed(tb_value *z, int64_t frames)
{
    tb_value *x = tb_permute(tb_fold(z, frames), (int[]){2, 0, 3, 1});
    return x ? tb_reshape(x, tb_dims(TB_FRAMES, x->dim[1] * frames, x->dim[3]))
             : NULL;
}

static tb_value *squares(tb_value *x)
{
    return tb_sum(tb_map(x, TB_SQUARE, 0, 0), TB_AXIS(2), true);
}

/* The mean of the kernel over all pairs of x and y. */
static tb_value *alike(tb_value *x, tb_value *y)
{
    if (!x || !y)
        return NULL;
    double n = (double)x->dim[2];
    tb_value *d = tb_add(squares(x), tb_transpose(squares(y), 1, 2));
    d = tb_sub(d, tb_scale(tb_matmul(x, tb_transpose(y, 1, 2)), 2));
    return tb_mean(tb_map(tb_scale(d, -1 / (n * n)), TB_EXP, 0, 0), TB_ALL_AXES,
                   false);
}

tb_value *tb_latent_discrepancy(tb_value *z, int64_t frames, tb_value *noise)
{
    if (!z)
        return NULL;
    if (!noise)
        noise = tb_noise(z, TB_NORMAL_NOISE, tb_value_shape(z));
    tb_value *x = listed(z, frames), *y = listed(noise, frames);
    tb_value *apart =
        tb_sub(tb_add(alike(x, x), alike(y, y)), tb_scale(alike(x, y), 2));
    return tb_reshape(apart, tb_dims(1));
}

/* ---- of length 1 ---- */

tb_value *tb_unit_latents(tb_value *z)
{
    return tb_div(z, tb_norm(z, 2, TB_AXIS(1), true));
}
