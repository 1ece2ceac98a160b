/* What treats each element alone; on numbers without tensors it is done at
   once. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <math.h>
#include <string.h>

/* ---- one operand ---- */

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

static double number_unary(unary kind, double x)
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

static bool on_number(tb_builtin_call *c, unary kind, tb_script_value *out)
{
    const tb_script_value *x = &c->arg[0];
    if (!tb_script_is_number(x))
        return tb_refuse(c, "its argument is %s", tb_script_kind_name(x->kind));
    double y = number_unary(kind, tb_script_number(x));
    bool whole = kind == FLOOR || kind == CEIL ||
                 ((kind == NEG || kind == ABS) && x->kind != TB_SCRIPT_FLOAT);
    if (isnan(y) && !isnan(tb_script_number(x)) && kind != LOG && kind != SQRT)
        return tb_refuse(c, "this is not done to numbers");
    if (whole && !(fabs(y) < 9e18))
        return tb_refuse(c, "the number is too large");
    *out = whole ? tb_script_int((int64_t)y) : tb_script_float(y);
    return true;
}

static tb_value *ceil_of(tb_value *x)
{
    return tb_scale(tb_map(tb_scale(x, -1), TB_FLOOR, 0, 0), -1);
}

static tb_value *trunc_of(tb_value *x)
{
    return tb_mul(tb_map(x, TB_SIGN, 0, 0),
                  tb_map(tb_map(x, TB_ABS, 0, 0), TB_FLOOR, 0, 0));
}

static tb_value *map(tb_builtin_call *c, unary kind, tb_value *x)
{
    static const tb_unary direct[] = {
        [RELU] = TB_RELU,   [TANH] = TB_TANH,   [SIGMOID] = TB_SIGMOID,
        [MISH] = TB_MISH,   [SILU] = TB_SILU,   [EXP] = TB_EXP,
        [LOG] = TB_LOG,     [LOG1P] = TB_LOG1P, [SQRT] = TB_SQRT,
        [SIN] = TB_SIN,     [COS] = TB_COS,     [SQUARE] = TB_SQUARE,
        [ABS] = TB_ABS,     [SIGN] = TB_SIGN,   [FLOOR] = TB_FLOOR,
        [ROUND] = TB_ROUND,
    };
    double a = kind == LEAKY_RELU ? 0.01 : 1, b = 20;
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
    case SOFTPLUS: /* above the threshold torch gives x itself: equal in float
                    */
        if (!tb_arg_real(c, 1, &a) || !tb_arg_real(c, 2, &b))
            return NULL;
        return tb_scale(tb_map(tb_scale(x, a), TB_SOFTPLUS, 0, 0), 1 / a);
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
        return trunc_of(x);
    case FRAC:
        return tb_sub(x, trunc_of(x));
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

static tb_value *map_complex(unary kind, tb_value *x)
{
    switch (kind) {
    case ABS:
        return tb_magnitude(x);
    case NEG:
        return tb_scale(x, -1);
    case EXP:
        return tb_complex_exp(x);
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

/* ---- two operands ---- */

typedef enum binary {
    ADD,
    SUB,
    RSUB,
    MUL,
    DIV,
    FLOOR_DIV,
    REMAINDER,
    FMOD,
    POW,
    MAXIMUM,
    MINIMUM,
    ATAN2
} binary;

static int64_t whole_floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}

static bool on_whole_numbers(tb_builtin_call *c, binary kind, int64_t a,
                             int64_t b, tb_script_value *out)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    if ((kind == FLOOR_DIV || kind == REMAINDER || kind == FMOD) &&
        (b == 0 || (b == -1 && a == INT64_MIN)))
        return tb_refuse(c, "a division by 0");
    switch (kind) {
    case ADD:
        return tb_give_int(out, (int64_t)(x + y));
    case SUB:
        return tb_give_int(out, (int64_t)(x - y));
    case RSUB:
        return tb_give_int(out, (int64_t)(y - x));
    case MUL:
        return tb_give_int(out, (int64_t)(x * y));
    case FLOOR_DIV:
        return tb_give_int(out, whole_floor_div(a, b));
    case REMAINDER:
        return tb_give_int(out, a - b * whole_floor_div(a, b));
    case FMOD:
        return tb_give_int(out, a % b);
    case MAXIMUM:
        return tb_give_int(out, a > b ? a : b);
    case MINIMUM:
        return tb_give_int(out, a < b ? a : b);
    default:
        *out = tb_script_float(kind == DIV ? (double)a / (double)b
                                           : pow((double)a, (double)b));
        return true;
    }
}

static double on_reals(binary kind, double a, double b)
{
    switch (kind) {
    case ADD:
        return a + b;
    case SUB:
        return a - b;
    case RSUB:
        return b - a;
    case MUL:
        return a * b;
    case DIV:
        return a / b;
    case FLOOR_DIV:
        return floor(a / b);
    case REMAINDER:
        return a - b * floor(a / b);
    case FMOD:
        return fmod(a, b);
    case POW:
        return pow(a, b);
    case MAXIMUM:
        return a > b ? a : b;
    case MINIMUM:
        return a < b ? a : b;
    default:
        return atan2(a, b);
    }
}

/* Texts and lists are put behind each other. */
static bool join(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_value *a = &c->arg[0], *b = &c->arg[1];
    const tb_script_items *from = NULL;
    if (a->kind == TB_SCRIPT_STRING) {
        *out = tb_script_string(
            tb_arena_printf(c->r->arena, "%s%s", a->string, b->string));
        return out->string != NULL;
    }
    tb_script_list *list = tb_new_list(c->r);
    for (int i = 0; list && i < 2; i++) {
        if (!tb_arg_list(c, i, &from))
            return false;
        for (int k = 0; k < from->count; k++)
            if (!tb_items_append(c->r, &list->items, from->at[k]))
                return false;
    }
    *out = (tb_script_value){.kind = a->kind, .list = list};
    return list != NULL;
}

static bool repeat_list(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *from = NULL;
    int64_t times = 0;
    if (!tb_arg_list(c, 0, &from) || !tb_arg_int(c, 1, &times))
        return false;
    if (times > 0 && from->count > 0 && times > (1 << 20) / from->count)
        return tb_refuse(c, "the list is too long");
    tb_script_list *list = tb_new_list(c->r);
    for (int64_t n = 0; list && n < times; n++)
        for (int k = 0; k < from->count; k++)
            if (!tb_items_append(c->r, &list->items, from->at[k]))
                return false;
    *out = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
    return list != NULL;
}

static bool on_plain(tb_builtin_call *c, binary kind, tb_script_value *out)
{
    const tb_script_value *a = &c->arg[0], *b = &c->arg[1];
    bool sequence = a->kind == TB_SCRIPT_LIST || a->kind == TB_SCRIPT_TUPLE;
    if (kind == ADD && a->kind == b->kind &&
        (sequence || a->kind == TB_SCRIPT_STRING))
        return join(c, out);
    if (kind == MUL && sequence)
        return repeat_list(c, out);
    if (!tb_script_is_number(a) || !tb_script_is_number(b))
        return tb_refuse(c, "it does not take %s and %s",
                         tb_script_kind_name(a->kind),
                         tb_script_kind_name(b->kind));
    if (a->kind == TB_SCRIPT_INT && b->kind == TB_SCRIPT_INT)
        return on_whole_numbers(c, kind, a->integer, b->integer, out);
    *out = tb_script_float(
        on_reals(kind, tb_script_number(a), tb_script_number(b)));
    return true;
}

/* ---- tensors ---- */

static tb_value *floor_div_of(tb_value *x, tb_value *y)
{
    if (!x || x->type == TB_I64)
        return tb_div(x, y); /* the engine's quotient is rounded down */
    return tb_map(tb_div(x, y), TB_FLOOR, 0, 0);
}

static tb_value *trunc_div_of(tb_value *x, tb_value *y)
{
    if (x && x->type == TB_I64)
        return tb_cast(
            trunc_of(tb_div(tb_cast(x, TB_REAL), tb_cast(y, TB_REAL))), TB_I64);
    tb_value *q = tb_div(x, y);
    return q ? trunc_of(q) : NULL;
}

/* x^y = exp(y log|x|), signs aside: for exponents that are tensors. */
static tb_value *power_of(tb_value *x, tb_value *y)
{
    if (!x || !y)
        return NULL;
    tb_value *size = tb_map(x, TB_ABS, 0, 0);
    tb_value *log = tb_map(size, TB_LOG, 0, 0);
    return tb_map(tb_mul(y, log), TB_EXP, 0, 0);
}

static tb_value *combine(binary kind, tb_value *x, tb_value *y)
{
    switch (kind) {
    case ADD:
        return x && x->type == TB_BOOL ? tb_or(x, y) : tb_add(x, y);
    case SUB:
        return tb_sub(x, y);
    case RSUB:
        return tb_sub(y, x);
    case MUL:
        return x && x->type == TB_BOOL ? tb_and(x, y) : tb_mul(x, y);
    case DIV:
        return tb_div(x, y);
    case FLOOR_DIV:
        return floor_div_of(x, y);
    case REMAINDER:
        return tb_sub(x, tb_mul(y, floor_div_of(x, y)));
    case FMOD:
        return tb_sub(x, tb_mul(y, trunc_div_of(x, y)));
    case POW:
        return power_of(x, y);
    case MAXIMUM:
        return tb_combine(TB_MAX, x, y);
    case MINIMUM:
        return tb_combine(TB_MIN, x, y);
    default:
        return x ? tb_graph_fail(x->graph, "not of tensors") : NULL;
    }
}

static tb_dtype result_type(tb_builtin_call *c, int count)
{
    tb_promotion p = {0};
    for (int i = 0; i < count; i++)
        tb_promotion_add(&p, &c->arg[i]);
    return tb_promotion_result(&p);
}

static bool is_tensor_call(tb_builtin_call *c, int count)
{
    bool any = false;
    for (int i = 0; i < count; i++)
        any |= tb_is_tensor(c, i);
    return any;
}

/* A division says how it rounds; the others may scale what they add. */
static bool adjust(tb_builtin_call *c, binary *kind, tb_dtype *type,
                   tb_value **y)
{
    double alpha = 1;
    const char *rounding = "";
    if (*kind == ADD || *kind == SUB || *kind == RSUB) {
        if (!tb_arg_real(c, 2, &alpha))
            return false;
        if (alpha != 1)
            *y = tb_mul(*y, tb_fill_type(c->r->graph, tb_dtype_type(*type),
                                         (tb_shape){0}, alpha));
        return true;
    }
    if (*kind != DIV)
        return true;
    if (tb_has(c, 2) && !tb_arg_string(c, 2, &rounding))
        return false;
    if (strcmp(rounding, "floor") == 0)
        *kind = FLOOR_DIV;
    return true;
}

static bool is_trunc(const tb_builtin_call *c)
{
    return c->function->kind == DIV && c->arg[2].kind == TB_SCRIPT_STRING &&
           strcmp(c->arg[2].string, "trunc") == 0;
}

static bool run_power(tb_builtin_call *c, tb_script_value *out)
{
    tb_dtype type = result_type(c, 2);
    double exponent = 0;
    if (!tb_script_is_number(&c->arg[1])) {
        tb_dtype as = tb_dtype_is_real(type) ? type : TB_DTYPE_FLOAT32;
        return tb_give(c, out, type,
                       tb_value_as(power_of(tb_arg_value(c, 0, as),
                                            tb_arg_value(c, 1, as)),
                                   type));
    }
    exponent = tb_script_number(&c->arg[1]);
    tb_dtype as = tb_dtype_is_real(type) ? type : TB_DTYPE_FLOAT32;
    tb_value *x = tb_arg_value(c, 0, as);
    tb_value *y = exponent == 2 ? tb_map(x, TB_SQUARE, 0, 0)
                                : tb_map(x, TB_POW, exponent, 0);
    return tb_give(c, out, type, x ? tb_value_as(y, type) : NULL);
}

static bool run_binary(tb_builtin_call *c, tb_script_value *out)
{
    binary kind = (binary)c->function->kind;
    if (!is_tensor_call(c, 2))
        return on_plain(c, kind, out);
    if (kind == POW)
        return run_power(c, out);
    tb_dtype type = result_type(c, 2);
    bool divides = kind == DIV && !tb_has(c, 2);
    if (divides && tb_dtype_type(type) != TB_C64 && !tb_dtype_is_real(type))
        type = TB_DTYPE_FLOAT32;
    tb_value *x = tb_arg_value(c, 0, type), *y = tb_arg_value(c, 1, type);
    if (!x || !y)
        return tb_give(c, out, type, NULL);
    if (!adjust(c, &kind, &type, &y))
        return false;
    return tb_give(c, out, type,
                   is_trunc(c) ? trunc_div_of(x, y) : combine(kind, x, y));
}

/* ---- comparisons ---- */

static bool compare_plain(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_value *a = &c->arg[0], *b = &c->arg[1];
    tb_comparison kind = (tb_comparison)c->function->kind;
    if (kind == TB_EQ || kind == TB_NE)
        return tb_give_bool(out, tb_script_equal(a, b) == (kind == TB_EQ));
    if (!tb_script_is_number(a) || !tb_script_is_number(b))
        return tb_refuse(c, "it does not take %s and %s",
                         tb_script_kind_name(a->kind),
                         tb_script_kind_name(b->kind));
    double x = tb_script_number(a), y = tb_script_number(b);
    return tb_give_bool(out, kind == TB_LT   ? x < y
                             : kind == TB_LE ? x <= y
                             : kind == TB_GT ? x > y
                                             : x >= y);
}

static bool run_compare(tb_builtin_call *c, tb_script_value *out)
{
    if (!is_tensor_call(c, 2))
        return compare_plain(c, out);
    tb_dtype type = result_type(c, 2);
    if (type == TB_DTYPE_BOOL)
        type = TB_DTYPE_INT64;
    tb_value *x = tb_arg_value(c, 0, type), *y = tb_arg_value(c, 1, type);
    return tb_give(c, out, TB_DTYPE_BOOL,
                   x && y ? tb_compare((tb_comparison)c->function->kind, x, y)
                          : NULL);
}

typedef enum logic { AND, OR, XOR } logic;

/* Of truth values; integers that are not truth values have no bits here. */
static bool run_logic(tb_builtin_call *c, tb_script_value *out)
{
    logic kind = (logic)c->function->kind;
    bool a = false, b = false;
    if (!is_tensor_call(c, 2)) {
        if (!tb_arg_bool(c, 0, &a) || !tb_arg_bool(c, 1, &b))
            return false;
        return tb_give_bool(out, kind == AND  ? a && b
                                 : kind == OR ? a || b
                                              : a != b);
    }
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_BOOL);
    tb_value *y = tb_arg_value(c, 1, TB_DTYPE_BOOL);
    if (!x || !y)
        return tb_give(c, out, TB_DTYPE_BOOL, NULL);
    tb_value *both = tb_and(x, y), *any = tb_or(x, y);
    return tb_give(c, out, TB_DTYPE_BOOL,
                   kind == AND  ? both
                   : kind == OR ? any
                                : tb_and(any, tb_not(both)));
}

static bool run_not(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_BOOL);
    return tb_give(c, out, TB_DTYPE_BOOL, x ? tb_not(x) : NULL);
}

/* ---- three operands ---- */

static bool run_clamp(tb_builtin_call *c, tb_script_value *out)
{
    double low = -HUGE_VAL, high = HUGE_VAL;
    bool at_least = strncmp(c->function->name, "clamp_max", 9) != 0;
    if (!tb_arg_real(c, 1, at_least ? &low : &high) ||
        !tb_arg_real(c, 2, &high))
        return false;
    tb_dtype type = c->arg[0].kind == TB_SCRIPT_TENSOR ? c->arg[0].tensor->dtype
                                                       : TB_DTYPE_FLOAT32;
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    return tb_give(c, out, type,
                   x ? tb_value_as(tb_map(x, TB_CLAMP, low, high), type)
                     : NULL);
}

static bool run_where(tb_builtin_call *c, tb_script_value *out)
{
    tb_promotion p = {0};
    tb_promotion_add(&p, &c->arg[1]);
    tb_promotion_add(&p, &c->arg[2]);
    tb_dtype type = tb_promotion_result(&p);
    tb_value *condition = tb_arg_value(c, 0, TB_DTYPE_BOOL);
    tb_value *x = tb_arg_value(c, 1, type), *y = tb_arg_value(c, 2, type);
    return tb_give(c, out, type,
                   condition && x && y ? tb_where(condition, x, y) : NULL);
}

static bool run_is_nan(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    return tb_give(c, out, TB_DTYPE_BOOL, x ? tb_compare(TB_NE, x, x) : NULL);
}

const tb_builtin tb_functions_pointwise[] = {
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
    {"round", "self", run_unary, ROUND},
    {"trunc", "self", run_unary, TRUNC},
    {"frac", "self", run_unary, FRAC},
    {"add", "self other alpha", run_binary, ADD},
    {"sub", "self other alpha", run_binary, SUB},
    {"rsub", "self other alpha", run_binary, RSUB},
    {"mul", "self other", run_binary, MUL},
    {"multiply", "self other", run_binary, MUL},
    {"div", "self other rounding_mode", run_binary, DIV},
    {"divide", "self other rounding_mode", run_binary, DIV},
    {"true_divide", "self other", run_binary, DIV},
    {"floordiv", "self other", run_binary, FLOOR_DIV},
    {"floor_divide", "self other", run_binary, FLOOR_DIV},
    {"remainder", "self other", run_binary, REMAINDER},
    {"fmod", "self other", run_binary, FMOD},
    {"pow", "self exponent", run_binary, POW},
    {"maximum", "self other", run_binary, MAXIMUM},
    {"minimum", "self other", run_binary, MINIMUM},
    {"atan2", "self other", run_binary, ATAN2},
    {"eq", "self other", run_compare, TB_EQ},
    {"ne", "self other", run_compare, TB_NE},
    {"lt", "self other", run_compare, TB_LT},
    {"le", "self other", run_compare, TB_LE},
    {"gt", "self other", run_compare, TB_GT},
    {"ge", "self other", run_compare, TB_GE},
    {"__and__", "self other", run_logic, AND},
    {"__or__", "self other", run_logic, OR},
    {"__xor__", "self other", run_logic, XOR},
    {"logical_and", "self other", run_logic, AND},
    {"logical_or", "self other", run_logic, OR},
    {"logical_xor", "self other", run_logic, XOR},
    {"logical_not", "self", run_not, 0},
    {"bitwise_not", "self", run_not, 0},
    {"clamp", "self min max", run_clamp, 0},
    {"clamp_min", "self min", run_clamp, 0},
    {"clamp_max", "self max", run_clamp, 0},
    {"where", "condition self other", run_where, 0},
    {"isnan", "self", run_is_nan, 0},
    {NULL, NULL, NULL, 0},
};
