/* Included by naive_f32.c and naive_f64.c, after index.h. */
#include "engine/cpu/naive/functions.h"
#include "engine/ops/loss.h"

/* A row of numbers along the axis of a softmax. */
typedef struct lane {
    const real *x;
    int64_t n, step;
} lane;

/* The logarithm of the sum of exp(x). */
static double log_sum_exp(lane l)
{
    double largest = -INFINITY, sum = 0;
    for (int64_t i = 0; i < l.n; i++)
        largest = l.x[i * l.step] > largest ? l.x[i * l.step] : largest;
    if (largest == -INFINITY)
        return largest;
    for (int64_t i = 0; i < l.n; i++)
        sum += exp(l.x[i * l.step] - largest);
    return largest + log(sum);
}

/* Over all lanes of up to three tensors of one shape. */
static walk walk_lanes(const tb_call *c, const tb_tensor *shape, int axis,
                       int n, const tb_tensor *const *t)
{
    walk w = walk_over(c, shape, n, t);
    w.extent[axis] = 1;
    walk_single(&w);
    return w;
}

static void softmax_of(const tb_call *c, bool logarithm)
{
    int axis = TB_ATTR(tb_softmax_attr, c->node)->axis;
    const tb_tensor *t[] = {c->out[0], c->in[0]};
    if (nothing(c, t[0]))
        return;
    int64_t n = t[0]->dim[axis], to = t[0]->stride[axis];
    walk w = walk_lanes(c, t[0], axis, 2, t);
    do {
        real *y = (real *)t[0]->data + w.at[0];
        lane l = {(const real *)t[1]->data + w.at[1], n, t[1]->stride[axis]};
        double sum = log_sum_exp(l);
        for (int64_t i = 0; i < n; i++) {
            double log_p = l.x[i * l.step] - sum;
            y[i * to] = (real)(logarithm ? log_p : exp(log_p));
        }
    } while (walk_next(&w));
}

static TB_REALTIME void softmax_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    (void)phase, (void)part, (void)parts;
    softmax_of(c, false);
}

static TB_REALTIME void log_softmax_run(const tb_call *c, int phase, int part,
                                        int parts)
{
    (void)phase, (void)part, (void)parts;
    softmax_of(c, true);
}

/* dx = y * (dy - sum(dy * y)); of the logarithm dx = dy - exp(y) * sum(dy) */
static void softmax_grad_of(const tb_call *c, bool logarithm)
{
    int axis = TB_ATTR(tb_softmax_attr, c->node)->axis;
    const tb_tensor *t[] = {c->out[0], c->in[0], c->in[1]};
    if (nothing(c, t[0]))
        return;
    int64_t n = t[0]->dim[axis], s0 = t[0]->stride[axis],
            s1 = t[1]->stride[axis], s2 = t[2]->stride[axis];
    walk w = walk_lanes(c, t[0], axis, 3, t);
    do {
        real *dx = (real *)t[0]->data + w.at[0];
        const real *y = (const real *)t[1]->data + w.at[1];
        const real *dy = (const real *)t[2]->data + w.at[2];
        double sum = 0;
        for (int64_t i = 0; i < n; i++)
            sum += (double)dy[i * s2] * (logarithm ? 1 : y[i * s1]);
        for (int64_t i = 0; i < n; i++) {
            double p = y[i * s1], d = dy[i * s2];
            dx[i * s0] = (real)(logarithm ? d - exp(p) * sum : p * (d - sum));
        }
    } while (walk_next(&w));
}

static TB_REALTIME void softmax_grad_run(const tb_call *c, int phase, int part,
                                         int parts)
{
    (void)phase, (void)part, (void)parts;
    softmax_grad_of(c, false);
}

static TB_REALTIME void log_softmax_grad_run(const tb_call *c, int phase,
                                             int part, int parts)
{
    (void)phase, (void)part, (void)parts;
    softmax_grad_of(c, true);
}

static real cross_entropy_one(lane l, int64_t target)
{
    if (target < 0)
        return 0;
    if (target >= l.n)
        return (real)NAN;
    return (real)(log_sum_exp(l) - l.x[target * l.step]);
}

static TB_REALTIME void cross_entropy_run(const tb_call *c, int phase, int part,
                                          int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *x = c->in[0];
    tb_tensor lanes = without_last(x);
    const tb_tensor *t[] = {c->out[0], c->in[1], &lanes};
    lane l = {NULL, x->dim[x->rank - 1], x->stride[x->rank - 1]};
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 3, t);
    do
        for (int64_t i = 0; i < w.row; i++) {
            l.x = (const real *)x->data + w.at[2] + i * w.step[2];
            ((real *)t[0]->data)[w.at[0] + i * w.step[0]] =
                cross_entropy_one(l, i64_of(t[1])[w.at[1] + i * w.step[1]]);
        }
    while (walk_next(&w));
}

/* dx = (softmax(x) - one_hot(target)) * dy */
static void cross_entropy_grad_one(lane l, int64_t target, double dy, real *dx,
                                   int64_t step)
{
    bool counts = target >= 0 && dy != 0;
    double sum = counts ? log_sum_exp(l) : 0;
    for (int64_t q = 0; q < l.n; q++) {
        double p = counts ? exp(l.x[q * l.step] - sum) : 0;
        dx[q * step] = (real)(counts ? (p - (q == target)) * dy : 0);
    }
}

static TB_REALTIME void cross_entropy_grad_run(const tb_call *c, int phase,
                                               int part, int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *x = c->in[0], *dx = c->out[0];
    tb_tensor to = without_last(dx), lanes = without_last(x);
    const tb_tensor *t[] = {&to, c->in[1], &lanes, c->in[2]};
    int last = x->rank - 1;
    lane l = {NULL, x->dim[last], x->stride[last]};
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 4, t);
    do
        for (int64_t i = 0; i < w.row; i++) {
            l.x = (const real *)x->data + w.at[2] + i * w.step[2];
            cross_entropy_grad_one(
                l, i64_of(t[1])[w.at[1] + i * w.step[1]],
                ((const real *)t[3]->data)[w.at[3] + i * w.step[3]],
                (real *)dx->data + w.at[0] + i * w.step[0], dx->stride[last]);
        }
    while (walk_next(&w));
}

static const tb_kernel_entry loss_kernels[] = {
    {&tb_op_softmax, {.run = softmax_run}},
    {&tb_op_softmax_grad, {.run = softmax_grad_run}},
    {&tb_op_log_softmax, {.run = log_softmax_run}},
    {&tb_op_log_softmax_grad, {.run = log_softmax_grad_run}},
    {&tb_op_cross_entropy, {.run = cross_entropy_run}},
    {&tb_op_cross_entropy_grad, {.run = cross_entropy_grad_run}},
    {0}};
