/* Phases for magnitudes, while these arrive: what turns spectra that a network
   says into sound. */
#ifndef TB_ENGINE_OPS_RECOVER_H
#define TB_ENGINE_OPS_RECOVER_H

#include "engine/ops/stft.h"

enum { TB_RECOVER_MOST_AHEAD = 15 };

typedef struct tb_recover {
    int64_t size, hop;    /* samples of a frame, 1 <= hop <= size */
    const double *window; /* [size], that of the magnitudes; copied */
    double spread;        /* of the window: exp(-pi t^2 / (spread size^2)) is
                             the Gaussian curve nearest to it */
    int64_t ahead;        /* frames that come after the one that is said and
                             help to decide: 1 ... TB_RECOVER_MOST_AHEAD */
    int64_t iterations;   /* from 0 on */
    double momentum;      /* of these: 0 (none) to below 1 */
} tb_recover;

/* magnitudes [batch, size/2 + 1, frames] to spectra [batch, size/2 + 1, frames,
   2] (real and imaginary parts) with these magnitudes and phases that frames
   which lie over each other agree on: `ahead` frames later. What is below 0 or
   no number counts as 0.

   Each new frame begins with the phases of the sound so far, where that reaches
   into it; those of loud bins follow from the frame before (Prusa and
   Sondergaard 2016, "Real-time spectrogram inversion using phase gradient heap
   integration"), which keeps tones in tune where magnitudes are not those of
   any sound. Then the frame to be said and those after it are turned into sound
   and back, `iterations` times, and keep the phases that they come back with;
   what was said stays (Zhu, Beauregard and Wyse 2007, "Real-time signal
   estimation from modified short-time Fourier transform magnitude spectra":
   RTISI-LA, with all frames at once). Sound is put through the momentum of
   Perraudin, Balazs and Sondergaard 2013, "A fast Griffin-Lim algorithm".

   Where `known` [1, 1, frames] is 1 (else it is 0) phases are those of `truth`
   [batch, size/2 + 1, frames, 2], and the frames after it follow from them;
   both may be null: they never are. No gradient flows through. Once in a graph:
   a state "phases" remembers what was said. */
tb_value *tb_recover_phases(tb_value *magnitudes, tb_value *truth,
                            tb_value *known, const tb_recover *how);

/* (magnitudes, before[, truth, known]) -> spectra of the frame `ahead` frames
   before, last: what a run leaves to the next for each row of the batch. */
typedef struct tb_recover_attr {
    tb_stft_attr frames;
    int64_t ahead, iterations;
    double momentum, spread;
    bool primed; /* truth and known are there */
} tb_recover_attr;

/* The sound of overlapping windowed frames is weighed by one over the sum of
   their squared windows, of samples from the first of the frame that is said
   next: of all frames before the one that came last, where they reach into it
   (sample i of that, else 0), and of all frames (i up to size + ahead hop).
   Where windows hardly reach, shares stay finite. */
TB_REALTIME double tb_recover_reach(const tb_recover_attr *how, int64_t i);
TB_REALTIME double tb_recover_share(const tb_recover_attr *how, int64_t i);

extern const tb_op tb_op_recover;

#endif
