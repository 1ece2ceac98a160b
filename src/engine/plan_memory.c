/* Where the values of a plan lie. */
#include "engine/plan_state.h"

#include "engine/source.h"

#include <stdlib.h>

struct tb_workspace {
    const tb_storage *storage; /* of the first plan that used it */
    char *memory;
    size_t bytes;
};

tb_workspace *tb_workspace_new(void)
{
    return calloc(1, sizeof(tb_workspace));
}

void tb_workspace_free(tb_workspace *w)
{
    if (!w)
        return;
    if (w->storage)
        w->storage->free(w->memory);
    free(w);
}

size_t tb_workspace_bytes(const tb_workspace *w)
{
    return w->bytes;
}

static bool workspace_grow(tb_workspace *w, const tb_storage *storage,
                           size_t bytes)
{
    if (bytes <= w->bytes && w->memory)
        return true;
    char *more = storage->alloc(bytes + 64);
    if (!more)
        return false;
    if (w->storage)
        w->storage->free(w->memory);
    w->storage = storage;
    w->memory = more;
    w->bytes = bytes;
    return true;
}

/* ---- of roots ---- */

bool tb_plan_allocate(tb_plan *p)
{
    size_t values = (size_t)p->layout.n_values + 1;
    size_t steps = (size_t)p->layout.n_nodes + 1;
    p->memory = calloc(values, sizeof *p->memory);
    p->foreign = calloc(values, sizeof *p->foreign);
    p->given = calloc(values, sizeof *p->given);
    p->buffers = calloc(values, sizeof *p->buffers);
    p->buffer_of = calloc(values, sizeof *p->buffer_of);
    p->clear = calloc(values, sizeof *p->clear);
    p->fixed = calloc(values, sizeof *p->fixed);
    p->stays = calloc(values, sizeof *p->stays);
    p->parameter = calloc(values, sizeof *p->parameter);
    p->changed = calloc(values, sizeof *p->changed);
    p->spans = calloc(steps, sizeof *p->spans);
    return p->memory && p->foreign && p->given && p->buffers && p->buffer_of &&
           p->clear && p->fixed && p->stays && p->parameter && p->changed &&
           p->spans;
}

static tb_status find_parameter(tb_plan *p, const tb_node *n, tb_error *error)
{
    int i = p->params ? tb_params_find(p->params, n->name) : -1;
    if (i < 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The parameter %s is not in the store.", n->name);
    p->memory[n->out[0]->id] = (char *)tb_params_address(p->params, i);
    p->foreign[n->out[0]->id] = true;
    p->parameter[n->out[0]->id] = i;
    return TB_OK;
}

static void keep_in_workspace(tb_plan *p, const tb_value *v, int step)
{
    size_t at;
    size_t bytes = tb_layout_root_bytes(&p->layout, v->id, &at);
    int last = p->layout.last[v->id];
    tb_halo h = p->layout.halo[v->id];
    p->buffer_of[v->id] = p->n_buffers;
    p->buffers[p->n_buffers++] = (tb_buffer){bytes + 64, p->layout.born[v->id],
                                             last < step ? step : last, 0};
    if (h.left || h.right)
        p->clear[v->id] = h;
}

static bool keep_for_good(tb_plan *p, const tb_value *v)
{
    size_t at, bytes = tb_layout_root_bytes(&p->layout, v->id, &at);
    p->memory[v->id] = p->backend->storage->alloc(bytes + 64);
    p->bytes += bytes;
    return p->memory[v->id] != NULL;
}

static tb_status keep_roots(tb_plan *p, int n_outputs, const tb_output *outputs,
                            tb_error *error)
{
    tb_layout *l = &p->layout;
    for (int v = 0; v <= l->n_values; v++)
        p->buffer_of[v] = -1;
    for (int i = 0; i < n_outputs; i++)
        if (outputs[i].memory) {
            tb_halo h = l->halo[outputs[i].value->id];
            if (h.left || h.right)
                return tb_fail(error, TB_ERR_ARGUMENT,
                               "An output that is read around its frames "
                               "cannot lie in the caller's memory.");
            p->memory[outputs[i].value->id] = outputs[i].memory;
            p->foreign[outputs[i].value->id] = true;
        }
    for (int k = 0; k < l->n_nodes; k++) {
        tb_node *n = l->nodes[k];
        if (n->op == &tb_op_param && find_parameter(p, n, error))
            return error ? error->status : TB_ERR_ARGUMENT;
        for (int i = 0; i < n->n_out; i++) {
            const tb_value *v = n->out[i];
            if (l->root[v->id] != v->id || p->memory[v->id])
                continue;
            if (l->kept[v->id] && !keep_for_good(p, v))
                return tb_fail_memory(error);
            if (!l->kept[v->id] && l->used[v->id])
                keep_in_workspace(p, v, k);
        }
    }
    return TB_OK;
}

void tb_plan_place(tb_plan *p)
{
    tb_layout *l = &p->layout;
    if (p->bound_to && p->bound_to == p->workspace->memory)
        return;
    p->bound_to = p->workspace->memory;
    for (int v = 0; v < l->n_values; v++) {
        int root = l->root[v];
        if (root < 0)
            continue;
        size_t at;
        char *base =
            p->buffer_of[root] >= 0
                ? p->workspace->memory + p->buffers[p->buffer_of[root]].offset
                : p->memory[root];
        tb_layout_root_bytes(l, root, &at);
        l->tensors[v].data = base ? base + at + l->offset[v] : NULL;
    }
}

tb_status tb_plan_give_memory(tb_plan *p, int n_outputs,
                              const tb_output *outputs, tb_error *error)
{
    tb_status status = keep_roots(p, n_outputs, outputs, error);
    if (status)
        return status;
    size_t bytes = tb_place(p->n_buffers, p->buffers);
    if (bytes == SIZE_MAX ||
        !workspace_grow(p->workspace, p->backend->storage, bytes + 64))
        return tb_fail_memory(error);
    p->workspace_bytes = bytes;
    p->bytes += bytes;
    tb_plan_place(p);
    return TB_OK;
}

void tb_plan_forget(tb_plan *p, const tb_value *v)
{
    if (!tb_plan_value(p, v) || p->foreign[v->id])
        return;
    p->backend->storage->free(p->memory[v->id]);
    p->memory[v->id] = NULL;
    p->layout.tensors[v->id].data = NULL;
}

/* ---- what they hold at first ---- */

static void fill(const tb_plan *p, const tb_tensor *t, tb_elements_from from)
{
    p->backend->storage->fill(t, p->layout.real_size, from);
}

void tb_plan_fill_sources(tb_plan *p, bool states_only)
{
    for (int k = 0; k < p->layout.n_nodes; k++) {
        const tb_node *n = p->layout.nodes[k];
        const tb_tensor *t =
            n->n_out ? &p->layout.tensors[n->out[0]->id] : NULL;
        if (n->op == &tb_op_state)
            fill(p, t, tb_element_all(&TB_ATTR(tb_state_attr, n)->init));
        else if (n->op == &tb_op_fill && !states_only)
            fill(p, t, tb_element_all(n->attr));
        else if (n->op == &tb_op_constant && !states_only)
            fill(p, t, TB_ATTR(tb_constant_attr, n)->elements);
    }
}
