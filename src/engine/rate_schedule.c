#include "engine/rate_schedule.h"

#include <math.h>
#include <stddef.h>

const char *const tb_schedule_names[] = {"constant",  "linear",  "cosine",
                                         "one-cycle", "plateau", NULL};

double tb_anneal(double start, double end, double part)
{
    return end + (start - end) / 2 * (1 + cos(acos(-1) * part));
}

static double one_cycle(const tb_rate_schedule *s, double step)
{
    double first = s->rate / s->div;
    double top = s->rise * (double)s->steps - 1, last = (double)s->steps - 1;
    if (step <= top)
        return tb_anneal(first, s->rate, top > 0 ? step / top : 1);
    double part = last > top ? (step - top) / (last - top) : 1;
    return tb_anneal(s->rate, first / s->end, part < 1 ? part : 1);
}

/* Its two phases over a share instead of whole steps. */
static double one_cycle_at(const tb_rate_schedule *s, double share)
{
    double first = s->rate / s->div;
    if (share <= s->rise)
        return tb_anneal(first, s->rate, s->rise > 0 ? share / s->rise : 1);
    return tb_anneal(s->rate, first / s->end,
                     (share - s->rise) / (1 - s->rise));
}

double tb_schedule_at(const tb_rate_schedule *s, double share)
{
    share = share > 0 ? share < 1 ? share : 1 : 0;
    switch (s->kind) {
    case TB_SCHEDULE_LINEAR:
        return s->rate * (1 + (s->final - 1) * share);
    case TB_SCHEDULE_COSINE:
        return tb_anneal(s->rate, s->rate * s->final, share);
    case TB_SCHEDULE_ONE_CYCLE:
        return one_cycle_at(s, share);
    default:
        return s->rate;
    }
}

double tb_schedule_rate(const tb_rate_schedule *s, int64_t step)
{
    if (s->kind == TB_SCHEDULE_ONE_CYCLE)
        return one_cycle(s, (double)step);
    return tb_schedule_at(s,
                          (double)step / (double)(s->steps > 0 ? s->steps : 1));
}
