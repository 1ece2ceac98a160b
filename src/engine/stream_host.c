/* What the host writes to a stream and reads from it. */
#include "engine/op.h"
#include "engine/source.h"
#include "engine/stream_state.h"

static bool is_seen(const tb_stream *s, const tb_value *v)
{
    const tb_op *op = v->node->op;
    if (op == &tb_op_input || op == &tb_op_state || op == &tb_op_feedback)
        return true;
    return s->plan->read[v->id];
}

tb_status tb_stream_make_mirrors(tb_stream *s, tb_error *error)
{
    const tb_stream_plan *p = s->plan;
    for (int k = 0; k < p->n_nodes; k++)
        for (int i = 0; i < p->nodes[k]->n_out; i++) {
            const tb_value *v = p->nodes[k]->out[i];
            int root = p->root[v->id];
            if (!is_seen(s, v) || s->mirrors[root].here)
                continue;
            if (tb_mirror_init(&s->mirrors[root], p->backend->storage,
                               s->memory[root], NULL,
                               tb_stream_buffer_bytes(s, root), error))
                return TB_ERR_MEMORY;
            s->seen[v->id] =
                tb_mirror_seen(&s->mirrors[root], &s->tensors[v->id]);
        }
    return TB_OK;
}

/* ---- to and from the storage ---- */

static void upload_frames(tb_stream *s, const tb_written_frames *w)
{
    const tb_tensor *t = &s->tensors[w->value];
    size_t size = tb_type_size(t->type, s->plan->backend->real_size);
    for (int64_t i = 0; i < tb_runs(t); i++) {
        int64_t o = tb_run_offset(t, i) + tb_frame_offset(t, w->span.from);
        tb_mirror_upload(&s->mirrors[w->value], s->plan->backend->storage,
                         size * (size_t)o,
                         size * (size_t)(w->span.count * t->stride[t->time]));
    }
}

/* New frames of what was written; all of what has no frames. */
void tb_stream_upload(tb_stream *s)
{
    const tb_stream_plan *p = s->plan;
    for (int i = 0; i < s->n_written && !p->backend->storage->is_host; i++)
        upload_frames(s, &s->written[i]);
    s->n_written = 0;
    if (p->backend->storage->is_host)
        return;
    for (int k = 0; k < p->n_nodes; k++) {
        const tb_node *n = p->nodes[k];
        bool goes_in = n->op == &tb_op_state ||
                       (n->op == &tb_op_input && n->out[0]->time < 0);
        const tb_mirror *m = goes_in ? &s->mirrors[n->out[0]->id] : NULL;
        if (m)
            tb_mirror_upload(m, p->backend->storage, 0, m->bytes);
    }
}

void tb_stream_download_states(tb_stream *s)
{
    const tb_stream_plan *p = s->plan;
    for (int k = 0; !p->backend->storage->is_host && k < p->n_nodes; k++)
        if (p->nodes[k]->op == &tb_op_state)
            tb_mirror_download(&s->mirrors[p->nodes[k]->out[0]->id],
                               p->backend->storage);
}

/* ---- writing and reading ---- */

/* Frames of a value as a tensor of its own. */
static tb_tensor frames_of(const tb_tensor *t, tb_span span, size_t size)
{
    tb_tensor part = *t;
    part.data =
        (char *)t->data + (ptrdiff_t)size * tb_frame_offset(t, span.from);
    part.dim[t->time] = span.count;
    return part;
}

/* A value's frames of a span, as the host sees them. */
static tb_tensor see_frames(const tb_stream *s, const tb_value *v, tb_span span)
{
    const tb_mirror *m = &s->mirrors[s->plan->root[v->id]];
    size_t size = tb_type_size(v->type, s->plan->backend->real_size);
    tb_tensor t = frames_of(&s->tensors[v->id], span, size);
    t.first = span.from;
    return m->here ? tb_mirror_seen(m, &t) : t;
}

/* Once for each value: what is written later is the whole of it. */
static void note_written(tb_stream *s, int value, tb_span span)
{
    int i = 0;
    while (i < s->n_written && s->written[i].value != value)
        i++;
    s->written[i] = (tb_written_frames){value, span};
    s->n_written += i == s->n_written;
}

tb_tensor tb_stream_write(tb_stream *s, const tb_value *input, int64_t n)
{
    int k = s->index[input->node->id];
    tb_track *t = &s->tracks[k];
    int64_t target = tb_agenda_count(s->agenda, k, s->clock + n);
    tb_ring_job job;
    if (tb_stream_slide(s, input->id, t->made, target, &job))
        s->plan->backend->ring(s->program, &job);
    if (input->node->op == &tb_op_feedback)
        s->override = true;
    tb_span span = {t->made, target - t->made};
    note_written(s, input->id, span);
    return see_frames(s, input, span);
}

const tb_tensor *tb_stream_control(const tb_stream *s, const tb_value *input)
{
    bool control = input && input->node->op == &tb_op_input &&
                   input->time < 0 && s->index[input->node->id] >= 0;
    return control ? &s->seen[input->id] : NULL;
}

const tb_tensor *tb_stream_state(const tb_stream *s, const tb_value *state)
{
    bool known = state && state->node->op == &tb_op_state &&
                 s->index[state->node->id] >= 0;
    return known ? &s->seen[state->id] : NULL;
}

tb_tensor tb_stream_read(const tb_stream *s, const tb_value *output)
{
    const tb_track *t = &s->tracks[s->index[output->node->id]];
    const tb_mirror *m = &s->mirrors[s->plan->root[output->id]];
    if (m->here)
        tb_mirror_download(m, s->plan->backend->storage);
    if (output->time < 0)
        return m->here ? tb_mirror_seen(m, &s->tensors[output->id])
                       : s->tensors[output->id];
    int64_t made = t->made < t->end ? t->made : t->end;
    int64_t before = t->call == s->calls && t->before < made ? t->before : made;
    return see_frames(s, output, (tb_span){before, made - before});
}
