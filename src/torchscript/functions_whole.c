/* Whole numbers, exactly: what is combined along axes, products of matrices,
   and divisors. The engine adds and compares them element by element; here is
   what that makes up. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <stdlib.h>

/* ---- along axes ---- */

/* Halves are combined until one element is left. */
static tb_value *fold_axis(tb_value *v, tb_binary kind, int axis)
{
    while (v && v->dim[axis] > 1) {
        int64_t n = v->dim[axis], half = n / 2;
        tb_value *y = tb_combine(kind, tb_slice(v, axis, 0, half, 1),
                                 tb_slice(v, axis, half, 2 * half, 1));
        tb_value *pair[2] = {y, n % 2 ? tb_slice(v, axis, n - 1, n, 1) : NULL};
        v = n % 2 && y ? tb_concat(2, pair, axis) : y;
    }
    return v;
}

tb_value *tb_combine_axes(tb_value *v, tb_binary kind, unsigned axes, bool keep)
{
    tb_shape shape = {0};
    for (int i = 0; v && i < v->rank; i++)
        if (axes >> i & 1)
            v = fold_axis(v, kind, i);
    for (int i = 0; v && i < v->rank; i++)
        if (keep || !(axes >> i & 1))
            shape.dim[shape.rank++] = v->dim[i];
    return v ? tb_reshape(v, shape) : NULL;
}

/* By doubling: after step k each element is made of 2^k. */
tb_value *tb_combine_running(tb_value *v, tb_binary kind, int axis)
{
    for (int64_t by = 1; v && by < v->dim[axis]; by *= 2) {
        int64_t n = v->dim[axis];
        tb_value *pair[2] = {tb_slice(v, axis, 0, by, 1),
                             tb_combine(kind, tb_slice(v, axis, by, n, 1),
                                        tb_slice(v, axis, 0, n - by, 1))};
        v = pair[0] && pair[1] ? tb_concat(2, pair, axis) : NULL;
    }
    return v;
}

/* ---- products of matrices ---- */

static tb_value *with_axis(tb_value *v, int axis)
{
    tb_shape shape = tb_value_shape(v);
    for (int i = shape.rank++; i > axis; i--)
        shape.dim[i] = shape.dim[i - 1];
    shape.dim[axis] = 1;
    return tb_reshape(v, shape);
}

/* a [..., m, k], b [..., k, n]: all products side by side, then their sums. */
tb_value *tb_whole_product(tb_builtin_call *c, tb_value *a, tb_value *b)
{
    if (!a || !b || a->rank < 2 || b->rank < 2 || a->rank == TB_RANK ||
        b->rank == TB_RANK)
        return NULL;
    tb_value *rows = with_axis(a, a->rank - 1); /* [..., m, 1, k] */
    tb_value *columns =
        with_axis(tb_transpose(b, b->rank - 2, b->rank - 1), b->rank - 2);
    tb_shape shape;
    if (!rows || !columns || !tb_broadcast(rows, columns, &shape) ||
        !tb_may_make(c, shape))
        return NULL;
    return tb_combine_axes(tb_mul(rows, columns), TB_ADD,
                           TB_AXIS(shape.rank - 1), false);
}

/* ---- divisors ---- */

enum { LCM, GCD };

/* Euclid's algorithm takes at most this many steps for numbers of 64 bits
   (Lame 1844). Where it has ended it goes round between (g, 0) and (0, g). */
enum { MOST_STEPS = 92 };

static tb_value *size_of(tb_value *x)
{
    return tb_combine(
        TB_MAX, x, tb_sub(tb_fill_type(x->graph, TB_I64, (tb_shape){0}, 0), x));
}

static tb_value *divisor_of(tb_value *a, tb_value *b)
{
    a = size_of(a);
    b = size_of(b);
    for (int i = 0; i < MOST_STEPS && a && b; i++) {
        tb_value *rest = tb_sub(a, tb_mul(tb_div(a, b), b));
        a = b;
        b = rest;
    }
    return tb_combine(TB_MAX, a, b);
}

static bool of_tensors(tb_builtin_call *c, tb_script_value *out)
{
    tb_dtype type = tb_common_type(c, 2);
    if (!tb_dtype_is_whole(type))
        return tb_refuse(c, "it takes whole numbers");
    tb_value *a = tb_arg_value(c, 0, type), *b = tb_arg_value(c, 1, type);
    tb_value *y = a && b ? divisor_of(a, b) : NULL;
    if (y && c->function->kind == LCM)
        y = size_of(tb_mul(tb_div(a, y), b));
    return tb_give(c, out, type, y);
}

static int64_t divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = b == -1 ? 0 : a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? (int64_t)(0 - (uint64_t)a) : a;
}

static bool common(tb_builtin_call *c, tb_script_value *out)
{
    int64_t a = 0, b = 0;
    if (tb_any_tensor(c, 2))
        return of_tensors(c, out);
    if (!tb_arg_int(c, 0, &a) || !tb_arg_int(c, 1, &b))
        return false;
    int64_t d = divisor(a, b);
    if (c->function->kind == GCD || d == 0)
        return tb_give_int(out, d);
    if (a == INT64_MIN || llabs(a / d) > INT32_MAX || b < -INT32_MAX ||
        b > INT32_MAX)
        return tb_refuse(c, "the number is too large");
    return tb_give_int(out, llabs(a / d * b));
}

const tb_builtin tb_functions_whole[] = {
    {"gcd", "a b", common, GCD},
    {"lcm", "a b", common, LCM},
    {NULL, NULL, NULL, 0},
};
