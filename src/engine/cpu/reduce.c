/* Sums, where what is summed or what stays lies together in memory: gradients
   of biases and of broadcast operands. */
#include "engine/ops/reduce.h"

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/nest.h"
#include "engine/cpu/table.h"

/* The reduction seen as [rows][cols]: one of the two is reduced. */
typedef struct tb_sum_shape {
    int axes; /* above */
    int64_t n[TB_RANK], by[TB_RANK];
    int64_t rows, row, cols;
} tb_sum_shape;

static int64_t frames_or(const tb_call *c, const tb_tensor *t, int i)
{
    return i == t->time ? c->count : t->dim[i];
}

static unsigned live_axes(const tb_call *c, const tb_tensor *t)
{
    unsigned live = 0;
    for (int i = 0; i < t->rank; i++)
        if (frames_or(c, t, i) != 1)
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

static bool contiguous(const tb_tensor *t)
{
    int64_t size = 1;
    for (int i = t->rank - 1; i >= 0; i--) {
        if (t->dim[i] != 1 && t->stride[i] != size)
            return false;
        size *= t->dim[i];
    }
    return true;
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
           contiguous(c->out[0]);
}

static bool sum_fits(const tb_call *c)
{
    int channel;
    return keeps_channels(c, &channel);
}

/* Parts are channels: each is summed over all rows in the same order. */
enum { TB_CHANNELS_A_PART = 64 };

static int sum_parts(const tb_call *c, int phase, int threads)
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
        if (i == channel || frames_or(c, x, i) == 1)
            continue;
        int k = s.axes++;
        for (; k > 0 && s.by[k - 1] < x->stride[i]; k--) {
            s.by[k] = s.by[k - 1];
            s.n[k] = s.n[k - 1];
        }
        s.by[k] = x->stride[i];
        s.n[k] = frames_or(c, x, i);
    }
    if (s.axes) {
        s.axes--;
        s.rows = s.n[s.axes];
        s.row = s.by[s.axes];
    }
    return s;
}

static void sum_run(const tb_call *c, int phase, int part, int parts)
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

/* --- sums of each row
 * ------------------------------------------------------------ */

/* x and y as tensors of one shape in which channels are an axis of 1. */
static tb_nest row_nest(const tb_call *c, int channel, tb_tensor *x,
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
    return tb_nest_of(c, x, 2, t);
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

static int row_parts(const tb_call *c, int phase, int threads)
{
    tb_tensor x, y;
    tb_nest s = row_nest(c, last_unit_axis(c), &x, &y);
    int64_t rows = s.rows * s.cols;
    (void)phase;
    for (int i = 0; i < s.axes; i++)
        rows *= s.n[i];
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

static void row_run(const tb_call *c, int phase, int part, int parts)
{
    tb_tensor x, y;
    int channel = last_unit_axis(c);
    tb_nest s = row_nest(c, channel, &x, &y);
    tb_nest_block b;
    (void)phase;
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);)
        for (int i = 0; i < b.rows; i++)
            for (int k = 0; k < b.cols; k++)
                ((float *)y.data)[b.at[0] + i * s.row[0] + k * s.col[0]] =
                    row_sum((const float *)x.data + b.at[1] + i * s.row[1] +
                                k * s.col[1],
                            c->in[0]->dim[channel]);
}

const tb_kernel_entry tb_fast_reduce[] = {
    {&tb_op_reduce, {.run = sum_run, .parts = sum_parts, .fits = sum_fits}},
    {&tb_op_reduce_time,
     {.run = sum_run, .parts = sum_parts, .fits = sum_fits}},
    {&tb_op_reduce, {.run = row_run, .parts = row_parts, .fits = rows_fit}},
    {0}};
