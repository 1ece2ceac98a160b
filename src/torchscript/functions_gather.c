/* Elements along an axis, each by an index of its own, and triangles of
   matrices. */
#include "torchscript/functions.h"

#include "engine/ops.h"

/* The axis last, and each row as often as there are indices in it. */
static tb_value *spread_rows(tb_value *v, const tb_value *index)
{
    tb_shape shape = tb_value_shape(v);
    int64_t n = shape.dim[shape.rank - 1];
    if (shape.rank == TB_RANK)
        return NULL;
    shape.dim[shape.rank - 1] = 1;
    shape.dim[shape.rank++] = n;
    v = tb_reshape(v, shape);
    shape.dim[shape.rank - 2] = index->dim[index->rank - 1];
    return v ? tb_expand(v, shape) : NULL;
}

/* v [..., n] at index [..., k] of its last axis. */
tb_value *tb_gather_last(tb_value *v, tb_value *index)
{
    if (!v || !index)
        return NULL;
    for (int i = 0; v && i + 1 < index->rank; i++)
        if (v->dim[i] != index->dim[i])
            v = tb_slice(v, i, 0, index->dim[i], 1);
    tb_value *rows = v ? spread_rows(v, index) : NULL;
    return rows ? tb_pick(tb_contiguous(rows), index) : NULL;
}

/* ---- whole numbers, exactly ---- */

typedef tb_value *(*picker)(const void *how, tb_value *v);

/* Null stays null: a graph that has failed makes no values. */
static tb_value *pick_real(tb_value *v, picker pick, const void *how)
{
    return v ? pick(how, v) : NULL;
}

/* A whole number is low + 2^24 middle + 2^48 high; each of these is a real
   number of 32 bits without loss. */
static tb_value *pick_whole(tb_value *v, picker pick, const void *how)
{
    enum { PIECES = 3 };
    tb_value *sum = NULL;
    tb_graph *g = v->graph;
    double place = 1;
    for (int i = 0; i < PIECES && v; i++, place *= 1 << 24) {
        tb_value *size = tb_fill_type(g, TB_I64, (tb_shape){0}, 1 << 24);
        tb_value *rest = tb_div(v, size); /* rounded down */
        tb_value *piece = i == PIECES - 1 ? v : tb_sub(v, tb_mul(rest, size));
        piece = piece ? pick_real(tb_cast(piece, TB_REAL), pick, how) : NULL;
        piece = piece ? tb_mul(tb_cast(piece, TB_I64),
                               tb_fill_type(g, TB_I64, (tb_shape){0}, place))
                      : NULL;
        sum = i ? tb_add(sum, piece) : piece;
        v = rest;
    }
    return sum;
}

tb_value *tb_pick_exactly(tb_value *v,
                          tb_value *(*pick)(const void *how, tb_value *v),
                          const void *how)
{
    if (v->type == TB_C64)
        return tb_complex(pick_real(tb_real_part(v), pick, how),
                          pick_real(tb_imag_part(v), pick, how));
    return v->type == TB_I64 ? pick_whole(v, pick, how)
                             : pick_real(v, pick, how);
}

tb_dtype tb_exact_type(tb_dtype dtype)
{
    return dtype == TB_DTYPE_INT64 || dtype == TB_DTYPE_INT32 ||
                   tb_dtype_type(dtype) == TB_C64
               ? dtype
               : TB_DTYPE_FLOAT32;
}

tb_value *tb_picked(tb_builtin_call *c, int i,
                    tb_value *(*pick)(const void *how, tb_value *v),
                    const void *how)
{
    tb_dtype dtype = c->arg[i].tensor->dtype;
    tb_value *v = tb_arg_value(c, i, tb_exact_type(dtype));
    v = v ? tb_pick_exactly(v, pick, how) : NULL;
    return v ? tb_value_as(v, dtype) : NULL;
}

/* ---- gather ---- */

typedef struct gathering {
    tb_value *index;
    int axis;
} gathering;

static tb_value *gather_from(const void *how, tb_value *v)
{
    const gathering *g = how;
    int last = v->rank - 1;
    tb_value *y = tb_gather_last(tb_transpose(v, g->axis, last),
                                 tb_transpose(g->index, g->axis, last));
    return y ? tb_transpose(y, g->axis, last) : NULL;
}

static bool gather(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    gathering g = {NULL, 0};
    if (!tb_has_axis(c, 1, 0, &t, &g.axis))
        return false;
    g.index = tb_arg_value(c, 2, TB_DTYPE_INT64);
    bool fits = g.index && g.index->rank == t->rank;
    return tb_give(c, out, t->dtype,
                   fits ? tb_picked(c, 0, gather_from, &g) : NULL);
}

/* take_along_dim: a gather of all rows. */
static bool take_along(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t, *index;
    tb_script_value indices = c->arg[1];
    int axis = 0;
    if (!tb_has_axis(c, 2, 0, &t, &axis) || !tb_arg_tensor(c, 1, &index))
        return false;
    for (int i = 0; i < t->rank; i++)
        if (index->rank != t->rank || (i != axis && index->dim[i] != t->dim[i]))
            return tb_refuse(c, "indices that are not of every row");
    c->arg[1] = tb_script_int(axis);
    c->arg[2] = indices;
    return gather(c, out);
}

static tb_value *picked_by(const void *how, tb_value *v)
{
    return tb_pick(tb_contiguous(v), (tb_value *)how);
}

/* scatter (kind 0) and scatter_add: v [..., n], index and x [..., k]. */
static tb_value *scatter_last(tb_value *v, tb_value *index, tb_value *x,
                              bool add)
{
    if (!v || !index || !x)
        return NULL;
    if (v->type == TB_C64)
        return tb_complex(
            scatter_last(tb_real_part(v), index, tb_real_part(x), add),
            scatter_last(tb_imag_part(v), index, tb_imag_part(x), add));
    int last = v->rank - 1;
    for (int i = 0; i < last; i++)
        if (v->dim[i] != index->dim[i])
            return tb_graph_fail(v->graph, "the index is not of every row");
    tb_value *hits = tb_one_hot(index, v->dim[last]); /* [..., k, n] */
    hits = hits ? tb_transpose(hits, last, last + 1) : NULL;
    tb_value *all = spread_rows(x, v); /* [..., n, k] */
    if (!hits || !all)
        return NULL;
    if (add && v->type == TB_I64)
        return tb_add(v, tb_combine_axes(tb_mul(tb_cast(hits, TB_I64), all),
                                         TB_ADD, TB_AXIS(last + 1), false));
    if (add)
        return tb_add(v, tb_sum(tb_mul(hits, all), TB_AXIS(last + 1), false));
    tb_value *hit = tb_reduce(hits, TB_REDUCE_MAX, TB_AXIS(last + 1), false);
    tb_value *found =
        tb_pick_exactly(all, picked_by, tb_argmax(hits, last + 1));
    return tb_where(tb_cast(hit, TB_BOOL), found, v);
}

static bool scatter(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int axis = 0;
    if (!tb_has_axis(c, 1, 0, &t, &axis))
        return false;
    tb_dtype as = tb_exact_type(t->dtype);
    tb_value *v = tb_arg_value(c, 0, as);
    tb_value *index = tb_arg_value(c, 2, TB_DTYPE_INT64);
    tb_value *x = tb_arg_value(c, 3, as);
    if (!v || !index || !x || index->rank != v->rank)
        return tb_give(c, out, t->dtype, NULL);
    int last = v->rank - 1;
    x = x->rank == 0 ? tb_expand(x, tb_value_shape(index)) : x;
    index = tb_transpose(index, axis, last);
    x = tb_transpose(x, axis, last);
    tb_value *y =
        scatter_last(tb_transpose(v, axis, last), index, x, c->function->kind);
    y = y ? tb_transpose(y, axis, last) : NULL;
    return tb_give(c, out, t->dtype, y ? tb_value_as(y, t->dtype) : NULL);
}

/* ---- triangles ---- */

/* 1 where column - row is at most (tril) or at least (triu) the diagonal. */
static tb_value *triangle(tb_builtin_call *c, int64_t rows, int64_t columns,
                          int64_t diagonal, bool upper)
{
    size_t n = (size_t)(rows * columns);
    uint8_t *x = tb_arena_array(c->r->arena, n, sizeof *x);
    for (int64_t i = 0; x && i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            x[i * columns + j] = upper ? j - i >= diagonal : j - i <= diagonal;
    return x ? tb_constant_type(c->r->graph, TB_BOOL, tb_dims(rows, columns),
                                TB_BOOL, x)
             : NULL;
}

static bool triangle_of(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int64_t diagonal = 0;
    if (!tb_needs_axes(c, 2))
        return false;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_int(c, 1, &diagonal))
        return false;
    if (t->rank < 2 || tb_script_tensor_count(t) > 1 << 24)
        return tb_refuse(c, "this is no matrix");
    tb_value *v = tb_arg_value(c, 0, t->dtype);
    if (!v)
        return tb_give(c, out, t->dtype, NULL);
    tb_value *zero = tb_fill_type(v->graph, v->type, (tb_shape){0}, 0);
    tb_value *mask = triangle(c, t->dim[t->rank - 2], t->dim[t->rank - 1],
                              diagonal, c->function->kind);
    return tb_give(c, out, t->dtype, mask ? tb_where(mask, v, zero) : NULL);
}

const tb_builtin tb_functions_gather[] = {
    {"gather", "self dim index sparse_grad", gather, 0},
    {"take_along_dim", "self indices dim", take_along, 0},
    {"scatter", "self dim index src", scatter, 0},
    {"scatter_add", "self dim index src", scatter, 1},
    {"tril", "self diagonal", triangle_of, 0},
    {"triu", "self diagonal", triangle_of, 1},
    {NULL, NULL, NULL, 0},
};
