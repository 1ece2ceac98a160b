/* Sound from magnitudes of short-time spectra that are all there: Griffin and
   Lim 1984, "Signal estimation from modified short-time Fourier transform", and
   its fast variant (Perraudin, Balazs and Sondergaard 2013, "A fast Griffin-Lim
   algorithm"). While they arrive: tb_spectra_recovered in
   dsp/spectra_ops.h. */
#ifndef TB_DSP_GRIFFIN_LIM_H
#define TB_DSP_GRIFFIN_LIM_H

#include "base/status.h"
#include "dsp/window.h"

#include <stdint.h>

typedef enum tb_phase_start {
    TB_START_STREAMED, /* what tb_spectra_recovered says: some dB better */
    TB_START_RANDOM    /* any phases, by the seed */
} tb_phase_start;

typedef struct tb_griffin_lim {
    int size, hop; /* samples of a frame, 1 <= hop <= size */
    int before;    /* frame j begins at sample j * hop - before; 0 <= before <
                      size. size / 2: frames are centred */
    tb_window_kind window;
    int iterations;  /* from 0 on; there and back once each */
    double momentum; /* 0: that of 1984; below 1 */
    tb_phase_start start;
    uint64_t seed;
} tb_griffin_lim;

/* 32 iterations of momentum 0.99, from a streamed start, of centred frames of a
   Hann window. */
tb_griffin_lim tb_griffin_lim_usual(int size, int hop);

/* magnitudes: [frames, size/2 + 1], scaled as tb_spectra_of scales them (a
   full-scale sine has 1); what is below 0 or no number counts as 0. y: [n], the
   samples from 0 on; beyond them there is silence. The same numbers give the
   same sound. TB_ERR_ARGUMENT names a size that cannot be. */
tb_status tb_sound_of_magnitudes(const tb_griffin_lim *how,
                                 const float *magnitudes, int64_t frames,
                                 float *y, int64_t n, tb_error *error);

/* How far the magnitudes of y's own spectra are from these, in dB below them:
   20 log10(norm of the difference / norm of the magnitudes). -inf where there
   is none, 0 where y is silent, NaN where all magnitudes are 0 or there is not
   enough memory. */
double tb_spectral_convergence(const tb_griffin_lim *how,
                               const float *magnitudes, int64_t frames,
                               const float *y, int64_t n);

#endif
