/* The plans of a program: each objective with its gradients, forward alone
   where others need it while it has no turn, and on held-out sound. */
#include "base/memory.h"
#include "engine/grad.h"
#include "engine/ops/elementwise.h"
#include "engine/source.h"
#include "train/trainer_state.h"

/* ---- outputs of a plan ---- */

typedef struct wanted {
    tb_output *list;
    int count;
} wanted;

static void want(wanted *w, const tb_value *value)
{
    for (int i = 0; value && i < w->count; i++)
        if (w->list[i].value == value)
            return;
    if (value)
        w->list[w->count++] = (tb_output){(tb_value *)value, NULL};
}

/* What other objectives and hooks read. */
static void want_given(const tb_learning *l, int objective, wanted *w)
{
    for (int i = 0; i < l->hook_count; i++)
        if (l->hook[i].value && l->hook[i].objective == objective)
            want(w, l->hook[i].value);
    for (int o = 0; o < l->objective_count; o++)
        for (int i = 0; i < l->objective[o].input_count; i++) {
            const tb_learning_input *in = &l->objective[o].input[i];
            if (in->kind == TB_INPUT_OUTPUT && in->index == objective)
                want(w, in->output);
        }
}

/* Loss, metrics, statistics. */
static void want_measured(const tb_learning *l, int objective, wanted *w)
{
    want(w, l->objective[objective].loss);
    for (int i = 0; i < l->metric_count; i++)
        if (l->metric[i].objective == objective)
            want(w, l->metric[i].value);
    for (int i = 0; i < l->statistic_count; i++)
        if (l->statistic[i].objective == objective)
            want(w, l->statistic[i].value);
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
        if (n->op == &tb_op_param && tb_trainer_groups(t, o, n->name))
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

/* ---- frames ---- */

static tb_status fail_length(const tb_objective *o, tb_error *error)
{
    return tb_fail(error, TB_ERR_ARGUMENT, "The inputs of %s differ in length.",
                   o->name);
}

/* Frames of an input, where it has any of its own. */
static int64_t input_frames(const tb_learning *l, const tb_planned *all,
                            const tb_learning_input *in)
{
    if (in->kind == TB_INPUT_FEED)
        return l->feed[in->index].context + l->feed[in->index].window;
    if (in->kind != TB_INPUT_OUTPUT || in->value->time < 0)
        return 0;
    const tb_tensor *from = tb_plan_tensor(all[in->index].plan, in->output);
    return from && from->time >= 0 ? from->dim[from->time] : 0;
}

/* Those of one objective are as long as each other. */
static tb_status frames_of(const tb_learning *l, const tb_planned *all,
                           const tb_objective *o, int64_t *frames,
                           tb_error *error)
{
    *frames = 0;
    for (int i = 0; i < o->input_count; i++) {
        int64_t n = input_frames(l, all, &o->input[i]);
        if (n && *frames && n != *frames)
            return fail_length(o, error);
        *frames = n ? n : *frames;
    }
    if (*frames == 0)
        *frames = 1;
    return TB_OK;
}

static tb_status check_shapes(const tb_planned *all, const tb_planned *p,
                              tb_error *error)
{
    for (int i = 0; i < p->objective->input_count; i++) {
        const tb_learning_input *in = &p->objective->input[i];
        const tb_tensor *to = tb_plan_tensor(p->plan, in->value);
        if (in->kind != TB_INPUT_OUTPUT || !to)
            continue;
        const tb_tensor *from = tb_plan_tensor(all[in->index].plan, in->output);
        if (!from || !tb_tensor_same_shape(to, from))
            return fail_length(p->objective, error);
    }
    return TB_OK;
}

/* ---- plans ---- */

static tb_status plan_one(tb_trainer *t, const tb_learning *l,
                          const tb_planned *all, int objective, wanted *w,
                          tb_planned *p, tb_error *error)
{
    const tb_objective *o = &l->objective[objective];
    bool testing = l == &t->test;
    int64_t frames;
    tb_status status = frames_of(l, all, o, &frames, error);
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
    status = check_shapes(all, p, error);
    return status ? status
                  : tb_planned_find_carried(p, o->graph, testing ? 1 : t->micro,
                                            error);
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
        want_measured(&t->learn, objective, &w);
        want_given(&t->learn, objective, &w);
        want_gradients(t, objective, &l, &w);
        status = plan_one(t, &t->learn, t->learning, objective, &w,
                          &t->learning[objective], error);
    } else {
        tb_fail_memory(error);
    }
    tb_free(l.values);
    tb_free(w.list);
    return status;
}

/* Whether in some step others read what an objective without a turn makes. */
static bool is_given_alone(const tb_learning *l, int objective)
{
    for (int i = 0; i < l->hook_count; i++)
        if (l->hook[i].value &&
            tb_trainer_needed(l, 1u << l->hook[i].objective) >> objective & 1)
            return true;
    for (int k = 0; k < l->phase_count; k++) {
        const tb_learning_phase *p = &l->phase[k];
        for (int i = 0; i < p->turn_count; i++) {
            bool own = !(tb_trainer_needed(l, 1u << p->turn[i].objective) >>
                             objective &
                         1);
            for (int j = 0; j < p->turn_count; j++)
                own |= p->turn[j].objective == objective &&
                       tb_turn_follows(&p->turn[i], &p->turn[j]);
            if (!own)
                return true;
        }
    }
    return false;
}

/* What rows carry belongs to the plan with gradients: such an objective always
   runs whole. */
static tb_status plan_giving(tb_trainer *t, int objective, tb_error *error)
{
    tb_planned *p = &t->giving[objective];
    if (t->learning[objective].carried_count ||
        !is_given_alone(&t->learn, objective))
        return TB_OK;
    wanted w = {tb_alloc_array(4 * TB_MOST_STATISTICS, sizeof(tb_output)), 0};
    if (!w.list)
        return tb_fail_memory(error);
    want_given(&t->learn, objective, &w);
    tb_status status =
        plan_one(t, &t->learn, t->learning, objective, &w, p, error);
    tb_free(w.list);
    return status;
}

static unsigned tested(const tb_learning *l)
{
    unsigned mask = 0;
    for (int i = 0; i < l->metric_count; i++)
        if (l->metric[i].tested)
            mask |= 1u << l->metric[i].objective;
    return tb_trainer_needed(l, mask);
}

static tb_status plan_testing(tb_trainer *t, int objective, tb_error *error)
{
    const tb_learning *l = &t->test;
    wanted w = {tb_alloc_array(8 * TB_MOST_STATISTICS, sizeof(tb_output)), 0};
    if (!w.list)
        return tb_fail_memory(error);
    for (int i = 0; i < l->metric_count; i++)
        if (l->metric[i].tested && l->metric[i].objective == objective) {
            want(&w, l->metric[i].value);
            want(&w, l->metric[i].yard);
        }
    want_given(l, objective, &w);
    tb_status status = plan_one(t, l, t->testing, objective, &w,
                                &t->testing[objective], error);
    tb_free(w.list);
    return status;
}

tb_status tb_trainer_open_plans(tb_trainer *t, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < t->learn.objective_count && !status; i++) {
        status = plan_learning(t, i, error);
        if (!status)
            status = plan_giving(t, i, error);
    }
    unsigned mask = tested(&t->test);
    for (int i = 0; i < t->test.objective_count && !status; i++)
        if (mask >> i & 1)
            status = plan_testing(t, i, error);
    return status;
}
