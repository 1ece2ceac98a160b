/* Comparisons, what is true, and choices. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <float.h>
#include <math.h>
#include <string.h>

bool tb_compare_numbers(tb_comparison how, const tb_script_value *a,
                        const tb_script_value *b)
{
    bool whole = a->kind == TB_SCRIPT_INT && b->kind == TB_SCRIPT_INT;
    double x = whole ? 0 : tb_script_number(a);
    double y = whole ? 0 : tb_script_number(b);
    switch (how) {
    case TB_LT:
        return whole ? a->integer < b->integer : x < y;
    case TB_LE:
        return whole ? a->integer <= b->integer : x <= y;
    case TB_GT:
        return whole ? a->integer > b->integer : x > y;
    case TB_GE:
        return whole ? a->integer >= b->integer : x >= y;
    case TB_EQ:
        return whole ? a->integer == b->integer : x == y;
    default:
        return whole ? a->integer != b->integer : x != y;
    }
}

static bool compare_plain(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_value *a = &c->arg[0], *b = &c->arg[1];
    tb_comparison kind = (tb_comparison)c->function->kind;
    if (tb_script_is_number(a) && tb_script_is_number(b))
        return tb_give_bool(out, tb_compare_numbers(kind, a, b));
    if (kind == TB_EQ || kind == TB_NE)
        return tb_give_bool(out, tb_script_equal(a, b) == (kind == TB_EQ));
    if (a->kind != TB_SCRIPT_STRING || b->kind != TB_SCRIPT_STRING)
        return tb_refuse(c, "it does not take %s and %s",
                         tb_script_kind_name(a->kind),
                         tb_script_kind_name(b->kind));
    const tb_script_value order = tb_script_int(strcmp(a->string, b->string)),
                          zero = tb_script_int(0);
    return tb_give_bool(out, tb_compare_numbers(kind, &order, &zero));
}

static bool run_compare(tb_builtin_call *c, tb_script_value *out)
{
    if (!tb_any_tensor(c, 2))
        return compare_plain(c, out);
    tb_dtype type = tb_common_type(c, 2);
    if (type == TB_DTYPE_BOOL)
        type = TB_DTYPE_INT64;
    tb_value *x = tb_arg_value(c, 0, type), *y = tb_arg_value(c, 1, type);
    return tb_give(c, out, TB_DTYPE_BOOL,
                   x && y ? tb_compare((tb_comparison)c->function->kind, x, y)
                          : NULL);
}

bool tb_compares_numbers(const tb_builtin *function)
{
    return function->run == run_compare;
}

typedef enum logic { AND, OR, XOR } logic;

/* __and__ and its like of tensors that hold integers. */
static bool is_bitwise(const tb_builtin_call *c)
{
    bool whole = false;
    for (int i = 0; i < 2; i++)
        whole |= tb_is_tensor(c, i) ? tb_dtype_is_whole(c->arg[i].tensor->dtype)
                                    : c->arg[i].kind == TB_SCRIPT_INT;
    return whole && strncmp(c->function->name, "logical", 7) != 0;
}

static int64_t on_bits(logic kind, int64_t a, int64_t b)
{
    return kind == AND ? a & b : kind == OR ? a | b : a ^ b;
}

/* Of tensors of whole numbers. */
static bool on_all_bits(tb_builtin_call *c, logic kind, tb_script_value *out)
{
    tb_dtype type = tb_common_type(c, 2);
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_INT64);
    tb_value *y = tb_arg_value(c, 1, TB_DTYPE_INT64);
    if (!tb_dtype_is_whole(type) || !x || !y)
        return tb_refuse(c, "only whole numbers have bits");
    static const tb_bit_logic kinds[] = {TB_BITS_AND, TB_BITS_OR, TB_BITS_XOR};
    return tb_give(c, out, type, tb_bits(kinds[kind], x, y));
}

/* Of truth values, and of the bits of numbers. */
static bool run_logic(tb_builtin_call *c, tb_script_value *out)
{
    logic kind = (logic)c->function->kind;
    bool a = false, b = false;
    if (c->arg[0].kind == TB_SCRIPT_INT && c->arg[1].kind == TB_SCRIPT_INT)
        return tb_give_int(out,
                           on_bits(kind, c->arg[0].integer, c->arg[1].integer));
    if (is_bitwise(c))
        return on_all_bits(c, kind, out);
    if (!tb_any_tensor(c, 2)) {
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
    tb_dtype type = tb_is_tensor(c, 0) ? c->arg[0].tensor->dtype : 0;
    if (c->function->kind && tb_is_tensor(c, 0) && tb_dtype_is_whole(type) &&
        type != TB_DTYPE_UINT8) { /* all bits turned: -1 - x */
        tb_value *ones = tb_fill_type(c->r->graph, TB_I64, (tb_shape){0}, -1);
        return tb_give(c, out, type,
                       tb_sub(ones, tb_arg_value(c, 0, TB_DTYPE_INT64)));
    }
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_BOOL);
    return tb_give(c, out, TB_DTYPE_BOOL, x ? tb_not(x) : NULL);
}

/* ---- three operands ---- */

/* Between two tensors, each of which may be missing. */
static bool clamp_between(tb_builtin_call *c, tb_script_value *out)
{
    bool below = strcmp(c->function->name, "clamp_max") == 0;
    tb_dtype type = tb_common_type(c, 3);
    tb_value *x = tb_arg_value(c, 0, type);
    for (int i = 1; i < 3 && x; i++) {
        tb_value *bound = tb_has(c, i) ? tb_arg_value(c, i, type) : NULL;
        if (bound)
            x = tb_combine(i == 2 || below ? TB_MIN : TB_MAX, x, bound);
    }
    return tb_give(c, out, type, x);
}

static bool clamp_whole(tb_builtin_call *c, tb_dtype type, double low,
                        double high, tb_script_value *out)
{
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_INT64);
    const double bounds[] = {low, high};
    for (int i = 0; i < 2 && x; i++)
        if (isfinite(bounds[i]))
            x = tb_combine(
                i ? TB_MIN : TB_MAX, x,
                tb_fill_type(c->r->graph, TB_I64, (tb_shape){0}, bounds[i]));
    return tb_give(c, out, type, x);
}

static bool run_clamp(tb_builtin_call *c, tb_script_value *out)
{
    double low = -HUGE_VAL, high = HUGE_VAL;
    if ((tb_is_tensor(c, 1) && c->arg[1].tensor->rank > 0) ||
        (tb_is_tensor(c, 2) && c->arg[2].tensor->rank > 0))
        return clamp_between(c, out);
    bool at_least = strncmp(c->function->name, "clamp_max", 9) != 0;
    if (!tb_arg_real(c, 1, at_least ? &low : &high) ||
        !tb_arg_real(c, 2, &high))
        return false;
    tb_dtype type = tb_common_type(c, 1);
    for (int i = 1; i < 3; i++)
        if (c->arg[i].kind == TB_SCRIPT_FLOAT)
            type = tb_promote(type,
                              tb_dtype_is_real(type) ? type : TB_DTYPE_FLOAT32);
    if (tb_dtype_is_whole(type))
        return clamp_whole(c, type, low, high, out);
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

enum { IS_INFINITE, IS_FINITE };

static bool run_is_finite(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!x)
        return tb_give(c, out, TB_DTYPE_BOOL, NULL);
    tb_value *edge = tb_fill(x->graph, (tb_shape){0}, HUGE_VAL);
    return tb_give(c, out, TB_DTYPE_BOOL,
                   tb_compare(c->function->kind == IS_FINITE ? TB_LT : TB_EQ,
                              tb_map(x, TB_ABS, 0, 0), edge));
}

/* Numbers in place of those that are none: 0, and the largest there are. */
static bool run_nan_to_num(tb_builtin_call *c, tb_script_value *out)
{
    double none = 0, high = FLT_MAX, low = -FLT_MAX;
    if (!tb_arg_real(c, 1, &none) || !tb_arg_real(c, 2, &high) ||
        !tb_arg_real(c, 3, &low))
        return false;
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!x)
        return tb_give(c, out, TB_DTYPE_FLOAT32, NULL);
    const double from[] = {HUGE_VAL, -HUGE_VAL}, to[] = {high, low};
    tb_value *y = x;
    for (int i = 0; i < 2; i++)
        y = tb_where(
            tb_compare(TB_EQ, x, tb_fill(x->graph, (tb_shape){0}, from[i])),
            tb_fill(x->graph, (tb_shape){0}, to[i]), y);
    y = tb_where(tb_compare(TB_NE, x, x),
                 tb_fill(x->graph, (tb_shape){0}, none), y);
    return tb_give(c, out, tb_common_type(c, 1), y);
}

static bool run_is_nan(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    return tb_give(c, out, TB_DTYPE_BOOL, x ? tb_compare(TB_NE, x, x) : NULL);
}

/* fmax and fmin: of both, or of the one that is a number. */
static bool run_number_of_both(tb_builtin_call *c, tb_script_value *out)
{
    tb_dtype type = tb_common_type(c, 2);
    tb_value *x = tb_arg_value(c, 0, type), *y = tb_arg_value(c, 1, type);
    if (!x || !y)
        return tb_give(c, out, type, NULL);
    tb_value *of = c->function->kind == TB_NUMBER_MAXIMUM
                       ? tb_where(tb_compare(TB_GT, y, x), y, x)
                       : tb_where(tb_compare(TB_LT, y, x), y, x);
    return tb_give(c, out, type, tb_where(tb_compare(TB_NE, x, x), y, of));
}

/* -0 has one, too: 1 / -0 is below 0. */
static bool run_signbit(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!x)
        return tb_give(c, out, TB_DTYPE_BOOL, NULL);
    tb_value *zero = tb_fill(x->graph, (tb_shape){0}, 0);
    tb_value *one = tb_fill(x->graph, (tb_shape){0}, 1);
    tb_value *y = tb_compare(TB_LT, x, zero);
    if (tb_dtype_is_real(tb_common_type(c, 1)))
        y = tb_or(y, tb_compare(TB_LT, tb_div(one, x), zero));
    return tb_give(c, out, TB_DTYPE_BOOL, y);
}

const tb_builtin tb_functions_compare[] = {
    {"eq", "self other", run_compare, TB_EQ},
    {"ne", "self other", run_compare, TB_NE},
    {"lt", "self other", run_compare, TB_LT},
    {"le", "self other", run_compare, TB_LE},
    {"gt", "self other", run_compare, TB_GT},
    {"ge", "self other", run_compare, TB_GE},
    {"__and__", "self other", run_logic, AND},
    {"__or__", "self other", run_logic, OR},
    {"__xor__", "self other", run_logic, XOR},
    {"bitwise_and", "self other", run_logic, AND},
    {"bitwise_or", "self other", run_logic, OR},
    {"bitwise_xor", "self other", run_logic, XOR},
    {"logical_and", "self other", run_logic, AND},
    {"logical_or", "self other", run_logic, OR},
    {"logical_xor", "self other", run_logic, XOR},
    {"logical_not", "self", run_not, 0},
    {"bitwise_not", "self", run_not, 1},
    {"clamp", "self min max", run_clamp, 0},
    {"clip", "self min max", run_clamp, 0},
    {"clamp_min", "self min", run_clamp, 0},
    {"clamp_max", "self max", run_clamp, 0},
    {"where", "condition self other", run_where, 0},
    {"isnan", "self", run_is_nan, 0},
    {"signbit", "self", run_signbit, 0},
    {"fmax", "self other", run_number_of_both, TB_NUMBER_MAXIMUM},
    {"fmin", "self other", run_number_of_both, TB_NUMBER_MINIMUM},
    {"isinf", "self", run_is_finite, IS_INFINITE},
    {"isfinite", "self", run_is_finite, IS_FINITE},
    {"nan_to_num", "self nan posinf neginf", run_nan_to_num, 0},
    {NULL, NULL, NULL, 0},
};
