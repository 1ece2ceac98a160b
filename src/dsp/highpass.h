/* A gentle high-pass: second-order Butterworth, 12 dB per octave, by the
   bilinear transform. Takes an offset and what is too low to be heard away. */
#ifndef TB_DSP_HIGHPASS_H
#define TB_DSP_HIGHPASS_H

#include "base/realtime.h"

#include <stdbool.h>
#include <stdint.h>

/* One channel of a stream: a plain value, filled with tb_highpass_init. */
typedef struct tb_highpass {
    double norm, a1, a2;   /* y = norm (x - 2 x1 + x2) - a1 y1 - a2 y2 */
    double x1, x2, y1, y2; /* of the last two frames */
    double first;          /* the first sample; what came before was the same */
    bool started;
} tb_highpass;

/* -3 dB at `hz`, which is above 0; beyond 0.45 of the sample rate, there. */
void tb_highpass_init(tb_highpass *filter, double hz, double sample_rate);

/* Filters n samples that stand `stride` apart, in place when `y` is `x`. The
   stream starts as if its first sample had lasted for ever, so that a constant
   leaves nothing. What is not a number counts as the first sample. */
TB_REALTIME void tb_highpass_run(tb_highpass *filter, const float *x, int64_t n,
                                 int stride, float *y);

#endif
