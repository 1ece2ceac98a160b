#include "engine/ops/bucketize.h"

tb_value *tb_bucketize(tb_value *x, tb_value *bounds)
{
    if (!x || !bounds)
        return NULL;
    if (x->type != TB_REAL || bounds->type != TB_REAL || bounds->rank != 1 ||
        bounds->time >= 0)
        return tb_graph_fail(x->graph, "Intervals are made of real numbers, "
                                       "with bounds in one row.");
    tb_value *in[] = {x, bounds};
    tb_node *n = tb_node_new(x->graph, &tb_op_bucketize, 2, in, NULL, 0);
    tb_value *y = tb_node_output(n, TB_I64, tb_value_shape(x));
    for (int i = 0; y && i < x->rank; i++)
        y->order[i] = x->order[i];
    return y;
}

const tb_op tb_op_bucketize = {.name = "bucketize"};
