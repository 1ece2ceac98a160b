/* The plans of a program: each objective with its gradients, forward alone
   where others need it while it has no turn, and on held-out sound. */
#include "base/memory.h"
#include "engine/frames.h"
#include "engine/grad.h"
#include "engine/ops/elementwise.h"
#include "engine/source.h"
#include "train/trainer_state.h"

/* ---- outputs of a plan ---- */

enum { TB_MOST_BOUND = TB_MOST_OBJECTIVES * TB_MOST_INPUTS };

/* What the host reads, and what plans share. */
typedef struct wanted {
    tb_output *list;
    int count;
    tb_binding bound[TB_MOST_BOUND];
    int bound_count;
} wanted;

static void widen(tb_halo *h, tb_halo more)
{
    h->left = more.left > h->left ? more.left : h->left;
    h->right = more.right > h->right ? more.right : h->right;
}

static void want(wanted *w, const tb_value *value)
{
    for (int i = 0; value && i < w->count; i++)
        if (w->list[i].value == value)
            return;
    if (value)
        w->list[w->count++] = (tb_output){(tb_value *)value, NULL};
}

static tb_binding *share(wanted *w, const tb_value *value)
{
    for (int i = 0; i < w->bound_count; i++)
        if (w->bound[i].value == value)
            return &w->bound[i];
    w->bound[w->bound_count] = (tb_binding){.value = (tb_value *)value};
    return &w->bound[w->bound_count++];
}

/* What hooks read. */
static void want_hooked(const tb_learning *l, int objective, wanted *w)
{
    for (int i = 0; i < l->hook_count; i++)
        if (l->hook[i].value && l->hook[i].objective == objective)
            want(w, l->hook[i].value);
}

/* Loss, metrics, statistics. */
static void want_measured(const tb_learning *l, int objective, wanted *w)
{
    want(w, l->objective[objective].loss);
    for (int i = 0; i < l->metric_count; i++)
        want(w, tb_metric_value(&l->metric[i], objective));
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

/* The plans of a program while they are made. */
typedef struct planning {
    tb_trainer *trainer;
    const tb_learning *learning;
    bool testing;
    unsigned objectives; /* that have a plan */
    tb_planned *planned;
    int64_t frames[TB_MOST_OBJECTIVES];
    wanted wanted[TB_MOST_OBJECTIVES];
} planning;

static tb_status fail_length(const tb_objective *o, tb_error *error)
{
    return tb_fail(error, TB_ERR_ARGUMENT, "The inputs of %s differ in length.",
                   o->name);
}

/* Of a value in the plan of its objective; -1: there is no memory. */
static int64_t frames_of_value(const tb_value *v, int64_t frames)
{
    size_t count = (size_t)tb_graph_values(v->graph);
    int64_t *all = tb_alloc_array(count, sizeof *all);
    int64_t n = -1;
    if (all) {
        tb_lengths(v->graph, frames, frames, all);
        n = all[v->id];
    }
    tb_free(all);
    return n;
}

/* Frames of an input, where it has any of its own. */
static int64_t input_frames(const planning *x, const tb_learning_input *in)
{
    const tb_learning *l = x->learning;
    if (in->kind == TB_INPUT_FEED)
        return l->feed[in->index].context + l->feed[in->index].window;
    if (in->kind != TB_INPUT_OUTPUT || in->value->time < 0)
        return 0;
    return frames_of_value(in->output, x->frames[in->index]);
}

static bool can_be_bound(const tb_learning_input *in)
{
    const tb_value *to = in->value, *from = in->output;
    return in->kind != TB_INPUT_OUTPUT ||
           (to->type == from->type && to->time == from->time &&
            tb_has_shape(to, tb_value_shape(from)));
}

/* Those of one objective are as long as each other. */
static tb_status find_frames(planning *x, int objective, tb_error *error)
{
    const tb_objective *o = &x->learning->objective[objective];
    int64_t frames = 0;
    for (int i = 0; i < o->input_count; i++) {
        int64_t n = input_frames(x, &o->input[i]);
        if (n < 0)
            return tb_fail_memory(error);
        if (!can_be_bound(&o->input[i]) || (n && frames && n != frames))
            return fail_length(o, error);
        frames = n ? n : frames;
    }
    x->frames[objective] = frames ? frames : 1;
    return TB_OK;
}

/* ---- plans ---- */

static tb_plan_settings settings_of(const planning *x, int objective,
                                    const wanted *w)
{
    const tb_trainer *t = x->trainer;
    return (tb_plan_settings){.params = t->params,
                              .workspace = t->workspace,
                              .frames = x->frames[objective],
                              .training = !x->testing,
                              .threads = tb_pool_threads(t->pool),
                              .apart = true,
                              .n_bindings = w->bound_count,
                              .bindings = w->bound};
}

/* What an objective reads around the values of others is there for it; the
   objectives after it must have asked. */
static tb_status ask_around(planning *x, int objective, tb_error *error)
{
    const tb_objective *o = &x->learning->objective[objective];
    const wanted *w = &x->wanted[objective];
    const tb_plan_settings s = settings_of(x, objective, w);
    tb_status status = TB_OK;
    for (int i = 0; i < o->input_count && !status; i++) {
        const tb_learning_input *in = &o->input[i];
        tb_halo h;
        if (in->kind != TB_INPUT_OUTPUT)
            continue;
        status = tb_plan_around(o->graph, w->count, w->list, &s, in->value, &h,
                                error);
        if (!status)
            widen(&share(&x->wanted[in->index], in->output)->around, h);
    }
    return status;
}

/* What made a value that an objective only hands on. */
static const tb_learning_input *source_of(const tb_learning *l,
                                          const tb_learning_input *in)
{
    const tb_objective *o = &l->objective[in->index];
    for (int i = 0; i < o->input_count; i++)
        if (o->input[i].kind == TB_INPUT_OUTPUT &&
            o->input[i].value == in->output)
            return source_of(l, &o->input[i]);
    return in;
}

/* Inputs lie where the objective that makes them has them. */
static void bind_inputs(planning *x, int objective)
{
    const tb_objective *o = &x->learning->objective[objective];
    for (int i = 0; i < o->input_count; i++) {
        const tb_learning_input *in = &o->input[i];
        if (in->kind != TB_INPUT_OUTPUT)
            continue;
        tb_binding *b = share(&x->wanted[objective], in->value);
        const tb_learning_input *from = source_of(x->learning, in);
        b->plan = x->planned[from->index].plan;
        b->there = from->output;
    }
}

static tb_status plan_one(const planning *x, int objective, const wanted *w,
                          tb_planned *p, tb_error *error)
{
    const tb_trainer *t = x->trainer;
    const tb_objective *o = &x->learning->objective[objective];
    const tb_plan_settings settings = settings_of(x, objective, w);
    p->objective = o;
    p->rows = x->testing ? t->settings.test_rows : t->settings.rows;
    p->plan = tb_plan_new(o->graph, w->count, w->list, &settings, error);
    if (!p->plan)
        return TB_ERR_ARGUMENT;
    return tb_planned_find_carried(p, o->graph, t->storage,
                                   x->testing ? 1 : t->micro, error);
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

/* Forward alone, with what it makes where the plan with gradients makes it.
   What rows carry belongs to that one: such an objective always runs whole. */
static tb_status plan_giving(const planning *x, int objective, tb_error *error)
{
    tb_trainer *t = x->trainer;
    tb_output list[TB_MOST_HOOKS];
    wanted w = x->wanted[objective];
    if (t->learning[objective].carried_count ||
        !is_given_alone(&t->learn, objective))
        return TB_OK;
    w.list = list;
    w.count = 0;
    want_hooked(&t->learn, objective, &w);
    for (int i = 0; i < w.bound_count; i++)
        if (!w.bound[i].plan) {
            w.bound[i].plan = t->learning[objective].plan;
            w.bound[i].there = w.bound[i].value;
        }
    return plan_one(x, objective, &w, &t->giving[objective], error);
}

/* ---- all of them ---- */

static tb_status want_learning(planning *x, int objective, tb_error *error)
{
    tb_trainer *t = x->trainer;
    gradient_list l = {0};
    wanted *w = &x->wanted[objective];
    bool ok = list_gradients(t, &t->learn.objective[objective], &l);
    if (ok) {
        want_measured(&t->learn, objective, w);
        want_hooked(&t->learn, objective, w);
        want_gradients(t, objective, &l, w);
    }
    tb_free(l.values);
    return ok ? TB_OK : tb_fail_memory(error);
}

static void want_tested(planning *x, int objective)
{
    const tb_learning *l = x->learning;
    wanted *w = &x->wanted[objective];
    for (int i = 0; i < l->metric_count; i++)
        if (l->metric[i].tested && l->metric[i].objective == objective) {
            want(w, l->metric[i].value);
            want(w, l->metric[i].yard);
        }
    want_hooked(l, objective, w);
}

static tb_status want_all(planning *x, tb_error *error)
{
    const size_t most =
        (size_t)tb_params_count(x->trainer->params) + 4 * TB_MOST_STATISTICS;
    tb_status status = TB_OK;
    for (int o = 0; o < x->learning->objective_count && !status; o++) {
        if (!(x->objectives >> o & 1))
            continue;
        x->wanted[o].list = tb_alloc_array(most, sizeof(tb_output));
        status = x->wanted[o].list ? find_frames(x, o, error)
                                   : tb_fail_memory(error);
        if (!status && x->testing)
            want_tested(x, o);
        else if (!status)
            status = want_learning(x, o, error);
    }
    for (int o = x->learning->objective_count - 1; o >= 0 && !status; o--)
        if (x->objectives >> o & 1)
            status = ask_around(x, o, error);
    return status;
}

static tb_status plan_all(planning *x, tb_error *error)
{
    tb_status status = want_all(x, error);
    for (int o = 0; o < x->learning->objective_count && !status; o++) {
        if (!(x->objectives >> o & 1))
            continue;
        bind_inputs(x, o);
        status = plan_one(x, o, &x->wanted[o], &x->planned[o], error);
        if (!status && !x->testing)
            status = plan_giving(x, o, error);
    }
    for (int o = 0; o < x->learning->objective_count; o++)
        tb_free(x->wanted[o].list);
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

tb_status tb_trainer_open_plans(tb_trainer *t, tb_error *error)
{
    planning learning = {.trainer = t,
                         .learning = &t->learn,
                         .planned = t->learning,
                         .objectives = ~0u};
    planning testing = {.trainer = t,
                        .learning = &t->test,
                        .planned = t->testing,
                        .objectives = tested(&t->test),
                        .testing = true};
    tb_status status = plan_all(&learning, error);
    return status ? status : plan_all(&testing, error);
}
