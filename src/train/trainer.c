/* Steps of a learning program. */
#include "train/trainer.h"

#include "base/memory.h"
#include "base/random.h"
#include "engine/source.h"
#include "train/trainer_state.h"

#include <math.h>
#include <string.h>

/* ---- what goes in ---- */

/* Interleaved sound [rows, frames, channels] into [rows, channels, frames]. */
static void write_sound(const tb_tensor *to, const float *from)
{
    int64_t frames = to->dim[2], channels = to->dim[1];
    for (int64_t row = 0; to && row < to->dim[0]; row++)
        for (int64_t i = 0; i < frames; i++)
            for (int64_t ch = 0; ch < channels; ch++)
                ((float *)to->data)[row * to->stride[0] + ch * to->stride[1] +
                                    i * to->stride[2]] =
                    from[(row * frames + i) * channels + ch];
}

static double number_now(const tb_trainer *t, const tb_scheduled *n)
{
    int64_t step = t->steps - n->start;
    if (n->phase >= 0)
        step -= t->phase >= n->phase ? t->phase_began : t->steps + 1;
    double part = n->steps > 0 ? (double)step / (double)n->steps : step >= 0;
    part = part > 0 ? part < 1 ? part : 1 : 0;
    return n->shape == TB_RAMP_GEOMETRIC ? n->from * pow(n->to / n->from, part)
                                         : n->from + part * (n->to - n->from);
}

/* All elements of one value to another of the same shape. */
static void copy_value(const tb_tensor *to, const tb_tensor *from)
{
    int64_t index[TB_RANK] = {0};
    int64_t n = tb_elements(to, to->time < 0 ? 1 : to->dim[to->time]);
    for (int64_t k = 0; k < n; k++) {
        int64_t a = 0, b = 0;
        for (int i = 0; i < to->rank; i++) {
            a += index[i] * to->stride[i];
            b += index[i] * from->stride[i];
        }
        ((float *)to->data)[a] = ((const float *)from->data)[b];
        for (int i = to->rank - 1; i >= 0 && ++index[i] == to->dim[i]; i--)
            index[i] = 0;
    }
}

/* `rows` of the batch from the first of a micro-batch on. */
static void write_inputs(tb_trainer *t, const tb_learning *l, tb_planned *all,
                         tb_planned *p, const tb_batch *batch, int micro)
{
    for (int i = 0; i < p->objective->input_count; i++) {
        const tb_learning_input *in = &p->objective->input[i];
        const tb_tensor *to = tb_plan_tensor(p->plan, in->value);
        if (!to)
            continue;
        if (in->kind == TB_INPUT_FEED) {
            const tb_feed *f = &l->feed[in->index];
            write_sound(to, batch->frames[in->index] +
                                (int64_t)micro * p->rows *
                                    (f->context + f->window) * t->channels);
        } else if (in->kind == TB_INPUT_NUMBER) {
            *(float *)to->data = (float)number_now(t, &l->number[in->index]);
        } else {
            copy_value(to, tb_plan_tensor(all[in->index].plan, in->output));
        }
    }
}

/* ---- turns ---- */

static bool needs(const tb_learning *l, int objective, int other)
{
    for (int i = 0; i < l->objective[objective].input_count; i++)
        if (l->objective[objective].input[i].kind == TB_INPUT_OUTPUT &&
            l->objective[objective].input[i].index == other)
            return true;
    return false;
}

/* Objectives that have their turn at this step. */
static unsigned turns(const tb_trainer *t)
{
    const tb_learning_phase *p = &t->learn.phase[t->phase];
    int64_t step = t->steps - t->phase_began;
    unsigned mask = 0;
    for (int i = 0; i < p->turn_count; i++) {
        int every = p->turn[i].every > 0 ? p->turn[i].every : 1;
        if (step % every == p->turn[i].offset)
            mask |= 1u << p->turn[i].objective;
    }
    return mask;
}

/* With those whose outputs they need. */
static unsigned to_run(const tb_learning *l, unsigned mask)
{
    for (int o = l->objective_count - 1; o >= 0; o--)
        for (int k = 0; k < o; k++)
            if (mask >> o & 1 && needs(l, o, k))
                mask |= 1u << k;
    return mask;
}

/* ---- results ---- */

static double read_number(const tb_planned *p, const tb_value *v)
{
    const tb_tensor *t = v && p->plan ? tb_plan_tensor(p->plan, v) : NULL;
    return t ? *(const float *)t->data : NAN;
}

static double scaled(const tb_metric *m, double x)
{
    return m->scale != 0 ? x * m->scale : x;
}

static void add_metrics(const tb_learning *l, const tb_planned *all,
                        unsigned ran, int micro, double *metric)
{
    for (int i = 0; i < l->metric_count; i++) {
        const tb_metric *m = &l->metric[i];
        if (ran >> m->objective & 1)
            metric[i] +=
                scaled(m, read_number(&all[m->objective], m->value)) / micro;
    }
}

static void add_statistics(tb_trainer *t, unsigned ran)
{
    for (int i = 0; i < t->learn.statistic_count; i++) {
        const tb_statistic *s = &t->learn.statistic[i];
        const tb_tensor *x =
            tb_plan_tensor(t->learning[s->objective].plan, s->value);
        int64_t at = t->statistic_at[i], n = t->statistic_at[i + 1] - at;
        for (int64_t k = 0; x && ran >> s->objective & 1 && k < n; k++)
            t->statistics[at + k] += ((const float *)x->data)[k] / t->micro;
    }
}

/* The gradients of the last run into their sum. */
static void add_gradients(tb_trainer *t, unsigned ran)
{
    for (int i = 0; t->summed && i < tb_params_count(t->params); i++) {
        const tb_parameter *p = tb_params_at(t->params, i);
        if (!(t->moved_by[i] & ran))
            continue;
        for (int64_t k = p->offset; k < p->offset + p->n; k++)
            t->summed[k] += t->gradients[k] / (float)t->micro;
    }
}

/* ---- steps ---- */

/* Random numbers of each step, and of each micro-batch, are their own. */
static uint64_t seed_of(const tb_trainer *t, int micro)
{
    tb_rng rng = {t->settings.seed, (uint64_t)t->steps};
    uint64_t seed = tb_rng_next(&rng);
    for (int i = 0; i < micro; i++)
        seed = tb_rng_next(&rng);
    return seed;
}

static void restore(tb_trainer *t)
{
    for (int o = 0; o < t->learn.objective_count; o++)
        tb_planned_restore(&t->learning[o], t->micro);
}

/* Runs once more, with a look at every node. */
static tb_status name_the_node(tb_trainer *t, tb_planned *p, int micro,
                               const char *what, tb_error *error)
{
    restore(t);
    tb_planned_carry_in(p, micro, NULL);
    tb_status status =
        tb_plan_run_checked(p->plan, seed_of(t, micro), t->pool, error);
    if (status)
        return status;
    return tb_fail(error, TB_ERR_NUMERIC,
                   "The %s of step %lld is not a number.", what,
                   (long long)t->steps + 1);
}

/* One micro-batch of all that has its turn; the loss of each is looked at. */
static tb_status run_micro(tb_trainer *t, const tb_batch *batch, unsigned ran,
                           int micro, tb_error *error)
{
    for (int o = 0; o < t->learn.objective_count; o++) {
        tb_planned *p = &t->learning[o];
        if (!(ran >> o & 1))
            continue;
        tb_planned_carry_in(
            p, micro, batch->reset ? batch->reset + micro * p->rows : NULL);
        write_inputs(t, &t->learn, t->learning, p, batch, micro);
        tb_plan_run(p->plan, seed_of(t, micro), t->pool);
        tb_planned_carry_out(p, micro);
        if (p->objective->loss && !isfinite(read_number(p, p->objective->loss)))
            return name_the_node(t, p, micro, "loss", error);
    }
    return TB_OK;
}

static float *gradients_of(tb_trainer *t)
{
    return t->summed ? t->summed : t->gradients;
}

/* The ranges of a group that have a gradient now; false if there are none. */
static bool activate(tb_moved *m, unsigned ran)
{
    bool any = false;
    for (int i = 0; i < m->count; i++)
        any |= m->active[i] = (m->objectives[i] & ran) != 0;
    return any;
}

/* Looks at all norms before anything moves. */
static tb_status move_groups(tb_trainer *t, unsigned ran,
                             tb_step_report *report, tb_error *error)
{
    double norm[TB_MOST_GROUPS];
    bool moves[TB_MOST_GROUPS];
    float *weights = tb_params_data(t->params);
    for (int g = 0; g < t->learn.group_count; g++) {
        tb_moved *m = &t->moved[g];
        if (!(moves[g] = activate(m, ran)))
            continue;
        norm[g] = tb_optimiser_norm(m->optimiser, gradients_of(t), m->active,
                                    t->pool);
        if (!isfinite(norm[g])) {
            int o = 0;
            while (!(ran >> o & 1))
                o++;
            return name_the_node(t, &t->learning[o], 0, "gradient", error);
        }
    }
    for (int g = t->learn.group_count - 1; g >= 0; g--) {
        tb_moved *m = &t->moved[g];
        if (!moves[g])
            continue;
        report->norm = norm[g];
        report->rate =
            tb_schedule_rate(&m->group->rate, tb_optimiser_steps(m->optimiser));
        tb_optimiser_step(m->optimiser, weights, gradients_of(t), m->active,
                          norm[g], report->rate, t->pool);
    }
    return TB_OK;
}

static void update_buffers(tb_trainer *t)
{
    const tb_learning *l = &t->learn;
    if (!t->update)
        return;
    for (int i = 0; i < l->statistic_count; i++) {
        const tb_tensor *x = tb_plan_tensor(t->update, l->statistic[i].mean);
        int64_t at = t->statistic_at[i], n = t->statistic_at[i + 1] - at;
        for (int64_t k = 0; x && k < n; k++)
            ((float *)x->data)[k] = (float)t->statistics[at + k];
    }
    tb_params_touch(t->params);
    tb_plan_run(t->update, 0, NULL);
    for (int i = 0; i < l->update_count; i++) {
        const tb_tensor *x = tb_plan_tensor(t->update, l->updates[i].value);
        const tb_parameter *p = tb_params_at(
            t->params, tb_params_find(t->params, l->updates[i].name));
        memcpy((float *)tb_params_data(t->params) + p->offset, x->data,
               (size_t)p->n * sizeof(float));
    }
}

/* ---- phases and hooks ---- */

static void follow_phases(tb_trainer *t)
{
    const tb_learning *l = &t->learn;
    if (t->begin < 0 && t->phase + 1 < l->phase_count &&
        l->phase[t->phase + 1].from > 0 &&
        t->steps >= l->phase[t->phase + 1].from)
        t->begin = t->phase + 1;
    if (t->begin >= 0) {
        t->phase = t->begin;
        t->phase_began = t->steps;
    }
    t->begin = -1;
}

static bool is_due(const tb_trainer *t, const tb_hook *h)
{
    switch (h->time) {
    case TB_HOOK_START:
        return t->steps == 0;
    case TB_HOOK_EVERY:
        return h->steps > 0 && t->steps > 0 && t->steps % h->steps == 0;
    default:
        return t->phase == (int)h->steps && t->steps == t->phase_began;
    }
}

/* What a hook looks at, as doubles in logical order. */
static double *read_value(const tb_tensor *t, int64_t *n)
{
    int64_t index[TB_RANK] = {0};
    *n = tb_elements(t, t->time < 0 ? 1 : t->dim[t->time]);
    double *x = tb_alloc_array((size_t)*n + 1, sizeof *x);
    for (int64_t k = 0; x && k < *n; k++) {
        int64_t at = 0;
        for (int i = 0; i < t->rank; i++)
            at += index[i] * t->stride[i];
        x[k] = ((const float *)t->data)[at];
        for (int i = t->rank - 1; i >= 0 && ++index[i] == t->dim[i]; i--)
            index[i] = 0;
    }
    return x;
}

static tb_status run_hook(tb_trainer *t, const tb_hook *h,
                          const tb_batch *batch, tb_error *error)
{
    int64_t n = 0;
    double *x = NULL;
    if (h->value) {
        unsigned ran = to_run(&t->learn, 1u << h->objective);
        tb_status status = run_micro(t, batch, ran, 0, error);
        restore(t);
        if (status)
            return status;
        x = read_value(tb_plan_tensor(t->learning[h->objective].plan, h->value),
                       &n);
        if (!x)
            return tb_fail_memory(error);
    }
    tb_status status =
        h->run(t->settings.config, t->params, x, n, seed_of(t, 0), error);
    tb_params_touch(t->params);
    tb_free(x);
    return status;
}

static tb_status run_hooks(tb_trainer *t, const tb_batch *batch,
                           tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < t->learn.hook_count && !status; i++)
        if (is_due(t, &t->learn.hook[i]))
            status = run_hook(t, &t->learn.hook[i], batch, error);
    return status;
}

/* ---- a step ---- */

static void begin_step(tb_trainer *t, tb_step_report *report, unsigned ran)
{
    size_t total = (size_t)tb_params_total(t->params) * sizeof(float);
    for (int i = 0; i < TB_MOST_METRICS; i++) {
        bool measured = i < t->learn.metric_count &&
                        ran >> t->learn.metric[i].objective & 1;
        report->metric[i] = measured ? 0 : NAN;
    }
    report->norm = report->rate = NAN;
    if (t->summed)
        memset(t->summed, 0, total);
    for (int64_t i = 0;
         t->statistics && i < t->statistic_at[t->learn.statistic_count]; i++)
        t->statistics[i] = 0;
}

tb_status tb_trainer_step(tb_trainer *t, const tb_batch *batch,
                          tb_step_report *report, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    for (int o = 0; o < t->learn.objective_count; o++)
        tb_planned_keep(&t->learning[o], t->micro);
    follow_phases(t);
    tb_status status = run_hooks(t, batch, error);
    unsigned turn = turns(t), ran = to_run(&t->learn, turn);
    begin_step(t, report, ran);
    for (int m = 0; m < t->micro && !status; m++) {
        status = run_micro(t, batch, ran, m, error);
        add_metrics(&t->learn, t->learning, ran, t->micro, report->metric);
        add_statistics(t, ran);
        add_gradients(t, turn);
    }
    if (!status)
        status = move_groups(t, turn, report, error);
    if (status) {
        restore(t);
        return status;
    }
    update_buffers(t);
    tb_params_touch(t->params);
    t->steps++;
    return TB_OK;
}

tb_status tb_trainer_test(tb_trainer *t, const tb_batch *batch,
                          double metric[TB_MOST_METRICS],
                          double yard[TB_MOST_METRICS], tb_error *error)
{
    const tb_learning *l = &t->test;
    for (int o = 0; o < l->objective_count; o++) {
        tb_planned *p = &t->testing[o];
        if (!p->plan)
            continue;
        tb_planned_carry_in(p, 0, batch->reset);
        write_inputs(t, l, t->testing, p, batch, 0);
        tb_plan_run(p->plan, t->settings.seed, t->pool);
        tb_planned_carry_out(p, 0);
    }
    for (int i = 0; i < TB_MOST_METRICS; i++) {
        const tb_metric *m = &l->metric[i];
        bool tested = i < l->metric_count && m->tested;
        metric[i] =
            tested ? scaled(m, read_number(&t->testing[m->objective], m->value))
                   : NAN;
        yard[i] =
            tested && m->yard
                ? scaled(m, read_number(&t->testing[m->objective], m->yard))
                : NAN;
        if (tested && !isfinite(metric[i]))
            return tb_fail(error, TB_ERR_NUMERIC,
                           "The %s on the held-out sounds is not a number.",
                           m->name);
    }
    return TB_OK;
}

void tb_trainer_use_average(tb_trainer *t, bool use)
{
    if (use == t->averaged)
        return;
    for (int g = 0; g < t->learn.group_count; g++)
        tb_optimiser_swap_average(t->moved[g].optimiser,
                                  tb_params_data(t->params));
    t->averaged = use;
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

static void clear_group(tb_moved *m)
{
    tb_optimiser_free(m->optimiser);
    tb_free(m->ranges);
    tb_free(m->objectives);
    tb_free(m->active);
}

void tb_trainer_free(tb_trainer *t)
{
    if (!t)
        return;
    for (int o = 0; o < TB_MOST_OBJECTIVES; o++) {
        tb_planned_clear(&t->learning[o]);
        tb_planned_clear(&t->testing[o]);
    }
    for (int g = 0; g < TB_MOST_GROUPS; g++)
        clear_group(&t->moved[g]);
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

int tb_trainer_phase(const tb_trainer *t)
{
    return t->phase;
}

int64_t tb_trainer_phase_began(const tb_trainer *t)
{
    return t->phase_began;
}

void tb_trainer_begin_phase(tb_trainer *t, int phase)
{
    if (phase > t->phase && phase < t->learn.phase_count)
        t->begin = phase;
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

void tb_trainer_start_average(tb_trainer *t)
{
    for (int g = 0; g < t->learn.group_count; g++)
        tb_optimiser_start_average(t->moved[g].optimiser,
                                   tb_params_data(t->params));
}
