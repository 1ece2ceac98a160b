#include "engine/agenda.h"

#include "engine/eager.h"
#include "engine/frames.h"
#include "engine/source.h"

#include <stdlib.h>
#include <string.h>

/* When a node runs. */
typedef enum tb_pace {
    TB_PACE_TIME,    /* when its frames are due */
    TB_PACE_CONTROL, /* once a call: it depends on controls alone */
    TB_PACE_STATE,   /* each step: it depends on states */
    TB_PACE_AFTER,   /* when a node with time, on which it depends, ran */
    TB_PACE_SOURCE
} tb_pace;

/* Nodes whose frames are due at the same clocks. */
typedef struct tb_due_group {
    const tb_time *time;
    bool whole;          /* period and age are whole numbers: */
    int64_t period, age; /* these */
    int64_t due;         /* the clock at which the next frame is due */
    int64_t frames;      /* that are there now */
    int from, n;         /* where the members stand */
} tb_due_group;

typedef struct tb_edge {
    int reader, next; /* the next edge of the same node, or -1 */
} tb_edge;

/* Sets of nodes are bits, 64 to a word. */
struct tb_agenda {
    const tb_stream_plan *plan;
    const int *index;
    int words;
    uint64_t *noted;    /* what has something to do in this step */
    uint64_t *controls; /* what runs once a call */
    uint64_t *each;     /* what runs each step */
    int word;           /* where the step stands */
    int64_t clock;
    tb_pace *pace;        /* by node */
    int *group_of;        /* by node, or -1 */
    tb_due_group *groups; /* each with a place in the heap */
    int n_groups;
    int *heap;       /* groups, the one that is due first on top */
    int *members;    /* of all groups */
    int *first_edge; /* by node: to who depends on it, or -1 */
    tb_edge *edges;
    int64_t *counts, *lengths; /* by value id: see engine/eager.h */
};

void tb_agenda_free(tb_agenda *a)
{
    if (!a)
        return;
    free(a->noted);
    free(a->controls);
    free(a->each);
    free(a->pace);
    free(a->group_of);
    free(a->groups);
    free(a->heap);
    free(a->members);
    free(a->first_edge);
    free(a->edges);
    free(a->counts);
    free(a->lengths);
    free(a);
}

static bool allocate(tb_agenda *a)
{
    const tb_stream_plan *p = a->plan;
    size_t nodes = (size_t)p->n_nodes + 1, values = (size_t)p->n_values + 1;
    size_t edges = 1;
    for (int k = 0; k < p->n_nodes; k++)
        edges += (size_t)(p->nodes[k]->n_in + p->nodes[k]->n_out);
    a->words = p->n_nodes / 64 + 1;
    a->noted = calloc((size_t)a->words, sizeof *a->noted);
    a->controls = calloc((size_t)a->words, sizeof *a->controls);
    a->each = calloc((size_t)a->words, sizeof *a->each);
    a->pace = calloc(nodes, sizeof *a->pace);
    a->group_of = calloc(nodes, sizeof *a->group_of);
    a->groups = calloc(nodes, sizeof *a->groups);
    a->heap = calloc(nodes, sizeof *a->heap);
    a->members = calloc(nodes, sizeof *a->members);
    a->first_edge = calloc(nodes, sizeof *a->first_edge);
    a->edges = calloc(edges, sizeof *a->edges);
    a->counts = calloc(values, sizeof *a->counts);
    a->lengths = calloc(values, sizeof *a->lengths);
    return a->noted && a->controls && a->each && a->pace && a->group_of &&
           a->groups && a->heap && a->members && a->first_edge && a->edges &&
           a->counts && a->lengths;
}

static void note(uint64_t *set, int k)
{
    set[k / 64] |= (uint64_t)1 << k % 64;
}

/* ---- set-up ---- */

static const tb_value *timed_output(const tb_node *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i]->time >= 0)
            return n->out[i];
    return NULL;
}

static bool is_source(const tb_node *n)
{
    return n->op->time == TB_TIME_SOURCE;
}

static tb_pace pace_of(const tb_agenda *a, const tb_node *n)
{
    tb_pace pace = TB_PACE_CONTROL;
    if (timed_output(n))
        return TB_PACE_TIME;
    if (is_source(n))
        return TB_PACE_SOURCE;
    for (int i = 0; i < n->n_in; i++) {
        int k = a->index[n->in[i]->node->id];
        if (k < 0)
            continue;
        tb_pace in = a->pace[k];
        if (in == TB_PACE_TIME || in == TB_PACE_AFTER)
            return TB_PACE_AFTER;
        if (in == TB_PACE_STATE || n->in[i]->node->op == &tb_op_state)
            pace = TB_PACE_STATE;
    }
    return pace;
}

/* Edges lead from what a node reads, and from what its frames are counted
   like. */
static void add_edges(tb_agenda *a, int k, int *n_edges)
{
    const tb_node *n = a->plan->nodes[k];
    for (int i = 0; i < n->n_in + n->n_out; i++) {
        const tb_value *v = i < n->n_in ? n->in[i] : n->out[i - n->n_in]->like;
        int maker = v ? a->index[v->node->id] : -1;
        if (maker < 0 || maker >= k)
            continue;
        a->edges[*n_edges] = (tb_edge){k, a->first_edge[maker]};
        a->first_edge[maker] = (*n_edges)++;
    }
}

/* Nodes whose clock decides when they run: all with time in a paced stream,
   the sources of an eager one. */
static bool has_clock(const tb_agenda *a, int k)
{
    return a->pace[k] == TB_PACE_TIME &&
           (a->plan->schedule == TB_PACED || is_source(a->plan->nodes[k]));
}

static int compare_ratios(tb_ratio a, tb_ratio b)
{
    return a.num != b.num   ? (a.num < b.num ? -1 : 1)
           : a.den != b.den ? (a.den < b.den ? -1 : 1)
                            : 0;
}

typedef struct tb_timed_node {
    const tb_time *time;
    int node;
} tb_timed_node;

static int by_time(const void *x, const void *y)
{
    const tb_timed_node *a = x, *b = y;
    int order = compare_ratios(a->time->period, b->time->period);
    if (!order)
        order = compare_ratios(a->time->age, b->time->age);
    return order ? order : a->node - b->node;
}

static void start_group(tb_agenda *a, const tb_time *t, int member)
{
    bool whole = t->period.den == 1 && t->age.den == 1;
    a->groups[a->n_groups++] = (tb_due_group){
        .time = t,
        .whole = whole,
        .period = t->period.num,
        .age = t->age.num,
        .from = member,
    };
}

static bool make_groups(tb_agenda *a)
{
    const tb_stream_plan *p = a->plan;
    tb_timed_node *list = calloc((size_t)p->n_nodes + 1, sizeof *list);
    int n = 0;
    if (!list)
        return false;
    for (int k = 0; k < p->n_nodes; k++)
        if (has_clock(a, k))
            list[n++] =
                (tb_timed_node){&p->times[timed_output(p->nodes[k])->id], k};
    qsort(list, (size_t)n, sizeof *list, by_time);
    for (int i = 0; i < n; i++) {
        const tb_time *t = list[i].time, *before = i ? list[i - 1].time : NULL;
        if (!before || compare_ratios(t->period, before->period) ||
            compare_ratios(t->age, before->age))
            start_group(a, t, i);
        a->groups[a->n_groups - 1].n++;
        a->members[i] = list[i].node;
        a->group_of[list[i].node] = a->n_groups - 1;
    }
    free(list);
    return true;
}

tb_agenda *tb_agenda_new(const tb_stream_plan *p, const int *index)
{
    tb_agenda *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    int n_edges = 0;
    a->plan = p;
    a->index = index;
    if (!allocate(a))
        goto failed;
    for (int k = 0; k < p->n_nodes; k++) {
        a->group_of[k] = a->first_edge[k] = -1;
        a->pace[k] = pace_of(a, p->nodes[k]);
        add_edges(a, k, &n_edges);
        if (a->pace[k] == TB_PACE_CONTROL)
            note(a->controls, k);
        if (a->pace[k] == TB_PACE_STATE)
            note(a->each, k);
    }
    if (make_groups(a))
        return a;
failed:
    tb_agenda_free(a);
    return NULL;
}

/* ---- groups ---- */

static int64_t count_at(const tb_due_group *g, int64_t clock)
{
    if (!g->whole)
        return tb_time_count(g->time, clock);
    int64_t n = tb_ceil_div(clock - g->age, g->period);
    return n > 0 ? n : 0;
}

static int64_t due_at(const tb_due_group *g, int64_t frame)
{
    return g->whole ? frame * g->period + g->age + 1
                    : tb_time_due(g->time, frame);
}

static int64_t due_of(const tb_agenda *a, int place)
{
    return a->groups[a->heap[place]].due;
}

/* Restores the order of the heap under `place`. */
static void sift_down(tb_agenda *a, int place)
{
    for (;;) {
        int first = place;
        for (int below = 2 * place + 1; below <= 2 * place + 2; below++)
            if (below < a->n_groups && due_of(a, below) < due_of(a, first))
                first = below;
        if (first == place)
            return;
        int g = a->heap[place];
        a->heap[place] = a->heap[first];
        a->heap[first] = g;
        place = first;
    }
}

static void note_due(tb_agenda *a)
{
    while (a->n_groups && due_of(a, 0) <= a->clock) {
        tb_due_group *g = &a->groups[a->heap[0]];
        for (int i = 0; i < g->n; i++)
            note(a->noted, a->members[g->from + i]);
        g->frames = count_at(g, a->clock);
        g->due = due_at(g, g->frames);
        sift_down(a, 0);
    }
}

/* ---- steps ---- */

/* All nodes with time are looked at in the first step: padding alone may decide
   frames of theirs. */
void tb_agenda_reset(tb_agenda *a)
{
    size_t values = (size_t)a->plan->n_values;
    memset(a->noted, 0, (size_t)a->words * sizeof *a->noted);
    for (int k = 0; k < a->plan->n_nodes; k++)
        if (a->pace[k] == TB_PACE_TIME)
            note(a->noted, k);
    for (int i = 0; i < a->n_groups; i++) {
        a->groups[i].frames = 0;
        a->groups[i].due = due_at(&a->groups[i], 0);
        a->heap[i] = i;
    }
    for (int i = a->n_groups - 1; i >= 0; i--)
        sift_down(a, i);
    memset(a->counts, 0, values * sizeof *a->counts);
    memset(a->lengths, 0, values * sizeof *a->lengths);
}

void tb_agenda_step(tb_agenda *a, int64_t clock, bool first)
{
    a->clock = clock;
    a->word = 0;
    for (int i = 0; i < a->words; i++)
        a->noted[i] |= a->each[i] | (first ? a->controls[i] : 0);
    note_due(a);
}

static void note_readers(tb_agenda *a, int k, tb_pace pace)
{
    for (int e = a->first_edge[k]; e >= 0; e = a->edges[e].next)
        if (a->pace[a->edges[e].reader] == pace)
            note(a->noted, a->edges[e].reader);
}

int tb_agenda_next(tb_agenda *a)
{
    while (a->word < a->words && !a->noted[a->word])
        a->word++;
    if (a->word == a->words)
        return -1;
    int k = 64 * a->word + __builtin_ctzll(a->noted[a->word]);
    a->noted[a->word] &= a->noted[a->word] - 1;
    if (a->plan->schedule == TB_EAGER &&
        tb_eager_count(a->plan->nodes[k], a->plan->times, a->clock, a->counts,
                       a->lengths))
        note_readers(a, k, TB_PACE_TIME);
    return k;
}

void tb_agenda_ran(tb_agenda *a, int k)
{
    note_readers(a, k, TB_PACE_AFTER);
}

bool tb_agenda_timed(const tb_agenda *a, int k)
{
    return a->pace[k] == TB_PACE_TIME;
}

int64_t tb_agenda_target(const tb_agenda *a, int k)
{
    if (a->group_of[k] >= 0)
        return a->groups[a->group_of[k]].frames;
    return a->counts[timed_output(a->plan->nodes[k])->id];
}

int64_t tb_agenda_count(const tb_agenda *a, int k, int64_t clock)
{
    return count_at(&a->groups[a->group_of[k]], clock);
}

void tb_agenda_take_over(tb_agenda *to, const tb_agenda *from)
{
    memcpy(to->noted, from->noted, (size_t)to->words * sizeof *to->noted);
    memcpy(to->heap, from->heap, (size_t)to->n_groups * sizeof *to->heap);
    to->word = from->word;
    to->clock = from->clock;
    for (int g = 0; g < to->n_groups; g++) {
        to->groups[g].due = from->groups[g].due;
        to->groups[g].frames = from->groups[g].frames;
    }
    for (int k = 0; k < to->plan->n_nodes; k++) {
        const tb_node *n = to->plan->nodes[k], *m = from->plan->nodes[k];
        for (int i = 0; i < n->n_out; i++) {
            to->counts[n->out[i]->id] = from->counts[m->out[i]->id];
            to->lengths[n->out[i]->id] = from->lengths[m->out[i]->id];
        }
    }
}
