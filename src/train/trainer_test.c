/* What a program has learned, measured on other sound. */
#include "train/trainer_state.h"

#include <math.h>

static void run_tests(tb_trainer *t, const bool *reset)
{
    for (int o = 0; o < t->test.objective_count; o++) {
        tb_planned *p = &t->testing[o];
        if (!p->plan)
            continue;
        tb_planned_carry_in(p, t->storage, 0, reset);
        tb_trainer_write_inputs(t, true, p, 0);
        tb_plan_run(p->plan, t->settings.seed, t->pool);
        tb_planned_carry_out(p, t->storage, 0);
    }
}

static double tested(const tb_trainer *t, const tb_metric *m,
                     const tb_value *value)
{
    const tb_plan *plan = t->testing[m->objective].plan;
    return plan && value
               ? tb_metric_scaled(
                     m, tb_trainer_look(t, tb_plan_value(plan, value)))
               : NAN;
}

tb_status tb_trainer_test(tb_trainer *t, const tb_batch *batch,
                          double metric[TB_MOST_METRICS],
                          double yard[TB_MOST_METRICS], tb_error *error)
{
    tb_trainer_give(t, true, batch);
    run_tests(t, batch->reset);
    for (int i = 0; i < TB_MOST_METRICS; i++) {
        const tb_metric *m = &t->test.metric[i];
        bool is_tested = i < t->test.metric_count && m->tested;
        metric[i] = is_tested ? tested(t, m, m->value) : NAN;
        yard[i] = is_tested ? tested(t, m, m->yard) : NAN;
        if (is_tested && !isfinite(metric[i]))
            return tb_fail(error, TB_ERR_NUMERIC,
                           "The %s on the held-out sounds is not a number.",
                           m->name);
    }
    return TB_OK;
}
