/* What a training notices of itself: measures that say that something is wrong,
   and whether more time would help. */
#include "train/training_state.h"

#include <math.h>

static double now_of(const tb_training *t, int metric)
{
    const tb_running_sum *s = &t->progress.epoch_sum[metric];
    return s->count > 0 ? s->sum / (double)s->count : NAN;
}

void tb_training_notice(tb_training *t)
{
    const tb_learning *l = tb_trainer_learning(t->trainer);
    for (int i = 0; i < l->metric_count; i++) {
        const tb_metric *m = &l->metric[i];
        if (!m->below || t->noticed >> i & 1 || !(now_of(t, i) < m->least))
            continue;
        t->noticed |= 1u << i;
        tb_training_note(t, "%s", m->below);
    }
}

/* Epochs of the phase in which the measure is compared. */
static int64_t epochs_of_phase(const tb_training *t)
{
    tb_trainer_place p = tb_trainer_where(t->trainer);
    return (p.steps - p.phase_began[p.phase]) / (t->steps > 0 ? t->steps : 1);
}

/* What is better than that by which the training goes. */
static void tell_ahead(tb_training *t, const tb_metric *all, int i)
{
    const tb_metric *m = &all[i];
    double margin = m->better == TB_LOWER_IS_BETTER ? 1.05 : 0.95;
    if (m->ahead && isfinite(t->tested[i]) && isfinite(t->tested[0]) &&
        tb_metric_is_better(m, margin * t->tested[i], t->tested[0]))
        tb_training_note(t, "%s (%.3g and %.3g.)", m->ahead, t->tested[i],
                         t->tested[0]);
}

/* Better in the last tenth of the phase is better still. */
void tb_training_tell_prospects(tb_training *t)
{
    const tb_learning *l = tb_trainer_learning(t->trainer);
    const tb_best *b = &t->progress.best[0];
    tb_trainer_place p = tb_trainer_where(t->trainer);
    int64_t epoch = t->progress.epoch, last = epochs_of_phase(t) / 10 + 1;
    for (int i = 1; i < l->metric_count; i++)
        tell_ahead(t, l->metric, i);
    if (l->phase_count < 2)
        return;
    if (tb_training_is_young(t))
        tb_training_note(
            t,
            "The phase %s has lasted %lld steps, the one before it %lld: it "
            "wants as many at least. Go on if you can.",
            l->phase[p.phase].name,
            (long long)(p.steps - p.phase_began[p.phase]),
            (long long)(p.phase_began[p.phase] - p.phase_began[p.phase - 1]));
    else if (b->epoch && epoch - b->epoch < last)
        tb_training_note(t,
                         "The %s was still getting better: more time will "
                         "help.",
                         l->metric[0].title);
    else if (b->epoch)
        tb_training_note(t,
                         "The %s has not got better since epoch %lld: more "
                         "time of the same kind will help little.",
                         l->metric[0].title, (long long)b->epoch);
}
