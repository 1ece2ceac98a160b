#include "engine/ops/attention.h"

static bool frames_fit(const tb_value *q, const tb_value *k,
                       const tb_attention_attr *how)
{
    bool good = (q->time == -1 || q->time == 1) &&
                (k->time == -1 || k->time == 1) && how->window >= 0;
    good &= how->skip >= 0 && (how->window || !how->skip) &&
            (q->time == 1 || how->skip <= q->dim[1]);
    return good && (how->causal ? q->dim[1] == k->dim[1] : !how->window);
}

static bool shapes_fit(const tb_value *q, const tb_value *k, const tb_value *v,
                       const tb_value *table, const tb_attention_attr *how)
{
    if (q->rank != 4 || k->rank != 4 || v->rank != 4 || k->dim[2] < 1)
        return false;
    bool relative = how->bias == TB_ATTENTION_RELATIVE;
    if (relative != !!table || (relative && !(how->causal && how->window)))
        return false;
    if (table && (table->rank != 2 || table->time >= 0 ||
                  table->dim[0] != q->dim[2] || table->dim[1] != how->window))
        return false;
    return q->dim[0] == k->dim[0] && k->dim[0] == v->dim[0] &&
           k->dim[1] == v->dim[1] && k->dim[2] == v->dim[2] &&
           q->dim[2] % k->dim[2] == 0 && q->dim[3] == k->dim[3] &&
           frames_fit(q, k, how);
}

tb_value *tb_attention(tb_value *q, tb_value *k, tb_value *v, tb_value *table,
                       tb_attention_attr how)
{
    if (!q || !k || !v)
        return NULL;
    if (!shapes_fit(q, k, v, table, &how))
        return tb_graph_fail(q->graph,
                             "Attention: queries, keys, values, window and "
                             "table do not fit together.");
    bool whole = k->time >= 0 && !how.window;
    tb_value *in[] = {q, k, v, table};
    tb_node *n =
        tb_node_new(q->graph, whole ? &tb_op_attention_time : &tb_op_attention,
                    table ? 4 : 3, in, &how, sizeof how);
    if (n && k->time >= 0 && how.window)
        n->window = (tb_window){1, 1, how.skip, how.window - 1 - how.skip, 0};
    tb_shape shape = tb_value_shape(q);
    shape.dim[3] = v->dim[3];
    if (q->time < 0)
        shape.dim[1] -= how.skip;
    return tb_node_output(n, TB_REAL, shape);
}

static void attention_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                          const bool *want, tb_value **din)
{
    tb_value *in[] = {n->in[0], n->in[1], n->in[2], dout[0], n->in[3]};
    tb_node *grad = tb_node_new(g, &tb_op_attention_grad, n->n_in + 1, in,
                                n->attr, sizeof(tb_attention_attr));
    (void)want;
    for (int i = 0; i < n->n_in; i++)
        din[i] = tb_node_output_like(grad, n->in[i]);
}

const tb_op tb_op_attention = {.name = "attention", .vjp = attention_vjp};
const tb_op tb_op_attention_time = {
    .name = "attention_time", .time = TB_TIME_WHOLE, .vjp = attention_vjp};
const tb_op tb_op_attention_grad = {.name = "attention_grad",
                                    .time = TB_TIME_WHOLE};
