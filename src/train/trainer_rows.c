/* States that rows carry from step to step: whole blocks, copied once, within
   the storage. */
#include "base/memory.h"
#include "engine/source.h"
#include "train/trainer_state.h"

static const tb_tensor *tensor_of(const tb_planned *p, int i)
{
    return tb_plan_value(p->plan, p->carried[i].value);
}

static size_t element_size(const tb_tensor *t)
{
    return t->type == TB_I64 ? sizeof(int64_t) : sizeof(float);
}

static int count_states(const tb_planned *p, const tb_graph *graph)
{
    int n = 0;
    for (tb_node *k = tb_graph_first(graph); k; k = k->next)
        n += k->op == &tb_op_state && tb_plan_value(p->plan, k->out[0]) != NULL;
    return n;
}

/* All rows of a fresh plan hold the first values. */
static tb_status open_carried(tb_planned *p, int i, const tb_storage *storage,
                              int micro, tb_error *error)
{
    tb_carried *c = &p->carried[i];
    const tb_tensor *t = tensor_of(p, i);
    c->bytes = element_size(t) * (size_t)tb_elements(t, 1);
    c->first = storage->alloc(c->bytes);
    c->now = storage->alloc((size_t)micro * c->bytes);
    c->before = storage->alloc((size_t)micro * c->bytes);
    if (!c->first || !c->now || !c->before)
        return tb_fail_memory(error);
    storage->move(c->first, t->data, c->bytes);
    for (int m = 0; m < micro; m++)
        storage->move(c->now + (size_t)m * c->bytes, t->data, c->bytes);
    return TB_OK;
}

tb_status tb_planned_find_carried(tb_planned *p, const tb_graph *graph,
                                  const tb_storage *storage, int micro,
                                  tb_error *error)
{
    int n = count_states(p, graph);
    tb_status status = TB_OK;
    p->carried = tb_alloc_array((size_t)n + 1, sizeof *p->carried);
    if (!p->carried)
        return tb_fail_memory(error);
    for (tb_node *k = tb_graph_first(graph); k && !status; k = k->next)
        if (k->op == &tb_op_state && tb_plan_value(p->plan, k->out[0])) {
            p->carried[p->carried_count].value = k->out[0];
            status = open_carried(p, p->carried_count++, storage, micro, error);
        }
    return status;
}

void tb_planned_clear(tb_planned *p, const tb_storage *storage)
{
    for (int i = 0; i < p->carried_count; i++) {
        storage->free(p->carried[i].first);
        storage->free(p->carried[i].now);
        storage->free(p->carried[i].before);
    }
    tb_free(p->carried);
    tb_plan_free(p->plan);
    *p = (tb_planned){0};
}

/* A row of a block that lies as the tensor does; rows are axis 0. */
static tb_tensor row_of(const tb_tensor *t, char *block, int row)
{
    tb_tensor r = *t;
    r.dim[0] = 1;
    r.data = block + (ptrdiff_t)element_size(t) * row * t->stride[0];
    return r;
}

static void freshen_row(const tb_tensor *t, const tb_storage *storage,
                        const tb_carried *c, char *block, int row)
{
    tb_tensor to = row_of(t, block, row), from = row_of(t, c->first, row);
    storage->copy(&to, &from, element_size(t));
}

void tb_planned_carry_in(tb_planned *p, const tb_storage *storage, int micro,
                         const bool *reset)
{
    for (int i = 0; i < p->carried_count; i++) {
        tb_carried *c = &p->carried[i];
        const tb_tensor *t = tensor_of(p, i);
        char *block = c->now + (size_t)micro * c->bytes;
        for (int row = 0; reset && row < p->rows; row++)
            if (reset[row] && t->rank > 0 && t->dim[0] == p->rows)
                freshen_row(t, storage, c, block, row);
        storage->move(t->data, block, c->bytes);
    }
}

void tb_planned_carry_out(tb_planned *p, const tb_storage *storage, int micro)
{
    for (int i = 0; i < p->carried_count; i++) {
        tb_carried *c = &p->carried[i];
        storage->move(c->now + (size_t)micro * c->bytes, tensor_of(p, i)->data,
                      c->bytes);
    }
}

void tb_planned_keep(tb_planned *p, const tb_storage *storage,
                     int micro_batches)
{
    for (int i = 0; i < p->carried_count; i++) {
        tb_carried *c = &p->carried[i];
        storage->move(c->before, c->now, (size_t)micro_batches * c->bytes);
    }
}

void tb_planned_restore(tb_planned *p, const tb_storage *storage,
                        int micro_batches)
{
    for (int i = 0; i < p->carried_count; i++) {
        tb_carried *c = &p->carried[i];
        storage->move(c->now, c->before, (size_t)micro_batches * c->bytes);
    }
}
