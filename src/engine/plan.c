#include "engine/plan.h"

#include "base/memory.h"
#include "engine/commit.h"
#include "engine/element.h"
#include "engine/layout.h"
#include "engine/mirror.h"
#include "engine/place.h"
#include "engine/source.h"

#include <stdlib.h>
#include <string.h>

struct tb_workspace {
    const tb_storage *storage; /* of the first plan that used it */
    char *memory;
    size_t bytes;
};

/* An input that another plan makes in another order of axes. */
typedef struct tb_plan_fetch {
    const tb_value *value;
    const tb_tensor *from;
} tb_plan_fetch;

/* A value that the host looks at. */
typedef struct tb_plan_mirror {
    const tb_value *value;
    tb_mirror mirror;
    tb_tensor seen;
    bool goes_in; /* what the host writes to it is there in the next run */
    struct tb_plan_mirror *next;
} tb_plan_mirror;

struct tb_plan {
    const tb_graph *graph;
    const tb_backend *backend;
    tb_params *params;
    tb_workspace *workspace, *own_workspace;
    tb_layout layout;
    char **memory;      /* by value id: of roots outside the workspace */
    bool *foreign;      /* by value id: that memory is the caller's */
    bool *given;        /* by value id: an input that another plan writes */
    tb_buffer *buffers; /* of roots inside it */
    int *buffer_of;     /* by value id: its buffer, or -1 */
    int n_buffers;
    tb_plan_mirror *mirrors; /* of what was asked for; none where the storage
                                is the host's */
    tb_halo *clear;          /* by value id */
    tb_span *spans;          /* by step */
    tb_commit_list commits;
    tb_plan_fetch *fetches; /* before each run */
    int n_fetches;
    void *program;
    bool *fixed;
    int *parameter; /* by value id, of weights: which one of the store */
    bool *changed;  /* likewise: since they were prepared */
    uint64_t weights_version;
    uint32_t first_row;
    bool over;            /* the run's one step has begun */
    const void *bound_to; /* the workspace's memory when tensors were bound */
    size_t bytes, workspace_bytes;
    double *seconds; /* by step, while somebody measures */
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

static bool allocate(tb_plan *p)
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
    p->parameter = calloc(values, sizeof *p->parameter);
    p->changed = calloc(values, sizeof *p->changed);
    p->spans = calloc(steps, sizeof *p->spans);
    return p->memory && p->foreign && p->given && p->buffers && p->buffer_of &&
           p->clear && p->fixed && p->parameter && p->changed && p->spans;
}

/* ---- memory of roots ---- */

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

static bool same_shape(const tb_tensor *a, const tb_tensor *b)
{
    size_t bytes = (size_t)a->rank * sizeof *a->dim;
    return a->type == b->type && a->rank == b->rank && a->time == b->time &&
           memcmp(a->dim, b->dim, bytes) == 0;
}

static bool same_strides(const tb_tensor *a, const tb_tensor *b)
{
    size_t bytes = (size_t)a->rank * sizeof *a->stride;
    return memcmp(a->stride, b->stride, bytes) == 0;
}

/* Whether a value was built to lie in this order, but for axes of one. */
static bool is_built_so(const tb_value *v, const tb_axis_order *o)
{
    int i = 0, k = 0;
    for (;; i++, k++) {
        while (i < v->rank && v->dim[v->order[i]] == 1)
            i++;
        while (k < v->rank && v->dim[o->axis[k]] == 1)
            k++;
        if (i == v->rank || k == v->rank)
            return i == k;
        if (v->order[i] != o->axis[k])
            return false;
    }
}

/* Whoever reads was built for an order: in another one kernels may be slow and
   round differently, so such an input is copied. */
static bool is_fetched(const tb_binding *b)
{
    return b->value->node->op == &tb_op_input && b->there != b->value &&
           b->there->rank == b->value->rank &&
           !is_built_so(b->value, &b->plan->layout.orders[b->there->id]);
}

/* In the memory that another plan has for good. */
static tb_status bind_to(tb_plan *p, const tb_binding *b, tb_error *error)
{
    const tb_tensor *there = tb_plan_value(b->plan, b->there);
    int v = b->value->id;
    tb_halo own = p->layout.halo[v], room = {0, 0};
    size_t at;
    if (there)
        room = b->plan->layout.halo[b->there->id];
    bool fits = there && p->backend->storage == b->plan->backend->storage &&
                same_shape(&p->layout.tensors[v], there);
    p->given[v] = b->there != b->value;
    if (fits && is_fetched(b)) {
        p->fetches[p->n_fetches++] = (tb_plan_fetch){b->value, there};
        return TB_OK;
    }
    if (!fits || own.left != room.left || own.right != room.right ||
        !same_strides(&p->layout.tensors[v], there))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A value cannot lie where another plan has one of "
                       "another shape or type.");
    tb_layout_root_bytes(&b->plan->layout, b->there->id, &at);
    p->memory[v] = (char *)there->data - at;
    p->foreign[v] = true;
    return TB_OK;
}

static tb_status bind_to_others(tb_plan *p, const tb_plan_settings *s,
                                tb_error *error)
{
    tb_status status = TB_OK;
    p->fetches = calloc((size_t)s->n_bindings + 1, sizeof *p->fetches);
    if (!p->fetches)
        return tb_fail_memory(error);
    for (int i = 0; i < s->n_bindings && !status; i++)
        if (s->bindings[i].plan)
            status = bind_to(p, &s->bindings[i], error);
    return status;
}

static tb_status give_memory(tb_plan *p, int n_outputs,
                             const tb_output *outputs, tb_error *error)
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

/* Sets the data of all tensors; they move when the workspace grows. */
static void bind(tb_plan *p)
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

/* ---- sources ---- */

static void fill(const tb_plan *p, const tb_tensor *t, tb_elements_from from)
{
    p->backend->storage->fill(t, p->layout.real_size, from);
}

static void fill_sources(tb_plan *p, bool states_only)
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

const tb_tensor *tb_plan_value(const tb_plan *p, const tb_value *v)
{
    return v && p->layout.kept[v->id] && p->layout.root[v->id] == v->id
               ? &p->layout.tensors[v->id]
               : NULL;
}

/* ---- what the host looks at ---- */

static void upload(const tb_plan *p)
{
    for (const tb_plan_mirror *m = p->mirrors; m; m = m->next)
        if (m->goes_in)
            tb_mirror_upload(&m->mirror, p->backend->storage, 0,
                             m->mirror.bytes);
}

static void download(const tb_plan *p)
{
    for (const tb_plan_mirror *m = p->mirrors; m; m = m->next)
        tb_mirror_download(&m->mirror, p->backend->storage);
}

static const tb_plan_mirror *find_mirror(const tb_plan *p, const tb_value *v)
{
    const tb_plan_mirror *m = p->mirrors;
    while (m && m->value != v)
        m = m->next;
    return m;
}

static bool goes_in(const tb_plan *p, const tb_value *v)
{
    const tb_op *op = v->node->op;
    return (op == &tb_op_input || op == &tb_op_state ||
            op == &tb_op_feedback) &&
           !p->given[v->id];
}

/* Null when there is no memory. */
static const tb_plan_mirror *add_mirror(tb_plan *p, const tb_value *v)
{
    const tb_tensor *t = &p->layout.tensors[v->id];
    size_t at, bytes = tb_layout_root_bytes(&p->layout, v->id, &at);
    tb_plan_mirror *m = calloc(1, sizeof *m);
    if (!m || tb_mirror_init(&m->mirror, p->backend->storage,
                             (char *)t->data - at, NULL, bytes, NULL)) {
        free(m);
        return NULL;
    }
    m->value = v;
    m->seen = tb_mirror_seen(&m->mirror, t);
    m->goes_in = goes_in(p, v);
    m->next = p->mirrors;
    p->mirrors = m;
    tb_mirror_download(&m->mirror, p->backend->storage);
    return m;
}

/* Beforehand, so that runs allocate nothing. */
static bool mirror_all(tb_plan *p, int n_outputs, const tb_output *outputs)
{
    for (int i = 0; i < n_outputs; i++)
        if (!outputs[i].memory && tb_plan_value(p, outputs[i].value) &&
            !find_mirror(p, outputs[i].value) &&
            !add_mirror(p, outputs[i].value))
            return false;
    for (int k = 0; k < p->layout.n_nodes; k++) {
        const tb_node *n = p->layout.nodes[k];
        const tb_value *v = n->n_out ? n->out[0] : NULL;
        if (v && goes_in(p, v) && tb_plan_value(p, v) && !find_mirror(p, v) &&
            !add_mirror(p, v))
            return false;
    }
    return true;
}

static void free_mirrors(tb_plan *p)
{
    for (tb_plan_mirror *m = p->mirrors, *next; m; m = next) {
        next = m->next;
        tb_mirror_clear(&m->mirror);
        free(m);
    }
}

/* A mirror that is asked for is no change of the plan that anybody sees. */
const tb_tensor *tb_plan_tensor(const tb_plan *p, const tb_value *v)
{
    const tb_tensor *there = tb_plan_value(p, v);
    if (!there || p->backend->storage->is_host)
        return there;
    const tb_plan_mirror *m = find_mirror(p, v);
    m = m ? m : add_mirror((tb_plan *)p, v);
    return m ? &m->seen : NULL;
}

/* ---- the plan ---- */

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

static tb_status compile(tb_plan *p, const tb_plan_settings *s, tb_error *error)
{
    tb_layout *l = &p->layout;
    for (int k = 0; k < l->n_nodes; k++) {
        bool runs = l->nodes[k]->op->time != TB_TIME_SOURCE && !l->view[k];
        p->spans[k] = runs ? span_of(l, l->nodes[k]) : (tb_span){0, 0};
        for (int i = 0; i < l->nodes[k]->n_out; i++)
            if (l->nodes[k]->op == &tb_op_param)
                p->fixed[l->nodes[k]->out[i]->id] = true;
    }
    tb_compile_input work = {.n_nodes = l->n_nodes,
                             .nodes = l->nodes,
                             .tensors = l->tensors,
                             .used = l->used,
                             .clear = p->clear,
                             .largest = p->spans,
                             .fixed = p->fixed,
                             .half_weights = s->half_weights,
                             .training = s->training,
                             .threads = s->threads > 0 ? s->threads : 1};
    tb_status status = tb_commit_list_init(&p->commits, &work, l->root,
                                           l->offset, p->backend, error);
    if (status)
        return status;
    work.commits = p->commits.all;
    work.n_commits = p->commits.n;
    p->program = p->backend->compile(&work, error);
    return p->program ? TB_OK : error ? error->status : TB_ERR_MEMORY;
}

static tb_layout_output as_output(const tb_output *o)
{
    static const tb_axis_order logical = {{0, 1, 2, 3, 4, 5, 6, 7}};
    return (tb_layout_output){o->value, {0, 0}, o->memory ? &logical : NULL};
}

static tb_layout_output as_bound(const tb_binding *b)
{
    tb_layout_output o = {b->value, b->around, NULL};
    if (!tb_plan_value(b->plan, b->there) || b->there->rank != b->value->rank ||
        is_fetched(b))
        return o;
    tb_halo there = b->plan->layout.halo[b->there->id];
    o.around.left = o.around.left > there.left ? o.around.left : there.left;
    o.around.right =
        o.around.right > there.right ? o.around.right : there.right;
    o.order = &b->plan->layout.orders[b->there->id];
    return o;
}

/* False when there is no memory. */
static bool lay_out(tb_layout *l, const tb_graph *g, int n,
                    const tb_output *outputs, const tb_plan_settings *s)
{
    size_t count = (size_t)(n + s->n_bindings);
    tb_layout_output *all = calloc(count + 1, sizeof *all);
    const tb_backend *backend = s->backend ? s->backend : tb_backend_cpu();
    for (int i = 0; all && i < n; i++)
        all[i] = as_output(&outputs[i]);
    for (int i = 0; all && i < s->n_bindings; i++)
        all[n + i] = as_bound(&s->bindings[i]);
    bool ok = all && tb_layout_init(l, g, (int)count, all, s->frames,
                                    backend->real_size);
    free(all);
    return ok;
}

static tb_status set_up(tb_plan *p, int n_outputs, const tb_output *outputs,
                        const tb_plan_settings *s, tb_error *error)
{
    if (!lay_out(&p->layout, p->graph, n_outputs, outputs, s) || !allocate(p))
        return tb_fail_memory(error);
    tb_status status = bind_to_others(p, s, error);
    if (!status)
        status = give_memory(p, n_outputs, outputs, error);
    if (status)
        return status;
    size_t bytes = tb_place(p->n_buffers, p->buffers);
    if (bytes == SIZE_MAX ||
        !workspace_grow(p->workspace, p->backend->storage, bytes + 64))
        return tb_fail_memory(error);
    p->workspace_bytes = bytes;
    p->bytes += bytes;
    bind(p);
    fill_sources(p, false);
    if (!s->apart && !p->backend->storage->is_host &&
        !mirror_all(p, n_outputs, outputs))
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

tb_status tb_plan_around(const tb_graph *g, int n_outputs,
                         const tb_output *outputs,
                         const tb_plan_settings *settings,
                         const tb_value *value, tb_halo *around,
                         tb_error *error)
{
    tb_layout l = {0};
    tb_status status = tb_graph_check(g, error);
    if (!status && !lay_out(&l, g, n_outputs, outputs, settings))
        status = tb_fail_memory(error);
    if (!status)
        *around = l.halo[value->id];
    tb_layout_clear(&l);
    return status;
}

void tb_plan_free(tb_plan *p)
{
    if (!p)
        return;
    if (p->program)
        p->backend->free(p->program);
    for (int v = 0; p->memory && p->foreign && v < p->layout.n_values; v++)
        if (!p->foreign[v])
            p->backend->storage->free(p->memory[v]);
    tb_commit_list_clear(&p->commits, p->backend->storage);
    free_mirrors(p);
    tb_workspace_free(p->own_workspace);
    tb_layout_clear(&p->layout);
    free(p->memory);
    free(p->foreign);
    free(p->given);
    free(p->buffers);
    free(p->buffer_of);
    free(p->clear);
    free(p->fixed);
    free(p->parameter);
    free(p->changed);
    free(p->spans);
    free(p->fetches);
    free(p);
}

void tb_plan_forget(tb_plan *p, const tb_value *v)
{
    if (!tb_plan_value(p, v) || p->foreign[v->id])
        return;
    p->backend->storage->free(p->memory[v->id]);
    p->memory[v->id] = NULL;
    p->layout.tensors[v->id].data = NULL;
}

void tb_plan_reset(tb_plan *p)
{
    fill_sources(p, true);
    for (const tb_plan_mirror *m = p->mirrors; m; m = m->next)
        if (m->value->node->op == &tb_op_state)
            tb_mirror_download(&m->mirror, p->backend->storage);
}

void tb_plan_number_rows(tb_plan *p, uint32_t first_row)
{
    p->first_row = first_row;
}

/* Weights that changed since the last run are prepared again. */
static void refresh(tb_plan *p)
{
    bool any = false;
    if (!p->params || tb_params_version(p->params) == p->weights_version)
        return;
    for (int k = 0; k < p->layout.n_nodes; k++) {
        const tb_node *n = p->layout.nodes[k];
        if (n->op != &tb_op_param)
            continue;
        int id = n->out[0]->id;
        any |= p->changed[id] =
            tb_params_version_at(p->params, p->parameter[id]) >
            p->weights_version;
    }
    p->weights_version = tb_params_version(p->params);
    if (any)
        p->backend->refresh(p->program, p->changed);
}

static void fetch(tb_plan *p)
{
    for (int i = 0; i < p->n_fetches; i++) {
        const tb_value *v = p->fetches[i].value;
        p->backend->storage->copy(&p->layout.tensors[v->id], p->fetches[i].from,
                                  tb_type_size(v->type, p->layout.real_size));
    }
}

int tb_plan_fetches(const tb_plan *p)
{
    return p->n_fetches;
}

/* A run has one step: all nodes. */
static TB_REALTIME bool next_beat(void *context, tb_beat *beat)
{
    tb_plan *p = context;
    bool begins = !p->over;
    p->over = true;
    *beat = (tb_beat){.spans = p->spans};
    return begins;
}

static tb_pass prepare(tb_plan *p, uint64_t seed, tb_pool *pool)
{
    bind(p);
    upload(p);
    fetch(p);
    refresh(p);
    p->over = false;
    return (tb_pass){.beats = {next_beat, p},
                     .seed = seed,
                     .first_row = p->first_row,
                     .pool = pool,
                     .seconds = p->seconds};
}

void tb_plan_run(tb_plan *p, uint64_t seed, tb_pool *pool)
{
    tb_pass run = prepare(p, seed, pool);
    p->backend->run(p->program, &run);
    download(p);
}

tb_status tb_plan_run_checked(tb_plan *p, uint64_t seed, tb_pool *pool,
                              tb_error *error)
{
    tb_pass run = prepare(p, seed, pool);
    const tb_node *bad = p->backend->run_checked(p->program, &run);
    if (bad)
        return tb_fail(error, TB_ERR_NUMERIC,
                       "Node %d (%s) gives a result that is not a number.",
                       bad->id, bad->op->name);
    download(p);
    return TB_OK;
}

void tb_plan_measure(tb_plan *p, double *seconds)
{
    p->seconds = seconds;
}

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

int tb_plan_copies(const tb_plan *p)
{
    int copies = 0;
    for (int k = 0; k < p->layout.n_nodes; k++)
        copies += tb_layout_copies(&p->layout, k);
    return copies;
}
