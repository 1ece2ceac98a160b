/* How loud sound is where it sounds: the mean power of its blocks but for those
   that are silent or far softer than the others, as in ITU-R BS.1770-4 (section
   "gating"), without its filter and for all channels alike. Blocks last 0.1 s
   and do not overlap. */
#ifndef TB_DSP_LOUDNESS_H
#define TB_DSP_LOUDNESS_H

#include <stdint.h>

/* What the loudest of recordings are brought to: -0.5 dBFS. */
#define TB_NORMAL_PEAK 0.94406088f

enum { TB_LOUDNESS_STEPS = 1200 };

/* Starts with tb_loudness_init; holds a histogram, of any length of sound. */
typedef struct tb_loudness {
    int64_t count[TB_LOUDNESS_STEPS]; /* blocks by level, tenths of dB */
    int64_t blocks, block, n; /* so far, samples in one, and in the last */
    double sum;               /* of their squares */
} tb_loudness;

void tb_loudness_init(tb_loudness *loudness, double sample_rate, int channels);

/* `samples` numbers, interleaved; the last block is left out if it is not
   full. */
void tb_loudness_add(tb_loudness *loudness, const float *x, int64_t samples);

/* dBFS (a full square wave has 0); -infinity where all is silent. Sound that
   fills no block is measured as it is. */
double tb_loudness_get(const tb_loudness *loudness);

#endif
