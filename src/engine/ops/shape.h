/* Ops that move numbers without changing them. Most are views where memory
   allows: they cost nothing. All take values of any type, if nothing else
   is said. The time axis stays one axis throughout: it may move to another
   place among the axes, but not be split, merged or cut by anything else than
   the ops made for that (tb_pad, and those of frames.h). */
#ifndef TB_ENGINE_OPS_SHAPE_H
#define TB_ENGINE_OPS_SHAPE_H

#include "engine/op.h"

/* The same elements in logical order under another shape. With a time axis,
   the axes before it keep their product, and so do those after it. */
tb_value *tb_reshape(tb_value *x, tb_shape shape);

/* Axis i of the result is axis `axes[i]` of x; as many as x has. */
tb_value *tb_permute(tb_value *x, const int *axes);

/* Two axes change places. */
tb_value *tb_transpose(tb_value *x, int a, int b);

/* Elements start, start + step... before `stop` of an axis (not time);
   0 <= start <= stop <= size, step >= 1. */
tb_value *tb_slice(tb_value *x, int axis, int64_t start, int64_t stop,
                   int64_t step);

/* Zeros before and after along any axis; negative numbers crop. On time:
   frame j of the result is frame j - left of x. */
tb_value *tb_pad(tb_value *x, int axis, int64_t left, int64_t right);

/* Several values behind each other along an axis (not time), other axes
   alike. Any n >= 1. The result is as long as the shortest. */
tb_value *tb_concat(int n, tb_value *const *x, int axis);

/* Element i moves to i + shift, round the end of the axis (not time). */
tb_value *tb_roll(tb_value *x, int axis, int64_t shift);

/* Backwards. Along time all frames are needed: that does not stream. */
tb_value *tb_flip(tb_value *x, int axis);

/* x with an axis (not time) last in memory, as kernels may want it: a view
   where it lies so, and a wish that the plan grants where it can
   (engine/order.h); else a copy. */
tb_value *tb_arrange_last(tb_value *x, int axis);

/* A copy of its own in memory, in the default order of axes. */
tb_value *tb_contiguous(tb_value *x);

/* The same elements, through which no gradient flows. */
tb_value *tb_detach(tb_value *x);

typedef struct tb_permute_attr {
    int axes[TB_RANK];
} tb_permute_attr;

typedef struct tb_slice_attr {
    int axis;
    int64_t start, step;
} tb_slice_attr;

typedef struct tb_pad_attr {
    int axis;
    int64_t left, right;
} tb_pad_attr;

typedef struct tb_axis_attr {
    int axis;
    int64_t n; /* shift of a roll; of frames.h: factor, period */
} tb_axis_attr;

extern const tb_op tb_op_reshape;
extern const tb_op tb_op_permute;
extern const tb_op tb_op_slice;
extern const tb_op tb_op_unslice; /* the adjoint: zeros in between */
extern const tb_op tb_op_pad;
extern const tb_op tb_op_concat;
extern const tb_op tb_op_roll;
extern const tb_op tb_op_flip;
extern const tb_op tb_op_flip_time;
extern const tb_op tb_op_arrange; /* attr: tb_axis_attr */
extern const tb_op tb_op_contiguous;
extern const tb_op tb_op_detach;

#endif
