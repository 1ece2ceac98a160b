#include "generate/balance.h"

#include <math.h>

static tb_status add(tb_ramp *weight, int member, double time, double place,
                     tb_error *error)
{
    double off = fabs(place - member);
    if (weight->count == TB_RAMP_MAX)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The balance moves past too many checkpoints: give it "
                       "fewer points.");
    weight->time[weight->count] = time;
    weight->value[weight->count++] = off < 1 ? 1 - off : 0;
    return TB_OK;
}

/* The whole numbers that are passed between points i and i + 1: there weights
   bend. */
static tb_status pass(const tb_ramp *balance, int i, int member,
                      tb_ramp *weight, tb_error *error)
{
    double from = balance->value[i], to = balance->value[i + 1];
    double start = balance->time[i], span = balance->time[i + 1] - start;
    double step = to > from ? 1 : -1;
    double next = to > from ? floor(from) + 1 : ceil(from) - 1;
    tb_status status = TB_OK;
    for (; (to - next) * step > 0 && !status; next += step)
        status = add(weight, member, start + span * (next - from) / (to - from),
                     next, error);
    return status;
}

tb_status tb_balance_weight(const tb_ramp *balance, int member, tb_ramp *weight,
                            tb_error *error)
{
    tb_status status = TB_OK;
    *weight = (tb_ramp){.relative = balance->relative};
    for (int i = 0; i < balance->count && !status; i++) {
        status =
            add(weight, member, balance->time[i], balance->value[i], error);
        if (!status && i + 1 < balance->count)
            status = pass(balance, i, member, weight, error);
    }
    return status;
}
