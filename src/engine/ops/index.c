#include "engine/ops/index.h"

static bool is_index(const tb_value *v, const char *name)
{
    if (v->type == TB_I64)
        return true;
    tb_graph_fail(v->graph, "%s needs whole numbers (i64) as indices.", name);
    return false;
}

/* The shape of v with an axis of n behind it. */
static tb_shape with_last(const tb_value *v, int64_t n)
{
    tb_shape shape = {v->rank + 1, {0}};
    for (int i = 0; i < v->rank && i < TB_RANK; i++)
        shape.dim[i] = v->dim[i];
    if (v->rank < TB_RANK)
        shape.dim[v->rank] = n;
    return shape;
}

/* ---- embedding ---- */

tb_value *tb_embedding(tb_value *table, tb_value *index)
{
    if (!table || !index || !is_index(index, "A table"))
        return NULL;
    if (table->rank != 2 || table->time >= 0 || table->type != TB_REAL)
        return tb_graph_fail(table->graph, "A table of embeddings has the "
                                           "shape [rows, size].");
    tb_value *in[] = {table, index};
    tb_node *n = tb_node_new(table->graph, &tb_op_embedding, 2, in, NULL, 0);
    return tb_node_output(n, TB_REAL, with_last(index, table->dim[1]));
}

static void embedding_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                          const bool *want, tb_value **din)
{
    if (!want[0])
        return;
    tb_value *in[] = {n->in[1], dout[0]};
    tb_node *grad = tb_node_new(g, &tb_op_embedding_grad, 2, in, NULL, 0);
    din[0] = tb_node_output_like(grad, n->in[0]);
}

/* ---- one-hot, argmax ---- */

tb_value *tb_one_hot(tb_value *index, int64_t q)
{
    if (!index || !is_index(index, "A one-hot vector"))
        return NULL;
    tb_node *n = tb_node_new(index->graph, &tb_op_one_hot, 1, &index, NULL, 0);
    return tb_node_output(n, TB_REAL, with_last(index, q));
}

tb_value *tb_argmax(tb_value *x, int axis)
{
    if (!x)
        return NULL;
    if (x->type != TB_REAL || axis < 0 || axis >= x->rank || axis == x->time ||
        x->dim[axis] < 1)
        return tb_graph_fail(x->graph,
                             "The largest of axis %d cannot be "
                             "found: it is missing, empty or time.",
                             axis);
    tb_shape shape = {0};
    for (int i = 0; i < x->rank; i++)
        if (i != axis)
            shape.dim[shape.rank++] = x->dim[i];
    tb_argmax_attr attr = {axis};
    tb_node *n =
        tb_node_new(x->graph, &tb_op_argmax, 1, &x, &attr, sizeof attr);
    return tb_node_output(n, TB_I64, shape);
}

/* ---- pick ---- */

static bool picks(const tb_value *x, const tb_value *index)
{
    bool fits = x->type == TB_REAL && x->rank == index->rank + 1 &&
                x->time != x->rank - 1;
    for (int i = 0; fits && i < index->rank; i++)
        fits = x->dim[i] == index->dim[i];
    return fits;
}

tb_value *tb_pick(tb_value *x, tb_value *index)
{
    if (!x || !index || !is_index(index, "Picking"))
        return NULL;
    if (!picks(x, index))
        return tb_graph_fail(x->graph, "Picking along the last axis needs an "
                                       "index for all other axes.");
    tb_value *in[] = {x, index};
    tb_node *n = tb_node_new(x->graph, &tb_op_pick, 2, in, NULL, 0);
    return tb_node_output(n, TB_REAL, tb_value_shape(index));
}

static void pick_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                     const bool *want, tb_value **din)
{
    if (!want[0])
        return;
    tb_value *in[] = {n->in[1], dout[0]};
    tb_node *grad = tb_node_new(g, &tb_op_pick_grad, 2, in, NULL, 0);
    din[0] = tb_node_output_like(grad, n->in[0]);
}

const tb_op tb_op_embedding = {.name = "embedding", .vjp = embedding_vjp};
const tb_op tb_op_embedding_grad = {.name = "embedding_grad",
                                    .time = TB_TIME_WHOLE};
const tb_op tb_op_one_hot = {.name = "one_hot"};
const tb_op tb_op_argmax = {.name = "argmax"};
const tb_op tb_op_pick = {.name = "pick", .vjp = pick_vjp};
const tb_op tb_op_pick_grad = {.name = "pick_grad"};
