#include "train/trainer.h"

#include "base/memory.h"
#include "base/random.h"
#include "dsp/mulaw.h"
#include "engine/grad.h"
#include "engine/ops/elementwise.h"
#include "engine/plan.h"
#include "engine/source.h"

#include <math.h>
#include <string.h>

/* One use of the network: to learn, or to be tested. */
typedef struct part {
    tb_trainee trainee;
    tb_plan *plan;
    int rows;
    double *first; /* first value of each state */
} part;

struct tb_trainer {
    tb_trainer_settings settings;
    tb_sound_format format;
    tb_mulaw law;
    part learn, test;
    tb_params *params;
    tb_workspace *workspace;
    tb_pool *pool;
    tb_optimiser *optimiser;
    float *gradients;   /* in the layout of the parameters */
    float *put_away;    /* the weights while the average is in their place */
    void *before;       /* the states before the step */
    int32_t *quantised; /* [context + window] * channels */
    int64_t samples;    /* of that */
    bool averaged;
};

/* ---- states ---- */

static size_t element_size(const tb_tensor *t)
{
    return t->type == TB_I64 ? sizeof(int64_t) : sizeof(float);
}

static const tb_tensor *state_tensor(const part *p, int i)
{
    return tb_plan_tensor(p->plan, p->trainee.states[i]);
}

static size_t state_bytes(const part *p, int i)
{
    const tb_tensor *t = state_tensor(p, i);
    return element_size(t) * (size_t)tb_elements(t, 1);
}

/* Goes through the elements in logical order, from `row` (-1: all) alone:
   contiguous numbers to the tensor or from it, or `fill` to it. */
typedef struct move {
    const tb_tensor *tensor;
    char *out;      /* where they go; null: from `in` or `fill` */
    const char *in; /* where they come from */
    double fill;
} move;

static void move_element(move *m, int64_t offset)
{
    size_t size = element_size(m->tensor);
    char *at = (char *)m->tensor->data + (ptrdiff_t)size * offset;
    if (m->out) {
        memcpy(m->out, at, size);
        m->out += size;
    } else if (m->in) {
        memcpy(at, m->in, size);
        m->in += size;
    } else if (m->tensor->type == TB_I64) {
        *(int64_t *)at = (int64_t)m->fill;
    } else {
        *(float *)at = (float)m->fill;
    }
}

static void move_elements(move *m, int axis, int64_t offset, int64_t row)
{
    const tb_tensor *t = m->tensor;
    if (axis == t->rank) {
        move_element(m, offset);
        return;
    }
    bool one = axis == 0 && row >= 0;
    int64_t end = one ? row + 1 : t->dim[axis];
    for (int64_t i = one ? row : 0; i < end; i++)
        move_elements(m, axis + 1, offset + i * t->stride[axis], row);
}

static void read_state(const part *p, int i, void *to)
{
    move m = {.tensor = state_tensor(p, i), .out = to};
    move_elements(&m, 0, 0, -1);
}

static void write_state(part *p, int i, const void *from)
{
    move m = {.tensor = state_tensor(p, i), .in = from};
    move_elements(&m, 0, 0, -1);
}

static void reset_rows(part *p, const bool *reset)
{
    for (int i = 0; i < p->trainee.n_states; i++)
        for (int row = 0; row < p->rows; row++)
            if (reset[row]) {
                move m = {.tensor = state_tensor(p, i), .fill = p->first[i]};
                move_elements(&m, 0, 0, row);
            }
}

static void keep_states(tb_trainer *t)
{
    char *to = t->before;
    for (int i = 0; i < t->learn.trainee.n_states; i++) {
        read_state(&t->learn, i, to);
        to += state_bytes(&t->learn, i);
    }
}

static void restore_states(tb_trainer *t)
{
    const char *from = t->before;
    for (int i = 0; i < t->learn.trainee.n_states; i++) {
        write_state(&t->learn, i, from);
        from += state_bytes(&t->learn, i);
    }
}

/* All rows of a fresh plan hold the first values. States that the plan does
   without are forgotten. */
static bool learn_first_values(part *p)
{
    int n = 0;
    for (int i = 0; i < p->trainee.n_states; i++)
        if (state_tensor(p, i))
            p->trainee.states[n++] = p->trainee.states[i];
    p->trainee.n_states = n;
    p->first = tb_alloc_array((size_t)n, sizeof *p->first);
    for (int i = 0; p->first && i < n; i++) {
        const tb_tensor *t = state_tensor(p, i);
        p->first[i] = t->type == TB_I64 ? (double)*(const int64_t *)t->data
                                        : *(const float *)t->data;
    }
    return p->first != NULL;
}

/* ---- what goes in ---- */

static void write_levels(tb_trainer *t, part *p, const float *frames)
{
    const tb_tensor *to = tb_plan_tensor(p->plan, p->trainee.levels);
    int64_t skip = t->samples - to->dim[1], n = to->dim[1];
    for (int row = 0; row < p->rows; row++) {
        int64_t *at =
            (int64_t *)to->data + row * to->stride[0] + tb_frame_offset(to, 0);
        tb_mulaw_quantise_buffer(&t->law, frames + row * t->samples + skip, n,
                                 t->quantised);
        for (int64_t i = 0; i < n; i++)
            at[i * to->stride[1]] = t->quantised[i];
    }
}

/* Random numbers of each step are its own. */
static uint64_t seed_of_step(const tb_trainer *t)
{
    tb_rng rng = {t->settings.seed, (uint64_t)tb_trainer_steps(t)};
    return tb_rng_next(&rng);
}

static double loss_bits(const part *p)
{
    const tb_tensor *loss = tb_plan_tensor(p->plan, p->trainee.loss);
    return *(const float *)loss->data / log(2);
}

/* ---- steps ---- */

/* Runs once more, with a look at every node. */
static tb_status name_the_node(tb_trainer *t, uint64_t seed, const char *what,
                               tb_error *error)
{
    restore_states(t);
    tb_status status = tb_plan_run_checked(t->learn.plan, seed, t->pool, error);
    restore_states(t);
    if (status)
        return status;
    return tb_fail(error, TB_ERR_NUMERIC,
                   "The %s of step %lld is not a number.", what,
                   (long long)tb_trainer_steps(t) + 1);
}

tb_status tb_trainer_step(tb_trainer *t, const float *frames, const bool *reset,
                          tb_step_report *report, tb_error *error)
{
    uint64_t seed = seed_of_step(t);
    float *weights = tb_params_data(t->params);
    report->rate = tb_schedule_rate(&t->settings.schedule, tb_trainer_steps(t));
    keep_states(t);
    reset_rows(&t->learn, reset);
    write_levels(t, &t->learn, frames);
    tb_plan_run(t->learn.plan, seed, t->pool);
    report->bits = loss_bits(&t->learn);
    if (!isfinite(report->bits))
        return name_the_node(t, seed, "loss", error);
    report->norm = tb_optimiser_step(t->optimiser, weights, t->gradients,
                                     report->rate, t->pool);
    if (!isfinite(report->norm))
        return name_the_node(t, seed, "gradient", error);
    tb_params_touch(t->params);
    return TB_OK;
}

tb_status tb_trainer_test(tb_trainer *t, const float *frames, const bool *reset,
                          double *bits, tb_error *error)
{
    reset_rows(&t->test, reset);
    write_levels(t, &t->test, frames);
    tb_plan_run(t->test.plan, t->settings.seed, t->pool);
    *bits = loss_bits(&t->test);
    if (!isfinite(*bits))
        return tb_fail(error, TB_ERR_NUMERIC,
                       "The loss on the held-out sounds is not a number.");
    return TB_OK;
}

void tb_trainer_use_average(tb_trainer *t, bool use)
{
    const float *average = tb_optimiser_average(t->optimiser);
    size_t bytes = (size_t)tb_params_total(t->params) * sizeof(float);
    if (!average || use == t->averaged)
        return;
    float *weights = tb_params_data(t->params);
    if (use)
        memcpy(t->put_away, weights, bytes);
    memcpy(weights, use ? average : t->put_away, bytes);
    t->averaged = use;
    tb_params_touch(t->params);
}

/* ---- set-up ---- */

/* Values of the parameters in the order of the store. */
static void find_parameters(const tb_trainer *t, tb_value **values)
{
    for (tb_node *n = tb_graph_first(t->learn.trainee.graph); n; n = n->next) {
        if (n->op == &tb_op_param)
            values[tb_params_find(t->params, n->name)] = n->out[0];
    }
}

/* The loss and the gradients; gradients that are one and the same value (two
   biases of one sum) need a place each. */
static int list_outputs(tb_trainer *t, tb_value **gradients, tb_output *outputs)
{
    int count = tb_params_count(t->params), n = 0;
    outputs[n++] = (tb_output){t->learn.trainee.loss, NULL};
    for (int i = 0; i < count; i++) {
        tb_value *g = gradients[i];
        for (int k = 0; k < i && g; k++)
            if (gradients[k] == g)
                g = tb_scale(g, 1);
        if (g)
            outputs[n++] = (tb_output){
                g, t->gradients + tb_params_at(t->params, i)->offset};
    }
    return n;
}

static tb_status make_plan(tb_trainer *t, part *p, int n_outputs,
                           const tb_output *outputs, tb_error *error)
{
    const tb_plan_settings settings = {
        .params = t->params,
        .workspace = t->workspace,
        .frames = p->trainee.context +
                  (int64_t)t->settings.window * t->format.channels,
        .training = p == &t->learn,
        .threads = tb_pool_threads(t->pool),
    };
    p->plan =
        tb_plan_new(p->trainee.graph, n_outputs, outputs, &settings, error);
    if (!p->plan)
        return error ? error->status : TB_ERR_MEMORY;
    return learn_first_values(p) ? TB_OK : tb_fail_memory(error);
}

static tb_status plan_learning(tb_trainer *t, tb_error *error)
{
    size_t count = (size_t)tb_params_count(t->params);
    tb_value **values = tb_alloc_array(2 * count + 1, sizeof *values);
    tb_output *outputs = tb_alloc_array(count + 1, sizeof *outputs);
    tb_status status = TB_ERR_MEMORY;
    if (!values || !outputs) {
        tb_fail_memory(error);
        goto done;
    }
    find_parameters(t, values);
    tb_grad(t->learn.trainee.loss, (int)count, values, values + count);
    int n = list_outputs(t, values + count, outputs);
    status = make_plan(t, &t->learn, n, outputs, error);
done:
    tb_free(values);
    tb_free(outputs);
    return status;
}

static tb_status build(tb_trainer *t, tb_error *error)
{
    const tb_trainer_settings *s = &t->settings;
    tb_status status =
        s->kind->trainee(s->config, s->rows, &t->learn.trainee, error);
    t->learn.rows = s->rows;
    if (status || s->test_rows <= 0)
        return status;
    t->test.rows = s->test_rows;
    return s->kind->trainee(s->config, s->test_rows, &t->test.trainee, error);
}

static tb_status allocate(tb_trainer *t, tb_error *error)
{
    const tb_graph *graph = t->learn.trainee.graph;
    t->params = tb_params_new(1, &graph, sizeof(float), error);
    if (!t->params)
        return error ? error->status : TB_ERR_MEMORY;
    size_t total = (size_t)tb_params_total(t->params);
    int channels = t->format.channels;
    t->samples =
        (int64_t)(tb_trainer_context(t) + t->settings.window) * channels;
    t->workspace = tb_workspace_new();
    t->gradients = tb_alloc_array(total, sizeof *t->gradients);
    t->quantised = tb_alloc_array((size_t)t->samples, sizeof *t->quantised);
    if (t->settings.optimiser.average > 0)
        t->put_away = tb_alloc_array(total, sizeof *t->put_away);
    t->pool = tb_pool_new(t->settings.threads > 0 ? t->settings.threads
                                                  : tb_cpu_count());
    if (!t->workspace || !t->gradients || !t->quantised || !t->pool ||
        (t->settings.optimiser.average > 0 && !t->put_away))
        return tb_fail_memory(error);
    return TB_OK;
}

static tb_status make_optimiser(tb_trainer *t, tb_error *error)
{
    size_t bytes = 0;
    for (int i = 0; i < t->learn.trainee.n_states; i++)
        bytes += state_bytes(&t->learn, i);
    t->before = tb_alloc(bytes);
    if (!t->before)
        return tb_fail_memory(error);
    t->settings.kind->init(t->settings.config, t->params, t->settings.seed);
    tb_params_touch(t->params);
    t->optimiser =
        tb_optimiser_new(&t->settings.optimiser, tb_params_total(t->params),
                         tb_params_data(t->params), error);
    return t->optimiser ? TB_OK : TB_ERR_MEMORY;
}

static tb_status set_up(tb_trainer *t, tb_error *error)
{
    tb_status status =
        tb_mulaw_init(&t->law, t->format.levels, t->format.mulaw, error);
    if (!status)
        status = build(t, error);
    if (!status)
        status = allocate(t, error);
    if (!status)
        status = plan_learning(t, error);
    if (!status && t->test.rows > 0) {
        tb_output loss = {t->test.trainee.loss, NULL};
        status = make_plan(t, &t->test, 1, &loss, error);
    }
    return status ? status : make_optimiser(t, error);
}

tb_trainer *tb_trainer_new(const tb_trainer_settings *settings, tb_error *error)
{
    tb_trainer *t = tb_alloc(sizeof *t);
    if (!t) {
        tb_fail_memory(error);
        return NULL;
    }
    t->settings = *settings;
    t->format = settings->kind->format(settings->config);
    if (set_up(t, error)) {
        tb_trainer_free(t);
        return NULL;
    }
    return t;
}

static void part_clear(part *p)
{
    tb_plan_free(p->plan);
    tb_trainee_clear(&p->trainee);
    tb_free(p->first);
}

void tb_trainer_free(tb_trainer *t)
{
    if (!t)
        return;
    part_clear(&t->learn);
    part_clear(&t->test);
    tb_params_free(t->params);
    tb_workspace_free(t->workspace);
    tb_pool_free(t->pool);
    tb_optimiser_free(t->optimiser);
    tb_free(t->gradients);
    tb_free(t->put_away);
    tb_free(t->before);
    tb_free(t->quantised);
    tb_free(t);
}

/* ---- what is known ---- */

int tb_trainer_context(const tb_trainer *t)
{
    int channels = t->format.channels;
    return (int)((t->learn.trainee.context + channels - 1) / channels);
}

int64_t tb_trainer_steps(const tb_trainer *t)
{
    return tb_optimiser_steps(t->optimiser);
}

tb_params *tb_trainer_params(tb_trainer *t)
{
    return t->params;
}

tb_optimiser *tb_trainer_optimiser(tb_trainer *t)
{
    return t->optimiser;
}

int tb_trainer_states(const tb_trainer *t)
{
    return t->learn.trainee.n_states;
}

tb_carried tb_trainer_state(const tb_trainer *t, int i)
{
    const tb_tensor *tensor = state_tensor(&t->learn, i);
    tb_carried c = {.name = t->learn.trainee.states[i]->node->name,
                    .is_integer = tensor->type == TB_I64,
                    .rank = tensor->rank,
                    .bytes = state_bytes(&t->learn, i)};
    memcpy(c.shape, tensor->dim, sizeof c.shape);
    return c;
}

void tb_trainer_get_state(const tb_trainer *t, int i, void *to)
{
    read_state(&t->learn, i, to);
}

void tb_trainer_set_state(tb_trainer *t, int i, const void *from)
{
    write_state(&t->learn, i, from);
}

tb_trainer_size tb_trainer_measure(const tb_trainer *t)
{
    tb_trainer_size size = {.threads = tb_pool_threads(t->pool)};
    tb_optimiser_block blocks[TB_OPTIMISER_BLOCKS];
    int n = tb_optimiser_blocks(t->optimiser, blocks) + 2;
    for (int i = 0; i < tb_params_count(t->params); i++)
        size.weights += tb_params_at(t->params, i)->n;
    size.bytes = (size_t)tb_params_total(t->params) * sizeof(float) *
                     (size_t)(n + (t->put_away != NULL)) +
                 tb_plan_bytes(t->learn.plan);
    if (t->test.plan)
        size.bytes += tb_plan_bytes(t->test.plan);
    return size;
}
