/* Mel bands: spectra as the ear divides them, and the way back. */
#ifndef TB_DSP_MEL_H
#define TB_DSP_MEL_H

#include "base/realtime.h"

#include <stdint.h>

typedef enum tb_mel_scale {
    TB_MEL_HTK,   /* 2595 log10(1 + f / 700), as in HTK (Young et al.) */
    TB_MEL_SLANEY /* 3 f / 200 up to 1 kHz, then 27 bands for each factor of
                     6.4, as in Slaney's Auditory Toolbox (1998) */
} tb_mel_scale;

/* What the weights of a band have in common. */
typedef enum tb_mel_norm {
    TB_MEL_MEAN, /* they sum to 1: white noise is level, a sine in a wide band
                    counts less */
    TB_MEL_AREA, /* 2 / (its width in Hz) at their peak: librosa's "slaney" */
    TB_MEL_PEAK  /* 1 at their peak */
} tb_mel_norm;

/* `bands` triangles, evenly spaced on the scale from low_hz to high_hz, over
   the bins of spectra of `size` samples at `sample_rate`. */
typedef struct tb_mel_shape {
    int size;
    double sample_rate;
    int bands;
    double low_hz, high_hz;
    tb_mel_scale scale;
    tb_mel_norm norm;
} tb_mel_shape;

double tb_mel_of_hz(tb_mel_scale scale, double hz);
double tb_hz_of_mel(tb_mel_scale scale, double mel);

typedef struct tb_mel tb_mel;

/* A band narrower than a bin reads the bin nearest to it. Null when the
   frequencies are not 0 <= low_hz < high_hz <= sample_rate / 2, or without
   memory. */
tb_mel *tb_mel_new_of(const tb_mel_shape *shape);

/* The same on the scale HTK with weights that sum to 1. */
tb_mel *tb_mel_new(int size, double sample_rate, int bands, double low_hz,
                   double high_hz);

/* The same with bands evenly spaced in pitch: `per_octave` for each octave, the
   lowest peaking at `low_hz`, and the triangles of the highest ending at or
   below high_hz; `*bands` (at least 1, or null) tells how many there are. */
tb_mel *tb_mel_new_pitches(int size, double sample_rate, int per_octave,
                           double low_hz, double high_hz, int *bands);

void tb_mel_free(tb_mel *mel);

/* size / 2 + 1 bins and so many bands. */
TB_REALTIME int tb_mel_bins(const tb_mel *mel);
TB_REALTIME int tb_mel_count(const tb_mel *mel);

/* Magnitudes or powers [bins] to bands, out: [bands] */
TB_REALTIME void tb_mel_bands(const tb_mel *mel, const float *power,
                              float *out);

/* Its weights, [bands, bins]. */
void tb_mel_weights(const tb_mel *mel, double *weights);

/* ---- back to bins ---- */

typedef struct tb_mel_inverse tb_mel_inverse;

/* Null without memory. It keeps a pointer to `mel`, which must outlive it. */
tb_mel_inverse *tb_mel_inverse_new(const tb_mel *mel);
void tb_mel_inverse_free(tb_mel_inverse *inverse);

TB_REALTIME const tb_mel *tb_mel_inverse_of(const tb_mel_inverse *inverse);

/* The pseudo-inverse of the weights (Moore and Penrose), [bins, bands]: the
   smallest spectrum, some of it below 0, with these bands. Bands that are
   alike share what they say. */
TB_REALTIME const float *tb_mel_pseudo_inverse(const tb_mel_inverse *inverse);

/* 1 over the largest factor by which the weights' square stretches anything:
   the longest step of a gradient descent that is safe. */
TB_REALTIME double tb_mel_step(const tb_mel_inverse *inverse);

/* Bins, [bins], none below 0, whose bands are nearest to these [bands]: the
   pseudo-inverse cut at 0 and then so many accelerated projected gradient steps
   (Beck and Teboulle 2009, FISTA); 300 are plenty, none are often enough. One
   thread at a time. */
TB_REALTIME void tb_mel_invert(tb_mel_inverse *inverse, const float *bands,
                               int iterations, float *bins);

#endif
