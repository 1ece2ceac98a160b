/* Weight normalisation on the processor's kernels: rows of weights that lie
   together. */
#include "engine/cpu/fast/fast.h"
#include "engine/cpu/table.h"
#include "engine/ops/norm.h"

#include <math.h>

static bool rows_together(const tb_tensor *t)
{
    int64_t size = 1;
    for (int i = t->rank - 1; i > 0; i--) {
        if (t->dim[i] != 1 && t->stride[i] != size)
            return false;
        size *= t->dim[i];
    }
    return t->rank > 0;
}

static int64_t row_size(const tb_tensor *t)
{
    int64_t n = 1;
    for (int i = 1; i < t->rank; i++)
        n *= t->dim[i];
    return n;
}

static bool weight_norm_fits(const tb_call *c)
{
    return rows_together(c->in[0]) && rows_together(c->out[0]);
}

static bool grad_fits(const tb_call *c)
{
    return rows_together(c->in[0]) && rows_together(c->in[2]) &&
           (!c->out[0]->data || rows_together(c->out[0]));
}

static TB_REALTIME int weight_norm_parts(const tb_call *c, int phase,
                                         int threads)
{
    int64_t rows = c->in[0]->dim[0];
    (void)phase;
    if (threads <= 1 || rows * row_size(c->in[0]) < (1 << 15))
        return 1;
    return (int)(rows < 4 * threads ? rows : 4 * threads);
}

static float *row_at(const tb_tensor *t, int64_t i)
{
    return (float *)t->data + i * t->stride[0];
}

static double inverse_norm(const tb_call *c, int64_t i, size_t n)
{
    double squares = c->fast->sum_squares(n, row_at(c->in[0], i));
    return squares > 0 ? 1 / sqrt(squares) : 0;
}

static TB_REALTIME void weight_norm_run(const tb_call *c, int phase, int part,
                                        int parts)
{
    int64_t rows = c->in[0]->dim[0];
    size_t n = (size_t)row_size(c->in[0]);
    (void)phase;
    for (int64_t i = rows * part / parts; i < rows * (part + 1) / parts; i++) {
        double scale = *row_at(c->in[1], i) * inverse_norm(c, i, n);
        c->fast->map(TB_MAP_AFFINE, n, row_at(c->out[0], i),
                     row_at(c->in[0], i), (float)scale, 0);
    }
}

/* dg = dw v/|v|, dv = g (dw - v (dw v)/|v|^2)/|v|. */
static void grad_row(const tb_call *c, int64_t i, size_t n)
{
    const float *v = row_at(c->in[0], i), *dw = row_at(c->in[2], i);
    double inverse = inverse_norm(c, i, n);
    double along = c->fast->dot(n, v, dw) * inverse;
    double scale = *row_at(c->in[1], i) * inverse;
    if (c->out[1]->data)
        *row_at(c->out[1], i) = (float)along;
    if (!c->out[0]->data)
        return;
    float *dv = row_at(c->out[0], i);
    c->fast->map(TB_MAP_AFFINE, n, dv, dw, (float)scale, 0);
    c->fast->axpby(n, dv, (float)(-scale * along * inverse), v, 1);
}

static TB_REALTIME void grad_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    int64_t rows = c->in[0]->dim[0];
    size_t n = (size_t)row_size(c->in[0]);
    (void)phase;
    for (int64_t i = rows * part / parts; i < rows * (part + 1) / parts; i++)
        grad_row(c, i, n);
}

const tb_kernel_entry tb_fast_weight_norm[] = {
    {&tb_op_weight_norm,
     {.run = weight_norm_run,
      .parts = weight_norm_parts,
      .fits = weight_norm_fits}},
    {&tb_op_weight_norm_grad,
     {.run = grad_run, .parts = weight_norm_parts, .fits = grad_fits}},
    {0}};
