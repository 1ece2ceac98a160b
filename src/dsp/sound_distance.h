/* How far a sound that was made again lies from its original, as a loss:
   spectra at several resolutions, with Hann windows whose peak is 1 and hops of
   a quarter. RAVE learns by this distance of the sound itself plus that of its
   bands. */
#ifndef TB_DSP_SOUND_DISTANCE_H
#define TB_DSP_SOUND_DISTANCE_H

#include "engine/ops/spectral_distance.h"

typedef struct tb_sound_distance {
    int scales;
    int64_t size[TB_MOST_SCALES]; /* samples, multiples of 4 */
    double linear, logarithmic;   /* weights */
    double floor;                 /* added to magnitudes before logarithms */
    double quietest; /* mean square of the quietest target that counts */
} tb_sound_distance;

/* RAVE's; its discrete models have a floor of 1. */
static const tb_sound_distance tb_sound_distance_usual = {
    5, {2048, 1024, 512, 256, 128}, 1, 1, 1e-7, 0};

/* Both real [batch, channels or bands, n], to [1]: see tb_spectral_distance. */
tb_value *tb_sound_distance_of(tb_value *target, tb_value *made,
                               const tb_sound_distance *how);

#endif
