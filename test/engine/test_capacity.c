/* What a stream keeps of each value is enough: as much as calls need that were
   tried out, clock by clock, from the start until all counts repeat; and not
   much more. */
#include "closed_graph.h"
#include "engine/capacity.h"
#include "engine/eager.h"
#include "engine/frames.h"
#include "engine/op.h"
#include "engine/select.h"
#include "engine/source.h"
#include "tap.h"

#include <stdlib.h>

typedef struct subject {
    tb_graph *graph;
    tb_value *out;
    int64_t quantum, block;
    bool eager;
    bool *needed;
    tb_time *times;
    tb_bounds *bounds;
    int64_t *capacity, *tried; /* by value id */
    size_t values;
} subject;

/* ---- trying out ---- */

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static const tb_value *timed_output(const tb_node *n)
{
    const tb_value *out = NULL;
    for (int i = n->n_out - 1; i >= 0; i--)
        if (n->out[i]->time >= 0)
            out = n->out[i];
    return out;
}

/* The clock from which on no value reads padding before 0 any more, and after
   how many base frames all counts repeat. */
static void settled(const subject *s, int64_t *start, int64_t *cycle)
{
    int64_t begun = 0;
    *cycle = s->quantum;
    for (const tb_node *k = tb_graph_first(s->graph); k; k = k->next) {
        const tb_value *out = s->needed[k->id] ? timed_output(k) : NULL;
        if (!out)
            continue;
        const tb_time *t = &s->times[out->id];
        *cycle = *cycle / tb_gcd(*cycle, t->period.num) * t->period.num;
        int64_t back = k->window.back > 0 ? k->window.back : 0;
        tb_ratio at = tb_ratio_add(
            t->age, tb_ratio_mul(t->period, tb_ratio_of(back, k->window.down)));
        if (tb_ratio_ceil(at) > begun)
            begun = tb_ratio_ceil(at);
    }
    *start = (begun / s->quantum + 1) * s->quantum;
}

/* What readers still need of each value when a call begins. */
static void find_lowest(const subject *s, const int64_t *old, int64_t *low)
{
    for (const tb_node *k = tb_graph_first(s->graph); k; k = k->next) {
        const tb_value *out = s->needed[k->id] ? timed_output(k) : NULL;
        for (int i = 0; out && i < k->n_in; i++) {
            if (k->in[i]->time < 0)
                continue;
            int64_t first = tb_lowest(k->window, old[out->id]);
            int64_t *l = &low[k->in[i]->id];
            *l = lesser(*l, first > 0 ? first : 0);
        }
        if (out && k->op == &tb_op_feedback) {
            int64_t *l = &low[TB_ATTR(tb_feedback_attr, k)->source->id];
            *l = lesser(*l, old[out->id]);
        }
    }
}

static void count(const subject *s, int64_t n, int64_t *counts, int64_t *room)
{
    if (s->eager) {
        for (const tb_node *k = tb_graph_first(s->graph); k; k = k->next)
            if (s->needed[k->id])
                tb_eager_count(k, s->times, n, counts, room);
        return;
    }
    for (size_t v = 0; v < s->values; v++)
        counts[v] = s->times[v].timed ? tb_time_count(&s->times[v], n) : 0;
}

static void try_out(const subject *s)
{
    int64_t *room = calloc(s->values * 3, sizeof *room), start, cycle;
    int64_t *old = room, *new = old + s->values, *low = new + s->values;
    settled(s, &start, &cycle);
    for (int64_t n = 0; n < start + cycle; n += s->quantum) {
        count(s, n, old, low);
        count(s, n + s->block, new, low);
        memcpy(low, old, s->values * sizeof *low);
        if (n == 0)
            memset(low, 0, s->values * sizeof *low);
        find_lowest(s, old, low);
        for (size_t v = 0; v < s->values; v++)
            if (new[v] - low[v] > s->tried[v])
                s->tried[v] = new[v] - low[v];
    }
    free(room);
}

/* No more frames than the bounds say, at any clock. */
static bool within_bounds(const subject *s)
{
    int64_t *room = calloc(s->values * 2, sizeof *room), start, cycle;
    bool good = true;
    settled(s, &start, &cycle);
    for (int64_t n = 0; n < start + cycle; n += s->quantum) {
        count(s, n, room, room + s->values);
        for (size_t v = 0; v < s->values; v++) {
            tb_time early = s->times[v];
            early.age = s->bounds[v].early;
            int64_t most = early.timed ? tb_time_count(&early, n) : 0;
            most = most > s->bounds[v].padded ? most : s->bounds[v].padded;
            good = good && (!early.timed || room[v] <= most);
        }
    }
    free(room);
    return good;
}

/* ---- the claim ---- */

static bool analyse(subject *s)
{
    int64_t step;
    s->values = (size_t)tb_graph_values(s->graph);
    s->needed = calloc((size_t)tb_graph_nodes(s->graph), sizeof *s->needed);
    s->times = calloc(s->values, sizeof *s->times);
    s->bounds = calloc(s->values, sizeof *s->bounds);
    s->capacity = calloc(s->values, sizeof *s->capacity);
    s->tried = calloc(s->values, sizeof *s->tried);
    tb_error error = {0};
    if (tb_graph_check(s->graph, &error) ||
        !tb_select(s->graph, 1, &s->out, s->needed) ||
        tb_time_analyse(s->graph, s->needed, s->quantum, s->times, &step,
                        &error)) {
        fprintf(stderr, "# %s\n", error.text);
        return false;
    }
    tb_bounds_find(s->graph, s->needed, s->times, s->eager, s->bounds);
    tb_capacities(s->graph, s->needed, s->times, s->bounds, s->block,
                  s->capacity);
    try_out(s);
    return true;
}

static void clear(subject *s)
{
    free(s->needed);
    free(s->times);
    free(s->bounds);
    free(s->capacity);
    free(s->tried);
    tb_graph_free(s->graph);
}

static subject subject_new(uint64_t seed, bool eager)
{
    tb_rng rng = {seed, 7};
    subject s = {.eager = eager, .quantum = 1};
    if (seed % 3 == 0) {
        closed_graph c = closed_new(seed, 1 + (int)tb_rng_below(&rng, 3));
        s.graph = c.r.graph;
        s.out = c.y;
    } else {
        random_graph r = rg_new(seed);
        s.quantum = (int64_t[]){1, 1, 2, 3, 4, 8}[tb_rng_below(&rng, 6)];
        s.graph = r.graph;
        s.out = r.values[r.n - 1];
    }
    s.block = s.quantum * (1 + (int64_t)tb_rng_below(&rng, 20));
    return s;
}

static void check(uint64_t seed, bool eager, int64_t *kept, int64_t *tried)
{
    char name[80];
    subject s = subject_new(seed, eager);
    bool enough = analyse(&s);
    for (size_t v = 0; enough && v < s.values; v++) {
        enough = s.capacity[v] >= s.tried[v];
        *kept += s.capacity[v];
        *tried += s.tried[v];
    }
    snprintf(name, sizeof name, "graph %d, %s: enough is kept", (int)seed,
             eager ? "eager" : "paced");
    OK_NAMED(enough, name);
    snprintf(name, sizeof name, "graph %d, %s: as early as the bounds say",
             (int)seed, eager ? "eager" : "paced");
    OK_NAMED(within_bounds(&s), name);
    clear(&s);
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t last = argc > 2 ? strtoull(argv[2], NULL, 10) : first + 150;
    for (int eager = 0; eager < 2; eager++) {
        int64_t kept = 0, tried = 0;
        for (uint64_t seed = first; seed < last; seed++)
            check(seed, eager, &kept, &tried);
        fprintf(stderr, "# %s: kept %lld of %lld\n", eager ? "eager" : "paced",
                (long long)kept, (long long)tried);
        OK((double)kept <= 1.2 * (double)tried);
    }
    return tap_done();
}
