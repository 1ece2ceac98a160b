/* Eigenvalues of symmetric matrices. */
#ifndef TB_DSP_SYMMETRIC_H
#define TB_DSP_SYMMETRIC_H

#include <stdint.h>

/* All eigenvalues of a [n, n], largest first, and for each a direction of
   length 1, the rows of `vectors` [n, n], of which the component of the largest
   size is positive: by rotations (Jacobi 1846), to the last digits. `a` is used
   up. The same numbers give the same bits. */
void tb_symmetric_eigen(double *a, int64_t n, double *values, double *vectors);

#endif
