/* How late a sound is of which another was made. */
#ifndef TB_CLI_LATENCY_GUESS_H
#define TB_CLI_LATENCY_GUESS_H

#include <stdint.h>

/* The frames, up to 1.5 s, by which the loudness of `wet` follows that of `dry`
   best, to 64; both [frames, channels]. Below 0: there is no memory, or they
   are shorter than that takes. */
int64_t cli_guess_latency(const float *dry, const float *wet, int64_t frames,
                          int channels, double sample_rate);

#endif
