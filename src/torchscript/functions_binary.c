/* Arithmetic of two operands: tensors, numbers, and what of it lists and texts
   have. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <math.h>
#include <string.h>

static TB_REALTIME int64_t whole_floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}

static TB_REALTIME tb_script_value on_whole_numbers(tb_number_operation kind,
                                                    int64_t a, int64_t b)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    switch (kind) {
    case TB_NUMBER_ADD:
        return tb_script_int((int64_t)(x + y));
    case TB_NUMBER_SUB:
        return tb_script_int((int64_t)(x - y));
    case TB_NUMBER_RSUB:
        return tb_script_int((int64_t)(y - x));
    case TB_NUMBER_MUL:
        return tb_script_int((int64_t)(x * y));
    case TB_NUMBER_FLOOR_DIV:
        return tb_script_int(whole_floor_div(a, b));
    case TB_NUMBER_REMAINDER:
        return tb_script_int(a - b * whole_floor_div(a, b));
    case TB_NUMBER_FMOD:
        return tb_script_int(a % b);
    case TB_NUMBER_MAXIMUM:
        return tb_script_int(a > b ? a : b);
    case TB_NUMBER_MINIMUM:
        return tb_script_int(a < b ? a : b);
    default:
        return tb_script_float(kind == TB_NUMBER_DIV
                                   ? (double)a / (double)b
                                   : pow((double)a, (double)b));
    }
}

/* With the sign of the divisor, as in Python. */
static TB_REALTIME double real_remainder(double a, double b)
{
    double rest = fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static TB_REALTIME double on_reals(tb_number_operation kind, double a, double b)
{
    switch (kind) {
    case TB_NUMBER_ADD:
        return a + b;
    case TB_NUMBER_SUB:
        return a - b;
    case TB_NUMBER_RSUB:
        return b - a;
    case TB_NUMBER_MUL:
        return a * b;
    case TB_NUMBER_DIV:
        return a / b;
    case TB_NUMBER_FLOOR_DIV:
        return floor(a / b);
    case TB_NUMBER_REMAINDER:
        return real_remainder(a, b);
    case TB_NUMBER_FMOD:
        return fmod(a, b);
    case TB_NUMBER_POW:
        return pow(a, b);
    case TB_NUMBER_MAXIMUM:
        return a > b ? a : b;
    default:
        return a < b ? a : b;
    }
}

bool tb_combine_numbers(tb_number_operation kind, const tb_script_value *a,
                        const tb_script_value *b, tb_script_value *out)
{
    if (a->kind != TB_SCRIPT_INT || b->kind != TB_SCRIPT_INT) {
        *out = tb_script_float(
            on_reals(kind, tb_script_number(a), tb_script_number(b)));
        return true;
    }
    bool divides = kind == TB_NUMBER_FLOOR_DIV || kind == TB_NUMBER_REMAINDER ||
                   kind == TB_NUMBER_FMOD;
    if (divides &&
        (b->integer == 0 || (b->integer == -1 && a->integer == INT64_MIN)))
        return false;
    *out = on_whole_numbers(kind, a->integer, b->integer);
    return true;
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

static bool on_plain(tb_builtin_call *c, tb_number_operation kind,
                     tb_script_value *out)
{
    const tb_script_value *a = &c->arg[0], *b = &c->arg[1];
    bool sequence = a->kind == TB_SCRIPT_LIST || a->kind == TB_SCRIPT_TUPLE;
    if (kind == TB_NUMBER_ADD && a->kind == b->kind &&
        (sequence || a->kind == TB_SCRIPT_STRING))
        return join(c, out);
    if (kind == TB_NUMBER_MUL && sequence)
        return repeat_list(c, out);
    if (kind == TB_NUMBER_REMAINDER && a->kind == TB_SCRIPT_STRING) {
        c->function = tb_builtin_named("percentFormat");
        return c->function->run(c, out);
    }
    if (!tb_script_is_number(a) || !tb_script_is_number(b))
        return tb_refuse(c, "it does not take %s and %s",
                         tb_script_kind_name(a->kind),
                         tb_script_kind_name(b->kind));
    return tb_combine_numbers(kind, a, b, out) ||
           tb_refuse(c, "a division by 0");
}

/* ---- tensors ---- */

static tb_value *floor_div_of(tb_value *x, tb_value *y)
{
    if (!x || x->type == TB_I64)
        return tb_div(x, y); /* the engine's quotient is rounded down */
    return tb_map(tb_div(x, y), TB_FLOOR, 0, 0);
}

/* One more than the quotient that is rounded down, where that is below 0 and
   something is left over. */
static tb_value *trunc_div_of_whole(tb_value *x, tb_value *y)
{
    tb_value *zero = tb_fill_type(x->graph, TB_I64, (tb_shape){0}, 0);
    tb_value *q = tb_div(x, y);
    tb_value *exact = tb_compare(TB_EQ, tb_mul(q, y), x);
    tb_value *same =
        tb_compare(TB_EQ, tb_cast(tb_compare(TB_LT, x, zero), TB_I64),
                   tb_cast(tb_compare(TB_LT, y, zero), TB_I64));
    return exact && same
               ? tb_add(q, tb_cast(tb_not(tb_or(exact, same)), TB_I64))
               : NULL;
}

static tb_value *trunc_div_of(tb_value *x, tb_value *y)
{
    if (x && y && x->type == TB_I64)
        return trunc_div_of_whole(x, y);
    tb_value *q = tb_div(x, y);
    return q ? tb_truncate(q) : NULL;
}

/* -1 for odd numbers, 1 for even ones, else NaN: what comes of the sign of a
   negative number to this power. */
static tb_value *sign_to_power(tb_value *y)
{
    tb_value *whole = tb_map(y, TB_FLOOR, 0, 0);
    tb_value *half = tb_scale(y, 0.5);
    tb_value *rest = tb_sub(half, tb_map(half, TB_FLOOR, 0, 0));
    return tb_where(tb_compare(TB_EQ, whole, y), tb_map(rest, TB_AFFINE, -4, 1),
                    tb_fill(y->graph, (tb_shape){0}, NAN));
}

/* By squares: the bits of y say which of x, x^2, x^4... are factors. Powers
   beyond 63 fit only of 0, 1 and -1, which count on whether y is odd; below 0
   whatever is not 1 or -1 becomes 0. */
static tb_value *whole_power_of(tb_value *x, tb_value *y)
{
    enum { BITS = 6 };
    tb_graph *g = x->graph;
    tb_value *fill[3];
    for (int i = 0; i < 3; i++)
        fill[i] = tb_fill_type(g, TB_I64, (tb_shape){0}, i);
    tb_value *zero = fill[0], *one = fill[1], *two = fill[2], *p = one;
    tb_value *most = tb_fill_type(g, TB_I64, (tb_shape){0}, 62);
    tb_value *size = tb_combine(TB_MAX, y, tb_sub(zero, y));
    tb_value *odd = tb_sub(size, tb_mul(tb_div(size, two), two));
    tb_value *left =
        tb_where(tb_compare(TB_GT, size, most), tb_add(most, odd), size);
    tb_value *unit = tb_compare(TB_EQ, tb_mul(x, x), one), *base = x;
    for (int i = 0; i < BITS && base && left; i++) {
        tb_value *half = tb_div(left, two);
        tb_value *bit = tb_sub(left, tb_mul(half, two));
        p = tb_where(tb_cast(bit, TB_BOOL), tb_mul(p, base), p);
        base = tb_mul(base, base);
        left = half;
    }
    return tb_where(tb_and(tb_compare(TB_LT, y, zero), tb_not(unit)), zero, p);
}

/* x^y = exp(y log|x|), with its sign, for exponents that are tensors; anything
   to the power of 0 is 1. */
static tb_value *power_of(tb_value *x, tb_value *y)
{
    if (!x || !y)
        return NULL;
    if (x->type == TB_I64)
        return whole_power_of(x, y);
    tb_value *zero = tb_fill(x->graph, (tb_shape){0}, 0);
    tb_value *one = tb_fill(x->graph, (tb_shape){0}, 1);
    tb_value *size = tb_map(x, TB_ABS, 0, 0);
    tb_value *p = tb_map(tb_mul(y, tb_map(size, TB_LOG, 0, 0)), TB_EXP, 0, 0);
    tb_value *sign =
        tb_where(tb_compare(TB_LT, x, zero), sign_to_power(y), one);
    return tb_where(tb_compare(TB_EQ, y, zero), one, tb_mul(p, sign));
}

static tb_value *combine(tb_number_operation kind, tb_value *x, tb_value *y)
{
    switch (kind) {
    case TB_NUMBER_ADD:
        return x && x->type == TB_BOOL ? tb_or(x, y) : tb_add(x, y);
    case TB_NUMBER_SUB:
        return tb_sub(x, y);
    case TB_NUMBER_RSUB:
        return tb_sub(y, x);
    case TB_NUMBER_MUL:
        return x && x->type == TB_BOOL ? tb_and(x, y) : tb_mul(x, y);
    case TB_NUMBER_DIV:
        return tb_div(x, y);
    case TB_NUMBER_FLOOR_DIV:
        return floor_div_of(x, y);
    case TB_NUMBER_REMAINDER:
        return tb_sub(x, tb_mul(y, floor_div_of(x, y)));
    case TB_NUMBER_FMOD:
        return tb_sub(x, tb_mul(y, trunc_div_of(x, y)));
    case TB_NUMBER_POW:
        return power_of(x, y);
    case TB_NUMBER_MAXIMUM:
        return tb_combine(TB_MAX, x, y);
    case TB_NUMBER_MINIMUM:
        return tb_combine(TB_MIN, x, y);
    default:
        return x ? tb_graph_fail(x->graph, "not of tensors") : NULL;
    }
}

/* A division says how it rounds; the others may scale what they add. */
static bool adjust(tb_builtin_call *c, tb_number_operation *kind,
                   tb_dtype *type, tb_value **y)
{
    double alpha = 1;
    const char *rounding = "";
    if (*kind == TB_NUMBER_ADD || *kind == TB_NUMBER_SUB ||
        *kind == TB_NUMBER_RSUB) {
        if (!tb_arg_real(c, 2, &alpha))
            return false;
        if (alpha != 1)
            *y = tb_mul(*y, tb_fill_type(c->r->graph, tb_dtype_type(*type),
                                         (tb_shape){0}, alpha));
        return true;
    }
    if (*kind != TB_NUMBER_DIV)
        return true;
    if (tb_has(c, 2) && !tb_arg_string(c, 2, &rounding))
        return false;
    if (strcmp(rounding, "floor") == 0)
        *kind = TB_NUMBER_FLOOR_DIV;
    return true;
}

static bool is_trunc(const tb_builtin_call *c)
{
    return c->function->kind == TB_NUMBER_DIV &&
           c->arg[2].kind == TB_SCRIPT_STRING &&
           strcmp(c->arg[2].string, "trunc") == 0;
}

static bool run_power(tb_builtin_call *c, tb_script_value *out)
{
    tb_dtype type = tb_common_type(c, 2);
    tb_dtype as = tb_dtype_is_whole(type)  ? TB_DTYPE_INT64
                  : tb_dtype_is_real(type) ? type
                                           : TB_DTYPE_FLOAT32;
    bool fixed = tb_script_is_number(&c->arg[1]);
    double exponent = fixed ? tb_script_number(&c->arg[1]) : 0;
    if (tb_dtype_type(type) == TB_C64 && exponent == 2) {
        tb_value *z = tb_arg_value(c, 0, type);
        return tb_give(c, out, type, z ? tb_mul(z, z) : NULL);
    }
    tb_value *x = tb_arg_value(c, 0, as), *y;
    if (!x)
        return tb_give(c, out, type, NULL);
    if (fixed && exponent == 2)
        y = x->type == TB_I64 ? tb_mul(x, x) : tb_map(x, TB_SQUARE, 0, 0);
    else if (fixed && as != TB_DTYPE_INT64)
        y = tb_map(x, TB_POW, exponent, 0);
    else
        y = power_of(x, tb_arg_value(c, 1, as));
    return tb_give(c, out, type, y ? tb_value_as(y, type) : NULL);
}

/* Before archives of version 4 div of whole numbers gave whole ones, rounded
   towards 0. */
static bool truncates(const tb_builtin_call *c, tb_dtype type)
{
    return c->r->version < 4 && tb_dtype_is_whole(type) &&
           strcmp(c->function->name, "div") == 0;
}

static bool run_binary(tb_builtin_call *c, tb_script_value *out)
{
    tb_number_operation kind = (tb_number_operation)c->function->kind;
    if (!tb_any_tensor(c, 2))
        return on_plain(c, kind, out);
    if (truncates(c, tb_common_type(c, 2)))
        c->arg[2] = tb_script_string("trunc");
    if (kind == TB_NUMBER_POW)
        return run_power(c, out);
    tb_dtype type = tb_common_type(c, 2);
    bool divides = kind == TB_NUMBER_DIV && !tb_has(c, 2);
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

bool tb_combines_numbers(const tb_builtin *function)
{
    return function->run == run_binary;
}

const tb_builtin tb_functions_binary[] = {
    {"add", "self other alpha", run_binary, TB_NUMBER_ADD},
    {"sub", "self other alpha", run_binary, TB_NUMBER_SUB},
    {"rsub", "self other alpha", run_binary, TB_NUMBER_RSUB},
    {"mul", "self other", run_binary, TB_NUMBER_MUL},
    {"multiply", "self other", run_binary, TB_NUMBER_MUL},
    {"div", "self other rounding_mode", run_binary, TB_NUMBER_DIV},
    {"divide", "self other rounding_mode", run_binary, TB_NUMBER_DIV},
    {"true_divide", "self other", run_binary, TB_NUMBER_DIV},
    {"floordiv", "self other", run_binary, TB_NUMBER_FLOOR_DIV},
    {"floor_divide", "self other", run_binary, TB_NUMBER_FLOOR_DIV},
    {"remainder", "self other", run_binary, TB_NUMBER_REMAINDER},
    {"fmod", "self other", run_binary, TB_NUMBER_FMOD},
    {"pow", "self exponent", run_binary, TB_NUMBER_POW},
    {"maximum", "self other", run_binary, TB_NUMBER_MAXIMUM},
    {"minimum", "self other", run_binary, TB_NUMBER_MINIMUM},
    {NULL, NULL, NULL, 0},
};
