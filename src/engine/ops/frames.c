#include "engine/ops/frames.h"

#include "engine/ops/reduce.h"

static tb_node *time_node(tb_value *x, const tb_op *op, int64_t factor,
                          tb_window window)
{
    tb_axis_attr attr = {x->time, factor};
    tb_node *n = tb_node_new(x->graph, op, 1, &x, &attr, sizeof attr);
    if (n)
        n->window = window;
    return n;
}

static bool has_frames(const tb_value *x, const char *name, int64_t factor)
{
    if (x->time >= 0 && factor >= 1 && factor <= INT32_MAX)
        return true;
    tb_graph_fail(x->graph,
                  "%s needs a value with frames and a factor of at "
                  "least 1.",
                  name);
    return false;
}

tb_value *tb_repeat(tb_value *x, int64_t factor)
{
    if (!x || !has_frames(x, "Repeating", factor))
        return NULL;
    tb_node *n = time_node(x, &tb_op_repeat, factor,
                           (tb_window){1, factor, 0, factor - 1, 0});
    return tb_node_output_like(n, x);
}

static void repeat_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                       const bool *want, tb_value **din)
{
    const tb_axis_attr *a = TB_ATTR(tb_axis_attr, n);
    (void)g, (void)want;
    din[0] = tb_sum(tb_fold(dout[0], a->n), TB_AXIS(a->axis + 1), false);
}

/* The new axis lies in memory right within time. */
static void order_of_fold(tb_value *y, const tb_value *x)
{
    int at = 0;
    for (int i = 0; i < x->rank; i++) {
        int axis = x->order[i];
        y->order[at++] = axis > x->time ? axis + 1 : axis;
        if (axis == x->time)
            y->order[at++] = x->time + 1;
    }
}

tb_value *tb_fold(tb_value *x, int64_t p)
{
    if (!x || !has_frames(x, "Folding", p))
        return NULL;
    if (x->rank == TB_RANK)
        return tb_graph_fail(x->graph, "Folding adds an axis: %d are too many.",
                             TB_RANK + 1);
    tb_shape shape = {x->rank + 1, {0}};
    for (int i = 0; i < shape.rank; i++)
        shape.dim[i] = i <= x->time       ? x->dim[i]
                       : i == x->time + 1 ? p
                                          : x->dim[i - 1];
    tb_node *n = time_node(x, &tb_op_fold, p, (tb_window){p, 1, p - 1, 0, 0});
    tb_value *y = tb_node_output(n, x->type, shape);
    if (y)
        order_of_fold(y, x);
    return y;
}

static void fold_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                     const bool *want, tb_value **din)
{
    (void)g, (void)n, (void)want;
    din[0] = tb_unfold(dout[0]);
}

static bool fold_view(const tb_node *n, const tb_tensor *in, tb_tensor *out,
                      int64_t *offset)
{
    const tb_axis_attr *a = TB_ATTR(tb_axis_attr, n);
    for (int i = 0; i < out->rank; i++)
        out->stride[i] = in->stride[i <= a->axis ? i : i - 1];
    out->stride[a->axis] *= a->n;
    *offset = tb_frame_offset(in, out->first * a->n);
    return true;
}

static void order_of_unfold(tb_value *y, const tb_value *x)
{
    int at = 0;
    for (int i = 0; i < x->rank; i++) {
        int axis = x->order[i];
        if (axis != x->time + 1)
            y->order[at++] = axis > x->time ? axis - 1 : axis;
    }
}

tb_value *tb_unfold(tb_value *x)
{
    if (!x || !has_frames(x, "Unfolding", 1))
        return NULL;
    if (x->time + 1 == x->rank || x->dim[x->time + 1] < 1)
        return tb_graph_fail(x->graph,
                             "Unfolding needs an axis behind the time axis.");
    int64_t p = x->dim[x->time + 1];
    tb_shape shape = {x->rank - 1, {0}};
    for (int i = 0; i < shape.rank; i++)
        shape.dim[i] = x->dim[i <= x->time ? i : i + 1];
    tb_node *n = time_node(x, &tb_op_unfold, p, (tb_window){1, p, 0, p - 1, 0});
    tb_value *y = tb_node_output(n, x->type, shape);
    if (y)
        order_of_unfold(y, x);
    return y;
}

static void unfold_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                       const bool *want, tb_value **din)
{
    (void)g, (void)want;
    din[0] = tb_fold(dout[0], TB_ATTR(tb_axis_attr, n)->n);
}

static bool unfold_view(const tb_node *n, const tb_tensor *in, tb_tensor *out,
                        int64_t *offset)
{
    const tb_axis_attr *a = TB_ATTR(tb_axis_attr, n);
    int64_t step = in->stride[a->axis + 1];
    if (in->stride[a->axis] != a->n * step)
        return false;
    for (int i = 0; i < out->rank; i++)
        out->stride[i] = in->stride[i < a->axis ? i : i + 1];
    *offset = (out->first - in->first * a->n) * step;
    return true;
}

tb_value *tb_alternate(tb_value *x, int axis)
{
    if (!x)
        return NULL;
    if (x->time < 0 || axis < 0 || axis >= x->rank || axis == x->time ||
        x->type != TB_REAL)
        return tb_graph_fail(x->graph, "Alternating needs real numbers with "
                                       "frames, and another axis.");
    tb_axis_attr attr = {axis, 2};
    return tb_node_output_like(
        tb_node_new(x->graph, &tb_op_alternate, 1, &x, &attr, sizeof attr), x);
}

static void alternate_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                          const bool *want, tb_value **din)
{
    (void)g, (void)want;
    din[0] = tb_alternate(dout[0], TB_ATTR(tb_axis_attr, n)->axis);
}

const tb_op tb_op_repeat = {
    .name = "repeat", .vjp = repeat_vjp, .types = TB_ANY_TYPE};
const tb_op tb_op_fold = {
    .name = "fold", .vjp = fold_vjp, .view = fold_view, .types = TB_ANY_TYPE};
const tb_op tb_op_unfold = {.name = "unfold",
                            .vjp = unfold_vjp,
                            .view = unfold_view,
                            .types = TB_ANY_TYPE};
const tb_op tb_op_alternate = {.name = "alternate",
                               .vjp = alternate_vjp,
                               .in_place = 1,
                               .any_order = true};
