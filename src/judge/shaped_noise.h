/* Noise with the smoothed spectrum of a corpus: what a network gives that has
   learned its colour and nothing else. */
#ifndef TB_JUDGE_SHAPED_NOISE_H
#define TB_JUDGE_SHAPED_NOISE_H

#include "base/status.h"

#include <stdint.h>

/* Gaussian noise of the mean power spectrum `power` [size / 2 + 1], each bin of
   which is smoothed over half an octave around it: `mono` [frames]. Another
   `number` is other noise of the same seed. */
tb_status tb_shaped_noise(const double *power, int size, uint64_t seed,
                          uint32_t number, float *mono, int64_t frames,
                          tb_error *error);

#endif
