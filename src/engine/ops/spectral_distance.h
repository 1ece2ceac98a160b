/* How far the spectra of two sounds lie apart, at several resolutions at once
   (Engel et al. 2020, equation 4, in the form that RAVE has, Caillon and Esling
   2021, equation 3): what autoencoders of sound learn by. Made of single ops it
   would hold all spectra, their magnitudes and logarithms and the gradients of
   these, which is a hundred times the sound; this one goes through the sound
   some frames at a time and keeps a gradient as large as the sound.

   Naive kernels: cpu/naive/spectral_distance.h, forward and gradient in one;
   fast: cpu/spectral_distance.c over cpu/fast/distance.h. */
#ifndef TB_ENGINE_OPS_SPECTRAL_DISTANCE_H
#define TB_ENGINE_OPS_SPECTRAL_DISTANCE_H

#include "engine/fft.h"
#include "engine/ops/stft.h"

enum { TB_MOST_SCALES = 12 };

/* Frames of n_fft samples, an even number, every `hop` (at least 1, at most
   n_fft), times `window` (n_fft numbers, copied). The first one is centred on
   the first sample. */
typedef struct tb_distance_scale {
    int64_t n_fft, hop;
    const double *window;
} tb_distance_scale;

typedef struct tb_distance_settings {
    int scales; /* 1 to TB_MOST_SCALES */
    tb_distance_scale scale[TB_MOST_SCALES];
    double linear, logarithmic; /* weights of the two terms */
    double floor;               /* above 0, added before logarithms */
    double quietest; /* mean square of the quietest target that counts; or 0 */
} tb_distance_settings;

/* target and made real [batch, channels, n], each channel a sound of its own,
   reflected at its ends where frames reach beyond them, as torch.stft does
   (again and again if it is short). With X and Y the magnitudes of bins 0 to
   n_fft/2 of all frames of all sounds, the result [1] is the sum over scales of

       linear * sum (X - Y)^2 / max(sum X^2, quiet)
       + logarithmic * mean |ln(X + floor) - ln(Y + floor)|

   where `quiet` is what that sum would be of white noise of the mean square
   `quietest`: what lies in a silence, which makes every fault large without
   end, would outweigh all else. Where quiet and all X are 0, the first is the
   sum of squares itself: there is nothing to be relative to. The target is what
   is wanted and has no gradient: asking for one is an error. Where a Y is 0,
   its slope counts as 0. It needs all frames, and does not stream. */
tb_value *tb_spectral_distance(tb_value *target, tb_value *made,
                               const tb_distance_settings *how);

/* The tables of each scale, with left = right = n_fft/2. */
typedef struct tb_spectral_distance_attr {
    int scales;
    tb_stft_attr scale[TB_MOST_SCALES];
    double linear, logarithmic, floor;
    double quiet[TB_MOST_SCALES]; /* what a bin of such noise has */
} tb_spectral_distance_attr;

/* Sample `i`, which may lie outside of the n that there are, is sample ... */
static inline int64_t tb_reflected(int64_t i, int64_t n)
{
    int64_t period = 2 * (n - 1);
    if (n < 2)
        return 0;
    i = (i % period + period) % period;
    return i < n ? i : period - i;
}

/* (target, made) -> distance [1], its gradient with respect to `made` */
extern const tb_op tb_op_spectral_distance;

#endif
