/* Included by naive_f32.c and naive_f64.c, after walk.h. */
#include "engine/ops/bucketize.h"

/* How many of n rising bounds are not above x. */
static inline int64_t bucket_of(real x, const real *bounds, int64_t n,
                                int64_t step)
{
    int64_t low = 0, high = n;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (bounds[middle * step] <= x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static TB_REALTIME void bucketize_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *bounds = c->in[1], *t[] = {c->out[0], c->in[0]};
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 2, t);
    do
        for (int64_t i = 0; i < w.row; i++)
            ((int64_t *)t[0]->data)[w.at[0] + i * w.step[0]] =
                bucket_of(((const real *)t[1]->data)[w.at[1] + i * w.step[1]],
                          bounds->data, bounds->dim[0], bounds->stride[0]);
    while (walk_next(&w));
}

static const tb_kernel_entry bucketize_kernels[] = {
    {&tb_op_bucketize, {.run = bucketize_run}}, {0}};
