/* Matrices from vectors, and the places of what is not zero. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <string.h>

static tb_value *with_axis(tb_value *v, int axis)
{
    tb_shape shape = tb_value_shape(v);
    for (int i = shape.rank; i > axis; i--)
        shape.dim[i] = shape.dim[i - 1];
    shape.dim[axis] = 1;
    shape.rank++;
    return tb_reshape(v, shape);
}

/* cdist(x, y, p): the distance of each row of x from each of y. */
static bool cdist(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *a, *b;
    double p = 2;
    if (!tb_arg_tensor(c, 0, &a) || !tb_arg_tensor(c, 1, &b) ||
        !tb_arg_real(c, 2, &p))
        return false;
    bool fits = a->rank >= 2 && b->rank >= 2 && a->rank < TB_RANK &&
                b->rank < TB_RANK && (p == 1 || p == 2);
    if (!fits)
        return tb_refuse(c, "distances of order %g between %d and %d axes", p,
                         a->rank, b->rank);
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *y = tb_arg_value(c, 1, TB_DTYPE_FLOAT32);
    if (!x || !y)
        return tb_give(c, out, a->dtype, NULL);
    tb_value *apart =
        tb_sub(with_axis(x, x->rank - 1), with_axis(y, y->rank - 2));
    return tb_give(
        c, out, tb_common_type(c, 2),
        apart ? tb_norm(apart, (int)p, TB_AXIS(apart->rank - 1), false) : NULL);
}

/* ---- grids ---- */

static bool add_grid(tb_builtin_call *c, const tb_script_value *x, int axis,
                     tb_shape shape, tb_script_list *grids)
{
    tb_script_value grid;
    tb_builtin_call inner = {.r = c->r, .function = c->function, .arg[0] = *x};
    tb_shape alone = {.rank = shape.rank};
    for (int i = 0; i < shape.rank; i++)
        alone.dim[i] = i == axis ? shape.dim[i] : 1;
    tb_dtype dtype = x->tensor->dtype;
    tb_value *v = tb_arg_value(&inner, 0, dtype);
    v = v ? tb_expand(tb_reshape(v, alone), shape) : NULL;
    return tb_give(&inner, &grid, dtype, v) &&
           tb_items_append(c->r, &grids->items, grid);
}

/* meshgrid(tensors, indexing): each along an axis of its own; where "xy" is
   said the first two change places. */
static bool meshgrid(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    const char *order = "ij";
    tb_shape shape = {0};
    if (!tb_arg_list(c, 0, &items) ||
        (tb_has(c, 1) && !tb_arg_string(c, 1, &order)))
        return false;
    bool swapped = strcmp(order, "xy") == 0 && items->count > 1;
    if (items->count < 1 || items->count > TB_RANK)
        return tb_refuse(c, "a grid of %d axes", items->count);
    for (int i = 0; i < items->count; i++) {
        if (items->at[i].kind != TB_SCRIPT_TENSOR ||
            items->at[i].tensor->rank > 1)
            return tb_refuse(c, "a grid is made of rows of numbers");
        int axis = swapped && i < 2 ? 1 - i : i;
        shape.dim[axis] = tb_script_tensor_count(items->at[i].tensor);
        shape.rank++;
    }
    tb_script_list *grids = tb_may_make(c, shape) ? tb_new_list(c->r) : NULL;
    for (int i = 0; grids && i < items->count; i++)
        if (!add_grid(c, &items->at[i], swapped && i < 2 ? 1 - i : i, shape,
                      grids))
            return false;
    *out = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = grids};
    return grids != NULL;
}

/* ---- diagonals ---- */

/* Numbers of x on diagonal `by` of a square of zeros. */
static bool diagonal_matrix(tb_builtin_call *c, int64_t n, int64_t by,
                            tb_script_value *out)
{
    tb_dtype dtype = c->arg[0].tensor->dtype;
    int64_t size = n + (by < 0 ? -by : by);
    if (by > 1 << 12 || by < -(1 << 12) || !tb_may_make(c, tb_dims(size, size)))
        return tb_refuse(c, "a matrix of %lld rows", (long long)size);
    size_t count = (size_t)(size * size);
    int64_t *from = tb_arena_array(c->r->arena, count, sizeof *from);
    uint8_t *hit = tb_arena_array(c->r->arena, count, sizeof *hit);
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!from || !hit || !x)
        return tb_give(c, out, dtype, NULL);
    for (int64_t i = 0; i < n; i++) {
        int64_t at = by < 0 ? (i - by) * size + i : i * size + i + by;
        from[at] = i;
        hit[at] = 1;
    }
    tb_graph *g = c->r->graph;
    tb_value *all = tb_embedding(
        tb_reshape(x, tb_dims(n, 1)),
        tb_constant_type(g, TB_I64, tb_dims(size * size), TB_I64, from));
    tb_value *mask =
        tb_constant_type(g, TB_BOOL, tb_dims(size, size), TB_BOOL, hit);
    tb_value *y = all ? tb_where(mask, tb_reshape(all, tb_dims(size, size)),
                                 tb_fill(g, (tb_shape){0}, 0))
                      : NULL;
    return tb_give(c, out, dtype, y ? tb_value_as(y, dtype) : NULL);
}

/* diag(x, by): a matrix of a row, and of a matrix its diagonal. */
static bool diag(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int64_t by = 0;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_int(c, 1, &by))
        return false;
    if (t->rank == 1)
        return diagonal_matrix(c, t->dim[0], by, out);
    if (t->rank != 2)
        return tb_refuse(c, "a diagonal of %d axes", t->rank);
    tb_builtin_call inner = {.r = c->r,
                             .function = tb_builtin_named("diagonal"),
                             .arg = {c->arg[0], tb_script_int(by)}};
    return inner.function->run(&inner, out);
}

/* ---- places ---- */

static bool give_places(tb_builtin_call *c, int64_t rows, int64_t columns,
                        const int64_t *at, tb_script_value *out)
{
    tb_shape shape = tb_dims(rows, columns);
    if (rows * columns > 0)
        return tb_give(
            c, out, TB_DTYPE_INT64,
            tb_constant_type(c->r->graph, TB_I64, shape, TB_I64, at));
    tb_script_tensor *t = tb_recording_empty(c->r, TB_DTYPE_INT64, shape);
    *out = tb_script_of_tensor(t);
    return t != NULL;
}

/* triu_indices(rows, columns, offset), and (kind 1) tril_indices. */
static bool triangle_places(tb_builtin_call *c, tb_script_value *out)
{
    int64_t rows = 0, columns = 0, by = 0, n = 0;
    if (!tb_arg_int(c, 0, &rows) || !tb_arg_int(c, 1, &columns) ||
        !tb_arg_int(c, 2, &by))
        return false;
    if (rows < 0 || columns < 0 || rows > 1 << 10 || columns > 1 << 10)
        return tb_refuse(c, "a triangle of %lld rows", (long long)rows);
    int64_t *x = tb_arena_array(c->r->arena, (size_t)(4 * rows * columns) + 1,
                                sizeof *x);
    if (!x)
        return tb_refuse(c, "there is not enough memory");
    int64_t *y = x + 2 * rows * columns;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < columns; k++)
            if (c->function->kind ? k - i <= by : k - i >= by) {
                x[n] = i;
                y[n++] = k;
            }
    memmove(x + n, y, (size_t)n * sizeof *x);
    return give_places(c, 2, n, x, out);
}

/* The numbers of argument 0, which are looked at: what comes of them is no
   plan's to compute. */
static double *look_at(tb_builtin_call *c, tb_script_tensor **t)
{
    if (!tb_arg_tensor(c, 0, t))
        return NULL;
    double *x = tb_arena_array(
        c->r->arena, (size_t)tb_script_tensor_count(*t) + 1, sizeof *x);
    if (!x)
        tb_refuse(c, "there is not enough memory");
    return x && tb_recording_look(c->r, *t, x) ? x : NULL;
}

/* nonzero(x): a row of indices for each. */
static bool nonzero(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    const double *x = look_at(c, &t);
    if (!x)
        return false;
    int64_t count = tb_script_tensor_count(t), n = 0;
    int64_t *at =
        tb_arena_array(c->r->arena, (size_t)(count * t->rank) + 1, sizeof *at);
    if (!at)
        return tb_refuse(c, "there is not enough memory");
    for (int64_t i = 0; i < count; i++) {
        if (x[i] == 0)
            continue;
        int64_t rest = i;
        for (int k = t->rank - 1; k >= 0; rest /= t->dim[k--])
            at[n * t->rank + k] = rest % t->dim[k];
        n++;
    }
    return give_places(c, n, t->rank, at, out);
}

/* bincount(x, weights, minlength): how often each number is there. */
static bool bincount(tb_builtin_call *c, tb_script_value *out)
{
    enum { MOST = 1 << 20 };
    tb_script_tensor *t;
    int64_t n = 0;
    if (tb_has(c, 1))
        return tb_refuse(c, "numbers that weigh something");
    const double *x = tb_arg_int(c, 2, &n) ? look_at(c, &t) : NULL;
    if (!x)
        return false;
    int64_t count = tb_script_tensor_count(t);
    for (int64_t i = 0; i < count; i++) {
        if (!(x[i] >= 0 && x[i] < MOST))
            return tb_refuse(c, "the number %g", x[i]);
        n = x[i] >= (double)n ? (int64_t)x[i] + 1 : n;
    }
    int64_t *found = n >= 1 && n <= MOST
                         ? tb_arena_array(c->r->arena, (size_t)n, sizeof *found)
                         : NULL;
    if (!found)
        return tb_refuse(c, "%lld kinds of numbers", (long long)n);
    for (int64_t i = 0; i < count; i++)
        found[(int64_t)x[i]]++;
    return tb_give(
        c, out, TB_DTYPE_INT64,
        tb_constant_type(c->r->graph, TB_I64, tb_dims(n), TB_I64, found));
}

/* ---- blocks ---- */

/* v is put below and to the right of y, which is of this shape. */
static tb_value *add_block(tb_builtin_call *c, tb_value *y, tb_shape *shape,
                           tb_value *v)
{
    int64_t rows = shape->dim[0], columns = shape->dim[1];
    tb_shape more = tb_dims(rows + v->dim[0], columns + v->dim[1]);
    if (!tb_may_make(c, more))
        return NULL;
    *shape = more;
    if (!y)
        return v;
    y = tb_pad(tb_pad(y, 0, 0, v->dim[0]), 1, 0, v->dim[1]);
    return tb_add(y, tb_pad(tb_pad(v, 0, rows, 0), 1, columns, 0));
}

/* block_diag(tensors): each on the diagonal behind the one before. What is no
   matrix is a row of one. */
static bool block_diagonal(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    tb_builtin_call blocks = {.r = c->r, .function = c->function};
    tb_shape shape = tb_dims(0, 0);
    tb_script_tensor *t;
    tb_value *y = NULL;
    if (!tb_arg_list(c, 0, &items))
        return false;
    if (items->count > TB_MOST_ARGUMENTS)
        return tb_refuse(c, "%d matrices", items->count);
    for (int i = 0; i < items->count; i++)
        blocks.arg[i] = items->at[i];
    tb_dtype type = tb_common_type(&blocks, items->count);
    for (int i = 0; i < items->count; i++) {
        if (!tb_arg_tensor(&blocks, i, &t))
            return false;
        if (t->rank > 2 || tb_dtype_type(type) == TB_C64)
            return tb_refuse(c, "element %d is no matrix of real numbers", i);
        tb_value *v = tb_arg_value(&blocks, i, TB_DTYPE_FLOAT32);
        if (v && t->rank < 2)
            v = tb_reshape(v, tb_dims(1, tb_script_tensor_count(t)));
        y = v ? add_block(c, y, &shape, v) : NULL;
        if (!y)
            break;
    }
    return tb_give(c, out, type, y ? tb_value_as(y, type) : NULL);
}

const tb_builtin tb_functions_matrix[] = {
    {"block_diag", "tensors", block_diagonal, 0},
    {"cdist", "x1 x2 p compute_mode", cdist, 0},
    {"meshgrid", "tensors indexing", meshgrid, 0},
    {"diag", "self diagonal", diag, 0},
    {"triu_indices", "row col offset dtype layout device", triangle_places, 0},
    {"tril_indices", "row col offset dtype layout device", triangle_places, 1},
    {"nonzero", "self", nonzero, 0},
    {"bincount", "self weights minlength", bincount, 0},
    {NULL, NULL, NULL, 0},
};
