#include "dsp/product.h"

double tb_product(const float *x, const float *y, int64_t n)
{
    float sums[8] = {0};
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++)
            sums[k] += x[i + k] * y[i + k];
    double sum = 0;
    for (int k = 0; k < 8; k++)
        sum += sums[k];
    for (; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}
