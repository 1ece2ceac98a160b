/* Other channels than a recording has. */
#ifndef TB_AUDIO_MIX_H
#define TB_AUDIO_MIX_H

#include <stdint.h>

/* Frames of `has` interleaved samples in `in` become frames of `wanted` in
   `out`: one channel is the mean of all; of several, those that are missing
   repeat the first. */
void tb_mix(const float *in, int has, float *out, int wanted, int64_t frames);

#endif
