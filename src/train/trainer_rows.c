/* States that rows carry from step to step: whole blocks, copied once. */
#include "base/memory.h"
#include "engine/source.h"
#include "train/trainer_state.h"

#include <string.h>

static const tb_tensor *tensor_of(const tb_planned *p, int i)
{
    return tb_plan_tensor(p->plan, p->carried[i].value);
}

static size_t element_size(const tb_tensor *t)
{
    return t->type == TB_I64 ? sizeof(int64_t) : sizeof(float);
}

static int count_states(const tb_planned *p, const tb_graph *graph)
{
    int n = 0;
    for (tb_node *k = tb_graph_first(graph); k; k = k->next)
        n +=
            k->op == &tb_op_state && tb_plan_tensor(p->plan, k->out[0]) != NULL;
    return n;
}

/* All rows of a fresh plan hold the first values. */
static tb_status open_carried(tb_planned *p, int i, int micro, tb_error *error)
{
    tb_carried *c = &p->carried[i];
    const tb_tensor *t = tensor_of(p, i);
    c->bytes = element_size(t) * (size_t)tb_elements(t, 1);
    c->first = tb_alloc(c->bytes);
    c->now = tb_alloc_array((size_t)micro, c->bytes);
    c->before = tb_alloc_array((size_t)micro, c->bytes);
    if (!c->first || !c->now || !c->before)
        return tb_fail_memory(error);
    memcpy(c->first, t->data, c->bytes);
    for (int m = 0; m < micro; m++)
        memcpy(c->now + (size_t)m * c->bytes, t->data, c->bytes);
    return TB_OK;
}

tb_status tb_planned_find_carried(tb_planned *p, const tb_graph *graph,
                                  int micro, tb_error *error)
{
    int n = count_states(p, graph);
    tb_status status = TB_OK;
    p->carried = tb_alloc_array((size_t)n + 1, sizeof *p->carried);
    if (!p->carried)
        return tb_fail_memory(error);
    for (tb_node *k = tb_graph_first(graph); k && !status; k = k->next)
        if (k->op == &tb_op_state && tb_plan_tensor(p->plan, k->out[0])) {
            p->carried[p->carried_count].value = k->out[0];
            status = open_carried(p, p->carried_count++, micro, error);
        }
    return status;
}

void tb_planned_clear(tb_planned *p)
{
    for (int i = 0; i < p->carried_count; i++) {
        tb_free(p->carried[i].first);
        tb_free(p->carried[i].now);
        tb_free(p->carried[i].before);
    }
    tb_free(p->carried);
    tb_plan_free(p->plan);
    *p = (tb_planned){0};
}

/* Rows are axis 0, wherever it lies in memory: runs of what is inside it. */
static void freshen_row(const tb_tensor *t, const tb_carried *c, char *block,
                        int row)
{
    size_t size = element_size(t);
    int64_t inner = t->stride[0], outer = t->dim[0] * inner;
    int64_t all = (int64_t)(c->bytes / size);
    for (int64_t at = row * inner; at < all; at += outer)
        memcpy(block + (size_t)at * size, c->first + (size_t)at * size,
               (size_t)inner * size);
}

void tb_planned_carry_in(tb_planned *p, int micro, const bool *reset)
{
    for (int i = 0; i < p->carried_count; i++) {
        tb_carried *c = &p->carried[i];
        const tb_tensor *t = tensor_of(p, i);
        char *block = c->now + (size_t)micro * c->bytes;
        for (int row = 0; reset && row < p->rows; row++)
            if (reset[row] && t->rank > 0 && t->dim[0] == p->rows)
                freshen_row(t, c, block, row);
        memcpy(t->data, block, c->bytes);
    }
}

void tb_planned_carry_out(tb_planned *p, int micro)
{
    for (int i = 0; i < p->carried_count; i++) {
        tb_carried *c = &p->carried[i];
        memcpy(c->now + (size_t)micro * c->bytes, tensor_of(p, i)->data,
               c->bytes);
    }
}

void tb_planned_keep(tb_planned *p, int micro_batches)
{
    for (int i = 0; i < p->carried_count; i++) {
        tb_carried *c = &p->carried[i];
        memcpy(c->before, c->now, (size_t)micro_batches * c->bytes);
    }
}

void tb_planned_restore(tb_planned *p, int micro_batches)
{
    for (int i = 0; i < p->carried_count; i++) {
        tb_carried *c = &p->carried[i];
        memcpy(c->now, c->before, (size_t)micro_batches * c->bytes);
    }
}
