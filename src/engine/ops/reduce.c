#include "engine/ops/reduce.h"

#include "engine/ops/complex.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/shape.h"

#include <string.h>

int tb_axes_of(unsigned set, int rank, int64_t axes[TB_RANK])
{
    int count = 0;
    for (int i = 0; i < rank; i++)
        if (set >> i & 1)
            axes[count++] = i;
    return count;
}

static unsigned all_axes(const tb_value *x)
{
    return (1u << x->rank) - 1;
}

static tb_shape reduced_shape(const tb_value *x, const tb_reduce_attr *attr)
{
    tb_shape shape = {0};
    for (int i = 0; i < x->rank; i++) {
        if (!(attr->axes >> i & 1))
            shape.dim[shape.rank++] = x->dim[i];
        else if (attr->keep >> i & 1)
            shape.dim[shape.rank++] = 1;
    }
    return shape;
}

static bool reduces_time(const tb_value *x, unsigned axes)
{
    return x->time >= 0 && (axes >> x->time & 1);
}

/* Whether each number is all that there is to reduce. */
static bool reduces_nothing(const tb_value *x, const tb_reduce_attr *attr)
{
    bool same = attr->kind != TB_REDUCE_NORM2 && attr->correction == 0;
    for (int i = 0; i < x->rank; i++)
        same &= !(attr->axes >> i & 1) || x->dim[i] == 1;
    return same;
}

/* x without axes of one element, in the same order. */
static tb_value *drop_axes(tb_value *x, const tb_reduce_attr *attr)
{
    unsigned gone = attr->axes & ~attr->keep;
    int at = 0, place[TB_RANK];
    tb_value *y = gone ? tb_reshape(x, reduced_shape(x, attr)) : x;
    for (int i = 0, k = 0; i < x->rank; i++)
        place[i] = gone >> i & 1 ? -1 : k++;
    for (int i = 0; y && gone && i < x->rank; i++)
        if (place[x->order[i]] >= 0)
            y->order[at++] = place[x->order[i]];
    return y;
}

static tb_value *reduce(tb_value *x, tb_reduce_attr attr)
{
    if (!x)
        return NULL;
    attr.axes &= all_axes(x);
    if (x->type == TB_C64 && attr.axes &&
        (attr.kind == TB_REDUCE_SUM || attr.kind == TB_REDUCE_MEAN))
        return tb_as_complex(reduce(tb_as_real(x), attr));
    if (!attr.axes)
        return x;
    if (x->type != TB_REAL)
        return tb_graph_fail(x->graph, "Only real numbers can be summed.");
    if (reduces_nothing(x, &attr))
        return drop_axes(x, &attr);
    const tb_op *op =
        reduces_time(x, attr.axes) ? &tb_op_reduce_time : &tb_op_reduce;
    tb_node *n = tb_node_new(x->graph, op, 1, &x, &attr, sizeof attr);
    tb_value *y = tb_node_output(n, TB_REAL, reduced_shape(x, &attr));
    if (y && y->rank == x->rank)
        memcpy(y->order, x->order, sizeof y->order);
    return y;
}

tb_value *tb_reduce(tb_value *x, tb_reduction kind, unsigned axes,
                    bool keep_dims)
{
    return reduce(x, (tb_reduce_attr){kind, axes, keep_dims ? axes : 0, 0});
}

static void reduce_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                       const bool *want, tb_value **din)
{
    (void)want;
    const tb_reduce_attr *attr = TB_ATTR(tb_reduce_attr, n);
    tb_value *in[] = {n->in[0], n->out[0], dout[0]};
    const tb_op *op = reduces_time(n->in[0], attr->axes)
                          ? &tb_op_reduce_grad_time
                          : &tb_op_reduce_grad;
    tb_node *grad = tb_node_new(g, op, 3, in, attr, sizeof *attr);
    din[0] = tb_node_output_like(grad, n->in[0]);
}

tb_value *tb_var(tb_value *x, unsigned axes, bool unbiased, bool keep_dims)
{
    tb_value *mean = tb_mean(x, axes, true);
    tb_value *square = tb_map(tb_sub(x, mean), TB_SQUARE, 0, 0);
    return reduce(square,
                  (tb_reduce_attr){TB_REDUCE_MEAN, axes, keep_dims ? axes : 0,
                                   unbiased ? 1 : 0});
}

tb_value *tb_norm(tb_value *x, int p, unsigned axes, bool keep_dims)
{
    if (p == 1)
        return tb_sum(tb_map(x, TB_ABS, 0, 0), axes, keep_dims);
    if (p == 2)
        return tb_reduce(x, TB_REDUCE_NORM2, axes, keep_dims);
    return x ? tb_graph_fail(x->graph,
                             "A norm of order %d is not known: use "
                             "1 or 2.",
                             p)
             : NULL;
}

tb_value *tb_sum_to(tb_value *gradient, const tb_value *like)
{
    if (!gradient || !like)
        return NULL;
    tb_reduce_attr attr = {TB_REDUCE_SUM, 0, 0, 0};
    int shift = gradient->rank - like->rank;
    for (int i = 0; i < gradient->rank; i++) {
        if (i < shift)
            attr.axes |= TB_AXIS(i);
        else if (like->dim[i - shift] == 1 && gradient->dim[i] != 1)
            attr.keep |= TB_AXIS(i);
    }
    attr.axes |= attr.keep;
    return reduce(gradient, attr);
}

/* ---- repetition ---- */

static bool can_expand(const tb_value *x, tb_shape to)
{
    int shift = to.rank - x->rank;
    for (int i = 0; i < x->rank; i++)
        if (shift < 0 || (x->dim[i] != 1 && x->dim[i] != to.dim[i + shift]))
            return false;
    return true;
}

static tb_value *expand(tb_value *x, tb_shape shape, tb_value *like)
{
    tb_value *in[] = {x, like};
    if (!can_expand(x, shape))
        return tb_graph_fail(x->graph,
                             "A value with %d axes cannot be "
                             "repeated to that shape.",
                             x->rank);
    tb_node *n = like ? tb_node_new(x->graph, &tb_op_expand_as, 2, in, NULL, 0)
                      : tb_node_new(x->graph, &tb_op_expand, 1, in, NULL, 0);
    return tb_node_output(n, x->type, shape);
}

tb_value *tb_expand(tb_value *x, tb_shape shape)
{
    if (!x || tb_has_shape(x, shape))
        return x;
    int frames = 0;
    for (int i = 0; i < shape.rank; i++)
        frames += shape.dim[i] == TB_FRAMES;
    if (frames && x->time < 0)
        return tb_graph_fail(x->graph, "Repeating along time needs a value "
                                       "that has frames.");
    return expand(x, shape, NULL);
}

tb_value *tb_expand_as(tb_value *x, tb_value *like)
{
    if (!x || !like)
        return NULL;
    tb_value *y = x->time < 0 && like->time >= 0
                      ? expand(x, tb_value_shape(like), like)
                      : tb_expand(x, tb_value_shape(like));
    if (y && y != x)
        memcpy(y->order, like->order, sizeof y->order);
    return y;
}

static void expand_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                       const bool *want, tb_value **din)
{
    (void)g;
    if (want[0])
        din[0] = tb_sum_to(dout[0], n->in[0]);
}

static bool expand_view(const tb_node *n, const tb_tensor *in, tb_tensor *out,
                        int64_t *offset)
{
    (void)n;
    int shift = out->rank - in->rank;
    for (int i = 0; i < out->rank; i++) {
        int a = i - shift;
        bool repeats = a < 0 || (a != in->time && in->dim[a] == 1);
        out->stride[i] = repeats ? 0 : in->stride[a];
    }
    *offset = tb_frame_offset(in, out->time < 0 ? in->first : out->first);
    return true;
}

const tb_op tb_op_reduce = {.name = "reduce", .vjp = reduce_vjp};
const tb_op tb_op_reduce_time = {
    .name = "reduce over time", .time = TB_TIME_WHOLE, .vjp = reduce_vjp};
const tb_op tb_op_reduce_grad = {.name = "reduce_grad"};
const tb_op tb_op_reduce_grad_time = {.name = "reduce_grad over time",
                                      .time = TB_TIME_WHOLE};
const tb_op tb_op_expand = {.name = "expand",
                            .vjp = expand_vjp,
                            .view = expand_view,
                            .types = TB_ANY_TYPE};
/* No view: frames past the end must read as zeros. */
const tb_op tb_op_expand_as = {
    .name = "expand_as", .vjp = expand_vjp, .types = TB_ANY_TYPE};
