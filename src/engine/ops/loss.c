#include "engine/ops/loss.h"

#include "engine/ops/elementwise.h"

static tb_value *along(tb_value *x, int axis, const tb_op *op)
{
    if (!x)
        return NULL;
    if (x->type != TB_REAL || axis < 0 || axis >= x->rank || axis == x->time)
        return tb_graph_fail(x->graph,
                             "A softmax needs an axis of the value "
                             "that is not time; axis %d is not.",
                             axis);
    tb_softmax_attr attr = {axis};
    tb_node *n = tb_node_new(x->graph, op, 1, &x, &attr, sizeof attr);
    return tb_node_output_like(n, x);
}

tb_value *tb_softmax(tb_value *x, int axis)
{
    return along(x, axis, &tb_op_softmax);
}

tb_value *tb_log_softmax(tb_value *x, int axis)
{
    return along(x, axis, &tb_op_log_softmax);
}

static tb_value *softmax_grad(const tb_node *n, tb_value *dy, const tb_op *op)
{
    tb_value *in[] = {n->out[0], dy};
    tb_node *grad =
        tb_node_new(n->graph, op, 2, in, n->attr, sizeof(tb_softmax_attr));
    return tb_node_output_like(grad, n->in[0]);
}

static void softmax_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                        const bool *want, tb_value **din)
{
    (void)g, (void)want;
    din[0] = softmax_grad(n, dout[0], &tb_op_softmax_grad);
}

static void log_softmax_vjp(tb_graph *g, const tb_node *n,
                            tb_value *const *dout, const bool *want,
                            tb_value **din)
{
    (void)g, (void)want;
    din[0] = softmax_grad(n, dout[0], &tb_op_log_softmax_grad);
}

/* ---- cross entropy ---- */

static bool classifies(const tb_value *logits, const tb_value *target)
{
    bool fits = logits->type == TB_REAL && target->type == TB_I64 &&
                logits->rank == target->rank + 1 &&
                logits->time != logits->rank - 1;
    for (int i = 0; fits && i < target->rank; i++)
        fits = logits->dim[i] == target->dim[i];
    return fits;
}

tb_value *tb_cross_entropy(tb_value *logits, tb_value *target)
{
    if (!logits || !target)
        return NULL;
    if (!classifies(logits, target))
        return tb_graph_fail(logits->graph,
                             "A cross entropy needs logits "
                             "[..., classes] and targets [...] of type i64.");
    tb_value *in[] = {logits, target};
    tb_node *n =
        tb_node_new(logits->graph, &tb_op_cross_entropy, 2, in, NULL, 0);
    return tb_node_output(n, TB_REAL, tb_value_shape(target));
}

static void cross_entropy_vjp(tb_graph *g, const tb_node *n,
                              tb_value *const *dout, const bool *want,
                              tb_value **din)
{
    if (!want[0])
        return;
    tb_value *in[] = {n->in[0], n->in[1], dout[0]};
    tb_node *grad = tb_node_new(g, &tb_op_cross_entropy_grad, 3, in, NULL, 0);
    din[0] = tb_node_output_like(grad, n->in[0]);
}

tb_value *tb_binary_cross_entropy(tb_value *logits, tb_value *target)
{
    return tb_sub(tb_map(logits, TB_SOFTPLUS, 0, 0), tb_mul(logits, target));
}

tb_value *tb_l1(tb_value *x, tb_value *y)
{
    return tb_map(tb_sub(x, y), TB_ABS, 0, 0);
}

tb_value *tb_l2(tb_value *x, tb_value *y)
{
    return tb_map(tb_sub(x, y), TB_SQUARE, 0, 0);
}

const tb_op tb_op_softmax = {
    .name = "softmax", .vjp = softmax_vjp, .in_place = 1};
const tb_op tb_op_softmax_grad = {.name = "softmax_grad", .in_place = 3};
const tb_op tb_op_log_softmax = {
    .name = "log_softmax", .vjp = log_softmax_vjp, .in_place = 1};
const tb_op tb_op_log_softmax_grad = {.name = "log_softmax_grad",
                                      .in_place = 3};
const tb_op tb_op_cross_entropy = {.name = "cross_entropy",
                                   .vjp = cross_entropy_vjp};
const tb_op tb_op_cross_entropy_grad = {.name = "cross_entropy_grad",
                                        .in_place = 1};
