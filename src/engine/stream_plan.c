#include "engine/stream_plan.h"

#include "base/memory.h"
#include "engine/capacity.h"
#include "engine/layout.h"
#include "engine/ops/shape.h"
#include "engine/prepared.h"
#include "engine/select.h"
#include "engine/source.h"

#include <stdlib.h>
#include <string.h>

static bool allocate(tb_stream_plan *p)
{
    size_t nodes = (size_t)tb_graph_nodes(p->graph) + 1;
    size_t values = (size_t)tb_graph_values(p->graph) + 1;
    p->n_values = (int)values - 1;
    p->needed = calloc(nodes, sizeof *p->needed);
    p->fixed = calloc(values, sizeof *p->fixed);
    p->used = calloc(values, sizeof *p->used);
    p->times = calloc(values, sizeof *p->times);
    p->capacity = calloc(values, sizeof *p->capacity);
    p->root = calloc(values, sizeof *p->root);
    p->offset = calloc(values, sizeof *p->offset);
    p->shapes = calloc(values, sizeof *p->shapes);
    p->orders = calloc(values, sizeof *p->orders);
    p->read = calloc(values, sizeof *p->read);
    p->nodes = calloc(nodes, sizeof *p->nodes);
    p->view = calloc(nodes, sizeof *p->view);
    p->plain = calloc(values, sizeof *p->plain);
    p->prepared.n = (int)nodes - 1;
    p->prepared.memory = calloc(nodes, sizeof *p->prepared.memory);
    p->prepared.bytes = calloc(nodes, sizeof *p->prepared.bytes);
    return p->needed && p->fixed && p->used && p->times && p->capacity &&
           p->root && p->offset && p->shapes && p->orders && p->read &&
           p->nodes && p->view && p->plain && p->prepared.memory &&
           p->prepared.bytes;
}

void tb_stream_plan_free(tb_stream_plan *p)
{
    if (!p)
        return;
    for (int i = 0; p->prepared.memory && i < p->prepared.n; i++)
        tb_prepared_release(p->prepared.store, p->prepared.memory[i]);
    tb_plan_free(p->constants);
    pthread_mutex_destroy(&p->building);
    free(p->prepared.memory);
    free(p->prepared.bytes);
    free(p->needed);
    free(p->fixed);
    free(p->used);
    free(p->times);
    free(p->capacity);
    free(p->root);
    free(p->offset);
    free(p->shapes);
    free(p->orders);
    free(p->read);
    free(p->nodes);
    free(p->view);
    free(p->plain);
    free(p);
}

static bool is_fixed_node(const tb_stream_plan *p, const tb_node *n)
{
    return n->n_out > 0 && p->fixed[n->out[0]->id];
}

/* Used by others than nodes: as it is. */
static void use_plain(tb_stream_plan *p, const tb_value *v)
{
    p->used[v->id] = p->plain[v->id] = true;
}

static void list_nodes(tb_stream_plan *p, int n, tb_value *const *outputs)
{
    for (tb_node *k = tb_graph_first(p->graph); k; k = k->next) {
        if (!p->needed[k->id] || is_fixed_node(p, k))
            continue;
        p->nodes[p->n_nodes++] = k;
        for (int i = 0; i < k->n_in; i++)
            p->used[k->in[i]->id] = true;
        if (k->op == &tb_op_state && TB_ATTR(tb_state_attr, k)->next)
            use_plain(p, TB_ATTR(tb_state_attr, k)->next);
        if (k->op == &tb_op_feedback) {
            p->loop = k;
            use_plain(p, TB_ATTR(tb_feedback_attr, k)->source);
        }
    }
    for (int i = 0; i < n; i++) {
        use_plain(p, outputs[i]);
        p->read[outputs[i]->id] = true;
    }
}

/* Fixed values that others read become outputs of a static plan that runs
   once: folded weights. */
static tb_status fold_constants(tb_stream_plan *p, tb_error *error)
{
    tb_output *list = calloc((size_t)p->n_values + 1, sizeof *list);
    int count = 0;
    if (!list)
        return tb_fail_memory(error);
    for (const tb_node *k = tb_graph_first(p->graph); k; k = k->next) {
        for (int i = 0; p->needed[k->id] && i < k->n_out; i++) {
            int v = k->out[i]->id;
            if (p->fixed[v] && p->used[v])
                list[count++].value = k->out[i];
        }
    }
    tb_plan_settings s = {
        .backend = p->backend, .params = p->params, .frames = 1};
    p->constants = tb_plan_new(p->graph, count, list, &s, error);
    if (p->constants)
        tb_plan_run(p->constants, 0, NULL);
    for (int i = 0; p->constants && i < count; i++)
        p->shapes[list[i].value->id] =
            *tb_plan_value(p->constants, list[i].value);
    free(list);
    return p->constants ? TB_OK : error ? error->status : TB_ERR_MEMORY;
}

void tb_stream_plan_settle(tb_stream_plan *p)
{
    for (int k = 0; k < p->n_nodes; k++)
        for (int i = 0; i < p->nodes[k]->n_in; i++) {
            const tb_value *v = p->nodes[k]->in[i];
            if (!p->fixed[v->id] || p->plain[v->id])
                continue;
            tb_plan_forget(p->constants, v);
            p->shapes[v->id].data = NULL;
        }
}

/* Eager frames are counted from node to node, so what a value's frames are
   counted like must be among those that run: else (gradients that stream) the
   schedule is paced, which gives the same values. */
static bool counts_like_others(const tb_stream_plan *p)
{
    for (int k = 0; k < p->n_nodes; k++)
        for (int i = 0; i < p->nodes[k]->n_out; i++) {
            const tb_value *like = p->nodes[k]->out[i]->like;
            if (like && !p->needed[like->node->id])
                return true;
        }
    return false;
}

static tb_status find_capacities(tb_stream_plan *p, tb_error *error)
{
    tb_bounds *bounds = calloc((size_t)p->n_values + 1, sizeof *bounds);
    if (!bounds)
        return tb_fail_memory(error);
    tb_bounds_find(p->graph, p->needed, p->times, p->schedule == TB_EAGER,
                   bounds);
    tb_capacities(p->graph, p->needed, p->times, bounds, p->n_max, p->capacity);
    free(bounds);
    return TB_OK;
}

static bool keeps_time(const tb_node *n)
{
    tb_window w = n->window;
    return n->op->time == TB_TIME_FRAME && w.down == 1 && w.up == 1 &&
           w.ahead == 0 && w.back == 0 && w.tail == 0;
}

/* Strides as if a value had only one frame more than it keeps; the stream
   gives each root a buffer that frames slide through. */
static void lay_out(tb_stream_plan *p)
{
    for (int k = 0; k < p->n_nodes; k++) {
        const tb_node *n = p->nodes[k];
        for (int i = 0; i < n->n_out; i++) {
            tb_value *v = n->out[i];
            int64_t ignored;
            p->root[v->id] = v->id;
            tb_layout_strides(v, 2 * p->capacity[v->id] + 8, (tb_halo){0, 0},
                              &p->orders[v->id], &p->shapes[v->id], &ignored);
        }
    }
}

static void share_capacity(tb_stream_plan *p, const tb_value *whole,
                           const tb_value *view)
{
    int64_t *capacity = &p->capacity[whole->id];
    if (*capacity < p->capacity[view->id])
        *capacity = p->capacity[view->id];
}

/* Views that keep time share the memory of what they look at; the capacity is
   the largest of all who share. */
static void find_views(tb_stream_plan *p)
{
    for (int k = p->n_nodes - 1; k >= 0; k--) {
        const tb_node *n = p->nodes[k];
        if (n->op->view && keeps_time(n) && n->n_out == 1 &&
            n->out[0]->time >= 0 && n->in[0]->time >= 0)
            share_capacity(p, n->in[0], n->out[0]);
    }
    tb_order_choose(p->n_nodes, p->nodes, p->read, p->orders);
    lay_out(p);
    for (int k = 0; k < p->n_nodes; k++) {
        const tb_node *n = p->nodes[k];
        if (!n->op->view || n->n_out != 1 || !keeps_time(n) ||
            (n->in[0]->time < 0) != (n->out[0]->time < 0) ||
            p->fixed[n->in[0]->id])
            continue;
        int in = n->in[0]->id, out = n->out[0]->id;
        int64_t shift = 0;
        tb_tensor t = p->shapes[out];
        if (t.time >= 0)
            t.dim[t.time] = p->shapes[in].dim[p->shapes[in].time];
        if (!n->op->view(n, &p->shapes[in], &t, &shift))
            continue;
        p->shapes[out] = t;
        p->root[out] = p->root[in];
        p->offset[out] = p->offset[in] +
                         shift * (int64_t)tb_type_size(p->shapes[in].type,
                                                       p->backend->real_size);
        p->view[k] = true;
    }
}

static tb_status set_up(tb_stream_plan *p, int n_outputs,
                        tb_value *const *outputs, tb_error *error)
{
    if (!allocate(p) || !tb_select(p->graph, n_outputs, outputs, p->needed))
        return tb_fail_memory(error);
    tb_select_fixed(p->graph, p->needed, p->fixed);
    tb_status status = tb_time_analyse(p->graph, p->needed, p->quantum,
                                       p->times, &p->step, error);
    if (status)
        return status;
    list_nodes(p, n_outputs, outputs);
    if ((status = fold_constants(p, error)))
        return status;
    if (counts_like_others(p))
        p->schedule = TB_PACED;
    if ((status = find_capacities(p, error)))
        return status;
    find_views(p);
    return TB_OK;
}

tb_stream_plan *tb_stream_plan_new(const tb_graph *g, int n_outputs,
                                   tb_value *const *outputs,
                                   const tb_stream_settings *settings,
                                   tb_error *error)
{
    tb_stream_plan *p = NULL;
    if (tb_graph_check(g, error))
        return NULL;
    if (!(p = calloc(1, sizeof *p))) {
        tb_fail_memory(error);
        return NULL;
    }
    p->graph = g;
    p->backend = settings->backend ? settings->backend : tb_backend_cpu();
    p->params = settings->params;
    p->quantum = settings->quantum > 0 ? settings->quantum : 1;
    p->n_max = settings->n_max > p->quantum ? settings->n_max : p->quantum;
    p->schedule = settings->schedule;
    p->half_weights = settings->half_weights;
    p->threads = settings->threads;
    p->prepared.store = settings->prepared;
    for (int i = 0; i < n_outputs; i++)
        if (!outputs[i]) {
            tb_fail(error, TB_ERR_ARGUMENT, "An output is missing.");
            free(p);
            return NULL;
        }
    pthread_mutex_init(&p->building, NULL);
    if (set_up(p, n_outputs, outputs, error) == TB_OK)
        return p;
    tb_stream_plan_free(p);
    return NULL;
}

const tb_time *tb_stream_plan_time(const tb_stream_plan *p, const tb_value *v)
{
    return v && p->times[v->id].timed ? &p->times[v->id] : NULL;
}

int64_t tb_stream_plan_capacity(const tb_stream_plan *p, const tb_value *v)
{
    return v ? p->capacity[v->id] : 0;
}

int tb_stream_plan_steps(const tb_stream_plan *p)
{
    return p->n_nodes;
}

const tb_node *tb_stream_plan_step(const tb_stream_plan *p, int i)
{
    return p->nodes[i];
}

int tb_stream_plan_copies(const tb_stream_plan *p)
{
    int copies = 0;
    for (int k = 0; k < p->n_nodes; k++)
        copies += !p->view[k] && (p->nodes[k]->op->view ||
                                  p->nodes[k]->op == &tb_op_contiguous);
    return copies;
}

/* ---- plans of one shape ---- */

static bool same_shape(const tb_value *v, const tb_value *w)
{
    bool same = v->rank == w->rank && v->type == w->type && v->time == w->time;
    for (int i = 0; same && i < v->rank; i++)
        same = v->dim[i] == w->dim[i];
    return same;
}

static bool kept_alike(const tb_stream_plan *a, const tb_value *v,
                       const tb_stream_plan *b, const tb_value *w)
{
    const tb_time *t = &a->times[v->id], *u = &b->times[w->id];
    const int64_t *here = a->shapes[v->id].stride,
                  *there = b->shapes[w->id].stride;
    return same_shape(v, w) &&
           memcmp(here, there, sizeof *here * (size_t)v->rank) == 0 &&
           a->capacity[v->id] == b->capacity[w->id] &&
           a->offset[v->id] == b->offset[w->id] &&
           (v->time < 0 || (tb_ratio_equal(t->period, u->period) &&
                            tb_ratio_equal(t->age, u->age)));
}

static bool same_name(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_node(const tb_stream_plan *a, const tb_stream_plan *b, int k)
{
    const tb_node *n = a->nodes[k], *m = b->nodes[k];
    bool same = n->op == m->op && n->n_in == m->n_in && n->n_out == m->n_out &&
                a->view[k] == b->view[k] && same_name(n->name, m->name);
    for (int i = 0; same && i < n->n_in; i++)
        same = same_shape(n->in[i], m->in[i]);
    for (int i = 0; same && i < n->n_out; i++)
        same = kept_alike(a, n->out[i], b, m->out[i]);
    return same;
}

/* The first node in which they differ, or the end of the shorter one. */
static int alike(const tb_stream_plan *a, const tb_stream_plan *b)
{
    int n = a->n_nodes < b->n_nodes ? a->n_nodes : b->n_nodes, k = 0;
    while (k < n && same_node(a, b, k))
        k++;
    return k;
}

static bool same_steps(const tb_stream_plan *a, const tb_stream_plan *b)
{
    return a->backend == b->backend && a->schedule == b->schedule &&
           a->step == b->step && a->quantum == b->quantum;
}

bool tb_stream_plan_is_like(const tb_stream_plan *a, const tb_stream_plan *b)
{
    return a->n_nodes == b->n_nodes && alike(a, b) == a->n_nodes &&
           same_steps(a, b);
}

tb_status tb_stream_plan_matches(const tb_stream_plan *a,
                                 const tb_stream_plan *b, tb_error *error)
{
    int k = alike(a, b);
    if (k < a->n_nodes && k < b->n_nodes) {
        const tb_node *node = b->nodes[k];
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The two networks are not of one shape: they differ at "
                       "node %d (%s%s%s).",
                       node->id, node->op->name, node->name ? " " : "",
                       node->name ? node->name : "");
    }
    if (a->n_nodes != b->n_nodes)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The two networks are not of one shape: one has %d "
                       "nodes, the other %d.",
                       a->n_nodes, b->n_nodes);
    if (!same_steps(a, b))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The two networks run in other steps or with other "
                       "kernels.");
    return TB_OK;
}
