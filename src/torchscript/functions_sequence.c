/* What goes along an axis: running sums and products, differences, order. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <math.h>

/* The same without an axis; with one element on it. */
static tb_shape without(const tb_value *v, int axis)
{
    tb_shape shape = {.rank = 0};
    for (int i = 0; i < v->rank; i++)
        if (i != axis)
            shape.dim[shape.rank++] = v->dim[i];
    return shape;
}

static tb_dtype summed_type(const tb_script_tensor *t)
{
    bool stays =
        tb_dtype_is_real(t->dtype) || tb_dtype_type(t->dtype) == TB_C64;
    return stays ? t->dtype : TB_DTYPE_INT64;
}

/* What sums and products of that type are computed in. */
static tb_dtype exact_sum(tb_dtype type)
{
    return tb_dtype_is_whole(type) || tb_dtype_type(type) == TB_C64
               ? type
               : TB_DTYPE_FLOAT32;
}

/* ---- running sums and products ---- */

static tb_value *running_sum(tb_value *v, int axis)
{
    tb_shape one = {.rank = v->rank};
    for (int i = 0; i < v->rank; i++)
        one.dim[i] = 1;
    return tb_accumulate(v, axis, tb_fill(v->graph, one, 1),
                         tb_fill(v->graph, without(v, axis), 0), 0)
        .y;
}

/* log of the running sum of e^x. */
static tb_value *running_log(tb_value *v, int axis)
{
    tb_value *most = tb_reduce(v, TB_REDUCE_MAX, TB_AXIS(axis), true);
    tb_value *e = tb_map(tb_sub(v, most), TB_EXP, 0, 0);
    tb_value *sum = e ? running_sum(e, axis) : NULL;
    return sum ? tb_add(tb_map(sum, TB_LOG, 0, 0), most) : NULL;
}

enum { SUM, PRODUCT, LOG_SUM };

static bool running(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int axis = 0, kind = c->function->kind;
    if (!tb_has_axis(c, 1, 0, &t, &axis))
        return false;
    tb_dtype type = summed_type(t);
    if (!tb_arg_dtype(c, 2, &type))
        return false;
    tb_value *v = tb_arg_value(
        c, 0, kind == LOG_SUM ? TB_DTYPE_FLOAT32 : exact_sum(type));
    tb_value *y = !v                   ? NULL
                  : kind == PRODUCT    ? tb_combine_running(v, TB_MUL, axis)
                  : kind == LOG_SUM    ? running_log(v, axis)
                  : v->type == TB_REAL ? running_sum(v, axis)
                                       : tb_combine_running(v, TB_ADD, axis);
    return tb_give(c, out, type, y ? tb_value_as(y, type) : NULL);
}

/* ---- down to one ---- */

static bool prod(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int axis = 0;
    bool keep = false;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    tb_dtype type = summed_type(t);
    if (!tb_arg_axis(c, 1, t->rank, &axis) || !tb_arg_bool(c, 2, &keep) ||
        !tb_arg_dtype(c, 3, &type))
        return false;
    tb_value *v = tb_arg_value(c, 0, exact_sum(type));
    v = tb_combine_axes(v, TB_MUL, tb_has(c, 1) ? TB_AXIS(axis) : ~0u, keep);
    return tb_give(c, out, type, v ? tb_value_as(v, type) : NULL);
}

static bool logsumexp(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    unsigned axes = 0;
    bool keep = false;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_axes(c, 1, t->rank, &axes) ||
        !tb_arg_bool(c, 2, &keep))
        return false;
    tb_value *v = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!v)
        return tb_give(c, out, t->dtype, NULL);
    tb_value *most = tb_reduce(v, TB_REDUCE_MAX, axes, true);
    tb_value *sum = tb_sum(tb_map(tb_sub(v, most), TB_EXP, 0, 0), axes, keep);
    most = tb_reduce(v, TB_REDUCE_MAX, axes, keep);
    return tb_give(c, out, t->dtype,
                   sum && most ? tb_add(tb_map(sum, TB_LOG, 0, 0), most)
                               : NULL);
}

/* ---- differences ---- */

static bool diff(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int axis = 0;
    int64_t times = 1;
    if (!tb_has_axis(c, 2, -1, &t, &axis) || !tb_arg_int(c, 1, &times))
        return false;
    if (times < 0 || times >= t->dim[axis])
        return tb_refuse(c, "of %lld elements nothing is left",
                         (long long)t->dim[axis]);
    tb_value *v = tb_arg_value(c, 0, t->dtype);
    for (int64_t i = 0; i < times && v; i++) {
        int64_t n = v->dim[axis];
        v = tb_sub(tb_slice(v, axis, 1, n, 1), tb_slice(v, axis, 0, n - 1, 1));
    }
    return tb_give(c, out, t->dtype, v);
}

/* ---- order ---- */

enum { MOST_SORTED = 2048 };

/* Where each element of the last axis comes in order: equal ones in the order
   in which they stand. v [..., n] -> [..., n], real. */
static tb_value *ranks_of(tb_builtin_call *c, tb_value *v, bool down)
{
    int last = v->rank - 1;
    int64_t n = v->dim[last];
    uint8_t *x = tb_arena_array(c->r->arena, (size_t)(n * n), sizeof *x);
    if (!x || v->rank == TB_RANK)
        return NULL;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            x[i * n + j] = j < i;
    tb_value *earlier =
        tb_constant_type(v->graph, TB_BOOL, tb_dims(n, n), TB_BOOL, x);
    tb_shape column = tb_value_shape(v), row = column;
    column.dim[column.rank++] = 1;
    row.dim[row.rank++] = n;
    row.dim[last] = 1;
    tb_value *a = tb_reshape(v, column), *b = tb_reshape(v, row);
    tb_value *before = tb_or(tb_compare(down ? TB_GT : TB_LT, b, a),
                             tb_and(tb_compare(TB_EQ, b, a), earlier));
    return tb_sum(tb_cast(before, TB_REAL), TB_AXIS(last + 1), false);
}

/* Which element of the last axis is the first, second... in order. */
static tb_value *order_of(tb_builtin_call *c, tb_value *v, bool down)
{
    tb_value *rank = ranks_of(c, v, down);
    if (!rank)
        return NULL;
    tb_value *hits = tb_one_hot(tb_cast(rank, TB_I64), v->dim[v->rank - 1]);
    return hits ? tb_argmax(tb_transpose(hits, v->rank - 1, v->rank), v->rank)
                : NULL;
}

static tb_value *gather_by(const void *order, tb_value *v)
{
    return tb_gather_last(v, (tb_value *)order);
}

static bool give_ordered(tb_builtin_call *c, const tb_script_tensor *t,
                         tb_value *v, tb_value *order, int axis,
                         tb_script_value *out)
{
    int last = t->rank - 1;
    tb_script_value pair[2];
    tb_script_list *list = tb_new_list(c->r);
    tb_value *y = tb_pick_exactly(v, gather_by, order);
    y = y ? tb_transpose(tb_value_as(y, t->dtype), axis, last) : NULL;
    order = order ? tb_transpose(order, axis, last) : NULL;
    *out = (tb_script_value){.kind = TB_SCRIPT_TUPLE, .list = list};
    return list && tb_give(c, &pair[0], t->dtype, y) &&
           tb_give(c, &pair[1], TB_DTYPE_INT64, order) &&
           tb_items_append(c->r, &list->items, pair[0]) &&
           tb_items_append(c->r, &list->items, pair[1]);
}

/* What numbers of this type are compared as. */
static tb_dtype comparable(tb_dtype type)
{
    return tb_dtype_is_whole(type) ? type : TB_DTYPE_FLOAT32;
}

/* v with the axis last, and the order along it. */
static bool ordered(tb_builtin_call *c, const tb_script_tensor *t, int axis,
                    bool down, tb_value **v, tb_value **order)
{
    if (t->dim[axis] > MOST_SORTED)
        return tb_refuse(c, "%lld elements are too many",
                         (long long)t->dim[axis]);
    *v = tb_arg_value(c, 0, comparable(t->dtype));
    *v = *v ? tb_contiguous(tb_transpose(*v, axis, t->rank - 1)) : NULL;
    *order = *v ? order_of(c, *v, down) : NULL;
    return *order != NULL || tb_refuse(c, "the tensor cannot be sorted");
}

/* sort(x, axis, descending) -> (values, places); argsort; sort of lists. */
static bool sort(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    tb_value *v, *order;
    int axis = 0;
    bool down = false;
    if (!tb_is_tensor(c, 0))
        return tb_sort_list(c, out);
    if (!tb_has_axis(c, 1, -1, &t, &axis) || !tb_arg_bool(c, 2, &down) ||
        !ordered(c, t, axis, down, &v, &order))
        return false;
    if (!c->function->kind)
        return give_ordered(c, t, v, order, axis, out);
    return tb_give(c, out, TB_DTYPE_INT64,
                   tb_transpose(order, axis, t->rank - 1));
}

/* The middle one of all numbers, the lower of two. */
static bool median(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    int64_t n = tb_script_tensor_count(t);
    if (tb_has(c, 1) || n > MOST_SORTED)
        return tb_refuse(c, "along an axis, or of %lld elements", (long long)n);
    tb_value *v = tb_arg_value(c, 0, comparable(t->dtype));
    v = v ? tb_reshape(v, tb_dims(n)) : NULL;
    tb_value *order = v ? order_of(c, v, false) : NULL;
    tb_value *middle =
        order ? tb_slice(order, 0, (n - 1) / 2, (n - 1) / 2 + 1, 1) : NULL;
    tb_value *y = middle ? tb_pick_exactly(v, gather_by, middle) : NULL;
    return tb_give(c, out, t->dtype,
                   y ? tb_value_as(tb_reshape(y, (tb_shape){0}), t->dtype)
                     : NULL);
}

/* topk(x, k, axis, largest) -> (values, places), in order. */
static bool topk(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    tb_value *v, *order;
    int axis = 0;
    int64_t k = 1;
    bool largest = true;
    if (!tb_has_axis(c, 2, -1, &t, &axis) || !tb_arg_int(c, 1, &k) ||
        !tb_arg_bool(c, 3, &largest))
        return false;
    if (k < 1 || k > t->dim[axis])
        return tb_refuse(c, "%lld of %lld", (long long)k,
                         (long long)t->dim[axis]);
    if (!ordered(c, t, axis, largest, &v, &order))
        return false;
    order = tb_contiguous(tb_slice(order, t->rank - 1, 0, k, 1));
    return give_ordered(c, t, v, order, axis, out);
}

/* How many of the rising bounds are below x, or with right=True not above. */
static bool bucketize(tb_builtin_call *c, tb_script_value *out)
{
    bool right = false, turned = c->function->kind;
    tb_dtype type = comparable(tb_common_type(c, 2));
    tb_value *x = tb_arg_value(c, turned, type);
    tb_value *bounds = tb_arg_value(c, !turned, type);
    if (!tb_arg_bool(c, 3, &right))
        return false;
    if (!x || !bounds || bounds->rank != 1 || x->rank == TB_RANK)
        return tb_refuse(c, "it needs a row of bounds");
    if (right && x->type == TB_REAL) /* searches where the others compare all */
        return tb_give(c, out, TB_DTYPE_INT64, tb_bucketize(x, bounds));
    tb_shape shape = tb_value_shape(x);
    shape.dim[shape.rank++] = 1;
    tb_value *below =
        tb_compare(right ? TB_LE : TB_LT, bounds, tb_reshape(x, shape));
    tb_value *n =
        below ? tb_sum(tb_cast(below, TB_REAL), TB_AXIS(x->rank), false) : NULL;
    return tb_give(c, out, TB_DTYPE_INT64, n ? tb_cast(n, TB_I64) : NULL);
}

const tb_builtin tb_functions_sequence[] = {
    {"cumsum", "self dim dtype", running, SUM},
    {"cumprod", "self dim dtype", running, PRODUCT},
    {"logcumsumexp", "self dim", running, LOG_SUM},
    {"prod", "self dim keepdim dtype", prod, 0},
    {"logsumexp", "self dim keepdim", logsumexp, 0},
    {"diff", "self n dim", diff, 0},
    {"sort", "self dim descending reverse", sort, 0},
    {"argsort", "self dim descending", sort, 1},
    {"median", "self dim keepdim", median, 0},
    {"topk", "self k dim largest sorted", topk, 0},
    {"bucketize", "self boundaries out_int32 right", bucketize, 0},
    {"searchsorted", "sorted_sequence self out_int32 right", bucketize, 1},
    {NULL, NULL, NULL, 0},
};
