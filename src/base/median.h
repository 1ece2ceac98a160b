#ifndef TB_BASE_MEDIAN_H
#define TB_BASE_MEDIAN_H

#include <stdint.h>

/* Rising; there is no NaN among them. */
void tb_sort_numbers(double *x, int64_t n);

/* The middle of n numbers, or the mean of the two in the middle; NaN of none.
   Sorts them. */
double tb_median(double *x, int64_t n);

#endif
