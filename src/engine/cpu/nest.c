#include "engine/cpu/nest.h"

enum {
    TB_GRAIN = 1 << 15, /* elements that are worth a part */
    TB_LONG = 1 << 20   /* columns of a block at most */
};

static void swap_axes(tb_nest *s, int i, int k)
{
    int64_t n = s->n[i];
    s->n[i] = s->n[k];
    s->n[k] = n;
    for (int t = 0; t < s->tensors; t++) {
        int64_t by = s->by[t][i];
        s->by[t][i] = s->by[t][k];
        s->by[t][k] = by;
    }
}

static void add_axis(tb_nest *s, const tb_call *c, const tb_tensor *shape,
                     const tb_tensor *const *t, int axis)
{
    int64_t n = axis == shape->time ? c->count : shape->dim[axis];
    if (n == 1)
        return;
    s->n[s->axes] = n;
    for (int k = 0; k < s->tensors; k++) {
        int a = axis - (shape->rank - t[k]->rank);
        bool repeats = a < 0 || (a != t[k]->time && t[k]->dim[a] == 1);
        s->by[k][s->axes] = repeats ? 0 : t[k]->stride[a];
    }
    s->axes++;
    for (int i = s->axes - 1; i > 0 && s->by[0][i] > s->by[0][i - 1]; i--)
        swap_axes(s, i, i - 1);
}

static bool nests(const tb_nest *s, int i)
{
    for (int k = 0; k < s->tensors; k++)
        if (s->by[k][i - 1] != s->by[k][i] * s->n[i])
            return false;
    return true;
}

static void merge(tb_nest *s)
{
    for (int i = s->axes - 1; i > 0; i--) {
        if (!nests(s, i))
            continue;
        s->n[i] *= s->n[i - 1];
        for (int k = i - 1; k + 1 < s->axes; k++) {
            s->n[k] = s->n[k + 1];
            for (int t = 0; t < s->tensors; t++)
                s->by[t][k] = s->by[t][k + 1];
        }
        s->axes--;
    }
}

/* The innermost axis left becomes columns or rows. */
static int64_t take(tb_nest *s, int64_t *stride)
{
    if (!s->axes)
        return 1;
    s->axes--;
    for (int k = 0; k < s->tensors; k++)
        stride[k] = s->by[k][s->axes];
    return s->n[s->axes];
}

/* Columns lie one behind the other, or repeat in all but the first tensor. */
static bool columns_fit(const tb_nest *s)
{
    if (!s->axes || s->by[0][s->axes - 1] != 1)
        return false;
    for (int k = 1; k < s->tensors; k++)
        if (s->by[k][s->axes - 1] != 1 && s->by[k][s->axes - 1] != 0)
            return false;
    return true;
}

/* Each small node of a voice comes through here for each sample: what is not
   read is not written. */
void tb_nest_init(tb_nest *s, const tb_call *c, const tb_tensor *shape,
                  int tensors, const tb_tensor *const *t)
{
    s->tensors = tensors;
    s->axes = 0;
    for (int i = 0; i < shape->rank; i++)
        add_axis(s, c, shape, t, i);
    merge(s);
    for (int k = 0; k < tensors; k++) {
        s->row[k] = 0;
        s->col[k] = 1;
        s->start[k] = tb_frame_offset(t[k], c->from);
    }
    s->cols = columns_fit(s) ? take(s, s->col) : 1;
    s->rows = take(s, s->row);
}

void tb_nest_of_all(tb_nest *s, const tb_call *c)
{
    const tb_tensor *t[TB_NEST_MAX] = {c->out[0]};
    for (int i = 0; i < c->node->n_in; i++)
        t[1 + i] = c->in[i];
    tb_nest_init(s, c, c->out[0], 1 + c->node->n_in, t);
}

int tb_nest_parts_of_all(const tb_call *c, int phase, int threads)
{
    (void)phase;
    return tb_nest_parts(tb_elements(c->out[0], c->count), threads);
}

static int64_t all_rows(const tb_nest *s)
{
    int64_t n = s->rows;
    for (int i = 0; i < s->axes; i++)
        n *= s->n[i];
    return n;
}

int tb_nest_parts(int64_t elements, int threads)
{
    int64_t n = elements / TB_GRAIN;
    if (threads <= 1 || n < 2)
        return 1;
    return (int)(n < 4 * threads ? n : 4 * threads);
}

static void seek(const tb_nest *s, int64_t row, tb_nest_block *b)
{
    for (int k = 0; k < s->tensors; k++)
        b->at[k] = s->start[k] + row % s->rows * s->row[k];
    row /= s->rows;
    for (int i = s->axes - 1; i >= 0; i--) {
        for (int k = 0; k < s->tensors; k++)
            b->at[k] += row % s->n[i] * s->by[k][i];
        row /= s->n[i];
    }
}

/* One long row: parts are columns. */
static bool next_columns(const tb_nest *s, int part, int parts, int64_t *step,
                         tb_nest_block *b)
{
    int64_t from = s->cols * part / parts + *step;
    int64_t to = s->cols * (part + 1) / parts;
    if (from >= to)
        return false;
    int64_t n = to - from < TB_LONG ? to - from : TB_LONG;
    seek(s, 0, b);
    for (int k = 0; k < s->tensors; k++)
        b->at[k] += from * s->col[k];
    b->rows = 1;
    b->cols = (int)n;
    *step += n;
    return true;
}

bool tb_nest_next(const tb_nest *s, int part, int parts, int64_t *step,
                  tb_nest_block *b)
{
    int64_t rows = all_rows(s);
    if (rows == 1)
        return next_columns(s, part, parts, step, b);
    int64_t from = rows * part / parts + *step;
    int64_t to = rows * (part + 1) / parts;
    int64_t left = s->rows - from % s->rows; /* until an outer axis moves */
    if (from >= to || s->cols <= 0)
        return false;
    int64_t n = to - from < left ? to - from : left;
    seek(s, from, b);
    b->rows = (int)n;
    b->cols = (int)s->cols;
    *step += n;
    return true;
}

tb_nest_runs tb_nest_runs_of(const tb_nest *s, const tb_nest_block *b)
{
    bool column = b->cols == 1;
    const int64_t *step = column ? s->row : s->col;
    tb_nest_runs r;
    r.runs = column ? 1 : b->rows;
    r.n = column ? b->rows : b->cols;
    for (int k = 0; k < s->tensors; k++) {
        r.step[k] = step[k];
        r.by[k] = column ? 0 : s->row[k];
    }
    return r;
}
