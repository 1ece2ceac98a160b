/* What functions of real numbers are made of: constants and polynomials. */
#ifndef TB_TORCHSCRIPT_SERIES_H
#define TB_TORCHSCRIPT_SERIES_H

#include "engine/ops.h"

/* A number beside x, without axes. */
static inline tb_value *tb_number_beside(const tb_value *x, double number)
{
    return tb_fill(x->graph, (tb_shape){0}, number);
}

static inline tb_value *tb_plus(tb_value *x, double number)
{
    return tb_map(x, TB_AFFINE, 1, number);
}

/* a[0] x^(n-1) + ... + a[n-1]; x is not null. */
static inline tb_value *tb_polynomial(tb_value *x, int n, const double *a)
{
    tb_value *y = tb_number_beside(x, a[0]);
    for (int i = 1; i < n && y; i++)
        y = tb_plus(tb_mul(y, x), a[i]);
    return y;
}

/* x is not null. */
static inline tb_value *tb_is_below(tb_value *x, double bound)
{
    return tb_compare(TB_LT, x, tb_number_beside(x, bound));
}

#endif
