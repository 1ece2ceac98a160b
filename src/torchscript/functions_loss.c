/* Distances between tensors, and what norms make of one. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <math.h>

static bool two_of(tb_builtin_call *c, tb_value **x, tb_value **y)
{
    *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    *y = tb_arg_value(c, 1, TB_DTYPE_FLOAT32);
    return *x && *y;
}

enum { ABSOLUTE, SQUARED };

/* mse_loss(x, y, 0: of each, 1: mean, 2: sum). */
static bool loss(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *x, *y;
    int64_t how = 1;
    if (!two_of(c, &x, &y) || !tb_arg_int(c, 2, &how))
        return tb_refuse(c, "it compares two tensors");
    tb_value *d = tb_map(
        tb_sub(x, y), c->function->kind == SQUARED ? TB_SQUARE : TB_ABS, 0, 0);
    if (how)
        d = tb_reduce(d, how == 1 ? TB_REDUCE_MEAN : TB_REDUCE_SUM, TB_ALL_AXES,
                      false);
    return tb_give(c, out, TB_DTYPE_FLOAT32, d);
}

/* Euclidean, or the sum of magnitudes (p = 1). */
static bool distance(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *x, *y;
    double p = 2;
    if (!two_of(c, &x, &y) || !tb_arg_real(c, 2, &p))
        return tb_refuse(c, "it compares two tensors");
    if (p != 1 && p != 2)
        return tb_refuse(c, "a norm of order %g", p);
    return tb_give(c, out, TB_DTYPE_FLOAT32,
                   tb_norm(tb_sub(x, y), (int)p, TB_ALL_AXES, false));
}

/* x y / (|x| |y|), each norm at least eps. */
static bool cosine(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *x, *y;
    double eps = 1e-8;
    int axis = 1;
    if (!two_of(c, &x, &y) || !tb_arg_axis(c, 2, x->rank, &axis) ||
        !tb_arg_real(c, 3, &eps))
        return tb_refuse(c, "it compares two tensors");
    tb_value *size[2] = {tb_norm(x, 2, TB_AXIS(axis), false),
                         tb_norm(y, 2, TB_AXIS(axis), false)};
    for (int i = 0; i < 2; i++)
        size[i] = tb_map(size[i], TB_CLAMP, eps, HUGE_VAL);
    return tb_give(c, out, TB_DTYPE_FLOAT32,
                   tb_div(tb_sum(tb_mul(x, y), TB_AXIS(axis), false),
                          tb_mul(size[0], size[1])));
}

enum { EQUAL, ALL_CLOSE };

/* Whether all numbers are alike: the program wants to know at once. */
static bool alike(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *x, *y;
    tb_script_value answer;
    double rtol = 1e-5, atol = 1e-8, truth = 0;
    if (!two_of(c, &x, &y) || !tb_arg_real(c, 2, &rtol) ||
        !tb_arg_real(c, 3, &atol))
        return tb_refuse(c, "it compares two tensors");
    bool equal = c->function->kind == EQUAL;
    if (equal && !tb_has_shape(x, tb_value_shape(y)))
        return tb_give_bool(out, false);
    tb_value *far = tb_map(tb_sub(x, y), TB_ABS, 0, 0);
    tb_value *room =
        equal ? tb_scale(far, 0)
              : tb_map(tb_map(y, TB_ABS, 0, 0), TB_AFFINE, rtol, atol);
    tb_value *all = tb_reduce(tb_cast(tb_compare(TB_LE, far, room), TB_REAL),
                              TB_REDUCE_MIN, TB_ALL_AXES, false);
    if (!tb_give(c, &answer, TB_DTYPE_FLOAT32, all) ||
        !tb_recording_look(c->r, answer.tensor, &truth))
        return false;
    return tb_give_bool(out, truth != 0);
}

const tb_builtin tb_functions_loss[] = {
    {"mse_loss", "self target reduction", loss, SQUARED},
    {"l1_loss", "self target reduction", loss, ABSOLUTE},
    {"dist", "self other p", distance, 0},
    {"cosine_similarity", "x1 x2 dim eps", cosine, 0},
    {"equal", "self other", alike, EQUAL},
    {"allclose", "self other rtol atol equal_nan", alike, ALL_CLOSE},
    {NULL, NULL, NULL, 0},
};
