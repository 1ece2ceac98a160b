/* Included by naive_f32.c and naive_f64.c, after walk.h. */
#include "engine/ops/index.h"

/* The same tensor without one of its axes, for walking beside another. */
static inline tb_tensor without_axis(const tb_tensor *t, int axis)
{
    tb_tensor v = *t;
    v.rank--;
    for (int i = axis; i < v.rank; i++) {
        v.dim[i] = t->dim[i + 1];
        v.stride[i] = t->stride[i + 1];
    }
    v.time = t->time > axis ? t->time - 1 : t->time;
    return v;
}

static inline tb_tensor without_last(const tb_tensor *t)
{
    return without_axis(t, t->rank - 1);
}

static inline const int64_t *i64_of(const tb_tensor *t)
{
    return t->data;
}

/* y[..., h] = table[index[...], h] */
static TB_REALTIME void embedding_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *table = c->in[0], *y = c->out[0];
    tb_tensor rows = without_last(y);
    const tb_tensor *t[] = {c->in[1], &rows};
    int64_t size = table->dim[1], step = y->stride[y->rank - 1];
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 2, t);
    do
        for (int64_t i = 0; i < w.row; i++) {
            int64_t q = i64_of(t[0])[w.at[0] + i * w.step[0]];
            bool there = q >= 0 && q < table->dim[0];
            const real *from =
                (const real *)table->data + (there ? q * table->stride[0] : 0);
            real *to = (real *)y->data + w.at[1] + i * w.step[1];
            for (int64_t h = 0; h < size; h++)
                to[h * step] = there ? from[h * table->stride[1]] : (real)NAN;
        }
    while (walk_next(&w));
}

/* dtable[index[...], h] += dy[..., h], in logical order */
static TB_REALTIME void embedding_grad_run(const tb_call *c, int phase,
                                           int part, int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *dy = c->in[1], *table = c->out[0];
    tb_tensor rows = without_last(dy);
    const tb_tensor *t[] = {c->in[0], &rows};
    int64_t size = table->dim[1], step = dy->stride[dy->rank - 1];
    zero_tensor(c, table);
    tb_call both = *c;
    if (dy->time >= 0 && dy->end < both.from + both.count)
        both.count = dy->end - both.from;
    if (nothing(&both, t[0]))
        return;
    walk w = walk_over(&both, t[0], 2, t);
    do
        for (int64_t i = 0; i < w.row; i++) {
            int64_t q = i64_of(t[0])[w.at[0] + i * w.step[0]];
            if (q < 0 || q >= table->dim[0])
                continue;
            const real *from = (const real *)dy->data + w.at[1] + i * w.step[1];
            real *to = (real *)table->data + q * table->stride[0];
            for (int64_t h = 0; h < size; h++)
                to[h * table->stride[1]] += from[h * step];
        }
    while (walk_next(&w));
}

static TB_REALTIME void one_hot_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *y = c->out[0];
    tb_tensor rows = without_last(y);
    const tb_tensor *t[] = {c->in[0], &rows};
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 2, t);
    do
        for (int64_t i = 0; i < w.row; i++) {
            int64_t index = i64_of(t[0])[w.at[0] + i * w.step[0]];
            real *to = (real *)y->data + w.at[1] + i * w.step[1];
            for (int64_t q = 0; q < y->dim[y->rank - 1]; q++)
                to[q * y->stride[y->rank - 1]] = q == index;
        }
    while (walk_next(&w));
}

/* The first of the largest of n numbers; NaN counts as the smallest. */
static int64_t largest_of(const real *x, int64_t n, int64_t step)
{
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (x[i * step] > x[best * step] ||
            (x[best * step] != x[best * step] && x[i * step] == x[i * step]))
            best = i;
    return best;
}

static TB_REALTIME void argmax_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    (void)phase, (void)part, (void)parts;
    int axis = TB_ATTR(tb_argmax_attr, c->node)->axis;
    const tb_tensor *x = c->in[0];
    tb_tensor lanes = without_axis(x, axis);
    const tb_tensor *t[] = {c->out[0], &lanes};
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 2, t);
    do
        for (int64_t i = 0; i < w.row; i++)
            ((int64_t *)t[0]->data)[w.at[0] + i * w.step[0]] =
                largest_of((const real *)x->data + w.at[1] + i * w.step[1],
                           x->dim[axis], x->stride[axis]);
    while (walk_next(&w));
}

/* y[...] = x[..., index[...]] */
static TB_REALTIME void pick_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *x = c->in[0];
    tb_tensor lanes = without_last(x);
    const tb_tensor *t[] = {c->out[0], c->in[1], &lanes};
    int64_t size = x->dim[x->rank - 1], step = x->stride[x->rank - 1];
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 3, t);
    do
        for (int64_t i = 0; i < w.row; i++) {
            int64_t q = i64_of(t[1])[w.at[1] + i * w.step[1]];
            const real *from = (const real *)x->data + w.at[2] + i * w.step[2];
            ((real *)t[0]->data)[w.at[0] + i * w.step[0]] =
                q >= 0 && q < size ? from[q * step] : (real)NAN;
        }
    while (walk_next(&w));
}

static TB_REALTIME void pick_grad_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    (void)phase, (void)part, (void)parts;
    const tb_tensor *dx = c->out[0];
    tb_tensor lanes = without_last(dx);
    const tb_tensor *t[] = {&lanes, c->in[0], c->in[1]};
    int64_t size = dx->dim[dx->rank - 1], step = dx->stride[dx->rank - 1];
    zero_tensor(c, dx);
    if (nothing(c, t[0]))
        return;
    walk w = walk_over(c, t[0], 3, t);
    do
        for (int64_t i = 0; i < w.row; i++) {
            int64_t q = i64_of(t[1])[w.at[1] + i * w.step[1]];
            real *to = (real *)dx->data + w.at[0] + i * w.step[0];
            if (q >= 0 && q < size)
                to[q * step] =
                    ((const real *)t[2]->data)[w.at[2] + i * w.step[2]];
        }
    while (walk_next(&w));
}

static const tb_kernel_entry index_kernels[] = {
    {&tb_op_embedding, {.run = embedding_run}},
    {&tb_op_embedding_grad, {.run = embedding_grad_run}},
    {&tb_op_one_hot, {.run = one_hot_run}},
    {&tb_op_argmax, {.run = argmax_run}},
    {&tb_op_pick, {.run = pick_run}},
    {&tb_op_pick_grad, {.run = pick_grad_run}},
    {0}};
