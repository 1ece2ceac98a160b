#include "engine/stream_state.h"

static void take_value(tb_stream *to, int v, const tb_stream *from, int w)
{
    const tb_storage *storage = to->plan->backend->storage;
    to->tensors[v].first = from->tensors[w].first;
    to->tensors[v].end = from->tensors[w].end;
    if (to->plan->root[v] == v)
        storage->move(to->memory[v], from->memory[w],
                      tb_stream_buffer_bytes(to, v));
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
