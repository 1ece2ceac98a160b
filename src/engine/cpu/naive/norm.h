/* Normalisation, forwards and backwards. Statistics are added up in double
   precision. */
#include "engine/ops/norm.h"

/* An odometer over some axes of a tensor; false when it is back at the start
   of these. */
static inline bool next_among(const tb_call *c, const tb_tensor *t,
                              unsigned axes, int64_t *index)
{
    for (int i = t->rank - 1; i >= 0; i--) {
        if (!(axes >> i & 1))
            continue;
        if (++index[i] < tb_call_extent(c, t, i))
            return true;
        index[i] = 0;
    }
    return false;
}

typedef struct moments {
    double mean, var; /* biased */
    int64_t n;
} moments;

/* Statistics over `axes` at an index, whose elements along these are 0. */
static moments moments_of(const tb_call *c, const tb_tensor *x,
                          const real *data, unsigned axes, int64_t *index)
{
    moments m = {0};
    do {
        m.mean += data[tb_offset_of(x, index)];
        m.n++;
    } while (next_among(c, x, axes, index));
    m.mean /= (double)m.n;
    do {
        double d = data[tb_offset_of(x, index)] - m.mean;
        m.var += d * d;
    } while (next_among(c, x, axes, index));
    m.var /= (double)m.n;
    return m;
}

static void standardise(const tb_call *c, tb_standardise_attr attr)
{
    const tb_tensor *x = c->in[0], *y = c->out[0];
    const real *from = at_frame(x, c->from);
    int64_t index[TB_RANK] = {0};
    if (!y->data || nothing(c, y))
        return;
    real *to = at_frame(y, c->from);
    do {
        moments m = moments_of(c, x, from, attr.axes, index);
        double scale = 1 / sqrt(m.var + attr.eps);
        do
            to[tb_offset_of(y, index)] =
                (real)((from[tb_offset_of(x, index)] - m.mean) * scale);
        while (next_among(c, x, attr.axes, index));
    } while (next_among(c, x, ~attr.axes, index));
}

static TB_REALTIME void standardise_run(const tb_call *c, int phase, int part,
                                        int parts)
{
    (void)phase, (void)part, (void)parts;
    standardise(c, *TB_ATTR(tb_standardise_attr, c->node));
}

/* dx = (dy - mean(dy) - y mean(dy y))/sqrt(var + eps), y being the output. */
static TB_REALTIME void standardise_grad_run(const tb_call *c, int phase,
                                             int part, int parts)
{
    tb_standardise_attr attr = *TB_ATTR(tb_standardise_attr, c->node);
    const tb_tensor *x = c->in[0], *dy = c->in[1], *dx = c->out[0];
    const real *from = at_frame(x, c->from), *d = at_frame(dy, c->from);
    real *to = at_frame(dx, c->from);
    int64_t index[TB_RANK] = {0};
    (void)phase, (void)part, (void)parts;
    if (nothing(c, dx))
        return;
    do {
        moments m = moments_of(c, x, from, attr.axes, index);
        double scale = 1 / sqrt(m.var + attr.eps), sum = 0, product = 0;
        do {
            double e = d[tb_offset_of(dy, index)];
            sum += e;
            product += e * (from[tb_offset_of(x, index)] - m.mean) * scale;
        } while (next_among(c, x, attr.axes, index));
        sum /= (double)m.n;
        product /= (double)m.n;
        do {
            double y = (from[tb_offset_of(x, index)] - m.mean) * scale;
            to[tb_offset_of(dx, index)] =
                (real)(scale *
                       (d[tb_offset_of(dy, index)] - sum - y * product));
        } while (next_among(c, x, attr.axes, index));
    } while (next_among(c, x, ~attr.axes, index));
}

static inline double value_at(const tb_tensor *t, const int64_t *index)
{
    return ((real *)t->data)[tb_offset_of(t, index)];
}

static inline real *number(const tb_tensor *t, int64_t i)
{
    return (real *)t->data + i * t->stride[0];
}

static TB_REALTIME void batch_norm_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    tb_batch_norm_attr attr = *TB_ATTR(tb_batch_norm_attr, c->node);
    const tb_tensor *x = c->in[0];
    (void)phase, (void)part, (void)parts;
    standardise(c, attr.standardise);
    if (nothing(c, x))
        return;
    for (int64_t ch = 0; ch < x->dim[1]; ch++) {
        int64_t index[TB_RANK] = {0, ch};
        moments m = moments_of(c, x, at_frame(x, c->from),
                               attr.standardise.axes, index);
        double var = m.n > 1 ? m.var * (double)m.n / (double)(m.n - 1) : 0;
        double mean_before = *number(c->in[1], ch);
        double var_before = *number(c->in[2], ch);
        if (c->out[1]->data)
            *number(c->out[1], ch) =
                (real)(mean_before + attr.momentum * (m.mean - mean_before));
        if (c->out[2]->data)
            *number(c->out[2], ch) =
                (real)(var_before + attr.momentum * (var - var_before));
    }
}

/* Sums of squares of v[i], and of products with dw[i] (if any). */
static void norm_sums(const tb_call *c, int64_t i, double *squares,
                      double *products)
{
    const tb_tensor *v = c->in[0], *dw = c->node->n_in > 2 ? c->in[2] : NULL;
    int64_t index[TB_RANK] = {i};
    *squares = *products = 0;
    do {
        double x = value_at(v, index);
        *squares += x * x;
        if (dw)
            *products += x * value_at(dw, index);
    } while (next_among(c, v, ~1u, index));
}

static TB_REALTIME void weight_norm_run(const tb_call *c, int phase, int part,
                                        int parts)
{
    const tb_tensor *v = c->in[0], *w = c->out[0];
    (void)phase, (void)part, (void)parts;
    if (nothing(c, v))
        return;
    for (int64_t i = 0; i < v->dim[0]; i++) {
        double squares, unused;
        int64_t index[TB_RANK] = {i};
        norm_sums(c, i, &squares, &unused);
        double scale = squares > 0 ? *number(c->in[1], i) / sqrt(squares) : 0;
        do
            ((real *)w->data)[tb_offset_of(w, index)] =
                (real)(scale * value_at(v, index));
        while (next_among(c, v, ~1u, index));
    }
}

/* dg = dw v/|v|, dv = g (dw - v (dw v)/|v|^2)/|v|. */
static TB_REALTIME void weight_norm_grad_run(const tb_call *c, int phase,
                                             int part, int parts)
{
    const tb_tensor *v = c->in[0], *dw = c->in[2];
    const tb_tensor *dv = c->out[0], *dg = c->out[1];
    (void)phase, (void)part, (void)parts;
    if (nothing(c, v))
        return;
    for (int64_t i = 0; i < v->dim[0]; i++) {
        double squares, products;
        int64_t index[TB_RANK] = {i};
        norm_sums(c, i, &squares, &products);
        double inverse = squares > 0 ? 1 / sqrt(squares) : 0;
        double parallel = products * inverse * inverse;
        double scale = *number(c->in[1], i) * inverse;
        if (dg->data)
            *number(dg, i) = (real)(products * inverse);
        if (dv->data)
            do
                ((real *)dv->data)[tb_offset_of(dv, index)] =
                    (real)(scale * (value_at(dw, index) -
                                    parallel * value_at(v, index)));
            while (next_among(c, v, ~1u, index));
    }
}

static const tb_kernel_entry norm_kernels[] = {
    {&tb_op_standardise, {.run = standardise_run}},
    {&tb_op_standardise_time, {.run = standardise_run}},
    {&tb_op_standardise_grad, {.run = standardise_grad_run}},
    {&tb_op_standardise_grad_time, {.run = standardise_grad_run}},
    {&tb_op_batch_norm, {.run = batch_norm_run}},
    {&tb_op_weight_norm, {.run = weight_norm_run}},
    {&tb_op_weight_norm_grad, {.run = weight_norm_grad_run}},
    {0}};
