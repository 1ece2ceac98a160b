/* Views: other regions of a tensor's storage, and what asks for shapes. A view
   of numbers that are known as a value is that value seen by an op of the
   engine; other views are read from their storage when somebody asks. */
#include "torchscript/functions.h"

#include "engine/ops.h"
#include "torchscript/recording_guard.h"
#include "torchscript/recording_scalar.h"

#include <string.h>

/* The numbers of t if they are known as they are: else those of its views are
   read from the storage, of which t may be more than what calls reach. */
static tb_value *known(tb_builtin_call *c, tb_script_tensor *t)
{
    const tb_storage_use *use = t->storage->use;
    if (t->apart || (use && !use->source))
        return tb_recording_read(c->r, t);
    return use && t->value && t->version == use->version ? t->value : NULL;
}

/* The same geometry, to be changed. */
bool tb_view_begin(tb_builtin_call *c, tb_script_tensor **t,
                   tb_script_tensor **view, tb_value **v)
{
    if (!tb_arg_tensor(c, 0, t) || !(*view = tb_recording_view(c->r, *t)))
        return false;
    *v = tb_script_tensor_count(*t) > 0 ? known(c, *t) : NULL;
    return true;
}

bool tb_give_view(tb_builtin_call *c, tb_script_tensor *view, tb_value *v,
                  tb_script_value *out)
{
    tb_error error = {0};
    if (tb_graph_check(c->r->graph, &error))
        return tb_refuse(c, "%s", error.text);
    view->value = tb_script_tensor_count(view) > 0 ? v : NULL;
    view->version = view->storage->use ? view->storage->use->version : 0;
    *out = tb_script_of_tensor(view);
    return true;
}

/* ---- parts of an axis ---- */

static int64_t clip(int64_t x, int64_t n)
{
    x = x < 0 ? x + n : x;
    return x < 0 ? 0 : x > n ? n : x;
}

static bool cut(tb_builtin_call *c, int axis, int64_t first, int64_t last,
                int64_t step, tb_script_value *out)
{
    tb_script_tensor *t, *view;
    tb_value *v;
    if (!tb_view_begin(c, &t, &view, &v))
        return false;
    int64_t n = t->dim[axis];
    last = last < first ? first : last;
    view->dim[axis] = (last - first + step - 1) / step;
    view->offset += first * t->stride[axis];
    view->stride[axis] *= step;
    bool all = first == 0 && last == n && step == 1;
    if (v && !all && view->dim[axis] > 0)
        v = tb_slice(v, axis, first, last, step);
    return tb_give_view(c, view, v, out);
}

static bool slice_list(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    int64_t first = 0, last = INT64_MAX, step = 1;
    if (!tb_arg_list(c, 0, &items) || !tb_arg_int(c, 1, &first) ||
        !tb_arg_int(c, 2, &last) || !tb_arg_int(c, 3, &step))
        return false;
    if (step == 0)
        return tb_refuse(c, "a step of 0");
    bool back = step < 0;
    if (back && !tb_has(c, 1))
        first = items->count - 1;
    first = back && tb_has(c, 1) && first < 0 ? first + items->count : first;
    first = back ? first : clip(first, items->count);
    last = back ? (tb_has(c, 2) ? clip(last, items->count) : -1)
                : clip(last, items->count);
    tb_script_list *list = tb_new_list(c->r);
    for (int64_t i = first; list && (back ? i > last : i < last); i += step)
        if (i < items->count && i >= 0 &&
            !tb_items_append(c->r, &list->items, items->at[i]))
            return false;
    *out = (tb_script_value){.kind = c->arg[0].kind, .list = list};
    return list != NULL;
}

/* Where a bound is a formula. */
static bool slice_open(tb_builtin_call *c, tb_script_tensor *t, int axis,
                       tb_script_value *out)
{
    const tb_script_value first = tb_script_int(0),
                          last = tb_script_int(INT64_MAX);
    tb_script_tensor *span =
        tb_recording_span(c->r, t, axis, tb_has(c, 2) ? c->arg[2] : first,
                          tb_has(c, 3) ? c->arg[3] : last);
    *out = tb_script_of_tensor(span);
    return span != NULL;
}

/* slice(x, first, last, step) of lists, slice(x, axis, first, last, step). */
static bool slice(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int axis = 0;
    int64_t first = 0, last = INT64_MAX, step = 1;
    if (c->arg[0].kind == TB_SCRIPT_STRING)
        return tb_slice_text(c, out);
    if (!tb_is_tensor(c, 0))
        return slice_list(c, out);
    t = c->arg[0].tensor;
    if (t->rank == 0)
        return tb_refuse(c, "the tensor has no axes");
    if (!tb_arg_axis(c, 1, t->rank, &axis))
        return false;
    if (c->arg[2].formula || c->arg[3].formula)
        return slice_open(c, t, axis, out);
    if (!tb_arg_int(c, 2, &first) || !tb_arg_int(c, 3, &last) ||
        !tb_arg_int(c, 4, &step))
        return false;
    if (step < 1)
        return tb_refuse(c, "a step of %lld", (long long)step);
    int64_t n = t->dim[axis];
    return cut(c, axis, clip(first, n), clip(last, n), step, out);
}

static bool narrow(tb_builtin_call *c, tb_script_value *out)
{
    int axis = 0;
    int64_t first = 0, length = 0;
    if (!tb_is_tensor(c, 0) || c->arg[0].tensor->rank == 0)
        return tb_refuse(c, "there is no axis");
    tb_script_tensor *t = c->arg[0].tensor;
    if (!tb_arg_axis(c, 1, t->rank, &axis) || !tb_arg_int(c, 2, &first) ||
        !tb_arg_int(c, 3, &length))
        return false;
    if (c->arg[2].formula && length >= 0) {
        t = tb_recording_narrow(c->r, t, axis, c->arg[2], length);
        *out = tb_script_of_tensor(t);
        return t != NULL;
    }
    int64_t n = t->dim[axis];
    first = first < 0 ? first + n : first;
    if (first < 0 || length < 0 || first > n - length)
        return tb_refuse(c, "elements %lld to %lld of %lld", (long long)first,
                         (long long)(first + length), (long long)n);
    return cut(c, axis, first, first + length, 1, out);
}

void tb_drop_axis(tb_script_tensor *t, int axis)
{
    for (int i = axis; i + 1 < t->rank; i++) {
        t->dim[i] = t->dim[i + 1];
        t->stride[i] = t->stride[i + 1];
    }
    t->rank--;
}

static bool drop(tb_builtin_call *c, tb_script_value *x, int axis)
{
    tb_script_tensor *t = x->tensor;
    tb_value *v = t->value;
    tb_drop_axis(t, axis);
    if (v)
        v = tb_reshape(v, tb_script_tensor_shape(t));
    return tb_give_view(c, t, v, x);
}

/* Rows of large weights stay weights: each index has its own plan. */
static bool may_move(tb_builtin_call *c, const tb_script_tensor *t)
{
    const tb_storage_use *use = tb_recording_use(c->r, t);
    bool is_weight = use && use->source && !use->is_state;
    return !is_weight || tb_script_tensor_count(t) <= TB_MOST_LOOKED;
}

static bool select(tb_builtin_call *c, tb_script_value *out)
{
    int axis = 0;
    int64_t i = 0;
    if (!tb_is_tensor(c, 0) || c->arg[0].tensor->rank == 0)
        return tb_refuse(c, "there is no axis to take an element of");
    tb_script_tensor *t = c->arg[0].tensor;
    if (!tb_arg_axis(c, 1, t->rank, &axis) || !tb_arg_int(c, 2, &i))
        return false;
    int64_t n = t->dim[axis], at = i < 0 ? i + n : i;
    if (at < 0 || at >= n)
        return tb_refuse(c, "there is no element %lld of %lld", (long long)i,
                         (long long)n);
    if (c->arg[2].formula && may_move(c, t)) {
        t = tb_recording_element(c->r, t, axis, c->arg[2]);
        *out = tb_script_of_tensor(t);
        return t != NULL;
    }
    if (!tb_pin(c->r, &c->arg[2]))
        return false;
    return cut(c, axis, at, at + 1, 1, out) && drop(c, out, axis);
}

/* ---- other shapes ---- */

static bool unsqueeze(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t, *view;
    tb_value *v;
    int axis = 0;
    if (!tb_view_begin(c, &t, &view, &v) ||
        !tb_arg_axis(c, 1, t->rank + 1, &axis))
        return false;
    if (t->rank == TB_RANK)
        return tb_refuse(c, "more than %d axes are not possible", TB_RANK);
    for (int i = view->rank++; i > axis; i--) {
        view->dim[i] = view->dim[i - 1];
        view->stride[i] = view->stride[i - 1];
    }
    view->dim[axis] = 1;
    view->stride[axis] = axis + 1 < view->rank
                             ? view->dim[axis + 1] * view->stride[axis + 1]
                             : 1;
    return tb_give_view(
        c, view, v ? tb_reshape(v, tb_script_tensor_shape(view)) : NULL, out);
}

static bool squeeze(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t, *view;
    tb_value *v;
    int axis = 0;
    bool one = tb_has(c, 1);
    if (!tb_view_begin(c, &t, &view, &v) || !tb_arg_axis(c, 1, t->rank, &axis))
        return false;
    for (int i = t->rank - 1; i >= 0; i--)
        if (t->dim[i] == 1 && (!one || i == axis))
            tb_drop_axis(view, i);
    return tb_give_view(
        c, view, v ? tb_reshape(v, tb_script_tensor_shape(view)) : NULL, out);
}

/* ---- reshape ---- */

/* Strides of the new shape where it can be seen without a copy. Axes that lie
   behind each other are taken together; a run of them is split anew. */
static bool restride(const tb_script_tensor *t, tb_script_tensor *view)
{
    int i = view->rank - 1;
    for (int a = t->rank - 1; a >= 0;) {
        int64_t step = t->stride[a], run = t->dim[a], taken = 1;
        for (a--; a >= 0 &&
                  (run == 1 || t->dim[a] == 1 || t->stride[a] == step * run);
             a--) {
            step = run == 1 ? t->stride[a] : step;
            run *= t->dim[a];
        }
        for (; i >= 0 && taken < run; i--) {
            view->stride[i] = step * taken;
            taken *= view->dim[i];
        }
        if (taken != run)
            return false;
    }
    for (; i >= 0; i--)
        view->stride[i] = 1;
    return true;
}

/* Fills in the axis that is -1. */
static bool complete(tb_builtin_call *c, int64_t count, int n, int64_t *dim)
{
    int open = -1;
    int64_t product = 1;
    for (int i = 0; i < n; i++) {
        if (dim[i] < 0 && open >= 0)
            return tb_refuse(c, "two axes are left open");
        if (dim[i] < 0)
            open = i;
        else if (dim[i] > 0 && product > INT64_MAX / dim[i])
            return tb_refuse(c, "the shape is too large");
        else
            product *= dim[i];
    }
    if (open >= 0)
        dim[open] = product ? count / product : 0;
    if (open >= 0)
        product *= dim[open];
    return product == count ||
           tb_refuse(c, "%lld elements do not fit the shape", (long long)count);
}

static bool to_shape(tb_builtin_call *c, int n, int64_t *dim,
                     tb_script_value *out)
{
    tb_script_tensor *t, *view;
    tb_value *v;
    if (!tb_view_begin(c, &t, &view, &v) ||
        !complete(c, tb_script_tensor_count(t), n, dim))
        return false;
    view->rank = n;
    memcpy(view->dim, dim, (size_t)n * sizeof *dim);
    if (tb_script_tensor_count(t) == 0) {
        tb_script_tensor_pack(view);
        return tb_give_view(c, view, NULL, out);
    }
    if (restride(t, view))
        return tb_give_view(
            c, view, v ? tb_reshape(v, tb_script_tensor_shape(view)) : NULL,
            out);
    v = v ? v : tb_recording_read(c->r, t);
    return tb_give(c, out, t->dtype,
                   v ? tb_reshape(v, tb_script_tensor_shape(view)) : NULL);
}

static bool reshape(tb_builtin_call *c, tb_script_value *out)
{
    int64_t dim[TB_RANK] = {0};
    int n = 0;
    if (tb_is_tensor(c, 1) && c->arg[1].tensor->rank > 0) { /* view_as */
        const tb_script_tensor *like = c->arg[1].tensor;
        memcpy(dim, like->dim, sizeof dim);
        return to_shape(c, like->rank, dim, out);
    }
    if (!tb_arg_ints_on(c, 1, TB_RANK, dim, &n))
        return false;
    return to_shape(c, n, dim, out);
}

static bool flatten(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int64_t dim[TB_RANK], merged = 1;
    int first = 0, last = 0, n = 0;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    last = t->rank > 0 ? t->rank - 1 : 0;
    if (!tb_arg_axis(c, 1, t->rank, &first) ||
        !tb_arg_axis(c, 2, t->rank, &last))
        return false;
    if (first > last)
        return tb_refuse(c, "axis %d comes after axis %d", first, last);
    for (int i = 0; i < first; i++)
        dim[n++] = t->dim[i];
    for (int i = first; i <= last && i < t->rank; i++)
        merged *= t->dim[i];
    dim[n++] = merged;
    for (int i = last + 1; i < t->rank; i++)
        dim[n++] = t->dim[i];
    return to_shape(c, n, dim, out);
}

static bool unflatten(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int64_t dim[TB_RANK], sizes[TB_RANK];
    int axis = 0, n = 0, k = 0;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_axis(c, 1, t->rank, &axis) ||
        !tb_arg_ints(c, 2, TB_RANK, sizes, &n))
        return false;
    if (t->rank - 1 + n > TB_RANK || !complete(c, t->dim[axis], n, sizes))
        return tb_refuse(c, "more than %d axes are not possible", TB_RANK);
    for (int i = 0; i < t->rank; i++)
        for (int j = 0; j < (i == axis ? n : 1); j++)
            dim[k++] = i == axis ? sizes[j] : t->dim[i];
    return to_shape(c, k, dim, out);
}

/* ---- repetition without a copy ---- */

static bool expand_to(tb_builtin_call *c, int n, const int64_t *dim,
                      tb_script_value *out)
{
    tb_script_tensor *t, *view;
    tb_value *v;
    if (!tb_view_begin(c, &t, &view, &v))
        return false;
    if (n < t->rank)
        return tb_refuse(c, "%d axes are fewer than the tensor's %d", n,
                         t->rank);
    for (int i = 0; i < n; i++) {
        int from = i - (n - t->rank);
        int64_t have = from < 0 ? 1 : t->dim[from];
        view->dim[i] = dim[i] < 0 ? have : dim[i];
        view->stride[i] = have == 1 && view->dim[i] != 1 ? 0
                          : from < 0                     ? 0
                                                         : t->stride[from];
        if (have != 1 && view->dim[i] != have)
            return tb_refuse(c, "%lld elements do not become %lld",
                             (long long)have, (long long)view->dim[i]);
    }
    view->rank = n;
    return tb_give_view(
        c, view, v ? tb_expand(v, tb_script_tensor_shape(view)) : NULL, out);
}

static bool expand(tb_builtin_call *c, tb_script_value *out)
{
    int64_t dim[TB_RANK];
    int n = 0;
    if (tb_is_tensor(c, 1) && c->arg[1].tensor->rank > 0)
        return expand_to(c, c->arg[1].tensor->rank, c->arg[1].tensor->dim, out);
    return tb_arg_ints_on(c, 1, TB_RANK, dim, &n) && expand_to(c, n, dim, out);
}

/* ---- complex numbers ---- */

/* A tensor of its own type over the same numbers, for reading alone. */
static bool retype(tb_builtin_call *c, tb_script_value *out)
{
    bool to_complex = c->function->kind;
    tb_value *v =
        tb_arg_value(c, 0, to_complex ? TB_DTYPE_FLOAT32 : TB_DTYPE_COMPLEX64);
    tb_dtype type = to_complex ? TB_DTYPE_COMPLEX64 : TB_DTYPE_FLOAT32;
    if (!tb_give(c, out, type,
                 !v           ? NULL
                 : to_complex ? tb_as_complex(v)
                              : tb_as_real(v)))
        return false;
    out->tensor->apart = true;
    return true;
}

const tb_builtin tb_functions_shape[] = {
    {"slice", "self dim start end step", slice, 0},
    {"narrow", "self dim start length", narrow, 0},
    {"select", "self dim index", select, 0},
    {"unsqueeze", "self dim", unsqueeze, 0},
    {"squeeze", "self dim", squeeze, 0},
    {"reshape", "self shape", reshape, 0},
    {"view", "self size", reshape, 0},
    {"view_as", "self other", reshape, 0},
    {"reshape_as", "self other", reshape, 0},
    {"flatten", "self start_dim end_dim", flatten, 0},
    {"ravel", "self", flatten, 0},
    {"unflatten", "self dim sizes", unflatten, 0},
    {"expand", "self size implicit", expand, 0},
    {"expand_as", "self other", expand, 0},
    {"broadcast_to", "self size", expand, 0},
    {"view_as_complex", "self", retype, true},
    {"view_as_real", "self", retype, false},
    {NULL, NULL, NULL, 0},
};
