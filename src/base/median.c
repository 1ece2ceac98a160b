#include "base/median.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void tb_sort_numbers(double *x, int64_t n)
{
    qsort(x, (size_t)n, sizeof *x, compare);
}

double tb_median(double *x, int64_t n)
{
    if (n == 0)
        return NAN;
    tb_sort_numbers(x, n);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}
