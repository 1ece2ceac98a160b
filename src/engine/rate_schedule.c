#include "engine/rate_schedule.h"

#include <math.h>
#include <stddef.h>

const char *const tb_schedule_names[] = {"constant", "linear", "cosine",
                                         "one-cycle", NULL};

/* From `start` to `end` along half a cosine. */
static double anneal(double start, double end, double part)
{
    return end + (start - end) / 2 * (1 + cos(acos(-1) * part));
}

static double one_cycle(const tb_rate_schedule *s, double step)
{
    double first = s->rate / s->div;
    double top = s->rise * (double)s->steps - 1, last = (double)s->steps - 1;
    if (step <= top)
        return anneal(first, s->rate, top > 0 ? step / top : 1);
    double part = last > top ? (step - top) / (last - top) : 1;
    return anneal(s->rate, first / s->end, part < 1 ? part : 1);
}

double tb_schedule_rate(const tb_rate_schedule *s, int64_t step)
{
    double part = (double)step / (double)(s->steps > 0 ? s->steps : 1);
    part = part < 1 ? part : 1;
    switch (s->kind) {
    case TB_SCHEDULE_LINEAR:
        return s->rate * (1 + (s->final - 1) * part);
    case TB_SCHEDULE_COSINE:
        return anneal(s->rate, s->rate * s->final, part);
    case TB_SCHEDULE_ONE_CYCLE:
        return one_cycle(s, (double)step);
    default:
        return s->rate;
    }
}
