#include "run/middle.h"

#include <math.h>
#include <stdio.h>

/* Fewer stages show no course. */
enum { LEAST_STAGES = 4 };

/* What still belongs to the middle: this much of the greatest variety, ... */
#define NEAR_MOST 0.8
/* ... and this share quoted. */
#define MOST_QUOTED 0.25
/* So much more varied than the first or the last stage it must be. */
#define STANDS_OUT 1.1

static bool is_judged(const tb_stage *s)
{
    return s->epoch > 0 && isfinite(s->variety) && isfinite(s->score);
}

static bool may_be_middle(const tb_stage *s)
{
    return is_judged(s) && s->quoted <= MOST_QUOTED;
}

typedef struct tb_stage_course {
    const tb_stage *first, *last, *most; /* most varied; or null */
    int judged, place;                   /* of most in the list */
} tb_stage_course;

static tb_stage_course follow(const tb_stage_list *l)
{
    tb_stage_course c = {0};
    for (int i = 0; i < l->count; i++) {
        const tb_stage *s = &l->stages[i];
        if (!is_judged(s))
            continue;
        c.judged++;
        c.first = c.first ? c.first : s;
        c.last = s;
        if (may_be_middle(s) && (!c.most || s->variety > c.most->variety)) {
            c.most = s;
            c.place = i;
        }
    }
    return c;
}

/* As far as `step` (1 or -1) leads from the most varied stage. */
static int reach(const tb_stage_list *l, const tb_stage_course *c, int step)
{
    int epoch = c->most->epoch;
    for (int i = c->place + step; i >= 0 && i < l->count; i += step) {
        const tb_stage *s = &l->stages[i];
        if (!may_be_middle(s) || s->variety < NEAR_MOST * c->most->variety)
            break;
        epoch = s->epoch;
    }
    return epoch;
}

static void say_middle(const tb_stage_course *c, tb_middle m, char *why,
                       size_t size)
{
    char epochs[64];
    if (m.first == m.last)
        snprintf(epochs, sizeof epochs, "Epoch %d is", m.first);
    else
        snprintf(epochs, sizeof epochs, "Epochs %d to %d are", m.first, m.last);
    snprintf(
        why, size,
        "%s the most varied: examples lie %.2f times as far apart as your "
        "recordings at epoch %d, and %.2f at epoch %d, %.2f at epoch %d; "
        "the score is %.2f there (%.2f, then %.2f), and %.0f %% is quoted.",
        epochs, c->most->variety, c->most->epoch, c->first->variety,
        c->first->epoch, c->last->variety, c->last->epoch, c->most->score,
        c->first->score, c->last->score, 100 * c->most->quoted);
}

tb_middle tb_find_middle(const tb_stage_list *l, char *why, size_t size)
{
    tb_stage_course c = follow(l);
    if (c.judged < LEAST_STAGES) {
        snprintf(
            why, size,
            "Examples of %d %s were judged; the most varied ones show when "
            "there are %d.",
            c.judged, c.judged == 1 ? "epoch" : "epochs", LEAST_STAGES);
        return (tb_middle){0};
    }
    if (c.most && c.most == c.last) {
        snprintf(why, size,
                 "The latest examples are the most varied: there is no middle "
                 "yet.");
        return (tb_middle){0};
    }
    if (!c.most || c.most->variety <
                       STANDS_OUT * fmax(c.first->variety, c.last->variety)) {
        snprintf(why, size,
                 "No epochs stand out: the examples are about as varied at all "
                 "stages.");
        return (tb_middle){0};
    }
    tb_middle m = {reach(l, &c, -1), reach(l, &c, 1)};
    say_middle(&c, m, why, size);
    return m;
}
