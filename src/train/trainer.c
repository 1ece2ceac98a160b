/* Steps of a learning program. */
#include "train/trainer.h"

#include "base/memory.h"
#include "base/random.h"
#include "engine/source.h"
#include "train/trainer_state.h"

#include <math.h>
#include <string.h>

/* ---- what runs ---- */

bool tb_objective_needs(const tb_objective *o, int other)
{
    for (int i = 0; i < o->input_count; i++)
        if (o->input[i].kind == TB_INPUT_OUTPUT && o->input[i].index == other)
            return true;
    return false;
}

unsigned tb_trainer_needed(const tb_learning *l, unsigned mask)
{
    for (int o = l->objective_count - 1; o >= 0; o--)
        for (int k = 0; k < o; k++)
            if (mask >> o & 1 && tb_objective_needs(&l->objective[o], k))
                mask |= 1u << k;
    return mask;
}

tb_planned *tb_trainer_planned(tb_trainer *t, unsigned turn, int objective)
{
    bool whole = turn >> objective & 1 || !t->giving[objective].plan;
    return whole ? &t->learning[objective] : &t->giving[objective];
}

/* ---- one run ---- */

/* `rows` of the batch from the first of a micro-batch on. */
static void write_feed(const tb_trainer *t, const tb_learning *l,
                       const tb_planned *p, const tb_tensor *to, int feed,
                       const tb_batch *batch, int micro)
{
    const tb_feed *f = &l->feed[feed];
    int64_t row = (f->context + f->window) * t->channels;
    tb_tensor_write_sound(to,
                          batch->frames[feed] + (int64_t)micro * p->rows * row);
}

/* What other objectives make is where they make it. */
static void write_inputs(const tb_trainer *t, const tb_learning *l,
                         const tb_planned *p, const tb_batch *batch, int micro)
{
    for (int i = 0; i < p->objective->input_count; i++) {
        const tb_learning_input *in = &p->objective->input[i];
        const tb_tensor *to = in->kind == TB_INPUT_OUTPUT
                                  ? NULL
                                  : tb_plan_tensor(p->plan, in->value);
        if (to && in->kind == TB_INPUT_FEED)
            write_feed(t, l, p, to, in->index, batch, micro);
        if (to && in->kind == TB_INPUT_NUMBER)
            tb_tensor_write_number(to,
                                   tb_trainer_number(t, &l->number[in->index]));
    }
}

uint64_t tb_trainer_seed(const tb_trainer *t, int graph)
{
    tb_rng rng = {t->settings.seed, (uint64_t)t->steps};
    uint64_t seed = tb_rng_next(&rng);
    for (int i = 0; i < graph; i++)
        seed = tb_rng_next(&rng);
    return seed;
}

/* Objectives over one graph draw the same. */
static int graph_of(const tb_learning *l, int objective)
{
    int first = 0;
    while (l->objective[first].graph != l->objective[objective].graph)
        first++;
    return first;
}

tb_status tb_trainer_run(tb_trainer *t, const tb_batch *batch, unsigned turn,
                         int objective, int micro, bool checked,
                         tb_error *error)
{
    tb_planned *p = tb_trainer_planned(t, turn, objective);
    uint64_t seed = tb_trainer_seed(t, graph_of(&t->learn, objective));
    tb_status status = TB_OK;
    tb_planned_carry_in(p, micro,
                        batch->reset ? batch->reset + micro * p->rows : NULL);
    write_inputs(t, &t->learn, p, batch, micro);
    tb_plan_number_rows(p->plan, (uint32_t)(micro * p->rows));
    if (checked)
        status = tb_plan_run_checked(p->plan, seed, t->pool, error);
    else
        tb_plan_run(p->plan, seed, t->pool);
    tb_planned_carry_out(p, micro);
    return status;
}

/* ---- results ---- */

static double scaled(const tb_metric *m, double x)
{
    return m->scale != 0 ? x * m->scale : x;
}

static void add_metrics(const tb_trainer *t, unsigned turn, double *metric)
{
    for (int i = 0; i < t->learn.metric_count; i++) {
        const tb_metric *m = &t->learn.metric[i];
        if (turn >> m->objective & 1)
            metric[i] +=
                scaled(m, tb_tensor_number(tb_plan_tensor(
                              t->learning[m->objective].plan, m->value))) /
                t->micro;
    }
}

/* The gradients of one run into the sum of the step. */
static void add_gradients(tb_trainer *t, int objective)
{
    for (int i = 0; t->summed && i < tb_params_count(t->params); i++) {
        const tb_parameter *p = tb_params_at(t->params, i);
        if (!(t->moved_by[i] >> objective & 1))
            continue;
        for (int64_t k = p->offset; k < p->offset + p->n; k++)
            t->summed[k] += t->gradients[k] / (float)t->micro;
    }
}

/* ---- what is not a number ---- */

void tb_trainer_restore(tb_trainer *t)
{
    for (int o = 0; o < t->learn.objective_count; o++)
        tb_planned_restore(&t->learning[o], t->micro);
}

/* Runs the step once more, with a look at every node. */
static tb_status name_the_node(tb_trainer *t, const tb_batch *batch,
                               unsigned turn, const char *what, tb_error *error)
{
    unsigned needed = tb_trainer_needed(&t->learn, turn);
    tb_status status = TB_OK;
    tb_trainer_restore(t);
    for (int m = 0; m < t->micro; m++)
        for (int o = 0; o < t->learn.objective_count && !status; o++)
            if (needed >> o & 1)
                status = tb_trainer_run(t, batch, turn, o, m, true, error);
    if (status)
        return status;
    return tb_fail(error, TB_ERR_NUMERIC,
                   "The %s of step %lld is not a number.", what,
                   (long long)t->steps + 1);
}

/* ---- a step ---- */

/* One micro-batch of all that has its turn; the loss of each is looked at. */
static tb_status run_micro(tb_trainer *t, const tb_batch *batch, unsigned turn,
                           int micro, tb_error *error)
{
    unsigned needed = tb_trainer_needed(&t->learn, turn);
    for (int o = 0; o < t->learn.objective_count; o++) {
        const tb_planned *p = &t->learning[o];
        if (!(needed >> o & 1))
            continue;
        tb_trainer_run(t, batch, turn, o, micro, false, error);
        if (!(turn >> o & 1))
            continue;
        if (p->objective->loss && !isfinite(tb_tensor_number(tb_plan_tensor(
                                      p->plan, p->objective->loss))))
            return name_the_node(t, batch, turn, "loss", error);
        add_gradients(t, o);
    }
    return TB_OK;
}

static float *gradients_of(tb_trainer *t)
{
    return t->summed ? t->summed : t->gradients;
}

/* Chooses the ranges that have a gradient now; false if there are none. */
static bool choose(tb_moved *m, unsigned turn)
{
    bool any = false;
    for (int i = 0; i < m->count; i++)
        any |= m->chosen[i] = (m->ranges[i].objectives & turn) != 0;
    return any;
}

static void touch(tb_trainer *t, const tb_moved *m)
{
    for (int i = 0; i < m->count; i++)
        for (int k = 0; m->chosen[i] && k < m->ranges[i].count; k++)
            tb_params_touch_at(t->params, m->ranges[i].first + k);
}

/* Looks at all norms before anything changes. */
static tb_status find_norms(tb_trainer *t, const tb_batch *batch, unsigned turn,
                            bool *moves, double *norm, tb_error *error)
{
    for (int g = 0; g < t->learn.group_count; g++) {
        tb_moved *m = &t->moved[g];
        moves[g] = choose(m, turn);
        if (!moves[g])
            continue;
        norm[g] = tb_optimiser_norm(m->optimiser, gradients_of(t), m->chosen,
                                    t->pool);
        if (!isfinite(norm[g]))
            return name_the_node(t, batch, turn, "gradient", error);
    }
    return TB_OK;
}

static tb_status move_groups(tb_trainer *t, const tb_batch *batch,
                             unsigned turn, tb_step_report *report,
                             tb_error *error)
{
    double norm[TB_MOST_GROUPS];
    bool moves[TB_MOST_GROUPS];
    tb_status status = find_norms(t, batch, turn, moves, norm, error);
    for (int g = t->learn.group_count - 1; g >= 0 && !status; g--) {
        tb_moved *m = &t->moved[g];
        if (!moves[g])
            continue;
        report->norm = norm[g];
        report->rate = tb_schedule_rate(&m->group->rate, t->steps);
        tb_optimiser_step(m->optimiser, tb_params_data(t->params),
                          gradients_of(t), m->chosen, norm[g], report->rate,
                          t->pool);
        touch(t, m);
    }
    return status;
}

/* What a phase freezes is used as it is from now on, and so its average is what
   it is. */
static void settle_averages(tb_trainer *t)
{
    unsigned mask = tb_phase_objectives(&t->learn.phase[t->phase]);
    if (t->steps != t->began[t->phase])
        return;
    for (int g = 0; g < t->learn.group_count; g++) {
        tb_moved *m = &t->moved[g];
        for (int i = 0; i < m->count; i++)
            m->chosen[i] = (m->ranges[i].objectives & mask) == 0;
        tb_optimiser_start_average(m->optimiser, tb_params_data(t->params),
                                   m->chosen);
    }
}

static void begin_step(tb_trainer *t, tb_step_report *report, unsigned turn)
{
    for (int i = 0; i < TB_MOST_METRICS; i++) {
        bool measured = i < t->learn.metric_count &&
                        turn >> t->learn.metric[i].objective & 1;
        report->metric[i] = measured ? 0 : NAN;
    }
    report->norm = report->rate = NAN;
    if (t->summed)
        memset(t->summed, 0,
               (size_t)tb_params_total(t->params) * sizeof *t->summed);
    for (int64_t i = 0;
         t->statistics && i < t->statistic_at[t->learn.statistic_count]; i++)
        t->statistics[i] = 0;
}

static tb_status run_step(tb_trainer *t, const tb_batch *batch, unsigned turn,
                          tb_step_report *report, tb_error *error)
{
    tb_status status = tb_trainer_run_hooks(t, batch, error);
    begin_step(t, report, turn);
    for (int m = 0; m < t->micro && !status; m++) {
        status = run_micro(t, batch, turn, m, error);
        add_metrics(t, turn, report->metric);
        tb_trainer_add_statistics(t, turn);
    }
    return status ? status : move_groups(t, batch, turn, report, error);
}

tb_status tb_trainer_step(tb_trainer *t, const tb_batch *batch,
                          tb_step_report *report, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    for (int o = 0; o < t->learn.objective_count; o++)
        tb_planned_keep(&t->learning[o], t->micro);
    tb_trainer_follow_phases(t);
    settle_averages(t);
    unsigned turn = tb_trainer_turns(t);
    tb_status status = run_step(t, batch, turn, report, error);
    if (status) {
        tb_trainer_restore(t);
        tb_trainer_undo_hooks(t);
        return status;
    }
    tb_trainer_update_buffers(t, turn);
    t->steps++;
    return TB_OK;
}

/* ---- tests ---- */

static void run_tests(tb_trainer *t, const tb_batch *batch)
{
    const tb_learning *l = &t->test;
    for (int o = 0; o < l->objective_count; o++) {
        tb_planned *p = &t->testing[o];
        if (!p->plan)
            continue;
        tb_planned_carry_in(p, 0, batch->reset);
        write_inputs(t, l, p, batch, 0);
        tb_plan_run(p->plan, t->settings.seed, t->pool);
        tb_planned_carry_out(p, 0);
    }
}

static double tested(const tb_trainer *t, const tb_metric *m,
                     const tb_value *value)
{
    const tb_plan *plan = t->testing[m->objective].plan;
    return plan && value
               ? scaled(m, tb_tensor_number(tb_plan_tensor(plan, value)))
               : NAN;
}

tb_status tb_trainer_test(tb_trainer *t, const tb_batch *batch,
                          double metric[TB_MOST_METRICS],
                          double yard[TB_MOST_METRICS], tb_error *error)
{
    run_tests(t, batch);
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

/* ---- averages ---- */

/* Where two groups hold a parameter, the last one's average counts. */
void tb_trainer_use_average(tb_trainer *t, bool use)
{
    int n = t->learn.group_count;
    if (use == t->averaged)
        return;
    for (int i = 0; i < n; i++) {
        tb_moved *m = &t->moved[use ? i : n - 1 - i];
        if (!tb_optimiser_has_average(m->optimiser))
            continue;
        tb_optimiser_swap_average(m->optimiser, tb_params_data(t->params));
        choose(m, ~0u);
        touch(t, m);
    }
    t->averaged = use;
}

void tb_trainer_take_weights(tb_trainer *t)
{
    t->taken = true;
    for (int g = 0; g < t->learn.group_count; g++)
        tb_optimiser_start_average(t->moved[g].optimiser,
                                   tb_params_data(t->params), NULL);
    tb_params_touch(t->params);
}

/* ---- life ---- */

tb_trainer *tb_trainer_new(const tb_trainer_settings *settings, tb_error *error)
{
    tb_trainer *t = tb_alloc(sizeof *t);
    if (!t) {
        tb_fail_memory(error);
        return NULL;
    }
    t->settings = *settings;
    if (tb_trainer_open(t, error) == TB_OK)
        return t;
    tb_trainer_free(t);
    return NULL;
}

void tb_trainer_free(tb_trainer *t)
{
    if (!t)
        return;
    for (int o = 0; o < TB_MOST_OBJECTIVES; o++) {
        tb_planned_clear(&t->learning[o]);
        tb_planned_clear(&t->giving[o]);
        tb_planned_clear(&t->testing[o]);
    }
    for (int g = 0; g < TB_MOST_GROUPS; g++)
        tb_moved_clear(&t->moved[g]);
    tb_plan_free(t->update);
    tb_learning_clear(&t->learn);
    tb_learning_clear(&t->test);
    tb_graph_free(t->declared);
    tb_params_free(t->params);
    tb_workspace_free(t->workspace);
    tb_pool_free(t->pool);
    tb_free(t->gradients);
    tb_free(t->summed);
    tb_free(t->statistics);
    tb_free(t->unhooked);
    tb_free(t->moved_by);
    tb_free(t);
}

/* ---- what is known ---- */

const tb_learning *tb_trainer_learning(const tb_trainer *t)
{
    return &t->learn;
}

int64_t tb_trainer_steps(const tb_trainer *t)
{
    return t->steps;
}

tb_params *tb_trainer_params(tb_trainer *t)
{
    return t->params;
}

int tb_trainer_declared(const tb_trainer *t)
{
    int n = 0;
    for (tb_node *k = tb_graph_first(t->declared); k; k = k->next)
        n += k->op == &tb_op_param;
    return n;
}
