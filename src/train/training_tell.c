/* What a training tells whoever watches it. */
#include "train/training_state.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static double seconds_of(const tb_training *t)
{
    return t->before + tb_training_now(t) - t->started;
}

double tb_training_ahead(const tb_training *t, const char **than)
{
    if (!t->trainer || tb_trainer_learning(t->trainer)->metric_count == 0)
        return NAN;
    const tb_metric *m = &tb_trainer_learning(t->trainer)->metric[0];
    return tb_yard_ahead(m, t->measured, &t->yard, than);
}

void tb_training_tell(tb_training *t, tb_training_event_kind kind,
                      const char *text, const char *path)
{
    if (!t->watch || !t->watch->event)
        return;
    double trained[TB_MOST_METRICS];
    const tb_learning *learning =
        t->trainer ? tb_trainer_learning(t->trainer) : NULL;
    const char *than = NULL;
    double ahead = tb_training_ahead(t, &than);
    for (int i = 0; i < TB_MOST_METRICS; i++)
        trained[i] = tb_training_average(t, i);
    tb_training_event event = {
        .kind = kind,
        .text = text,
        .path = path,
        .stage = t->stage,
        .epoch = t->progress.epoch + 1,
        .epochs = t->epochs,
        .step = t->progress.step,
        .steps = t->steps,
        .seconds = seconds_of(t),
        .seconds_left = tb_training_seconds_left(t),
        .metric_count = learning ? learning->metric_count : 0,
        .metrics = learning ? learning->metric : NULL,
        .trained = trained,
        .tested = t->tested,
        .learned = t->learned,
        .ahead = ahead,
        .than = than,
        .rate = t->last.rate,
        .norm = t->last.norm,
        .done = t->indexed,
    };
    t->watch->event(t->watch->context, &event);
}

void tb_training_note(tb_training *t, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    tb_training_tell(t, TB_EVENT_NOTE, text, NULL);
}
