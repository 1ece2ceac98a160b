#include "engine/select.h"

#include "engine/source.h"

#include <stdlib.h>

/* Needed nodes whose own inputs have not been looked at. */
typedef struct tb_pending {
    bool *needed;
    const tb_node **nodes;
    int n;
} tb_pending;

static void mark(tb_pending *p, const tb_value *v)
{
    if (!v || p->needed[v->node->id])
        return;
    p->needed[v->node->id] = true;
    p->nodes[p->n++] = v->node;
}

bool tb_select(const tb_graph *g, int n, tb_value *const *outputs, bool *needed)
{
    size_t nodes = (size_t)tb_graph_nodes(g) + 1;
    tb_pending p = {needed, calloc(nodes, sizeof *p.nodes), 0};
    if (!p.nodes)
        return false;
    for (int i = 0; i < n; i++)
        mark(&p, outputs[i]);
    while (p.n) {
        const tb_node *k = p.nodes[--p.n];
        for (int i = 0; i < k->n_in; i++)
            mark(&p, k->in[i]);
        if (k->op == &tb_op_state)
            mark(&p, TB_ATTR(tb_state_attr, k)->next);
        if (k->op == &tb_op_feedback)
            mark(&p, TB_ATTR(tb_feedback_attr, k)->source);
    }
    free(p.nodes);
    return true;
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
