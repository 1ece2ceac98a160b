/* Tables and their gradients: rows by index. */
#include "engine/ops/index.h"

#include "engine/cpu/copy.h"
#include "engine/cpu/nest.h"
#include "engine/cpu/table.h"

#include <math.h>
#include <string.h>

enum { TB_COLUMNS_A_PART = 32 };

static tb_tensor without_last(const tb_tensor *t)
{
    tb_tensor r = *t;
    r.rank--;
    return r;
}

static const int64_t *indices(const tb_tensor *t)
{
    return t->data;
}

/* ---- rows of a table ---- */

static void take_row(const tb_tensor *table, int64_t q, float *to, int64_t step)
{
    int64_t size = table->dim[1], by = table->stride[1];
    bool there = q >= 0 && q < table->dim[0];
    const float *from = (const float *)table->data;
    from += there ? q * table->stride[0] : 0;
    if (there && by == 1 && step == 1) {
        memcpy(to, from, sizeof *to * (size_t)size);
        return;
    }
    for (int64_t i = 0; i < size; i++)
        to[i * step] = there ? from[i * by] : NAN;
}

static TB_REALTIME void embedding_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    const tb_tensor *y = c->out[0];
    int64_t step = y->stride[y->rank - 1];
    tb_tensor rows = without_last(y);
    const tb_tensor *t[] = {&rows, c->in[1]};
    tb_nest s;
    tb_nest_block b;
    (void)phase;
    tb_nest_init(&s, c, c->in[1], 2, t);
    for (int64_t at = 0; tb_nest_next(&s, part, parts, &at, &b);)
        for (int64_t i = 0; i < b.rows; i++)
            for (int64_t k = 0; k < b.cols; k++)
                take_row(
                    c->in[0],
                    indices(c->in[1])[b.at[1] + i * s.row[1] + k * s.col[1]],
                    (float *)y->data + b.at[0] + i * s.row[0] + k, step);
}

/* ---- and its gradient ---- */

/* Parts are columns of the table: each adds up all rows in logical order. */

static TB_REALTIME int grad_parts(const tb_call *c, int phase, int threads)
{
    int64_t n = c->out[0]->dim[1] / TB_COLUMNS_A_PART;
    (void)phase;
    if (threads <= 1 || n < 2)
        return 1;
    return (int)(n < 4 * threads ? n : 4 * threads);
}

/* Columns of the table, and where their rows are. */
typedef struct tb_table_part {
    tb_tensor table, rows, index;
    int64_t first, cols;
} tb_table_part;

static void add_row(const tb_table_part *p, int64_t q, const float *from)
{
    int64_t step = p->rows.stride[p->rows.rank - 1];
    int64_t by = p->table.stride[1];
    if (q < 0 || q >= p->table.dim[0])
        return;
    float *to = (float *)p->table.data + q * p->table.stride[0] + p->first * by;
    from += p->first * step;
    if (by == 1 && step == 1)
        for (int64_t i = 0; i < p->cols; i++)
            to[i] += from[i];
    else
        for (int64_t i = 0; i < p->cols; i++)
            to[i * by] += from[i * step];
}

static void add_rows(const tb_table_part *p)
{
    int64_t index[TB_RANK] = {0};
    if (tb_is_empty(&p->index))
        return;
    do
        add_row(p, indices(&p->index)[tb_offset_of(&p->index, index)],
                (const float *)p->rows.data + tb_offset_of(&p->rows, index));
    while (tb_next_index(&p->index, index));
}

static TB_REALTIME void grad_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    const tb_tensor *dy = c->in[1], *table = c->out[0];
    int64_t count = c->count, cols = table->dim[1];
    (void)phase;
    if (dy->time >= 0 && dy->end < c->from + count)
        count = dy->end - c->from;
    tb_table_part p = {.table = *table,
                       .rows = tb_copy_frames(dy, c->from, count),
                       .index = tb_copy_frames(c->in[0], c->from, count),
                       .first = cols * part / parts};
    p.cols = cols * (part + 1) / parts - p.first;
    tb_copy clear = {tb_copy_part(table, 1, p.first, p.cols, 1),
                     tb_copy_zero(TB_REAL)};
    tb_copy_run(&clear, 0, 1);
    add_rows(&p);
}

/* ---- one element of the last axis ---- */

static void lanes_nest(tb_nest *s, const tb_call *c, const tb_tensor *wide,
                       const tb_tensor *a, const tb_tensor *b)
{
    tb_tensor lanes = without_last(wide);
    const tb_tensor *t[] = {&lanes, a, b};
    tb_nest_init(s, c, &lanes, b ? 3 : 2, t);
}

static TB_REALTIME int lane_parts(const tb_call *c, int phase, int threads)
{
    tb_tensor lanes = without_last(c->out[0]);
    (void)phase;
    return tb_nest_parts(tb_elements(&lanes, c->count), threads);
}

static void one_hot_row(float *to, int64_t n, int64_t step, int64_t index,
                        float x)
{
    for (int64_t q = 0; q < n; q++)
        to[q * step] = 0;
    if (index >= 0 && index < n)
        to[index * step] = x;
}

static TB_REALTIME void one_hot_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    const tb_tensor *y = c->out[0];
    int64_t n = y->dim[y->rank - 1], step = y->stride[y->rank - 1];
    tb_nest s;
    tb_nest_block b;
    (void)phase;
    lanes_nest(&s, c, y, c->in[0], NULL);
    for (int64_t at = 0; tb_nest_next(&s, part, parts, &at, &b);)
        for (int64_t i = 0; i < b.rows; i++)
            for (int64_t k = 0; k < b.cols; k++)
                one_hot_row(
                    (float *)y->data + b.at[0] + i * s.row[0] + k, n, step,
                    indices(c->in[0])[b.at[1] + i * s.row[1] + k * s.col[1]],
                    1);
}

static TB_REALTIME void pick_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    const tb_tensor *x = c->in[0], *y = c->out[0];
    int64_t n = x->dim[x->rank - 1], step = x->stride[x->rank - 1];
    tb_nest s;
    tb_nest_block b;
    (void)phase;
    lanes_nest(&s, c, x, y, c->in[1]);
    for (int64_t at = 0; tb_nest_next(&s, part, parts, &at, &b);)
        for (int64_t i = 0; i < b.rows; i++)
            for (int64_t k = 0; k < b.cols; k++) {
                int64_t q =
                    indices(c->in[1])[b.at[2] + i * s.row[2] + k * s.col[2]];
                const float *from =
                    (const float *)x->data + b.at[0] + i * s.row[0] + k;
                ((float *)y->data)[b.at[1] + i * s.row[1] + k * s.col[1]] =
                    q >= 0 && q < n ? from[q * step] : NAN;
            }
}

static TB_REALTIME void pick_grad_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    const tb_tensor *dx = c->out[0];
    int64_t n = dx->dim[dx->rank - 1], step = dx->stride[dx->rank - 1];
    tb_nest s;
    tb_nest_block b;
    (void)phase;
    lanes_nest(&s, c, dx, c->in[0], c->in[1]);
    for (int64_t at = 0; tb_nest_next(&s, part, parts, &at, &b);)
        for (int64_t i = 0; i < b.rows; i++)
            for (int64_t k = 0; k < b.cols; k++)
                one_hot_row(
                    (float *)dx->data + b.at[0] + i * s.row[0] + k, n, step,
                    indices(c->in[0])[b.at[1] + i * s.row[1] + k * s.col[1]],
                    ((const float *)c->in[1]
                         ->data)[b.at[2] + i * s.row[2] + k * s.col[2]]);
}

const tb_kernel_entry tb_fast_index[] = {
    {&tb_op_embedding, {.run = embedding_run, .parts = tb_nest_parts_of_all}},
    {&tb_op_embedding_grad, {.run = grad_run, .parts = grad_parts}},
    {&tb_op_one_hot, {.run = one_hot_run, .parts = lane_parts}},
    {&tb_op_pick, {.run = pick_run}},
    {&tb_op_pick_grad, {.run = pick_grad_run, .parts = lane_parts}},
    {0}};
