/* Elements found by index tensors, and masks. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <string.h>

/* ---- the indices of x[...] ---- */

/* What stands between the brackets: for each axis an index, or null for all of
   the axis. */
typedef struct places {
    tb_value *at[TB_RANK];
    int count;
    tb_shape shape; /* of all indices together */
    bool none;      /* a mask that is false everywhere */
} places;

/* A mask becomes an index for each of its axes: its numbers must be known. */
static bool add_mask(tb_builtin_call *c, const tb_script_tensor *of,
                     tb_script_tensor *mask, places *p)
{
    int64_t n = tb_script_tensor_count(mask), hits = 0;
    int64_t most = n > 0 ? n : 1;
    double *x = tb_arena_array(c->r->arena, (size_t)most, sizeof *x);
    int64_t *at = tb_arena_array(c->r->arena, (size_t)most, sizeof *at);
    if (!x || !at)
        return tb_refuse(c, "there is not enough memory");
    if (p->count + mask->rank > TB_RANK)
        return tb_refuse(c, "there are too many indices");
    for (int a = 0; a < mask->rank; a++)
        if (p->count + a >= of->rank || mask->dim[a] != of->dim[p->count + a])
            return tb_refuse(c, "a mask is of another shape");
    if (!tb_recording_look(c->r, mask, x))
        return false;
    for (int64_t i = 0; i < n; i++)
        if (x[i] != 0)
            x[hits++] = (double)i;
    p->none |= hits == 0;
    int64_t behind = n;
    for (int a = 0; a < mask->rank; a++) {
        behind = mask->dim[a] > 0 ? behind / mask->dim[a] : 1;
        for (int64_t i = 0; i < hits; i++)
            at[i] = (int64_t)x[i] / behind % mask->dim[a];
        p->at[p->count++] = hits ? tb_constant_type(c->r->graph, TB_I64,
                                                    tb_dims(hits), TB_I64, at)
                                 : NULL;
    }
    return true;
}

/* Counted from the front: those below 0 count from the end of n. */
static tb_value *from_front(tb_value *index, int64_t n)
{
    tb_graph *g = index ? index->graph : NULL;
    if (!g)
        return NULL;
    tb_value *zero = tb_fill_type(g, TB_I64, (tb_shape){0}, 0);
    tb_value *size = tb_fill_type(g, TB_I64, (tb_shape){0}, (double)n);
    return tb_where(tb_compare(TB_LT, index, zero), tb_add(index, size), index);
}

static bool add_place(tb_builtin_call *c, const tb_script_tensor *of,
                      const tb_script_value *x, places *p)
{
    if (tb_script_is_none(x)) {
        p->count++;
        return true;
    }
    if (x->kind != TB_SCRIPT_TENSOR)
        return tb_refuse(c, "an index is %s", tb_script_kind_name(x->kind));
    if (x->tensor->dtype == TB_DTYPE_BOOL)
        return add_mask(c, of, x->tensor, p);
    tb_value *v = tb_recording_read(c->r, x->tensor);
    p->none |= !v;
    p->at[p->count] =
        v ? from_front(tb_cast(v, TB_I64), of->dim[p->count]) : NULL;
    p->count++;
    return true;
}

static bool find_places(tb_builtin_call *c, const tb_script_tensor *of,
                        places *p)
{
    const tb_script_items *items = NULL;
    *p = (places){0};
    if (!tb_arg_list(c, 1, &items))
        return false;
    for (int i = 0; i < items->count; i++) {
        if (p->count >= of->rank)
            return tb_refuse(c, "there are more indices than axes");
        if (!add_place(c, of, &items->at[i], p))
            return false;
    }
    if (p->count > of->rank)
        return tb_refuse(c, "there are more indices than axes");
    for (int i = 0; i < p->count; i++)
        if (p->at[i] && !tb_broadcast_to(p->at[i], &p->shape))
            return tb_refuse(c, "the indices do not fit together");
    return true;
}

/* The axes of v with an index before the others; how many have one. */
static int indexed_first(const places *p, int rank, int *axes)
{
    int n = 0, found = 0;
    for (int i = 0; i < p->count; i++)
        if (p->at[i])
            axes[n++] = i;
    found = n;
    for (int i = 0; i < rank; i++)
        if (i >= p->count || !p->at[i])
            axes[n++] = i;
    return found;
}

/* All indices as one, into the indexed axes taken together. */
static tb_value *one_index(tb_value *v, const places *p, const int *axes, int n)
{
    tb_value *all = NULL;
    for (int i = 0; i < n; i++) {
        tb_value *size = tb_fill_type(v->graph, TB_I64, (tb_shape){0},
                                      (double)v->dim[axes[i]]);
        tb_value *at = p->at[axes[i]];
        all = all ? tb_add(tb_mul(all, size), at) : at;
    }
    if (all && !tb_has_shape(all, p->shape))
        all = tb_expand(all, p->shape);
    return all;
}

static int64_t product_of(const tb_value *v, const int *axes, int first,
                          int last)
{
    int64_t n = 1;
    for (int i = first; i < last; i++)
        n *= v->dim[axes[i]];
    return n;
}

/* The axes of the indices stand where the first of them was if they are
   neighbours, else before all others. */
static void order_between(const int *axes, int n, int of_index,
                          int order[TB_RANK])
{
    int k = 0, before = n > 0 ? axes[0] : 0;
    for (int i = 1; i < n; i++)
        if (axes[i] != axes[i - 1] + 1)
            before = 0;
    for (int i = 0; i < before; i++)
        order[k++] = of_index + i;
    for (int i = 0; i < of_index; i++)
        order[k++] = i;
    for (; k < TB_RANK; k++)
        order[k] = k;
}

static tb_value *rows_of(tb_value *v, const int *axes, int n)
{
    int64_t rows = product_of(v, axes, 0, n);
    int64_t each = product_of(v, axes, n, v->rank);
    return tb_reshape(tb_permute(v, axes), tb_dims(rows, each));
}

/* Axes of the indices and those of v without one behind them. */
static bool add_others(tb_value *v, const places *p, const int *axes, int n,
                       tb_shape *shape)
{
    *shape = p->shape;
    if (shape->rank + v->rank - n > TB_RANK) {
        tb_graph_fail(v->graph, "it would have more than %d axes", TB_RANK);
        return false;
    }
    for (int i = n; i < v->rank; i++)
        shape->dim[shape->rank++] = v->dim[axes[i]];
    return true;
}

static tb_value *elements_at(tb_value *v, const places *p)
{
    int axes[TB_RANK];
    int n = indexed_first(p, v->rank, axes);
    if (n == 0)
        return v;
    tb_shape shape;
    if (!add_others(v, p, axes, n, &shape))
        return NULL;
    tb_value *all = one_index(v, p, axes, n);
    if (!all)
        return NULL;
    int64_t count = 1;
    for (int i = 0; i < p->shape.rank; i++)
        count *= p->shape.dim[i];
    tb_value *y =
        tb_embedding(rows_of(v, axes, n), tb_reshape(all, tb_dims(count)));
    int order[TB_RANK];
    order_between(axes, n, p->shape.rank, order);
    y = y ? tb_reshape(y, shape) : NULL;
    return y ? tb_permute(y, order) : NULL;
}

static tb_value *elements_of(const void *how, tb_value *v)
{
    return elements_at(v, how);
}

static bool give_none(tb_builtin_call *c, const tb_script_tensor *t,
                      const places *p, tb_script_value *out)
{
    tb_shape shape = {.rank = 1};
    for (int i = p->count; i < t->rank; i++)
        shape.dim[shape.rank++] = t->dim[i];
    tb_script_tensor *y = tb_recording_empty(c->r, t->dtype, shape);
    *out = tb_script_of_tensor(y);
    return y != NULL;
}

/* x[indices], and the place of an element in a list. */
static bool index(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    places p;
    if (!tb_is_tensor(c, 0)) {
        c->function = tb_builtin_named("index_of");
        return c->function->run(c, out);
    }
    if (!tb_arg_tensor(c, 0, &t) || !find_places(c, t, &p))
        return false;
    if (p.none)
        return give_none(c, t, &p, out);
    return tb_give(c, out, t->dtype, tb_picked(c, 0, elements_of, &p));
}

static bool masked_select(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_list *list = tb_new_list(c->r);
    if (!list || !tb_items_append(c->r, &list->items, c->arg[1]))
        return false;
    c->arg[1] = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
    return index(c, out);
}

/* ---- writing ---- */

static tb_value *rows_at(const void *how, tb_value *v)
{
    return tb_embedding(v, (tb_value *)how);
}

/* table [rows, each] with row index[k] replaced by (or with more added of) row
   k of `new` [k, each]; of two with one index the first counts. */
static tb_value *replace_rows(tb_builtin_call *c, tb_value *table,
                              tb_value *index, tb_value *new, bool add)
{
    if (!table || !index || !new)
        return NULL;
    if (table->type == TB_C64)
        return tb_complex(
            replace_rows(c, tb_real_part(table), index, tb_real_part(new), add),
            replace_rows(c, tb_imag_part(table), index, tb_imag_part(new),
                         add));
    tb_value *hits = tb_one_hot(index, table->dim[0]);
    if (add && table->type == TB_I64)
        return tb_add(table,
                      tb_whole_product(
                          c, tb_cast(tb_transpose(hits, 0, 1), TB_I64), new));
    if (add)
        return tb_add(table, tb_matmul(tb_transpose(hits, 0, 1), new));
    tb_value *hit = tb_reduce(hits, TB_REDUCE_MAX, TB_AXIS(0), false);
    tb_value *rows = tb_pick_exactly(new, rows_at, tb_argmax(hits, 0));
    hit = hit ? tb_reshape(tb_cast(hit, TB_BOOL), tb_dims(table->dim[0], 1))
              : NULL;
    return hit ? tb_where(hit, rows, table) : NULL;
}

static tb_value *unpermute(tb_value *v, const int *axes)
{
    int back[TB_RANK];
    for (int i = 0; v && i < v->rank; i++)
        back[axes[i]] = i;
    return v ? tb_permute(v, back) : NULL;
}

/* What is put there, of `shape` or in need of being repeated, with the axes of
   the indices first. */
static tb_value *values_for(tb_value *x, tb_shape shape, const int *axes, int n,
                            int of_index)
{
    int order[TB_RANK];
    tb_shape between = {.rank = shape.rank};
    order_between(axes, n, of_index, order);
    for (int i = 0; i < shape.rank; i++)
        between.dim[i] = shape.dim[order[i]];
    x = tb_has_shape(x, between) ? x : tb_expand(x, between);
    return unpermute(x, order);
}

static tb_value *put_at(tb_builtin_call *c, tb_value *v, const places *p,
                        tb_value *x, bool add)
{
    int axes[TB_RANK];
    int n = indexed_first(p, v->rank, axes);
    int64_t count = 1, each = product_of(v, axes, n, v->rank);
    tb_shape shape, moved = {.rank = v->rank};
    if (!add_others(v, p, axes, n, &shape))
        return NULL;
    for (int i = 0; i < v->rank; i++)
        moved.dim[i] = v->dim[axes[i]];
    for (int i = 0; i < p->shape.rank; i++)
        count *= p->shape.dim[i];
    tb_value *all = one_index(v, p, axes, n);
    x = values_for(x, shape, axes, n, p->shape.rank);
    if (!all || !x)
        return NULL;
    tb_value *y =
        replace_rows(c, rows_of(v, axes, n), tb_reshape(all, tb_dims(count)),
                     tb_reshape(x, tb_dims(count, each)), add);
    return y ? unpermute(tb_reshape(y, moved), axes) : NULL;
}

/* The one mask of x[mask] = y, to be widened over the axes behind it. */
static tb_value *lone_mask(tb_builtin_call *c, const tb_script_tensor *t)
{
    const tb_script_items *items = NULL;
    if (!tb_arg_list(c, 1, &items) || items->count != 1 ||
        items->at[0].kind != TB_SCRIPT_TENSOR ||
        items->at[0].tensor->dtype != TB_DTYPE_BOOL)
        return NULL;
    tb_value *mask = tb_recording_read(c->r, items->at[0].tensor);
    if (!mask)
        return NULL;
    tb_shape shape = tb_value_shape(mask);
    while (shape.rank < t->rank)
        shape.dim[shape.rank++] = 1;
    return tb_reshape(mask, shape);
}

/* x[indices] = y. */
static bool index_put(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    places p;
    bool add = false;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_bool(c, 3, &add))
        return false;
    tb_dtype as = tb_exact_type(t->dtype);
    tb_value *v = tb_arg_value(c, 0, as), *x = tb_arg_value(c, 2, as), *y;
    if (!v || !x)
        return tb_give(c, out, t->dtype, NULL);
    tb_value *mask = x->rank == 0 && !add ? lone_mask(c, t) : NULL;
    if (mask) {
        y = tb_where(mask, x, v);
    } else {
        if (!find_places(c, t, &p))
            return false;
        y = p.none ? v : put_at(c, v, &p, x, add);
    }
    return tb_give(c, out, t->dtype, y ? tb_value_as(y, t->dtype) : NULL);
}

/* x where the mask is false, else a number. */
static bool masked_fill(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    tb_value *x = tb_arg_value(c, 0, t->dtype);
    tb_value *mask = tb_arg_value(c, 1, TB_DTYPE_BOOL);
    tb_value *y = tb_arg_value(c, 2, t->dtype);
    return tb_give(c, out, t->dtype,
                   x && mask && y ? tb_where(mask, y, x) : NULL);
}

/* ---- rows of an axis ---- */

typedef struct selection {
    tb_value *rows; /* [n] */
    int axis;
} selection;

static tb_value *selected(const void *how, tb_value *v)
{
    const selection *s = how;
    v = tb_transpose(v, 0, s->axis);
    tb_shape shape = tb_value_shape(v);
    int64_t row = 1;
    for (int i = 1; i < shape.rank; i++)
        row *= shape.dim[i];
    v = tb_embedding(tb_reshape(v, tb_dims(shape.dim[0], row)), s->rows);
    shape.dim[0] = s->rows->dim[0];
    return v ? tb_transpose(tb_reshape(v, shape), 0, s->axis) : NULL;
}

static bool index_select(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t, *index;
    selection s = {NULL, 0};
    if (!tb_has_axis(c, 1, 0, &t, &s.axis) || !tb_arg_tensor(c, 2, &index))
        return false;
    tb_value *i = tb_arg_value(c, 2, TB_DTYPE_INT64);
    s.rows = i ? tb_reshape(i, tb_dims(tb_script_tensor_count(index))) : NULL;
    return tb_give(c, out, t->dtype,
                   s.rows ? tb_picked(c, 0, selected, &s) : NULL);
}

/* index_fill, index_add, index_copy: rows of an axis. */
enum { FILL, ADD, COPY };

static bool index_rows(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    places p = {0};
    int axis = 0;
    double alpha = 1;
    if (!tb_has_axis(c, 1, 0, &t, &axis) || !tb_arg_real(c, 4, &alpha))
        return false;
    tb_dtype as = tb_exact_type(t->dtype);
    tb_value *v = tb_arg_value(c, 0, as);
    tb_value *index = tb_arg_value(c, 2, TB_DTYPE_INT64);
    tb_value *x = tb_arg_value(c, 3, as);
    if (!v || !index || !x)
        return tb_give(c, out, t->dtype, NULL);
    p.count = axis + 1;
    p.at[axis] = from_front(index, t->dim[axis]);
    p.shape = tb_value_shape(index);
    if (alpha != 1)
        x = v->type == TB_C64 ? tb_scale(x, alpha)
                              : tb_mul(x, tb_fill_type(v->graph, v->type,
                                                       (tb_shape){0}, alpha));
    tb_value *y = x ? put_at(c, v, &p, x, c->function->kind == ADD) : NULL;
    return tb_give(c, out, t->dtype, y ? tb_value_as(y, t->dtype) : NULL);
}

static tb_value *taken(const void *how, tb_value *v)
{
    tb_value *index = *(tb_value *const *)how;
    int64_t n = 1;
    for (int i = 0; i < v->rank; i++)
        n *= v->dim[i];
    v = tb_embedding(tb_reshape(v, tb_dims(n, 1)), from_front(index, n));
    return v ? tb_reshape(v, tb_value_shape(index)) : NULL;
}

static bool take(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    tb_value *index = tb_arg_value(c, 1, TB_DTYPE_INT64);
    return tb_give(c, out, t->dtype,
                   index ? tb_picked(c, 0, taken, &index) : NULL);
}

const tb_builtin tb_functions_index[] = {
    {"take", "self index", take, 0},
    {"index", "self indices", index, 0},
    {"masked_select", "self mask", masked_select, 0},
    {"index_put", "self indices values accumulate", index_put, 0},
    {"masked_fill", "self mask value", masked_fill, 0},
    {"index_fill", "self dim index value", index_rows, FILL},
    {"index_add", "self dim index source alpha", index_rows, ADD},
    {"index_copy", "self dim index source", index_rows, COPY},
    {"index_select", "self dim index", index_select, 0},
    {NULL, NULL, NULL, 0},
};
