/* Dropout and noise: the draws of all channels of a frame at once. */
#include "engine/ops/random.h"

#include "base/random.h"
#include "engine/cpu/copy.h"
#include "engine/cpu/table.h"

static int64_t frames_of(const tb_call *c)
{
    return c->out[0]->time < 0 ? 1 : c->count;
}

/* The first axis, unless that is time. */
static int64_t rows_of(const tb_call *c)
{
    const tb_tensor *y = c->out[0];
    return y->rank == 0 || y->time == 0 ? 1 : y->dim[0];
}

static uint32_t row_number(const tb_call *c, int64_t row)
{
    const tb_tensor *y = c->out[0];
    bool has_rows = y->rank > 0 && y->time != 0;
    return (has_rows ? c->first_row : 0) + (uint32_t)row;
}

static int64_t channels_of(const tb_call *c)
{
    int64_t n = tb_elements(c->out[0], 1);
    return rows_of(c) ? n / rows_of(c) : 0;
}

static TB_REALTIME int draw_parts(const tb_call *c, int phase, int threads)
{
    int64_t n = tb_elements(c->out[0], frames_of(c)) / (1 << 14);
    (void)phase;
    if (threads <= 1 || n < 2)
        return 1;
    return (int)(n < 4 * threads ? n : 4 * threads);
}

static int64_t rounded(int64_t floats)
{
    return (floats + 15) / 16 * 16;
}

static size_t draw_scratch(const tb_call *c, int threads)
{
    return sizeof(float) *
           (size_t)(rounded(channels_of(c)) * draw_parts(c, 0, threads));
}

/* One row of one frame: axes with a single element are those. */
typedef struct tb_dropout_row {
    tb_tensor y, x;
    const float *draws;
    double p;
    float scale;
} tb_dropout_row;

static void drop_lane(const tb_dropout_row *r, int64_t n, int64_t channel,
                      int64_t to, int64_t from)
{
    int last = r->y.rank - 1;
    float *y = (float *)r->y.data + to;
    const float *x = (const float *)r->x.data + from;
    int64_t y_step = last < 0 ? 0 : r->y.stride[last];
    int64_t x_step = last < 0 ? 0 : r->x.stride[last];
    for (int64_t i = 0; i < n; i++)
        y[i * y_step] =
            r->draws[channel + i] >= r->p ? x[i * x_step] * r->scale : 0;
}

static void drop_row(const tb_dropout_row *r)
{
    int64_t index[TB_RANK] = {0}, channel = 0;
    int last = r->y.rank - 1;
    int64_t lane = last < 0 ? 1 : r->y.dim[last];
    tb_tensor outer = r->y;
    if (tb_is_empty(&r->y))
        return;
    outer.rank = last < 0 ? 0 : last;
    for (bool more = true; more; more = tb_next_index(&outer, index)) {
        drop_lane(r, lane, channel, tb_offset_of(&r->y, index),
                  tb_offset_of(&r->x, index));
        channel += lane;
    }
}

/* Without its first axis (unless that is time) and without time. */
static tb_tensor row_of(const tb_tensor *t, int64_t row, int64_t frame)
{
    tb_tensor r = tb_copy_frames(t, frame, 1);
    return t->rank == 0 || t->time == 0 ? r : tb_copy_part(&r, 0, row, 1, 1);
}

static TB_REALTIME void dropout_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    const tb_dropout_attr *a = c->node->attr;
    int64_t rows = rows_of(c), all = rows * frames_of(c);
    int64_t channels = channels_of(c);
    float *draws = (float *)c->scratch + part * rounded(channels);
    (void)phase;
    if (!c->training) {
        tb_copy k = {tb_copy_frames(c->out[0], c->from, c->count),
                     tb_copy_frames(c->in[0], c->from, c->count)};
        if (c->out[0]->data != c->in[0]->data)
            tb_copy_run(&k, part, parts);
        return;
    }
    for (int64_t i = all * part / parts; i < all * (part + 1) / parts; i++) {
        int64_t row = i % rows, frame = i / rows;
        frame += c->out[0]->time < 0 ? 0 : c->from;
        tb_uniform_row(c->seed, (uint32_t)a->node, frame, row_number(c, row),
                       (uint32_t)channels, draws);
        drop_row(&(tb_dropout_row){row_of(c->out[0], row, frame),
                                   row_of(c->in[0], row, frame), draws, a->p,
                                   a->p < 1 ? (float)(1 / (1 - a->p)) : 0});
    }
}

/* ---- noise ---- */

/* Of few channels the naive kernel draws as fast. */
static bool noise_fits(const tb_call *c)
{
    return channels_of(c) >= 8;
}

/* Numbers in logical order as a tensor of the shape of y. */
static tb_tensor in_order(const tb_tensor *y, float *numbers)
{
    tb_tensor r = *y;
    int64_t size = 1;
    r.data = numbers;
    for (int i = y->rank - 1; i >= 0; i--) {
        r.stride[i] = size;
        size *= y->dim[i];
    }
    return r;
}

static TB_REALTIME void noise_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    tb_noise_kind kind = TB_ATTR(tb_noise_attr, c->node)->kind;
    int64_t rows = rows_of(c), all = rows * frames_of(c);
    int64_t channels = channels_of(c);
    float *draws = (float *)c->scratch + part * rounded(channels);
    (void)phase;
    for (int64_t i = all * part / parts; i < all * (part + 1) / parts; i++) {
        int64_t row = i % rows, frame = i / rows;
        frame += c->out[0]->time < 0 ? 0 : c->from;
        tb_copy k = {.y = row_of(c->out[0], row, frame)};
        k.x = in_order(&k.y, draws);
        if (kind == TB_UNIFORM_NOISE)
            tb_uniform_row(c->seed, (uint32_t)c->node->id, frame,
                           row_number(c, row), (uint32_t)channels, draws);
        else
            tb_normal_row(c->seed, (uint32_t)c->node->id, frame,
                          row_number(c, row), (uint32_t)channels, draws);
        tb_copy_run(&k, 0, 1);
    }
}

const tb_kernel_entry tb_fast_random[] = {
    {&tb_op_dropout,
     {.run = dropout_run, .parts = draw_parts, .scratch = draw_scratch}},
    {&tb_op_noise,
     {.run = noise_run,
      .parts = draw_parts,
      .scratch = draw_scratch,
      .fits = noise_fits}},
    {0}};
