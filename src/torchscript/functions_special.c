/* Functions of each element that others of them make up. */
#include "torchscript/functions.h"

#include "torchscript/series.h"

#include <math.h>

/* ---- the error function ---- */

/* By GELU's, x (1 + erf(x / sqrt 2)) / 2, and near 0 by its series (Abramowitz
   and Stegun 1964, 7.1.5). */
static tb_value *erf_of(tb_value *x)
{
    static const double series[] = {
        1.0 / 9360, -1.0 / 1320, 1.0 / 216, -1.0 / 42, 1.0 / 10, -1.0 / 3, 1};
    tb_value *z = tb_scale(x, sqrt(2));
    tb_value *far =
        tb_plus(tb_scale(tb_div(tb_map(z, TB_GELU, 0, 0), z), 2), -1);
    tb_value *near =
        tb_mul(tb_scale(x, 2 / sqrt(3.141592653589793)),
               tb_polynomial(tb_map(x, TB_SQUARE, 0, 0), 7, series));
    return tb_where(tb_is_below(tb_map(x, TB_ABS, 0, 0), 0.5), near, far);
}

/* Giles 2010, "Approximating the erfinv function", single precision. */
static tb_value *erfinv_of(tb_value *x)
{
    static const double middle[] = {
        2.81022636e-08,  3.43273939e-07, -3.5233877e-06,
        -4.39150654e-06, 0.00021858087,  -0.00125372503,
        -0.00417768164,  0.246640727,    1.50140941};
    static const double tail[] = {
        -0.000200214257, 0.000100950558, 0.00134934322,
        -0.00367342844,  0.00573950773,  -0.0076224613,
        0.00943887047,   1.00167406,     2.83297682};
    tb_value *w = tb_mul(tb_plus(tb_scale(x, -1), 1), tb_plus(x, 1));
    w = tb_scale(tb_map(w, TB_LOG, 0, 0), -1);
    tb_value *near = tb_polynomial(tb_plus(w, -2.5), 9, middle);
    tb_value *far =
        tb_polynomial(tb_plus(tb_map(w, TB_SQRT, 0, 0), -3), 9, tail);
    tb_value *y = tb_mul(x, tb_where(tb_is_below(w, 5), near, far));
    tb_value *edge =
        tb_compare(TB_EQ, tb_map(x, TB_ABS, 0, 0), tb_number_beside(x, 1));
    return tb_where(edge, tb_mul(x, tb_number_beside(x, HUGE_VAL)), y);
}

/* ---- hyperbolic and inverse ones ---- */

static tb_value *half_sum(tb_value *x, double sign)
{
    tb_value *up = tb_map(x, TB_EXP, 0, 0);
    tb_value *down = tb_map(tb_scale(x, -1), TB_EXP, 0, 0);
    return tb_scale(tb_add(up, tb_scale(down, sign)), 0.5);
}

/* (e^x - 1) = tanh(x/2) (e^x + 1), which loses nothing near 0. */
static tb_value *expm1_of(tb_value *x)
{
    return tb_mul(tb_map(tb_scale(x, 0.5), TB_TANH, 0, 0),
                  tb_plus(tb_map(x, TB_EXP, 0, 0), 1));
}

static tb_value *sinh_of(tb_value *x)
{
    tb_value *e = expm1_of(x); /* (e + e / (e + 1)) / 2 */
    return tb_scale(tb_add(e, tb_div(e, tb_plus(e, 1))), 0.5);
}

/* sign(x) log(|x| + sqrt(x^2 + 1)) */
static tb_value *asinh_of(tb_value *x)
{
    tb_value *size = tb_map(x, TB_ABS, 0, 0);
    tb_value *root =
        tb_map(tb_plus(tb_map(x, TB_SQUARE, 0, 0), 1), TB_SQRT, 0, 0);
    tb_value *more = tb_div(tb_map(x, TB_SQUARE, 0, 0), tb_plus(root, 1));
    return tb_mul(tb_map(x, TB_SIGN, 0, 0),
                  tb_map(tb_add(size, more), TB_LOG1P, 0, 0));
}

static tb_value *acosh_of(tb_value *x)
{
    tb_value *root =
        tb_map(tb_plus(tb_map(x, TB_SQUARE, 0, 0), -1), TB_SQRT, 0, 0);
    return tb_map(tb_add(x, root), TB_LOG, 0, 0);
}

static tb_value *atanh_of(tb_value *x)
{
    return tb_scale(tb_sub(tb_map(x, TB_LOG1P, 0, 0),
                           tb_map(tb_scale(x, -1), TB_LOG1P, 0, 0)),
                    0.5);
}

/* The angle of the point (x, y). */
static tb_value *angle_of(tb_value *y, tb_value *x)
{
    tb_shape shape;
    if (!tb_broadcast(x, y, &shape))
        return NULL;
    x = tb_has_shape(x, shape) ? x : tb_contiguous(tb_expand(x, shape));
    y = tb_has_shape(y, shape) ? y : tb_contiguous(tb_expand(y, shape));
    return x && y ? tb_angle(tb_complex(x, y)) : NULL;
}

static tb_value *legs_root(tb_value *x)
{
    return tb_map(tb_plus(tb_scale(tb_map(x, TB_SQUARE, 0, 0), -1), 1), TB_SQRT,
                  0, 0);
}

/* ---- activations ---- */

static tb_value *elu_of(tb_value *x, double a, double below, double times)
{
    tb_value *low = tb_scale(expm1_of(tb_scale(x, 1 / below)), a);
    return tb_scale(tb_where(tb_is_below(x, 0), low, x), times);
}

static tb_value *shrink(tb_value *x, double by, bool hard)
{
    tb_value *inner =
        tb_is_below(tb_map(x, TB_ABS, 0, 0), nextafterf((float)by, 1e9f));
    tb_value *outer =
        hard ? x : tb_sub(x, tb_scale(tb_map(x, TB_SIGN, 0, 0), by));
    return tb_where(inner, tb_number_beside(x, 0), outer);
}

typedef enum special {
    ERF,
    ERFC,
    ERFINV,
    EXP2,
    EXPM1,
    TAN,
    SINH,
    COSH,
    ASIN,
    ACOS,
    ATAN,
    ASINH,
    ACOSH,
    ATANH,
    SINC,
    DEG2RAD,
    RAD2DEG,
    SELU,
    CELU,
    HARDTANH,
    HARDSWISH,
    HARDSIGMOID,
    RELU6,
    SOFTSIGN,
    LOGSIGMOID,
    SOFTSHRINK,
    HARDSHRINK
} special;

static tb_value *activation(special kind, tb_value *x, double a, double b)
{
    tb_value *gate;
    switch (kind) {
    case SELU: /* Klambauer et al. 2017 */
        return elu_of(x, 1.6732632423543772, 1, 1.0507009873554805);
    case CELU:
        return elu_of(x, a, a, 1);
    case HARDTANH:
        return tb_map(x, TB_CLAMP, a, b);
    case RELU6:
        return tb_map(x, TB_CLAMP, 0, 6);
    case HARDSWISH:
    case HARDSIGMOID:
        gate = tb_scale(tb_map(tb_plus(x, 3), TB_CLAMP, 0, 6), 1.0 / 6);
        return kind == HARDSWISH ? tb_mul(x, gate) : gate;
    case SOFTSIGN:
        return tb_div(x, tb_plus(tb_map(x, TB_ABS, 0, 0), 1));
    case LOGSIGMOID:
        return tb_scale(tb_map(tb_scale(x, -1), TB_SOFTPLUS, 0, 0), -1);
    default:
        return shrink(x, a, kind == HARDSHRINK);
    }
}

/* sin(pi x) / (pi x) */
static tb_value *sinc_of(tb_value *x)
{
    tb_value *a = tb_scale(x, 3.141592653589793);
    return tb_where(tb_compare(TB_EQ, x, tb_number_beside(x, 0)),
                    tb_number_beside(x, 1), tb_div(tb_map(a, TB_SIN, 0, 0), a));
}

static tb_value *map(special kind, tb_value *x)
{
    switch (kind) {
    case ERF:
        return erf_of(x);
    case ERFC:
        return tb_plus(tb_scale(erf_of(x), -1), 1);
    case ERFINV:
        return erfinv_of(x);
    case EXP2:
        return tb_map(tb_scale(x, log(2)), TB_EXP, 0, 0);
    case EXPM1:
        return expm1_of(x);
    case TAN:
        return tb_div(tb_map(x, TB_SIN, 0, 0), tb_map(x, TB_COS, 0, 0));
    case SINH:
        return sinh_of(x);
    case COSH:
        return half_sum(x, 1);
    case ASIN:
        return angle_of(x, legs_root(x));
    case ACOS:
        return angle_of(legs_root(x), x);
    case ATAN:
        return angle_of(x, tb_number_beside(x, 1));
    case ASINH:
        return asinh_of(x);
    case ACOSH:
        return acosh_of(x);
    case ATANH:
        return atanh_of(x);
    case SINC:
        return sinc_of(x);
    case DEG2RAD:
        return tb_scale(x, 3.141592653589793 / 180);
    default:
        return tb_scale(x, 180 / 3.141592653589793);
    }
}

/* The real type in which a tensor is computed with. */
static tb_dtype real_type(tb_builtin_call *c)
{
    tb_dtype type =
        tb_is_tensor(c, 0) ? c->arg[0].tensor->dtype : TB_DTYPE_FLOAT32;
    return tb_dtype_is_real(type) ? type : TB_DTYPE_FLOAT32;
}

static bool of_number(tb_builtin_call *c, special kind, tb_script_value *out)
{
    static double (*const plain[])(double) = {
        [ERF] = erf,     [ERFC] = erfc,   [EXP2] = exp2,   [EXPM1] = expm1,
        [TAN] = tan,     [SINH] = sinh,   [COSH] = cosh,   [ASIN] = asin,
        [ACOS] = acos,   [ATAN] = atan,   [ASINH] = asinh, [ACOSH] = acosh,
        [ATANH] = atanh, [RAD2DEG] = NULL};
    double x = 0;
    if (kind > RAD2DEG || !plain[kind])
        return tb_refuse(c, "this is not done to numbers");
    if (!tb_arg_real(c, 0, &x))
        return false;
    *out = tb_script_float(plain[kind](x));
    return true;
}

static bool run_special(tb_builtin_call *c, tb_script_value *out)
{
    special kind = (special)c->function->kind;
    tb_dtype type = real_type(c);
    double a = kind == HARDTANH ? -1 : kind >= SOFTSHRINK ? 0.5 : 1, b = 1;
    if (!tb_is_tensor(c, 0))
        return of_number(c, kind, out);
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!tb_arg_real(c, 1, &a) || !tb_arg_real(c, 2, &b))
        return false;
    return tb_give(c, out, type,
                   !x            ? NULL
                   : kind < SELU ? map(kind, x)
                                 : activation(kind, x, a, b));
}

/* ---- of two and three ---- */

enum { ARC_TANGENT, HYPOTENUSE };

static bool two(tb_builtin_call *c, tb_script_value *out)
{
    tb_promotion p = {0};
    double a = 0, b = 0;
    bool arc = c->function->kind == ARC_TANGENT;
    if (!tb_is_tensor(c, 0) && !tb_is_tensor(c, 1)) {
        if (!tb_arg_real(c, 0, &a) || !tb_arg_real(c, 1, &b))
            return false;
        *out = tb_script_float(arc ? atan2(a, b) : hypot(a, b));
        return true;
    }
    tb_promotion_add(&p, &c->arg[0]);
    tb_promotion_add(&p, &c->arg[1]);
    tb_dtype type = tb_promotion_result(&p);
    type = tb_dtype_is_real(type) ? type : TB_DTYPE_FLOAT32;
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *y = tb_arg_value(c, 1, TB_DTYPE_FLOAT32);
    if (!x || !y)
        return tb_give(c, out, type, NULL);
    tb_value *squares =
        tb_add(tb_map(x, TB_SQUARE, 0, 0), tb_map(y, TB_SQUARE, 0, 0));
    return tb_give(c, out, type,
                   arc ? angle_of(x, y) : tb_map(squares, TB_SQRT, 0, 0));
}

enum { TIMES, OVER, BETWEEN };

/* x + value y z, x + value y / z, x + z (y - x). */
static bool three(tb_builtin_call *c, tb_script_value *out)
{
    double value = 1;
    tb_dtype type = real_type(c);
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *y = tb_arg_value(c, 1, TB_DTYPE_FLOAT32);
    tb_value *z = tb_arg_value(c, 2, TB_DTYPE_FLOAT32);
    if (!tb_arg_real(c, 3, &value))
        return false;
    tb_value *more = c->function->kind == TIMES ? tb_mul(y, z)
                     : c->function->kind == OVER
                         ? tb_div(y, z)
                         : tb_mul(z, x && y ? tb_sub(y, x) : NULL);
    return tb_give(c, out, type,
                   x && more ? tb_add(x, tb_scale(more, value)) : NULL);
}

/* The slope below 0 is that of each channel, axis 1. */
/* Whether all slopes are weights, which stay, of at most 1: then the larger of
   x and its product with the slope is what is asked for. */
static bool is_gentle(tb_builtin_call *c)
{
    double slopes[TB_MOST_LOOKED];
    tb_script_tensor *t = c->arg[1].tensor;
    int64_t n = tb_script_tensor_count(t);
    const tb_storage_use *use = tb_recording_use(c->r, t);
    if (n > TB_MOST_LOOKED || !use || !use->source || use->is_state ||
        !tb_recording_look(c->r, t, slopes))
        return false;
    while (n > 0 && slopes[n - 1] <= 1)
        n--;
    return n == 0;
}

static bool prelu(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *slope = tb_arg_value(c, 1, TB_DTYPE_FLOAT32);
    if (!x || !slope)
        return tb_give(c, out, TB_DTYPE_FLOAT32, NULL);
    tb_shape shape = {.rank = x->rank > 1 ? x->rank - 1 : 1};
    shape.dim[0] = slope->rank ? slope->dim[0] : 1;
    for (int i = 1; i < shape.rank; i++)
        shape.dim[i] = 1;
    tb_value *below = tb_mul(x, tb_reshape(slope, shape));
    return tb_give(c, out, TB_DTYPE_FLOAT32,
                   tb_is_tensor(c, 1) && is_gentle(c)
                       ? tb_combine(TB_MAX, x, below)
                       : tb_where(tb_is_below(x, 0), below, x));
}

static bool threshold(tb_builtin_call *c, tb_script_value *out)
{
    double bound = 0, value = 0;
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!tb_arg_real(c, 1, &bound) || !tb_arg_real(c, 2, &value))
        return false;
    return tb_give(
        c, out, real_type(c),
        x ? tb_where(tb_compare(TB_GT, x, tb_number_beside(x, bound)), x,
                     tb_number_beside(x, value))
          : NULL);
}

/* The first half of an axis through the sigmoid of the second. */
static bool glu(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    int axis = t->rank > 0 ? t->rank - 1 : 0;
    if (!tb_arg_axis(c, 1, t->rank, &axis))
        return false;
    if (t->rank == 0 || t->dim[axis] % 2)
        return tb_refuse(c, "the axis has no two halves");
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    int64_t n = t->dim[axis];
    tb_value *a = x ? tb_slice(x, axis, 0, n / 2, 1) : NULL;
    tb_value *b = x ? tb_slice(x, axis, n / 2, n, 1) : NULL;
    return tb_give(c, out, real_type(c),
                   a && b ? tb_mul(a, tb_map(b, TB_SIGMOID, 0, 0)) : NULL);
}

const tb_builtin tb_functions_special[] = {
    {"erf", "self", run_special, ERF},
    {"erfc", "self", run_special, ERFC},
    {"erfinv", "self", run_special, ERFINV},
    {"exp2", "self", run_special, EXP2},
    {"expm1", "self", run_special, EXPM1},
    {"tan", "self", run_special, TAN},
    {"sinh", "self", run_special, SINH},
    {"cosh", "self", run_special, COSH},
    {"asin", "self", run_special, ASIN},
    {"acos", "self", run_special, ACOS},
    {"atan", "self", run_special, ATAN},
    {"asinh", "self", run_special, ASINH},
    {"acosh", "self", run_special, ACOSH},
    {"atanh", "self", run_special, ATANH},
    {"sinc", "self", run_special, SINC},
    {"deg2rad", "self", run_special, DEG2RAD},
    {"rad2deg", "self", run_special, RAD2DEG},
    {"selu", "self", run_special, SELU},
    {"celu", "self alpha", run_special, CELU},
    {"hardtanh", "self min_val max_val", run_special, HARDTANH},
    {"hardswish", "self", run_special, HARDSWISH},
    {"hardsigmoid", "self", run_special, HARDSIGMOID},
    {"relu6", "self", run_special, RELU6},
    {"softsign", "self", run_special, SOFTSIGN},
    {"log_sigmoid", "self", run_special, LOGSIGMOID},
    {"softshrink", "self lambd", run_special, SOFTSHRINK},
    {"hardshrink", "self lambd", run_special, HARDSHRINK},
    {"atan2", "self other", two, ARC_TANGENT},
    {"arctan2", "self other", two, ARC_TANGENT},
    {"hypot", "self other", two, HYPOTENUSE},
    {"addcmul", "self tensor1 tensor2 value", three, TIMES},
    {"addcdiv", "self tensor1 tensor2 value", three, OVER},
    {"lerp", "self end weight", three, BETWEEN},
    {"prelu", "self weight", prelu, 0},
    {"threshold", "self threshold value", threshold, 0},
    {"glu", "self dim", glu, 0},
    {NULL, NULL, NULL, 0},
};
