/* The real Fourier transform (engine/fft.h) for descriptors, pictures and
   measurements: one row at a time, in double precision within. */
#ifndef TB_DSP_RFFT_H
#define TB_DSP_RFFT_H

#include "base/realtime.h"

#include <stdint.h>

typedef struct tb_rfft tb_rfft;

/* For `size` samples, from 1 to 2^26; quickest when its prime factors are
   small. Null when it is another, or without memory. It holds room to work in:
   one thread at a time may use it. */
tb_rfft *tb_rfft_new(int64_t size);
void tb_rfft_free(tb_rfft *fft);

/* The smallest power of two from 4 on that holds n samples; 0: none that
   tb_rfft_new takes. */
int64_t tb_rfft_size_for(int64_t n);

/* x: [size], z: [2 (size/2 + 1)], the bins 0..size/2 as (real, imaginary)
   pairs of sum x[t] exp(-2 pi i k t / size). */
TB_REALTIME void tb_rfft_forward(tb_rfft *fft, const float *x, float *z);

/* Undoes forward, divided by size. */
TB_REALTIME void tb_rfft_inverse(tb_rfft *fft, const float *z, float *x);

#endif
