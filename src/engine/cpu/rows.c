#include "engine/cpu/rows.h"

static void swap(int64_t *a, int64_t *b)
{
    int64_t t = *a;
    *a = *b;
    *b = t;
}

/* Outermost in memory (of y) first. */
static void sort_axes(tb_row_set *s)
{
    for (int i = 1; i < s->axes; i++)
        for (int k = i; k > 0 && s->by_y[k] > s->by_y[k - 1]; k--) {
            swap(&s->n[k], &s->n[k - 1]);
            swap(&s->by_x[k], &s->by_x[k - 1]);
            swap(&s->by_y[k], &s->by_y[k - 1]);
        }
}

/* Two axes that lie in memory as one become one. */
static void merge_axes(tb_row_set *s)
{
    for (int i = s->axes - 1; i > 0; i--) {
        if (s->by_x[i - 1] != s->by_x[i] * s->n[i] ||
            s->by_y[i - 1] != s->by_y[i] * s->n[i])
            continue;
        s->n[i - 1] *= s->n[i];
        s->by_x[i - 1] = s->by_x[i];
        s->by_y[i - 1] = s->by_y[i];
        for (int k = i; k + 1 < s->axes; k++) {
            s->n[k] = s->n[k + 1];
            s->by_x[k] = s->by_x[k + 1];
            s->by_y[k] = s->by_y[k + 1];
        }
        s->axes--;
    }
}

tb_row_set tb_rows_of(const tb_call *c, const tb_tensor *x, const tb_tensor *y,
                      int channel)
{
    tb_row_set s = {.groups = 1, .rows = 1};
    for (int i = 0; i < y->rank; i++) {
        int64_t n = i == y->time ? c->count : y->dim[i];
        if (i == channel || n == 1)
            continue;
        s.n[s.axes] = n;
        s.by_x[s.axes] = x->stride[i];
        s.by_y[s.axes++] = y->stride[i];
    }
    sort_axes(&s);
    merge_axes(&s);
    if (s.axes) {
        s.axes--;
        s.rows = s.n[s.axes];
        s.ldx = s.by_x[s.axes];
        s.ldy = s.by_y[s.axes];
    }
    for (int i = 0; i < s.axes; i++)
        s.groups *= s.n[i];
    s.x = tb_behind(x->data, tb_frame_offset(x, c->from));
    s.y = tb_behind(y->data, tb_frame_offset(y, c->from));
    return s;
}

void tb_rows_group(const tb_row_set *s, int64_t group, float **x, float **y)
{
    int64_t ox = 0, oy = 0;
    for (int i = s->axes - 1; i >= 0; i--) {
        ox += group % s->n[i] * s->by_x[i];
        oy += group % s->n[i] * s->by_y[i];
        group /= s->n[i];
    }
    *x = tb_behind(s->x, ox);
    *y = tb_behind(s->y, oy);
}

int tb_rows_blocks(const tb_row_set *s, int64_t block)
{
    return (int)(s->groups * ((s->rows + block - 1) / block));
}

tb_row_block tb_rows_block(const tb_row_set *s, int64_t block, int i)
{
    int64_t per_group = (s->rows + block - 1) / block;
    int64_t row = i % per_group * block;
    tb_row_block b;
    tb_rows_group(s, i / per_group, &b.x, &b.y);
    b.x += row * s->ldx;
    b.y += row * s->ldy;
    b.rows = (int)(s->rows - row < block ? s->rows - row : block);
    return b;
}
