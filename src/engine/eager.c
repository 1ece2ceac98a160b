#include "engine/eager.h"

#include "engine/frames.h"
#include "engine/op.h"

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
