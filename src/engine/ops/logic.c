#include "engine/ops/logic.h"

#include "engine/ops/reduce.h"

static bool comparable(tb_comparison kind, tb_type type)
{
    return type == TB_REAL || type == TB_I64 || type == TB_BOOL ||
           (type == TB_C64 && (kind == TB_EQ || kind == TB_NE));
}

tb_value *tb_compare(tb_comparison kind, tb_value *x, tb_value *y)
{
    tb_shape shape;
    if (!x || !y)
        return NULL;
    if (x->type != y->type || !comparable(kind, x->type))
        return tb_graph_fail(x->graph, "Two values are compared as one type, "
                                       "and complex ones only whether they "
                                       "are equal.");
    if (!tb_broadcast(x, y, &shape))
        return NULL;
    tb_value *in[] = {x, y};
    tb_compare_attr attr = {kind};
    tb_node *n =
        tb_node_new(x->graph, &tb_op_compare, 2, in, &attr, sizeof attr);
    tb_value *out = tb_node_output(n, TB_BOOL, shape);
    tb_value_order_of(out, 2, in);
    return out;
}

static bool are_bools(const tb_value *x, const tb_value *y)
{
    if (x->type == TB_BOOL && y->type == TB_BOOL)
        return true;
    tb_graph_fail(x->graph, "And, or and not take truth values: compare first, "
                            "or cast to bool.");
    return false;
}

tb_value *tb_and(tb_value *x, tb_value *y)
{
    return x && y && are_bools(x, y) ? tb_combine(TB_MIN, x, y) : NULL;
}

tb_value *tb_or(tb_value *x, tb_value *y)
{
    return x && y && are_bools(x, y) ? tb_combine(TB_MAX, x, y) : NULL;
}

tb_value *tb_not(tb_value *x)
{
    if (!x || !are_bools(x, x))
        return NULL;
    return tb_compare(TB_EQ, x,
                      tb_fill_type(x->graph, TB_BOOL, tb_dims_of(0, NULL), 0));
}

tb_value *tb_bits(tb_bit_logic kind, tb_value *x, tb_value *y)
{
    tb_shape shape;
    if (!x || !y)
        return NULL;
    if (x->type != TB_I64 || y->type != TB_I64)
        return tb_graph_fail(x->graph, "Only whole numbers have bits.");
    if (!tb_broadcast(x, y, &shape))
        return NULL;
    tb_value *in[] = {x, y};
    tb_bits_attr attr = {kind};
    tb_node *n = tb_node_new(x->graph, &tb_op_bits, 2, in, &attr, sizeof attr);
    tb_value *out = tb_node_output(n, TB_I64, shape);
    tb_value_order_of(out, 2, in);
    return out;
}

tb_value *tb_where(tb_value *condition, tb_value *x, tb_value *y)
{
    tb_shape shape;
    if (!condition || !x || !y)
        return NULL;
    if (condition->type != TB_BOOL || x->type != y->type)
        return tb_graph_fail(x->graph, "A choice needs a truth value (bool) "
                                       "and two values of one type.");
    if (!tb_broadcast(x, y, &shape) || !tb_broadcast_to(condition, &shape))
        return NULL;
    tb_value *in[] = {condition, x, y}, *like[] = {x, y, condition};
    tb_node *n = tb_node_new(x->graph, &tb_op_where, 3, in, NULL, 0);
    tb_value *out = tb_node_output(n, x->type, shape);
    tb_value_order_of(out, 3, like);
    return out;
}

static void where_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                      const bool *want, tb_value **din)
{
    tb_value *zero = tb_fill_type(g, n->in[1]->type, tb_dims_of(0, NULL), 0);
    if (want[1])
        din[1] = tb_sum_to(tb_where(n->in[0], dout[0], zero), n->in[1]);
    if (want[2])
        din[2] = tb_sum_to(tb_where(n->in[0], zero, dout[0]), n->in[2]);
}

const tb_op tb_op_bits = {.name = "bits", .in_place = 3, .any_order = true};
const tb_op tb_op_compare = {
    .name = "compare", .types = TB_ANY_TYPE, .any_order = true};
const tb_op tb_op_where = {.name = "where",
                           .vjp = where_vjp,
                           .in_place = 6,
                           .types = TB_ANY_TYPE,
                           .any_order = true};
