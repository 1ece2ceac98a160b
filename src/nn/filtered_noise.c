#include "nn/filtered_noise.h"

#include "engine/ops/correlate.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/frames.h"
#include "engine/ops/linear.h"
#include "engine/ops/random.h"
#include "engine/ops/shape.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

/* Tap t of a filter whose response has magnitude 1 in bin k: even around the
   middle, under a window that is 0 at tap 0. */
static double tap_of_bin(int64_t t, int64_t k, int64_t bins)
{
    int64_t taps = 2 * (bins - 1);
    double twice = k == 0 || k == bins - 1 ? 1 : 2, n = (double)taps;
    double window = 0.5 - 0.5 * cos(2 * PI * (double)t / n);
    return window * twice / n *
           cos(2 * PI * (double)k * (double)(t - taps / 2) / n);
}

static int64_t taps_of(const tb_filtered_noise *how, int64_t bins)
{
    return how->cropped ? how->hop : 2 * (bins - 1) - 1;
}

/* The tap that is heard so many samples late; a whole filter begins with tap 1,
   since tap 0 is 0. Cropped: taps before the middle come round from the end of
   the frame, and those that are not there are 0, too. */
static int64_t tap_at(int64_t late, const tb_filtered_noise *how, int64_t bins)
{
    int64_t taps = 2 * (bins - 1);
    int64_t t = how->cropped ? (late + taps / 2) % how->hop : late + 1;
    return t < taps ? t : 0;
}

/* [rows, signals, frames, taps], the one that is heard last first */
static tb_value *filters(tb_value *magnitudes, const tb_filtered_noise *how)
{
    tb_graph *g = magnitudes->graph;
    int64_t bins = magnitudes->dim[1] / how->signals;
    int64_t taps = taps_of(how, bins);
    double *w = tb_graph_alloc(g, sizeof *w * (size_t)(taps * bins));
    for (int64_t i = 0; w && i < taps * bins; i++)
        w[i] =
            tap_of_bin(tap_at(taps - 1 - i / bins, how, bins), i % bins, bins);
    if (!w)
        return NULL;
    tb_value *m = tb_reshape(
        magnitudes, tb_dims(magnitudes->dim[0], how->signals, bins, TB_FRAMES));
    return tb_linear(tb_permute(m, (int[]){0, 1, 3, 2}),
                     tb_constant(g, tb_dims(taps, bins), w), NULL);
}

static tb_value *drawn(tb_value *taps, const tb_filtered_noise *how)
{
    tb_shape shape = tb_dims(taps->dim[0], how->signals, TB_FRAMES, how->hop);
    return tb_map(tb_noise(taps, TB_UNIFORM_NOISE, shape), TB_AFFINE, 2, -1);
}

/* Each frame behind what was before it, as far as `reach` samples look back:
   [rows, signals, frames, some + hop]. Frames stay whole, so that nobody waits
   for samples of a frame. */
static tb_value *with_past(tb_value *noise, int64_t reach, int64_t hop)
{
    tb_value *pieces[TB_NOISE_MOST_BINS + 1];
    int64_t n = (reach + hop - 1) / hop;
    for (int64_t i = 0; i < n; i++)
        pieces[i] = tb_pad(noise, 2, n - i, i - n);
    pieces[n] = noise;
    return tb_concat((int)n + 1, pieces, 3);
}

/* A whole filter is heard from one sample later on. */
static tb_value *filtered(tb_value *taps, tb_value *noise,
                          const tb_filtered_noise *how)
{
    int64_t hop = how->hop, n = taps->dim[3];
    if (how->cropped)
        return tb_correlate(taps, tb_pad(noise, 3, hop - 1, 0));
    tb_value *past = with_past(noise, n, hop);
    int64_t end = past ? past->dim[3] - 1 : 0;
    return tb_correlate(
        taps, past ? tb_slice(past, 3, end - (hop + n - 1), end, 1) : NULL);
}

tb_value *tb_filtered_noise_of(tb_value *magnitudes,
                               const tb_filtered_noise *how, tb_value *noise)
{
    if (!magnitudes)
        return NULL;
    int64_t bins = magnitudes->dim[1] / how->signals;
    if (magnitudes->rank != 3 || magnitudes->time != 2 || bins < 2 ||
        bins > TB_NOISE_MOST_BINS || magnitudes->dim[1] % how->signals != 0)
        return tb_graph_fail(magnitudes->graph,
                             "Filtered noise needs magnitudes [rows, signals * "
                             "bins, frames] of 2 to %d bins.",
                             TB_NOISE_MOST_BINS);
    tb_value *taps = filters(magnitudes, how);
    if (taps && !noise)
        noise = drawn(taps, how);
    return taps ? tb_unfold(filtered(taps, noise, how)) : NULL;
}
