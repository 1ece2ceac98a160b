/* Sums that go on from frame to frame: a phase, an average that forgets. */
#ifndef TB_ENGINE_OPS_ACCUMULATE_H
#define TB_ENGINE_OPS_ACCUMULATE_H

#include "engine/op.h"

typedef struct tb_accumulated {
    tb_value *y;
    tb_value *last; /* y of the last frame, without the axis */
} tb_accumulated;

/* y[j] = keep[j] y[j-1] + x[j] along `axis` of x real, which is time if x has
   any; y[-1] is `before`, of x's shape without the axis. In a stream that is a
   state whose next value is `last`. `keep` has as many axes as x, of the same
   size or of 1, which repeats (along time: without frames). With a `turn` above
   0 the sum is taken to the nearest multiple of it, from -turn/2 to turn/2, so
   that an angle stays exact however long it goes on. Both null after an
   error. */
tb_accumulated tb_accumulate(tb_value *x, int axis, tb_value *keep,
                             tb_value *before, double turn);

typedef struct tb_accumulate_attr {
    int axis;
    double turn;
} tb_accumulate_attr;

/* Inputs: keep, y, before[, dy][, dlast]; the index of each optional one, or
   -1. Outputs: the gradients of x, of keep as long as x, and of before. */
typedef struct tb_accumulate_grad_attr {
    int axis, dy, dlast;
} tb_accumulate_grad_attr;

extern const tb_op tb_op_accumulate; /* (x, keep, before) -> y, last */
extern const tb_op tb_op_accumulate_grad;

#endif
