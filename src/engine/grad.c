#include "engine/grad.h"

#include "engine/op.h"
#include "engine/ops/elementwise.h"
#include "engine/source.h"

#include <stdlib.h>
#include <string.h>

typedef struct tb_tape {
    tb_graph *graph;
    tb_node **nodes; /* up to the loss, in order */
    int n_nodes;
    tb_value **adjoint;     /* by value id: what has arrived so far */
    bool *depends;          /* by value id: on one of those asked for */
    tb_value **dout, **din; /* of one node: as many as any has */
    bool *want;
} tb_tape;

/* Values that the loss's nodes made before gradients were added. */
static void mark_dependent(tb_tape *t, int n, tb_value *const *wrt)
{
    for (int i = 0; i < n; i++)
        if (wrt[i])
            t->depends[wrt[i]->id] = true;
    for (int k = 0; k < t->n_nodes; k++) {
        tb_node *node = t->nodes[k];
        bool any = false;
        for (int i = 0; i < node->n_in; i++)
            any |= t->depends[node->in[i]->id];
        for (int i = 0; any && i < node->n_out; i++)
            t->depends[node->out[i]->id] = true;
    }
}

static void accumulate(tb_tape *t, tb_value *to, tb_value *gradient)
{
    tb_value **sum = &t->adjoint[to->id];
    if (gradient->time >= 0 && !gradient->like)
        gradient->like = to;
    if (!*sum) {
        *sum = gradient;
        return;
    }
    *sum = tb_add(*sum, gradient);
    if (*sum && to->time >= 0)
        (*sum)->like = to;
}

static void back_through(tb_tape *t, tb_node *node)
{
    bool any_out = false, any_in = false;
    for (int i = 0; i < node->n_out; i++)
        any_out |= (t->dout[i] = t->adjoint[node->out[i]->id]) != NULL;
    for (int i = 0; i < node->n_in; i++) {
        any_in |= t->want[i] = t->depends[node->in[i]->id];
        t->din[i] = NULL;
    }
    if (!any_out || !any_in || !node->op->vjp)
        return;
    node->op->vjp(t->graph, node, t->dout, t->want, t->din);
    for (int i = 0; i < node->n_in; i++)
        if (t->want[i] && t->din[i])
            accumulate(t, node->in[i], t->din[i]);
}

static bool tape_init(tb_tape *t, tb_value *loss)
{
    size_t values = (size_t)tb_graph_values(loss->graph);
    t->graph = loss->graph;
    t->nodes = calloc((size_t)loss->node->id + 1, sizeof(tb_node *));
    t->adjoint = calloc(values, sizeof(tb_value *));
    t->depends = calloc(values, sizeof(bool));
    if (!t->nodes || !t->adjoint || !t->depends)
        return false;
    int most_in = 1, most_out = 1;
    for (tb_node *n = tb_graph_first(t->graph); n && n->id <= loss->node->id;
         n = n->next) {
        t->nodes[t->n_nodes++] = n;
        most_in = n->n_in > most_in ? n->n_in : most_in;
        most_out = n->n_out > most_out ? n->n_out : most_out;
    }
    t->dout = calloc((size_t)most_out, sizeof(tb_value *));
    t->din = calloc((size_t)most_in, sizeof(tb_value *));
    t->want = calloc((size_t)most_in, sizeof(bool));
    return t->dout && t->din && t->want;
}

static tb_value *ones_like(tb_value *loss)
{
    tb_value *one = tb_fill(loss->graph, tb_value_shape(loss), 1);
    if (one && loss->time >= 0)
        one->like = loss;
    return one;
}

void tb_grad(tb_value *loss, int n, tb_value *const *wrt, tb_value **gradients)
{
    tb_tape t = {0};
    memset(gradients, 0, (size_t)n * sizeof *gradients);
    if (!loss)
        return;
    if (!tape_init(&t, loss)) {
        tb_graph_fail(loss->graph, "There is not enough memory.");
        goto done;
    }
    mark_dependent(&t, n, wrt);
    t.adjoint[loss->id] = ones_like(loss);
    for (int k = t.n_nodes - 1; k >= 0 && t.adjoint[loss->id]; k--)
        back_through(&t, t.nodes[k]);
    for (int i = 0; i < n; i++)
        if (wrt[i])
            gradients[i] = t.adjoint[wrt[i]->id];
done:
    free(t.nodes);
    free(t.adjoint);
    free(t.depends);
    free(t.dout);
    free(t.din);
    free(t.want);
}
