#include "engine/eager.h"

#include "engine/frames.h"
#include "engine/source.h"

#include <stdlib.h>
#include <string.h>

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static const tb_time *time_of(const tb_node *n, const tb_time *times)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i]->time >= 0)
            return &times[n->out[i]->id];
    return NULL;
}

void tb_eager_counts(const tb_graph *g, const bool *needed,
                     const tb_time *times, int64_t n, int64_t *counts,
                     int64_t *lengths)
{
    tb_lengths(g, n > 0 ? n : 0, TB_NO_END, lengths);
    for (const tb_node *k = tb_graph_first(g); k; k = k->next) {
        const tb_time *t = needed[k->id] ? time_of(k, times) : NULL;
        for (int i = 0; t && i < k->n_out; i++) {
            int v = k->out[i]->id;
            if (k->out[i]->time < 0)
                continue;
            counts[v] =
                k->op->time == TB_TIME_SOURCE
                    ? tb_time_count(t, n)
                    : lesser(tb_window_count(k->window,
                                             tb_shortest_input(k, counts), 0),
                             lengths[v]);
        }
    }
}

/* The clock from which on no value reads padding before 0 any more, and after
   how many base frames all counts repeat. */
static void settled(const tb_graph *g, const bool *needed, const tb_time *times,
                    int64_t quantum, int64_t *start, int64_t *cycle)
{
    int64_t begun = 0;
    *cycle = quantum;
    for (const tb_node *k = tb_graph_first(g); k; k = k->next) {
        const tb_time *t = needed[k->id] ? time_of(k, times) : NULL;
        if (!t)
            continue;
        *cycle = *cycle / tb_gcd(*cycle, t->period.num) * t->period.num;
        int64_t back = k->window.back > 0 ? k->window.back : 0;
        tb_ratio at = tb_ratio_add(
            t->age, tb_ratio_mul(t->period, tb_ratio_of(back, k->window.down)));
        if (tb_ratio_ceil(at) > begun)
            begun = tb_ratio_ceil(at);
    }
    *start = (begun / quantum + 1) * quantum;
}

/* What readers still need of each value when a call begins. */
static void find_lowest(const tb_graph *g, const bool *needed,
                        const int64_t *old, int64_t *low)
{
    for (const tb_node *k = tb_graph_first(g); k; k = k->next) {
        const tb_value *out = NULL;
        for (int i = 0; needed[k->id] && i < k->n_out; i++)
            if (k->out[i]->time >= 0)
                out = k->out[i];
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

bool tb_eager_capacities(const tb_graph *g, const bool *needed,
                         const tb_time *times, int64_t block, int64_t quantum,
                         int64_t *capacity)
{
    size_t values = (size_t)tb_graph_values(g) + 1;
    int64_t *room = calloc(values * 4, sizeof *room), start, cycle;
    int64_t *old = room, *new = old + values, *low = new + values;
    if (!room)
        return false;
    settled(g, needed, times, quantum, &start, &cycle);
    for (int64_t n = 0; n < start + cycle; n += quantum) {
        tb_eager_counts(g, needed, times, n, old, low);
        tb_eager_counts(g, needed, times, n + block, new, low);
        memcpy(low, old, values * sizeof *low);
        if (n == 0)
            memset(low, 0, values * sizeof *low);
        find_lowest(g, needed, old, low);
        for (size_t v = 0; v < values; v++)
            if (new[v] - low[v] > capacity[v])
                capacity[v] = new[v] - low[v];
    }
    free(room);
    return true;
}
