#include "engine/ops/shape.h"

#include "engine/ops/reduce.h"

#include <string.h>

static bool has_axis(const tb_value *x, int axis)
{
    return axis >= 0 && axis < x->rank;
}

/* Most ops work along an axis that does not count frames. */
static bool static_axis(const tb_value *x, int axis, const char *name)
{
    if (has_axis(x, axis) && axis != x->time)
        return true;
    tb_graph_fail(x->graph,
                  "%s needs an axis of the value that is not time; "
                  "axis %d is not.",
                  name, axis);
    return false;
}

static tb_value *with_order_of(tb_value *y, const tb_value *x)
{
    tb_value_order_as(y, x);
    return y;
}

/* ---- reshape ---- */

static int time_axis(int rank, const int64_t *dim)
{
    for (int i = 0; i < rank; i++)
        if (dim[i] == TB_FRAMES)
            return i;
    return -1;
}

static int64_t product(const int64_t *dim, int from, int to)
{
    int64_t n = 1;
    for (int i = from; i < to; i++)
        n *= dim[i];
    return n;
}

static bool can_reshape(const tb_value *x, tb_shape to)
{
    int a = x->time, b = time_axis(to.rank, to.dim);
    if (a < 0 || b < 0)
        return a == b &&
               product(x->dim, 0, x->rank) == product(to.dim, 0, to.rank);
    return product(x->dim, 0, a) == product(to.dim, 0, b) &&
           product(x->dim, a + 1, x->rank) == product(to.dim, b + 1, to.rank);
}

tb_value *tb_reshape(tb_value *x, tb_shape shape)
{
    if (!x)
        return NULL;
    if (!can_reshape(x, shape))
        return tb_graph_fail(x->graph,
                             "A value with %d axes cannot be "
                             "reshaped to %d axes: the elements before and "
                             "after the time axis must stay as many.",
                             x->rank, shape.rank);
    tb_node *n = tb_node_new(x->graph, &tb_op_reshape, 1, &x, NULL, 0);
    return tb_node_output(n, x->type, shape);
}

static void reshape_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                        const bool *want, tb_value **din)
{
    (void)g, (void)want;
    din[0] =
        with_order_of(tb_reshape(dout[0], tb_value_shape(n->in[0])), n->in[0]);
}

/* Gives axes [b0, b1) of `out` strides so that they walk over axes [a0, a1) of
   `in` in logical order: those fall into runs that are regular in memory, and
   the axes of `out` must not cross their borders. */
static bool split_strides(const tb_tensor *in, int a0, int a1, tb_tensor *out,
                          int b0, int b1)
{
    int a = a1 - 1, b = b1 - 1;
    while (a >= a0) {
        int64_t step = in->stride[a], run = in->dim[a], taken = 1;
        a--;
        if (run == 1)
            continue;
        for (; a >= a0; a--) {
            if (in->dim[a] != 1 && in->stride[a] != step * run)
                break;
            run *= in->dim[a];
        }
        for (; b >= b0 && taken < run; b--) {
            out->stride[b] = step * taken;
            taken *= out->dim[b];
        }
        if (taken != run)
            return false;
    }
    for (; b >= b0; b--)
        out->stride[b] = 1;
    return true;
}

/* Where the output's first frame lies, seen from the input's. */
static int64_t same_frame(const tb_tensor *in, const tb_tensor *out)
{
    return out->time < 0 ? 0 : tb_frame_offset(in, out->first);
}

static bool reshape_view(const tb_node *n, const tb_tensor *in, tb_tensor *out,
                         int64_t *offset)
{
    (void)n;
    int a = in->time, b = out->time;
    *offset = same_frame(in, out);
    if (a < 0)
        return split_strides(in, 0, in->rank, out, 0, out->rank);
    out->stride[b] = in->stride[a];
    return split_strides(in, 0, a, out, 0, b) &&
           split_strides(in, a + 1, in->rank, out, b + 1, out->rank);
}

/* ---- permute ---- */

static bool is_permutation(int rank, const int *axes)
{
    unsigned seen = 0;
    for (int i = 0; i < rank; i++) {
        if (axes[i] < 0 || axes[i] >= rank)
            return false;
        seen |= TB_AXIS(axes[i]);
    }
    return seen == (1u << rank) - 1;
}

static void invert(int rank, const int *axes, int *inverse)
{
    for (int i = 0; i < rank; i++)
        inverse[axes[i]] = i;
}

tb_value *tb_permute(tb_value *x, const int *axes)
{
    tb_permute_attr attr = {{0}};
    int inverse[TB_RANK];
    if (!x)
        return NULL;
    if (!is_permutation(x->rank, axes))
        return tb_graph_fail(x->graph,
                             "A permutation names each of the %d "
                             "axes once.",
                             x->rank);
    tb_shape shape = {x->rank, {0}};
    for (int i = 0; i < x->rank; i++) {
        attr.axes[i] = axes[i];
        shape.dim[i] = x->dim[axes[i]];
    }
    invert(x->rank, axes, inverse);
    tb_node *n =
        tb_node_new(x->graph, &tb_op_permute, 1, &x, &attr, sizeof attr);
    tb_value *y = tb_node_output(n, x->type, shape);
    for (int i = 0; y && i < y->rank; i++)
        y->order[i] = inverse[x->order[i]];
    return y;
}

tb_value *tb_transpose(tb_value *x, int a, int b)
{
    int axes[TB_RANK];
    if (!x)
        return NULL;
    if (!has_axis(x, a) || !has_axis(x, b))
        return tb_graph_fail(x->graph,
                             "A value with %d axes has no axes %d "
                             "and %d to transpose.",
                             x->rank, a, b);
    for (int i = 0; i < x->rank; i++)
        axes[i] = i == a ? b : i == b ? a : i;
    return tb_permute(x, axes);
}

static void permute_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                        const bool *want, tb_value **din)
{
    int inverse[TB_RANK];
    (void)g, (void)want;
    invert(n->in[0]->rank, TB_ATTR(tb_permute_attr, n)->axes, inverse);
    din[0] = tb_permute(dout[0], inverse);
}

static bool permute_view(const tb_node *n, const tb_tensor *in, tb_tensor *out,
                         int64_t *offset)
{
    const int *axes = TB_ATTR(tb_permute_attr, n)->axes;
    for (int i = 0; i < in->rank; i++)
        out->stride[i] = in->stride[axes[i]];
    *offset = same_frame(in, out);
    return true;
}

/* ---- slice ---- */

tb_value *tb_slice(tb_value *x, int axis, int64_t start, int64_t stop,
                   int64_t step)
{
    if (!x || !static_axis(x, axis, "A slice"))
        return NULL;
    if (start < 0 || stop < start || stop > x->dim[axis] || step < 1)
        return tb_graph_fail(x->graph,
                             "There is no slice from %lld to %lld by "
                             "%lld of %lld elements.",
                             (long long)start, (long long)stop, (long long)step,
                             (long long)x->dim[axis]);
    if (start == 0 && stop == x->dim[axis] && step == 1)
        return x;
    tb_shape shape = tb_value_shape(x);
    shape.dim[axis] = (stop - start + step - 1) / step;
    tb_slice_attr attr = {axis, start, step};
    tb_node *n = tb_node_new(x->graph, &tb_op_slice, 1, &x, &attr, sizeof attr);
    return with_order_of(tb_node_output(n, x->type, shape), x);
}

static void slice_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                      const bool *want, tb_value **din)
{
    (void)want;
    tb_node *grad =
        tb_node_new(g, &tb_op_unslice, 1, dout, n->attr, sizeof(tb_slice_attr));
    din[0] = tb_node_output_like(grad, n->in[0]);
}

static bool slice_view(const tb_node *n, const tb_tensor *in, tb_tensor *out,
                       int64_t *offset)
{
    const tb_slice_attr *a = TB_ATTR(tb_slice_attr, n);
    for (int i = 0; i < in->rank; i++)
        out->stride[i] = in->stride[i] * (i == a->axis ? a->step : 1);
    *offset = same_frame(in, out) + a->start * in->stride[a->axis];
    return true;
}

/* ---- pad ---- */

tb_value *tb_pad(tb_value *x, int axis, int64_t left, int64_t right)
{
    if (!x || (left == 0 && right == 0))
        return x;
    if (!has_axis(x, axis))
        return tb_graph_fail(x->graph,
                             "A value with %d axes has no axis %d to "
                             "pad.",
                             x->rank, axis);
    tb_shape shape = tb_value_shape(x);
    if (axis != x->time)
        shape.dim[axis] += left + right;
    if (shape.dim[axis] < 0 && axis != x->time)
        return tb_graph_fail(x->graph,
                             "More is cropped from axis %d than its "
                             "%lld elements.",
                             axis, (long long)x->dim[axis]);
    tb_pad_attr attr = {axis, left, right};
    tb_node *n = tb_node_new(x->graph, &tb_op_pad, 1, &x, &attr, sizeof attr);
    if (n && axis == x->time)
        n->window = (tb_window){1, 1, -left, left, right};
    return with_order_of(tb_node_output(n, x->type, shape), x);
}

static void pad_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                    const bool *want, tb_value **din)
{
    const tb_pad_attr *a = TB_ATTR(tb_pad_attr, n);
    (void)g, (void)want;
    din[0] = tb_pad(dout[0], a->axis, -a->left, -a->right);
}

/* Along time the zeros are there already: frames outside read as zeros. */
static bool pad_view(const tb_node *n, const tb_tensor *in, tb_tensor *out,
                     int64_t *offset)
{
    const tb_pad_attr *a = TB_ATTR(tb_pad_attr, n);
    if (a->axis != in->time && (a->left > 0 || a->right > 0))
        return false;
    memcpy(out->stride, in->stride, sizeof out->stride);
    *offset = same_frame(in, out) - a->left * in->stride[a->axis];
    return true;
}

/* ---- concat ---- */

static bool can_concat(const tb_value *x, const tb_value *y, int axis)
{
    bool fits = x->rank == y->rank && x->type == y->type;
    for (int i = 0; fits && i < x->rank; i++)
        fits = i == axis ? i != y->time : x->dim[i] == y->dim[i];
    return fits;
}

tb_value *tb_concat(int n, tb_value *const *x, int axis)
{
    for (int i = 0; i < n; i++)
        if (!x[i])
            return NULL;
    if (n < 1 || !static_axis(x[0], axis, "Concatenation"))
        return NULL;
    for (int i = 1; i < n; i++)
        if (!can_concat(x[0], x[i], axis))
            return tb_graph_fail(x[0]->graph,
                                 "Values 1 and %d differ in more "
                                 "than axis %d: they cannot be concatenated.",
                                 i + 1, axis);
    if (n == 1)
        return x[0];
    tb_shape shape = tb_value_shape(x[0]);
    for (int i = 1; i < n; i++)
        shape.dim[axis] += x[i]->dim[axis];
    tb_axis_attr attr = {axis, 0};
    tb_node *node =
        tb_node_new(x[0]->graph, &tb_op_concat, n, x, &attr, sizeof attr);
    return with_order_of(tb_node_output(node, x[0]->type, shape), x[0]);
}

static void concat_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                       const bool *want, tb_value **din)
{
    int axis = TB_ATTR(tb_axis_attr, n)->axis;
    int64_t at = 0;
    (void)g;
    for (int i = 0; i < n->n_in; i++) {
        int64_t size = n->in[i]->dim[axis];
        if (want[i])
            din[i] = tb_slice(dout[0], axis, at, at + size, 1);
        at += size;
    }
}

/* ---- roll and flip ---- */

tb_value *tb_roll(tb_value *x, int axis, int64_t shift)
{
    if (!x || !static_axis(x, axis, "A roll"))
        return NULL;
    int64_t size = x->dim[axis];
    tb_axis_attr attr = {axis, size ? (shift % size + size) % size : 0};
    tb_node *n = tb_node_new(x->graph, &tb_op_roll, 1, &x, &attr, sizeof attr);
    return tb_node_output_like(n, x);
}

static void roll_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                     const bool *want, tb_value **din)
{
    const tb_axis_attr *a = TB_ATTR(tb_axis_attr, n);
    (void)g, (void)want;
    din[0] = tb_roll(dout[0], a->axis, -a->n);
}

tb_value *tb_flip(tb_value *x, int axis)
{
    if (!x)
        return NULL;
    if (!has_axis(x, axis))
        return tb_graph_fail(x->graph,
                             "A value with %d axes has no axis %d to "
                             "turn round.",
                             x->rank, axis);
    tb_axis_attr attr = {axis, 0};
    const tb_op *op = axis == x->time ? &tb_op_flip_time : &tb_op_flip;
    tb_node *n = tb_node_new(x->graph, op, 1, &x, &attr, sizeof attr);
    return tb_node_output_like(n, x);
}

static void flip_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                     const bool *want, tb_value **din)
{
    (void)g, (void)want;
    din[0] = tb_flip(dout[0], TB_ATTR(tb_axis_attr, n)->axis);
}

/* ---- copies ---- */

tb_value *tb_contiguous(tb_value *x)
{
    if (!x)
        return NULL;
    tb_node *n = tb_node_new(x->graph, &tb_op_contiguous, 1, &x, NULL, 0);
    return tb_node_output(n, x->type, tb_value_shape(x));
}

static void contiguous_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                           const bool *want, tb_value **din)
{
    (void)g, (void)n, (void)want;
    din[0] = dout[0];
}

tb_value *tb_arrange_last(tb_value *x, int axis)
{
    if (!x || !static_axis(x, axis, "An order"))
        return NULL;
    tb_axis_attr attr = {axis, 0};
    tb_node *n =
        tb_node_new(x->graph, &tb_op_arrange, 1, &x, &attr, sizeof attr);
    tb_value *y = tb_node_output_like(n, x);
    tb_value_order_last(y, axis);
    return y;
}

static bool arrange_view(const tb_node *n, const tb_tensor *in, tb_tensor *out,
                         int64_t *offset)
{
    int axis = TB_ATTR(tb_axis_attr, n)->axis;
    if (in->stride[axis] != 1 && in->dim[axis] != 1)
        return false;
    memcpy(out->stride, in->stride, sizeof out->stride);
    *offset = same_frame(in, out);
    return true;
}

tb_value *tb_detach(tb_value *x)
{
    return x ? tb_node_output_like(
                   tb_node_new(x->graph, &tb_op_detach, 1, &x, NULL, 0), x)
             : NULL;
}

static bool detach_view(const tb_node *n, const tb_tensor *in, tb_tensor *out,
                        int64_t *offset)
{
    (void)n;
    memcpy(out->stride, in->stride, sizeof out->stride);
    *offset = same_frame(in, out);
    return true;
}

const tb_op tb_op_reshape = {.name = "reshape",
                             .vjp = reshape_vjp,
                             .view = reshape_view,
                             .types = TB_ANY_TYPE};
const tb_op tb_op_permute = {.name = "permute",
                             .vjp = permute_vjp,
                             .view = permute_view,
                             .types = TB_ANY_TYPE,
                             .any_order = true};
const tb_op tb_op_slice = {.name = "slice",
                           .vjp = slice_vjp,
                           .view = slice_view,
                           .types = TB_ANY_TYPE,
                           .any_order = true};
const tb_op tb_op_unslice = {
    .name = "unslice", .types = TB_ANY_TYPE, .any_order = true};
const tb_op tb_op_pad = {.name = "pad",
                         .vjp = pad_vjp,
                         .view = pad_view,
                         .types = TB_ANY_TYPE,
                         .any_order = true};
const tb_op tb_op_concat = {.name = "concat",
                            .vjp = concat_vjp,
                            .types = TB_ANY_TYPE,
                            .any_order = true};
const tb_op tb_op_roll = {
    .name = "roll", .vjp = roll_vjp, .types = TB_ANY_TYPE, .any_order = true};
const tb_op tb_op_flip = {
    .name = "flip", .vjp = flip_vjp, .types = TB_ANY_TYPE, .any_order = true};
const tb_op tb_op_flip_time = {.name = "flip over time",
                               .time = TB_TIME_WHOLE,
                               .vjp = flip_vjp,
                               .types = TB_ANY_TYPE};
const tb_op tb_op_arrange = {.name = "arrange",
                             .vjp = contiguous_vjp,
                             .view = arrange_view,
                             .types = TB_ANY_TYPE,
                             .any_order = true};
const tb_op tb_op_detach = {.name = "detach",
                            .view = detach_view,
                            .types = TB_ANY_TYPE,
                            .any_order = true};
const tb_op tb_op_contiguous = {
    .name = "contiguous", .vjp = contiguous_vjp, .types = TB_ANY_TYPE};
