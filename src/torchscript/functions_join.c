/* Tensors put together and taken apart, moved and repeated, and copies. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <string.h>

enum { MOST_JOINED = 1024, MOST_PIECES = 4096 };

/* ---- together ---- */

/* The tensors of the first argument's list, as values of their common type;
   those without elements are left out, as torch.cat does. */
static bool values_of(tb_builtin_call *c, const tb_script_items **list,
                      tb_value **v, int *n, tb_dtype *type)
{
    tb_promotion p = {0};
    if (!tb_arg_list(c, 0, list))
        return false;
    const tb_script_items *items = *list;
    if (items->count < 1 || items->count > MOST_JOINED)
        return tb_refuse(c, "%d tensors", items->count);
    for (int i = 0; i < items->count; i++) {
        if (items->at[i].kind != TB_SCRIPT_TENSOR)
            return tb_refuse(c, "the list holds %s",
                             tb_script_kind_name(items->at[i].kind));
        tb_promotion_add(&p, &items->at[i]);
    }
    *type = tb_promotion_result(&p);
    *n = 0;
    for (int i = 0; i < items->count; i++) {
        tb_script_tensor *t = items->at[i].tensor;
        if (tb_script_tensor_count(t) == 0)
            continue;
        v[*n] = tb_value_as(tb_recording_read(c->r, t), *type);
        if (!v[(*n)++])
            return tb_refuse(c, "a tensor cannot be read");
    }
    return true;
}

static bool cat(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    tb_value *v[MOST_JOINED];
    tb_dtype type;
    int n = 0, axis = 0;
    if (!values_of(c, &items, v, &n, &type))
        return false;
    if (n == 0) {
        *out = items->at[0];
        return true;
    }
    return tb_arg_axis(c, 1, v[0]->rank, &axis) &&
           tb_give(c, out, type, n == 1 ? v[0] : tb_concat(n, v, axis));
}

static bool stack(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    tb_value *v[MOST_JOINED];
    tb_dtype type;
    int n = 0, axis = 0;
    if (!values_of(c, &items, v, &n, &type))
        return false;
    if (n != items->count)
        return tb_give(c, out, type, NULL);
    if (!tb_arg_axis(c, 1, v[0]->rank + 1, &axis))
        return false;
    if (v[0]->rank == TB_RANK)
        return tb_refuse(c, "more than %d axes are not possible", TB_RANK);
    tb_shape shape = tb_value_shape(v[0]);
    for (int i = shape.rank++; i > axis; i--)
        shape.dim[i] = shape.dim[i - 1];
    shape.dim[axis] = 1;
    for (int i = 0; i < n; i++)
        v[i] = tb_reshape(v[i], shape);
    return tb_give(c, out, type, tb_concat(n, v, axis));
}

/* vstack (kind 0) of rows and matrices, hstack: rows side by side. */
static bool stack_rows(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    tb_value *v[MOST_JOINED];
    tb_dtype type;
    int n = 0;
    if (!values_of(c, &items, v, &n, &type))
        return false;
    if (n != items->count)
        return tb_refuse(c, "a tensor has no elements");
    int axis = c->function->kind && v[0]->rank > 1;
    for (int i = 0; i < n; i++)
        if (v[i]->rank == 0)
            v[i] = tb_reshape(v[i], tb_dims(1));
    for (int i = 0; i < n && !c->function->kind; i++)
        if (v[i] && v[i]->rank == 1)
            v[i] = tb_reshape(v[i], tb_dims(1, v[i]->dim[0]));
    return tb_give(c, out, type, tb_concat(n, v, axis));
}

/* ---- apart: views, by the functions that make one ---- */

static bool view_by(tb_builtin_call *c, const char *name, int count,
                    const tb_script_value *arg, tb_script_value *out)
{
    tb_builtin_call inner = {
        .r = c->r, .function = tb_builtin_named(name), .count = count};
    memcpy(inner.arg, arg, (size_t)count * sizeof *arg);
    return inner.function->run(&inner, out);
}

static bool take(tb_builtin_call *c, tb_script_list *list, int axis,
                 int64_t first, int64_t length)
{
    tb_script_value piece;
    tb_script_value arg[] = {c->arg[0], tb_script_int(axis),
                             tb_script_int(first), tb_script_int(length)};
    return view_by(c, "narrow", 4, arg, &piece) &&
           tb_items_append(c->r, &list->items, piece);
}

/* Pieces of `each` elements, the last of what is left. */
static bool in_pieces(tb_builtin_call *c, int64_t each, int axis,
                      tb_script_value *out)
{
    int64_t n = c->arg[0].tensor->dim[axis];
    tb_script_list *list = tb_new_list(c->r);
    if (each < 1 || n / each > MOST_PIECES)
        return tb_refuse(c, "pieces of %lld elements", (long long)each);
    for (int64_t i = 0; list && i < n; i += each)
        if (!take(c, list, axis, i, each < n - i ? each : n - i))
            return false;
    *out = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
    return list != NULL;
}

static bool has_axes(tb_builtin_call *c, tb_script_tensor **t, int where,
                     int *axis)
{
    if (!tb_arg_tensor(c, 0, t))
        return false;
    if ((*t)->rank == 0)
        return tb_refuse(c, "the tensor has no axes");
    return tb_arg_axis(c, where, (*t)->rank, axis);
}

static bool chunk(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int64_t count = 1;
    int axis = 0;
    if (!has_axes(c, &t, 2, &axis) || !tb_arg_int(c, 1, &count))
        return false;
    if (count < 1)
        return tb_refuse(c, "%lld pieces", (long long)count);
    return in_pieces(c, (t->dim[axis] + count - 1) / count, axis, out);
}

static bool split(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    const tb_script_items *sizes = NULL;
    int64_t each = 1, at = 0;
    int axis = 0;
    if (c->arg[0].kind == TB_SCRIPT_STRING)
        return tb_split_text(c, out);
    if (!has_axes(c, &t, 2, &axis))
        return false;
    if (c->arg[1].kind != TB_SCRIPT_LIST)
        return tb_arg_int(c, 1, &each) && in_pieces(c, each, axis, out);
    tb_script_list *list = tb_new_list(c->r);
    if (!list || !tb_arg_list(c, 1, &sizes))
        return false;
    for (int i = 0; i < sizes->count; i++) {
        each = sizes->at[i].kind == TB_SCRIPT_INT ? sizes->at[i].integer : -1;
        if (!take(c, list, axis, at, each))
            return false;
        at += each;
    }
    *out = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
    return at == t->dim[axis] ||
           tb_refuse(c, "the pieces are not all of the axis");
}

static bool unbind(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int axis = 0;
    if (!has_axes(c, &t, 1, &axis))
        return false;
    tb_script_list *list = tb_new_list(c->r);
    if (t->dim[axis] > MOST_PIECES)
        return tb_refuse(c, "%lld pieces", (long long)t->dim[axis]);
    for (int64_t i = 0; list && i < t->dim[axis]; i++) {
        tb_script_value arg[] = {c->arg[0], tb_script_int(axis),
                                 tb_script_int(i)},
                        piece;
        if (!view_by(c, "select", 3, arg, &piece) ||
            !tb_items_append(c->r, &list->items, piece))
            return false;
    }
    *out = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
    return list != NULL;
}

/* All of one shape. */
static bool broadcast(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    tb_shape shape = {0};
    tb_script_list *list = tb_new_list(c->r);
    if (!list || !tb_arg_list(c, 0, &items))
        return false;
    for (int i = 0; i < items->count; i++) {
        tb_value *v = items->at[i].kind == TB_SCRIPT_TENSOR
                          ? tb_recording_read(c->r, items->at[i].tensor)
                          : NULL;
        if (!v || !tb_broadcast_to(v, &shape))
            return tb_refuse(c, "the shapes do not fit together");
    }
    for (int i = 0; i < items->count; i++) {
        tb_script_value piece, arg[] = {items->at[i], {0}};
        tb_script_list *sizes = tb_new_list(c->r);
        for (int k = 0; sizes && k < shape.rank; k++)
            if (!tb_items_append(c->r, &sizes->items,
                                 tb_script_int(shape.dim[k])))
                return false;
        arg[1] = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = sizes};
        if (!sizes || !view_by(c, "expand", 2, arg, &piece) ||
            !tb_items_append(c->r, &list->items, piece))
            return false;
    }
    *out = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
    return true;
}

/* ---- repeated, moved ---- */

static bool repeat(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int64_t times[TB_RANK];
    int n = 0;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_ints_on(c, 1, TB_RANK, times, &n))
        return false;
    if (n < t->rank && !c->function->kind)
        return tb_refuse(c, "%d numbers for %d axes", n, t->rank);
    for (; n < t->rank; n++) { /* tile: axes before them stay */
        memmove(times + 1, times, (size_t)n * sizeof *times);
        times[0] = 1;
    }
    tb_value *v = tb_recording_read(c->r, t);
    tb_shape shape = {.rank = n};
    for (int i = 0; i < n; i++)
        shape.dim[i] = i < n - t->rank ? 1 : t->dim[i - (n - t->rank)];
    v = v ? tb_reshape(v, shape) : NULL;
    for (int i = 0; i < n && v; i++) {
        if (times[i] < 1 || times[i] > (1 << 24))
            return tb_refuse(c, "%lld times", (long long)times[i]);
        if (times[i] == 1)
            continue;
        tb_shape wide = tb_value_shape(v), final = wide;
        for (int k = wide.rank++; k > i && k < TB_RANK; k--)
            wide.dim[k] = wide.dim[k - 1];
        if (wide.rank > TB_RANK)
            return tb_refuse(c, "too many axes");
        wide.dim[i] = 1;
        v = tb_reshape(v, wide);
        wide.dim[i] = times[i];
        final.dim[i] *= times[i];
        v = v ? tb_reshape(tb_contiguous(tb_expand(v, wide)), final) : NULL;
    }
    return tb_give(c, out, t->dtype, v);
}

/* Each element so many times along an axis; without one, of all in a row. */
static bool repeat_each(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int64_t times = 1;
    int axis = 0;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_int(c, 1, &times))
        return false;
    if (times < 1 || times > (1 << 24))
        return tb_refuse(c, "%lld times", (long long)times);
    tb_value *v = tb_recording_read(c->r, t);
    if (!tb_has(c, 2) && v)
        v = tb_reshape(v, tb_dims(tb_script_tensor_count(t)));
    if (!v || v->rank == TB_RANK)
        return tb_give(c, out, t->dtype, NULL);
    if (!tb_arg_axis(c, 2, v->rank, &axis))
        return false;
    tb_shape wide = tb_value_shape(v), final = wide;
    for (int k = wide.rank++; k > axis + 1; k--)
        wide.dim[k] = wide.dim[k - 1];
    wide.dim[axis + 1] = 1;
    v = tb_reshape(v, wide);
    wide.dim[axis + 1] = times;
    final.dim[axis] *= times;
    return tb_give(c, out, t->dtype,
                   v ? tb_reshape(tb_contiguous(tb_expand(v, wide)), final)
                     : NULL);
}

static bool flip(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    unsigned axes = 0;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_axes(c, 1, t->rank, &axes))
        return false;
    tb_value *v = tb_recording_read(c->r, t);
    for (int i = 0; i < t->rank && v; i++)
        if (axes >> i & 1)
            v = tb_flip(v, i);
    return tb_give(c, out, t->dtype, v);
}

/* All elements as one row. */
static bool roll_all(tb_builtin_call *c, tb_script_tensor *t, int64_t shift,
                     tb_script_value *out)
{
    int64_t n = tb_script_tensor_count(t);
    tb_value *v = tb_recording_read(c->r, t);
    if (!v)
        return tb_give(c, out, t->dtype, NULL);
    tb_shape shape = tb_value_shape(v);
    shift %= n;
    v = tb_roll(tb_reshape(v, tb_dims(n)), 0, shift < 0 ? shift + n : shift);
    return tb_give(c, out, t->dtype, tb_reshape(v, shape));
}

static bool roll(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int64_t shifts[TB_RANK], dims[TB_RANK];
    int n = 0, m = 0;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_ints(c, 1, TB_RANK, shifts, &n) ||
        (tb_has(c, 2) && !tb_arg_ints(c, 2, TB_RANK, dims, &m)))
        return false;
    if (n == 1 && m == 0)
        return roll_all(c, t, shifts[0], out);
    if (n != m)
        return tb_refuse(c, "%d shifts for %d axes", n, m);
    tb_value *v = tb_recording_read(c->r, t);
    for (int i = 0; i < n && v; i++) {
        int axis = (int)(dims[i] < 0 ? dims[i] + t->rank : dims[i]);
        if (axis < 0 || axis >= t->rank)
            return tb_refuse(c, "there is no axis %lld", (long long)dims[i]);
        int64_t size = t->dim[axis], shift = shifts[i] % size;
        v = tb_roll(v, axis, shift < 0 ? shift + size : shift);
    }
    return tb_give(c, out, t->dtype, v);
}

/* ---- copies and types ---- */

static bool clone(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    if (tb_script_tensor_count(t) == 0) {
        *out = c->arg[0];
        return true;
    }
    return tb_give(c, out, t->dtype, tb_recording_read(c->r, t));
}

/* A copy in order of a tensor that does not lie so; else itself. */
static bool contiguous(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    if (!tb_script_tensor_is_contiguous(t))
        return clone(c, out);
    *out = c->arg[0];
    return true;
}

static bool as_type(tb_builtin_call *c, tb_dtype type, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    if (t->dtype == type) {
        *out = c->arg[0];
        return true;
    }
    if (tb_script_tensor_count(t) == 0) {
        t = tb_recording_empty(c->r, type, tb_script_tensor_shape(t));
        *out = tb_script_of_tensor(t);
        return t != NULL;
    }
    return tb_give(c, out, type, tb_value_as(tb_recording_read(c->r, t), type));
}

static bool fixed_type(tb_builtin_call *c, tb_script_value *out)
{
    return as_type(c, (tb_dtype)c->function->kind, out);
}

/* to(x, dtype...), to(x, device, dtype...), to(x, other): what says a type. */
static bool to(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    tb_dtype type = t->dtype;
    for (int i = 1; i < 3; i++) {
        if (tb_is_tensor(c, i))
            type = c->arg[i].tensor->dtype;
        else if (c->arg[i].kind == TB_SCRIPT_INT && !tb_arg_dtype(c, i, &type))
            return false;
    }
    return as_type(c, type, out);
}

const tb_builtin tb_functions_join[] = {
    {"cat", "tensors dim", cat, 0},
    {"concat", "tensors dim", cat, 0},
    {"stack", "tensors dim", stack, 0},
    {"vstack", "tensors", stack_rows, 0},
    {"hstack", "tensors", stack_rows, 1},
    {"chunk", "self chunks dim", chunk, 0},
    {"split", "self split_size dim", split, 0},
    {"split_with_sizes", "self split_sizes dim", split, 0},
    {"unbind", "self dim", unbind, 0},
    {"broadcast_tensors", "tensors", broadcast, 0},
    {"repeat", "self repeats", repeat, 0},
    {"tile", "self dims", repeat, 1},
    {"repeat_interleave", "self repeats dim output_size", repeat_each, 0},
    {"flip", "self dims", flip, 0},
    {"roll", "self shifts dims", roll, 0},
    {"clone", "self memory_format", clone, 0},
    {"contiguous", "self memory_format", contiguous, 0},
    {"type_as", "self other", to, 0},
    {"to", "self dtype other non_blocking copy memory_format", to, 0},
    {"double", "self", fixed_type, TB_DTYPE_FLOAT64},
    {"half", "self", fixed_type, TB_DTYPE_FLOAT16},
    {"long", "self", fixed_type, TB_DTYPE_INT64},
    {"_to_float", "self", fixed_type, TB_DTYPE_FLOAT32},
    {"_to_int", "self", fixed_type, TB_DTYPE_INT32},
    {"_to_bool", "self", fixed_type, TB_DTYPE_BOOL},
    {NULL, NULL, NULL, 0},
};
