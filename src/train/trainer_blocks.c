/* What a trainer consists of, for files and for reports. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "train/trainer_state.h"

/* Goes through all blocks; stops at number `wanted` (-1: counts them). */
typedef struct block_search {
    int at, wanted;
    tb_trainer_block found;
} block_search;

static tb_trainer_block *next(block_search *s)
{
    return s->at++ == s->wanted ? &s->found : NULL;
}

static void look_at_group(block_search *s, const tb_moved *m)
{
    tb_optimiser_block blocks[TB_OPTIMISER_BLOCKS];
    int n = tb_optimiser_blocks(m->optimiser, blocks);
    for (int i = 0; i < n; i++) {
        tb_trainer_block *b = next(s);
        if (!b)
            continue;
        snprintf(b->name, sizeof b->name, "%s/%s", blocks[i].name,
                 m->group->name);
        b->n = tb_optimiser_weights(m->optimiser);
        b->data = blocks[i].data;
    }
}

static void look_at_states(block_search *s, const tb_planned *p, int micro)
{
    for (int i = 0; i < p->carried_count; i++) {
        const tb_carried *c = &p->carried[i];
        tb_trainer_block *b = next(s);
        if (!b)
            continue;
        b->is_integer = c->value->type == TB_I64;
        b->n = (int64_t)(c->bytes * (size_t)micro /
                         (b->is_integer ? sizeof(int64_t) : sizeof(float)));
        b->data = c->now;
        b->carried = true;
        snprintf(b->name, sizeof b->name, "state/%s/%d/%s", p->objective->name,
                 i, c->value->node->name);
    }
}

static size_t bytes_of(const tb_trainer_block *b)
{
    return (size_t)b->n * (b->is_integer ? sizeof(int64_t) : sizeof(float));
}

static block_search search(const tb_trainer *t, int wanted)
{
    block_search s = {.wanted = wanted};
    tb_trainer_block *b = next(&s);
    if (b) {
        snprintf(b->name, sizeof b->name, "weights");
        b->n = tb_params_total(t->params);
        b->data = tb_params_memory(t->params);
    }
    for (int g = 0; g < t->learn.group_count; g++)
        look_at_group(&s, &t->moved[g]);
    for (int o = 0; o < t->learn.objective_count; o++)
        look_at_states(&s, &t->learning[o], t->micro);
    return s;
}

void tb_trainer_block_read(const tb_trainer *t, const tb_trainer_block *b,
                           void *to)
{
    t->storage->read(to, b->data, bytes_of(b));
}

void tb_trainer_block_write(tb_trainer *t, const tb_trainer_block *b,
                            const void *from)
{
    t->storage->write(b->data, from, bytes_of(b));
}

const tb_storage *tb_trainer_storage(const tb_trainer *t)
{
    return t->storage;
}

int tb_trainer_blocks(const tb_trainer *t)
{
    return search(t, -1).at;
}

tb_trainer_block tb_trainer_block_at(tb_trainer *t, int i)
{
    return search(t, i).found;
}

tb_trainer_place tb_trainer_where(const tb_trainer *t)
{
    assert(!t->pending.is);
    tb_trainer_place p = {
        .steps = t->steps, .phase = t->phase, .taken = t->taken};
    memcpy(p.phase_began, t->began, sizeof p.phase_began);
    for (int g = 0; g < t->learn.group_count; g++)
        p.group_steps[g] = tb_optimiser_steps(t->moved[g].optimiser);
    return p;
}

void tb_trainer_go_on(tb_trainer *t, const tb_trainer_place *p)
{
    t->pending.is = false;
    t->steps = p->steps;
    t->phase =
        p->phase >= 0 && p->phase < t->learn.phase_count ? (int)p->phase : 0;
    t->taken = p->taken != 0;
    memcpy(t->began, p->phase_began, sizeof t->began);
    for (int g = 0; g < t->learn.group_count; g++)
        tb_optimiser_set_steps(t->moved[g].optimiser, p->group_steps[g]);
    tb_params_moved(t->params);
}

/* Without what it shares with the other plans. */
static size_t own_bytes(const tb_plan *plan)
{
    return plan ? tb_plan_bytes(plan) - tb_plan_workspace_bytes(plan) +
                      tb_plan_kernel_bytes(plan)
                : 0;
}

tb_trainer_size tb_trainer_measure(const tb_trainer *t)
{
    tb_trainer_size size = {.threads = tb_pool_threads(t->pool)};
    int n = search(t, -1).at;
    for (int i = 0; i < tb_params_count(t->params); i++)
        size.weights += tb_params_at(t->params, i)->n;
    for (int i = 0; i < n; i++) {
        block_search all = search(t, i);
        size.bytes += bytes_of(&all.found);
    }
    size.bytes += (size_t)tb_params_total(t->params) * sizeof(float) *
                  (size_t)(1 + (t->summed != NULL) + (t->unhooked != NULL));
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < TB_MOST_FEEDS; i++)
            size.bytes += t->given[k].bytes[i];
    for (int o = 0; o < TB_MOST_OBJECTIVES; o++)
        size.bytes += own_bytes(t->learning[o].plan) +
                      own_bytes(t->giving[o].plan) +
                      own_bytes(t->testing[o].plan);
    size.bytes += own_bytes(t->update) + tb_workspace_bytes(t->workspace);
    return size;
}
