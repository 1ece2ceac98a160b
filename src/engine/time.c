#include "engine/time.h"

#include "engine/frames.h"
#include "engine/op.h"
#include "engine/source.h"

#include <stdlib.h>

typedef struct tb_clockwork {
    const tb_graph *graph;
    const bool *needed;
    int64_t quantum;
    const tb_node *loop; /* the feedback node, or null */
    tb_ratio inputs;     /* age of inputs and of the feedback value */
    tb_ratio feedback;
    tb_error *error;
} tb_clockwork;

/* Between two multiples of tb_gcd(period, quantum) no call ever ends. */
static tb_ratio round_down(tb_ratio age, tb_ratio period, int64_t quantum)
{
    if (tb_ratio_never(age))
        return age;
    tb_ratio step =
        tb_ratio_of(tb_gcd(period.num, quantum * period.den), period.den);
    int64_t whole = tb_ratio_floor(tb_ratio_div(age, step));
    return tb_ratio_mul(tb_ratio_of(whole, 1), step);
}

static tb_time source_time(const tb_clockwork *c, const tb_node *n)
{
    bool loop = n->op == &tb_op_feedback;
    tb_ratio age = loop ? c->feedback : c->inputs;
    int64_t period = loop ? TB_ATTR(tb_feedback_attr, n)->period : 1;
    bool ends = !loop && !tb_ratio_never(age);
    return (tb_time){true, tb_ratio_of(period, 1),
                     age,  ends ? TB_RATIO_ZERO : TB_RATIO_NEVER,
                     age,  age};
}

static tb_ratio shifted(tb_ratio t, tb_ratio period, int64_t frames, int64_t up)
{
    return tb_ratio_add(t, tb_ratio_mul(period, tb_ratio_of(frames, up)));
}

/* The latest of the inputs that have time; false if periods differ. */
static bool join(const tb_node *n, const tb_time *times, tb_time *j)
{
    *j = (tb_time){0};
    for (int i = 0; i < n->n_in; i++) {
        const tb_time *t = &times[n->in[i]->id];
        if (n->in[i]->time < 0)
            continue;
        if (!j->timed) {
            *j = *t;
            continue;
        }
        if (tb_ratio_cmp(j->period, t->period))
            return false;
        j->age = tb_ratio_max(j->age, t->age);
        j->end = tb_ratio_max(j->end, t->end);
        j->first = tb_ratio_min(j->first, t->first);
        j->last = tb_ratio_max(j->last, t->last);
    }
    return true;
}

static tb_time advance(const tb_clockwork *c, const tb_node *n, tb_time in)
{
    tb_window w = n->window;
    tb_time t = {.timed = true};
    t.period = tb_ratio_mul(in.period, tb_ratio_of(w.down, w.up));
    t.end = round_down(shifted(in.end, in.period, w.ahead - w.tail, w.up),
                       t.period, c->quantum);
    t.age = tb_ratio_max(shifted(in.age, in.period, w.ahead, w.up), t.end);
    t.age = round_down(t.age, t.period, c->quantum);
    t.first = n->op->time == TB_TIME_SCAN
                  ? TB_RATIO_NEVER
                  : shifted(in.first, in.period, -w.back, w.up);
    t.last = shifted(in.last, in.period, w.ahead, w.up);
    return t;
}

static tb_status node_time(const tb_clockwork *c, const tb_node *n,
                           tb_time *times)
{
    tb_time in, out = {0};
    bool timed_out = false;
    for (int i = 0; i < n->n_out; i++)
        timed_out |= n->out[i]->time >= 0;
    if (!join(n, times, &in))
        return tb_fail(c->error, TB_ERR_UNSUPPORTED,
                       "Node %d (%s) joins signals of different rates.", n->id,
                       n->op->name);
    if (n->op == &tb_op_input || n->op == &tb_op_feedback)
        out = source_time(c, n);
    else if (in.timed && n->op->time != TB_TIME_WHOLE)
        out = advance(c, n, in);
    else if (in.timed || timed_out)
        return tb_fail(c->error, TB_ERR_UNSUPPORTED,
                       "Node %d (%s) needs the whole signal and cannot "
                       "stream.",
                       n->id, n->op->name);
    for (int i = 0; i < n->n_out; i++) {
        times[n->out[i]->id] = out;
        times[n->out[i]->id].timed = n->out[i]->time >= 0;
    }
    return TB_OK;
}

static tb_status propagate(tb_clockwork *c, tb_ratio inputs, tb_ratio feedback,
                           tb_time *times)
{
    c->inputs = inputs;
    c->feedback = feedback;
    for (const tb_node *n = tb_graph_first(c->graph); n; n = n->next) {
        tb_status status = c->needed[n->id] ? node_time(c, n, times) : TB_OK;
        if (status)
            return status;
    }
    return TB_OK;
}

static tb_status find_loop(tb_clockwork *c)
{
    for (const tb_node *n = tb_graph_first(c->graph); n; n = n->next) {
        if (!c->needed[n->id] || n->op != &tb_op_feedback)
            continue;
        if (c->loop)
            return tb_fail(c->error, TB_ERR_UNSUPPORTED,
                           "A stream has at most one feedback loop; %s is a "
                           "second.",
                           n->name);
        if (!TB_ATTR(tb_feedback_attr, n)->source)
            return tb_fail(c->error, TB_ERR_ARGUMENT,
                           "The feedback %s was never closed.", n->name);
        c->loop = n;
    }
    return TB_OK;
}

/* Age round the loop, where what other inputs cost does not count. */
static tb_status check_loop(tb_clockwork *c, tb_time *times, tb_ratio *step)
{
    const tb_feedback_attr *attr = TB_ATTR(tb_feedback_attr, c->loop);
    tb_status status = propagate(c, TB_RATIO_NEVER, TB_RATIO_ZERO, times);
    const tb_time *around = &times[attr->source->id];
    if (status)
        return status;
    if (!around->timed ||
        tb_ratio_cmp(around->period, tb_ratio_of(attr->period, 1)) ||
        tb_ratio_cmp(around->age, tb_ratio_of(-1, 1)) > 0)
        return tb_fail(c->error, TB_ERR_ARGUMENT,
                       "The loop of %s needs its own frames before they "
                       "exist.",
                       c->loop->name);
    *step = tb_ratio_sub(TB_RATIO_ZERO, around->age);
    return TB_OK;
}

tb_status tb_time_analyse(const tb_graph *g, const bool *needed,
                          int64_t quantum, tb_time *times, int64_t *step,
                          tb_error *error)
{
    tb_clockwork c = {
        .graph = g, .needed = needed, .quantum = quantum, .error = error};
    tb_ratio around = TB_RATIO_ZERO;
    tb_status status = find_loop(&c);
    *step = 0;
    if (status)
        return status;
    if (!c.loop)
        return propagate(&c, TB_RATIO_ZERO, TB_RATIO_ZERO, times);
    if (quantum != 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A graph with a loop runs frame by frame.");
    if ((status = check_loop(&c, times, &around)) ||
        (status = propagate(&c, TB_RATIO_ZERO, TB_RATIO_NEVER, times)))
        return status;
    const tb_value *source = TB_ATTR(tb_feedback_attr, c.loop)->source;
    tb_ratio outside = times[source->id].age;
    tb_ratio age =
        tb_ratio_never(outside) ? TB_RATIO_ZERO : tb_ratio_add(outside, around);
    *step = tb_ratio_floor(around);
    return propagate(&c, TB_RATIO_ZERO, age, times);
}

int64_t tb_time_count(const tb_time *t, int64_t n)
{
    tb_ratio gone = tb_ratio_sub(tb_ratio_of(n, 1), t->age);
    int64_t count = tb_ratio_ceil(tb_ratio_div(gone, t->period));
    return count > 0 ? count : 0;
}

int64_t tb_time_due(const tb_time *t, int64_t j)
{
    tb_ratio at = tb_ratio_mul(tb_ratio_of(j, 1), t->period);
    return tb_ratio_floor(tb_ratio_add(at, t->age)) + 1;
}

int64_t tb_time_latency(const tb_time *t)
{
    int64_t age = tb_ratio_ceil(t->age);
    return age > 0 ? age : 0;
}

int64_t tb_time_receptive_field(const tb_time *t)
{
    if (tb_ratio_never(t->first))
        return -1;
    return tb_ratio_ceil(tb_ratio_sub(t->last, t->first)) + 1;
}
