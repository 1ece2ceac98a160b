/* Principal components: the directions in which many vectors differ most. */
#ifndef TB_DSP_PRINCIPAL_H
#define TB_DSP_PRINCIPAL_H

#include "base/status.h"

#include <stdint.h>

/* The mean of each number of x [rows, n], and its deviation. */
void tb_mean_and_deviation(const double *x, int64_t rows, int64_t n,
                           double *mean, double *deviation);

/* The first `count` principal components of x [rows, n], largest first:
   orthonormal directions [count, n], the deviation along each [count] and the
   farthest that one gets there from the mean, by orthogonal iteration. Where
   there are fewer than `count`, the deviations of the others are as good as 0.
   The same numbers and seed give the same bits. */
tb_status tb_principal_components(const double *x, int64_t rows, int64_t n,
                                  int64_t count, const double *mean,
                                  uint64_t seed, double *directions,
                                  double *deviation, double *most,
                                  tb_error *error);

#endif
