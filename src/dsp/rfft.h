/* A plain real Fourier transform for descriptors and pictures, where clarity
   counts more than the last factor of speed. Private to dsp and the analyses
   of train. */
#ifndef TB_DSP_RFFT_H
#define TB_DSP_RFFT_H

#include "base/realtime.h"

#include <stdint.h>

typedef struct tb_rfft tb_rfft;

/* For `size` samples, a power of two from 4 to 2^26. Null when it is not, or
   without memory. Never changes afterwards: any thread may use it. */
tb_rfft *tb_rfft_new(int64_t size);
void tb_rfft_free(tb_rfft *fft);

/* The smallest size tb_rfft_new takes that holds n samples; 0: none does. */
int64_t tb_rfft_size_for(int64_t n);

/* x: [size], z: [size + 2], the bins 0..size/2 as (real, imaginary) pairs of
   sum x[t] exp(-2 pi i k t / size). x and z must not overlap. */
TB_REALTIME void tb_rfft_forward(const tb_rfft *fft, const float *x, float *z);

/* Undoes forward, divided by size. z is used up. */
void tb_rfft_inverse(const tb_rfft *fft, float *z, float *x);

#endif
