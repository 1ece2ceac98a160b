/* Spectra of sound that is on its way, and sound from spectra, as ops: what
   networks on frames of spectra hear and say. Frame j looks back from sample
   (j + 1) * hop, so that no frame waits for sound that comes after it. The
   window is a choice. As all builders these take null for null and leave errors
   in the graph. */
#ifndef TB_DSP_SPECTRA_OPS_H
#define TB_DSP_SPECTRA_OPS_H

#include "dsp/window.h"
#include "engine/graph.h"

typedef struct tb_spectra {
    int64_t size; /* of the window and of the transform, in samples */
    int64_t hop;  /* from frame to frame, 1 to size */
    tb_window_kind window;
} tb_spectra;

static inline int64_t tb_spectra_bins(const tb_spectra *how)
{
    return how->size / 2 + 1;
}

/* Sound, real [batch, n], to [batch, bins, frames, 2] (real and imaginary
   parts), scaled so that a full-scale sine has magnitude 1, with phases that
   count from the start of the window; and back, each sample once all frames
   over it are there: size - hop samples later. Where the hop is more than half
   of the window, its ends weigh more than they should. */
tb_value *tb_spectra_of(tb_value *sound, const tb_spectra *how);
tb_value *tb_sound_of_spectra(tb_value *spectra, const tb_spectra *how);

/* ---- levels: ln(1 + magnitude / floor), 0 in silence ---- */

/* [batch, bins, frames, 2] to [batch, bins, frames]; and the magnitudes of such
   levels, 0 for levels below 0. */
tb_value *tb_spectra_levels(tb_value *spectra, double floor);
tb_value *tb_level_magnitudes(tb_value *levels, double floor);

/* Levels [batch, bins, frames] that go over, within so many frames, from the
   last ones that were known, where `known` [1, 1, frames] was 1 (else it is 0),
   to what they are. Null for `known`: no change. Once in a graph: a state
   "known levels" remembers them. */
tb_value *tb_levels_from_known(tb_value *levels, tb_value *known,
                               int64_t frames);

/* ---- phases ---- */

/* How tb_recover_phases (engine/ops/recover.h) goes about it. */
typedef struct tb_recovery {
    int64_t ahead; /* frames, which are that much latency */
    int64_t iterations;
    double momentum;
} tb_recovery;

/* What was best on music: bench/bench_phase.c. */
static const tb_recovery tb_recovery_usual = {3, 12, 0.97};

/* Spectra [batch, bins, frames, 2] from magnitudes [batch, bins, frames], which
   are scaled as tb_spectra_of scales them, `ahead` frames later. Where `known`
   [1, 1, frames] is 1 (else it is 0) phases are those of `truth` [batch, bins,
   frames, 2], and what comes then goes on from them; both may be null: they
   never are. Once in a graph: a state "phases" remembers what was said. */
tb_value *tb_spectra_recovered(tb_value *magnitudes, const tb_spectra *how,
                               const tb_recovery *recovery, tb_value *truth,
                               tb_value *known);

/* The signal `holds` [1, 1, n] at the last sample of each frame: [1, 1, frames]
 */
tb_value *tb_frame_ends(tb_value *holds, int64_t hop);

/* ---- seams ---- */

/* Where a truth ends and other sound goes on, that sound begins with the value
   and the slope that the truth ended with: what they differ by fades out over
   `length` samples. sound and truth real [batch, n], `holds` [1, 1, n]: 1
   where the truth holds, else 0. One sample later than both. */
tb_value *tb_mend_seam(tb_value *sound, tb_value *truth, tb_value *holds,
                       int64_t length);

#endif
