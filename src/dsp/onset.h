/* Where something new begins in a sound: beats, plucks, syllables. Levels of
   mel bands are followed in windows of several lengths, as a curve that rises
   where they rise together; what one length takes for an attack and the others
   do not (a slow swell, a wobble of two partials) hardly shows. The measure of
   one length is that of S. Boeck and G. Widmer, "Maximum filter vibrato
   suppression for onset detection", DAFx 2013. */
#ifndef TB_DSP_ONSET_H
#define TB_DSP_ONSET_H

#include "base/status.h"

#include <stdint.h>

typedef struct tb_onsets tb_onsets;

/* For a mono sound whose loudest sample is `peak`: what lies far below it is
   silence. Memory follows the number of frames of the curve, 200 a second. Null
   for a sample rate that is not from 100 Hz on, and without memory. */
tb_onsets *tb_onsets_new(double sample_rate, double peak, tb_error *error);
void tb_onsets_free(tb_onsets *onsets);

/* The next n samples; then, once, the end. */
tb_status tb_onsets_feed(tb_onsets *onsets, const float *x, int64_t n,
                         tb_error *error);
tb_status tb_onsets_finish(tb_onsets *onsets, tb_error *error);

/* How far the levels rise at each frame, dB, [*frames]: frame j stands at
   sample j * *hop. */
const float *tb_onsets_curve(const tb_onsets *onsets, int64_t *frames,
                             int64_t *hop);

/* One beginning, and how far it stands out of what is around it, dB. */
typedef struct tb_onset {
    int64_t frame; /* of the sound, not yet moved to a place to cut at */
    float strength;
} tb_onset;

/* Peaks of the curve that stand out, at least `gap_seconds` apart: the stronger
   the `sensitivity`, from 0 (the strongest beats) to 1 (every stir), the more.
   The caller frees `*list` with tb_free. */
tb_status tb_onsets_pick(const tb_onsets *onsets, double sensitivity,
                         double gap_seconds, tb_onset **list, int *count,
                         tb_error *error);

#endif
