#include "live/knobs.h"

#include "base/memory.h"
#include "models/method.h"

enum { MOST = sizeof((tb_knobs *)0)->control / sizeof(tb_control *) };

static const double seconds = 0.02; /* that a real number takes */

tb_status tb_knobs_init(tb_knobs *knobs, tb_model *model, const char *method,
                        int rows, double sample_rate, tb_error *error)
{
    const tb_control *c;
    *knobs = (tb_knobs){.rows = rows, .sample_rate = sample_rate};
    for (int i = 0; i < MOST && (c = tb_model_control(model, method, i)); i++)
        knobs->control[knobs->count++] = c;
    knobs->knob =
        tb_alloc_array((size_t)(knobs->count * rows) + 1, sizeof *knobs->knob);
    if (!knobs->knob)
        return tb_fail_memory(error);
    for (int i = 0; i < knobs->count * rows; i++) {
        tb_knob *k = &knobs->knob[i];
        k->goal = k->now = knobs->control[i / rows]->standard;
        atomic_init(&k->target, k->goal);
    }
    return TB_OK;
}

void tb_knobs_clear(tb_knobs *knobs)
{
    tb_free(knobs->knob);
    knobs->knob = NULL;
}

int tb_knobs_find(const tb_knobs *knobs, const char *name)
{
    for (int i = 0; i < knobs->count; i++)
        if (tb_control_is_named(knobs->control[i], name))
            return i;
    return -1;
}

static double clamped(const tb_control *c, double x)
{
    return x >= c->low ? x <= c->high ? x : c->high : c->low;
}

void tb_knobs_aim(tb_knobs *knobs, int control, int row, double x)
{
    if (control < 0 || control >= knobs->count || x != x)
        return;
    x = clamped(knobs->control[control], x);
    for (int i = 0; i < knobs->rows; i++)
        if (row < 0 || row == i)
            atomic_store_explicit(
                &knobs->knob[control * knobs->rows + i].target, x,
                memory_order_relaxed);
    atomic_fetch_add_explicit(&knobs->changes, 1, memory_order_release);
}

static bool glides(const tb_control *c)
{
    return c->type == TB_CONTROL_REAL && !c->planned;
}

/* A new goal sets the pace. A trigger is as if it had not been. */
static void look(const tb_knobs *knobs, const tb_control *c, tb_knob *k)
{
    double x = atomic_load_explicit(&k->target, memory_order_relaxed);
    if (c->type == TB_CONTROL_TRIGGER)
        atomic_store_explicit(&k->target, 0, memory_order_relaxed);
    if (x == k->goal)
        return;
    k->goal = x;
    k->per_frame = (x - k->now) / (seconds * knobs->sample_rate);
}

static double next(const tb_control *c, const tb_knob *k, int64_t frames)
{
    double x = k->now + k->per_frame * (double)frames;
    bool there = k->per_frame > 0 ? x >= k->goal : x <= k->goal;
    return glides(c) && !there ? x : k->goal;
}

static void turn_one(tb_knobs *knobs, tb_voices *voices, int i, int64_t frames)
{
    const tb_control *c = knobs->control[i / knobs->rows];
    tb_knob *k = &knobs->knob[i];
    look(knobs, c, k);
    double x = next(c, k, frames);
    if (x != k->now)
        tb_voices_set(voices, i / knobs->rows, i % knobs->rows, x);
    k->now = c->type == TB_CONTROL_TRIGGER ? 0 : x;
    k->goal = c->type == TB_CONTROL_TRIGGER ? 0 : k->goal;
    knobs->moving |= k->now != k->goal;
}

void tb_knobs_turn(tb_knobs *knobs, tb_voices *voices, int64_t frames)
{
    unsigned changes =
        atomic_load_explicit(&knobs->changes, memory_order_acquire);
    if (changes == knobs->seen && !knobs->moving)
        return;
    knobs->seen = changes;
    knobs->moving = false;
    for (int i = 0; i < knobs->count * knobs->rows; i++)
        if (knobs->control[i / knobs->rows]->type != TB_CONTROL_ARRAY)
            turn_one(knobs, voices, i, frames);
}
