/* The project's Fourier transform: of any length in O(n log n), real and
   complex. Lengths whose prime factors are small are taken apart (Stockham
   1966); others become a convolution (Bluestein 1970). The tables made here
   serve the vectors of engine/cpu/fast, many rows at a time, or in double
   precision the single rows below; one algorithm, engine/fft_core.h, runs in
   both. */
#ifndef TB_ENGINE_FFT_H
#define TB_ENGINE_FFT_H

#include "base/realtime.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tb_fft tb_fft;

typedef enum tb_fft_kind {
    TB_FFT_REAL = 0,   /* n reals from or to n/2 + 1 bins */
    TB_FFT_COMPLEX = 1 /* n complex numbers */
} tb_fft_kind;

enum { TB_FFT_MOST = 1 << 26 }; /* the longest transform */

/* Tables of floats for n from 1 to TB_FFT_MOST. Null: another n, or no memory.
   They never change: any thread may use them. */
tb_fft *tb_fft_new(int n, tb_fft_kind kind);
void tb_fft_free(tb_fft *fft);

/* The same in the caller's memory, aligned as malloc's: there is nothing to
   free. */
TB_REALTIME size_t tb_fft_bytes(int n, tb_fft_kind kind);
TB_REALTIME tb_fft *tb_fft_init(void *memory, int n, tb_fft_kind kind);

/* Floats for a call on vectors, any alignment. */
TB_REALTIME size_t tb_fft_scratch(const tb_fft *fft);

/* ---- one row in double precision ---- */

/* As tb_fft_new, with tables of doubles, for the functions below. */
tb_fft *tb_fft_new_double(int n, tb_fft_kind kind);
size_t tb_fft_scratch_double(const tb_fft *fft); /* doubles */

/* Real n: the bins 0 ... n/2 of sum x[t] exp(-2 pi i k t / n), pairs of real
   and imaginary parts, and their inverse, divided by n; the imaginary parts of
   bins 0 and n/2 are written as 0 and not read. x and z may overlap. */
TB_REALTIME void tb_fft_real(const tb_fft *fft, const float *x, float *z,
                             double *scratch);
TB_REALTIME void tb_fft_real_inverse(const tb_fft *fft, const float *z,
                                     float *x, double *scratch);

#endif
