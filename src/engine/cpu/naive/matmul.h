/* Products of matrices by their definition. */
#include "engine/ops/matmul.h"

/* Where the matrix of `t` lies that belongs to an index of the product: its
   leading axes are aligned at the last, and those of 1 repeat. */
static int64_t matrix_offset(const tb_tensor *t, int rank, const int64_t *index)
{
    int64_t o = 0;
    for (int i = 0; i < t->rank - 2; i++)
        if (i == t->time || t->dim[i] != 1)
            o += index[i + rank - t->rank] * t->stride[i];
    return o;
}

static TB_REALTIME void matmul_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    const tb_tensor *a = c->in[0], *b = c->in[1], *y = c->out[0];
    int ar = a->rank, br = b->rank, yr = y->rank;
    bool over_frames = a->time == ar - 1;
    int64_t index[TB_RANK] = {0};
    const real *p = over_frames ? a->data : at_frame(a, c->from);
    const real *q = over_frames ? b->data : at_frame(b, c->from);
    real *to = at_frame(y, over_frames ? 0 : c->from);
    (void)phase, (void)part, (void)parts;
    if (nothing(c, y))
        return;
    do {
        const real *row =
            p + matrix_offset(a, yr, index) + index[yr - 2] * a->stride[ar - 2];
        const real *column =
            q + matrix_offset(b, yr, index) + index[yr - 1] * b->stride[br - 1];
        real sum = 0;
        for (int64_t k = 0; k < a->dim[ar - 1]; k++)
            sum += row[k * a->stride[ar - 1]] * column[k * b->stride[br - 2]];
        to[tb_offset_of(y, index)] = sum;
    } while (next_index(c, y, index));
}

static const tb_kernel_entry matmul_kernels[] = {
    {&tb_op_matmul, {.run = matmul_run}},
    {&tb_op_matmul_frames, {.run = matmul_run}},
    {0}};
