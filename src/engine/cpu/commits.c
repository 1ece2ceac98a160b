#include "engine/cpu/commits.h"

#include "engine/cpu/storage.h"

#include <stdlib.h>

bool tb_commits_init(tb_commits *c, const tb_compile_input *work,
                     size_t real_size)
{
    size_t nodes = (size_t)work->n_nodes, n = (size_t)work->n_commits;
    c->tensors = work->tensors;
    c->real_size = real_size;
    c->n_nodes = work->n_nodes;
    c->by_producer = calloc(n + 1, sizeof *c->by_producer);
    c->first = calloc(nodes + 3, sizeof *c->first);
    if (!c->by_producer || !c->first)
        return false;
    for (int i = 0; i < work->n_commits; i++)
        c->first[work->commits[i].producer + 3]++;
    for (int k = 3; k < work->n_nodes + 3; k++)
        c->first[k] += c->first[k - 1];
    /* Places are filled one behind where a producer begins, which moves each to
       where the next one does. */
    for (int i = 0; i < work->n_commits; i++)
        c->by_producer[c->first[work->commits[i].producer + 2]++] =
            work->commits[i];
    return true;
}

void tb_commits_clear(tb_commits *c)
{
    free(c->by_producer);
    free(c->first);
}

static TB_REALTIME void copy(const tb_commits *c, const tb_tensor *to,
                             const tb_tensor *from)
{
    tb_storage_host.copy(to, from, tb_type_size(to->type, c->real_size));
}

static TB_REALTIME void read_next(const tb_commits *c, const tb_commit *k)
{
    const tb_tensor *next = &c->tensors[k->next->id];
    tb_tensor stage = tb_tensor_packed(next, k->stage);
    if (k->stage)
        copy(c, &stage, next);
}

static TB_REALTIME void write_state(const tb_commits *c, const tb_commit *k)
{
    const tb_tensor *state = &c->tensors[k->state->id];
    tb_tensor stage = tb_tensor_packed(state, k->stage);
    copy(c, state, k->stage ? &stage : &c->tensors[k->next->id]);
}

typedef TB_REALTIME void (*tb_commit_half)(const tb_commits *c,
                                           const tb_commit *k);

/* For the commits of producers from `from` up to `to`. */
static TB_REALTIME void each(const tb_commits *c, tb_commit_half half, int from,
                             int to)
{
    for (int i = c->first[from + 1]; i < c->first[to + 2]; i++)
        half(c, &c->by_producer[i]);
}

static TB_REALTIME void each_made(const tb_commits *c, tb_commit_half half,
                                  const tb_beat *beat)
{
    each(c, half, -1, beat->due ? -1 : c->n_nodes - 1);
    for (int i = 0; beat->due && i < beat->n_due; i++)
        each(c, half, beat->due[i], beat->due[i]);
}

void tb_commits_do(const tb_commits *c, const tb_beat *beat)
{
    if (!c->first[c->n_nodes + 1])
        return;
    each_made(c, read_next, beat);
    each_made(c, write_state, beat);
}
