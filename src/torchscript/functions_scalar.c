/* Numbers and truth: what programs compute without tensors. */
#include "torchscript/functions.h"

#include "base/setting_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- identity and kinds ---- */

static bool is(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_value *a = &c->arg[0], *b = &c->arg[1];
    bool same = tb_script_is_none(a) && tb_script_is_none(b);
    if (a->kind == b->kind && a->kind == TB_SCRIPT_BOOL)
        same = a->boolean == b->boolean;
    else if (a->kind == b->kind && a->kind >= TB_SCRIPT_TENSOR)
        same = a->object == b->object;
    return tb_give_bool(out, same == (c->function->kind == 0));
}

static bool not_(tb_builtin_call *c, tb_script_value *out)
{
    bool x = false;
    return tb_arg_bool(c, 0, &x) && tb_give_bool(out, !x);
}

static bool to_int(tb_builtin_call *c, tb_script_value *out)
{
    int64_t x = 0;
    char *end = NULL;
    if (c->arg[0].kind == TB_SCRIPT_STRING) {
        const char *text = c->arg[0].string;
        x = strtoimax(text, &end, 10);
        return end > text && !*end
                   ? tb_give_int(out, x)
                   : tb_refuse(c, "'%s' is no whole number", text);
    }
    return tb_arg_int(c, 0, &x) && tb_give_int(out, x);
}

static bool real_of_text(tb_builtin_call *c, const char *text, double *x)
{
    const char *end = NULL;
    bool minus = *text == '-';
    if (strcmp(text, "nan") == 0) {
        *x = NAN;
        return true;
    }
    if (strcmp(text + minus, "inf") == 0) {
        *x = minus ? -HUGE_VAL : HUGE_VAL;
        return true;
    }
    return (tb_number_parse(text, &end, x) && !*end) ||
           tb_refuse(c, "'%s' is no number", text);
}

static bool to_float(tb_builtin_call *c, tb_script_value *out)
{
    double x = 0;
    if (c->arg[0].kind == TB_SCRIPT_STRING
            ? !real_of_text(c, c->arg[0].string, &x)
            : !tb_arg_real(c, 0, &x))
        return false;
    *out = tb_script_float(x);
    return true;
}

static bool to_bool(tb_builtin_call *c, tb_script_value *out)
{
    bool x = false;
    if (c->arg[0].kind == TB_SCRIPT_STRING)
        return tb_give_bool(out, *c->arg[0].string != 0);
    return tb_arg_bool(c, 0, &x) && tb_give_bool(out, x);
}

/* The number that a tensor with one element holds, of its own kind. */
static bool item(tb_builtin_call *c, tb_script_value *out)
{
    double x = 0;
    if (!tb_is_tensor(c, 0)) {
        *out = c->arg[0];
        return true;
    }
    if (!tb_arg_real(c, 0, &x))
        return false;
    tb_dtype type = c->arg[0].tensor->dtype;
    *out = type == TB_DTYPE_BOOL     ? tb_script_bool(x != 0)
           : tb_dtype_is_whole(type) ? tb_script_int((int64_t)x)
                                     : tb_script_float(x);
    return true;
}

/* ---- bits, and how loops count ---- */

/* Shifts; of tensors, as products and quotients rounded down. */
static bool shift(tb_builtin_call *c, tb_script_value *out)
{
    int64_t x = 0, by = 0;
    bool down = c->function->kind;
    if (!tb_arg_int(c, 1, &by))
        return false;
    if (by < 0 || by > 62)
        return tb_refuse(c, "by %lld places", (long long)by);
    if (tb_is_tensor(c, 0)) {
        c->function = tb_builtin_named(down ? "floor_divide" : "mul");
        c->arg[1] = tb_script_int((int64_t)1 << by);
        return c->function->run(c, out);
    }
    return tb_arg_int(c, 0, &x) &&
           tb_give_int(out, down ? x >> by : (int64_t)((uint64_t)x << by));
}

static bool range_length(tb_builtin_call *c, tb_script_value *out)
{
    int64_t first = 0, last = 0, step = 1;
    if (!tb_arg_int(c, 0, &first) || !tb_arg_int(c, 1, &last) ||
        !tb_arg_int(c, 2, &step))
        return false;
    if (step == 0)
        return tb_refuse(c, "a step of 0");
    double n = ((double)last - (double)first) / (double)step;
    return tb_give_int(out, n > 0 && n < 9e18 ? (int64_t)ceil(n) : 0);
}

static bool derive_index(tb_builtin_call *c, tb_script_value *out)
{
    int64_t i = 0, first = 0, step = 1;
    return tb_arg_int(c, 0, &i) && tb_arg_int(c, 1, &first) &&
           tb_arg_int(c, 2, &step) &&
           tb_give_int(
               out, (int64_t)((uint64_t)first + (uint64_t)i * (uint64_t)step));
}

/* What a program prints or warns of is not heard. */
static bool quiet(tb_builtin_call *c, tb_script_value *out)
{
    (void)c;
    *out = tb_script_none();
    return true;
}

static bool raise(tb_builtin_call *c, tb_script_value *out)
{
    const char *text = "an error";
    (void)out;
    if (c->arg[0].kind == TB_SCRIPT_STRING)
        text = c->arg[0].string;
    return tb_recording_fail(c->r, TB_ERR_ARGUMENT, "the model says: %s", text);
}

static bool same(tb_builtin_call *c, tb_script_value *out)
{
    *out = c->arg[0];
    return true;
}

bool tb_casts_numbers(const tb_builtin *function)
{
    return function->run == to_int || function->run == to_float ||
           function->run == to_bool;
}

const tb_builtin tb_functions_scalar[] = {
    {"__is__", "self obj", is, 0},
    {"__isnot__", "self obj", is, 1},
    {"__not__", "self", not_, 0},
    {"int", "a", to_int, 0},
    {"Int", "a", to_int, 0},
    {"float", "a", to_float, 0},
    {"Float", "a", to_float, 0},
    {"FloatImplicit", "a", to_float, 0},
    {"IntImplicit", "a", to_int, 0},
    {"ScalarImplicit", "a", item, 0},
    {"bool", "a", to_bool, 0},
    {"Bool", "a", to_bool, 0},
    {"item", "self", item, 0},
    {"Scalar", "self", item, 0},
    {"__lshift__", "self other", shift, 0},
    {"__rshift__", "self other", shift, 1},
    {"__range_length", "first last step", range_length, 0},
    {"__derive_index", "index first step", derive_index, 0},
    {"print", "a", quiet, 0},
    {"warn", "message category stacklevel", quiet, 0},
    {"RaiseException", "msg cls", raise, 0},
    {"unchecked_unwrap_optional", "a", same, 0},
    {"_unwrap_optional", "a", same, 0},
    {"manual_seed", "a", quiet, 0},
    {NULL, NULL, NULL, 0},
};
