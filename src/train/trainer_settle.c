/* What became of a step: its numbers are looked at when the next one begins. A
   step with a loss or a gradient that is not finite has moved no weight (the
   optimisers look at the same numbers); the rest is taken back here, and the
   node that is to blame is found by running it once more. */
#include "base/memory.h"
#include "train/trainer_state.h"

#include <math.h>

/* ---- the block of numbers ---- */

static size_t bytes_of(const tb_trainer *t)
{
    return TB_MOST_GROUPS * sizeof(double) +
           (size_t)t->micro * (TB_MOST_OBJECTIVES + TB_MOST_METRICS) *
               sizeof(float);
}

/* False where there is no block. */
static bool lay_out(const tb_trainer *t, tb_measured *m, void *block)
{
    m->norm = block;
    m->bytes = bytes_of(t);
    if (!block)
        return false;
    m->loss = (float *)(m->norm + TB_MOST_GROUPS);
    m->metric = m->loss + t->micro * TB_MOST_OBJECTIVES;
    return true;
}

tb_status tb_trainer_open_measured(tb_trainer *t, tb_error *error)
{
    bool good = lay_out(t, &t->there, t->storage->alloc(bytes_of(t)));
    good = lay_out(t, &t->here, tb_alloc(bytes_of(t))) && good;
    return good ? TB_OK : tb_fail_memory(error);
}

static void keep(tb_trainer *t, float *to, const tb_planned *p,
                 const tb_value *value)
{
    const tb_tensor *from = tb_plan_value(p->plan, value);
    if (from)
        t->storage->move(to, from->data, sizeof *to);
}

void tb_trainer_keep_measured(tb_trainer *t, int objective, int micro)
{
    const tb_planned *p = &t->learning[objective];
    if (p->objective->loss)
        keep(t, &t->there.loss[micro * TB_MOST_OBJECTIVES + objective], p,
             p->objective->loss);
    for (int i = 0; i < t->learn.metric_count; i++) {
        const tb_value *value = tb_metric_value(&t->learn.metric[i], objective);
        if (value)
            keep(t, &t->there.metric[micro * TB_MOST_METRICS + i], p, value);
    }
}

tb_step_guard tb_trainer_guard(const tb_trainer *t)
{
    return (tb_step_guard){t->there.loss, t->micro * TB_MOST_OBJECTIVES,
                           t->there.norm, TB_MOST_GROUPS};
}

/* ---- what they say ---- */

const tb_value *tb_metric_value(const tb_metric *m, int objective)
{
    if (m->objective == objective)
        return m->value;
    return m->later == objective ? m->later_value : NULL;
}

static bool is_measured(const tb_metric *m, unsigned turn)
{
    return turn >> m->objective & 1 || (m->later_value && turn >> m->later & 1);
}

double tb_metric_scaled(const tb_metric *m, double x)
{
    return m->scale != 0 ? x * m->scale : x;
}

/* What the guard of the step saw; null: all is finite. */
static const char *not_finite(const tb_trainer *t)
{
    const char *what = NULL;
    for (int g = 0; g < TB_MOST_GROUPS; g++)
        if (!isfinite(t->here.norm[g]))
            what = "gradient";
    for (int i = 0; i < t->micro * TB_MOST_OBJECTIVES; i++)
        if (!isfinite(t->here.loss[i]))
            what = "loss";
    return what;
}

static double mean_of(const tb_trainer *t, int metric)
{
    double mean = 0;
    for (int m = 0; m < t->micro; m++)
        mean += tb_metric_scaled(&t->learn.metric[metric],
                                 t->here.metric[m * TB_MOST_METRICS + metric]) /
                t->micro;
    return mean;
}

static tb_step_report empty_report(void)
{
    tb_step_report r = {.group = -1, .norm = NAN, .rate = NAN};
    for (int i = 0; i < TB_MOST_METRICS; i++)
        r.metric[i] = NAN;
    return r;
}

static tb_step_report report_of(const tb_trainer *t)
{
    const tb_begun_step *p = &t->pending;
    tb_step_report r = empty_report();
    r.step = t->steps;
    for (int i = 0; i < t->learn.metric_count; i++)
        if (is_measured(&t->learn.metric[i], p->turn))
            r.metric[i] = mean_of(t, i);
    for (int g = t->learn.group_count - 1; g >= 0; g--)
        if (p->moves[g]) {
            r.group = g;
            r.norm = t->here.norm[g];
            r.rate = p->rate[g];
        }
    return r;
}

/* ---- taking a step back ---- */

void tb_trainer_restore(tb_trainer *t)
{
    for (int o = 0; o < t->learn.objective_count; o++)
        tb_planned_restore(&t->learning[o], t->storage, t->micro);
}

/* Phases that somebody began meanwhile begin with the step that is made in its
   place. */
static void take_back_counts(tb_trainer *t)
{
    t->steps--;
    for (int p = 0; p < TB_MOST_PHASES; p++)
        if (t->began[p] > t->steps)
            t->began[p] = t->steps;
    for (int g = 0; g < t->learn.group_count; g++)
        if (t->pending.moves[g])
            tb_optimiser_set_steps(t->moved[g].optimiser,
                                   tb_optimiser_steps(t->moved[g].optimiser) -
                                       1);
}

/* Runs the step once more on what it was given, with a look at every node. */
static tb_status name_the_node(tb_trainer *t, const char *what, tb_error *error)
{
    unsigned turn = t->pending.turn;
    unsigned needed = tb_trainer_needed(&t->learn, turn);
    tb_status status = TB_OK;
    for (int m = 0; m < t->micro; m++)
        for (int o = 0; o < t->learn.objective_count && !status; o++)
            if (needed >> o & 1)
                status = tb_trainer_run(t, turn, o, m, true, error);
    if (status)
        return status;
    return tb_fail(error, TB_ERR_NUMERIC,
                   "The %s of step %lld is not a number.", what,
                   (long long)t->steps + 1);
}

static tb_status take_back(tb_trainer *t, const char *what, tb_error *error)
{
    take_back_counts(t);
    tb_trainer_undo_buffers(t);
    tb_trainer_restore(t);
    tb_status status = name_the_node(t, what, error);
    tb_trainer_restore(t);
    tb_trainer_undo_hooks(t);
    return status;
}

tb_status tb_trainer_settle(tb_trainer *t, tb_step_report *report,
                            tb_error *error)
{
    *report = empty_report();
    if (!t->pending.is)
        return TB_OK;
    t->pending.is = false;
    t->storage->read(t->here.norm, t->there.norm, t->there.bytes);
    const char *what = not_finite(t);
    if (what)
        return take_back(t, what, error);
    tb_trainer_forget_unhooked(t);
    *report = report_of(t);
    return TB_OK;
}
