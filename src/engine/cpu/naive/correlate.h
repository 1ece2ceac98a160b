/* Filters of rows by their definition. */
#include "engine/ops/correlate.h"

static int64_t row_offset(const tb_tensor *t, const int64_t *index)
{
    int64_t o = 0;
    for (int i = 0; i < t->rank - 1; i++)
        o += index[i] * t->stride[i];
    return o;
}

static TB_REALTIME void correlate_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    const tb_tensor *k = c->in[0], *x = c->in[1], *y = c->out[0];
    int last = y->rank - 1;
    int64_t index[TB_RANK] = {0};
    const real *p = at_frame(k, c->from), *q = at_frame(x, c->from);
    real *to = at_frame(y, c->from);
    (void)phase, (void)part, (void)parts;
    if (nothing(c, y))
        return;
    do {
        const real *tap = p + row_offset(k, index);
        const real *row =
            q + row_offset(x, index) + index[last] * x->stride[last];
        real sum = 0;
        for (int64_t i = 0; i < k->dim[last]; i++)
            sum += tap[i * k->stride[last]] * row[i * x->stride[last]];
        to[tb_offset_of(y, index)] = sum;
    } while (next_index(c, y, index));
}

static const tb_kernel_entry correlate_kernels[] = {
    {&tb_op_correlate, {.run = correlate_run}}, {0}};
