/* What treats each element alone; on numbers without tensors it is done at
   once. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <math.h>
#include <string.h>

typedef enum unary {
    RELU,
    LEAKY_RELU,
    TANH,
    SIGMOID,
    MISH,
    GELU,
    SILU,
    SOFTPLUS,
    ELU,
    EXP,
    LOG,
    LOG2,
    LOG10,
    LOG1P,
    SQRT,
    RSQRT,
    SIN,
    COS,
    RECIPROCAL,
    SQUARE,
    ABS,
    NEG,
    SIGN,
    FLOOR,
    CEIL,
    ROUND,
    TRUNC,
    FRAC
} unary;

static TB_REALTIME double number_unary(unary kind, double x)
{
    switch (kind) {
    case TANH:
        return tanh(x);
    case SIGMOID:
        return 1 / (1 + exp(-x));
    case EXP:
        return exp(x);
    case LOG:
        return log(x);
    case LOG2:
        return log2(x);
    case LOG10:
        return log10(x);
    case LOG1P:
        return log1p(x);
    case SQRT:
        return sqrt(x);
    case SIN:
        return sin(x);
    case COS:
        return cos(x);
    case ABS:
        return fabs(x);
    case NEG:
        return -x;
    case FLOOR:
        return floor(x);
    case CEIL:
        return ceil(x);
    case ROUND:
        return nearbyint(x);
    case TRUNC:
        return trunc(x);
    default:
        return NAN;
    }
}

bool tb_map_number(int row, const tb_script_value *x, tb_script_value *out)
{
    unary kind = (unary)row;
    double y = number_unary(kind, tb_script_number(x));
    bool whole = kind == FLOOR || kind == CEIL ||
                 ((kind == NEG || kind == ABS) && x->kind != TB_SCRIPT_FLOAT);
    if ((isnan(y) && !isnan(tb_script_number(x)) && kind != LOG &&
         kind != SQRT) ||
        (whole && !(fabs(y) < 9e18)))
        return false;
    *out = whole ? tb_script_int((int64_t)y) : tb_script_float(y);
    return true;
}

static bool on_number(tb_builtin_call *c, unary kind, tb_script_value *out)
{
    const tb_script_value *x = &c->arg[0];
    if (!tb_script_is_number(x))
        return tb_refuse(c, "its argument is %s", tb_script_kind_name(x->kind));
    return tb_map_number(kind, x, out) ||
           tb_refuse(c, "this is not done to the number %g",
                     tb_script_number(x));
}

static tb_value *ceil_of(tb_value *x)
{
    return tb_scale(tb_map(tb_scale(x, -1), TB_FLOOR, 0, 0), -1);
}

tb_value *tb_truncate(tb_value *x)
{
    return tb_mul(tb_map(x, TB_SIGN, 0, 0),
                  tb_map(tb_map(x, TB_ABS, 0, 0), TB_FLOOR, 0, 0));
}

/* log(1 + e^(beta x)) / beta, and x itself above the threshold: of the usual
   one that is equal in float. */
static tb_value *softplus_of(tb_value *x, double beta, double threshold)
{
    tb_value *y =
        tb_scale(tb_map(tb_scale(x, beta), TB_SOFTPLUS, 0, 0), 1 / beta);
    if (threshold >= 20)
        return y;
    tb_value *bound = tb_fill(x->graph, (tb_shape){0}, threshold / beta);
    return tb_where(tb_compare(TB_GT, x, bound), x, y);
}

static tb_value *map(tb_builtin_call *c, unary kind, tb_value *x)
{
    static const tb_unary direct[] = {
        [RELU] = TB_RELU, [TANH] = TB_TANH,   [SIGMOID] = TB_SIGMOID,
        [MISH] = TB_MISH, [SILU] = TB_SILU,   [EXP] = TB_EXP,
        [LOG] = TB_LOG,   [LOG1P] = TB_LOG1P, [SQRT] = TB_SQRT,
        [SIN] = TB_SIN,   [COS] = TB_COS,     [SQUARE] = TB_SQUARE,
        [ABS] = TB_ABS,   [SIGN] = TB_SIGN,   [FLOOR] = TB_FLOOR,
    };
    double a = kind == LEAKY_RELU ? 0.01 : 1, b = 20, places = 0;
    const char *how = "none";
    switch (kind) {
    case LEAKY_RELU:
        return tb_arg_real(c, 1, &a) ? tb_map(x, TB_LEAKY_RELU, a, 0) : NULL;
    case ELU:
        return tb_arg_real(c, 1, &a) ? tb_map(x, TB_ELU, a, 0) : NULL;
    case GELU:
        if (tb_has(c, 1) && !tb_arg_string(c, 1, &how))
            return NULL;
        return tb_map(x, strcmp(how, "tanh") == 0 ? TB_GELU_TANH : TB_GELU, 0,
                      0);
    case SOFTPLUS:
        if (!tb_arg_real(c, 1, &a) || !tb_arg_real(c, 2, &b))
            return NULL;
        return softplus_of(x, a, b);
    case LOG2:
        return tb_scale(tb_map(x, TB_LOG, 0, 0), 1 / log(2));
    case LOG10:
        return tb_scale(tb_map(x, TB_LOG, 0, 0), 1 / log(10));
    case RSQRT:
        return tb_map(x, TB_POW, -0.5, 0);
    case RECIPROCAL:
        return tb_div(tb_fill(x->graph, (tb_shape){0}, 1), x);
    case NEG:
        return tb_scale(x, -1);
    case CEIL:
        return ceil_of(x);
    case TRUNC:
        return tb_truncate(x);
    case FRAC:
        return tb_sub(x, tb_truncate(x));
    case ROUND:
        if (!tb_arg_real(c, 1, &places))
            return NULL;
        x = places == 0 ? x : tb_scale(x, pow(10, places));
        return tb_scale(tb_map(x, TB_ROUND, 0, 0), pow(10, -places));
    default:
        return tb_map(x, direct[kind], 0, 0);
    }
}

/* Those that keep integers what they are. */
static bool keeps_whole(unary kind)
{
    return kind == RELU || kind == SQUARE || (kind >= ABS && kind <= FRAC);
}

static tb_value *map_whole(tb_builtin_call *c, unary kind, tb_value *x)
{
    tb_value *zero = tb_fill_type(c->r->graph, TB_I64, (tb_shape){0}, 0);
    switch (kind) {
    case NEG:
        return tb_sub(zero, x);
    case ABS:
        return tb_combine(TB_MAX, x, tb_sub(zero, x));
    case RELU:
        return tb_combine(TB_MAX, x, zero);
    case SQUARE:
        return tb_mul(x, x);
    case SIGN:
        return tb_sub(tb_cast(tb_compare(TB_GT, x, zero), TB_I64),
                      tb_cast(tb_compare(TB_LT, x, zero), TB_I64));
    default:
        return x;
    }
}

/* sin(a + ib) = sin a cosh b + i cos a sinh b; the cosine is the sine of what
   is a quarter of a turn ahead. */
static tb_value *complex_sine(tb_value *z, bool ahead)
{
    tb_value *a = tb_real_part(z), *b = tb_imag_part(z);
    tb_value *sine = tb_map(a, TB_SIN, 0, 0), *cosine = tb_map(a, TB_COS, 0, 0);
    tb_value *up = tb_map(b, TB_EXP, 0, 0);
    tb_value *down = tb_map(tb_scale(b, -1), TB_EXP, 0, 0);
    tb_value *cosh_b = tb_scale(tb_add(up, down), 0.5);
    tb_value *sinh_b = tb_scale(tb_sub(up, down), 0.5);
    return ahead ? tb_complex(tb_mul(cosine, cosh_b),
                              tb_scale(tb_mul(sine, sinh_b), -1))
                 : tb_complex(tb_mul(sine, cosh_b), tb_mul(cosine, sinh_b));
}

static tb_value *map_complex(unary kind, tb_value *x)
{
    switch (kind) {
    case ABS:
        return tb_magnitude(x);
    case NEG:
        return tb_scale(x, -1);
    case EXP:
        return tb_complex_exp(x);
    case LOG:
        return tb_complex(tb_map(tb_magnitude(x), TB_LOG, 0, 0), tb_angle(x));
    case SQRT:
        return tb_polar(tb_map(tb_magnitude(x), TB_SQRT, 0, 0),
                        tb_scale(tb_angle(x), 0.5));
    case SIN:
    case COS:
        return complex_sine(x, kind == COS);
    case SQUARE:
        return tb_mul(x, x);
    case RECIPROCAL:
        return tb_div(tb_fill_type(x->graph, TB_C64, (tb_shape){0}, 1), x);
    default:
        return tb_graph_fail(x->graph, "not of complex numbers");
    }
}

static bool run_unary(tb_builtin_call *c, tb_script_value *out)
{
    unary kind = (unary)c->function->kind;
    if (!tb_is_tensor(c, 0))
        return on_number(c, kind, out);
    tb_dtype type = c->arg[0].tensor->dtype;
    bool whole = tb_dtype_is_whole(type) && keeps_whole(kind);
    if (!whole && tb_dtype_type(type) != TB_C64 && !tb_dtype_is_real(type))
        type = TB_DTYPE_FLOAT32;
    tb_value *x = tb_arg_value(c, 0, type);
    if (!x)
        return tb_give(c, out, type, NULL);
    if (x->type == TB_C64) {
        tb_value *y = map_complex(kind, x);
        return tb_give(c, out, kind == ABS ? TB_DTYPE_FLOAT32 : type, y);
    }
    return tb_give(c, out, type,
                   whole ? map_whole(c, kind, x) : map(c, kind, x));
}

bool tb_maps_numbers(const tb_builtin *function)
{
    return function->run == run_unary;
}

const tb_builtin tb_functions_unary[] = {
    {"relu", "self", run_unary, RELU},
    {"leaky_relu", "self negative_slope", run_unary, LEAKY_RELU},
    {"tanh", "self", run_unary, TANH},
    {"sigmoid", "self", run_unary, SIGMOID},
    {"mish", "self", run_unary, MISH},
    {"gelu", "self approximate", run_unary, GELU},
    {"silu", "self", run_unary, SILU},
    {"softplus", "self beta threshold", run_unary, SOFTPLUS},
    {"elu", "self alpha scale input_scale", run_unary, ELU},
    {"exp", "self", run_unary, EXP},
    {"log", "self", run_unary, LOG},
    {"log2", "self", run_unary, LOG2},
    {"log10", "self", run_unary, LOG10},
    {"log1p", "self", run_unary, LOG1P},
    {"sqrt", "self", run_unary, SQRT},
    {"rsqrt", "self", run_unary, RSQRT},
    {"sin", "self", run_unary, SIN},
    {"cos", "self", run_unary, COS},
    {"reciprocal", "self", run_unary, RECIPROCAL},
    {"square", "self", run_unary, SQUARE},
    {"abs", "self", run_unary, ABS},
    {"neg", "self", run_unary, NEG},
    {"sign", "self", run_unary, SIGN},
    {"floor", "self", run_unary, FLOOR},
    {"ceil", "self", run_unary, CEIL},
    {"round", "self decimals", run_unary, ROUND},
    {"trunc", "self", run_unary, TRUNC},
    {"frac", "self", run_unary, FRAC},
    {NULL, NULL, NULL, 0},
};
