/* What a training measures: over its steps, and on held-out sound. */
#include "train/training_state.h"

#include <math.h>

void tb_training_add(tb_running_sum *s, double x)
{
    if (!isfinite(x))
        return;
    s->sum += x;
    s->count++;
}

double tb_training_average(const tb_training *t, int metric)
{
    const tb_running_sum *s = &t->progress.epoch_sum[metric];
    return s->count > 0 ? s->sum / (double)s->count : NAN;
}

static const tb_metric *first_metric(const tb_training *t)
{
    return &tb_trainer_learning(t->trainer)->metric[0];
}

/* One batch of held-out sound, into the sums. */
static tb_status test_step(tb_training *t, tb_running_sum *sums,
                           tb_running_sum *yard, tb_error *error)
{
    double metric[TB_MOST_METRICS], beside[TB_MOST_METRICS];
    tb_batch batch;
    tb_status status = tb_training_next_batch(t, t->data.test_tracks,
                                              t->test_frames, &batch, error);
    if (!status)
        status = tb_trainer_test(t->trainer, &batch, metric, beside, error);
    for (int i = 0; i < TB_MOST_METRICS && !status; i++)
        tb_training_add(&sums[i], metric[i]);
    if (!status)
        tb_training_add(yard, beside[0]);
    return status;
}

tb_status tb_training_test(tb_training *t, tb_error *error)
{
    tb_running_sum sums[TB_MOST_METRICS] = {{0, 0}}, yard = {0, 0};
    for (int i = 0; i < TB_MOST_METRICS; i++)
        t->tested[i] = NAN;
    if (!t->data.test_tracks[0])
        return TB_OK;
    int64_t steps = tb_tracks_chosen(t->data.test_tracks[0])->steps;
    tb_status status =
        tb_data_seek(&t->data, true, (tb_tracks_place){0, 0}, error);
    tb_trainer_use_average(t->trainer, true);
    for (int64_t i = 0; i < steps && !status; i++)
        status = test_step(t, sums, &yard, error);
    tb_trainer_use_average(t->trainer, false);
    for (int i = 0; i < TB_MOST_METRICS; i++)
        if (sums[i].count > 0)
            t->tested[i] = sums[i].sum / (double)sums[i].count;
    if (yard.count > 0)
        t->yard.level[TB_YARD_ZERO] = yard.sum / (double)yard.count;
    return status;
}

double tb_training_measured(const tb_training *t, int metric)
{
    bool tested = t->data.test_tracks[0] &&
                  tb_trainer_learning(t->trainer)->metric[metric].tested;
    return tested ? t->tested[metric] : tb_training_average(t, metric);
}

void tb_training_note_learned(tb_training *t)
{
    double x =
        isfinite(t->tested[0]) ? t->tested[0] : tb_training_average(t, 0);
    t->learned =
        isfinite(x) ? tb_yard_learned(first_metric(t), x, &t->yard) : NAN;
    t->known = isfinite(t->learned) ? t->learned : t->known;
    t->measured = isfinite(x) ? x : t->measured;
}

void tb_training_judge(tb_training *t)
{
    tb_progress *p = &t->progress;
    const tb_learning *l = tb_trainer_learning(t->trainer);
    tb_training_note_learned(t);
    for (int i = 0; i < l->metric_count; i++) {
        tb_best *b = &p->best[i];
        double x = tb_training_measured(t, i);
        if (tb_metric_is_better(&l->metric[i], x, b->epoch ? b->value : NAN))
            *b = (tb_best){x, p->epoch + 1};
    }
}
