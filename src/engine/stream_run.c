/* A stream's time: from the beginning, on, and to the end. */
#include "engine/frames.h"
#include "engine/op.h"
#include "engine/source.h"
#include "engine/stream_state.h"

/* ---- the beginning ---- */

static void set_states(tb_stream *s)
{
    for (int k = 0; k < s->plan->n_nodes; k++) {
        const tb_node *n = s->plan->nodes[k];
        if (n->op != &tb_op_state)
            continue;
        s->plan->backend->storage->fill(
            &s->tensors[n->out[0]->id], s->plan->backend->real_size,
            tb_element_all(&TB_ATTR(tb_state_attr, n)->init));
    }
}

static void empty_ring(tb_stream *s, const tb_value *v)
{
    const tb_stream_plan *p = s->plan;
    if (v->time < 0)
        return;
    s->tensors[v->id].first = -p->capacity[p->root[v->id]];
    s->tensors[v->id].end = TB_NO_END;
    if (p->root[v->id] == v->id)
        p->backend->storage->clear(s->memory[v->id],
                                   tb_stream_buffer_bytes(s, v->id));
}

/* Frames that padding alone decides are made before the first. */
static void begin(tb_stream *s)
{
    int64_t start = 0, step = s->plan->step ? s->plan->step : s->plan->n_max;
    if (!s->plan->step)
        step -= step % s->plan->quantum;
    for (int k = 0; k < s->plan->n_nodes; k++) {
        const tb_node *n = s->plan->nodes[k];
        for (int i = 0; i < n->n_out; i++) {
            const tb_time *t = &s->plan->times[n->out[i]->id];
            int64_t age = t->timed ? tb_ratio_floor(t->age) : 0;
            start = age < start ? age : start;
        }
    }
    s->clock = -((-start + step - 1) / step * step) - step;
    tb_stream_run_until(s, 0, step);
}

void tb_stream_reset(tb_stream *s, uint64_t seed)
{
    const tb_stream_plan *p = s->plan;
    s->seed = seed;
    s->ended = s->override = false;
    for (int k = 0; k < p->n_nodes; k++) {
        s->tracks[k] = (tb_track){.end = TB_NO_END};
        for (int i = 0; i < p->nodes[k]->n_out; i++)
            empty_ring(s, p->nodes[k]->out[i]);
    }
    s->n_written = 0;
    tb_stream_upload(s);
    set_states(s);
    tb_agenda_reset(s->agenda);
    s->calls = 0;
    begin(s);
    tb_stream_download_states(s);
}

/* ---- on ---- */

/* A loop's frames are made one after another, unless the host says them all. */
static int64_t begin_call(tb_stream *s, int64_t n)
{
    bool whole = !s->plan->step || s->override;
    s->calls++;
    tb_stream_upload(s);
    return whole ? n : s->plan->step;
}

static void end_call(tb_stream *s)
{
    tb_stream_download_states(s);
    s->override = false;
}

void tb_stream_run(tb_stream *s, int64_t n)
{
    int64_t step = begin_call(s, n);
    tb_stream_run_until(s, s->clock + n, step);
    end_call(s);
}

void tb_stream_run_on(tb_stream *s, int64_t n, tb_pool *pool)
{
    int64_t step = begin_call(s, n);
    tb_stream_run_until_on(s, s->clock + n, step, pool);
    end_call(s);
}

int64_t tb_stream_clock(const tb_stream *s)
{
    return s->clock;
}

void tb_stream_measure(tb_stream *s, double *seconds)
{
    s->seconds = seconds;
}

void tb_stream_number_rows(tb_stream *s, uint32_t first_row)
{
    s->first_row = first_row;
}

/* ---- the end ---- */

void tb_stream_finish(tb_stream *s)
{
    tb_stream_plan *p = s->plan;
    if (s->ended)
        return;
    s->ended = true;
    tb_lengths(p->graph, s->clock, TB_NO_END, s->lengths);
    for (int k = 0; k < p->n_nodes; k++)
        for (int i = 0; i < p->nodes[k]->n_out; i++) {
            const tb_value *v = p->nodes[k]->out[i];
            if (v->time < 0)
                continue;
            s->tracks[k].end = s->lengths[v->id];
            s->tensors[v->id].end = s->lengths[v->id];
        }
}

bool tb_stream_done(const tb_stream *s)
{
    if (!s->ended)
        return false;
    for (int k = 0; k < s->plan->n_nodes; k++) {
        const tb_track *t = &s->tracks[k];
        if (t->end < TB_NO_END && t->made < t->end)
            return false;
    }
    return true;
}
