/* What lies around a signal: numbers, its edge, its mirror image. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <string.h>

/* One element of an axis, as often as there are elements to add. */
static tb_value *edge(tb_value *v, int axis, int64_t at, int64_t times)
{
    tb_value *one = tb_slice(v, axis, at, at + 1, 1);
    if (!one || times < 1)
        return NULL;
    tb_shape shape = tb_value_shape(one);
    shape.dim[axis] = times;
    return tb_contiguous(tb_expand(one, shape));
}

/* What lies before or after: of mode reflect, replicate or circular. */
static tb_value *beyond(tb_value *v, int axis, int64_t n, bool after,
                        const char *mode)
{
    int64_t size = v->dim[axis];
    if (strcmp(mode, "replicate") == 0)
        return edge(v, axis, after ? size - 1 : 0, n);
    if (strcmp(mode, "circular") == 0)
        return n > size ? NULL
                        : tb_slice(v, axis, after ? 0 : size - n,
                                   after ? n : size, 1);
    if (n >= size)
        return NULL;
    return tb_flip(tb_slice(v, axis, after ? size - 1 - n : 1,
                            after ? size - 1 : 1 + n, 1),
                   axis);
}

static tb_value *surround(tb_value *v, int axis, int64_t left, int64_t right,
                          const char *mode)
{
    tb_value *all[3];
    int n = 0;
    if (left > 0 && !(all[n++] = beyond(v, axis, left, false, mode)))
        return NULL;
    all[n++] = v;
    if (right > 0 && !(all[n++] = beyond(v, axis, right, true, mode)))
        return NULL;
    return n == 1 ? v : tb_concat(n, all, axis);
}

/* The number n times along an axis. */
static tb_value *filled(tb_value *v, int axis, int64_t n, double x)
{
    tb_shape shape = tb_value_shape(v);
    shape.dim[axis] = n;
    return tb_fill_type(v->graph, v->type, shape, x);
}

static tb_value *with_number(tb_value *v, int axis, int64_t left, int64_t right,
                             double x)
{
    tb_value *all[3];
    int n = 0;
    if (x == 0)
        return tb_pad(v, axis, left, right);
    if (left > 0)
        all[n++] = filled(v, axis, left, x);
    all[n++] = tb_pad(v, axis, left < 0 ? left : 0, right < 0 ? right : 0);
    if (right > 0)
        all[n++] = filled(v, axis, right, x);
    return n == 1 ? all[0] : tb_concat(n, all, axis);
}

static bool pad(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int64_t amounts[2 * TB_RANK];
    int n = 0;
    const char *mode = c->function->kind == 1   ? "reflect"
                       : c->function->kind == 2 ? "replicate"
                                                : "constant";
    double x = 0;
    if (!tb_arg_tensor(c, 0, &t) ||
        !tb_arg_ints(c, 1, 2 * TB_RANK, amounts, &n))
        return false;
    if (c->arg[2].kind == TB_SCRIPT_STRING)
        mode = c->arg[2].string;
    else if (!tb_arg_real(c, 2, &x))
        return false;
    if (!tb_arg_real(c, 3, &x))
        return false;
    tb_value *v = tb_recording_read(c->r, t);
    for (int i = 0; i < n / 2 && i < t->rank && v; i++) {
        int axis = t->rank - 1 - i;
        int64_t left = amounts[2 * i], right = amounts[2 * i + 1];
        if (left == 0 && right == 0)
            continue;
        if (left + right + v->dim[axis] < 1)
            return tb_refuse(c, "nothing of the axis is left");
        bool plain = strcmp(mode, "constant") == 0;
        v = plain ? with_number(v, axis, left, right, x)
                  : surround(v, axis, left, right, mode);
        if (!v)
            return tb_refuse(c, "%s by more than there is", mode);
    }
    return tb_give(c, out, t->dtype, v);
}

const tb_builtin tb_functions_pad[] = {
    {"pad", "self pad mode value", pad, 0},
    {"constant_pad_nd", "self pad value", pad, 0},
    {"reflection_pad1d", "self padding", pad, 1},
    {"replication_pad1d", "self padding", pad, 2},
    {NULL, NULL, NULL, 0},
};
