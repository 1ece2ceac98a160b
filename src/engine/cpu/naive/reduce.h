/* Included by naive_f32.c and naive_f64.c, after walk.h. */
#include "engine/ops/reduce.h"

/* The axes of x (and dx) that stay, with those of y (and dy) beside them, and
   within those the axes that are reduced. */
typedef struct reduction {
    walk outer; /* of y, dy, x, dx */
    walk inner; /* of x, dx */
    int64_t n;  /* elements that become one */
    bool nothing;
} reduction;

enum { RED_Y, RED_DY, RED_X, RED_DX };

static inline int64_t stride_at(const tb_tensor *t, int axis)
{
    return t ? t->stride[axis] : 0;
}

static void reduction_axis(reduction *r, const tb_call *c, const tb_tensor *x,
                           const tb_tensor *dx, int i, bool inner)
{
    walk *w = inner ? &r->inner : &r->outer;
    int64_t n = tb_call_extent(c, x, i);
    int a = walk_axis(w, n);
    w->stride[inner ? 0 : RED_X][a] = x->stride[i];
    w->stride[inner ? 1 : RED_DX][a] = stride_at(dx, i);
    r->n *= inner ? n : 1;
    r->nothing |= n <= 0;
}

static reduction reduction_of(const tb_call *c, const tb_tensor *x,
                              const tb_tensor *dx, const tb_tensor *y,
                              const tb_tensor *dy)
{
    const tb_reduce_attr *attr = TB_ATTR(tb_reduce_attr, c->node);
    reduction r = {.n = 1};
    int k = 0;
    for (int i = 0; i < x->rank; i++) {
        bool inner = attr->axes >> i & 1;
        reduction_axis(&r, c, x, dx, i, inner);
        if (!inner) {
            r.outer.stride[RED_Y][r.outer.rank - 1] = y->stride[k];
            r.outer.stride[RED_DY][r.outer.rank - 1] = stride_at(dy, k);
        }
        k += !inner || (attr->keep >> i & 1);
    }
    walk_single(&r.outer);
    walk_single(&r.inner);
    r.outer.at[RED_X] = tb_frame_offset(x, c->from);
    r.outer.at[RED_Y] = tb_frame_offset(y, c->from);
    if (dx)
        r.outer.at[RED_DX] = tb_frame_offset(dx, c->from);
    if (dy)
        r.outer.at[RED_DY] = tb_frame_offset(dy, c->from);
    return r;
}

static inline double divisor(const tb_reduce_attr *attr, int64_t n)
{
    return (double)(n - attr->correction);
}

static double start_value(tb_reduction kind)
{
    return kind == TB_REDUCE_MAX   ? -INFINITY
           : kind == TB_REDUCE_MIN ? INFINITY
                                   : 0;
}

static inline double reduce_step(tb_reduction kind, double sum, double x)
{
    switch (kind) {
    case TB_REDUCE_MAX:
        return x > sum || x != x ? x : sum;
    case TB_REDUCE_MIN:
        return x < sum || x != x ? x : sum;
    case TB_REDUCE_NORM2:
        return sum + x * x;
    default:
        return sum + x;
    }
}

static double reduce_all(const tb_reduce_attr *attr, walk *w, const real *x,
                         int64_t n)
{
    double sum = start_value(attr->kind);
    do
        sum = reduce_step(attr->kind, sum, x[w->at[0]]);
    while (walk_next(w));
    if (attr->kind == TB_REDUCE_MEAN)
        return sum / divisor(attr, n);
    return attr->kind == TB_REDUCE_NORM2 ? sqrt(sum) : sum;
}

/* Of no elements: what sums start with. */
static void reduce_nothing(const tb_call *c, const tb_reduce_attr *attr)
{
    const tb_tensor *t[] = {c->out[0]};
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 1, t);
    do
        for (int64_t i = 0; i < w.row; i++)
            ((real *)t[0]->data)[w.at[0] + i * w.step[0]] =
                (real)start_value(attr->kind);
    while (walk_next(&w));
}

static TB_REALTIME void reduce_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_reduce_attr *attr = TB_ATTR(tb_reduce_attr, c->node);
    const tb_tensor *x = c->in[0], *y = c->out[0];
    reduction r = reduction_of(c, x, NULL, y, NULL);
    if (r.nothing) {
        reduce_nothing(c, attr);
        return;
    }
    do
        ((real *)y->data)[r.outer.at[RED_Y]] = (real)reduce_all(
            attr, &r.inner, (const real *)x->data + r.outer.at[RED_X], r.n);
    while (walk_next(&r.outer));
}

/* What each element of x that became y gets of dy, before it is multiplied
   with its own part. */
static double gradient_factor(const tb_reduce_attr *attr, walk *w,
                              const real *x, double y, double dy, int64_t n)
{
    double ties = 0;
    switch (attr->kind) {
    case TB_REDUCE_MEAN:
        return dy / divisor(attr, n);
    case TB_REDUCE_NORM2:
        return y > 0 ? dy / y : 0;
    case TB_REDUCE_MAX:
    case TB_REDUCE_MIN:
        do
            ties += (double)x[w->at[0]] == y;
        while (walk_next(w));
        return ties > 0 ? dy / ties : 0;
    default:
        return dy;
    }
}

static inline double own_part(tb_reduction kind, double x, double y)
{
    switch (kind) {
    case TB_REDUCE_NORM2:
        return x;
    case TB_REDUCE_MAX:
    case TB_REDUCE_MIN:
        return x == y;
    default:
        return 1;
    }
}

static TB_REALTIME void reduce_grad_run(const tb_call *c, int phase, int part,
                                        int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_reduce_attr *attr = TB_ATTR(tb_reduce_attr, c->node);
    const tb_tensor *tx = c->in[0], *ty = c->in[1], *tdy = c->in[2];
    reduction r = reduction_of(c, tx, c->out[0], ty, tdy);
    if (r.nothing)
        return;
    do {
        const real *x = (const real *)tx->data + r.outer.at[RED_X];
        real *dx = (real *)c->out[0]->data + r.outer.at[RED_DX];
        double y = ((const real *)ty->data)[r.outer.at[RED_Y]];
        double dy = ((const real *)tdy->data)[r.outer.at[RED_DY]];
        double f = gradient_factor(attr, &r.inner, x, y, dy, r.n);
        do
            dx[r.inner.at[1]] =
                (real)(f * own_part(attr->kind, x[r.inner.at[0]], y));
        while (walk_next(&r.inner));
    } while (walk_next(&r.outer));
}

static const tb_kernel_entry reduce_kernels[] = {
    {&tb_op_reduce, {.run = reduce_run}},
    {&tb_op_reduce_time, {.run = reduce_run}},
    {&tb_op_reduce_grad, {.run = reduce_grad_run}},
    {&tb_op_reduce_grad_time, {.run = reduce_grad_run}},
    {0}};
