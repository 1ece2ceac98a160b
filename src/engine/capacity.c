#include "engine/capacity.h"

#include "engine/frames.h"
#include "engine/source.h"

/* Why the bounds of the eager schedule hold. Let a value have at most
   max(padded, X) frames after n base frames, X = ceil((n - early)/period); a
   source has exactly X or none. A reader of several has no more than the
   least of its inputs allows, and the least of max(padded_i, X_i) is at most
   max(largest padded_i, least X_i). Its frame j needs input frame
   floor((j*down + ahead)/up), which lies at most (up - 1)/up below the
   fraction. So where X decides, frame j exists only if

     (n - early_i)/period_i > (j*down + ahead - up + 1)/up, that is
     n > j*period + early, early = early_i + period_i*(ahead - up + 1)/up

   for the latest of its inputs: again at most ceil((n - early)/period) frames.
   That the signal might end can only mean fewer. */
static tb_bounds bounds_of(const tb_node *n, const tb_time *times,
                           const tb_bounds *bounds)
{
    tb_bounds b = {TB_RATIO_NEVER, 0};
    for (int i = 0; i < n->n_in; i++) {
        int v = n->in[i]->id;
        if (!times[v].timed)
            continue;
        tb_window w = n->window;
        tb_ratio shift = tb_ratio_mul(times[v].period,
                                      tb_ratio_of(w.ahead - w.up + 1, w.up));
        b.early = tb_ratio_max(b.early, tb_ratio_add(bounds[v].early, shift));
        int64_t padded = tb_window_count(w, bounds[v].padded, 0);
        b.padded = padded > b.padded ? padded : b.padded;
    }
    return b;
}

void tb_bounds_find(const tb_graph *g, const bool *needed, const tb_time *times,
                    bool eager, tb_bounds *bounds)
{
    for (const tb_node *n = tb_graph_first(g); n; n = n->next) {
        if (!needed[n->id])
            continue;
        bool exact = !eager || n->op->time == TB_TIME_SOURCE;
        for (int i = 0; i < n->n_out; i++) {
            int v = n->out[i]->id;
            if (times[v].timed)
                bounds[v] = exact ? (tb_bounds){times[v].age, 0}
                                  : bounds_of(n, times, bounds);
        }
    }
}

static void raise(int64_t *capacity, int64_t frames)
{
    if (frames > *capacity)
        *capacity = frames;
}

/* ceil((block + reader - early)/period + back/up): of a value that has at most
   ceil((n + block - early)/period) frames when a call ends, a reader whose
   frames come at `reader` or before it still wants those from
   (n - reader)/period - back/up on. */
static int64_t span_to(const tb_time *t, tb_ratio early, tb_ratio reader,
                       int64_t block, int64_t back, int64_t up)
{
    tb_ratio base =
        tb_ratio_add(tb_ratio_int(block), tb_ratio_sub(reader, early));
    return tb_ratio_ceil(
        tb_ratio_add(tb_ratio_div(base, t->period), tb_ratio_of(back, up)));
}

/* New frames are read after each call, the first of them (which are there
   before any signal) too. */
static void raise_for_output(const tb_time *t, tb_bounds b, int64_t block,
                             int64_t *capacity)
{
    tb_ratio from = tb_ratio_max(t->age, TB_RATIO_ZERO);
    raise(capacity, span_to(t, b.early, from, block, 0, 1));
    raise(capacity, b.padded);
}

static void raise_for_reader(const tb_node *n, const tb_time *times,
                             const tb_bounds *bounds, int64_t block,
                             int64_t *capacity)
{
    const tb_time *self = n->n_out ? &times[n->out[0]->id] : NULL;
    for (int i = 0; self && i < n->n_in; i++) {
        int v = n->in[i]->id;
        if (!times[v].timed)
            continue;
        tb_ratio reader = self->timed ? self->age : times[v].age;
        raise(&capacity[v], span_to(&times[v], bounds[v].early, reader, block,
                                    n->window.back, n->window.up));
        raise(&capacity[v], tb_ceil_div(n->window.back, n->window.up));
    }
    if (n->op == &tb_op_feedback) {
        int v = TB_ATTR(tb_feedback_attr, n)->source->id;
        raise(&capacity[v],
              span_to(&times[v], bounds[v].early, self->age, block, 0, 1));
    }
}

void tb_capacities(const tb_graph *g, const bool *needed, const tb_time *times,
                   const tb_bounds *bounds, int64_t block, int64_t *capacity)
{
    for (const tb_node *n = tb_graph_first(g); n; n = n->next) {
        if (!needed[n->id])
            continue;
        for (int i = 0; i < n->n_out; i++) {
            int v = n->out[i]->id;
            if (times[v].timed)
                raise_for_output(&times[v], bounds[v], block, &capacity[v]);
        }
        raise_for_reader(n, times, bounds, block, capacity);
    }
}
