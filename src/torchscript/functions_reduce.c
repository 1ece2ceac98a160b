/* Sums and the like, over axes or over all. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <math.h>
#include <string.h>

/* Reduces numbers of a list, or two of them: max(a, b), sum([..]). */
static bool of_numbers(tb_builtin_call *c, tb_reduction kind,
                       tb_script_value *out)
{
    const tb_script_items *items = NULL;
    tb_script_items pair = {.count = 2, .at = c->arg};
    if (tb_script_is_number(&c->arg[0]))
        items = &pair;
    else if (!tb_arg_list(c, 0, &items))
        return false;
    if (items->count == 0)
        return tb_refuse(c, "the list is empty");
    *out = items->at[0];
    bool real = out->kind == TB_SCRIPT_FLOAT;
    for (int i = 1; i < items->count; i++) {
        const tb_script_value *x = &items->at[i];
        if (!tb_script_is_number(x) || !tb_script_is_number(out))
            return tb_refuse(c, "the list holds %s",
                             tb_script_kind_name(x->kind));
        double a = tb_script_number(out), b = tb_script_number(x);
        if (kind == TB_REDUCE_SUM)
            *out = x->kind == TB_SCRIPT_INT && out->kind == TB_SCRIPT_INT
                       ? tb_script_int((int64_t)((uint64_t)out->integer +
                                                 (uint64_t)x->integer))
                       : tb_script_float(a + b);
        else if (kind == TB_REDUCE_MAX ? b > a : b < a)
            *out = *x;
        real |= x->kind == TB_SCRIPT_FLOAT;
    }
    if (real && out->kind == TB_SCRIPT_INT)
        *out = tb_script_float((double)out->integer);
    return true;
}

/* The sum of no numbers is 0, their mean is none. */
static bool of_nothing(tb_builtin_call *c, tb_reduction kind, unsigned axes,
                       bool keep, tb_dtype type, tb_script_value *out)
{
    const tb_script_tensor *t = c->arg[0].tensor;
    tb_shape shape = {0};
    for (int i = 0; i < t->rank; i++) {
        if (!(axes >> i & 1))
            shape.dim[shape.rank++] = t->dim[i];
        else if (keep)
            shape.dim[shape.rank++] = 1;
    }
    for (int i = 0; i < shape.rank; i++)
        if (shape.dim[i] == 0) {
            *out = tb_script_of_tensor(tb_recording_empty(c->r, type, shape));
            return out->tensor != NULL;
        }
    return tb_give(c, out, type,
                   tb_fill_type(c->r->graph, tb_dtype_type(type), shape,
                                kind == TB_REDUCE_SUM ? 0 : NAN));
}

/* sum(x, dtype), sum(x, dims, keepdim, dtype), mean. */
static bool add_up(tb_builtin_call *c, tb_script_value *out)
{
    tb_reduction kind = (tb_reduction)c->function->kind;
    tb_script_tensor *t;
    unsigned axes = 0;
    bool keep = false;
    if (!tb_is_tensor(c, 0))
        return of_numbers(c, kind, out);
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    tb_dtype type =
        tb_dtype_is_real(t->dtype) || tb_dtype_type(t->dtype) == TB_C64
            ? t->dtype
            : TB_DTYPE_INT64;
    if (!tb_arg_axes(c, 1, t->rank, &axes) || !tb_arg_bool(c, 2, &keep) ||
        !tb_arg_dtype(c, 3, &type))
        return false;
    if (kind == TB_REDUCE_MEAN && tb_dtype_is_whole(type))
        return tb_refuse(c, "whole numbers have no mean of their type");
    if (tb_script_tensor_count(t) == 0)
        return of_nothing(c, kind, axes, keep, type, out);
    bool whole = tb_dtype_is_whole(type);
    tb_dtype as =
        whole || tb_dtype_type(type) == TB_C64 ? type : TB_DTYPE_FLOAT32;
    tb_value *v = tb_arg_value(c, 0, as);
    if (whole)
        return tb_give(c, out, type, tb_combine_axes(v, TB_ADD, axes, keep));
    return tb_give(c, out, type,
                   v ? tb_value_as(tb_reduce(v, kind, axes, keep), type)
                     : NULL);
}

/* std(x, unbiased), std(x, dims, unbiased or correction, keepdim), var. */
static bool spread(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    unsigned axes = 0;
    bool unbiased = true, keep = false;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    if (c->arg[1].kind == TB_SCRIPT_BOOL) {
        c->arg[2] = c->arg[1];
        c->arg[1] = tb_script_none();
    }
    if (!tb_arg_axes(c, 1, t->rank, &axes) || !tb_arg_bool(c, 2, &unbiased) ||
        !tb_arg_bool(c, 3, &keep))
        return false;
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (v)
        v = tb_var(v, axes, unbiased, keep);
    if (v && c->function->kind)
        v = tb_map(v, TB_SQRT, 0, 0);
    return tb_give(c, out, t->dtype, v);
}

static bool give_pair(tb_builtin_call *c, const tb_script_value *a,
                      const tb_script_value *b, tb_script_value *out)
{
    tb_script_list *list = tb_new_list(c->r);
    *out = (tb_script_value){.kind = TB_SCRIPT_TUPLE, .list = list};
    return list && tb_items_append(c->r, &list->items, *a) &&
           tb_items_append(c->r, &list->items, *b);
}

/* ---- extremes ---- */

static tb_value *extreme_of(tb_value *v, bool most, unsigned axes, bool keep)
{
    if (v && v->type == TB_I64)
        return tb_combine_axes(v, most ? TB_MAX : TB_MIN, axes, keep);
    return v ? tb_reduce(v, most ? TB_REDUCE_MAX : TB_REDUCE_MIN, axes, keep)
             : NULL;
}

/* The first of the largest (or smallest), and before them the first NaN; what
   is NaN is not even equal to itself. */
static tb_value *place_of(tb_value *v, bool most, int axis)
{
    if (!v)
        return NULL;
    if (v->type == TB_I64) {
        tb_value *best = extreme_of(v, most, TB_AXIS(axis), true);
        tb_value *hit = best ? tb_compare(TB_EQ, v, best) : NULL;
        return hit ? tb_argmax(tb_cast(hit, TB_REAL), axis) : NULL;
    }
    tb_value *not = tb_cast(tb_compare(TB_NE, v, v), TB_REAL);
    tb_value *any = tb_reduce(not, TB_REDUCE_MAX, TB_AXIS(axis), false);
    tb_value *place = tb_argmax(most ? v : tb_scale(v, -1), axis);
    return any ? tb_where(tb_cast(any, TB_BOOL), tb_argmax(not, axis), place)
               : NULL;
}

static tb_value *comparable(tb_builtin_call *c, tb_dtype type)
{
    return tb_arg_value(c, 0,
                        tb_dtype_is_whole(type) ? type : TB_DTYPE_FLOAT32);
}

/* max(x), max(a, b), max(x, axis, keepdim) -> (values, places). */
static bool extreme(tb_builtin_call *c, tb_script_value *out)
{
    tb_reduction kind = (tb_reduction)c->function->kind;
    tb_script_tensor *t;
    int axis = 0;
    bool keep = false;
    tb_script_value where;
    if (!tb_is_tensor(c, 0) && !tb_is_tensor(c, 1))
        return of_numbers(c, kind, out);
    if (tb_is_tensor(c, 1)) {
        c->function =
            tb_builtin_named(kind == TB_REDUCE_MAX ? "maximum" : "minimum");
        return c->function->run(c, out);
    }
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    bool up = kind == TB_REDUCE_MAX;
    tb_value *v = comparable(c, t->dtype);
    if (!tb_has(c, 1)) {
        v = extreme_of(v, up, ~0u, false);
        return tb_give(c, out, t->dtype, v ? tb_value_as(v, t->dtype) : NULL);
    }
    if (!tb_arg_axis(c, 1, t->rank, &axis) || !tb_arg_bool(c, 2, &keep))
        return false;
    if (!v)
        return tb_give(c, out, t->dtype, NULL);
    tb_value *most = extreme_of(v, up, TB_AXIS(axis), keep);
    tb_value *place = place_of(v, up, axis);
    if (keep && most && place)
        place = tb_reshape(place, tb_value_shape(most));
    tb_script_value value;
    return tb_give(c, &value, t->dtype, tb_value_as(most, t->dtype)) &&
           tb_give(c, &where, TB_DTYPE_INT64, place) &&
           give_pair(c, &value, &where, out);
}

/* var_mean, std_mean: both in a pair. */
static bool spread_mean(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_value a, b;
    tb_builtin_call mean = *c;
    mean.function = tb_builtin_named("mean");
    if (c->arg[1].kind == TB_SCRIPT_BOOL)
        mean.arg[1] = tb_script_none();
    mean.arg[2] = c->arg[3];
    mean.arg[3] = tb_script_none();
    return spread(c, &a) && mean.function->run(&mean, &b) &&
           give_pair(c, &a, &b, out);
}

static bool amax(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    unsigned axes = 0;
    bool keep = false;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_axes(c, 1, t->rank, &axes) ||
        !tb_arg_bool(c, 2, &keep))
        return false;
    tb_value *v = extreme_of(comparable(c, t->dtype),
                             c->function->kind == TB_REDUCE_MAX, axes, keep);
    return tb_give(c, out, t->dtype, v ? tb_value_as(v, t->dtype) : NULL);
}

static bool argmax(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int axis = 0;
    bool keep = false;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    tb_value *v = comparable(c, t->dtype);
    if (!tb_has(c, 1) && v)
        v = tb_reshape(v, tb_dims(tb_script_tensor_count(t)));
    if (!v)
        return tb_give(c, out, TB_DTYPE_INT64, NULL);
    if (!tb_arg_axis(c, 1, v->rank, &axis) || !tb_arg_bool(c, 2, &keep))
        return false;
    tb_shape shape = tb_value_shape(v);
    shape.dim[axis] = 1;
    tb_value *place = place_of(v, c->function->kind == 0, axis);
    return tb_give(c, out, TB_DTYPE_INT64,
                   keep && place ? tb_reshape(place, shape) : place);
}

/* The norm of order infinity. */
static bool largest(tb_builtin_call *c, const tb_script_tensor *t,
                    unsigned axes, bool keep, tb_script_value *out)
{
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    v = v ? tb_map(v, TB_ABS, 0, 0) : NULL;
    return tb_give(c, out, t->dtype,
                   v ? tb_reduce(v, TB_REDUCE_MAX, axes, keep) : NULL);
}

/* norm(x, p), norm(x, p, dims, keepdim). */
static bool norm(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    unsigned axes = 0;
    bool keep = false;
    double p = 2;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_real(c, 1, &p) ||
        !tb_arg_axes(c, 2, t->rank, &axes) || !tb_arg_bool(c, 3, &keep))
        return false;
    if (p == HUGE_VAL)
        return largest(c, t, axes, keep, out);
    if (p != 1 && p != 2)
        return tb_refuse(c, "a norm of order %g", p);
    bool complex = tb_dtype_type(t->dtype) == TB_C64;
    tb_value *v = tb_arg_value(c, 0, complex ? t->dtype : TB_DTYPE_FLOAT32);
    if (v && complex)
        v = tb_magnitude(v);
    return tb_give(c, out, complex ? TB_DTYPE_FLOAT32 : t->dtype,
                   v ? tb_norm(v, (int)p, axes, keep) : NULL);
}

/* any(x), all(x), with an axis or without; of lists of truth values, too. */
static bool truth(tb_builtin_call *c, tb_script_value *out)
{
    bool any = c->function->kind, keep = false;
    const tb_script_items *items = NULL;
    unsigned axes = 0;
    if (!tb_is_tensor(c, 0)) {
        if (!tb_arg_list(c, 0, &items))
            return false;
        bool found = !any;
        for (int i = 0; i < items->count; i++)
            if (tb_script_is_number(&items->at[i]) &&
                (tb_script_number(&items->at[i]) != 0) == any)
                found = any;
        return tb_give_bool(out, found);
    }
    if (!tb_arg_axes(c, 1, c->arg[0].tensor->rank, &axes) ||
        !tb_arg_bool(c, 2, &keep))
        return false;
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_BOOL);
    if (v)
        v = tb_reduce(tb_cast(v, TB_REAL), any ? TB_REDUCE_MAX : TB_REDUCE_MIN,
                      axes, keep);
    return tb_give(c, out, TB_DTYPE_BOOL, v ? tb_cast(v, TB_BOOL) : NULL);
}

static bool count_nonzero(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    unsigned axes = 0;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_axes(c, 1, t->rank, &axes))
        return false;
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_BOOL);
    v = v ? tb_combine_axes(tb_cast(v, TB_I64), TB_ADD, axes, false) : NULL;
    return tb_give(c, out, TB_DTYPE_INT64, v);
}

const tb_builtin tb_functions_reduce[] = {
    {"sum", "self dim keepdim dtype", add_up, TB_REDUCE_SUM},
    {"mean", "self dim keepdim dtype", add_up, TB_REDUCE_MEAN},
    {"std", "self dim unbiased keepdim", spread, 1},
    {"var", "self dim unbiased keepdim", spread, 0},
    {"std_mean", "self dim unbiased keepdim", spread_mean, 1},
    {"var_mean", "self dim unbiased keepdim", spread_mean, 0},
    {"max", "self dim keepdim", extreme, TB_REDUCE_MAX},
    {"min", "self dim keepdim", extreme, TB_REDUCE_MIN},
    {"amax", "self dim keepdim", amax, TB_REDUCE_MAX},
    {"amin", "self dim keepdim", amax, TB_REDUCE_MIN},
    {"argmax", "self dim keepdim", argmax, 0},
    {"argmin", "self dim keepdim", argmax, 1},
    {"norm", "self p dim keepdim dtype", norm, 0},
    {"count_nonzero", "self dim", count_nonzero, 0},
    {"any", "self dim keepdim", truth, true},
    {"all", "self dim keepdim", truth, false},
    {NULL, NULL, NULL, 0},
};
