#include "engine/select.h"

#include "engine/source.h"

static bool mark(const tb_value *v, bool *needed)
{
    if (!v || needed[v->node->id])
        return false;
    needed[v->node->id] = true;
    return true;
}

/* One pass from first to last; true if something new was marked. */
static bool mark_inputs(const tb_graph *g, bool *needed)
{
    bool more = false;
    for (const tb_node *n = tb_graph_first(g); n; n = n->next) {
        if (!needed[n->id])
            continue;
        for (int i = 0; i < n->n_in; i++)
            more |= mark(n->in[i], needed);
        if (n->op == &tb_op_state)
            more |= mark(TB_ATTR(tb_state_attr, n)->next, needed);
        if (n->op == &tb_op_feedback)
            more |= mark(TB_ATTR(tb_feedback_attr, n)->source, needed);
    }
    return more;
}

void tb_select(const tb_graph *g, int n, tb_value *const *outputs, bool *needed)
{
    for (int i = 0; i < n; i++)
        mark(outputs[i], needed);
    while (mark_inputs(g, needed))
        ;
}

static bool is_fixed_source(const tb_op *op)
{
    return op == &tb_op_param || op == &tb_op_fill || op == &tb_op_constant;
}

void tb_select_fixed(const tb_graph *g, const bool *needed, bool *fixed)
{
    for (const tb_node *n = tb_graph_first(g); n; n = n->next) {
        bool all = n->op->time == TB_TIME_SOURCE ? is_fixed_source(n->op)
                                                 : n->n_in > 0;
        if (!needed[n->id])
            continue;
        for (int i = 0; i < n->n_in; i++)
            all &= fixed[n->in[i]->id];
        for (int i = 0; i < n->n_out; i++)
            fixed[n->out[i]->id] = all && n->out[i]->time < 0;
    }
}
