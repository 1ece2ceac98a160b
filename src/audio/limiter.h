/* A limiter: sound beyond full level is turned down around its peaks, so that
   nothing is cut off. Looks 5 ms ahead, with one gain for all channels, falling
   in a line and coming back within a fifth of a second; what never comes near a
   peak stays as it is, to the bit. A stream for one thread. */
#ifndef TB_AUDIO_LIMITER_H
#define TB_AUDIO_LIMITER_H

#include "base/status.h"

#include <stdint.h>

typedef struct tb_limiter tb_limiter;

/* Null without memory. `sample_rate` is in Hz. */
tb_limiter *tb_limiter_new(double sample_rate, int channels, tb_error *error);

/* Takes `frames` frames of `x` [frames, channels], finite values, and returns
   how many frames it left in `y`, which may be `x`: all but the 5 ms that it
   holds back. With null for `x` these come out, `frames` at most at a time, and
   at last 0. */
int64_t tb_limiter_run(tb_limiter *limiter, const float *x, int64_t frames,
                       float *y);

/* The least gain so far, 1 when nothing was turned down. */
double tb_limiter_least_gain(const tb_limiter *limiter);

/* Accepts null. */
void tb_limiter_free(tb_limiter *limiter);

#endif
