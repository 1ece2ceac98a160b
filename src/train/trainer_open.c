/* Making a trainer: the store, the plans and the optimisers of a program. */
#include "base/memory.h"
#include "engine/grad.h"
#include "engine/ops/elementwise.h"
#include "engine/source.h"
#include "train/trainer_state.h"

#include <string.h>

/* ---- names ---- */

static bool begins(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool is_buffer(const tb_trainer *t, const char *name)
{
    const tb_buffer_row *b = t->settings.instrument->buffers;
    for (; b && b->prefix; b++)
        if (begins(name, b->prefix))
            return true;
    return false;
}

bool tb_trainer_moves(const tb_trainer *t, const tb_group *group,
                      const char *name)
{
    bool any = false;
    for (int i = 0; i < 4 && group->prefix[i]; i++)
        any |= begins(name, group->prefix[i]);
    return any && !is_buffer(t, name);
}

/* Whether an objective's gradients move this parameter. */
static bool is_moved_by(const tb_trainer *t, const tb_objective *o,
                        const char *name)
{
    for (int g = 0; g < t->learn.group_count; g++)
        if (o->groups >> g & 1 && tb_trainer_moves(t, &t->learn.group[g], name))
            return true;
    return false;
}

/* ---- the store ---- */

static tb_learning_size size_of(const tb_trainer *t, bool testing)
{
    const tb_trainer_settings *s = &t->settings;
    return (tb_learning_size){.rows = testing ? s->test_rows : s->rows,
                              .window = s->window,
                              .testing = testing,
                              .optimiser = s->optimiser,
                              .rate = s->schedule};
}

static tb_status build(tb_trainer *t, tb_error *error)
{
    const tb_trainer_settings *s = &t->settings;
    tb_learning_size size = size_of(t, false);
    tb_status status =
        tb_instrument_learn(s->instrument, s->config, &size, &t->learn, error);
    size = size_of(t, true);
    if (!status && s->test_rows > 0)
        status = tb_instrument_learn(s->instrument, s->config, &size, &t->test,
                                     error);
    if (status)
        return status;
    t->declared = tb_instrument_declare(s->instrument, s->config, error);
    return t->declared ? TB_OK : TB_ERR_MEMORY;
}

/* What checkpoints hold comes first, in their order. */
static tb_status make_store(tb_trainer *t, tb_error *error)
{
    const tb_graph *graphs[1 + TB_MOST_OBJECTIVES] = {t->declared};
    int n = 1;
    for (int i = 0; i < t->learn.objective_count; i++) {
        bool known = false;
        for (int k = 1; k < n; k++)
            known |= graphs[k] == t->learn.objective[i].graph;
        if (!known)
            graphs[n++] = t->learn.objective[i].graph;
    }
    t->params = tb_params_new(n, graphs, sizeof(float), error);
    if (!t->params)
        return TB_ERR_MEMORY;
    size_t total = (size_t)tb_params_total(t->params);
    t->workspace = tb_workspace_new();
    t->gradients = tb_alloc_array(total, sizeof *t->gradients);
    t->moved_by = tb_alloc_array((size_t)tb_params_count(t->params) + 1,
                                 sizeof *t->moved_by);
    if (t->micro > 1)
        t->summed = tb_alloc_array(total, sizeof *t->summed);
    t->pool = tb_pool_new(t->settings.threads > 0 ? t->settings.threads
                                                  : tb_cpu_count());
    if (!t->workspace || !t->gradients || !t->moved_by || !t->pool ||
        (t->micro > 1 && !t->summed))
        return tb_fail_memory(error);
    return TB_OK;
}

/* ---- outputs of a plan ---- */

typedef struct wanted {
    tb_output *list;
    int count;
} wanted;

static void want(wanted *w, const tb_value *value, void *memory)
{
    for (int i = 0; value && i < w->count; i++)
        if (w->list[i].value == value)
            return;
    if (value)
        w->list[w->count++] = (tb_output){(tb_value *)value, memory};
}

/* Loss, metrics, statistics, and what other objectives and hooks want. */
static void want_results(const tb_learning *l, int objective, wanted *w)
{
    want(w, l->objective[objective].loss, NULL);
    for (int i = 0; i < l->metric_count; i++)
        if (l->metric[i].objective == objective) {
            want(w, l->metric[i].value, NULL);
            want(w, l->metric[i].yard, NULL);
        }
    for (int i = 0; i < l->statistic_count; i++)
        if (l->statistic[i].objective == objective)
            want(w, l->statistic[i].value, NULL);
    for (int i = 0; i < l->hook_count; i++)
        if (l->hook[i].value && l->hook[i].objective == objective)
            want(w, l->hook[i].value, NULL);
    for (int o = 0; o < l->objective_count; o++)
        for (int i = 0; i < l->objective[o].input_count; i++) {
            const tb_learning_input *in = &l->objective[o].input[i];
            if (in->kind == TB_INPUT_OUTPUT && in->index == objective)
                want(w, in->output, NULL);
        }
}

/* The parameters that an objective moves, and their gradients. */
typedef struct gradient_list {
    tb_value **values, **gradients;
    int count;
} gradient_list;

static bool list_gradients(const tb_trainer *t, const tb_objective *o,
                           gradient_list *l)
{
    size_t most = (size_t)tb_params_count(t->params) + 1;
    *l =
        (gradient_list){.values = tb_alloc_array(2 * most, sizeof(tb_value *))};
    if (!l->values)
        return false;
    l->gradients = l->values + most;
    for (tb_node *n = tb_graph_first(o->graph); n; n = n->next)
        if (n->op == &tb_op_param && is_moved_by(t, o, n->name))
            l->values[l->count++] = n->out[0];
    if (o->loss && l->count)
        tb_grad(o->loss, l->count, l->values, l->gradients);
    return true;
}

/* Gradients that are one and the same value (two biases of one sum) need a
   place each. */
static void want_gradients(tb_trainer *t, int objective, gradient_list *l,
                           wanted *w)
{
    for (int i = 0; i < l->count; i++) {
        tb_value *g = l->gradients[i];
        int k = tb_params_find(t->params, l->values[i]->node->name);
        for (int j = 0; j < w->count && g; j++)
            if (w->list[j].value == g)
                g = tb_scale(g, 1);
        if (!g)
            continue;
        t->moved_by[k] |= 1u << objective;
        w->list[w->count++] =
            (tb_output){g, t->gradients + tb_params_at(t->params, k)->offset};
    }
}

/* ---- plans ---- */

/* Feeds of one objective have the same number of frames. */
static tb_status frames_of(const tb_learning *l, const tb_objective *o,
                           int64_t *frames, tb_error *error)
{
    *frames = 0;
    for (int i = 0; i < o->input_count; i++) {
        if (o->input[i].kind != TB_INPUT_FEED)
            continue;
        const tb_feed *f = &l->feed[o->input[i].index];
        if (*frames && *frames != f->context + f->window)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "The feeds of %s differ in length.", o->name);
        *frames = f->context + f->window;
    }
    if (*frames == 0 && l->feed_count)
        *frames = l->feed[0].context + l->feed[0].window;
    return TB_OK;
}

static tb_status plan_one(tb_trainer *t, const tb_learning *l, int objective,
                          bool testing, wanted *w, tb_planned *p,
                          tb_error *error)
{
    const tb_objective *o = &l->objective[objective];
    int64_t frames;
    tb_status status = frames_of(l, o, &frames, error);
    if (status)
        return status;
    const tb_plan_settings settings = {.params = t->params,
                                       .workspace = t->workspace,
                                       .frames = frames,
                                       .training = !testing,
                                       .threads = tb_pool_threads(t->pool)};
    p->objective = o;
    p->rows = testing ? t->settings.test_rows : t->settings.rows;
    p->plan = tb_plan_new(o->graph, w->count, w->list, &settings, error);
    if (!p->plan)
        return TB_ERR_ARGUMENT;
    return tb_planned_find_carried(p, o->graph, testing ? 1 : t->micro, error);
}

static tb_status plan_learning(tb_trainer *t, int objective, tb_error *error)
{
    const tb_objective *o = &t->learn.objective[objective];
    gradient_list l = {0};
    wanted w = {tb_alloc_array((size_t)tb_params_count(t->params) +
                                   4 * TB_MOST_STATISTICS,
                               sizeof(tb_output)),
                0};
    tb_status status = TB_ERR_MEMORY;
    if (w.list && list_gradients(t, o, &l)) {
        want_results(&t->learn, objective, &w);
        want_gradients(t, objective, &l, &w);
        status = plan_one(t, &t->learn, objective, false, &w,
                          &t->learning[objective], error);
    } else {
        tb_fail_memory(error);
    }
    tb_free(l.values);
    tb_free(w.list);
    return status;
}

static tb_status plan_testing(tb_trainer *t, int objective, tb_error *error)
{
    wanted w = {tb_alloc_array(8 * TB_MOST_STATISTICS, sizeof(tb_output)), 0};
    if (!w.list)
        return tb_fail_memory(error);
    want_results(&t->test, objective, &w);
    tb_status status = plan_one(t, &t->test, objective, true, &w,
                                &t->testing[objective], error);
    tb_free(w.list);
    return status;
}

static bool is_tested(const tb_learning *l, int objective)
{
    bool tested = false;
    for (int i = 0; i < l->metric_count; i++)
        tested |= l->metric[i].tested && l->metric[i].objective == objective;
    for (int o = objective + 1; o < l->objective_count && !tested; o++)
        for (int i = 0; i < l->objective[o].input_count; i++)
            tested |= l->objective[o].input[i].kind == TB_INPUT_OUTPUT &&
                      l->objective[o].input[i].index == objective &&
                      is_tested(l, o);
    return tested;
}

static tb_status make_plans(tb_trainer *t, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < t->learn.objective_count && !status; i++)
        status = plan_learning(t, i, error);
    for (int i = 0; i < t->test.objective_count && !status; i++)
        if (is_tested(&t->test, i))
            status = plan_testing(t, i, error);
    return status;
}

/* ---- groups ---- */

/* Objectives whose gradients move a parameter as part of a group. */
static unsigned movers(const tb_trainer *t, int group, int param)
{
    unsigned mask = 0;
    const char *name = tb_params_at(t->params, param)->name;
    if (!tb_trainer_moves(t, &t->learn.group[group], name))
        return 0;
    for (int o = 0; o < t->learn.objective_count; o++)
        if (t->learn.objective[o].groups >> group & 1)
            mask |= t->moved_by[param] & 1u << o;
    return mask;
}

/* Neighbours that always move together are one range. */
static tb_status make_group(tb_trainer *t, int group, tb_error *error)
{
    tb_moved *m = &t->moved[group];
    size_t most = (size_t)tb_params_count(t->params) + 1;
    m->group = &t->learn.group[group];
    m->ranges = tb_alloc_array(most, sizeof *m->ranges);
    m->objectives = tb_alloc_array(most, sizeof *m->objectives);
    m->active = tb_alloc_array(most, sizeof *m->active);
    if (!m->ranges || !m->objectives || !m->active)
        return tb_fail_memory(error);
    int last = -2;
    for (int i = 0; i < tb_params_count(t->params); i++) {
        const tb_parameter *p = tb_params_at(t->params, i);
        unsigned mask = movers(t, group, i);
        if (!mask)
            continue;
        if (last != i - 1 || m->objectives[m->count - 1] != mask) {
            m->ranges[m->count] = (tb_weight_range){p->offset, 0};
            m->objectives[m->count++] = mask;
        }
        tb_weight_range *r = &m->ranges[m->count - 1];
        r->count = p->offset + p->n - r->from;
        last = i;
    }
    m->optimiser = tb_optimiser_new(&m->group->optimiser, m->ranges, m->count,
                                    (float *)tb_params_data(t->params), error);
    return m->optimiser ? TB_OK : TB_ERR_MEMORY;
}

/* ---- buffers ---- */

static tb_status plan_update(tb_trainer *t, tb_error *error)
{
    tb_output outputs[TB_MOST_STATISTICS];
    const tb_learning *l = &t->learn;
    if (!l->update || l->update_count == 0)
        return TB_OK;
    for (int i = 0; i < l->update_count; i++)
        outputs[i] = (tb_output){l->updates[i].value, NULL};
    const tb_plan_settings settings = {.params = t->params,
                                       .workspace = t->workspace,
                                       .frames = 1,
                                       .threads = 1};
    t->update =
        tb_plan_new(l->update, l->update_count, outputs, &settings, error);
    for (int i = 0; i < l->statistic_count; i++) {
        int64_t n = 1;
        for (int k = 0; k < l->statistic[i].mean->rank; k++)
            n *= l->statistic[i].mean->dim[k];
        t->statistic_at[i + 1] = t->statistic_at[i] + n;
    }
    t->statistics = tb_alloc_array(
        (size_t)t->statistic_at[l->statistic_count] + 1, sizeof(double));
    if (t->update && !t->statistics)
        return tb_fail_memory(error);
    return t->update ? TB_OK : TB_ERR_ARGUMENT;
}

tb_status tb_trainer_open(tb_trainer *t, tb_error *error)
{
    const tb_trainer_settings *s = &t->settings;
    t->channels = s->instrument->format(s->config).channels;
    t->micro = s->micro_batches > 0 ? s->micro_batches : 1;
    t->begin = -1;
    tb_status status = build(t, error);
    if (!status)
        status = make_store(t, error);
    if (!status)
        status = make_plans(t, error);
    if (!status)
        status = plan_update(t, error);
    if (status)
        return status;
    tb_instrument_init(s->instrument, s->config, t->params, s->seed);
    tb_params_touch(t->params);
    for (int i = 0; i < t->learn.group_count && !status; i++)
        status = make_group(t, i, error);
    return status;
}
