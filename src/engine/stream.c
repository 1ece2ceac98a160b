/* How a stream is made. */
#include "engine/op.h"
#include "engine/source.h"
#include "engine/stream_state.h"

#include <stdlib.h>

/* A ring slides and is cleared at most once in a step; one is fed. */
static size_t most_jobs(const tb_stream_plan *p)
{
    size_t rings = 0;
    for (int k = 0; k < p->n_nodes; k++)
        for (int i = 0; i < p->nodes[k]->n_out; i++) {
            const tb_value *v = p->nodes[k]->out[i];
            rings += v->time >= 0 && p->root[v->id] == v->id;
        }
    return 2 * rings + 1;
}

static bool allocate(tb_stream *s)
{
    size_t values = (size_t)s->plan->n_values + 1;
    size_t nodes = (size_t)tb_graph_nodes(s->plan->graph) + 1;
    s->tensors = calloc(values, sizeof *s->tensors);
    s->memory = calloc(values, sizeof *s->memory);
    s->mirrors = calloc(values, sizeof *s->mirrors);
    s->seen = calloc(values, sizeof *s->seen);
    s->written = calloc(nodes, sizeof *s->written);
    s->alias = calloc(values, sizeof *s->alias);
    s->lengths = calloc(values, sizeof *s->lengths);
    s->tracks = calloc(nodes, sizeof *s->tracks);
    s->spans = calloc(nodes, sizeof *s->spans);
    s->largest = calloc(nodes, sizeof *s->largest);
    s->index = calloc(nodes, sizeof *s->index);
    s->due = calloc(nodes, sizeof *s->due);
    s->jobs = calloc(most_jobs(s->plan), sizeof *s->jobs);
    return s->tensors && s->memory && s->mirrors && s->seen && s->written &&
           s->alias && s->lengths && s->due && s->tracks && s->spans &&
           s->largest && s->index && s->jobs;
}

void tb_stream_free(tb_stream *s)
{
    if (!s)
        return;
    if (s->program)
        s->plan->backend->free(s->program);
    const tb_storage *storage = s->plan->backend->storage;
    for (int v = 0; s->memory && v < s->plan->n_values; v++)
        storage->free(s->memory[v]);
    for (int v = 0; s->mirrors && v < s->plan->n_values; v++)
        tb_mirror_clear(&s->mirrors[v]);
    tb_commit_list_clear(&s->commits, storage);
    free(s->mirrors);
    free(s->seen);
    free(s->written);
    free(s->tensors);
    free(s->memory);
    free(s->alias);
    free(s->lengths);
    free(s->due);
    free(s->jobs);
    tb_agenda_free(s->agenda);
    free(s->tracks);
    free(s->spans);
    free(s->largest);
    free(s->index);
    free(s);
}

size_t tb_stream_buffer_bytes(const tb_stream *s, int v)
{
    const tb_tensor *t = &s->tensors[v];
    int64_t n = tb_elements(t, t->time < 0 ? 1 : t->dim[t->time]);
    return (size_t)(n > 0 ? n : 1) *
           tb_type_size(t->type, s->plan->backend->real_size);
}

static tb_status give_memory(tb_stream *s, tb_error *error)
{
    tb_stream_plan *p = s->plan;
    for (int v = 0; v < p->n_values; v++) {
        s->tensors[v] = p->shapes[v];
        s->alias[v] = -1;
    }
    for (int k = 0; k < p->n_nodes; k++) {
        for (int i = 0; i < p->nodes[k]->n_out; i++) {
            int v = p->nodes[k]->out[i]->id, root = p->root[v];
            if (root == v) {
                s->memory[v] = p->backend->storage->alloc(
                    tb_stream_buffer_bytes(s, v) + 64);
                if (!s->memory[v])
                    return tb_fail_memory(error);
            } else {
                s->alias[v] = s->alias[root];
                s->alias[root] = v;
            }
            s->tensors[v].data = s->memory[root] + p->offset[v];
        }
    }
    return TB_OK;
}

size_t tb_stream_bytes(const tb_stream *s)
{
    size_t bytes = 0;
    for (int v = 0; s && v < s->plan->n_values; v++)
        bytes += s->memory[v] ? tb_stream_buffer_bytes(s, v) : 0;
    for (int i = 0; s && i < s->commits.n; i++)
        if (s->commits.all[i].stage)
            bytes += tb_stream_buffer_bytes(s, s->commits.all[i].state->id);
    return bytes;
}

/* The largest span of a run: what fits the capacity of the output. */
static void find_largest(tb_stream *s, int k)
{
    const tb_node *n = s->plan->nodes[k];
    int64_t frames = 1;
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i]->time >= 0 && s->plan->capacity[n->out[i]->id] > frames)
            frames = s->plan->capacity[n->out[i]->id];
    bool runs = n->op->time != TB_TIME_SOURCE && !s->plan->view[k];
    s->largest[k] = (tb_span){0, runs ? frames : 0};
}

/* The value that a view looks at in the end. */
static const tb_value *behind_views(const tb_stream *s, const tb_value *v)
{
    int k = s->index[v->node->id];
    while (k >= 0 && s->plan->view[k]) {
        v = v->node->in[0];
        k = s->index[v->node->id];
    }
    return v;
}

/* The index of the node that makes a value, in the steps in which it runs. A
   state is made by what makes its own next value; -1: it is there always. */
static int producer_of(const tb_stream *s, const tb_value *v)
{
    for (int i = 0; v && i <= s->plan->n_nodes; i++) {
        v = behind_views(s, v);
        if (v->node->op->time != TB_TIME_SOURCE || v->time >= 0)
            return s->index[v->node->id];
        if (v->node->op != &tb_op_state)
            return -1;
        v = TB_ATTR(tb_state_attr, v->node)->next;
    }
    return -1;
}

static tb_status list_commits(tb_stream *s, tb_compile_input *work,
                              tb_error *error)
{
    const tb_stream_plan *p = s->plan;
    tb_status status = tb_commit_list_init(&s->commits, work, p->root,
                                           p->offset, p->backend, error);
    for (int i = 0; !status && i < s->commits.n; i++)
        s->commits.all[i].producer = producer_of(s, s->commits.all[i].next);
    work->commits = s->commits.all;
    work->n_commits = s->commits.n;
    return status;
}

static tb_status compile(tb_stream *s, tb_error *error)
{
    tb_stream_plan *p = s->plan;
    tb_compile_input work = {.n_nodes = p->n_nodes,
                             .nodes = p->nodes,
                             .tensors = s->tensors,
                             .used = p->used,
                             .largest = s->largest,
                             .prepared = &p->prepared,
                             .fixed = p->fixed,
                             .plain = p->plain,
                             .half_weights = p->half_weights,
                             .threads = p->threads};
    if (list_commits(s, &work, error))
        return TB_ERR_MEMORY;
    s->program = p->backend->compile(&work, error);
    if (!s->program)
        return error ? error->status : TB_ERR_MEMORY;
    tb_stream_plan_settle(p);
    for (int v = 0; v < p->n_values; v++)
        if (p->fixed[v])
            s->tensors[v].data = p->shapes[v].data;
    return TB_OK;
}

/* Fixed values are the plan's; compiling prepares them and takes away what
   nobody reads any more, so this is one stream's turn at a time. */
static tb_status build(tb_stream *s, tb_error *error)
{
    pthread_mutex_lock(&s->plan->building);
    tb_status status = give_memory(s, error);
    for (int k = 0; !status && k < s->plan->n_nodes; k++)
        find_largest(s, k);
    if (!status)
        status = tb_stream_make_mirrors(s, error);
    if (!status)
        status = compile(s, error);
    pthread_mutex_unlock(&s->plan->building);
    return status;
}

tb_stream *tb_stream_new(tb_stream_plan *p, uint64_t seed, tb_error *error)
{
    tb_stream *s = calloc(1, sizeof *s);
    if (s)
        s->plan = p;
    if (!s || !allocate(s)) {
        tb_fail_memory(error);
        goto failed;
    }
    for (int i = 0; i < tb_graph_nodes(p->graph); i++)
        s->index[i] = -1;
    for (int k = 0; k < p->n_nodes; k++)
        s->index[p->nodes[k]->id] = k;
    if (!(s->agenda = tb_agenda_new(p, s->index))) {
        tb_fail_memory(error);
        goto failed;
    }
    if (build(s, error))
        goto failed;
    tb_stream_reset(s, seed);
    return s;
failed:
    tb_stream_free(s);
    return NULL;
}
