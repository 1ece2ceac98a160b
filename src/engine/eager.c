#include "engine/eager.h"

#include "engine/frames.h"
#include "engine/op.h"

static int64_t count_of(const tb_value *v, const tb_time *times, int64_t clock,
                        const int64_t *counts, int64_t length)
{
    const tb_node *n = v->node;
    if (n->op->time == TB_TIME_SOURCE)
        return tb_time_count(&times[v->id], clock);
    int64_t count = tb_window_count(n->window, tb_shortest_input(n, counts), 0);
    return count < length ? count : length;
}

bool tb_eager_count(const tb_node *n, const tb_time *times, int64_t clock,
                    int64_t *counts, int64_t *lengths)
{
    bool changed = false;
    for (int i = 0; i < n->n_out; i++) {
        const tb_value *v = n->out[i];
        if (v->time < 0)
            continue;
        int64_t length =
            tb_value_frames(v, clock > 0 ? clock : 0, TB_NO_END, lengths);
        int64_t count = count_of(v, times, clock, counts, length);
        changed |= count != counts[v->id] || length != lengths[v->id];
        counts[v->id] = count;
        lengths[v->id] = length;
    }
    return changed;
}
