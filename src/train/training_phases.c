/* Phases: on command, of the job or of those who ask a training that is under
   way; at a step, by what is over of its time, and by metrics. */
#include "base/memory.h"
#include "run/phase_request.h"
#include "train/training_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- beginning ---- */

/* The phase under way is told, with why it begins. */
static void __attribute__((format(printf, 2, 3)))
tell_phase(tb_training *t, const char *format, ...)
{
    char why[400];
    const tb_learning *l = tb_trainer_learning(t->trainer);
    const tb_learning_phase *phase = &l->phase[tb_trainer_phase(t->trainer)];
    va_list list;
    va_start(list, format);
    vsnprintf(why, sizeof why, format, list);
    va_end(list);
    tb_training_note(t, "%s phase %s begins.%s%s", why, phase->name,
                     phase->about ? " " : "", phase->about ? phase->about : "");
}

/* What was measured in the phase before is no measure for this one. */
static void forget_phase(tb_training *t)
{
    tb_progress *p = &t->progress;
    int phase = tb_trainer_phase(t->trainer);
    if (p->phase == phase)
        return;
    memset(p->best, 0, sizeof p->best);
    tb_plateau_begin_phase(&p->plateau, p->epoch);
    p->phase = phase;
}

/* The phase after the one that is under way; null: that is the last. */
static const tb_learning_phase *next_phase(const tb_training *t)
{
    const tb_learning *l = tb_trainer_learning(t->trainer);
    int next = tb_trainer_phase(t->trainer) + 1;
    return next < l->phase_count ? &l->phase[next] : NULL;
}

static void begin_next(tb_training *t)
{
    tb_trainer_begin_phase(t->trainer, tb_trainer_phase(t->trainer) + 1);
    forget_phase(t);
}

void tb_training_follow_phases(tb_training *t)
{
    const tb_learning_phase *next = next_phase(t);
    int before = tb_trainer_phase(t->trainer);
    tb_trainer_follow_phases(t->trainer);
    if (tb_trainer_phase(t->trainer) > before) {
        tell_phase(t, "After %lld steps the", (long long)next->from);
    } else if (next && next->share > 0 && !t->progress.round.finishing &&
               tb_training_part(t) >= next->share) {
        begin_next(t);
        tell_phase(t, "With %.0f %% of it done the", 100 * next->share);
    }
    forget_phase(t);
}

bool tb_training_is_young(const tb_training *t)
{
    tb_trainer_place p = tb_trainer_where(t->trainer);
    return p.phase > 0 &&
           p.steps - p.phase_began[p.phase] <
               p.phase_began[p.phase] - p.phase_began[p.phase - 1];
}

/* ---- by metrics ---- */

static bool has_waited(const tb_training *t, const tb_learning_phase *phase)
{
    const tb_best *b = &t->progress.best[phase->metric];
    int64_t epochs = t->progress.epoch + 1 - b->epoch;
    return b->epoch > 0 && epochs >= phase->patience &&
           epochs * t->steps >= phase->patience_steps;
}

/* With an end that is known the phase begins at its share: while rates are high
   a metric wavers, and stands still long before the phase has given what it can
   give. */
static bool has_its_share(const tb_training *t, const tb_learning_phase *phase)
{
    return phase->share > 0 && (t->epochs || t->progress.round.seconds > 0);
}

void tb_training_follow_metrics(tb_training *t)
{
    const tb_learning *l = tb_trainer_learning(t->trainer);
    const tb_learning_phase *next = next_phase(t);
    if (!next || next->patience <= 0 || has_its_share(t, next) ||
        !has_waited(t, next))
        return;
    long long epoch = t->progress.best[next->metric].epoch;
    begin_next(t);
    tell_phase(t, "The %s has not been better since epoch %lld: the",
               l->metric[next->metric].title, epoch);
}

bool tb_training_begin_waiting(tb_training *t)
{
    const tb_learning_phase *next = next_phase(t);
    if (!next || next->patience <= 0)
        return false;
    begin_next(t);
    tell_phase(t, "Smaller steps do not help any more: the");
    return true;
}

/* ---- on command ---- */

/* The phase of this name, from the next step on. */
static tb_status begin(tb_training *t, const char *name, tb_error *error)
{
    const tb_learning *l = tb_trainer_learning(t->trainer);
    int i = tb_learning_find_phase(l, name, error);
    int now = tb_trainer_phase(t->trainer);
    if (i < 0)
        return TB_ERR_ARGUMENT;
    if (i <= now)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The phase %s has begun already: the training is in %s, "
                       "and only later ones can begin.",
                       name, l->phase[now].name);
    tb_trainer_begin_phase(t->trainer, i);
    forget_phase(t);
    tell_phase(t, "The");
    return TB_OK;
}

tb_status tb_training_begin_phase(tb_training *t, tb_error *error)
{
    return t->job->phase ? begin(t, t->job->phase, error) : TB_OK;
}

/* The request goes once it is on the disk that the phase has begun: a training
   that is killed in between finds it again, or a phase that has begun. */
tb_status tb_training_follow_request(tb_training *t, tb_error *error)
{
    tb_error why;
    const char *folder = tb_training_folder(t);
    char *name = tb_phase_request_read(folder);
    tb_status status = TB_OK;
    if (!name)
        return TB_OK;
    if (begin(t, name, &why)) {
        tb_training_note(t, "%s", why.text);
    } else {
        status = tb_training_save_resume(t, error);
        if (!status)
            status = tb_writer_wait(t->writer, error);
    }
    if (!status)
        tb_phase_request_remove(folder);
    tb_free(name);
    return status;
}
