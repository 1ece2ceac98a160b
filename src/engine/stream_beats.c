/* The steps of a stream's run: which frames are due, and what has to happen to
   the rings that they go to. Only whole numbers change here. */
#include "engine/stream_state.h"

#include "engine/op.h"
#include "engine/source.h"

static TB_REALTIME void add_job(tb_stream *s, tb_ring_job job)
{
    s->jobs[s->n_jobs++] = job;
}

bool tb_stream_slide(tb_stream *s, int value, int64_t made, int64_t target,
                     tb_ring_job *job)
{
    const tb_tensor *t = &s->tensors[value];
    if (target - t->first <= t->dim[t->time])
        return false;
    int64_t first = target - s->plan->capacity[value];
    if (first > made)
        first = made;
    *job = (tb_ring_job){.action = TB_RING_SLIDE,
                         .ring = value,
                         .from = first - t->first,
                         .count = made - first};
    for (int a = value; a >= 0; a = s->alias[a])
        s->tensors[a].first = first;
    return job->count > 0;
}

/* Room for frames of a root up to `target`; those from `real` on are past the
   end: zeros. */
static void extend_ring(tb_stream *s, int v, int64_t made, int64_t real,
                        int64_t target)
{
    tb_ring_job job;
    if (tb_stream_slide(s, v, made, target, &job))
        add_job(s, job);
    if (real < target)
        add_job(s, (tb_ring_job){.action = TB_RING_CLEAR,
                                 .ring = v,
                                 .at = real - s->tensors[v].first,
                                 .count = target - real});
}

/* Room for frames up to target; gives those to compute. */
static tb_span extend(tb_stream *s, int k, int64_t target)
{
    const tb_node *n = s->plan->nodes[k];
    tb_track *t = &s->tracks[k];
    int64_t real = target < t->end ? target : t->end;
    if (real < t->made)
        real = t->made;
    for (int i = 0; i < n->n_out; i++) {
        int v = n->out[i]->id;
        if (n->out[i]->time >= 0 && s->plan->root[v] == v)
            extend_ring(s, v, t->made, real, target);
    }
    tb_span span = {t->made, real - t->made};
    t->made = target;
    return span;
}

/* Frames of the feedback value are those of its source. */
static void feed_back(tb_stream *s, const tb_node *n, tb_span span)
{
    int to = n->out[0]->id;
    int from = TB_ATTR(tb_feedback_attr, n)->source->id;
    add_job(s, (tb_ring_job){.action = TB_RING_FEED,
                             .ring = to,
                             .source = from,
                             .at = span.from - s->tensors[to].first,
                             .from = span.from - s->tensors[from].first,
                             .count = span.count});
}

/* The frames that a node with time computes now. */
static tb_span new_frames(tb_stream *s, int k)
{
    tb_track *t = &s->tracks[k];
    const tb_node *n = s->plan->nodes[k];
    int64_t target = tb_agenda_target(s->agenda, k);
    if (target <= t->made)
        return (tb_span){0, 0};
    if (t->call != s->calls) {
        t->before = t->made;
        t->call = s->calls;
    }
    bool written =
        n->op == &tb_op_input || (n->op == &tb_op_feedback && s->override);
    if (written && !s->ended) {
        t->made = target;
        return (tb_span){0, 1};
    }
    tb_span span = extend(s, k, target);
    if (n->op == &tb_op_feedback && span.count)
        feed_back(s, n, span);
    return span;
}

static void find_due(tb_stream *s, bool first)
{
    tb_agenda_step(s->agenda, s->clock, first);
    for (int k; (k = tb_agenda_next(s->agenda)) >= 0;) {
        tb_span span =
            tb_agenda_timed(s->agenda, k) ? new_frames(s, k) : (tb_span){0, 1};
        s->spans[k] = span;
        if (!span.count)
            continue;
        s->due[s->n_due++] = k;
        tb_agenda_ran(s->agenda, k);
    }
}

static void forget_due(tb_stream *s)
{
    for (int i = 0; i < s->n_due; i++)
        s->spans[s->due[i]] = (tb_span){0, 0};
    s->n_due = s->n_jobs = 0;
}

/* ---- runs ---- */

typedef struct tb_stream_beats {
    tb_stream *stream;
    int64_t to, step;
    bool first; /* the next step is the first of the run */
} tb_stream_beats;

/* Statistics and last states take the span of the frames they follow. */
static TB_REALTIME bool next_beat(void *context, tb_beat *beat)
{
    tb_stream_beats *b = context;
    tb_stream *s = b->stream;
    int64_t left = b->to - s->clock;
    forget_due(s);
    if (left <= 0 && !b->first)
        return false;
    s->clock += left < b->step ? left : b->step;
    find_due(s, b->first);
    b->first = false;
    *beat = (tb_beat){s->jobs, s->n_jobs, s->spans, s->due, s->n_due};
    return true;
}

static tb_pass pass_of(tb_stream_beats *beats)
{
    const tb_stream *s = beats->stream;
    return (tb_pass){.beats = {next_beat, beats},
                     .seed = s->seed,
                     .first_row = s->first_row,
                     .seconds = s->seconds};
}

void tb_stream_run_until(tb_stream *s, int64_t to, int64_t step)
{
    tb_stream_beats beats = {s, to, step, true};
    tb_pass pass = pass_of(&beats);
    s->plan->backend->run_alone(s->program, &pass);
}

void tb_stream_run_until_on(tb_stream *s, int64_t to, int64_t step,
                            tb_pool *pool)
{
    tb_stream_beats beats = {s, to, step, true};
    tb_pass pass = pass_of(&beats);
    pass.pool = pool;
    s->plan->backend->run(s->program, &pass);
}
