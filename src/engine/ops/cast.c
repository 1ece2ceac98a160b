#include "engine/ops/cast.h"

tb_value *tb_cast(tb_value *x, tb_type type)
{
    if (!x || x->type == type)
        return x;
    tb_node *n = tb_node_new(x->graph, &tb_op_cast, 1, &x, NULL, 0);
    tb_value *y = tb_node_output(n, type, tb_value_shape(x));
    tb_value_order_as(y, x);
    return y;
}

static void cast_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                     const bool *want, tb_value **din)
{
    tb_type from = n->in[0]->type, to = n->out[0]->type;
    (void)g, (void)want;
    if ((from == TB_REAL && to == TB_C64) || (from == TB_C64 && to == TB_REAL))
        din[0] = tb_cast(dout[0], from);
}

const tb_op tb_op_cast = {
    .name = "cast", .vjp = cast_vjp, .types = TB_ANY_TYPE, .any_order = true};
