#include "train/budget_state.h"

#include "train/estimate.h"

/* An open-ended training is planned as one that hears everything so often:
   about then it stops getting better by itself. */
enum { OPEN_HEARINGS = 10 };

/* Of a step, above which those of later phases are not measured. */
static const double SLOW_STEP = 2;

static double budget_seconds(const tb_job *job)
{
    return job->settings.minutes * 60 * TB_BUDGET_FOR_LEARNING / 100;
}

/* The second phase has its share of the time; its steps take longer. */
static tb_status expect_epochs(const tb_job *job, tb_estimate *e, tb_outlook *o,
                               tb_error *error)
{
    const tb_learning *l = tb_trainer_learning(e->trainer);
    double seconds = budget_seconds(job);
    double share = l->phase_count > 1 ? l->phase[1].share : 0;
    tb_status status = TB_OK;
    o->epochs = e->epoch_seconds > 0 ? seconds / e->epoch_seconds : 0;
    o->slow = share > 0 && e->step_seconds > SLOW_STEP;
    if (share <= 0 || seconds <= 0 || o->slow)
        return TB_OK;
    status = tb_estimate_phases(job, e, error);
    double later =
        e->epoch_seconds +
        (double)e->data.steps * (e->phase_seconds[1] - e->step_seconds);
    if (!status && later > 0)
        o->epochs = share * o->epochs + (1 - share) * seconds / later;
    return status;
}

tb_status tb_budget_look(const tb_job *job, tb_outlook *o, tb_error *error)
{
    tb_estimate e;
    tb_status status = tb_estimate_make(job, &e, error);
    if (!status) {
        o->material = (e.data.seconds - e.data.test_seconds) / 3600;
        o->epoch_seconds = e.epoch_seconds;
        o->step_seconds = e.step_seconds;
        o->steps = e.data.steps;
        status = expect_epochs(job, &e, o, error);
    }
    tb_estimate_clear(&e);
    return status;
}

tb_status tb_budget_look_at_sounds(const tb_job *job, tb_outlook *o,
                                   tb_error *error)
{
    tb_corpus *corpus;
    const tb_training_settings *s = &job->settings;
    tb_status status = tb_corpus_find((const char *const *)job->paths,
                                      job->path_count, &corpus, error);
    o->epochs = s->epochs > 0 ? s->epochs : OPEN_HEARINGS;
    for (int i = 0; !status && i < corpus->count; i++)
        o->material += tb_corpus_file_seconds(&corpus->files[i]) / 3600;
    if (!status)
        tb_corpus_free(corpus);
    return status;
}
