/* The agenda of a stream names, step by step, every node that gets frames, and
   in paced streams no other: held against counting all frames anew at each
   clock, on random graphs, open and fed back. */
#include "closed_graph.h"
#include "engine/agenda.h"
#include "engine/eager.h"
#include "engine/op.h"
#include "tap.h"

#include <stdlib.h>

typedef struct subject {
    tb_graph *graph;
    tb_value *out;
    tb_params *params;
    tb_stream_plan *plan;
    int *index;
    tb_agenda *agenda;
    int64_t *before;           /* by node: frames after the last step */
    bool *named;               /* by node: in this step */
    bool *ran;                 /* likewise */
    int64_t *counts, *lengths; /* by value id, counted anew */
} subject;

static void build(subject *s, uint64_t seed, tb_schedule schedule)
{
    tb_rng rng = {seed, 3};
    tb_stream_settings how = {.backend = tb_backend_naive64(),
                              .schedule = schedule};
    if (seed % 3 == 0) {
        closed_graph c = closed_new(seed, 1 + (int)tb_rng_below(&rng, 3));
        s->graph = c.r.graph;
        s->out = c.y;
        how.quantum = 1;
    } else {
        random_graph r = rg_new(seed);
        s->graph = r.graph;
        s->out = r.values[r.n - 1];
        how.quantum = 1 + (int64_t)tb_rng_below(&rng, 4);
    }
    const tb_graph *g = s->graph;
    how.n_max = how.quantum * 20;
    how.params = s->params = tb_params_new(1, &g, sizeof(double), NULL);
    s->plan = tb_stream_plan_new(g, 1, &s->out, &how, NULL);
}

static subject subject_new(uint64_t seed, tb_schedule schedule)
{
    subject s = {0};
    build(&s, seed, schedule);
    size_t nodes = (size_t)tb_graph_nodes(s.graph) + 1;
    size_t values = (size_t)tb_graph_values(s.graph) + 1;
    s.index = calloc(nodes, sizeof *s.index);
    s.before = calloc(nodes, sizeof *s.before);
    s.named = calloc(nodes, sizeof *s.named);
    s.ran = calloc(nodes, sizeof *s.ran);
    s.counts = calloc(values, sizeof *s.counts);
    s.lengths = calloc(values, sizeof *s.lengths);
    for (size_t i = 0; i < nodes; i++)
        s.index[i] = -1;
    for (int k = 0; s.plan && k < s.plan->n_nodes; k++)
        s.index[s.plan->nodes[k]->id] = k;
    s.agenda = s.plan ? tb_agenda_new(s.plan, s.index) : NULL;
    return s;
}

static void subject_clear(subject *s)
{
    tb_agenda_free(s->agenda);
    tb_stream_plan_free(s->plan);
    tb_params_free(s->params);
    tb_graph_free(s->graph);
    free(s->index);
    free(s->before);
    free(s->named);
    free(s->ran);
    free(s->counts);
    free(s->lengths);
}

/* Frames of node k at a clock, those of the nodes before it being there; -1: it
   has no time. */
static int64_t frames_of(const subject *s, int k, int64_t clock)
{
    const tb_node *n = s->plan->nodes[k];
    tb_eager_count(n, s->plan->times, clock, s->counts, s->lengths);
    for (int i = 0; i < n->n_out; i++) {
        int v = n->out[i]->id;
        if (s->plan->times[v].timed)
            return s->plan->schedule == TB_EAGER
                       ? s->counts[v]
                       : tb_time_count(&s->plan->times[v], clock);
    }
    return -1;
}

/* Whether node k, that has no time, must run: something before it did. */
static bool follows(const subject *s, int k)
{
    const tb_node *n = s->plan->nodes[k];
    for (int i = 0; i < n->n_in; i++) {
        int in = s->index[n->in[i]->node->id];
        if (in >= 0 && s->ran[in])
            return true;
    }
    return false;
}

static bool right_at(subject *s, int64_t clock, bool first)
{
    bool right = true;
    int last = -1;
    memset(s->named, 0, (size_t)s->plan->n_nodes * sizeof *s->named);
    memset(s->ran, 0, (size_t)s->plan->n_nodes * sizeof *s->ran);
    tb_agenda_step(s->agenda, clock, first);
    for (int k; (k = tb_agenda_next(s->agenda)) >= 0; last = k) {
        right = right && k > last;
        s->named[k] = true;
        s->ran[k] = !tb_agenda_timed(s->agenda, k) ||
                    tb_agenda_target(s->agenda, k) > s->before[k];
        if (s->ran[k])
            tb_agenda_ran(s->agenda, k);
    }
    for (int k = 0; k < s->plan->n_nodes; k++) {
        int64_t frames = frames_of(s, k, clock);
        if (frames < 0) {
            right = right && (s->named[k] || !follows(s, k));
            continue;
        }
        right = right && frames == tb_agenda_target(s->agenda, k) &&
                (s->named[k] || frames == s->before[k]);
        s->before[k] = frames;
    }
    return right;
}

/* In a paced stream a node with time is named only when it gets frames. */
static bool idle_costs_nothing(const subject *s)
{
    for (int k = 0; k < s->plan->n_nodes; k++)
        if (s->named[k] && !s->ran[k])
            return false;
    return true;
}

static bool check(uint64_t seed, tb_schedule schedule)
{
    subject s = subject_new(seed, schedule);
    tb_rng rng = {seed, 11};
    bool good = s.agenda != NULL;
    for (int again = 0; good && again < 2; again++) {
        int64_t quantum = s.plan->quantum, clock = -40 * quantum;
        tb_agenda_reset(s.agenda);
        memset(s.before, 0, (size_t)s.plan->n_nodes * sizeof *s.before);
        for (int step = 0; good && step < 150; step++) {
            good = right_at(&s, clock, step % 3 == 0);
            if (step && s.plan->schedule == TB_PACED)
                good = good && idle_costs_nothing(&s);
            clock += quantum * (int64_t)tb_rng_below(&rng, 6);
        }
    }
    subject_clear(&s);
    return good;
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t last = argc > 2 ? strtoull(argv[2], NULL, 10) : first + 100;
    for (uint64_t seed = first; seed < last; seed++) {
        char name[64];
        snprintf(name, sizeof name, "graph %d, paced", (int)seed);
        OK_NAMED(check(seed, TB_PACED), name);
        snprintf(name, sizeof name, "graph %d, eager", (int)seed);
        OK_NAMED(check(seed, TB_EAGER), name);
    }
    return tap_done();
}
