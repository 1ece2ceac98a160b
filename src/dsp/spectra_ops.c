#include "dsp/spectra_ops.h"

#include "engine/fft.h"
#include "engine/ops/accumulate.h"
#include "engine/ops/complex.h"
#include "engine/ops/conv.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/frames.h"
#include "engine/ops/recover.h"
#include "engine/ops/shape.h"
#include "engine/ops/stft.h"

#include <math.h>

static const double TURN = 6.283185307179586;

/* ---- transforms ---- */

static bool is_possible(const tb_spectra *how)
{
    return how->hop >= 1 && how->size >= how->hop && how->size <= TB_FFT_MOST;
}

static double *window_of(tb_graph *g, const tb_spectra *how)
{
    if (!is_possible(how)) {
        tb_graph_fail(g, "Spectra: the window must be at least as long as the "
                         "hop, and that at least one sample.");
        return NULL;
    }
    double *w = tb_graph_alloc(g, (size_t)how->size * sizeof *w);
    if (w)
        tb_window_fill(how->window, how->size, w);
    return w;
}

tb_value *tb_spectra_of(tb_value *sound, const tb_spectra *how)
{
    double *w = sound ? window_of(sound->graph, how) : NULL;
    return w ? tb_stft(sound, how->size, how->hop, w, how->size - how->hop, 0)
             : NULL;
}

tb_value *tb_sound_of_spectra(tb_value *spectra, const tb_spectra *how)
{
    double *w = spectra ? window_of(spectra->graph, how) : NULL;
    return w ? tb_istft(spectra, how->size, how->hop, w, how->size - how->hop,
                        0)
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

tb_value *tb_spectra_recovered(tb_value *magnitudes, const tb_spectra *how,
                               const tb_recovery *recovery, tb_value *truth,
                               tb_value *known)
{
    double *w = magnitudes ? window_of(magnitudes->graph, how) : NULL;
    if (!w)
        return NULL;
    const tb_recover r = {.size = how->size,
                          .hop = how->hop,
                          .window = w,
                          .spread = tb_window_spread(how->window),
                          .ahead = recovery->ahead,
                          .iterations = recovery->iterations,
                          .momentum = recovery->momentum};
    return tb_recover_phases(magnitudes, truth, known, &r);
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
