#include "engine/ops/norm.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"
#include "engine/source.h"

tb_value *tb_standardise(tb_value *x, unsigned axes, double eps)
{
    if (!x)
        return NULL;
    bool time = x->time >= 0 && axes >> x->time & 1;
    tb_standardise_attr attr = {axes & (TB_AXIS(x->rank) - 1), eps};
    tb_node *n = tb_node_new(
        x->graph, time ? &tb_op_standardise_time : &tb_op_standardise, 1, &x,
        &attr, sizeof attr);
    return tb_node_output_like(n, x);
}

static tb_value *standardise_grad(tb_value *x, tb_value *dy,
                                  tb_standardise_attr attr)
{
    tb_value *in[] = {x, dy};
    bool time = x->time >= 0 && attr.axes >> x->time & 1;
    tb_node *n = tb_node_new(
        x->graph, time ? &tb_op_standardise_grad_time : &tb_op_standardise_grad,
        2, in, &attr, sizeof attr);
    return tb_node_output_like(n, x);
}

static void standardise_vjp(tb_graph *g, const tb_node *n,
                            tb_value *const *dout, const bool *want,
                            tb_value **din)
{
    (void)g, (void)want;
    din[0] =
        standardise_grad(n->in[0], dout[0], *TB_ATTR(tb_standardise_attr, n));
}

/* One number for each element of an axis of x, shaped to be broadcast. */
static tb_value *along_axis(tb_value *v, const tb_value *x, int axis)
{
    tb_shape shape = {x->rank - axis, {v ? v->dim[0] : 0}};
    for (int i = 1; i < shape.rank; i++)
        shape.dim[i] = 1;
    return tb_reshape(v, shape);
}

static bool fits_axis(const tb_value *v, const tb_value *x, int axis)
{
    return !v || (v->rank == 1 && v->dim[0] == x->dim[axis]);
}

static tb_value *scale_and_shift(tb_value *y, int axis, tb_value *gain,
                                 tb_value *bias)
{
    if (y && gain)
        y = tb_mul(y, along_axis(gain, y, axis));
    if (y && bias)
        y = tb_add(y, along_axis(bias, y, axis));
    return y;
}

tb_value *tb_layer_norm(tb_value *x, int axis, tb_value *gain, tb_value *bias,
                        double eps)
{
    if (!x)
        return NULL;
    if (axis < 0 || axis >= x->rank || axis == x->time ||
        !fits_axis(gain, x, axis) || !fits_axis(bias, x, axis))
        return tb_graph_fail(x->graph, "Layer norm: the axis, gain and bias "
                                       "do not fit the signal.");
    return scale_and_shift(tb_standardise(x, TB_AXIS(axis), eps), axis, gain,
                           bias);
}

tb_value *tb_group_norm(tb_value *x, int64_t groups, tb_value *gain,
                        tb_value *bias, double eps)
{
    if (!x)
        return NULL;
    if (x->rank < 2 || x->rank == TB_RANK || x->time == 0 || x->time == 1 ||
        groups < 1 || x->dim[1] % groups || !fits_axis(gain, x, 1) ||
        !fits_axis(bias, x, 1))
        return tb_graph_fail(x->graph, "Group norm: the groups, gain and bias "
                                       "do not fit the channels.");
    tb_shape shape = tb_value_shape(x), split = shape;
    split.rank++;
    split.dim[1] = groups;
    split.dim[2] = x->dim[1] / groups;
    for (int i = 2; i < x->rank; i++)
        split.dim[i + 1] = x->dim[i];
    tb_value *y = tb_standardise(tb_reshape(x, split), ~3u, eps);
    return scale_and_shift(tb_reshape(y, shape), 1, gain, bias);
}

/* Standardises, and moves the statistics towards those of x. */
static tb_value *batch_norm(tb_value *x, tb_value *mean, tb_value *var,
                            double momentum, double eps)
{
    if (mean->node->op != &tb_op_state || var->node->op != &tb_op_state)
        return tb_graph_fail(x->graph, "Batch norm: in training, mean and "
                                       "variance must be states.");
    unsigned others = (TB_AXIS(x->rank) - 1) & ~TB_AXIS(1);
    tb_value *in[] = {x, mean, var};
    tb_batch_norm_attr attr = {{others, eps}, momentum};
    tb_node *n =
        tb_node_new(x->graph, &tb_op_batch_norm, 3, in, &attr, sizeof attr);
    tb_value *y = tb_node_output_like(n, x);
    tb_state_next(mean, tb_node_output_like(n, mean));
    tb_state_next(var, tb_node_output_like(n, var));
    return y;
}

static void batch_norm_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                           const bool *want, tb_value **din)
{
    (void)g;
    if (want[0] && dout[0])
        din[0] = standardise_grad(n->in[0], dout[0],
                                  TB_ATTR(tb_batch_norm_attr, n)->standardise);
}

tb_value *tb_batch_norm(tb_value *x, tb_value *gain, tb_value *bias,
                        tb_value *mean, tb_value *var, double momentum,
                        double eps, bool training)
{
    if (!x || !mean || !var)
        return NULL;
    if (x->rank < 2 || x->time == 1 || !fits_axis(gain, x, 1) ||
        !fits_axis(bias, x, 1) || !fits_axis(mean, x, 1) ||
        !fits_axis(var, x, 1))
        return tb_graph_fail(x->graph, "Batch norm: statistics, gain and bias "
                                       "do not fit the channels.");
    tb_value *y;
    if (training) {
        y = batch_norm(x, mean, var, momentum, eps);
    } else {
        tb_value *spread =
            tb_map(tb_map(var, TB_AFFINE, 1, eps), TB_POW, -0.5, 0);
        y = tb_mul(tb_sub(x, along_axis(mean, x, 1)), along_axis(spread, x, 1));
    }
    return scale_and_shift(y, 1, gain, bias);
}

tb_value *tb_weight_norm(tb_value *v, tb_value *g)
{
    if (!v || !g)
        return NULL;
    bool fits = v->rank >= 1 && g->rank >= 1 && v->time < 0 && g->time < 0 &&
                g->dim[0] == v->dim[0];
    for (int i = 1; i < g->rank; i++)
        fits &= g->dim[i] == 1;
    if (!fits)
        return tb_graph_fail(v->graph,
                             "Weight norm: there must be one g for each "
                             "element of the first axis of v.");
    tb_value *in[] = {v, g};
    tb_node *n = tb_node_new(v->graph, &tb_op_weight_norm, 2, in, NULL, 0);
    return tb_node_output_like(n, v);
}

static void weight_norm_vjp(tb_graph *g, const tb_node *n,
                            tb_value *const *dout, const bool *want,
                            tb_value **din)
{
    tb_value *in[] = {n->in[0], n->in[1], dout[0]};
    tb_node *grad = tb_node_new(g, &tb_op_weight_norm_grad, 3, in, NULL, 0);
    (void)want;
    din[0] = tb_node_output_like(grad, n->in[0]);
    din[1] = tb_node_output_like(grad, n->in[1]);
}

const tb_op tb_op_standardise = {.name = "standardise", .vjp = standardise_vjp};
const tb_op tb_op_standardise_time = {
    .name = "standardise_time", .time = TB_TIME_WHOLE, .vjp = standardise_vjp};
const tb_op tb_op_standardise_grad = {.name = "standardise_grad"};
const tb_op tb_op_standardise_grad_time = {.name = "standardise_grad_time",
                                           .time = TB_TIME_WHOLE};
const tb_op tb_op_batch_norm = {
    .name = "batch_norm", .time = TB_TIME_WHOLE, .vjp = batch_norm_vjp};
const tb_op tb_op_weight_norm = {.name = "weight_norm", .vjp = weight_norm_vjp};
const tb_op tb_op_weight_norm_grad = {.name = "weight_norm_grad"};
