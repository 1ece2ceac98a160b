/* New tensors. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <math.h>

enum { MOST_ELEMENTS = 1 << 28 };

bool tb_may_make(tb_builtin_call *c, tb_shape shape)
{
    double n = 1;
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] < 0)
            return tb_refuse(c, "an axis of %lld elements",
                             (long long)shape.dim[i]);
        n *= (double)shape.dim[i];
    }
    return n <= MOST_ELEMENTS || tb_refuse(c, "%.0f elements", n);
}

bool tb_give_filled(tb_builtin_call *c, tb_dtype type, tb_shape shape, double x,
                    tb_script_value *out)
{
    bool empty = false;
    if (!tb_may_make(c, shape))
        return false;
    for (int i = 0; i < shape.rank; i++)
        empty |= shape.dim[i] == 0;
    if (!empty)
        return tb_give(
            c, out, type,
            tb_fill_type(c->r->graph, tb_dtype_type(type), shape, x));
    tb_script_tensor *t = tb_recording_empty(c->r, type, shape);
    *out = tb_script_of_tensor(t);
    return t != NULL;
}

bool tb_arg_shape(tb_builtin_call *c, int i, tb_shape *shape)
{
    shape->rank = 0;
    return tb_arg_ints(c, i, TB_RANK, shape->dim, &shape->rank);
}

/* zeros(size, dtype...), ones, empty: kind is the number. */
static bool filled(tb_builtin_call *c, tb_script_value *out)
{
    tb_shape shape;
    tb_dtype type = TB_DTYPE_FLOAT32;
    if (!tb_arg_ints_on(c, 0, TB_RANK, shape.dim, &shape.rank))
        return false;
    for (int i = 1; i < c->count && tb_script_is_number(&c->arg[0]); i++)
        c->arg[i] = tb_script_none(); /* zeros(2, 3) */
    return tb_arg_dtype(c, 1, &type) &&
           tb_give_filled(c, type, shape, c->function->kind, out);
}

static bool filled_like(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    tb_dtype type = t->dtype;
    return tb_arg_dtype(c, 1, &type) &&
           tb_give_filled(c, type, tb_script_tensor_shape(t), c->function->kind,
                          out);
}

/* new_zeros(x, size, dtype). */
static bool filled_new(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    tb_shape shape;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_shape(c, 1, &shape))
        return false;
    tb_dtype type = t->dtype;
    return tb_arg_dtype(c, 2, &type) &&
           tb_give_filled(c, type, shape, c->function->kind, out);
}

static bool full_new(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    tb_shape shape;
    double x = 0;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_shape(c, 1, &shape) ||
        !tb_arg_real(c, 2, &x))
        return false;
    tb_dtype type = t->dtype;
    return tb_arg_dtype(c, 3, &type) && tb_give_filled(c, type, shape, x, out);
}

static bool full(tb_builtin_call *c, tb_script_value *out)
{
    tb_shape shape;
    double x = 0;
    bool like = c->function->kind;
    tb_dtype type = tb_dtype_of_number(c->arg[1].kind);
    if (c->r->version < 5) /* before archives of version 5: always real */
        type = TB_DTYPE_FLOAT32;
    if (like && tb_is_tensor(c, 0)) {
        shape = tb_script_tensor_shape(c->arg[0].tensor);
        type = c->arg[0].tensor->dtype;
    } else if (!tb_arg_shape(c, 0, &shape)) {
        return false;
    }
    return tb_arg_real(c, 1, &x) && tb_arg_dtype(c, 2, &type) &&
           tb_give_filled(c, type, shape, x, out);
}

/* ---- numbers ---- */

enum { MOST_NUMBERS = 1 << 20 };

typedef struct numbers {
    double *at;
    int64_t count, room;
    tb_script_kind kind;
} numbers;

/* The numbers of nested lists, and their shape. */
static bool collect(tb_builtin_call *c, const tb_script_value *x, int depth,
                    tb_shape *shape, numbers *n)
{
    if (tb_script_is_number(x)) {
        if (n->count >= n->room)
            return tb_refuse(c, "the list is too long");
        n->at[n->count++] = tb_script_number(x);
        n->kind = x->kind > n->kind ? x->kind : n->kind;
        return true;
    }
    if (x->kind == TB_SCRIPT_TENSOR && x->tensor->rank == 0) {
        n->kind = TB_SCRIPT_FLOAT;
        return n->count < n->room &&
               tb_recording_look(c->r, x->tensor, &n->at[n->count++]);
    }
    if (x->kind != TB_SCRIPT_LIST || depth >= TB_RANK)
        return tb_refuse(c, "the list holds %s", tb_script_kind_name(x->kind));
    const tb_script_items *items =
        tb_items_read(&x->list->items, x->list->draft);
    if (shape->rank <= depth)
        shape->dim[shape->rank++] = items->count;
    if (shape->dim[depth] != items->count)
        return tb_refuse(c, "the lists are not of one length");
    for (int i = 0; i < items->count; i++)
        if (!collect(c, &items->at[i], depth + 1, shape, n))
            return false;
    return true;
}

static bool give_numbers(tb_builtin_call *c, tb_dtype type, tb_shape shape,
                         const double *x, int64_t n, tb_script_value *out)
{
    if (n == 0)
        return tb_give_filled(c, type, shape, 0, out);
    return tb_give(
        c, out, type,
        tb_constant_type(c->r->graph, tb_dtype_type(type), shape, TB_F64, x));
}

static bool tensor(tb_builtin_call *c, tb_script_value *out)
{
    tb_shape shape = {0};
    if (tb_is_tensor(c, 0)) {
        tb_dtype type = c->arg[0].tensor->dtype;
        return tb_arg_dtype(c, 1, &type) &&
               tb_give(c, out, type, tb_arg_value(c, 0, type));
    }
    numbers n = {.room = c->arg[0].kind == TB_SCRIPT_LIST ? 1 << 16 : 1,
                 .kind = TB_SCRIPT_BOOL};
    n.at = tb_arena_array(c->r->arena, (size_t)n.room, sizeof *n.at);
    if (!n.at)
        return tb_refuse(c, "there is not enough memory");
    if (!collect(c, &c->arg[0], 0, &shape, &n))
        return false;
    tb_dtype type = n.count ? tb_dtype_of_number(n.kind) : TB_DTYPE_FLOAT32;
    return tb_arg_dtype(c, 1, &type) &&
           give_numbers(c, type, shape, n.at, n.count, out);
}

/* first, first + step... : a straight line of n numbers. */
static bool give_line(tb_builtin_call *c, tb_dtype type, double first,
                      double step, int64_t n, tb_script_value *out)
{
    if (n > MOST_NUMBERS)
        return tb_refuse(c, "%lld numbers", (long long)n);
    double *x = tb_arena_array(c->r->arena, (size_t)n + 1, sizeof *x);
    if (!x)
        return tb_refuse(c, "there is not enough memory");
    for (int64_t i = 0; i < n; i++)
        x[i] = first + step * (double)i;
    return give_numbers(c, type, tb_dims(n), x, n, out);
}

/* arange(end), arange(start, end), arange(start, end, step), each with dtype,
   layout, device and pin_memory behind, which are not numbers in lists: only
   the count of arguments tells. */
static bool arange(tb_builtin_call *c, tb_script_value *out)
{
    double first = 0, last = 0, step = 1;
    int given = c->count >= 7   ? 3
                : c->count >= 6 ? 2
                : c->count >= 5 ? 1
                : c->count > 3  ? 3
                                : c->count;
    bool real = false;
    for (int i = 0; i < given; i++)
        real |= c->arg[i].kind == TB_SCRIPT_FLOAT;
    tb_dtype type = real ? TB_DTYPE_FLOAT32 : TB_DTYPE_INT64;
    int at = c->count > given ? given : 3;
    if (!tb_arg_real(c, 0, given == 1 ? &last : &first) ||
        (given > 1 && !tb_arg_real(c, 1, &last)) ||
        (given > 2 && !tb_arg_real(c, 2, &step)) || !tb_arg_dtype(c, at, &type))
        return false;
    if (step == 0 || !isfinite(first) || !isfinite(last))
        return tb_refuse(c, "a step of 0");
    double n = ceil((last - first) / step);
    return give_line(c, type, first, step, n > 0 ? (int64_t)n : 0, out);
}

static bool linspace(tb_builtin_call *c, tb_script_value *out)
{
    double first = 0, last = 0;
    int64_t n = 100;
    tb_dtype type = TB_DTYPE_FLOAT32;
    if (!tb_arg_real(c, 0, &first) || !tb_arg_real(c, 1, &last) ||
        !tb_arg_int(c, 2, &n) || !tb_arg_dtype(c, 3, &type))
        return false;
    if (n < 0)
        return tb_refuse(c, "%lld numbers", (long long)n);
    return give_line(c, type, first,
                     n > 1 ? (last - first) / (double)(n - 1) : 0, n, out);
}

/* base to the power of each number of a line. */
static bool logspace(tb_builtin_call *c, tb_script_value *out)
{
    double base = 10;
    tb_script_value line;
    if (!tb_arg_real(c, 3, &base))
        return false;
    c->arg[3] = tb_script_none();
    if (!linspace(c, &line))
        return false;
    tb_value *v = tb_recording_read(c->r, line.tensor);
    return tb_give(c, out, TB_DTYPE_FLOAT32,
                   v ? tb_map(tb_scale(v, log(base)), TB_EXP, 0, 0) : NULL);
}

/* eye(n), eye(n, m), each with dtype, layout, device and pin_memory behind. */
static bool eye(tb_builtin_call *c, tb_script_value *out)
{
    int64_t n = 0, m = 0;
    bool two = c->count == 2 || c->count == 6;
    if (!tb_arg_int(c, 0, &n))
        return false;
    m = n;
    if (two && !tb_arg_int(c, 1, &m))
        return false;
    if (n < 0 || n > 2048 || m < 0 || m > 2048)
        return tb_refuse(c, "%lld rows", (long long)n);
    double *x = tb_arena_array(c->r->arena, (size_t)(n * m) + 1, sizeof *x);
    if (!x)
        return tb_refuse(c, "there is not enough memory");
    for (int64_t i = 0; i < n && i < m; i++)
        x[i * m + i] = 1;
    return give_numbers(c, TB_DTYPE_FLOAT32, tb_dims(n, m), x, n * m, out);
}

/* One more than the largest number, which must be known. */
static bool count_classes(tb_builtin_call *c, int64_t *classes)
{
    double x[TB_MOST_LOOKED];
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t) || !tb_recording_look(c->r, t, x))
        return false;
    for (int64_t i = 0; i < tb_script_tensor_count(t); i++)
        if (x[i] >= (double)*classes && x[i] < 1 << 20)
            *classes = (int64_t)x[i] + 1;
    return true;
}

static bool one_hot(tb_builtin_call *c, tb_script_value *out)
{
    int64_t classes = -1;
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_INT64);
    if (!tb_arg_int(c, 1, &classes))
        return false;
    if (classes < 0 && !count_classes(c, &classes))
        return false;
    if (classes < 1)
        return tb_refuse(c, "%lld classes", (long long)classes);
    return tb_give(c, out, TB_DTYPE_INT64,
                   x ? tb_cast(tb_one_hot(x, classes), TB_I64) : NULL);
}

#define MAKING "dtype layout device pin_memory memory_format"

const tb_builtin tb_functions_make[] = {
    {"zeros", "size " MAKING, filled, 0},
    {"ones", "size " MAKING, filled, 1},
    {"empty", "size " MAKING, filled, 0},
    {"zeros_like", "self " MAKING, filled_like, 0},
    {"ones_like", "self " MAKING, filled_like, 1},
    {"empty_like", "self " MAKING, filled_like, 0},
    {"new_zeros", "self size " MAKING, filled_new, 0},
    {"new_ones", "self size " MAKING, filled_new, 1},
    {"new_empty", "self size " MAKING, filled_new, 0},
    {"new_full", "self size fill_value " MAKING, full_new, 0},
    {"full", "size fill_value " MAKING, full, 0},
    {"full_like", "self fill_value " MAKING, full, 1},
    {"tensor", "data dtype device requires_grad", tensor, 0},
    {"as_tensor", "data dtype device", tensor, 0},
    {"scalar_tensor", "s dtype layout device", tensor, 0},
    {"NumToTensor", "a", tensor, 0},
    {"arange", "start end step dtype layout device pin_memory", arange, 0},
    {"linspace", "start end steps dtype layout device", linspace, 0},
    {"logspace", "start end steps base dtype layout device", logspace, 0},
    {"eye", "n m dtype", eye, 0},
    {"one_hot", "self num_classes", one_hot, 0},
    {NULL, NULL, NULL, 0},
};
