/* Normalisation of signals and of weights. Sets of axes are bit masks as in
   engine/ops/reduce.h. */
#ifndef TB_ENGINE_OPS_NORM_H
#define TB_ENGINE_OPS_NORM_H

#include "engine/op.h"

/* (x - mean)/sqrt(var + eps), with mean and (biased) variance over `axes`.
   With the time axis among them all frames are needed: that does not
   stream. */
tb_value *tb_standardise(tb_value *x, unsigned axes, double eps);

/* Standardises over one axis (of n elements, not time), then times gain plus
   bias [n]; either may be null, which stands for none. PyTorch's LayerNorm is
   this over the last axis. */
tb_value *tb_layer_norm(tb_value *x, int axis, tb_value *gain, tb_value *bias,
                        double eps);

/* x [batch, ch, ...]: standardises each group of channels over all that
   follows the batch (time included), then times gain plus bias [ch]; either
   may be null. As PyTorch's GroupNorm; ch groups are InstanceNorm. */
tb_value *tb_group_norm(tb_value *x, int64_t groups, tb_value *gain,
                        tb_value *bias, double eps);

/* x [batch, ch, ...], the rest [ch] (gain and bias may be null). Training:
   standardises each channel over batch and time, and moves the states `mean`
   and `var` (tb_state) towards the statistics of x, by `momentum`, the
   variance unbiased. Else: with `mean` and `var` in place of statistics; these
   may be any values. As PyTorch's BatchNorm. */
tb_value *tb_batch_norm(tb_value *x, tb_value *gain, tb_value *bias,
                        tb_value *mean, tb_value *var, double momentum,
                        double eps, bool training);

/* v [n, ...], g of n elements: g v/|v| where the norm is that of each v[i]
   (PyTorch's weight_norm with dim 0; Salimans and Kingma 2016, equation 2).
   Where v[i] is 0 the result is 0. */
tb_value *tb_weight_norm(tb_value *v, tb_value *g);

typedef struct tb_standardise_attr {
    unsigned axes;
    double eps;
} tb_standardise_attr;

typedef struct tb_batch_norm_attr {
    tb_standardise_attr standardise; /* over all axes but 1 */
    double momentum;
} tb_batch_norm_attr;

extern const tb_op tb_op_standardise; /* x */
extern const tb_op tb_op_standardise_time;
extern const tb_op tb_op_standardise_grad; /* (x, dy) */
extern const tb_op tb_op_standardise_grad_time;
extern const tb_op tb_op_batch_norm;       /* (x, mean, var) -> y, their next */
extern const tb_op tb_op_weight_norm;      /* (v, g) */
extern const tb_op tb_op_weight_norm_grad; /* (v, g, dw) -> dv, dg */

#endif
