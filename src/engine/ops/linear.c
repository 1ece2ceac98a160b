#include "engine/ops/linear.h"

#include "engine/ops/reduce.h"

#include <string.h>

static tb_value *linear(tb_value *x, tb_value *w, tb_value *bias,
                        bool transposed)
{
    tb_value *in[] = {x, w, bias};
    tb_linear_attr attr = {transposed};
    tb_node *n = tb_node_new(x->graph, &tb_op_linear, bias ? 3 : 2, in, &attr,
                             sizeof attr);
    tb_shape shape = tb_value_shape(x);
    shape.dim[x->rank - 1] = w->dim[transposed];
    tb_value *y = tb_node_output(n, TB_REAL, shape);
    if (y)
        memcpy(y->order, x->order, sizeof y->order);
    tb_value_order_last(y, x->rank - 1);
    return y;
}

tb_value *tb_linear(tb_value *x, tb_value *w, tb_value *bias)
{
    if (!x || !w)
        return NULL;
    if (x->rank < 1 || w->rank != 2 || w->time >= 0 || x->time == x->rank - 1 ||
        x->dim[x->rank - 1] != w->dim[1] ||
        (bias && (bias->rank != 1 || bias->dim[0] != w->dim[0])))
        return tb_graph_fail(x->graph,
                             "Linear: the last axis of the input, the weights "
                             "and the bias do not fit together.");
    return linear(x, w, bias, false);
}

tb_value *tb_linear_wgrad(tb_value *x, tb_value *dy)
{
    if (!x || !dy)
        return NULL;
    tb_value *in[] = {x, dy};
    tb_node *n = tb_node_new(x->graph, &tb_op_linear_wgrad, 2, in, NULL, 0);
    return tb_node_output(n, TB_REAL,
                          tb_dims(dy->dim[dy->rank - 1], x->dim[x->rank - 1]));
}

static void linear_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                       const bool *want, tb_value **din)
{
    bool transposed = TB_ATTR(tb_linear_attr, n)->transposed;
    tb_value *x = n->in[0], *w = n->in[1], *dy = dout[0];
    (void)g;
    if (want[0])
        din[0] = linear(dy, w, NULL, !transposed);
    if (want[1])
        din[1] = transposed ? tb_linear_wgrad(dy, x) : tb_linear_wgrad(x, dy);
    if (n->n_in == 3 && want[2])
        din[2] = tb_sum(dy, (1u << (dy->rank - 1)) - 1, false);
}

const tb_op tb_op_linear = {.name = "linear", .vjp = linear_vjp};
const tb_op tb_op_linear_wgrad = {.name = "linear_wgrad",
                                  .time = TB_TIME_WHOLE};
