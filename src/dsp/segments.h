/* The parts of a long sound, by the novelty of its features (dsp/novelty.h). */
#ifndef TB_DSP_SEGMENTS_H
#define TB_DSP_SEGMENTS_H

#include "dsp/features.h"

typedef struct tb_segments_options {
    double kernel_seconds; /* what is compared, both sides together; 0: 16, and
                              at most half the sound */
    double shortest_seconds; /* 0: a quarter of the kernel */
    double sensitivity;      /* 0, the greatest turns, to 1, every change */
} tb_segments_options;

typedef struct tb_segments {
    float *novelty; /* [points], over the whole sound */
    int64_t points;
    int64_t *at; /* [count], rising: the sound's frames at which a part ends and
                    the next begins, not yet moved to a place to cut at */
    float *strength; /* [count], the novelty there */
    int count;
} tb_segments;

/* Of all features of `set` of a sound. The caller clears `out`, also after a
   failure. */
tb_status tb_segments_find(const tb_feature_rows *features, unsigned set,
                           double sample_rate,
                           const tb_segments_options *options, tb_segments *out,
                           tb_error *error);
void tb_segments_clear(tb_segments *segments);

#endif
