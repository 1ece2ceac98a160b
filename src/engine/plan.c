#include "engine/plan_state.h"

#include "engine/prepared.h"
#include "engine/source.h"

#include <stdlib.h>

/* Frames of the first output that has time, else of the first such input. */
static tb_span span_of(const tb_layout *l, const tb_node *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i]->time >= 0)
            return (tb_span){0, l->frames[n->out[i]->id]};
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i]->time >= 0)
            return (tb_span){0, l->frames[n->in[i]->id]};
    return (tb_span){0, 1};
}

static bool share_prepared(tb_plan *p, tb_prepared_store *store)
{
    size_t nodes = (size_t)tb_graph_nodes(p->graph) + 1;
    p->prepared.n = (int)nodes - 1;
    p->prepared.store = store;
    p->prepared.memory = calloc(nodes, sizeof *p->prepared.memory);
    p->prepared.bytes = calloc(nodes, sizeof *p->prepared.bytes);
    return p->prepared.memory && p->prepared.bytes;
}

static void release_prepared(tb_plan *p)
{
    for (int i = 0; p->prepared.memory && i < p->prepared.n; i++)
        tb_prepared_release(p->prepared.store, p->prepared.memory[i]);
    free(p->prepared.memory);
    free(p->prepared.bytes);
}

static tb_status compile(tb_plan *p, const tb_plan_settings *s, tb_error *error)
{
    tb_layout *l = &p->layout;
    for (int k = 0; k < l->n_nodes; k++) {
        bool runs = l->nodes[k]->op->time != TB_TIME_SOURCE && !l->view[k];
        p->spans[k] = runs ? span_of(l, l->nodes[k]) : (tb_span){0, 0};
        if (l->nodes[k]->op != &tb_op_param)
            continue;
        int id = l->nodes[k]->out[0]->id;
        p->fixed[id] = true;
        p->stays[id] = s->weights_stay &&
                       tb_params_is_outside(p->params, p->parameter[id]);
    }
    tb_compile_input work = {.n_nodes = l->n_nodes,
                             .nodes = l->nodes,
                             .tensors = l->tensors,
                             .used = l->used,
                             .clear = p->clear,
                             .largest = p->spans,
                             .fixed = p->fixed,
                             .stays = p->stays,
                             .half_weights = s->half_weights,
                             .training = s->training,
                             .threads = s->threads > 0 ? s->threads : 1};
    tb_status status = tb_commit_list_init(&p->commits, &work, l->root,
                                           l->offset, p->backend, error);
    if (status)
        return status;
    work.commits = p->commits.all;
    work.n_commits = p->commits.n;
    if (s->prepared) {
        if (!share_prepared(p, s->prepared))
            return tb_fail_memory(error);
        work.prepared = &p->prepared;
    }
    p->program = p->backend->compile(&work, error);
    return p->program ? TB_OK : error ? error->status : TB_ERR_MEMORY;
}

/* ---- life ---- */

static tb_status set_up(tb_plan *p, int n_outputs, const tb_output *outputs,
                        const tb_plan_settings *s, tb_error *error)
{
    if (!tb_plan_lay_out(&p->layout, p->graph, n_outputs, outputs, s) ||
        !tb_plan_allocate(p))
        return tb_fail_memory(error);
    tb_status status = tb_plan_bind_to_others(p, s, error);
    if (!status)
        status = tb_plan_give_memory(p, n_outputs, outputs, error);
    if (status)
        return status;
    tb_plan_fill_sources(p, false);
    if (!s->apart && !p->backend->storage->is_host &&
        !tb_plan_mirror_all(p, n_outputs, outputs))
        return tb_fail_memory(error);
    return compile(p, s, error);
}

tb_plan *tb_plan_new(const tb_graph *g, int n_outputs, const tb_output *outputs,
                     const tb_plan_settings *settings, tb_error *error)
{
    tb_plan *p = NULL;
    if (tb_graph_check(g, error))
        return NULL;
    if (!(p = calloc(1, sizeof *p))) {
        tb_fail_memory(error);
        return NULL;
    }
    for (int i = 0; i < n_outputs; i++)
        if (!outputs[i].value) {
            tb_fail(error, TB_ERR_ARGUMENT, "An output is missing.");
            free(p);
            return NULL;
        }
    p->graph = g;
    p->params = settings->params;
    p->backend = settings->backend ? settings->backend : tb_backend_cpu();
    p->workspace = settings->workspace;
    if (!p->workspace)
        p->workspace = p->own_workspace = tb_workspace_new();
    if (!p->workspace) {
        tb_fail_memory(error);
    } else if (set_up(p, n_outputs, outputs, settings, error) == TB_OK) {
        p->weights_version = p->params ? tb_params_version(p->params) : 0;
        return p;
    }
    tb_plan_free(p);
    return NULL;
}

void tb_plan_free(tb_plan *p)
{
    if (!p)
        return;
    if (p->program)
        p->backend->free(p->program);
    release_prepared(p);
    for (int v = 0; p->memory && p->foreign && v < p->layout.n_values; v++)
        if (!p->foreign[v])
            p->backend->storage->free(p->memory[v]);
    tb_commit_list_clear(&p->commits, p->backend->storage);
    tb_plan_free_mirrors(p);
    tb_workspace_free(p->own_workspace);
    tb_layout_clear(&p->layout);
    free(p->memory);
    free(p->foreign);
    free(p->given);
    free(p->buffers);
    free(p->buffer_of);
    free(p->clear);
    free(p->fixed);
    free(p->stays);
    free(p->parameter);
    free(p->changed);
    free(p->spans);
    free(p->fetches);
    free(p);
}

/* ---- what is known ---- */

int tb_plan_steps(const tb_plan *p)
{
    return p->layout.n_nodes;
}

const tb_node *tb_plan_step(const tb_plan *p, int i)
{
    return p->layout.nodes[i];
}

size_t tb_plan_bytes(const tb_plan *p)
{
    return p->bytes;
}

size_t tb_plan_workspace_bytes(const tb_plan *p)
{
    return p->workspace_bytes;
}

size_t tb_plan_kernel_bytes(const tb_plan *p)
{
    return p->backend->bytes(p->program);
}

int tb_plan_copies(const tb_plan *p)
{
    int copies = 0;
    for (int k = 0; k < p->layout.n_nodes; k++)
        copies += tb_layout_copies(&p->layout, k);
    return copies;
}
