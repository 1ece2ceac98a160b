/* Changing the sample rate of a stream of frames, at the best quality of
   libsoxr ("very high": 28 bits, linear phase), for corpora and other work
   that is not live. Equal rates pass through untouched. */
#ifndef TB_AUDIO_RESAMPLE_H
#define TB_AUDIO_RESAMPLE_H

#include "base/status.h"
#include <stdint.h>

typedef struct tb_resampler tb_resampler;

/* How many frames `frames` frames become: frames * out_rate / in_rate, rounded
   to the nearest whole number. */
int64_t tb_resampled_frames(int64_t frames, double in_rate, double out_rate);

/* For frames of `channels` interleaved samples. Null when a rate is not
   possible or there is no memory. */
tb_resampler *tb_resampler_new(double in_rate, double out_rate, int channels,
                               tb_error *error);

/* Takes up to `in_frames` frames of `in` and makes up to `out_frames` frames;
   `used` and `made` tell how many. The output starts with the first input
   frame: there is no delay to take away. When the input has ended, call with
   `in` null until `made` is 0; all that was made is then exactly
   tb_resampled_frames of all that was used. */
tb_status tb_resampler_run(tb_resampler *resampler, const float *in,
                           int64_t in_frames, int64_t *used, float *out,
                           int64_t out_frames, int64_t *made, tb_error *error);

void tb_resampler_free(tb_resampler *resampler);

#endif
