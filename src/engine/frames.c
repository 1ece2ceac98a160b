#include "engine/frames.h"

#include "engine/source.h"

int64_t tb_window_count(tb_window w, int64_t have, int64_t tail)
{
    if (have >= TB_NO_END)
        return TB_NO_END;
    int64_t last = tb_floor_div(have * w.up - 1 - w.ahead + tail, w.down);
    return last < -1 ? 0 : last + 1;
}

int64_t tb_shortest_input(const tb_node *n, const int64_t *frames)
{
    int64_t shortest = TB_NO_END;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i]->time >= 0 && frames[n->in[i]->id] < shortest)
            shortest = frames[n->in[i]->id];
    return shortest;
}

static int64_t source_frames(const tb_node *n, int64_t base, int64_t loop)
{
    if (n->op != &tb_op_feedback)
        return base;
    if (loop >= TB_NO_END)
        return TB_NO_END;
    return tb_ceil_div(loop, TB_ATTR(tb_feedback_attr, n)->period);
}

int64_t tb_value_frames(const tb_value *v, int64_t n, int64_t loop,
                        const int64_t *frames)
{
    const tb_node *k = v->node;
    if (v->time < 0)
        return 1;
    if (v->like && k->op != &tb_op_feedback)
        return frames[v->like->id];
    if (k->op->time == TB_TIME_SOURCE)
        return source_frames(k, n, loop);
    return tb_window_count(k->window, tb_shortest_input(k, frames),
                           k->window.tail);
}

void tb_lengths(const tb_graph *g, int64_t n, int64_t loop, int64_t *frames)
{
    for (const tb_node *k = tb_graph_first(g); k; k = k->next)
        for (int i = 0; i < k->n_out; i++)
            frames[k->out[i]->id] = tb_value_frames(k->out[i], n, loop, frames);
}
