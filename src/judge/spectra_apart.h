/* How far the spectra of two sounds lie apart, moment by moment. */
#ifndef TB_JUDGE_SPECTRA_APART_H
#define TB_JUDGE_SPECTRA_APART_H

#include "base/status.h"

#include <stdint.h>

/* Of a sound of `frames` samples and of what was made of it, in time with it:
   dB, the mean over moments of 46 ms and mel bands up to 16 kHz, where each
   counts as much as the louder of the two is loud: its power to the 0.3 (S. S.
   Stevens, "The measurement of loudness", 1955). What lies 60 dB below the
   loudest band of the first is silence. 0: the same; NaN: both are silent. */
tb_status tb_spectra_apart(const float *sound, const float *made,
                           int64_t frames, double sample_rate, double *db,
                           tb_error *error);

#endif
