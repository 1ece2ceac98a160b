/* The logarithm of the gamma function, and its slope. */
#include "torchscript/functions.h"

#include "torchscript/series.h"

#include <math.h>

#define PI 3.141592653589793

/* Both are known for large x by a series (Abramowitz and Stegun 1964, 6.1.41
   and 6.3.18), smaller ones are brought there by gamma(x + 1) = x gamma(x): by
   no more than 3, since what is added is taken away again around 1 and 2, where
   the logarithm is 0. */
enum { FAR = 3 };

static tb_value *log_gamma_above(tb_value *x)
{
    static const double series[] = {-1.0 / 1680, 1.0 / 1260, -1.0 / 360,
                                    1.0 / 12};
    tb_value *far = tb_plus(x, FAR), *product = x;
    for (int i = 1; i < FAR; i++)
        product = tb_mul(product, tb_plus(x, i));
    tb_value *inverse = tb_div(tb_number_beside(x, 1), far);
    tb_value *tail = tb_mul(
        inverse, tb_polynomial(tb_map(inverse, TB_SQUARE, 0, 0), 4, series));
    tb_value *log_far = tb_map(far, TB_LOG, 0, 0);
    tb_value *large = tb_sub(tb_mul(tb_plus(far, -0.5), log_far), far);
    large = tb_add(tb_plus(large, 0.5 * log(2 * PI)), tail);
    return tb_sub(large, tb_map(product, TB_LOG, 0, 0));
}

static tb_value *slope_above(tb_value *x)
{
    static const double series[] = {1.0 / 132, -1.0 / 240, 1.0 / 252,
                                    -1.0 / 120, 1.0 / 12};
    tb_value *one = tb_number_beside(x, 1), *far = tb_plus(x, FAR);
    tb_value *sum = tb_div(one, x), *inverse = tb_div(one, far);
    for (int i = 1; i < FAR; i++)
        sum = tb_add(sum, tb_div(one, tb_plus(x, i)));
    tb_value *square = tb_map(inverse, TB_SQUARE, 0, 0);
    tb_value *tail = tb_mul(square, tb_polynomial(square, 5, series));
    tb_value *large =
        tb_sub(tb_map(far, TB_LOG, 0, 0), tb_add(tb_scale(inverse, 0.5), tail));
    return tb_sub(large, sum);
}

/* pi times what lies behind the point: its sine is 0 where that of pi x is. */
static tb_value *angle_of(tb_value *x)
{
    return tb_scale(tb_sub(x, tb_map(x, TB_FLOOR, 0, 0)), PI);
}

/* Below 1/2 by reflection: log(pi / |sin(pi x)|) - log(gamma(1 - x)), and
   digamma(1 - x) - pi / tan(pi x). */
static tb_value *reflected(tb_value *x, bool slope)
{
    tb_value *below = tb_is_below(x, 0.5), *angle = angle_of(x);
    tb_value *turned = tb_where(below, tb_plus(tb_scale(x, -1), 1), x);
    tb_value *y = !turned ? NULL
                  : slope ? slope_above(turned)
                          : log_gamma_above(turned);
    if (!y || !angle)
        return NULL;
    tb_value *sine = tb_map(angle, TB_SIN, 0, 0);
    tb_value *mirror =
        slope ? tb_div(tb_map(angle, TB_COS, 0, 0), sine)
              : tb_map(tb_div(tb_number_beside(x, PI), sine), TB_LOG, 0, 0);
    return tb_where(
        below, slope ? tb_sub(y, tb_scale(mirror, PI)) : tb_sub(mirror, y), y);
}

static bool run_gamma(tb_builtin_call *c, tb_script_value *out)
{
    double x = 0;
    if (!tb_is_tensor(c, 0)) {
        if (c->function->kind)
            return tb_refuse(c, "this is not done to numbers");
        if (!tb_arg_real(c, 0, &x))
            return false;
        *out = tb_script_float(lgamma(x));
        return true;
    }
    tb_dtype type = c->arg[0].tensor->dtype;
    type = tb_dtype_is_real(type) ? type : TB_DTYPE_FLOAT32;
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    return tb_give(c, out, type, v ? reflected(v, c->function->kind) : NULL);
}

const tb_builtin tb_functions_gamma[] = {
    {"lgamma", "self", run_gamma, 0},
    {"digamma", "self", run_gamma, 1},
    {NULL, NULL, NULL, 0},
};
