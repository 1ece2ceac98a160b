#include "torchscript/recording.h"

#include "base/memory.h"

static double own_delay(const tb_recording *r, const tb_value *v,
                        int64_t samples)
{
    double sum = 0;
    for (const tb_layer_delay *d = r->delays; d; d = d->next)
        if (d->value == v && !(d->if_centred && r->is_causal))
            sum += (double)d->frames * (double)samples / (double)d->length;
    return sum;
}

double tb_recording_delay(const tb_recording *r, const tb_value *out,
                          int64_t samples)
{
    double *late =
        r->delays && out
            ? tb_alloc_array((size_t)tb_graph_values(r->graph), sizeof *late)
            : NULL;
    if (!late)
        return -1;
    for (const tb_node *n = tb_graph_first(r->graph); n; n = n->next) {
        double latest = 0;
        for (int i = 0; i < n->n_in; i++)
            if (late[n->in[i]->id] > latest)
                latest = late[n->in[i]->id];
        for (int i = 0; i < n->n_out; i++)
            late[n->out[i]->id] = latest + own_delay(r, n->out[i], samples);
    }
    double found = late[out->id];
    tb_free(late);
    return found;
}
