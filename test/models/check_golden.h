/* Networks under test against PyTorch: logits, loss and all gradients of one
   step of training, and the gradients as slopes. The instrument is that of
   check_network.h. */
#ifndef TB_TEST_MODELS_CHECK_GOLDEN_H
#define TB_TEST_MODELS_CHECK_GOLDEN_H

#include "../engine/golden.h"
#include "check_network.h"
#include "engine/grad.h"
#include "engine/ops/loss.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

typedef struct golden_gradient {
    const char *name;
    const double *x;
} golden_gradient;

enum { ROWS = 2, MAX_PARAMS = 128 };

/* The loss of given levels, as learning has it of those of sound. */
typedef struct trainee {
    tb_graph *graph;
    tb_value *levels, *loss;
    int64_t context;
} trainee;

static inline tb_status trainee_new(const CHECK_CONFIG *config, int rows,
                                    trainee *t, tb_error *error)
{
    *t = (trainee){.graph = tb_graph_new()};
    t->context = CHECK_INSTRUMENT.network->context(config);
    t->levels = tb_input(t->graph, "levels", TB_I64, tb_dims(rows, TB_FRAMES));
    tb_builder b = {
        .graph = t->graph, .config = config, .rows = rows, .learning = true};
    tb_distribution next =
        CHECK_INSTRUMENT.network->loop(&b, t->levels, t->context);
    tb_value *nats = tb_cross_entropy(next.component[0].logits,
                                      tb_pad(t->levels, 1, -t->context, 0));
    t->loss = tb_reshape(tb_mean(nats, TB_ALL_AXES, false), tb_dims(1));
    return tb_graph_check(t->graph, error);
}

static inline void trainee_clear(trainee *t)
{
    tb_graph_free(t->graph);
    *t = (trainee){0};
}

/* One step of training: loss and the gradients of all parameters. */
typedef struct step {
    CHECK_CONFIG config;
    trainee t;
    tb_params *params;
    tb_plan *plan;
    tb_value *gradients[MAX_PARAMS];
} step;

static inline void find_gradients(step *s, tb_output *want)
{
    tb_value *wrt[MAX_PARAMS] = {0};
    int n = tb_params_count(s->params);
    OK(n <= MAX_PARAMS);
    for (int i = 0; i < n; i++) {
        const tb_parameter *p = tb_params_at(s->params, i);
        wrt[i] = tb_param(s->t.graph, p->name, p->shape);
    }
    tb_grad(s->t.loss, n, wrt, s->gradients);
    for (int i = 0; i < n; i++)
        want[1 + i].value = s->gradients[i];
}

static inline step step_new(const char *changes, int64_t frames, bool training)
{
    step s = {.config = configured(changes)};
    tb_error error = {0};
    tb_output want[1 + MAX_PARAMS] = {0};
    if (trainee_new(&s.config, ROWS, &s.t, &error) == TB_OK) {
        const tb_graph *g = s.t.graph;
        s.params = tb_params_new(1, &g, sizeof(double), &error);
        find_gradients(&s, want);
        want[0].value = s.t.loss;
        tb_plan_settings set = {.backend = tb_backend_naive64(),
                                .params = s.params,
                                .frames = s.t.context + frames,
                                .training = training};
        s.plan =
            tb_plan_new(g, 1 + tb_params_count(s.params), want, &set, &error);
    }
    if (!s.plan)
        fprintf(stderr, "# %s: %s\n", changes, error.text);
    OK_NAMED(s.plan != NULL, changes);
    return s;
}

static inline void step_free(step *s)
{
    tb_plan_free(s->plan);
    tb_params_free(s->params);
    trainee_clear(&s->t);
}

static inline double step_loss(step *s)
{
    tb_params_touch(s->params);
    tb_plan_reset(s->plan);
    tb_plan_run(s->plan, 5, NULL);
    return *(double *)tb_plan_tensor(s->plan, s->t.loss)->data;
}

static inline void write_levels(step *s)
{
    const tb_tensor *t = tb_plan_tensor(s->plan, s->t.levels);
    for (int64_t i = 0; i < count_of(t); i++)
        *(int64_t *)(void *)element(t, i) =
            (int64_t)((noise(1, i) + 1) / 2 * s->config.sound.levels);
}

static inline void write_params(step *s, int n, const golden_gradient *names)
{
    double x[256];
    for (int i = 0; i < n; i++) {
        int at = tb_params_find(s->params, names[i].name);
        OK_NAMED(at >= 0, names[i].name);
        int64_t count = at < 0 ? 0 : tb_params_at(s->params, at)->n;
        for (int64_t k = 0; k < count && k < 256; k++)
            x[k] = noise(100 + i, k);
        if (at >= 0)
            tb_params_set(s->params, at, x);
    }
}

static inline void check_logits(const step *s, const double *golden)
{
    network net = {.config = s->config,
                   .backend = tb_backend_naive64(),
                   .rows = ROWS,
                   .said_count = 1,
                   .width = s->config.sound.levels,
                   .params = s->params};
    const tb_tensor *t = tb_plan_tensor(s->plan, s->t.levels);
    recording x = recording_new(ROWS, t->dim[1], 1, sizeof(int64_t));
    copy(&x, 0, 0, t, t->dim[1], false);
    recording y = whole(&net, &x, s->t.context, 0, false);
    tb_tensor seen = {y.data, TB_REAL, 3, 1, {ROWS, y.frames, y.n}, {0}, 0, 0};
    for (int64_t i = 2, n = 1; i >= 0; n *= seen.dim[i--])
        seen.stride[i] = n;
    expect_numbers(&seen, golden, ROWS * y.frames * y.n, "logits");
    free(x.data);
    free(y.data);
}

static inline void check_golden(const char *changes, int64_t context, int n,
                                const golden_gradient *gradients,
                                const double *logits, double loss)
{
    step s = step_new(changes, 16, false);
    EQ(s.t.context, context);
    EQ(tb_params_count(s.params), n);
    write_params(&s, n, gradients);
    write_levels(&s);
    NEAR(step_loss(&s), loss, 1e-8);
    for (int i = 0; i < n; i++) {
        int at = tb_params_find(s.params, gradients[i].name);
        if (at >= 0)
            expect_numbers(tb_plan_tensor(s.plan, s.gradients[at]),
                           gradients[i].x, tb_params_at(s.params, at)->n,
                           gradients[i].name);
    }
    check_logits(&s, logits);
    step_free(&s);
}

/* The slope of the loss along element k of parameter i. */
static inline double slope(step *s, int i, int64_t k)
{
    double h = 1e-5;
    double *x = (double *)tb_params_data(s->params) +
                tb_params_at(s->params, i)->offset + k;
    double before = *x;
    *x = before + h;
    double more = step_loss(s);
    *x = before - h;
    double less = step_loss(s);
    *x = before;
    return (more - less) / (2 * h);
}

static inline void check_differences(const char *changes)
{
    step s = step_new(changes, 8, true);
    double worst = 0, largest = 1e-3;
    CHECK_INSTRUMENT.init(&s.config, s.params, 2);
    write_levels(&s);
    for (int i = 0; i < tb_params_count(s.params); i++) {
        int64_t n = tb_params_at(s.params, i)->n;
        for (int64_t k = i % 3; k < n; k += 1 + n / 3) {
            double want = slope(&s, i, k);
            step_loss(&s);
            const tb_tensor *g = tb_plan_tensor(s.plan, s.gradients[i]);
            double off = g ? fabs(*element(g, k) - want) : INFINITY;
            worst = !(off <= worst) ? off : worst;
            largest = fmax(largest, fabs(want));
        }
    }
    if (!(worst <= 1e-7 * largest))
        fprintf(stderr, "# %s: off by %g of %g\n", changes, worst, largest);
    OK_NAMED(worst <= 1e-7 * largest, "gradients are slopes");
    step_free(&s);
}

#endif
