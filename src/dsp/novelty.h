/* Where a sound turns into another: J. Foote, "Automatic audio segmentation
   using a measure of audio novelty", ICME 2000. Every moment is compared with
   every other one near it; a checkerboard laid over that table finds the
   moments between two stretches that are alike in themselves and unlike each
   other. */
#ifndef TB_DSP_NOVELTY_H
#define TB_DSP_NOVELTY_H

#include "base/status.h"

#include <stdint.h>

/* rows: [n, width]. Novelty at the border before each row, [n], 0 to 1: 1 when
   all rows before are the same, all after are, and the two are opposites. The
   checkerboard has `half` rows on each side and fades out towards its edges;
   similarity is the cosine between rows. */
tb_status tb_novelty(const float *rows, int64_t n, int width, int half,
                     float *novelty, tb_error *error);

/* The peaks of a curve [n] in the order of time: from the highest down, each at
   least `least` from those taken and from both ends, no lower than `threshold`
   and above the means of `least` values on its left and on its right by a
   tenth of its height. Writes them to peaks [n / least + 1] and returns how
   many. */
int tb_novelty_peaks(const float *curve, int64_t n, int64_t least,
                     double threshold, int64_t *peaks);

#endif
