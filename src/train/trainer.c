/* Steps of a learning program. */
#include "train/trainer.h"

#include "base/memory.h"
#include "base/random.h"
#include "engine/arithmetic.h"
#include "engine/source.h"
#include "train/trainer_state.h"

#include <math.h>

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

/* ---- what a step is given ---- */

static void give_numbers(tb_trainer *t, const tb_learning *l, tb_given *given)
{
    float number[TB_MOST_NUMBERS] = {0};
    for (int i = 0; i < l->number_count; i++)
        number[i] = (float)tb_trainer_number(t, &l->number[i]);
    t->storage->write(given->number, number, sizeof number);
}

/* A batch as the inputs want it. */
static const void *elements_of(const tb_given *given, int feed,
                               const float *frames)
{
    int64_t *levels = given->levels[feed];
    if (!levels)
        return frames;
    for (size_t i = 0; i < given->bytes[feed] / sizeof *levels; i++)
        levels[i] = (int64_t)frames[i];
    return levels;
}

void tb_trainer_give(tb_trainer *t, bool testing, const tb_batch *batch)
{
    const tb_learning *l = testing ? &t->test : &t->learn;
    tb_given *given = &t->given[testing];
    for (int i = 0; i < l->feed_count; i++)
        if (batch->frames[i])
            t->storage->write(given->feed[i],
                              elements_of(given, i, batch->frames[i]),
                              given->bytes[i]);
    give_numbers(t, l, given);
}

/* The rows of a micro-batch. */
static void *rows_of(const tb_trainer *t, bool testing, const tb_planned *p,
                     int feed, int micro)
{
    const tb_learning *l = testing ? &t->test : &t->learn;
    size_t row = tb_trainer_row_bytes(t, &l->feed[feed]);
    return (char *)t->given[testing].feed[feed] +
           (size_t)(micro * p->rows) * row;
}

/* What other objectives make is where they make it. */
void tb_trainer_write_inputs(tb_trainer *t, bool testing, const tb_planned *p,
                             int micro)
{
    for (int i = 0; i < p->objective->input_count; i++) {
        const tb_learning_input *in = &p->objective->input[i];
        const tb_tensor *to = tb_plan_value(p->plan, in->value);
        if (to && in->kind == TB_INPUT_FEED)
            tb_trainer_copy_frames(t, to,
                                   rows_of(t, testing, p, in->index, micro));
        if (to && in->kind == TB_INPUT_NUMBER)
            t->storage->move(to->data, t->given[testing].number + in->index,
                             sizeof(float));
    }
}

/* ---- one run ---- */

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

tb_status tb_trainer_run(tb_trainer *t, unsigned turn, int objective, int micro,
                         bool checked, tb_error *error)
{
    tb_planned *p = tb_trainer_planned(t, turn, objective);
    uint64_t seed = tb_trainer_seed(t, graph_of(&t->learn, objective));
    tb_status status = TB_OK;
    tb_planned_carry_in(p, t->storage, micro, t->reset + micro * p->rows);
    tb_trainer_write_inputs(t, false, p, micro);
    tb_plan_number_rows(p->plan, (uint32_t)(micro * p->rows));
    if (checked)
        status = tb_plan_run_checked(p->plan, seed, t->pool, error);
    else
        tb_plan_run(p->plan, seed, t->pool);
    tb_planned_carry_out(p, t->storage, micro);
    return status;
}

/* The gradients of one run into the sum of the step. */
static void add_gradients(tb_trainer *t, int objective)
{
    for (int i = 0; t->summed && i < tb_params_count(t->params); i++) {
        const tb_parameter *p = tb_params_at(t->params, i);
        if (t->moved_by[i] >> objective & 1)
            t->storage->arithmetic->add(t->summed + p->offset,
                                        t->gradients + p->offset, p->n,
                                        (float)t->micro);
    }
}

/* ---- a step ---- */

/* One micro-batch of all that has its turn. */
static void run_micro(tb_trainer *t, unsigned turn, int micro)
{
    unsigned needed = tb_trainer_needed(&t->learn, turn);
    for (int o = 0; o < t->learn.objective_count; o++) {
        if (!(needed >> o & 1))
            continue;
        tb_trainer_run(t, turn, o, micro, false, NULL);
        if (!(turn >> o & 1))
            continue;
        tb_trainer_keep_measured(t, o, micro);
        add_gradients(t, o);
    }
}

static float *gradients_of(tb_trainer *t)
{
    return t->summed ? t->summed : t->gradients;
}

static void touch(tb_trainer *t, const tb_moved *m)
{
    for (int i = 0; i < m->count; i++)
        for (int k = 0; m->chosen[i] && k < m->ranges[i].count; k++)
            tb_params_moved_at(t->params, m->ranges[i].first + k);
}

/* All norms are known before anything changes. */
static void find_norms(tb_trainer *t, unsigned turn)
{
    for (int g = 0; g < t->learn.group_count; g++) {
        tb_moved *m = &t->moved[g];
        t->pending.moves[g] = tb_moved_choose(m, turn);
        if (t->pending.moves[g])
            tb_optimiser_norm(m->optimiser, gradients_of(t), m->chosen,
                              &t->there.norm[g], t->pool);
    }
}

void tb_trainer_set_pace(tb_trainer *t, tb_rate_pace pace)
{
    t->pace = pace;
}

/* How much is over of what ends before a phase that finds rates annealed. */
static double share_before(const tb_trainer *t, const tb_group *group,
                           const tb_learning_phase *next)
{
    double steps = (double)t->steps, share = t->pace.share;
    if (share < 0)
        share = steps / (double)group->rate.steps;
    if (next->share > 0)
        share /= next->share;
    return next->from > 0 ? fmax(share, steps / (double)next->from) : share;
}

/* The rate of a group in this step. */
static double rate_of(const tb_trainer *t, const tb_group *group)
{
    const tb_learning_phase *phase = &t->learn.phase[t->phase];
    double factor = group->anew ? t->pace.anew : t->pace.factor;
    bool last = t->phase + 1 == t->learn.phase_count;
    if (phase->annealed)
        return tb_schedule_at(&group->rate, 1) * factor;
    if (!last && phase[1].annealed)
        return tb_schedule_at(&group->rate, share_before(t, group, &phase[1])) *
               factor;
    return factor * (t->pace.share < 0
                         ? tb_schedule_rate(&group->rate, t->steps)
                         : tb_schedule_at(&group->rate, t->pace.share));
}

static void move_groups(tb_trainer *t, unsigned turn)
{
    const tb_step_guard guard = tb_trainer_guard(t);
    find_norms(t, turn);
    for (int g = t->learn.group_count - 1; g >= 0; g--) {
        tb_moved *m = &t->moved[g];
        if (!t->pending.moves[g])
            continue;
        t->pending.rate[g] = rate_of(t, m->group);
        tb_optimiser_step(m->optimiser, tb_params_memory(t->params),
                          gradients_of(t), m->chosen, &t->there.norm[g],
                          t->pending.rate[g], &guard, t->pool);
        touch(t, m);
    }
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
        tb_optimiser_start_average(m->optimiser, tb_params_memory(t->params),
                                   m->chosen);
    }
}

void tb_trainer_begin_batch(tb_trainer *t, const tb_batch *batch)
{
    size_t rows = (size_t)t->settings.rows * (size_t)t->micro;
    for (int o = 0; o < t->learn.objective_count; o++)
        tb_planned_keep(&t->learning[o], t->storage, t->micro);
    tb_trainer_give(t, false, batch);
    for (size_t i = 0; i < rows; i++)
        t->reset[i] = batch->reset && batch->reset[i];
}

static void run_step(tb_trainer *t, unsigned turn)
{
    t->storage->clear(t->there.norm, t->there.bytes);
    if (t->summed)
        t->storage->clear(t->summed, (size_t)tb_params_total(t->params) *
                                         sizeof *t->summed);
    for (int m = 0; m < t->micro; m++) {
        run_micro(t, turn, m);
        tb_trainer_add_statistics(t, turn, m);
    }
    move_groups(t, turn);
    tb_trainer_update_buffers(t, turn);
}

tb_status tb_trainer_step(tb_trainer *t, const tb_batch *batch,
                          tb_step_report *report, tb_error *error)
{
    tb_status status = tb_trainer_settle(t, report, error);
    if (status)
        return status;
    tb_trainer_follow_phases(t);
    settle_averages(t);
    tb_trainer_begin_batch(t, batch);
    status = tb_trainer_run_hooks(t, error);
    if (status) {
        tb_trainer_restore(t);
        tb_trainer_undo_hooks(t);
        return status;
    }
    t->pending.turn = tb_trainer_turns(t);
    run_step(t, t->pending.turn);
    t->pending.is = true;
    t->steps++;
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
        tb_optimiser_swap_average(m->optimiser, tb_params_memory(t->params));
        tb_moved_choose(m, ~0u);
        touch(t, m);
    }
    t->averaged = use;
}

void tb_trainer_take_weights(tb_trainer *t)
{
    t->taken = true;
    for (int g = 0; g < t->learn.group_count; g++)
        tb_optimiser_start_average(t->moved[g].optimiser,
                                   tb_params_memory(t->params), NULL);
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
    tb_trainer_set_pace(t, (tb_rate_pace){-1, 1, 1});
    if (tb_trainer_open(t, error) == TB_OK)
        return t;
    tb_trainer_free(t);
    return NULL;
}

static void free_blocks(tb_trainer *t)
{
    float *const blocks[] = {t->gradients, t->summed, t->statistics,
                             t->statistic, t->unhooked};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        t->storage->free(blocks[i]);
    for (int i = 0; i < TB_MOST_STATISTICS; i++)
        t->storage->free(t->written[i].before);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < TB_MOST_FEEDS; i++) {
            t->storage->free(t->given[k].feed[i]);
            tb_free(t->given[k].levels[i]);
        }
        t->storage->free(t->given[k].number);
    }
    t->storage->free(t->there.norm);
    tb_free(t->here.norm);
    tb_free(t->reset);
}

void tb_trainer_free(tb_trainer *t)
{
    if (!t)
        return;
    if (t->storage)
        free_blocks(t);
    for (int o = 0; o < TB_MOST_OBJECTIVES; o++) {
        tb_planned_clear(&t->learning[o], t->storage);
        tb_planned_clear(&t->giving[o], t->storage);
        tb_planned_clear(&t->testing[o], t->storage);
    }
    for (int g = 0; g < TB_MOST_GROUPS; g++)
        tb_moved_clear(&t->moved[g]);
    tb_trainer_close_buffers(t);
    tb_plan_free(t->update);
    tb_learning_clear(&t->learn);
    tb_learning_clear(&t->test);
    tb_graph_free(t->declared);
    tb_params_free(t->params);
    tb_workspace_free(t->workspace);
    tb_pool_free(t->pool);
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
