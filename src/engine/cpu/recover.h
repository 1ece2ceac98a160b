/* The algorithm of tb_recover_phases (engine/ops/recover.h) for numbers of any
   precision: whoever includes it defines `real` and says how frames are
   transformed (the functions declared below). A row of the
   batch depends on itself alone; between frames everything is kept in `real`,
   as in the state: blocks change nothing. */
#include "engine/cpu/recover_start.h"
#include "engine/ops/recover.h"

#include <string.h>

/* Some rows of the batch, each with the frames that are not said yet: frame 0
   is said next, frame `slots - 1` has just come. */
typedef struct recover_room {
    const tb_call *call;
    const tb_recover_attr *how;
    int64_t row;     /* of the batch, the first */
    int rows, slots; /* slots: ahead + 1 */
    int64_t size, hop, bins, span, ld_wave, ld_bins;
    const real *window; /* [size] */
    const real *reach;  /* [size]: 1 over the sum of squared windows of all
                           frames before one, where they reach into it, else 0 */
    const real *share;  /* [span]: the same of all frames up to the last */
    real *past;         /* [rows][span] what was said, overlapped */
    real *magnitudes;   /* [rows][slots][bins] */
    real *known;        /* [rows][slots] */
    real *spectra;      /* [rows][slots][ld_bins] */
    real *waves;        /* [rows][slots][ld_wave] */
    real *sound, *last; /* [rows][span] */
    real *start;        /* room of recover_start.h, for one row */
    void *transform;    /* room of the transforms */
} recover_room;

/* Rows of `size` numbers, ld_wave apart, to rows of bins, ld_bins apart; and
   back, divided by the size. */
static void recover_forward(const recover_room *r, int rows, const real *x,
                            real *z);
static void recover_back(const recover_room *r, int rows, const real *z,
                         real *x);

static inline real recover_root(real x);

/* y[i] += a[i] b[i], and y[i] = a[i] b[i] */
static void recover_add(const recover_room *r, int64_t n, real *y,
                        const real *a, const real *b);
static void recover_times(const recover_room *r, int64_t n, real *y,
                          const real *a, const real *b);

/* ---- tables and room ---- */

static int64_t recover_span(const tb_recover_attr *how)
{
    return how->frames.n_fft + how->ahead * how->frames.hop;
}

static size_t recover_table_numbers(const tb_recover_attr *how)
{
    return (size_t)(2 * how->frames.n_fft + recover_span(how));
}

static void recover_fill_tables(const tb_recover_attr *how, real *window)
{
    const tb_stft_attr *f = &how->frames;
    real *reach = window + f->n_fft, *share = reach + f->n_fft;
    for (int64_t i = 0; i < f->n_fft; i++) {
        window[i] = (real)f->window[i];
        reach[i] = (real)tb_recover_reach(how, i);
    }
    for (int64_t i = 0; i < recover_span(how); i++)
        share[i] = (real)tb_recover_share(how, i);
}

static int64_t recover_padded(int64_t n)
{
    return (n + 31) / 16 * 16;
}

static recover_room recover_sizes(const tb_call *c)
{
    const tb_recover_attr *how = c->node->attr;
    recover_room r = {.call = c, .how = how, .slots = (int)how->ahead + 1};
    r.size = how->frames.n_fft;
    r.hop = how->frames.hop;
    r.bins = r.size / 2 + 1;
    r.span = recover_span(how);
    r.ld_wave = recover_padded(r.size);
    r.ld_bins = recover_padded(2 * r.bins);
    return r;
}

/* Numbers of the room of so many rows; and the room, in this memory. */
static size_t recover_numbers(const recover_room *r, int rows)
{
    int64_t each =
        3 * r->span + r->slots * (r->bins + 1 + r->ld_bins + r->ld_wave);
    return (size_t)((int64_t)rows * each + start_numbers(r->bins) + 16) / 16 *
           16;
}

static void recover_place(recover_room *r, real *at)
{
    r->spectra = at;
    r->waves = r->spectra + r->rows * r->slots * r->ld_bins;
    r->start = r->waves + r->rows * r->slots * r->ld_wave;
    r->magnitudes = r->start + start_numbers(r->bins);
    r->known = r->magnitudes + r->rows * r->slots * r->bins;
    r->past = r->known + r->rows * r->slots;
    r->sound = r->past + r->rows * r->span;
    r->last = r->sound + r->rows * r->span;
}

/* ---- the state ---- */

/* Row `row` of a state; null where nobody wants it. */
static real *recover_state_row(const recover_room *r, const tb_tensor *t,
                               int row)
{
    return t->data ? (real *)t->data + (r->row + row) * t->stride[0] : NULL;
}

/* Numbers from or to a state, one behind the other. */
static real *recover_copy(real *state, int64_t step, real *x, int64_t n,
                          bool store)
{
    for (int64_t i = 0; i < n; i++)
        if (store)
            state[i * step] = x[i];
        else
            x[i] = state[i * step];
    return state + n * step;
}

static void recover_copy_state(const recover_room *r, const tb_tensor *t,
                               bool store)
{
    for (int b = 0; b < r->rows; b++) {
        real *at = recover_state_row(r, t, b);
        if (!at)
            continue;
        int64_t first = (int64_t)b * r->slots, step = t->stride[1];
        at = recover_copy(at, step, r->past + b * r->span, r->size - r->hop,
                          store);
        for (int64_t m = first; m < first + r->how->ahead; m++) {
            at = recover_copy(at, step, r->magnitudes + m * r->bins, r->bins,
                              store);
            at = recover_copy(at, step, r->spectra + m * r->ld_bins,
                              2 * r->bins, store);
            at = recover_copy(at, step, r->known + m, 1, store);
        }
    }
}

/* ---- spectra ---- */

/* Spectrum z of magnitudes `to`, with the phases that it has. Where it has
   none, those of a wave in the middle of the window. */
static void recover_set_magnitudes(real *z, const real *to, int64_t bins)
{
    const real least = (real)1e-30, most = (real)1e30;
    for (int64_t k = 0; k < bins; k++) {
        real re = z[2 * k], im = z[2 * k + 1];
        real power = re * re + im * im;
        bool has = power >= least && power <= most;
        real by = to[k] / recover_root(has ? power : 1);
        z[2 * k] = by * (has ? re : k % 2 ? -1 : 1);
        z[2 * k + 1] = by * (has ? im : 0);
    }
}

/* Frame j of row `row`. */
static real *recover_frame_of(const tb_tensor *t, int64_t row, int64_t j)
{
    return (real *)t->data + row * t->stride[0] +
           (t->time < 0 ? j * t->stride[2] : tb_frame_offset(t, j));
}

/* Frame j of row b comes in; false: its phases are not known. */
static bool recover_take(const recover_room *r, int b, int64_t j)
{
    const tb_tensor *x = r->call->in[0];
    int64_t m = (int64_t)b * r->slots + r->slots - 1;
    real *to = r->magnitudes + m * r->bins, *z = r->spectra + m * r->ld_bins;
    const real *from = recover_frame_of(x, r->row + b, j);
    for (int64_t k = 0; k < r->bins; k++) {
        real s = from[k * x->stride[1]];
        to[k] = s > 0 && s <= (real)1e30 ? s : 0;
    }
    memset(z, 0, sizeof *z * (size_t)(2 * r->bins));
    r->known[m] = 0;
    if (!r->how->primed ||
        !(*recover_frame_of(r->call->in[3], 0, j) > (real)0.5))
        return false;
    const tb_tensor *truth = r->call->in[2];
    from = recover_frame_of(truth, r->row + b, j);
    for (int64_t k = 0; k < r->bins; k++)
        for (int i = 0; i < 2; i++)
            z[2 * k + i] = from[k * truth->stride[1] + i * truth->stride[3]];
    recover_set_magnitudes(z, to, r->bins);
    r->known[m] = 1;
    return true;
}

static void recover_put(const recover_room *r, int b, int64_t j)
{
    const tb_tensor *y = r->call->out[0];
    const real *z = r->spectra + (int64_t)b * r->slots * r->ld_bins;
    if (!y->data)
        return;
    real *to = recover_frame_of(y, r->row + b, j);
    for (int64_t k = 0; k < r->bins; k++)
        for (int i = 0; i < 2; i++)
            to[k * y->stride[1] + i * y->stride[3]] = z[2 * k + i];
}

/* ---- sound ---- */

/* What was said and the first `slots` frames that were not, over each other. */
static void recover_overlap(const recover_room *r, int b, int slots)
{
    real *y = r->sound + b * r->span;
    memcpy(y, r->past + b * r->span, sizeof *y * (size_t)r->span);
    for (int m = 0; m < slots; m++)
        recover_add(r, r->size, y + m * r->hop,
                    r->waves + ((int64_t)b * r->slots + m) * r->ld_wave,
                    r->window);
}

/* A new frame begins with the phases of the sound so far, and where it is loud
   with those that follow from the frame before. */
static void recover_begin(const recover_room *r, int b)
{
    int64_t m = (int64_t)b * r->slots + r->slots - 1;
    real *wave = r->waves + m * r->ld_wave, *z = r->spectra + m * r->ld_bins;
    recover_overlap(r, b, r->slots - 1);
    recover_times(r, r->size, wave,
                  r->sound + b * r->span + r->how->ahead * r->hop, r->reach);
    recover_times(r, r->size, wave, wave, r->window);
    recover_forward(r, 1, wave, z);
    recover_set_magnitudes(z, r->magnitudes + m * r->bins, r->bins);
    start_frames f = {.bins = r->bins,
                      .size = r->size,
                      .hop = r->hop,
                      .spread = r->how->spread,
                      .s_before = r->magnitudes + (m - 1) * r->bins,
                      .s = r->magnitudes + m * r->bins,
                      .z_before = z - r->ld_bins,
                      .z = z};
    start_integrate(&f, r->start);
}

/* The sound of all frames, with its momentum unless it is the first time, cut
   into windowed frames. */
static void recover_resound(const recover_room *r, int b, bool first)
{
    real *y = r->sound + b * r->span, *last = r->last + b * r->span;
    const real by = first ? 0 : (real)r->how->momentum;
    recover_overlap(r, b, r->slots);
    recover_times(r, r->span, y, y, r->share);
    for (int64_t i = 0; i < r->span; i++) {
        real now = y[i];
        y[i] = now + by * (now - last[i]);
        last[i] = now;
    }
    for (int m = 0; m < r->slots; m++)
        recover_times(r, r->size,
                      r->waves + ((int64_t)b * r->slots + m) * r->ld_wave,
                      y + m * r->hop, r->window);
}

static bool recover_all_known(const recover_room *r)
{
    for (int m = 0; m < r->rows * r->slots; m++)
        if (r->known[m] == 0)
            return false;
    return true;
}

/* All frames to sound and back; those that are known keep their phases. */
static void recover_iterate(const recover_room *r, bool first)
{
    int frames = r->rows * r->slots;
    for (int b = 0; b < r->rows; b++)
        recover_resound(r, b, first);
    for (int from = 0, to; from < frames; from = to) {
        bool known = r->known[from] != 0;
        for (to = from; to < frames && (r->known[to] != 0) == known;)
            to++;
        real *z = r->spectra + from * r->ld_bins;
        if (!known)
            recover_forward(r, to - from, r->waves + from * r->ld_wave, z);
        for (int m = from; m < to && !known; m++)
            recover_set_magnitudes(r->spectra + m * r->ld_bins,
                                   r->magnitudes + m * r->bins, r->bins);
    }
    recover_back(r, frames, r->spectra, r->waves);
}

/* ---- frames ---- */

/* Frame 0 is said, the others move up. */
static void recover_say(const recover_room *r, int b)
{
    size_t later = (size_t)r->how->ahead;
    real *past = r->past + b * r->span;
    int64_t m = (int64_t)b * r->slots;
    real *wave = r->waves + m * r->ld_wave;
    real *z = r->spectra + m * r->ld_bins;
    real *s = r->magnitudes + m * r->bins;
    recover_add(r, r->size, past, wave, r->window);
    memmove(past, past + r->hop, sizeof *past * (size_t)(r->span - r->hop));
    memset(past + r->span - r->hop, 0, sizeof *past * (size_t)r->hop);
    memmove(wave, wave + r->ld_wave, sizeof *wave * later * (size_t)r->ld_wave);
    memmove(z, z + r->ld_bins, sizeof *z * later * (size_t)r->ld_bins);
    memmove(s, s + r->bins, sizeof *s * later * (size_t)r->bins);
    memmove(r->known + m, r->known + m + 1, sizeof *r->known * later);
}

static void recover_frame(const recover_room *r, int64_t j)
{
    for (int b = 0; b < r->rows; b++)
        if (!recover_take(r, b, j))
            recover_begin(r, b);
    recover_back(r, r->rows * r->slots, r->spectra, r->waves);
    for (int64_t i = 0; i < r->how->iterations && !recover_all_known(r); i++)
        recover_iterate(r, i == 0);
    for (int b = 0; b < r->rows; b++) {
        recover_put(r, b, j);
        recover_say(r, b);
    }
}

/* The call's frames of rows `row` to row + rows - 1. */
static void recover_run_rows(recover_room *r)
{
    const tb_call *c = r->call;
    const tb_tensor *x = c->in[0];
    int64_t from = x->time < 0 ? 0 : c->from;
    int64_t frames = x->time < 0 ? x->dim[2] : c->count;
    memset(r->spectra, 0, sizeof(real) * recover_numbers(r, r->rows));
    recover_copy_state(r, c->in[1], false);
    recover_back(r, r->rows * r->slots, r->spectra, r->waves);
    for (int64_t j = from; j < from + frames; j++)
        recover_frame(r, j);
    recover_copy_state(r, c->out[1], true);
}
