/* Included by naive_f32.c and naive_f64.c, which define `real`: what the
   naive kernels share. They follow the definition of each op, walk logical
   indices through any strides and are the reference for all other kernels. */
#include "engine/cpu/kernel.h"
#include "engine/op.h"

#include <math.h>
#include <string.h>

static inline real *at_frame(const tb_tensor *t, int64_t frame)
{
    return (real *)t->data + tb_frame_offset(t, frame);
}

static inline int64_t *i64_at_frame(const tb_tensor *t, int64_t frame)
{
    return (int64_t *)t->data + tb_frame_offset(t, frame);
}

/* An odometer over the indices of a tensor, last axis fastest; false when all
   have been. Start with an index of zeros. */
static inline bool next_index(const tb_call *c, const tb_tensor *t,
                              int64_t *index)
{
    for (int i = t->rank - 1; i >= 0; i--) {
        if (++index[i] < tb_call_extent(c, t, i))
            return true;
        index[i] = 0;
    }
    return false;
}

static inline bool nothing(const tb_call *c, const tb_tensor *t)
{
    for (int i = 0; i < t->rank; i++)
        if (tb_call_extent(c, t, i) <= 0)
            return true;
    return false;
}
