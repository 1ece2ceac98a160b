/* Linear layers by their definition. */
#include "engine/ops/linear.h"

static TB_REALTIME void linear_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    const tb_tensor *x = c->in[0], *w = c->in[1], *y = c->out[0];
    const tb_tensor *bias = c->node->n_in > 2 ? c->in[2] : NULL;
    int transposed = TB_ATTR(tb_linear_attr, c->node)->transposed;
    int last = y->rank - 1;
    int64_t index[TB_RANK] = {0};
    const real *from = at_frame(x, c->from);
    real *to = at_frame(y, c->from);
    (void)phase, (void)part, (void)parts;
    if (nothing(c, y))
        return;
    do {
        int64_t o = index[last];
        index[last] = 0;
        const real *row = from + tb_offset_of(x, index);
        index[last] = o;
        const real *weights = (const real *)w->data + o * w->stride[transposed];
        real sum = bias ? ((const real *)bias->data)[o * bias->stride[0]] : 0;
        for (int64_t i = 0; i < x->dim[last]; i++)
            sum +=
                row[i * x->stride[last]] * weights[i * w->stride[!transposed]];
        to[tb_offset_of(y, index)] = sum;
    } while (next_index(c, y, index));
}

static TB_REALTIME void linear_wgrad_run(const tb_call *c, int phase, int part,
                                         int parts)
{
    const tb_tensor *x = c->in[0], *dy = c->in[1], *w = c->out[0];
    int last = x->rank - 1;
    tb_tensor rows = *dy; /* the indices to add up over */
    tb_call all = *c;
    rows.rank = last;
    if (dy->time >= 0)
        all.count = dy->dim[dy->time];
    (void)phase, (void)part, (void)parts;
    for (int64_t o = 0; o < w->dim[0]; o++)
        for (int64_t i = 0; i < w->dim[1]; i++) {
            int64_t index[TB_RANK] = {0};
            real sum = 0;
            if (!nothing(&all, &rows))
                do {
                    index[last] = o;
                    real d = ((real *)dy->data)[tb_offset_of(dy, index)];
                    index[last] = i;
                    sum += d * ((real *)x->data)[tb_offset_of(x, index)];
                } while (next_index(&all, &rows, index));
            ((real *)w->data)[o * w->stride[0] + i * w->stride[1]] = sum;
        }
}

static const tb_kernel_entry linear_kernels[] = {
    {&tb_op_linear, {.run = linear_run}},
    {&tb_op_linear_wgrad, {.run = linear_wgrad_run}},
    {0}};
