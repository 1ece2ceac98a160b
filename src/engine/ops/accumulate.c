#include "engine/ops/accumulate.h"

#include "engine/ops/reduce.h"

/* The shape of x without an axis. */
static tb_shape shape_of_frame(const tb_value *x, int axis)
{
    tb_shape shape = {0};
    for (int i = 0; i < x->rank; i++)
        if (i != axis)
            shape.dim[shape.rank++] = x->dim[i];
    return shape;
}

static bool repeats_to(const tb_value *keep, const tb_value *x)
{
    if (keep->rank != x->rank || (keep->time >= 0 && keep->time != x->time))
        return false;
    for (int i = 0; i < x->rank; i++)
        if (keep->dim[i] != x->dim[i] && keep->dim[i] != 1)
            return false;
    return true;
}

static bool fits(const tb_value *x, int axis, const tb_value *keep,
                 const tb_value *before)
{
    return axis >= 0 && axis < x->rank && (x->time < 0 || x->time == axis) &&
           x->type == TB_REAL && keep->type == TB_REAL &&
           before->type == TB_REAL && repeats_to(keep, x) &&
           tb_has_shape(before, shape_of_frame(x, axis));
}

tb_accumulated tb_accumulate(tb_value *x, int axis, tb_value *keep,
                             tb_value *before, double turn)
{
    if (!x || !keep || !before)
        return (tb_accumulated){0};
    if (!fits(x, axis, keep, before)) {
        tb_graph_fail(x->graph, "Accumulating: the shapes of what is added, "
                                "kept and there before do not fit together.");
        return (tb_accumulated){0};
    }
    tb_value *in[] = {x, keep, before};
    tb_accumulate_attr attr = {axis, turn};
    tb_node *n =
        tb_node_new(x->graph, &tb_op_accumulate, 3, in, &attr, sizeof attr);
    tb_value *y = tb_node_output_like(n, x);
    return (tb_accumulated){
        y, tb_node_output(n, TB_REAL, shape_of_frame(x, axis))};
}

static void accumulate_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                           const bool *want, tb_value **din)
{
    tb_value *in[5] = {n->in[1], n->out[0], n->in[2]};
    tb_accumulate_grad_attr attr = {TB_ATTR(tb_accumulate_attr, n)->axis, -1,
                                    -1};
    int n_in = 3;
    if (dout[0])
        in[attr.dy = n_in++] = dout[0];
    if (dout[1])
        in[attr.dlast = n_in++] = dout[1];
    tb_node *grad =
        tb_node_new(g, &tb_op_accumulate_grad, n_in, in, &attr, sizeof attr);
    din[0] = tb_node_output_like(grad, n->in[0]);
    tb_value *dkeep = tb_node_output_like(grad, n->in[0]);
    din[2] = tb_node_output_like(grad, n->in[2]);
    if (want[1])
        din[1] = tb_sum_to(dkeep, n->in[1]);
}

const tb_op tb_op_accumulate = {
    .name = "accumulate", .time = TB_TIME_SCAN, .vjp = accumulate_vjp};
const tb_op tb_op_accumulate_grad = {.name = "accumulate_grad",
                                     .time = TB_TIME_WHOLE};
