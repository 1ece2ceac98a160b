#include "engine/order.h"

#include "engine/ops/shape.h"
#include "engine/source.h"

#include <string.h>

typedef struct tb_choice {
    tb_axis_order *orders;
    const bool *keep;
} tb_choice;

static tb_axis_order built(const tb_value *v)
{
    tb_axis_order o;
    memcpy(o.axis, v->order, sizeof o.axis);
    return o;
}

static bool same(const tb_value *v, const tb_axis_order *a,
                 const tb_axis_order *b)
{
    return memcmp(a->axis, b->axis, sizeof *a->axis * (size_t)v->rank) == 0;
}

static bool is_changed(const tb_choice *c, const tb_value *v)
{
    return memcmp(c->orders[v->id].axis, v->order,
                  sizeof *v->order * (size_t)v->rank) != 0;
}

/* Whether a value may be made in any order: time lies where it is read. */
static bool makes_any(const tb_choice *c, const tb_value *v)
{
    if (v->node->op == &tb_op_state)
        return TB_ATTR(tb_state_attr, v->node)->any_order && v->time < 0;
    return v->node->op->any_order && v->node->n_out == 1 && v->time < 0 &&
           !c->keep[v->id];
}

/* The order of the input that lies as `o` once an op moved its axes; false
   where the op makes other axes of them. */
static bool seen_from_input(const tb_node *n, const tb_value *in,
                            tb_axis_order *o)
{
    const tb_value *out = n->out[0];
    if (n->op == &tb_op_permute) {
        const int *axes = TB_ATTR(tb_permute_attr, n)->axes;
        for (int i = 0; i < out->rank; i++)
            o->axis[i] = axes[o->axis[i]];
        return true;
    }
    return in->rank == out->rank && n->op != &tb_op_reshape;
}

/* From the last node to the first: what is wanted of a value is wanted of what
   it is made of, unless that has an order for a reason of its own. */
static void ask(const tb_choice *c, const tb_node *n)
{
    const tb_value *out = n->n_out == 1 ? n->out[0] : NULL;
    if (!out || !n->op->any_order)
        return;
    for (int i = 0; i < n->n_in; i++) {
        tb_axis_order o = c->orders[out->id], was = built(n->in[i]);
        const tb_value *in = n->in[i];
        if (makes_any(c, in) && !is_changed(c, in) &&
            seen_from_input(n, in, &o) && !same(in, &o, &was))
            c->orders[in->id] = o;
    }
}

/* Readers that mind keep a value as it was built for them. */
static void settle(const tb_choice *c, const tb_node *n)
{
    for (int i = 0; i < n->n_in && !n->op->any_order; i++)
        c->orders[n->in[i]->id] = built(n->in[i]);
}

void tb_order_choose(int n_nodes, tb_node *const *nodes, const bool *keep,
                     tb_axis_order *orders)
{
    tb_choice c = {orders, keep};
    for (int k = 0; k < n_nodes; k++)
        for (int i = 0; i < nodes[k]->n_out; i++)
            orders[nodes[k]->out[i]->id] = built(nodes[k]->out[i]);
    for (int k = n_nodes - 1; k >= 0; k--)
        ask(&c, nodes[k]);
    for (int k = 0; k < n_nodes; k++)
        settle(&c, nodes[k]);
}
