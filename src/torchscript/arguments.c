#include "torchscript/functions.h"

#include "engine/ops.h"
#include "torchscript/recording_scalar.h"

#include <stdarg.h>
#include <stdio.h>

bool tb_refuse(tb_builtin_call *c, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return tb_recording_fail(c->r, TB_ERR_UNSUPPORTED, "%s: %s",
                             c->function->name, text);
}

static bool wrong(tb_builtin_call *c, int i, const char *wanted)
{
    return tb_refuse(c, "argument %d is %s, not %s", i + 1,
                     tb_script_kind_name(c->arg[i].kind), wanted);
}

bool tb_is_tensor(const tb_builtin_call *c, int i)
{
    return c->arg[i].kind == TB_SCRIPT_TENSOR;
}

bool tb_has(const tb_builtin_call *c, int i)
{
    return !tb_script_is_none(&c->arg[i]);
}

bool tb_arg_tensor(tb_builtin_call *c, int i, tb_script_tensor **t)
{
    if (!tb_is_tensor(c, i))
        return wrong(c, i, "a tensor");
    *t = c->arg[i].tensor;
    return true;
}

bool tb_needs_axes(tb_builtin_call *c, int axes)
{
    tb_script_tensor *t;
    return tb_arg_tensor(c, 0, &t) &&
           (t->rank >= axes ||
            tb_refuse(c, "it needs a tensor of at least %d axes", axes));
}

bool tb_arg_list(tb_builtin_call *c, int i, const tb_script_items **items)
{
    const tb_script_value *x = &c->arg[i];
    if (x->kind != TB_SCRIPT_LIST && x->kind != TB_SCRIPT_TUPLE)
        return wrong(c, i, "a list");
    *items = tb_items_read(&x->list->items, x->list->draft);
    return true;
}

bool tb_arg_string(tb_builtin_call *c, int i, const char **text)
{
    if (c->arg[i].kind != TB_SCRIPT_STRING)
        return wrong(c, i, "a text");
    *text = c->arg[i].string;
    return true;
}

/* ---- numbers ---- */

static bool number(tb_builtin_call *c, int i, const tb_script_value *x,
                   double *out)
{
    switch (x->kind) {
    case TB_SCRIPT_BOOL:
        *out = x->boolean;
        return true;
    case TB_SCRIPT_INT:
        *out = (double)x->integer;
        return true;
    case TB_SCRIPT_FLOAT:
        *out = x->real;
        return true;
    case TB_SCRIPT_TENSOR:
        if (tb_script_tensor_count(x->tensor) != 1)
            return wrong(c, i, "a number");
        return tb_recording_look(c->r, x->tensor, out);
    default:
        return wrong(c, i, "a number");
    }
}

static bool whole(tb_builtin_call *c, int i, const tb_script_value *x,
                  int64_t *out)
{
    double real = 0;
    if (x->kind == TB_SCRIPT_INT) {
        *out = x->integer;
        return true;
    }
    if (!number(c, i, x, &real))
        return false;
    if (!(real > -9e18 && real < 9e18))
        return wrong(c, i, "a whole number");
    *out = (int64_t)real;
    return true;
}

bool tb_arg_int(tb_builtin_call *c, int i, int64_t *x)
{
    return !tb_has(c, i) || whole(c, i, &c->arg[i], x);
}

bool tb_arg_real(tb_builtin_call *c, int i, double *x)
{
    return !tb_has(c, i) || number(c, i, &c->arg[i], x);
}

bool tb_arg_bool(tb_builtin_call *c, int i, bool *x)
{
    double real = 0;
    const tb_script_value *a = &c->arg[i];
    if (!tb_has(c, i))
        return true;
    if (a->kind == TB_SCRIPT_TENSOR && tb_script_tensor_count(a->tensor) == 1)
        return tb_recording_truth(c->r, a->tensor, x);
    if (!number(c, i, a, &real))
        return false;
    *x = real != 0;
    return true;
}

bool tb_arg_dtype(tb_builtin_call *c, int i, tb_dtype *x)
{
    int64_t code = *x;
    if (!tb_arg_int(c, i, &code))
        return false;
    if (code < 0 || !tb_dtype_name((tb_dtype)code))
        return tb_refuse(c, "there is no type of elements with number %lld",
                         (long long)code);
    *x = (tb_dtype)code;
    return true;
}

bool tb_arg_axis(tb_builtin_call *c, int i, int rank, int *axis)
{
    int64_t x = *axis;
    if (!tb_arg_int(c, i, &x))
        return false;
    int64_t most = rank > 0 ? rank : 1;
    if (x < -most || x >= most)
        return tb_refuse(c, "a tensor of %d axes has no axis %lld", rank,
                         (long long)x);
    *axis = (int)(x < 0 ? x + most : x);
    return true;
}

bool tb_arg_ints(tb_builtin_call *c, int i, int most, int64_t *x, int *n)
{
    const tb_script_items *items = NULL;
    const tb_script_value *a = &c->arg[i];
    *n = 0;
    if (tb_script_is_number(a) || a->kind == TB_SCRIPT_TENSOR) {
        *n = 1;
        return whole(c, i, a, x);
    }
    if (!tb_arg_list(c, i, &items))
        return false;
    if (items->count > most)
        return tb_refuse(c, "%d numbers are more than the %d that it can take",
                         items->count, most);
    for (; *n < items->count; ++*n)
        if (!whole(c, i, &items->at[*n], &x[*n]))
            return false;
    return true;
}

bool tb_arg_ints_on(tb_builtin_call *c, int i, int most, int64_t *x, int *n)
{
    *n = 0;
    if (c->count <= i + 1 || !tb_script_is_number(&c->arg[i]))
        return tb_arg_ints(c, i, most, x, n);
    if (c->count - i > most)
        return tb_refuse(c, "%d numbers are more than the %d that it can take",
                         c->count - i, most);
    for (; *n < c->count - i; ++*n)
        if (!whole(c, i + *n, &c->arg[i + *n], &x[*n]))
            return false;
    return true;
}

bool tb_arg_axes(tb_builtin_call *c, int i, int rank, unsigned *axes)
{
    int64_t list[TB_RANK];
    int n = 0;
    *axes = (1u << rank) - 1;
    if (!tb_has(c, i))
        return true;
    if (!tb_arg_ints(c, i, TB_RANK, list, &n))
        return false;
    unsigned set = 0;
    int most = rank > 0 ? rank : 1;
    for (int k = 0; k < n; k++) {
        if (list[k] < -most || list[k] >= most)
            return tb_refuse(c, "a tensor of %d axes has no axis %lld", rank,
                             (long long)list[k]);
        set |= 1u << (list[k] < 0 ? list[k] + most : list[k]);
    }
    if (n > 0)
        *axes = set & *axes;
    return true;
}

/* ---- values ---- */

tb_value *tb_value_as(tb_value *v, tb_dtype as)
{
    return tb_cast(v, tb_dtype_type(as));
}

static tb_value *value_of_number(tb_builtin_call *c, const tb_script_value *x,
                                 tb_dtype as)
{
    tb_graph *g = c->r->graph;
    tb_type type = tb_dtype_type(as);
    tb_shape none = {0};
    if (x->formula)
        return tb_recording_scalar(c->r, x, type);
    switch (x->kind) {
    case TB_SCRIPT_BOOL:
        return tb_fill_type(g, type, none, x->boolean);
    case TB_SCRIPT_INT:
        if (type == TB_I64)
            return tb_constant_type(g, TB_I64, none, TB_I64, &x->integer);
        return tb_fill_type(g, type, none, (double)x->integer);
    case TB_SCRIPT_FLOAT:
        return tb_fill_type(g, type, none, x->real);
    case TB_SCRIPT_COMPLEX: {
        float pair[2] = {(float)x->complex[0], (float)x->complex[1]};
        return tb_value_as(tb_constant_type(g, TB_C64, none, TB_C64, pair), as);
    }
    default:
        return NULL;
    }
}

/* The imaginary half of a complex number: nobody loses it by chance. */
static bool loses_half(tb_dtype from, tb_dtype as)
{
    return tb_dtype_type(from) == TB_C64 && tb_dtype_type(as) != TB_C64;
}

tb_value *tb_arg_value(tb_builtin_call *c, int i, tb_dtype as)
{
    const tb_script_value *x = &c->arg[i];
    if (x->kind == TB_SCRIPT_TENSOR && loses_half(x->tensor->dtype, as)) {
        tb_refuse(c, "this is not done to complex numbers");
        return NULL;
    }
    if (x->kind == TB_SCRIPT_TENSOR)
        return tb_value_as(tb_recording_read(c->r, x->tensor), as);
    tb_value *v = value_of_number(c, x, as);
    if (!v)
        wrong(c, i, "a tensor or a number");
    return v;
}

bool tb_arg_optional(tb_builtin_call *c, int i, tb_value **v)
{
    *v = NULL;
    return !tb_has(c, i) || (*v = tb_arg_value(c, i, TB_DTYPE_FLOAT32));
}

bool tb_has_axis(tb_builtin_call *c, int i, int standard, tb_script_tensor **t,
                 int *axis)
{
    if (!tb_arg_tensor(c, 0, t))
        return false;
    if ((*t)->rank == 0)
        return tb_refuse(c, "the tensor has no axes");
    *axis = standard < 0 ? (*t)->rank - 1 : standard;
    return tb_arg_axis(c, i, (*t)->rank, axis);
}

/* ---- types ---- */

tb_dtype tb_common_type(tb_builtin_call *c, int count)
{
    tb_promotion p = {0};
    for (int i = 0; i < count; i++)
        tb_promotion_add(&p, &c->arg[i]);
    return tb_promotion_result(&p);
}

bool tb_any_tensor(tb_builtin_call *c, int count)
{
    bool any = false;
    for (int i = 0; i < count; i++)
        any |= tb_is_tensor(c, i);
    return any;
}

/* ---- results ---- */

bool tb_give(tb_builtin_call *c, tb_script_value *out, tb_dtype dtype,
             tb_value *v)
{
    tb_error error = {0};
    if (tb_graph_check(c->r->graph, &error))
        return tb_refuse(c, "%s", error.text);
    if (!v)
        return tb_refuse(c, "a tensor has no elements");
    if (v->type != tb_dtype_type(dtype))
        return tb_refuse(c, "this is not done to numbers of type %s",
                         tb_dtype_name(dtype));
    tb_script_tensor *t = tb_recording_tensor(c->r, dtype, v);
    *out = tb_script_of_tensor(t);
    return t != NULL;
}

bool tb_give_int(tb_script_value *out, int64_t x)
{
    *out = tb_script_int(x);
    return true;
}

bool tb_give_bool(tb_script_value *out, bool x)
{
    *out = tb_script_bool(x);
    return true;
}

tb_script_list *tb_new_list(tb_recording *r)
{
    tb_script_list *list = tb_arena_alloc(r->arena, sizeof *list);
    if (!list)
        tb_recording_fail(r, TB_ERR_MEMORY, "There is not enough memory.");
    return list;
}
