/* Included by naive_f32.c and naive_f64.c, after walk.h. */
#include "engine/cpu/naive/functions.h"
#include "engine/ops/elementwise.h"

/* y = f(x) */
static TB_REALTIME void unary_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_unary_attr *f = TB_ATTR(tb_unary_attr, c->node);
    const tb_tensor *t[] = {c->out[0], c->in[0]};
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 2, t);
    walk_closest(&w);
    do {
        real *y = (real *)t[0]->data + w.at[0];
        const real *x = (const real *)t[1]->data + w.at[1];
        for (int64_t i = 0; i < w.row; i++)
            y[i * w.step[0]] = (real)unary_value(f, x[i * w.step[1]]);
    } while (walk_next(&w));
}

/* dx = dy * f'(x); t[1] is f(x) where that tells its slope. Where no gradient
   arrives none leaves, whatever the slope. */
static TB_REALTIME void unary_grad_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_unary_attr *f = TB_ATTR(tb_unary_attr, c->node);
    const tb_tensor *t[] = {c->out[0], c->in[0], c->in[1]};
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 3, t);
    walk_closest(&w);
    do {
        real *dx = (real *)t[0]->data + w.at[0];
        const real *x = (const real *)t[1]->data + w.at[1];
        const real *dy = (const real *)t[2]->data + w.at[2];
        for (int64_t i = 0; i < w.row; i++) {
            double d = dy[i * w.step[2]];
            double slope = d == 0 ? 0 : unary_slope(f, x[i * w.step[1]]);
            dx[i * w.step[0]] = (real)(d * slope);
        }
    } while (walk_next(&w));
}

static inline real binary_value(tb_binary kind, real x, real y)
{
    switch (kind) {
    case TB_ADD:
        return x + y;
    case TB_SUB:
        return x - y;
    case TB_MUL:
        return x * y;
    case TB_DIV:
        return x / y;
    case TB_MAX:
        return x > y || x != x ? x : y;
    case TB_MIN:
        return x < y || x != x ? x : y;
    case TB_BINARY_COUNT:
        break;
    }
    return x;
}

/* z = f(x, y), broadcast */
static TB_REALTIME void binary_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    (void)phase, (void)part, (void)parts;
    tb_binary kind = TB_ATTR(tb_binary_attr, c->node)->kind;
    const tb_tensor *t[] = {c->out[0], c->in[0], c->in[1]};
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 3, t);
    walk_closest(&w);
    do {
        real *z = (real *)t[0]->data + w.at[0];
        const real *x = (const real *)t[1]->data + w.at[1];
        const real *y = (const real *)t[2]->data + w.at[2];
        for (int64_t i = 0; i < w.row; i++)
            z[i * w.step[0]] =
                binary_value(kind, x[i * w.step[1]], y[i * w.step[2]]);
    } while (walk_next(&w));
}

/* The slope of x op y in the first (which = 0) or second operand. */
static inline real binary_slope(tb_binary kind, int which, real x, real y)
{
    switch (kind) {
    case TB_DIV:
        return which == 0 ? 1 / y : -x / (y * y);
    case TB_MAX:
        return x == y ? (real)0.5 : (x > y) == (which == 0);
    case TB_MIN:
        return x == y ? (real)0.5 : (x < y) == (which == 0);
    case TB_ADD:
    case TB_SUB:
    case TB_MUL:
    case TB_BINARY_COUNT:
        break;
    }
    return 1;
}

/* The gradient of one operand, not yet summed over what was repeated. Where
   no gradient arrives none leaves, so that frames that one operand lacks do
   not become 0/0. */
static TB_REALTIME void binary_grad_run(const tb_call *c, int phase, int part,
                                        int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_binary_grad_attr *a = TB_ATTR(tb_binary_grad_attr, c->node);
    const tb_tensor *t[] = {c->out[0], c->in[0], c->in[1], c->in[2]};
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 4, t);
    walk_closest(&w);
    do {
        real *d = (real *)t[0]->data + w.at[0];
        const real *x = (const real *)t[1]->data + w.at[1];
        const real *y = (const real *)t[2]->data + w.at[2];
        const real *dz = (const real *)t[3]->data + w.at[3];
        for (int64_t i = 0; i < w.row; i++) {
            real g = dz[i * w.step[3]];
            d[i * w.step[0]] =
                g == 0 ? 0
                       : g * binary_slope(a->kind, a->which, x[i * w.step[1]],
                                          y[i * w.step[2]]);
        }
    } while (walk_next(&w));
}

/* The second half along `axis` of what starts at x. */
static inline const real *half_of(const tb_tensor *t, const real *x, int axis)
{
    return x + t->dim[axis] / 2 * t->stride[axis];
}

/* y = tanh(x0) * sigmoid(x1), where x0 and x1 are the halves of x. */
static TB_REALTIME void gated_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    (void)phase, (void)part, (void)parts;
    int axis = TB_ATTR(tb_gated_attr, c->node)->axis;
    const tb_tensor *t[] = {c->out[0], c->in[0]};
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 2, t);
    walk_closest(&w);
    do {
        real *y = (real *)t[0]->data + w.at[0];
        const real *x0 = (const real *)t[1]->data + w.at[1];
        const real *x1 = half_of(t[1], x0, axis);
        for (int64_t i = 0; i < w.row; i++) {
            int64_t j = i * w.step[1];
            y[i * w.step[0]] = (real)(tanh(x0[j]) * sigmoid_of(x1[j]));
        }
    } while (walk_next(&w));
}

static TB_REALTIME void gated_grad_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    (void)phase, (void)part, (void)parts;
    int axis = TB_ATTR(tb_gated_attr, c->node)->axis;
    const tb_tensor *dx = c->out[0];
    const tb_tensor *t[] = {c->in[1], c->in[0], c->out[0]};
    if (nothing(c, t[0]))
        return;
    int64_t half = dx->dim[axis] / 2 * dx->stride[axis];
    walk w = walk_over(c, t[0], 3, t);
    walk_closest(&w);
    do {
        const real *dy = (const real *)t[0]->data + w.at[0];
        const real *x0 = (const real *)t[1]->data + w.at[1];
        const real *x1 = half_of(t[1], x0, axis);
        real *d = (real *)t[2]->data + w.at[2];
        for (int64_t i = 0; i < w.row; i++) {
            double g = dy[i * w.step[0]];
            double a = tanh(x0[i * w.step[1]]);
            double b = sigmoid_of(x1[i * w.step[1]]);
            d[i * w.step[2]] = (real)(g * (1 - a * a) * b);
            d[i * w.step[2] + half] = (real)(g * a * b * (1 - b));
        }
    } while (walk_next(&w));
}

static const tb_kernel_entry elementwise_kernels[] = {
    {&tb_op_unary, {.run = unary_run}},
    {&tb_op_unary_grad, {.run = unary_grad_run}},
    {&tb_op_binary, {.run = binary_run}},
    {&tb_op_binary_grad, {.run = binary_grad_run}},
    {&tb_op_gated, {.run = gated_run}},
    {&tb_op_gated_grad, {.run = gated_grad_run}},
    {0}};
