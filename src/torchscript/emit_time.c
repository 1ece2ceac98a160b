#include "torchscript/emit_time.h"

#include "engine/frames.h"
#include "engine/ops/frames.h"
#include "engine/ops/shape.h"
#include "engine/source.h"

enum { MOST_QUANTUM = 1 << 20 };

const tb_value *tb_emit_timed(const tb_node *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i]->time >= 0)
            return n->out[i];
    return NULL;
}

/* ---- the quantum ---- */

/* The least that holds whole frames of all values, and an even number of those
   that are told apart by that. */
static int64_t quantum_of(const tb_emitter *e)
{
    int64_t q = 1;
    for (const tb_node *n = tb_graph_first(e->source->graph); n; n = n->next) {
        const tb_value *v = e->needed[n->id] ? tb_emit_timed(n) : NULL;
        if (!v)
            continue;
        tb_ratio period = e->times[v->id].period;
        bool pairs = n->op == &tb_op_alternate && period.den % 2;
        int64_t each = period.num * (pairs ? 2 : 1);
        q = q / tb_gcd(q, each) * each;
        if (q > MOST_QUANTUM)
            return q;
    }
    return q;
}

static tb_status analyse(tb_emitter *e)
{
    const tb_graph *g = e->source->graph;
    tb_status status =
        tb_time_analyse(g, e->needed, 1, e->times, &e->step, e->error);
    if (status)
        return status;
    e->quantum = quantum_of(e);
    if (e->step)
        e->quantum = e->quantum / tb_gcd(e->quantum, e->step) * e->step;
    if (e->quantum > MOST_QUANTUM)
        return tb_fail(e->error, TB_ERR_UNSUPPORTED,
                       "Its layers have frames that come together only after "
                       "more than %d samples.",
                       MOST_QUANTUM);
    return e->step ? TB_OK
                   : tb_time_analyse(g, e->needed, e->quantum, e->times,
                                     &e->step, e->error);
}

/* ---- places ---- */

int64_t tb_emit_first(const tb_emitter *e, const tb_node *n)
{
    const tb_value *v = tb_emit_timed(n);
    return v ? e->values[v->id].first : 0;
}

int64_t tb_emit_lowest(const tb_emitter *e, const tb_node *n, int i)
{
    (void)i;
    return tb_lowest(n->window, tb_emit_first(e, n));
}

/* The first frame read is number lowest + late of what the call brings. */
int64_t tb_emit_back(const tb_emitter *e, const tb_node *n, int i)
{
    return -(tb_emit_lowest(e, n, i) + e->values[n->in[i]->id].late);
}

/* The last frame of the output is the one before what the next call begins
   with; a call brings `up` frames where that one has `down`. */
int64_t tb_emit_rest(const tb_emitter *e, const tb_node *n, int i)
{
    tb_window w = n->window;
    int64_t last = tb_emit_first(e, n) - 1;
    return -1 - e->values[n->in[i]->id].late -
           tb_floor_div(w.ahead + last * w.down, w.up);
}

static void place(tb_emitter *e)
{
    const tb_ratio q = tb_ratio_of(e->quantum, 1);
    for (const tb_node *n = tb_graph_first(e->source->graph); n; n = n->next)
        for (int i = 0; e->needed[n->id] && i < n->n_out; i++) {
            const tb_value *v = n->out[i];
            const tb_time *t = &e->times[v->id];
            if (v->time < 0)
                continue;
            e->values[v->id].per = tb_ratio_floor(tb_ratio_div(q, t->period));
            e->values[v->id].late =
                tb_ratio_floor(tb_ratio_div(t->age, t->period));
            e->values[v->id].first = -e->values[v->id].late;
        }
}

/* What a node reads must be kept; frames before the first one must be zero
   where it looks back at them. */
static void read_by(tb_emitter *e, const tb_node *n)
{
    for (int i = 0; i < n->n_in; i++) {
        tb_emitted_value *v = &e->values[n->in[i]->id];
        if (n->in[i]->time < 0 || !tb_emit_timed(n))
            continue;
        int64_t back = tb_emit_back(e, n, i);
        v->kept = back > v->kept ? back : v->kept;
        v->begins |= v->late > 0 && tb_lowest(n->window, 0) < 0;
    }
    for (int i = 0; n->op->time == TB_TIME_SCAN && i < n->n_out; i++)
        e->values[n->out[i]->id].goes_on = n->out[i]->time >= 0;
}

/* Frames that padding alone decides are kept from the beginning: zeros, where
   all that was done to them keeps zeros. */
static bool begins_with_zeros(const tb_value *v)
{
    static const tb_op *const keep[] = {
        &tb_op_reshape,    &tb_op_permute, &tb_op_slice,  &tb_op_fold,
        &tb_op_unfold,     &tb_op_repeat,  &tb_op_detach, &tb_op_arrange,
        &tb_op_contiguous, &tb_op_pad};
    const tb_node *n = v->node;
    for (size_t i = 0; i < sizeof keep / sizeof *keep; i++)
        if (n->op == keep[i])
            return n->op == &tb_op_pad || begins_with_zeros(n->in[0]);
    return false;
}

static tb_status check_beginnings(const tb_emitter *e)
{
    for (const tb_node *n = tb_graph_first(e->source->graph); n; n = n->next)
        for (int i = 0; e->needed[n->id] && i < n->n_out; i++) {
            const tb_value *v = n->out[i];
            if (v->time >= 0 && e->values[v->id].late < 0 &&
                (v == e->source->output || !begins_with_zeros(v)))
                return tb_fail(e->error, TB_ERR_UNSUPPORTED,
                               "Node %d (%s) has frames before the sound "
                               "begins, which cannot be exported.",
                               n->id, n->op->name);
        }
    return TB_OK;
}

/* ---- loops ---- */

/* Frames of a value before base frame c of the cycle, counted from the first of
   the cycle. */
static int64_t made_before(const tb_emitter *e, const tb_value *v, int64_t c)
{
    const tb_time *t = &e->times[v->id];
    tb_ratio gone = tb_ratio_sub(tb_ratio_of(c - e->warm, 1), t->age);
    return tb_ratio_ceil(tb_ratio_div(gone, t->period));
}

int64_t tb_emit_first_of(const tb_emitter *e, const tb_value *v)
{
    return e->step ? made_before(e, v, 0) : -e->values[v->id].late;
}

bool tb_emit_due(tb_emitter *e, const tb_node *n, int64_t c)
{
    bool due = false;
    for (int i = 0; i < n->n_out; i++) {
        tb_emitted_value *v = &e->values[n->out[i]->id];
        if (n->out[i]->time < 0)
            continue;
        v->first = made_before(e, n->out[i], c);
        v->count = made_before(e, n->out[i], c + e->step) - v->first;
        due |= v->count > 0;
    }
    return due;
}

/* What the frames of a step read of input i. */
static void read_in_step(tb_emitter *e, const tb_node *n, const tb_value *in,
                         tb_window w)
{
    tb_emitted_value *v = &e->values[in->id];
    const tb_emitted_value *y = &e->values[tb_emit_timed(n)->id];
    int64_t low = tb_lowest(w, y->first);
    int64_t high = tb_highest(w, y->first + y->count - 1);
    int64_t begin = tb_emit_first_of(e, in);
    if (low == v->first && high == v->first + v->count - 1)
        return;
    v->in_parts = true;
    v->kept = begin - low > v->kept ? begin - low : v->kept;
}

/* A feedback reads its source as it is. */
static void walk_step(tb_emitter *e, int64_t c)
{
    const tb_node *n = tb_graph_first(e->source->graph);
    for (; n; n = n->next) {
        if (!e->needed[n->id] || !tb_emit_timed(n) || !tb_emit_due(e, n, c))
            continue;
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i]->time >= 0)
                read_in_step(e, n, n->in[i], n->window);
        if (n->op == &tb_op_feedback)
            read_in_step(e, n, TB_ATTR(tb_feedback_attr, n)->source,
                         TB_POINTWISE);
    }
}

/* Enough cycles before the first for all that padding decides. */
static void warm_up(tb_emitter *e)
{
    tb_ratio least = TB_RATIO_ZERO;
    const tb_node *n = tb_graph_first(e->source->graph);
    for (; n; n = n->next) {
        const tb_value *v = e->needed[n->id] ? tb_emit_timed(n) : NULL;
        if (v && tb_ratio_cmp(e->times[v->id].age, least) < 0)
            least = e->times[v->id].age;
    }
    int64_t before = -tb_ratio_floor(least);
    e->warm = (before + e->quantum - 1) / e->quantum * e->quantum;
}

static void place_loop(tb_emitter *e)
{
    warm_up(e);
    place(e);
    const tb_node *n = tb_graph_first(e->source->graph);
    for (; n; n = n->next) {
        if (n->op == &tb_op_feedback && e->needed[n->id])
            e->loop = n;
        for (int i = 0; e->needed[n->id] && i < n->n_out; i++) {
            tb_emitted_value *v = &e->values[n->out[i]->id];
            if (n->out[i]->time < 0)
                continue;
            v->late = -made_before(e, n->out[i], 0);
            v->goes_on = n->op->time == TB_TIME_SCAN;
        }
        for (int i = 0; e->needed[n->id] && i < n->n_in; i++) {
            tb_emitted_value *v = &e->values[n->in[i]->id];
            v->begins |= n->in[i]->time >= 0 && v->late > 0 &&
                         tb_lowest(n->window, 0) < 0;
        }
    }
    for (int64_t c = 0; c < e->quantum; c += e->step)
        walk_step(e, c);
}

/* ---- all of it ---- */

tb_status tb_emit_times(tb_emitter *e)
{
    tb_status status = analyse(e);
    if (status)
        return status;
    tb_emitted_value *y = &e->values[e->source->output->id];
    if (e->step) {
        place_loop(e);
        y->begins |= tb_ratio_cmp(e->times[e->source->output->id].age,
                                  TB_RATIO_ZERO) > 0;
        return TB_OK;
    }
    place(e);
    for (const tb_node *n = tb_graph_first(e->source->graph); n; n = n->next)
        if (e->needed[n->id])
            read_by(e, n);
    y->begins |= y->late > 0;
    return check_beginnings(e);
}
