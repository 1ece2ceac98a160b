#include "models/network.h"

#include "base/memory.h"
#include "base/settings.h"
#include "engine/source.h"
#include "models/samplernn.h"

#include <string.h>

static const tb_network_kind *const kinds[] = {&tb_samplernn_kind};

enum { KINDS = sizeof kinds / sizeof *kinds };

const tb_network_kind *tb_network_kind_named(const char *name, tb_error *error)
{
    const char *names[KINDS];
    for (int i = 0; i < KINDS; i++) {
        names[i] = kinds[i]->name;
        if (name && strcmp(name, names[i]) == 0)
            return kinds[i];
    }
    const char *near = name ? tb_nearest_name(name, names, KINDS) : NULL;
    tb_fail(error, TB_ERR_ARGUMENT,
            "There is no kind of network called '%s'%s%s%s", name ? name : "",
            near ? "; did you mean '" : ". The first of those there are is '",
            near ? near : names[0], near ? "'?" : "'.");
    return NULL;
}

tb_status tb_trainee_complete(tb_trainee *t, tb_error *error)
{
    tb_status status = tb_graph_check(t->graph, error);
    if (status)
        return status;
    for (tb_node *n = tb_graph_first(t->graph); n; n = n->next)
        t->n_states += n->op == &tb_op_state;
    t->states = tb_alloc_array((size_t)t->n_states + 1, sizeof *t->states);
    if (!t->states)
        return tb_fail_memory(error);
    int i = 0;
    for (tb_node *n = tb_graph_first(t->graph); n; n = n->next)
        if (n->op == &tb_op_state)
            t->states[i++] = n->out[0];
    return TB_OK;
}

void tb_trainee_clear(tb_trainee *t)
{
    tb_graph_free(t->graph);
    tb_free(t->states);
    *t = (tb_trainee){0};
}

void tb_voice_graph_clear(tb_voice_graph *v)
{
    tb_graph_free(v->graph);
    *v = (tb_voice_graph){0};
}
