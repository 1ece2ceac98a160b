/* Ops that treat each element alone. */
#ifndef TB_ENGINE_OPS_ELEMENTWISE_H
#define TB_ENGINE_OPS_ELEMENTWISE_H

#include "engine/op.h"

/* ---- one value ---- */

/* y = f(x), of x's shape; a and b are the function's constants. Slopes where
   the function has a corner are PyTorch's: 0 for relu and abs at 0, 1 for clamp
   at its bounds. */
typedef enum tb_unary {
    TB_RELU,
    TB_LEAKY_RELU, /* x > 0 ? x : a*x */
    TB_TANH,
    TB_SIGMOID,
    TB_MISH,
    TB_GELU,      /* with erf */
    TB_GELU_TANH, /* its approximation */
    TB_SILU,
    TB_SOFTPLUS,
    TB_ELU, /* x > 0 ? x : a*(exp(x) - 1) */
    TB_ABS,
    TB_EXP,
    TB_LOG,
    TB_POW, /* x to the power a */
    TB_SQRT,
    TB_SIN,
    TB_COS,
    TB_SQUARE,
    TB_CLAMP,  /* between a and b */
    TB_AFFINE, /* a*x + b */
    TB_LOG1P,  /* log(1 + x) */
    TB_SIGN,   /* -1, 0 or 1; slope 0, as of the next two */
    TB_FLOOR,
    TB_ROUND, /* halves to the even neighbour */
    TB_UNARY_COUNT
} tb_unary;

typedef struct tb_unary_attr {
    tb_unary kind;
    double a, b;
} tb_unary_attr;

tb_value *tb_map(tb_value *x, tb_unary kind, double a, double b);

/* Whether f(x) alone tells the slope at x: then gradients read f(x), which what
   comes next keeps anyway, and x may be written over. */
bool tb_unary_tells_slope(const tb_unary_attr *f);

/* ---- two values ---- */

/* Shapes are broadcast as in PyTorch: aligned at the last axis; axes of 1 and
   missing axes repeat. The time axes must coincide where both have one; the
   result has as many frames as the shorter one. Both are of one type: reals;
   i64 (a quotient is rounded down; by 0 it is 0; no gradient); complex numbers
   (not max and min); bools (only max, which is or, and min, which is and).
   Scaling takes complex numbers, too. Where max and min compare equal
   values, each gets half of the gradient, as in PyTorch. */
typedef enum tb_binary {
    TB_ADD,
    TB_SUB,
    TB_MUL,
    TB_DIV,
    TB_MAX,
    TB_MIN,
    TB_BINARY_COUNT
} tb_binary;

typedef struct tb_binary_attr {
    tb_binary kind;
} tb_binary_attr;

/* The shape of two values together; with a third, that of all. False (and an
   error) if they do not fit. */
bool tb_broadcast(const tb_value *x, const tb_value *y, tb_shape *out);
bool tb_broadcast_to(const tb_value *y, tb_shape *out);

tb_value *tb_combine(tb_binary kind, tb_value *x, tb_value *y);

static inline tb_value *tb_add(tb_value *x, tb_value *y)
{
    return tb_combine(TB_ADD, x, y);
}

static inline tb_value *tb_sub(tb_value *x, tb_value *y)
{
    return tb_combine(TB_SUB, x, y);
}

static inline tb_value *tb_mul(tb_value *x, tb_value *y)
{
    return tb_combine(TB_MUL, x, y);
}

static inline tb_value *tb_div(tb_value *x, tb_value *y)
{
    return tb_combine(TB_DIV, x, y);
}

static inline tb_value *tb_scale(tb_value *x, double factor)
{
    return tb_map(x, TB_AFFINE, factor, 0);
}

/* ---- activations of several values ---- */

/* y = tanh(x0) * sigmoid(x1), where x0 and x1 are the first and second half of
   x along `axis` (not time): the gate of WaveNet (van den Oord et al. 2016, eq.
   2). */
tb_value *tb_gated(tb_value *x, int axis);

/* y = x + sin(a*x)^2 / (a + 1e-9) with alpha [ch] along `axis` of x (Ziyin et
   al. 2020, eq. 3). */
tb_value *tb_snake(tb_value *x, tb_value *alpha, int axis);

typedef struct tb_binary_grad_attr {
    tb_binary kind;
    int which; /* the operand whose gradient it is */
} tb_binary_grad_attr;

typedef struct tb_gated_attr {
    int axis;
} tb_gated_attr;

extern const tb_op tb_op_unary;
/* (x, dy) -> dy * f'(x); of f that tell their slope (x) is f(x) */
extern const tb_op tb_op_unary_grad;
extern const tb_op tb_op_binary;
extern const tb_op tb_op_binary_grad; /* (x, y, dz) -> before it is summed */
extern const tb_op tb_op_gated;
extern const tb_op tb_op_gated_grad; /* (x, dy) -> dx */

#endif
