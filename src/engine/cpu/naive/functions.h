/* The functions of one number and their slopes, in double precision whatever
   the plan's: each result is rounded once. */
#ifndef TB_ENGINE_CPU_NAIVE_FUNCTIONS_H
#define TB_ENGINE_CPU_NAIVE_FUNCTIONS_H

#include "engine/ops/elementwise.h"

#include <math.h>

static const double sqrt_half = 0.70710678118654752440;
static const double inv_sqrt_2pi = 0.39894228040143267794;
static const double sqrt_2_over_pi = 0.79788456080286535588;

static inline double sigmoid_of(double x)
{
    double e = exp(-fabs(x));
    return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

static inline double softplus_of(double x)
{
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}

static inline double sign_of(double x)
{
    return (x > 0) - (x < 0);
}

/* The argument of the tanh in GELU's approximation. */
static inline double gelu_inner(double x)
{
    return sqrt_2_over_pi * (x + 0.044715 * x * x * x);
}

static inline double unary_value(const tb_unary_attr *f, double x)
{
    switch (f->kind) {
    case TB_RELU:
        return x > 0 ? x : x != x ? x : 0;
    case TB_LEAKY_RELU:
        return x > 0 ? x : f->a * x;
    case TB_TANH:
        return tanh(x);
    case TB_SIGMOID:
        return sigmoid_of(x);
    case TB_MISH:
        return x * tanh(softplus_of(x));
    case TB_GELU:
        return 0.5 * x * (1 + erf(x * sqrt_half));
    case TB_GELU_TANH:
        return 0.5 * x * (1 + tanh(gelu_inner(x)));
    case TB_SILU:
        return x * sigmoid_of(x);
    case TB_SOFTPLUS:
        return softplus_of(x);
    case TB_ELU:
        return x > 0 ? x : f->a * expm1(x);
    case TB_ABS:
        return fabs(x);
    case TB_EXP:
        return exp(x);
    case TB_LOG:
        return log(x);
    case TB_LOG1P:
        return log1p(x);
    case TB_POW:
        return pow(x, f->a);
    case TB_SQRT:
        return sqrt(x);
    case TB_SIN:
        return sin(x);
    case TB_COS:
        return cos(x);
    case TB_SQUARE:
        return x * x;
    case TB_CLAMP:
        return x < f->a ? f->a : x > f->b ? f->b : x;
    case TB_AFFINE:
        return f->a * x + f->b;
    case TB_SIGN:
        return sign_of(x);
    case TB_FLOOR:
        return floor(x);
    case TB_ROUND:
        return nearbyint(x);
    case TB_UNARY_COUNT:
        break;
    }
    return x;
}

static inline double mish_slope(double x)
{
    double t = tanh(softplus_of(x));
    return t + x * (1 - t * t) * sigmoid_of(x);
}

static inline double gelu_slope(double x)
{
    return 0.5 * (1 + erf(x * sqrt_half)) + x * inv_sqrt_2pi * exp(-x * x / 2);
}

static inline double gelu_tanh_slope(double x)
{
    double t = tanh(gelu_inner(x));
    double inner = sqrt_2_over_pi * (1 + 3 * 0.044715 * x * x);
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner;
}

static inline double silu_slope(double x)
{
    double s = sigmoid_of(x);
    return s * (1 + x * (1 - s));
}

/* At x, or of f(x) where that tells it. */
static inline double unary_slope(const tb_unary_attr *f, double x)
{
    switch (f->kind) {
    case TB_RELU:
        return x > 0;
    case TB_LEAKY_RELU:
        return x > 0 ? 1 : f->a;
    case TB_TANH:
        return 1 - x * x;
    case TB_SIGMOID:
        return x * (1 - x);
    case TB_MISH:
        return mish_slope(x);
    case TB_GELU:
        return gelu_slope(x);
    case TB_GELU_TANH:
        return gelu_tanh_slope(x);
    case TB_SILU:
        return silu_slope(x);
    case TB_SOFTPLUS:
        return sigmoid_of(x);
    case TB_ELU:
        return x > 0 ? 1 : f->a * exp(x);
    case TB_ABS:
        return sign_of(x);
    case TB_EXP:
        return x;
    case TB_LOG:
        return 1 / x;
    case TB_LOG1P:
        return 1 / (1 + x);
    case TB_POW:
        return f->a == 0 ? 0 : f->a * pow(x, f->a - 1);
    case TB_SQRT:
        return 0.5 / x;
    case TB_SIN:
        return cos(x);
    case TB_COS:
        return -sin(x);
    case TB_SQUARE:
        return 2 * x;
    case TB_CLAMP:
        return x >= f->a && x <= f->b;
    case TB_AFFINE:
        return f->a;
    case TB_SIGN:
    case TB_FLOOR:
    case TB_ROUND:
        return 0;
    case TB_UNARY_COUNT:
        break;
    }
    return 1;
}

#endif
