/* Ops that make axes smaller or larger: sums and the like over axes, and
   their adjoint, repetition. Sets of axes are bit masks: axis i is bit i. */
#ifndef TB_ENGINE_OPS_REDUCE_H
#define TB_ENGINE_OPS_REDUCE_H

#include "engine/op.h"

#define TB_ALL_AXES (~0u)
#define TB_AXIS(i) (1u << (i))

typedef enum tb_reduction {
    TB_REDUCE_SUM,
    TB_REDUCE_MEAN, /* over time: of the frames that there are */
    TB_REDUCE_MAX,  /* the largest ones share the gradient (torch.amax) */
    TB_REDUCE_MIN,
    TB_REDUCE_NORM2, /* square root of the sum of squares; slope 0 at 0 */
    TB_REDUCTION_COUNT
} tb_reduction;

/* x reduced over `axes`, which stay as axes of 1 element (keep_dims) or go.
   With the time axis among them all frames are needed: such a value does not
   stream. Sums are accumulated in double precision. */
tb_value *tb_reduce(tb_value *x, tb_reduction kind, unsigned axes,
                    bool keep_dims);

static inline tb_value *tb_sum(tb_value *x, unsigned axes, bool keep_dims)
{
    return tb_reduce(x, TB_REDUCE_SUM, axes, keep_dims);
}

static inline tb_value *tb_mean(tb_value *x, unsigned axes, bool keep_dims)
{
    return tb_reduce(x, TB_REDUCE_MEAN, axes, keep_dims);
}

/* Mean squared deviation from the mean; `unbiased` divides by n - 1. */
tb_value *tb_var(tb_value *x, unsigned axes, bool unbiased, bool keep_dims);

/* p is 1 (sum of magnitudes) or 2 (Euclidean). */
tb_value *tb_norm(tb_value *x, int p, unsigned axes, bool keep_dims);

/* Sums `gradient` over the axes along which `like` was broadcast to it: the
   result has the shape of `like`. The value itself when shapes agree. */
tb_value *tb_sum_to(tb_value *gradient, const tb_value *like);

/* x repeated to `shape`, aligned at the last axis as in PyTorch. An axis of
   TB_FRAMES must be one of x: see tb_expand_as. */
tb_value *tb_expand(tb_value *x, tb_shape shape);

/* x repeated to the shape and frames of `like`, whose numbers are not read. */
tb_value *tb_expand_as(tb_value *x, tb_value *like);

typedef struct tb_reduce_attr {
    tb_reduction kind;
    unsigned axes;  /* that are reduced */
    unsigned keep;  /* of those, the ones that stay as axes of 1 */
    int correction; /* a mean divides by n - correction */
} tb_reduce_attr;

/* The axes of a set, below `rank`, from the first on; how many there are. */
int tb_axes_of(unsigned set, int rank, int64_t axes[TB_RANK]);

extern const tb_op tb_op_reduce;
extern const tb_op tb_op_reduce_time;
extern const tb_op tb_op_reduce_grad; /* (x, y, dy) -> dx */
extern const tb_op tb_op_reduce_grad_time;
extern const tb_op tb_op_expand;    /* x */
extern const tb_op tb_op_expand_as; /* (x, like) */

#endif
