/* Probabilities and the losses of classification. Losses are given element by
   element: tb_mean of them is a training loss. */
#ifndef TB_ENGINE_OPS_LOSS_H
#define TB_ENGINE_OPS_LOSS_H

#include "engine/op.h"

/* exp(x) / sum exp(x) along an axis (not time), and its logarithm. */
tb_value *tb_softmax(tb_value *x, int axis);
tb_value *tb_log_softmax(tb_value *x, int axis);

/* logits [..., Q], target i64 [...] -> [...]: minus the logarithm of the
   target's softmax. A negative target is left out (loss and gradient 0); one
   of Q or more gives NaN. The gradient computes the softmax again. */
tb_value *tb_cross_entropy(tb_value *logits, tb_value *target);

/* The same for one class or not: logits and target (0 ... 1) of one shape ->
   log(1 + exp(x)) - x * t (the first term evaluated so that it does not
   overflow). */
tb_value *tb_binary_cross_entropy(tb_value *logits, tb_value *target);

/* |x - y| and (x - y)^2, element by element. */
tb_value *tb_l1(tb_value *x, tb_value *y);
tb_value *tb_l2(tb_value *x, tb_value *y);

typedef struct tb_softmax_attr {
    int axis;
} tb_softmax_attr;

extern const tb_op tb_op_softmax;
extern const tb_op tb_op_softmax_grad; /* (y, dy) -> dx */
extern const tb_op tb_op_log_softmax;
extern const tb_op tb_op_log_softmax_grad;   /* (y, dy) -> dx */
extern const tb_op tb_op_cross_entropy;      /* (logits, target) */
extern const tb_op tb_op_cross_entropy_grad; /* (logits, target, dy) */

#endif
