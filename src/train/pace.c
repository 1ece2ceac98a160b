#include "train/pace.h"

#include "judge/yardstick.h"

#include <math.h>

/* ---- rounds ---- */

/* What is left of the rate at each fall: two of them make a tenth, as PyTorch's
   ReduceLROnPlateau does in one. */
static const double FALL = 0.3;

static double fallen(int64_t falls)
{
    double factor = 1;
    for (int64_t i = 0; i < falls && factor > 1e-9; i++)
        factor *= FALL;
    return factor;
}

static double share_of(double done, double all)
{
    double share = all > 0 ? done / all : 0;
    return share > 0 ? share < 1 ? share : 1 : 0;
}

/* How much of the round is over: of what ends first. */
static double part_of(const tb_round *r, int64_t done, int64_t all)
{
    return fmax(share_of(r->used, r->seconds),
                share_of((double)done, (double)all));
}

double tb_round_part(const tb_round *r, int64_t step, int64_t steps)
{
    return r->finishing ? part_of(r, step - r->first, r->last - r->first)
                        : part_of(r, step, steps);
}

/* Rates end where the schedule of the whole would have ended, or stay where
   they are when that is lower. */
static tb_rate_pace finishing(const tb_round *r, const tb_plateau *p,
                              const tb_rate_schedule *s, double part)
{
    double stood = tb_schedule_at(s, r->share);
    double end = stood > 0 ? s->rate * s->final / stood : r->from;
    double factor = tb_anneal(r->from, end < r->from ? end : r->from, part);
    return (tb_rate_pace){r->share, factor, factor / fallen(p->before)};
}

tb_rate_pace tb_round_pace(const tb_round *r, const tb_plateau *p,
                           const tb_rate_schedule *s, int64_t step,
                           int64_t steps)
{
    double part = tb_round_part(r, step, steps);
    if (r->finishing)
        return finishing(r, p, s, part);
    return (tb_rate_pace){r->seconds > 0 ? part : -1, fallen(p->falls),
                          fallen(p->falls - p->before)};
}

bool tb_round_is_over(const tb_round *r)
{
    return r->seconds > 0 && r->used >= r->seconds;
}

tb_round tb_round_finish(const tb_rate_pace *now, double seconds, int64_t more,
                         int64_t step, int64_t steps)
{
    bool by_steps = now->share < 0;
    return (tb_round){.seconds = seconds,
                      .finishing = 1,
                      .share = by_steps ? share_of((double)step, (double)steps)
                                        : now->share,
                      .from = now->factor,
                      .first = step,
                      .last = more > 0 ? step + more : 0};
}

/* ---- falls ---- */

/* What counts as better, as a part of the best: the rest is chance. */
static const double BETTER = 1e-3;

/* Checkpoints hold averages over about a thousand steps, and a fall is judged
   once these are full of it; epochs are few, so three at least. */
enum { STEPS_TO_WAIT = 2000, EPOCHS_TO_WAIT = 3 };

static int64_t patience(int64_t steps)
{
    int64_t epochs = steps > 0 ? (STEPS_TO_WAIT + steps - 1) / steps : 0;
    return epochs > EPOCHS_TO_WAIT ? epochs : EPOCHS_TO_WAIT;
}

static bool is_better(const tb_plateau *p, const tb_metric *m, double x)
{
    double step = BETTER * fabs(p->best);
    double least =
        m->better == TB_HIGHER_IS_BETTER ? p->best + step : p->best - step;
    return tb_metric_is_better(m, x, p->best_epoch ? least : NAN);
}

tb_plateau_turn tb_plateau_follow(tb_plateau *p, const tb_metric *metric,
                                  double x, int64_t epoch, int64_t steps)
{
    if (!isfinite(x) || metric->better == TB_NEITHER_IS_BETTER || p->ended)
        return TB_PLATEAU_WAITS;
    if (is_better(p, metric, x)) {
        p->best = x;
        p->best_epoch = epoch;
    }
    int64_t since = p->best_epoch > p->fell ? p->best_epoch : p->fell;
    if (epoch - since < patience(steps))
        return TB_PLATEAU_WAITS;
    p->ended = p->falls > 0 && p->best_epoch <= p->fell;
    if (p->ended)
        return TB_PLATEAU_ENDS;
    p->falls++;
    p->fell = epoch;
    return TB_PLATEAU_FALLS;
}

void tb_plateau_restart(tb_plateau *p, int64_t epoch)
{
    p->best_epoch = 0;
    p->fell = epoch;
    p->ended = 0;
}

void tb_plateau_begin_phase(tb_plateau *p, int64_t epoch)
{
    p->before = p->falls;
    tb_plateau_restart(p, epoch);
}
