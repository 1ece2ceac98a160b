/* What a training was given, how much of it is used, and the rates that follow
   from that. */
#include "train/training_state.h"

#include "base/clock.h"

#include <math.h>

/* Steps after which their time is known. */
enum { STEPS_TO_KNOW = 3 };

double tb_training_now(const tb_training *t)
{
    return t->watch && t->watch->seconds ? t->watch->seconds(t->watch->context)
                                         : tb_seconds();
}

/* Of all epochs; 0: nobody knows how many. */
static int64_t all_steps(const tb_training *t)
{
    return t->epochs * t->steps;
}

static tb_round round_now(const tb_training *t)
{
    tb_round round = t->progress.round;
    round.used = t->used + tb_training_now(t) - t->started;
    return round;
}

static tb_rate_pace pace_now(const tb_training *t)
{
    const tb_round round = round_now(t);
    const tb_rate_schedule schedule =
        tb_training_schedule(&t->job->settings, all_steps(t));
    return tb_round_pace(&round, &t->progress.plateau, &schedule,
                         tb_trainer_steps(t->trainer), all_steps(t));
}

void tb_training_set_pace(tb_training *t)
{
    tb_rate_pace pace = pace_now(t);
    tb_trainer_set_pace(t->trainer, pace);
}

void tb_training_count(tb_training *t)
{
    t->progress.round = round_now(t);
}

/* ---- beginning ---- */

static void begin_finish(tb_training *t)
{
    const tb_job *job = t->job;
    tb_progress *p = &t->progress;
    tb_rate_pace pace = pace_now(t);
    int64_t more = job->finish_epochs * t->steps - p->step;
    p->round = tb_round_finish(&pace, job->settings.minutes * 60,
                               job->finish_epochs > 0 ? more : 0,
                               tb_trainer_steps(t->trainer), all_steps(t));
    t->epochs = job->finish_epochs > 0 ? p->epoch + job->finish_epochs : 0;
}

/* A run that lost its resume.safetensors has its time anew. */
void tb_training_begin_round(tb_training *t)
{
    const tb_job *job = t->job;
    tb_progress *p = &t->progress;
    t->used = p->round.used;
    t->started = tb_training_now(t);
    if (job->resume && !job->anew && !job->finish && p->steps_per_epoch > 0)
        return;
    if (job->finish)
        begin_finish(t);
    else
        p->round = (tb_round){.seconds = job->settings.minutes * 60};
    tb_plateau_restart(&p->plateau, p->epoch);
    t->used = 0;
}

double tb_training_part(const tb_training *t)
{
    const tb_round round = round_now(t);
    return tb_round_part(&round, tb_trainer_steps(t->trainer), all_steps(t));
}

/* ---- ends ---- */

/* A step is made whatever the time. */
bool tb_training_is_time_over(const tb_training *t)
{
    const tb_round round = round_now(t);
    return tb_round_is_over(&round) && (t->steps_here > 0 || t->used > 0);
}

/* What has an end goes on until then. */
bool tb_training_helps_no_more(const tb_training *t)
{
    const tb_progress *p = &t->progress;
    return p->plateau.ended && !t->epochs && p->round.seconds <= 0;
}

bool tb_training_is_done(const tb_training *t)
{
    return (t->epochs && t->progress.epoch >= t->epochs) ||
           tb_training_helps_no_more(t) ||
           (tb_round_is_over(&t->progress.round) && t->steps_here == 0);
}

double tb_training_seconds_left(const tb_training *t)
{
    const tb_round round = round_now(t);
    double gone = tb_training_now(t) - t->started, left = NAN;
    if (t->steps_here >= STEPS_TO_KNOW && t->epochs) {
        int64_t steps =
            all_steps(t) - (t->progress.epoch * t->steps + t->progress.step);
        left = (double)steps * gone / (double)t->steps_here;
    }
    if (round.seconds > 0 && !(left <= round.seconds - round.used))
        left = fmax(round.seconds - round.used, 0);
    return left;
}

/* ---- falling ---- */

void tb_training_follow_plateau(tb_training *t, double x)
{
    tb_progress *p = &t->progress;
    const tb_training_settings *s = &t->job->settings;
    const tb_metric *m = &tb_trainer_learning(t->trainer)->metric[0];
    if (s->schedule != TB_SCHEDULE_PLATEAU || p->round.finishing ||
        tb_training_is_young(t))
        return;
    tb_plateau_turn turn =
        tb_plateau_follow(&p->plateau, m, x, p->epoch + 1, t->steps);
    if (turn == TB_PLATEAU_FALLS)
        tb_training_note(t,
                         "The %s has hardly got better since epoch %lld: it "
                         "learns in smaller steps from now on, rate %.2g.",
                         m->title, (long long)p->plateau.best_epoch,
                         s->learning_rate * pace_now(t).factor);
    if (turn != TB_PLATEAU_ENDS || tb_training_begin_waiting(t))
        return;
    tb_training_note(t,
                     "Smaller steps have not helped: the %s has hardly got "
                     "better since epoch %lld.",
                     m->title, (long long)p->plateau.best_epoch);
}
