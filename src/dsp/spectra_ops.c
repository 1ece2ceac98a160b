#include "dsp/spectra_ops.h"

#include "base/memory.h"
#include "engine/ops/accumulate.h"
#include "engine/ops/complex.h"
#include "engine/ops/conv.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/frames.h"
#include "engine/ops/shape.h"
#include "engine/ops/stft.h"

#include <math.h>

static const double TURN = 6.283185307179586;

/* The least relative magnitude that has a logarithm. */
static const double LEAST = 1e-9;

/* The window is exp(-pi t^2 / SPREAD) for t from -1/2 to 1/2: 0.0014 at its
   ends. */
static const double SPREAD = 0.12;

/* ---- transforms ---- */

static double bell(int64_t i, int64_t n)
{
    double t = (double)i / (double)n - 0.5;
    return exp(-TURN / 2 * t * t / SPREAD);
}

/* Half of what it sums to is the magnitude of a sine of 1. */
static double *window_of(tb_graph *g, const tb_spectra *how)
{
    if (how->size < 2 || how->hop < 1 || how->size % 2 ||
        how->size % how->hop) {
        tb_graph_fail(g, "Spectra: the window must be even and consist of "
                         "whole hops.");
        return NULL;
    }
    double sum = 0, *w = tb_graph_alloc(g, (size_t)how->size * sizeof *w);
    for (int64_t i = 0; w && i < how->size; i++)
        sum += w[i] = bell(i, how->size);
    for (int64_t i = 0; w && i < how->size; i++)
        w[i] *= 2 / sum;
    return w;
}

/* Every other bin with its sign turned: phases then count from the middle of
   the window, where those of all bins of a partial are alike. */
static tb_value *centred(tb_value *spectra)
{
    if (!spectra)
        return NULL;
    int64_t bins = spectra->dim[1];
    double *sign = tb_graph_alloc(spectra->graph, (size_t)bins * sizeof *sign);
    for (int64_t k = 0; sign && k < bins; k++)
        sign[k] = k % 2 ? -1 : 1;
    return sign ? tb_mul(spectra,
                         tb_constant(spectra->graph, tb_dims(bins, 1, 1), sign))
                : NULL;
}

tb_value *tb_spectra_of(tb_value *sound, const tb_spectra *how)
{
    double *w = sound ? window_of(sound->graph, how) : NULL;
    return w ? centred(tb_stft(sound, how->size, how->hop, w,
                               how->size - how->hop, 0))
             : NULL;
}

tb_value *tb_sound_of_spectra(tb_value *spectra, const tb_spectra *how)
{
    double *w = spectra ? window_of(spectra->graph, how) : NULL;
    return w ? tb_istft(centred(spectra), how->size, how->hop, w,
                        how->size - how->hop, 0)
             : NULL;
}

/* ---- levels ---- */

tb_value *tb_spectra_levels(tb_value *spectra, double floor)
{
    tb_value *magnitude = spectra ? tb_magnitude(tb_as_complex(spectra)) : NULL;
    return tb_map(tb_scale(magnitude, 1 / floor), TB_LOG1P, 0, 0);
}

tb_value *tb_level_magnitudes(tb_value *levels, double floor)
{
    tb_value *above = tb_map(levels, TB_RELU, 0, 0);
    return tb_map(tb_map(above, TB_EXP, 0, 0), TB_AFFINE, floor, -floor);
}

/* known * x + (1 - known) * y */
static tb_value *choose(tb_value *known, tb_value *x, tb_value *y)
{
    return tb_add(y, tb_mul(known, tb_sub(x, y)));
}

/* The mean of the last n frames of a signal [1, 1, frames]. */
static tb_value *mean_of_last(tb_value *x, int64_t n)
{
    double *taps = tb_graph_alloc(x->graph, (size_t)n * sizeof *taps);
    for (int64_t i = 0; taps && i < n; i++)
        taps[i] = 1 / (double)n;
    return taps ? tb_conv(x, tb_constant(x->graph, tb_dims(1, 1, n), taps),
                          NULL, tb_conv_causal(n, 1, 1))
                : NULL;
}

tb_value *tb_levels_from_known(tb_value *levels, tb_value *known,
                               int64_t frames)
{
    if (!levels || !known)
        return levels;
    tb_value *before = tb_state(levels->graph, "known levels", TB_REAL,
                                tb_dims(levels->dim[0], levels->dim[1]), 0);
    tb_accumulated held = tb_accumulate(
        tb_mul(known, levels), 2, tb_map(known, TB_AFFINE, -1, 1), before, 0);
    tb_state_next(before, held.last);
    return choose(mean_of_last(known, frames), held.y, levels);
}

/* ---- phases ---- */

tb_value *tb_spectra_polar(tb_value *magnitudes, tb_value *phases)
{
    tb_value *z = tb_polar(magnitudes, phases);
    return z ? tb_as_real(z) : NULL;
}

/* The bin above less the one below; what lies outside is a mirror. */
static tb_value *slope_of(tb_value *x)
{
    int64_t bins = x ? x->dim[1] : 0;
    if (!x || bins < 3)
        return x ? tb_scale(x, 0) : NULL;
    tb_value *above[] = {tb_slice(x, 1, 1, bins, 1),
                         tb_slice(x, 1, bins - 2, bins - 1, 1)};
    tb_value *below[] = {tb_slice(x, 1, 1, 2, 1),
                         tb_slice(x, 1, 0, bins - 1, 1)};
    return tb_sub(tb_concat(2, above, 1), tb_concat(2, below, 1));
}

/* What the middle of each bin turns by from frame to frame, [1, bins, 1]. */
static tb_value *turns_of_bins(tb_graph *g, const tb_spectra *how)
{
    int64_t bins = tb_spectra_bins(how);
    double *x = tb_graph_alloc(g, (size_t)bins * sizeof *x);
    for (int64_t k = 0; x && k < bins; k++)
        x[k] = TURN * (double)(k * how->hop) / (double)how->size;
    return x ? tb_constant(g, tb_dims(1, bins, 1), x) : NULL;
}

/* The sum of each bin and the two on both sides. */
static tb_value *with_neighbours(tb_value *x)
{
    tb_value *sum = x;
    for (int d = 1; x && d <= 2 && d < x->dim[1]; d++)
        sum = tb_add(sum, tb_add(tb_pad(x, 1, d, -d), tb_pad(x, 1, -d, d)));
    return sum;
}

/* How strong bins are when neighbours decide together. */
static tb_value *powers(tb_value *levels)
{
    return tb_map(tb_level_magnitudes(levels, 1), TB_SQUARE, 0, 0);
}

tb_value *tb_phase_advance(tb_value *levels, const tb_spectra *how)
{
    if (!levels)
        return NULL;
    /* Between two frames, the mean of both. */
    tb_value *between = tb_scale(tb_add(levels, tb_pad(levels, 2, 1, -1)), 0.5);
    tb_value *s =
        tb_map(tb_map(tb_level_magnitudes(between, 1), TB_AFFINE, 1, LEAST),
               TB_LOG, 0, 0);
    double scale = (double)how->hop / (2 * SPREAD * (double)how->size);
    tb_value *turns =
        tb_add(tb_scale(slope_of(s), scale), turns_of_bins(levels->graph, how));
    tb_value *power = tb_map(powers(between), TB_AFFINE, 1, LEAST);
    return tb_div(with_neighbours(tb_mul(power, turns)),
                  with_neighbours(power));
}

/* Bins that a stronger one is near turn as that does. */
static tb_value *locked(tb_value *phases, tb_value *levels)
{
    tb_value *power = powers(levels);
    tb_value *re = tb_mul(power, tb_map(phases, TB_COS, 0, 0));
    tb_value *im = tb_mul(power, tb_map(phases, TB_SIN, 0, 0));
    re = with_neighbours(re);
    return re ? tb_angle(tb_complex(re, with_neighbours(im))) : NULL;
}

tb_value *tb_phases(tb_value *levels, const tb_spectra *how, tb_value *truth,
                    tb_value *known)
{
    tb_value *x = tb_phase_advance(levels, how), *angle = NULL;
    if (!x)
        return NULL;
    tb_graph *g = levels->graph;
    tb_shape one = tb_dims(levels->dim[0], levels->dim[1]);
    tb_value *before = tb_state(g, "phases", TB_REAL, one, 0);
    tb_value *keep = tb_fill(g, tb_dims(1, 1, 1), 1);
    if (truth && known) {
        angle = tb_angle(tb_as_complex(truth));
        x = choose(known, angle, x);
        keep = tb_map(known, TB_AFFINE, -1, 1);
    }
    tb_accumulated a = tb_accumulate(x, 2, keep, before, TURN);
    tb_state_next(before, a.last);
    tb_value *said = locked(a.y, levels);
    return angle ? choose(known, angle, said) : said;
}

tb_value *tb_frame_ends(tb_value *holds, int64_t hop)
{
    if (!holds)
        return NULL;
    tb_value *ends = tb_slice(tb_fold(holds, hop), 3, hop - 1, hop, 1);
    return tb_reshape(ends, tb_dims(1, 1, TB_FRAMES));
}

/* ---- seams ---- */

enum { SLOPE = 16 };

/* An impulse of each row becomes the curve, from the sample after it on. */
static tb_value *follow(tb_value *impulse, int64_t n, const double *curve)
{
    double *taps =
        impulse ? tb_graph_alloc(impulse->graph, (size_t)n * sizeof *taps)
                : NULL;
    if (!taps)
        return NULL;
    for (int64_t i = 0; i < n; i++)
        taps[n - 1 - i] = curve[i];
    tb_conv_attr how = tb_conv_plain(1, 1);
    how.left[0] = n;
    how.right[0] = -1;
    return tb_conv(impulse, tb_constant(impulse->graph, tb_dims(1, 1, n), taps),
                   NULL, how);
}

/* A value that stands and then fades; and a slope of 1 that bends back to 0
   within a few samples, before it has led far away. */
static bool fades(tb_graph *g, int64_t n, double **value, double **slope)
{
    *value = tb_graph_alloc(g, (size_t)n * sizeof **value);
    *slope = tb_graph_alloc(g, sizeof **slope * SLOPE);
    for (int64_t i = 0; *value && i < n; i++)
        (*value)[i] = 0.5 + 0.5 * cos(TURN / 2 * (double)(i + 1) / (double)n);
    for (int i = 0; *slope && i < SLOPE; i++) {
        double left = 1 - (double)(i + 1) / SLOPE;
        (*slope)[i] = (double)(i + 1) * left * left;
    }
    return *value && *slope;
}

tb_value *tb_mend_seam(tb_value *sound, tb_value *truth, tb_value *holds,
                       int64_t length)
{
    double *value, *slope;
    if (!sound || !truth || !holds ||
        !fades(sound->graph, length, &value, &slope))
        return NULL;
    tb_shape lines = tb_dims(sound->dim[0], 1, TB_FRAMES);
    tb_value *over = tb_map(tb_pad(holds, 2, -1, 0), TB_AFFINE, -1, 1);
    tb_value *seam = tb_mul(holds, over);
    tb_value *off = tb_reshape(tb_sub(truth, sound), lines);
    tb_value *rise = tb_sub(off, tb_pad(off, 2, 1, -1));
    tb_value *mended = tb_add(follow(tb_mul(off, seam), length, value),
                              follow(tb_mul(rise, seam), SLOPE, slope));
    return tb_add(sound,
                  mended ? tb_reshape(mended, tb_dims(sound->dim[0], TB_FRAMES))
                         : NULL);
}
