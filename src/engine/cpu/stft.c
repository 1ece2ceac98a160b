/* Short-time Fourier transforms on the processor's kernels, as many
   frames at a time as its vectors have lanes. A frame's transform depends on
   that frame alone, and each sample of the inverse adds up the frames that lie
   over it in their order: blocks and threads change nothing. */
#include "engine/ops/stft.h"

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/table.h"
#include "engine/frames.h"

#include <string.h>

enum { TB_STFT_MOST_ROWS = 16 };

/* ---- tables ---- */

/* The window, then 1 over the sum of squared windows for each sample of a hop
   where all frames exist, then the transform's own tables. */
typedef struct tb_stft_tables {
    const float *window, *power;
    const tb_fft *fft;
} tb_stft_tables;

static const tb_stft_attr *how_of(const tb_call *c)
{
    return c->node->attr;
}

static size_t rounded(int64_t floats)
{
    return ((size_t)floats + 15) / 16 * 16;
}

static tb_stft_tables tables_of(const tb_call *c)
{
    const float *at = c->prepared;
    size_t n = rounded(how_of(c)->n_fft);
    size_t hop = rounded(how_of(c)->hop);
    return (tb_stft_tables){at, at + n, (const tb_fft *)(at + n + hop)};
}

static size_t stft_prepared(const tb_call *c, tb_type type)
{
    const tb_stft_attr *how = how_of(c);
    (void)type;
    return sizeof(float) * (rounded(how->n_fft) + rounded(how->hop)) +
           tb_fft_bytes((int)how->n_fft, TB_FFT_REAL);
}

/* 1 over the sum of squared windows of frames first to last at sample i (of
   the padded signal); 0 where there is none. */
static float inverse_power(const tb_stft_attr *how, int64_t i, int64_t first,
                           int64_t last)
{
    double sum = 0;
    for (int64_t j = first; j <= last; j++) {
        double w = how->window[i - j * how->hop];
        sum += w * w;
    }
    return sum > 1e-11 ? (float)(1 / sum) : 0;
}

static TB_REALTIME void stft_prepare(const tb_call *c, tb_type type,
                                     void *memory)
{
    const tb_stft_attr *how = how_of(c);
    float *window = memory, *power = window + rounded(how->n_fft);
    (void)type;
    for (int64_t i = 0; i < how->n_fft; i++)
        window[i] = (float)how->window[i];
    for (int64_t i = 0; i < how->hop; i++)
        power[i] =
            inverse_power(how, i, tb_ceil_div(i - how->n_fft + 1, how->hop), 0);
    tb_fft_init(power + rounded(how->hop), (int)how->n_fft, TB_FFT_REAL);
}

/* ---- what both directions need ---- */

typedef struct tb_stft_range {
    int64_t from, to; /* to: not included */
} tb_stft_range;

static tb_stft_range clip(tb_stft_range r, int64_t from, int64_t to)
{
    r.from = r.from < from ? from : r.from;
    r.to = r.to > to ? to : r.to;
    return r;
}

/* Frames whose windows lie over samples of a range, of `frames` that exist. */
static tb_stft_range frames_over(const tb_stft_attr *how, tb_stft_range s,
                                 int64_t frames)
{
    tb_stft_range r = {
        tb_ceil_div(s.from + how->left - how->n_fft + 1, how->hop),
        tb_floor_div(s.to - 1 + how->left, how->hop) + 1};
    return clip(r, 0, frames);
}

static void scale_edge(const tb_stft_attr *how, float *x, tb_stft_range s,
                       int64_t frames)
{
    for (int64_t i = s.from; i < s.to; i++) {
        tb_stft_range r = frames_over(how, (tb_stft_range){i, i + 1}, frames);
        *x++ *= inverse_power(how, i + how->left, r.from, r.to - 1);
    }
}

/* x[k] times 1 over the sum of squared windows at sample s.from + k: the same
   in each hop, but where the signal begins and ends. */
static void scale_by_power(const tb_call *c, float *x, tb_stft_range s,
                           int64_t frames)
{
    const tb_stft_attr *how = how_of(c);
    const float *power = tables_of(c).power;
    /* A signal without known end has more frames than can be counted. */
    int64_t to =
        frames > TB_NO_END / how->hop ? s.to : frames * how->hop - how->left;
    tb_stft_range inside =
        clip((tb_stft_range){how->n_fft - 1 - how->left, to}, s.from, s.to);
    if (inside.from >= inside.to) {
        scale_edge(how, x, s, frames);
        return;
    }
    scale_edge(how, x, (tb_stft_range){s.from, inside.from}, frames);
    int64_t phase = (inside.from + how->left) % how->hop;
    for (int64_t i = inside.from; i < inside.to; i++) {
        x[i - s.from] *= power[phase];
        phase = phase + 1 == how->hop ? 0 : phase + 1;
    }
    scale_edge(how, x + (inside.to - s.from), (tb_stft_range){inside.to, s.to},
               frames);
}

/* Elements along axis i, of the whole signal. */
static int64_t whole_length(const tb_tensor *t, int axis)
{
    return t->time == axis ? t->end : t->dim[axis];
}

static int64_t span_along(const tb_call *c, const tb_tensor *t, int axis)
{
    return t->time == axis ? c->count : t->dim[axis];
}

static int64_t start_along(const tb_call *c, const tb_tensor *t, int axis)
{
    return t->time == axis ? c->from : 0;
}

static float *row_at(const tb_tensor *t, int64_t batch, int axis, int64_t i)
{
    int64_t at = i - (t->time == axis ? t->first : 0);
    return (float *)t->data + batch * t->stride[0] + at * t->stride[axis];
}

/* A frame's bins lie behind each other, real and imaginary in turn. */
static bool plain(const tb_tensor *t)
{
    return t->stride[3] == 1 && t->stride[1] == 2;
}

static float edge_weight(const tb_stft_attr *how)
{
    return how->inverse ? 1 / (float)how->n_fft : 1;
}

static float inner_weight(const tb_stft_attr *how)
{
    return how->inverse ? 2 / (float)how->n_fft : 1;
}

/* Frames that are transformed at once. */
static int64_t rows_of(const tb_call *c)
{
    return (int64_t)c->fast->lanes;
}

/* Per part: waves of some frames, their bins, the transform's own. Rows lie a
   little apart, lest all of them fall on the same lines of the cache. */
typedef struct tb_stft_room {
    float *waves, *bins, *fft;
    int64_t ld_waves, ld_bins;
} tb_stft_room;

static size_t room_floats(const tb_call *c)
{
    int64_t n = how_of(c)->n_fft;
    return (size_t)rows_of(c) * (rounded(n + 16) + rounded(n + 16)) +
           rounded((int64_t)tb_fft_scratch(tables_of(c).fft));
}

static tb_stft_room room_of(const tb_call *c, int part)
{
    int64_t n = how_of(c)->n_fft;
    tb_stft_room r = {.ld_waves = (int64_t)rounded(n + 16),
                      .ld_bins = (int64_t)rounded(n + 16)};
    r.waves = (float *)c->scratch + (size_t)part * room_floats(c);
    r.bins = r.waves + rows_of(c) * r.ld_waves;
    r.fft = r.bins + rows_of(c) * r.ld_bins;
    return r;
}

/* ---- forwards ---- */

/* Rows are the frames of all rows of the batch, one behind the other. */

static int64_t stft_rows(const tb_call *c)
{
    return c->out[0]->dim[0] * span_along(c, c->out[0], 2);
}

static TB_REALTIME int stft_parts(const tb_call *c, int phase, int threads)
{
    int64_t groups = (stft_rows(c) + rows_of(c) - 1) / rows_of(c);
    int64_t most = threads > 1 ? 4 * threads : 1;
    (void)phase;
    return (int)(groups < most ? groups : most);
}

/* Windowed samples of frame j; what lies outside the signal is 0. */
static void cut_frame(const tb_call *c, int64_t batch, int64_t j, float *to)
{
    const tb_stft_attr *how = how_of(c);
    const tb_tensor *x = c->in[0];
    int64_t start = j * how->hop - how->left, step = x->stride[1];
    tb_stft_range all = {start, start + how->n_fft};
    tb_stft_range s = clip(all, 0, whole_length(x, 1));
    if (s.from >= s.to)
        s = (tb_stft_range){all.to, all.to};
    const float *from = row_at(x, batch, 1, s.from);
    int64_t n = s.to - s.from, skip = s.from - start;
    const float *window = tables_of(c).window + skip;
    memset(to, 0, sizeof *to * (size_t)skip);
    for (int64_t i = 0; i < n; i++)
        to[skip + i] = window[i] * from[i * step];
    memset(to + skip + n, 0, sizeof *to * (size_t)(how->n_fft - skip - n));
    if (how->inverse)
        scale_by_power(c, to + skip, s, whole_length(c->out[0], 2));
}

static void put_bins(const tb_tensor *y, float *to, const float *bins)
{
    for (int64_t k = 0; k < y->dim[1]; k++) {
        to[k * y->stride[1]] = bins[2 * k];
        to[k * y->stride[1] + y->stride[3]] = bins[2 * k + 1];
    }
}

static void transform(const tb_call *c, int64_t row, int rows,
                      const tb_stft_room *r)
{
    const tb_stft_attr *how = how_of(c);
    const tb_tensor *y = c->out[0];
    int64_t frames = span_along(c, y, 2), start = start_along(c, y, 2);
    float *to[TB_STFT_MOST_ROWS];
    for (int i = 0; i < rows; i++) {
        int64_t batch = (row + i) / frames, j = start + (row + i) % frames;
        cut_frame(c, batch, j, r->waves + i * r->ld_waves);
        to[i] = row_at(y, batch, 2, j);
    }
    bool direct = plain(y) && (row / frames == (row + rows - 1) / frames ||
                               y->stride[0] == frames * y->stride[2]);
    c->fast->fft_forward(tables_of(c).fft, rows, r->waves, r->ld_waves,
                         direct ? to[0] : r->bins,
                         direct ? y->stride[2] : r->ld_bins, edge_weight(how),
                         inner_weight(how), r->fft);
    for (int i = 0; i < rows && !direct; i++)
        put_bins(y, to[i], r->bins + i * r->ld_bins);
}

static TB_REALTIME void stft_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    int64_t all = stft_rows(c);
    int64_t groups = (all + rows_of(c) - 1) / rows_of(c);
    tb_stft_room r = room_of(c, part);
    (void)phase;
    for (int64_t g = groups * part / parts; g < groups * (part + 1) / parts;
         g++) {
        int64_t left = all - g * rows_of(c);
        transform(c, g * rows_of(c),
                  (int)(left < rows_of(c) ? left : rows_of(c)), &r);
    }
}

/* ---- and back ---- */

/* Parts are pieces of all samples of all rows of the batch; frames that lie
   over two pieces are transformed for both. */

static int64_t istft_samples(const tb_call *c)
{
    return c->out[0]->dim[0] * span_along(c, c->out[0], 1);
}

static TB_REALTIME int istft_parts(const tb_call *c, int phase, int threads)
{
    int64_t n = istft_samples(c) / (8 * how_of(c)->n_fft);
    (void)phase;
    if (threads <= 1 || n < 2)
        return 1;
    return (int)(n < 4 * threads ? n : 4 * threads);
}

static const float *take_bins(const tb_call *c, int64_t batch, int64_t j,
                              int rows, const tb_stft_room *r, int64_t *ld)
{
    const tb_tensor *x = c->in[0];
    *ld = plain(x) ? x->stride[2] : r->ld_bins;
    if (plain(x))
        return row_at(x, batch, 2, j);
    for (int i = 0; i < rows; i++) {
        const float *from = row_at(x, batch, 2, j + i);
        float *to = r->bins + i * r->ld_bins;
        for (int64_t k = 0; k < x->dim[1]; k++) {
            to[2 * k] = from[k * x->stride[1]];
            to[2 * k + 1] = from[k * x->stride[1] + x->stride[3]];
        }
    }
    return r->bins;
}

/* Adds what windowed frame j has of samples s to y, which points at the first
   of these. */
static void add_frame(const tb_call *c, int64_t j, const float *wave, float *y,
                      tb_stft_range s)
{
    const tb_stft_attr *how = how_of(c);
    int64_t start = j * how->hop - how->left;
    tb_stft_range over =
        clip((tb_stft_range){start, start + how->n_fft}, s.from, s.to);
    const float *window = tables_of(c).window;
    if (over.from >= over.to)
        return;
    c->fast->binary(TB_BINARY_MUL, 1, (int)(over.to - over.from),
                    y + (over.from - s.from), 0,
                    (tb_rows){wave + (over.from - start), 0, 1},
                    (tb_rows){window + (over.from - start), 0, 1}, true);
}

static void overlap(const tb_call *c, int64_t batch, tb_stft_range s,
                    const tb_stft_room *r)
{
    const tb_stft_attr *how = how_of(c);
    float *y = row_at(c->out[0], batch, 1, s.from);
    int64_t frames = whole_length(c->in[0], 2);
    tb_stft_range over = frames_over(how, s, frames);
    memset(y, 0, sizeof *y * (size_t)(s.to - s.from));
    for (int64_t j = over.from; j < over.to; j += rows_of(c)) {
        int64_t ld, left = over.to - j;
        int rows = (int)(left < rows_of(c) ? left : rows_of(c));
        const float *bins = take_bins(c, batch, j, rows, r, &ld);
        c->fast->fft_back(tables_of(c).fft, rows, bins, ld, r->waves,
                          r->ld_waves, edge_weight(how), inner_weight(how),
                          r->fft);
        for (int i = 0; i < rows; i++)
            add_frame(c, j + i, r->waves + i * r->ld_waves, y, s);
    }
    if (how->inverse)
        scale_by_power(c, y, s, frames);
}

static TB_REALTIME void istft_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    int64_t n = span_along(c, c->out[0], 1), all = istft_samples(c);
    int64_t start = start_along(c, c->out[0], 1);
    int64_t at = all * part / parts, to = all * (part + 1) / parts;
    tb_stft_room r = room_of(c, part);
    (void)phase;
    while (at < to) {
        int64_t batch = at / n, from = at % n;
        int64_t count = to - at < n - from ? to - at : n - from;
        overlap(c, batch, (tb_stft_range){start + from, start + from + count},
                &r);
        at += count;
    }
}

static bool istft_fits(const tb_call *c)
{
    return c->out[0]->stride[1] == 1;
}

static size_t scratch_of(const tb_call *c, int parts)
{
    return sizeof(float) * (size_t)parts * room_floats(c);
}

static size_t stft_scratch(const tb_call *c, int threads)
{
    return scratch_of(c, stft_parts(c, 0, threads));
}

static size_t istft_scratch(const tb_call *c, int threads)
{
    return scratch_of(c, istft_parts(c, 0, threads));
}

const tb_kernel_entry tb_fast_stft[] = {{&tb_op_stft,
                                         {.run = stft_run,
                                          .parts = stft_parts,
                                          .scratch = stft_scratch,
                                          .prepared = stft_prepared,
                                          .prepare = stft_prepare,
                                          .operand = TB_TABLES}},
                                        {&tb_op_istft,
                                         {.run = istft_run,
                                          .parts = istft_parts,
                                          .scratch = istft_scratch,
                                          .fits = istft_fits,
                                          .prepared = stft_prepared,
                                          .prepare = stft_prepare,
                                          .operand = TB_TABLES}},
                                        {0}};
