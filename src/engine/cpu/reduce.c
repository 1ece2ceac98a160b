/* Sums, where what is summed or what stays lies together in memory: gradients
   of biases and of broadcast operands, losses. */
#include "engine/ops/reduce.h"

#include "engine/cpu/groups.h"
#include "engine/cpu/nest.h"
#include "engine/cpu/table.h"

#include <math.h>

/* The reduction seen as [rows][cols]: one of the two is reduced. */
typedef struct tb_sum_shape {
    int axes; /* above */
    int64_t n[TB_RANK], by[TB_RANK];
    int64_t rows, row, cols;
} tb_sum_shape;

static unsigned live_axes(const tb_call *c, const tb_tensor *t)
{
    unsigned live = 0;
    for (int i = 0; i < t->rank; i++)
        if (tb_call_extent(c, t, i) != 1)
            live |= 1u << i;
    return live;
}

static int unit_axis(const tb_tensor *t, unsigned live)
{
    for (int i = 0; i < t->rank; i++)
        if ((live >> i & 1) && t->stride[i] == 1)
            return i;
    return -1;
}

/* All but the channels are summed: y [channels]. */
static bool keeps_channels(const tb_call *c, int *channel)
{
    const tb_reduce_attr *a = c->node->attr;
    unsigned live = live_axes(c, c->in[0]);
    *channel = unit_axis(c->in[0], live);
    int time = c->in[0]->time;
    return a->kind == TB_REDUCE_SUM && *channel >= 0 && *channel != time &&
           (time < 0 || (a->axes >> time & 1)) &&
           (a->axes & live) == (live & ~(1u << *channel)) &&
           tb_is_contiguous(c->out[0]);
}

static bool sum_fits(const tb_call *c)
{
    int channel;
    return keeps_channels(c, &channel);
}

/* Parts are channels: each is summed over all rows in the same order. */
enum { TB_CHANNELS_A_PART = 64 };

static TB_REALTIME int sum_parts(const tb_call *c, int phase, int threads)
{
    int channel;
    (void)phase, (void)threads;
    keeps_channels(c, &channel);
    return (int)((c->in[0]->dim[channel] + TB_CHANNELS_A_PART - 1) /
                 TB_CHANNELS_A_PART);
}

static tb_sum_shape shape_of(const tb_call *c, int channel)
{
    const tb_tensor *x = c->in[0];
    tb_sum_shape s = {.rows = 1};
    for (int i = 0; i < x->rank; i++) {
        if (i == channel || tb_call_extent(c, x, i) == 1)
            continue;
        int k = s.axes++;
        for (; k > 0 && s.by[k - 1] < x->stride[i]; k--) {
            s.by[k] = s.by[k - 1];
            s.n[k] = s.n[k - 1];
        }
        s.by[k] = x->stride[i];
        s.n[k] = tb_call_extent(c, x, i);
    }
    if (s.axes) {
        s.axes--;
        s.rows = s.n[s.axes];
        s.row = s.by[s.axes];
    }
    return s;
}

static TB_REALTIME void sum_run(const tb_call *c, int phase, int part,
                                int parts)
{
    int channel;
    int64_t groups = 1;
    (void)phase, (void)parts;
    keeps_channels(c, &channel);
    tb_sum_shape s = shape_of(c, channel);
    int from = part * TB_CHANNELS_A_PART;
    int cols = (int)c->in[0]->dim[channel] - from;
    cols = cols < TB_CHANNELS_A_PART ? cols : TB_CHANNELS_A_PART;
    for (int i = 0; i < s.axes; i++)
        groups *= s.n[i];
    for (int64_t g = 0; g < groups; g++) {
        int64_t o = 0, rest = g;
        for (int i = s.axes - 1; i >= 0; i--) {
            o += rest % s.n[i] * s.by[i];
            rest /= s.n[i];
        }
        c->fast->column_sums((int)s.rows, cols,
                             (const float *)c->in[0]->data + o + from, s.row,
                             (float *)c->out[0]->data + from, g > 0);
    }
}

/* ---- sums of each row ---- */

/* x and y as tensors of one shape in which channels are an axis of 1. */
static void row_nest(tb_nest *s, const tb_call *c, int channel, tb_tensor *x,
                     tb_tensor *y)
{
    const tb_reduce_attr *a = c->node->attr;
    *x = *c->in[0];
    *y = *c->out[0];
    x->dim[channel] = 1;
    if (!(a->keep >> channel & 1)) {
        for (int i = y->rank; i > channel; i--) {
            y->dim[i] = y->dim[i - 1];
            y->stride[i] = y->stride[i - 1];
        }
        y->dim[channel] = 1;
        y->rank++;
        y->time += y->time >= channel;
    }
    const tb_tensor *t[] = {y, x};
    tb_nest_init(s, c, x, 2, t);
}

static int last_unit_axis(const tb_call *c)
{
    const tb_reduce_attr *a = c->node->attr;
    const tb_tensor *x = c->in[0];
    for (int i = 0; i < x->rank; i++)
        if (a->axes == 1u << i && i != x->time && x->stride[i] == 1)
            return i;
    return -1;
}

static bool rows_fit(const tb_call *c)
{
    return TB_ATTR(tb_reduce_attr, c->node)->kind == TB_REDUCE_SUM &&
           last_unit_axis(c) >= 0;
}

static TB_REALTIME int row_parts(const tb_call *c, int phase, int threads)
{
    int64_t rows = tb_elements(c->out[0], c->count);
    (void)phase;
    return threads > 1 && rows > 256 ? 4 * threads : 1;
}

/* Eight chains, then their sum. */
static float row_sum(const float *x, int64_t n)
{
    enum { LANES = 8 };
    float sum[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++)
            sum[k] += x[i + k];
    for (int k = 0; i + k < n; k++)
        sum[k] += x[i + k];
    for (int k = LANES / 2; k; k /= 2)
        for (int j = 0; j < k; j++)
            sum[j] += sum[j + k];
    return sum[0];
}

static TB_REALTIME void row_run(const tb_call *c, int phase, int part,
                                int parts)
{
    tb_tensor x, y;
    int channel = last_unit_axis(c);
    tb_nest s;
    tb_nest_block b;
    (void)phase;
    row_nest(&s, c, channel, &x, &y);
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);)
        for (int i = 0; i < b.rows; i++)
            for (int k = 0; k < b.cols; k++)
                ((float *)y.data)[b.at[0] + i * s.row[0] + k * s.col[0]] =
                    row_sum((const float *)x.data + b.at[1] + i * s.row[1] +
                                k * s.col[1],
                            c->in[0]->dim[channel]);
}

/* ---- any axes ---- */

/* y with an axis of stride 0 for each that went. */
static tb_tensor beside(const tb_call *c, const tb_tensor *x,
                        const tb_tensor *y)
{
    const tb_reduce_attr *a = c->node->attr;
    tb_tensor r = *x;
    int k = 0;
    r.data = y->data;
    r.first = y->first;
    for (int i = 0; i < x->rank; i++) {
        bool inner = a->axes >> i & 1;
        r.stride[i] = inner ? 0 : y->stride[k];
        k += !inner || (a->keep >> i & 1);
    }
    return r;
}

static bool groups_of(tb_groups *g, const tb_call *c)
{
    tb_tensor y = beside(c, c->in[0], c->out[0]);
    const tb_tensor *t[] = {c->in[0], &y};
    return tb_groups_of(g, c, TB_ATTR(tb_reduce_attr, c->node)->axes, 1, 2, t);
}

static bool any_fits(const tb_call *c)
{
    tb_groups g;
    tb_reduction kind = TB_ATTR(tb_reduce_attr, c->node)->kind;
    return kind != TB_REDUCE_MAX && kind != TB_REDUCE_MIN && groups_of(&g, c) &&
           g.size > 0;
}

static TB_REALTIME int any_parts(const tb_call *c, int phase, int threads)
{
    tb_groups g;
    (void)phase;
    groups_of(&g, c);
    int64_t items = tb_groups_items(&g);
    if (threads <= 1 || items < 2 || items * g.size < (1 << 14))
        return 1;
    return (int)(items < 4 * threads ? items : 4 * threads);
}

static void sum_item(const tb_call *c, const tb_groups *g,
                     const tb_group_item *item, double *sum)
{
    bool squares = TB_ATTR(tb_reduce_attr, c->node)->kind == TB_REDUCE_NORM2;
    float room[TB_GROUPS_BLOCK];
    tb_group_block b;
    for (int64_t step = 0; tb_groups_next(g, item, &step, &b);) {
        const float *x = (const float *)c->in[0]->data + b.at[0];
        tb_rows in = {x, g->rows.by[0], 1};
        if (squares)
            c->fast->binary(TB_BINARY_MUL, b.rows, b.cols, room, b.cols, in, in,
                            false);
        tb_groups_add(g, &b, squares ? room : x, squares ? b.cols : in.ld, sum);
    }
}

/* Groups of few elements that lie together, such as the mean of two frames:
   finding each would take longer than adding it up. */
enum { FEW = 8 };

static bool are_few(const tb_groups *g, tb_reduction kind)
{
    return (kind == TB_REDUCE_SUM || kind == TB_REDUCE_MEAN) && !g->columns &&
           g->n_inner == 0 && g->rows.n == 1 && g->cols.n <= FEW &&
           g->n_kept > 0;
}

static void few_run(const tb_call *c, const tb_groups *g, int64_t i,
                    int64_t end)
{
    const tb_reduce_attr *a = c->node->attr;
    const tb_group_axis *along = &g->kept[g->n_kept - 1];
    double by =
        a->kind == TB_REDUCE_MEAN ? (double)(g->size - a->correction) : 1;
    for (int64_t n; i < end; i += n) {
        tb_group_item item = tb_groups_item(g, i);
        const float *x = (const float *)c->in[0]->data + item.at[0];
        float *y = (float *)c->out[0]->data + item.at[1];
        n = along->n - i % along->n;
        n = n < end - i ? n : end - i;
        for (int64_t k = 0; k < n; k++) {
            double sum = 0;
            for (int64_t j = 0; j < g->cols.n; j++)
                sum += x[k * along->by[0] + j];
            y[k * along->by[1]] = (float)(sum / by);
        }
    }
}

static TB_REALTIME void any_run(const tb_call *c, int phase, int part,
                                int parts)
{
    const tb_reduce_attr *a = c->node->attr;
    tb_groups g;
    (void)phase;
    groups_of(&g, c);
    int64_t items = tb_groups_items(&g), end = items * (part + 1) / parts;
    int64_t i = items * part / parts;
    if (are_few(&g, a->kind)) {
        few_run(c, &g, i, end);
        return;
    }
    for (; i < end; i++) {
        double sum[TB_GROUPS_WIDE] = {0};
        tb_group_item item = tb_groups_item(&g, i);
        float *y = (float *)c->out[0]->data + item.at[1];
        sum_item(c, &g, &item, sum);
        for (int k = 0; k < item.width; k++) {
            if (a->kind == TB_REDUCE_MEAN)
                sum[k] /= (double)(g.size - a->correction);
            if (a->kind == TB_REDUCE_NORM2)
                sum[k] = sqrt(sum[k]);
            y[k * g.cols.by[1]] = (float)sum[k];
        }
    }
}

/* ---- the gradient ---- */

static void grad_nest(tb_nest *s, const tb_call *c)
{
    tb_tensor y = beside(c, c->in[0], c->in[1]);
    tb_tensor dy = beside(c, c->in[0], c->in[2]);
    const tb_tensor *t[] = {c->out[0], c->in[0], &y, &dy};
    tb_nest_init(s, c, c->out[0], 4, t);
}

static bool grad_fits(const tb_call *c)
{
    tb_reduction kind = TB_ATTR(tb_reduce_attr, c->node)->kind;
    return kind != TB_REDUCE_MAX && kind != TB_REDUCE_MIN;
}

/* How many elements became one. */
static int64_t group_size(const tb_call *c)
{
    const tb_reduce_attr *a = c->node->attr;
    int64_t n = 1;
    for (int i = 0; i < c->in[0]->rank; i++)
        n *= a->axes >> i & 1 ? tb_call_extent(c, c->in[0], i) : 1;
    return n;
}

/* dx = dy, of a mean over the number of elements */
static void spread(int n, float *dx, int64_t dx_step, const float *dy,
                   int64_t dy_step, float factor)
{
    if (dx_step == 1 && dy_step == 0) {
        float each = *dy * factor;
        for (int i = 0; i < n; i++)
            dx[i] = each;
        return;
    }
    for (int i = 0; i < n; i++)
        dx[i * dx_step] = dy[i * dy_step] * factor;
}

/* dx = x dy / y, 0 where y is */
static void spread_norm(int n, float *const *p, const int64_t *step)
{
    for (int i = 0; i < n; i++) {
        float y = p[2][i * step[2]], dy = p[3][i * step[3]];
        p[0][i * step[0]] = y > 0 ? p[1][i * step[1]] * (dy / y) : 0;
    }
}

static TB_REALTIME void grad_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    const tb_reduce_attr *a = c->node->attr;
    float *data[] = {c->out[0]->data, c->in[0]->data, c->in[1]->data,
                     c->in[2]->data};
    tb_nest s;
    tb_nest_block b;
    float factor = 1;
    (void)phase;
    grad_nest(&s, c);
    if (a->kind == TB_REDUCE_MEAN)
        factor = (float)(1.0 / (double)(group_size(c) - a->correction));
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);) {
        tb_nest_runs r = tb_nest_runs_of(&s, &b);
        for (int i = 0; i < r.runs; i++) {
            float *p[4];
            for (int k = 0; k < 4; k++)
                p[k] = data[k] + b.at[k] + i * r.by[k];
            if (a->kind == TB_REDUCE_NORM2)
                spread_norm(r.n, p, r.step);
            else
                spread(r.n, p[0], r.step[0], p[3], r.step[3], factor);
        }
    }
}

const tb_kernel_entry tb_fast_reduce[] = {
    {&tb_op_reduce, {.run = sum_run, .parts = sum_parts, .fits = sum_fits}},
    {&tb_op_reduce_time,
     {.run = sum_run, .parts = sum_parts, .fits = sum_fits}},
    {&tb_op_reduce, {.run = row_run, .parts = row_parts, .fits = rows_fit}},
    {&tb_op_reduce, {.run = any_run, .parts = any_parts, .fits = any_fits}},
    {&tb_op_reduce_time,
     {.run = any_run, .parts = any_parts, .fits = any_fits}},
    {&tb_op_reduce_grad,
     {.run = grad_run, .parts = tb_nest_parts_of_all, .fits = grad_fits}},
    {&tb_op_reduce_grad_time,
     {.run = grad_run, .parts = tb_nest_parts_of_all, .fits = grad_fits}},
    {0}};
