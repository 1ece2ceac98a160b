#include "base/memory.h"
#include "engine/agenda.h"
#include "engine/element.h"
#include "engine/frames.h"
#include "engine/layout.h"
#include "engine/mirror.h"
#include "engine/op.h"
#include "engine/source.h"
#include "engine/stream_plan.h"

#include <stdlib.h>
#include <string.h>

typedef struct tb_track {
    int64_t made;   /* frames computed so far */
    int64_t before; /* when the last call that made any began */
    int64_t call;   /* which call that was */
    int64_t end;    /* frames that it will ever have */
} tb_track;

typedef struct tb_advance {
    const tb_tensor *state, *next;
    size_t bytes;
    void *stage; /* for a next value that lies in a state, or in another order
                    than its own; else null */
    struct tb_advance *also; /* another that the same node makes, or null */
} tb_advance;

/* Frames that the host has written. */
typedef struct tb_written_frames {
    int value;
    tb_span span;
} tb_written_frames;

struct tb_stream {
    tb_stream_plan *plan;
    tb_tensor *tensors; /* by value id */
    char **memory;      /* by value id: of roots */
    tb_mirror *mirrors; /* likewise: of what the host writes and reads */
    tb_tensor *seen;    /* by value id: controls and states as it sees them */
    tb_written_frames *written; /* for the next run */
    int n_written;
    int *alias;       /* by value id: the next in the same buffer, or -1 */
    tb_track *tracks; /* by index in the plan's nodes */
    tb_span *spans;   /* likewise */
    tb_span *largest;
    int *index; /* by node id: in the plan's nodes, or -1 */
    tb_agenda *agenda;
    int *due; /* what runs in this step, as indices in the plan's nodes */
    int n_due;
    tb_advance *advances;
    int n_advances;
    tb_advance **made_by; /* by index in the plan's nodes: what `next` of which
                             it makes, or null */
    tb_advance *unmade;   /* those that no node makes */
    int64_t *lengths;     /* by value id, once the end is known */
    void *program;
    uint64_t seed;
    uint32_t first_row;
    int64_t clock, calls;
    bool ended, override;
    double *seconds; /* by index in the plan's nodes, or null */
};

/* ---- set-up ---- */

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
    s->advances = calloc(nodes, sizeof *s->advances);
    s->made_by = calloc(nodes, sizeof *s->made_by);
    return s->tensors && s->memory && s->mirrors && s->seen && s->written &&
           s->alias && s->lengths && s->due && s->tracks && s->spans &&
           s->largest && s->index && s->advances && s->made_by;
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
    for (int i = 0; i < s->n_advances; i++)
        storage->free(s->advances[i].stage);
    free(s->mirrors);
    free(s->seen);
    free(s->written);
    free(s->tensors);
    free(s->memory);
    free(s->alias);
    free(s->lengths);
    free(s->due);
    tb_agenda_free(s->agenda);
    free(s->tracks);
    free(s->spans);
    free(s->largest);
    free(s->index);
    free(s->advances);
    free(s->made_by);
    free(s);
}

static size_t buffer_bytes(const tb_stream *s, int v)
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
                s->memory[v] =
                    p->backend->storage->alloc(buffer_bytes(s, v) + 64);
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
        bytes += s->memory[v] ? buffer_bytes(s, v) : 0;
    for (int i = 0; s && i < s->n_advances; i++)
        bytes += s->advances[i].stage ? s->advances[i].bytes : 0;
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

/* The index of the node that makes a value. A state is made by what makes its
   own next value; -1: nothing makes it. */
static int producer_of(const tb_stream *s, const tb_value *v)
{
    for (int i = 0; v && i <= s->plan->n_nodes; i++) {
        v = behind_views(s, v);
        if (v->node->op != &tb_op_state)
            return s->index[v->node->id];
        v = TB_ATTR(tb_state_attr, v->node)->next;
    }
    return -1;
}

static tb_status list_advances(tb_stream *s, tb_error *error)
{
    for (int k = 0; k < s->plan->n_nodes; k++) {
        const tb_node *n = s->plan->nodes[k];
        const tb_value *next =
            n->op == &tb_op_state ? TB_ATTR(tb_state_attr, n)->next : NULL;
        if (!next)
            continue;
        tb_advance *a = &s->advances[s->n_advances++];
        *a = (tb_advance){&s->tensors[n->out[0]->id], &s->tensors[next->id],
                          buffer_bytes(s, n->out[0]->id), NULL, NULL};
        int producer = producer_of(s, next);
        tb_advance **list = producer < 0 ? &s->unmade : &s->made_by[producer];
        a->also = *list;
        *list = a;
        bool direct = behind_views(s, next)->node->op != &tb_op_state &&
                      memcmp(a->state->stride, a->next->stride,
                             sizeof(int64_t) * (size_t)next->rank) == 0;
        if (!direct &&
            !(a->stage = s->plan->backend->storage->alloc(a->bytes + 64)))
            return tb_fail_memory(error);
    }
    return TB_OK;
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
                             .half_weights = p->half_weights};
    s->program = p->backend->compile(&work, error);
    if (!s->program)
        return error ? error->status : TB_ERR_MEMORY;
    tb_stream_plan_settle(p);
    for (int v = 0; v < p->n_values; v++)
        if (p->fixed[v])
            s->tensors[v].data = p->shapes[v].data;
    return TB_OK;
}

static void set_states(tb_stream *s)
{
    for (int k = 0; k < s->plan->n_nodes; k++) {
        const tb_node *n = s->plan->nodes[k];
        if (n->op != &tb_op_state)
            continue;
        s->plan->backend->storage->fill(
            &s->tensors[n->out[0]->id], s->plan->backend->real_size,
            tb_element_all(&TB_ATTR(tb_state_attr, n)->init));
    }
}

/* ---- frames ---- */

/* Frame `j` of a run of a root's buffer. */
static char *frame_at(const tb_stream *s, int v, int64_t row, int64_t j)
{
    const tb_tensor *t = &s->tensors[v];
    size_t size = tb_type_size(t->type, s->plan->backend->real_size);
    int64_t o = tb_run_offset(t, row) + (j - t->first) * t->stride[t->time];
    return (char *)t->data + (ptrdiff_t)size * o;
}

static size_t frame_bytes(const tb_stream *s, const tb_tensor *t)
{
    return (size_t)t->stride[t->time] *
           tb_type_size(t->type, s->plan->backend->real_size);
}

/* Makes room for frames up to `target`: what readers may still ask for moves
   to the front of the buffer. */
static void slide(tb_stream *s, int v, int64_t made, int64_t target)
{
    tb_tensor *t = &s->tensors[v];
    if (target - t->first <= t->dim[t->time])
        return;
    int64_t first = target - s->plan->capacity[v];
    if (first > made)
        first = made;
    for (int64_t i = 0; i < tb_runs(t); i++)
        s->plan->backend->storage->move(
            frame_at(s, v, i, t->first), frame_at(s, v, i, first),
            (size_t)(made - first) * frame_bytes(s, t));
    for (int a = v; a >= 0; a = s->alias[a])
        s->tensors[a].first = first;
}

static void clear_frames(tb_stream *s, int v, int64_t from, int64_t to)
{
    const tb_tensor *t = &s->tensors[v];
    for (int64_t i = 0; from < to && i < tb_runs(t); i++)
        s->plan->backend->storage->clear(
            frame_at(s, v, i, from), (size_t)(to - from) * frame_bytes(s, t));
}

/* Room for frames up to target, zeros for those past the end; gives the
   frames to compute. */
static tb_span extend(tb_stream *s, int k, int64_t target)
{
    const tb_node *n = s->plan->nodes[k];
    tb_track *t = &s->tracks[k];
    int64_t real = target < t->end ? target : t->end;
    if (real < t->made)
        real = t->made;
    for (int i = 0; i < n->n_out; i++) {
        int v = n->out[i]->id;
        if (n->out[i]->time < 0 || s->plan->root[v] != v)
            continue;
        slide(s, v, t->made, target);
        clear_frames(s, v, real, target);
    }
    tb_span span = {t->made, real - t->made};
    t->made = target;
    return span;
}

/* ---- loops ---- */

/* Frames of a value as a tensor of its own. */
static tb_tensor frames_of(const tb_tensor *t, tb_span span, size_t size)
{
    tb_tensor part = *t;
    part.data =
        (char *)t->data + (ptrdiff_t)size * tb_frame_offset(t, span.from);
    part.dim[t->time] = span.count;
    return part;
}

/* Frames of the feedback value are those of its source. */
static void feed_back(tb_stream *s, const tb_node *n, tb_span span)
{
    const tb_value *source = TB_ATTR(tb_feedback_attr, n)->source;
    const tb_tensor *to = &s->tensors[n->out[0]->id];
    size_t size = tb_type_size(to->type, s->plan->backend->real_size);
    tb_tensor a = frames_of(to, span, size);
    tb_tensor b = frames_of(&s->tensors[source->id], span, size);
    s->plan->backend->storage->copy(&a, &b, size);
}

/* The frames that a node with time computes now. */
static tb_span new_frames(tb_stream *s, int k)
{
    tb_track *t = &s->tracks[k];
    const tb_node *n = s->plan->nodes[k];
    int64_t target = tb_agenda_target(s->agenda, k);
    if (target <= t->made)
        return (tb_span){0, 0};
    if (t->call != s->calls) {
        t->before = t->made;
        t->call = s->calls;
    }
    bool written =
        n->op == &tb_op_input || (n->op == &tb_op_feedback && s->override);
    if (written && !s->ended) {
        t->made = target;
        return (tb_span){0, 1};
    }
    tb_span span = extend(s, k, target);
    if (n->op == &tb_op_feedback && span.count)
        feed_back(s, n, span);
    return span;
}

static void find_due(tb_stream *s, int64_t clock, bool first)
{
    tb_agenda_step(s->agenda, clock, first);
    for (int k; (k = tb_agenda_next(s->agenda)) >= 0;) {
        tb_span span =
            tb_agenda_timed(s->agenda, k) ? new_frames(s, k) : (tb_span){0, 1};
        s->spans[k] = span;
        if (!span.count)
            continue;
        s->due[s->n_due++] = k;
        tb_agenda_ran(s->agenda, k);
    }
}

static void forget_due(tb_stream *s)
{
    for (int i = 0; i < s->n_due; i++)
        s->spans[s->due[i]] = (tb_span){0, 0};
    s->n_due = 0;
}

static void gather(const tb_stream *s, const tb_advance *a)
{
    const tb_backend *b = s->plan->backend;
    for (; a; a = a->also)
        if (a->stage) {
            tb_tensor stage = tb_tensor_packed(a->next, a->stage);
            b->storage->copy(&stage, a->next,
                             tb_type_size(stage.type, b->real_size));
        }
}

static void commit(const tb_stream *s, const tb_advance *a)
{
    const tb_storage *storage = s->plan->backend->storage;
    for (; a; a = a->also)
        storage->move(a->state->data, a->stage ? a->stage : a->next->data,
                      a->bytes);
}

/* States whose next values were made, and those that only move on. */
static void advance_states(tb_stream *s)
{
    gather(s, s->unmade);
    for (int i = 0; i < s->n_due; i++)
        gather(s, s->made_by[s->due[i]]);
    commit(s, s->unmade);
    for (int i = 0; i < s->n_due; i++)
        commit(s, s->made_by[s->due[i]]);
}

/* Statistics and last states take the span of the frames they follow. */
static void run_until(tb_stream *s, int64_t clock, bool first)
{
    find_due(s, clock, first);
    tb_pass run = {.spans = s->spans,
                   .due = s->due,
                   .n_due = s->n_due,
                   .seed = s->seed,
                   .first_row = s->first_row,
                   .seconds = s->seconds};
    s->plan->backend->run_alone(s->program, &run);
    advance_states(s);
    forget_due(s);
    s->clock = clock;
}

static void begin(tb_stream *s)
{
    int64_t start = 0, step = s->plan->step ? s->plan->step : s->plan->n_max;
    if (!s->plan->step)
        step -= step % s->plan->quantum;
    for (int k = 0; k < s->plan->n_nodes; k++) {
        const tb_node *n = s->plan->nodes[k];
        for (int i = 0; i < n->n_out; i++) {
            const tb_time *t = &s->plan->times[n->out[i]->id];
            int64_t age = t->timed ? tb_ratio_floor(t->age) : 0;
            start = age < start ? age : start;
        }
    }
    bool first = true;
    int64_t clock = -((-start + step - 1) / step * step);
    for (; clock <= 0; clock += step, first = false)
        run_until(s, clock, first);
}

/* ---- what the host writes and reads ---- */

static bool is_seen(const tb_stream *s, const tb_value *v)
{
    const tb_op *op = v->node->op;
    if (op == &tb_op_input || op == &tb_op_state || op == &tb_op_feedback)
        return true;
    return s->plan->read[v->id];
}

static tb_status make_mirrors(tb_stream *s, tb_error *error)
{
    const tb_stream_plan *p = s->plan;
    for (int k = 0; k < p->n_nodes; k++)
        for (int i = 0; i < p->nodes[k]->n_out; i++) {
            const tb_value *v = p->nodes[k]->out[i];
            int root = p->root[v->id];
            if (!is_seen(s, v) || s->mirrors[root].here)
                continue;
            if (tb_mirror_init(&s->mirrors[root], p->backend->storage,
                               s->memory[root], NULL, buffer_bytes(s, root),
                               error))
                return TB_ERR_MEMORY;
            s->seen[v->id] =
                tb_mirror_seen(&s->mirrors[root], &s->tensors[v->id]);
        }
    return TB_OK;
}

/* A value's frames of a span, as the host sees them. */
static tb_tensor see_frames(const tb_stream *s, const tb_value *v, tb_span span)
{
    const tb_mirror *m = &s->mirrors[s->plan->root[v->id]];
    size_t size = tb_type_size(v->type, s->plan->backend->real_size);
    tb_tensor t = frames_of(&s->tensors[v->id], span, size);
    t.first = span.from;
    return m->here ? tb_mirror_seen(m, &t) : t;
}

static void upload_frames(tb_stream *s, const tb_written_frames *w)
{
    const tb_tensor *t = &s->tensors[w->value];
    for (int64_t row = 0; row < tb_runs(t); row++)
        tb_mirror_upload(&s->mirrors[w->value], s->plan->backend->storage,
                         (size_t)(frame_at(s, w->value, row, w->span.from) -
                                  s->memory[w->value]),
                         (size_t)w->span.count * frame_bytes(s, t));
}

/* New frames of what was written; all of what has no frames. */
static void upload(tb_stream *s)
{
    const tb_stream_plan *p = s->plan;
    for (int i = 0; i < s->n_written && !p->backend->storage->is_host; i++)
        upload_frames(s, &s->written[i]);
    s->n_written = 0;
    if (p->backend->storage->is_host)
        return;
    for (int k = 0; k < p->n_nodes; k++) {
        const tb_node *n = p->nodes[k];
        bool goes_in = n->op == &tb_op_state ||
                       (n->op == &tb_op_input && n->out[0]->time < 0);
        const tb_mirror *m = goes_in ? &s->mirrors[n->out[0]->id] : NULL;
        if (m)
            tb_mirror_upload(m, p->backend->storage, 0, m->bytes);
    }
}

static void download_states(tb_stream *s)
{
    const tb_stream_plan *p = s->plan;
    for (int k = 0; !p->backend->storage->is_host && k < p->n_nodes; k++)
        if (p->nodes[k]->op == &tb_op_state)
            tb_mirror_download(&s->mirrors[p->nodes[k]->out[0]->id],
                               p->backend->storage);
}

/* ---- public ---- */

void tb_stream_reset(tb_stream *s, uint64_t seed)
{
    tb_stream_plan *p = s->plan;
    s->seed = seed;
    s->ended = s->override = false;
    for (int k = 0; k < p->n_nodes; k++) {
        s->tracks[k] = (tb_track){.end = TB_NO_END};
        for (int i = 0; i < p->nodes[k]->n_out; i++) {
            int v = p->nodes[k]->out[i]->id;
            if (p->nodes[k]->out[i]->time < 0)
                continue;
            s->tensors[v].first = -p->capacity[p->root[v]];
            s->tensors[v].end = TB_NO_END;
            if (p->root[v] == v)
                p->backend->storage->clear(s->memory[v], buffer_bytes(s, v));
        }
    }
    s->n_written = 0;
    upload(s);
    set_states(s);
    tb_agenda_reset(s->agenda);
    s->calls = 0;
    begin(s);
    download_states(s);
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
    if (give_memory(s, error))
        goto failed;
    for (int k = 0; k < p->n_nodes; k++)
        find_largest(s, k);
    if (list_advances(s, error) || make_mirrors(s, error))
        goto failed;
    if (compile(s, error))
        goto failed;
    tb_stream_reset(s, seed);
    return s;
failed:
    tb_stream_free(s);
    return NULL;
}

/* Once for each value: what is written later is the whole of it. */
static void note_written(tb_stream *s, int value, tb_span span)
{
    int i = 0;
    while (i < s->n_written && s->written[i].value != value)
        i++;
    s->written[i] = (tb_written_frames){value, span};
    s->n_written += i == s->n_written;
}

tb_tensor tb_stream_write(tb_stream *s, const tb_value *input, int64_t n)
{
    int k = s->index[input->node->id];
    tb_track *t = &s->tracks[k];
    int64_t target = tb_agenda_count(s->agenda, k, s->clock + n);
    slide(s, input->id, t->made, target);
    if (input->node->op == &tb_op_feedback)
        s->override = true;
    tb_span span = {t->made, target - t->made};
    note_written(s, input->id, span);
    return see_frames(s, input, span);
}

const tb_tensor *tb_stream_control(const tb_stream *s, const tb_value *input)
{
    bool control = input && input->node->op == &tb_op_input &&
                   input->time < 0 && s->index[input->node->id] >= 0;
    return control ? &s->seen[input->id] : NULL;
}

const tb_tensor *tb_stream_state(const tb_stream *s, const tb_value *state)
{
    bool known = state && state->node->op == &tb_op_state &&
                 s->index[state->node->id] >= 0;
    return known ? &s->seen[state->id] : NULL;
}

void tb_stream_run(tb_stream *s, int64_t n)
{
    int64_t to = s->clock + n;
    bool whole = !s->plan->step || s->override, first = true;
    s->calls++;
    upload(s);
    do {
        int64_t m = to - s->clock;
        if (!whole && m > s->plan->step)
            m = s->plan->step;
        run_until(s, s->clock + m, first);
        first = false;
    } while (s->clock < to);
    download_states(s);
    s->override = false;
}

void tb_stream_finish(tb_stream *s)
{
    tb_stream_plan *p = s->plan;
    if (s->ended)
        return;
    s->ended = true;
    tb_lengths(p->graph, s->clock, TB_NO_END, s->lengths);
    for (int k = 0; k < p->n_nodes; k++)
        for (int i = 0; i < p->nodes[k]->n_out; i++) {
            const tb_value *v = p->nodes[k]->out[i];
            if (v->time < 0)
                continue;
            s->tracks[k].end = s->lengths[v->id];
            s->tensors[v->id].end = s->lengths[v->id];
        }
}

bool tb_stream_done(const tb_stream *s)
{
    if (!s->ended)
        return false;
    for (int k = 0; k < s->plan->n_nodes; k++) {
        const tb_track *t = &s->tracks[k];
        if (t->end < TB_NO_END && t->made < t->end)
            return false;
    }
    return true;
}

tb_tensor tb_stream_read(const tb_stream *s, const tb_value *output)
{
    const tb_track *t = &s->tracks[s->index[output->node->id]];
    const tb_mirror *m = &s->mirrors[s->plan->root[output->id]];
    if (m->here)
        tb_mirror_download(m, s->plan->backend->storage);
    if (output->time < 0)
        return m->here ? tb_mirror_seen(m, &s->tensors[output->id])
                       : s->tensors[output->id];
    int64_t made = t->made < t->end ? t->made : t->end;
    int64_t before = t->call == s->calls && t->before < made ? t->before : made;
    return see_frames(s, output, (tb_span){before, made - before});
}

void tb_stream_measure(tb_stream *s, double *seconds)
{
    s->seconds = seconds;
}

void tb_stream_number_rows(tb_stream *s, uint32_t first_row)
{
    s->first_row = first_row;
}

int64_t tb_stream_clock(const tb_stream *s)
{
    return s->clock;
}

static void take_value(tb_stream *to, int v, const tb_stream *from, int w)
{
    const tb_storage *storage = to->plan->backend->storage;
    to->tensors[v].first = from->tensors[w].first;
    to->tensors[v].end = from->tensors[w].end;
    if (to->plan->root[v] == v)
        storage->move(to->memory[v], from->memory[w], buffer_bytes(to, v));
}

void tb_stream_take_over(tb_stream *to, const tb_stream *from)
{
    for (int k = 0; k < to->plan->n_nodes; k++) {
        const tb_node *n = to->plan->nodes[k], *m = from->plan->nodes[k];
        to->tracks[k] = from->tracks[k];
        for (int i = 0; i < n->n_out; i++)
            take_value(to, n->out[i]->id, from, m->out[i]->id);
    }
    for (int v = 0; v < to->plan->n_values; v++)
        if (to->mirrors[v].here)
            tb_mirror_download(&to->mirrors[v], to->plan->backend->storage);
    tb_agenda_take_over(to->agenda, from->agenda);
    to->calls = from->calls;
    to->seed = from->seed;
    to->first_row = from->first_row;
    to->clock = from->clock;
    to->ended = from->ended;
    to->override = from->override;
}
