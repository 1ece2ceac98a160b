#include "engine/commit.h"

#include "engine/op.h"
#include "engine/source.h"

#include <stdlib.h>

static const tb_value *next_of(const tb_node *n)
{
    return n->op == &tb_op_state ? TB_ATTR(tb_state_attr, n)->next : NULL;
}

/* Whether two tensors of one shape have their elements in one order. */
static bool lie_alike(const tb_tensor *a, const tb_tensor *b)
{
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != 1 && a->stride[i] != b->stride[i])
            return false;
    return true;
}

static bool is_state(const tb_compile_input *work, int value)
{
    for (int k = 0; k < work->n_nodes; k++)
        if (work->nodes[k]->op == &tb_op_state &&
            work->nodes[k]->out[0]->id == value)
            return true;
    return false;
}

static tb_status add(tb_commit_list *list, const tb_compile_input *work,
                     tb_commit c, const int *root, const int64_t *offset,
                     const tb_backend *backend, tb_error *error)
{
    int state = c.state->id, next = c.next->id;
    int lies_in = work->fixed && work->fixed[next] ? next : root[next];
    const tb_tensor *t = &work->tensors[state];
    bool alike = lie_alike(t, &work->tensors[next]);
    if (alike && lies_in == state && offset[next] == offset[state])
        return TB_OK;
    if (!alike || is_state(work, lies_in)) {
        size_t size = tb_type_size(t->type, backend->real_size);
        int64_t n = tb_elements(t, t->time < 0 ? 1 : t->dim[t->time]);
        c.stage = backend->storage->alloc(size * (size_t)n + 64);
        if (!c.stage)
            return tb_fail_memory(error);
    }
    list->all[list->n++] = c;
    return TB_OK;
}

tb_status tb_commit_list_init(tb_commit_list *list,
                              const tb_compile_input *work, const int *root,
                              const int64_t *offset, const tb_backend *backend,
                              tb_error *error)
{
    int most = 0;
    for (int k = 0; k < work->n_nodes; k++)
        most += next_of(work->nodes[k]) != NULL;
    *list = (tb_commit_list){calloc((size_t)most + 1, sizeof *list->all), 0};
    if (!list->all)
        return tb_fail_memory(error);
    for (int k = 0; k < work->n_nodes; k++) {
        const tb_node *n = work->nodes[k];
        tb_commit c = {.next = next_of(n), .producer = -1};
        if (!c.next)
            continue;
        c.state = n->out[0];
        if (add(list, work, c, root, offset, backend, error))
            return TB_ERR_MEMORY;
    }
    return TB_OK;
}

void tb_commit_list_clear(tb_commit_list *list, const tb_storage *storage)
{
    for (int i = 0; i < list->n; i++)
        storage->free(list->all[i].stage);
    free(list->all);
    *list = (tb_commit_list){0};
}
