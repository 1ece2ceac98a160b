/* Views with axes in another order, and along diagonals. */
#include "torchscript/functions.h"

#include "engine/ops.h"

static bool reorder(tb_builtin_call *c, const int *axes, tb_script_value *out)
{
    tb_script_tensor *t, *view;
    tb_value *v;
    if (!tb_view_begin(c, &t, &view, &v))
        return false;
    for (int i = 0; i < t->rank; i++) {
        view->dim[i] = t->dim[axes[i]];
        view->stride[i] = t->stride[axes[i]];
    }
    return tb_give_view(c, view, v ? tb_permute(v, axes) : NULL, out);
}

static bool permute(tb_builtin_call *c, tb_script_value *out)
{
    int64_t list[TB_RANK];
    int axes[TB_RANK], n = 0;
    unsigned seen = 0;
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_ints_on(c, 1, TB_RANK, list, &n))
        return false;
    for (int i = 0; i < n; i++) {
        axes[i] = (int)(list[i] < 0 ? list[i] + t->rank : list[i]);
        if (axes[i] < 0 || axes[i] >= t->rank)
            return tb_refuse(c, "there is no axis %lld", (long long)list[i]);
        seen |= 1u << axes[i];
    }
    if (n != t->rank || seen != (1u << n) - 1)
        return tb_refuse(c, "each of the %d axes must come once", t->rank);
    return reorder(c, axes, out);
}

/* Two axes change places; without arguments the last two. */
static bool transpose(tb_builtin_call *c, tb_script_value *out)
{
    int axes[TB_RANK], a = 0, b = 1;
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_axis(c, 1, t->rank, &a) ||
        !tb_arg_axis(c, 2, t->rank, &b))
        return false;
    for (int i = 0; i < t->rank; i++)
        axes[i] = i == a ? b : i == b ? a : i;
    return reorder(c, axes, out);
}

/* All axes backwards (T of numpy), or of a matrix at most (t). */
static bool backwards(tb_builtin_call *c, tb_script_value *out)
{
    int axes[TB_RANK];
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    for (int i = 0; i < t->rank; i++)
        axes[i] = t->rank - 1 - i;
    return reorder(c, axes, out);
}

/* The last two axes change places. */
static bool matrix_transpose(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t) || t->rank < 2)
        return tb_refuse(c, "this is no matrix");
    c->arg[1] = tb_script_int(-2);
    c->arg[2] = tb_script_int(-1);
    return transpose(c, out);
}

/* One axis to another place. */
static bool move_axis(tb_builtin_call *c, tb_script_value *out)
{
    int axes[TB_RANK], from = 0, to = 0, k = 0;
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_axis(c, 1, t->rank, &from) ||
        !tb_arg_axis(c, 2, t->rank, &to))
        return false;
    for (int i = 0; i < t->rank; i++) {
        k += k == from;
        axes[i] = i == to ? from : k++;
    }
    return reorder(c, axes, out);
}

/* as_strided(x, size, stride, offset), within the storage of x. */
static bool as_strided(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int64_t dim[TB_RANK], step[TB_RANK];
    int n = 0, m = 0;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_ints(c, 1, TB_RANK, dim, &n) ||
        !tb_arg_ints(c, 2, TB_RANK, step, &m))
        return false;
    int64_t offset = t->offset;
    tb_script_tensor *view = tb_recording_view(c->r, t);
    if (!view || !tb_arg_int(c, 3, &offset))
        return false;
    view->rank = n;
    view->offset = offset;
    for (int i = 0; i < n && n == m; i++) {
        if (dim[i] < 0 || step[i] < 0 || dim[i] > 1 << 28 || step[i] > 1 << 28)
            return tb_refuse(c, "an axis of %lld elements", (long long)dim[i]);
        view->dim[i] = dim[i];
        view->stride[i] = step[i];
    }
    if (n != m || offset < 0 || t->apart ||
        tb_script_tensor_reach(view) > t->storage->count)
        return tb_refuse(c, "it reaches beyond the tensor");
    *out = tb_script_of_tensor(view);
    return true;
}

/* diagonal(x, offset, axis, axis): the elements stand on a last axis. */
static bool diagonal(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int a = 0, b = 1;
    int64_t by = 0;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_int(c, 1, &by) ||
        !tb_arg_axis(c, 2, t->rank, &a) || !tb_arg_axis(c, 3, t->rank, &b))
        return false;
    if (t->rank < 2 || a == b)
        return tb_refuse(c, "a diagonal lies between two axes");
    tb_script_tensor *view = tb_recording_view(c->r, t);
    if (!view)
        return false;
    int64_t rows = t->dim[a] + (by < 0 ? by : 0);
    int64_t columns = t->dim[b] - (by > 0 ? by : 0);
    int64_t n = rows < columns ? rows : columns;
    view->offset += n < 1 ? 0 : by > 0 ? by * t->stride[b] : -by * t->stride[a];
    tb_drop_axis(view, a > b ? a : b);
    tb_drop_axis(view, a > b ? b : a);
    view->dim[view->rank] = n < 0 ? 0 : n;
    view->stride[view->rank++] = t->stride[a] + t->stride[b];
    *out = tb_script_of_tensor(view);
    return true;
}

const tb_builtin tb_functions_axes[] = {
    {"permute", "self dims", permute, 0},
    {"transpose", "self dim0 dim1", transpose, 0},
    {"swapaxes", "self dim0 dim1", transpose, 0},
    {"t", "self", backwards, 0},
    {"mT", "self", matrix_transpose, 0},
    {"movedim", "self source destination", move_axis, 0},
    {"moveaxis", "self source destination", move_axis, 0},
    {"as_strided", "self size stride storage_offset", as_strided, 0},
    {"diagonal", "self offset dim1 dim2", diagonal, 0},
    {"numpy_T", "self", backwards, 0},
    {"T", "self", backwards, 0},
    {NULL, NULL, NULL, 0},
};
