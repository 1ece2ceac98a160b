/* Linear layers. */
#ifndef TB_ENGINE_OPS_LINEAR_H
#define TB_ENGINE_OPS_LINEAR_H

#include "engine/op.h"

/* x [..., in], w [out, in], bias [out] or null, which stands for none:
   y[..., o] = bias[o] + sum over i of x[..., i] w[o, i], added up in this
   order. Any axis but the last may count frames. */
tb_value *tb_linear(tb_value *x, tb_value *w, tb_value *bias);

/* The gradient of tb_linear with respect to w: dw[o, i] = sum over all but the
   last axis of dy[..., o] x[..., i]. */
tb_value *tb_linear_wgrad(tb_value *x, tb_value *dy);

typedef struct tb_linear_attr {
    bool transposed; /* x [..., out] to y [..., in]: the gradient of x */
} tb_linear_attr;

extern const tb_op tb_op_linear;       /* (x, w[, bias]), tb_linear_attr */
extern const tb_op tb_op_linear_wgrad; /* (x, dy) */

#endif
