/* Fourier transforms along the last axis (not time), of any length: torch.fft's
   fft, ifft, rfft and irfft. Other axes change places first (tb_transpose),
   other lengths are cut or filled with zeros (tb_slice, tb_pad). */
#ifndef TB_ENGINE_OPS_FOURIER_H
#define TB_ENGINE_OPS_FOURIER_H

#include "engine/op.h"

/* What a transform of n is divided by. */
typedef enum tb_fourier_norm {
    TB_FOURIER_BACKWARD, /* the inverse by n */
    TB_FOURIER_ORTHO,    /* both by the square root of n */
    TB_FOURIER_FORWARD   /* the forward one by n */
} tb_fourier_norm;

/* z complex [..., n] -> complex [..., n]: y[k] = sum over t of
   z[t] exp(-2 pi i k t / n), or exp(+2 pi i k t / n) for the inverse. */
tb_value *tb_fourier(tb_value *z, bool inverse, tb_fourier_norm norm);

/* x real [..., n] -> complex [..., n/2 + 1], the bins up to the middle; and
   back: z complex [..., n/2 + 1] -> real [..., n]. The imaginary parts of bin 0
   and, for even n, of the last are not read. */
tb_value *tb_real_fourier(tb_value *x, tb_fourier_norm norm);
tb_value *tb_real_fourier_back(tb_value *z, int64_t n, tb_fourier_norm norm);

/* Each op is the adjoint of the other, and tb_op_fourier that of its inverse.
   Weights as those of the kernels (engine/cpu/fast): `edge` for bins 0 and n/2,
   `inner` between; complex transforms have one. */
typedef struct tb_fourier_attr {
    int64_t n;
    double edge, inner;
    bool inverse;
    const double *turn; /* [n, 2]: cos, sin of 2 pi k / n */
} tb_fourier_attr;

extern const tb_op tb_op_fourier;
extern const tb_op tb_op_real_fourier;
extern const tb_op tb_op_real_fourier_back;

#endif
