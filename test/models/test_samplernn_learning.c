/* SampleRNN against PyTorch, its gradients, fresh weights and settings. */
#include "../engine/golden.h"
#include "check_network.h"
#include "engine/ops/loss.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

typedef struct golden_gradient {
    const char *name;
    const double *x;
} golden_gradient;

#include "golden/samplernn.h"

enum { ROWS = 2, MAX_PARAMS = 128 };

/* One step of training: loss and the gradients of all parameters. */
/* The loss of given levels, as learning has it of those of sound. */
typedef struct trainee {
    tb_graph *graph;
    tb_value *levels, *loss;
    int64_t context;
} trainee;

static tb_status trainee_new(const tb_samplernn *config, int rows, trainee *t,
                             tb_error *error)
{
    *t = (trainee){.graph = tb_graph_new()};
    t->context = tb_samplernn_instrument.network->context(config);
    t->levels = tb_input(t->graph, "levels", TB_I64, tb_dims(rows, TB_FRAMES));
    tb_value *logits =
        tb_samplernn_next(config, t->levels, t->context).component[0].logits;
    tb_value *nats =
        tb_cross_entropy(logits, tb_pad(t->levels, 1, -t->context, 0));
    t->loss = tb_reshape(tb_mean(nats, TB_ALL_AXES, false), tb_dims(1));
    return tb_graph_check(t->graph, error);
}

static void trainee_clear(trainee *t)
{
    tb_graph_free(t->graph);
    *t = (trainee){0};
}

typedef struct step {
    tb_samplernn config;
    trainee t;
    tb_params *params;
    tb_plan *plan;
    tb_value *gradients[MAX_PARAMS];
} step;

static void find_gradients(step *s, tb_output *want)
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

static step step_new(const char *changes, int64_t frames, bool training)
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

static void step_free(step *s)
{
    tb_plan_free(s->plan);
    tb_params_free(s->params);
    trainee_clear(&s->t);
}

static double step_loss(step *s)
{
    tb_params_touch(s->params);
    tb_plan_reset(s->plan);
    tb_plan_run(s->plan, 5, NULL);
    return *(double *)tb_plan_tensor(s->plan, s->t.loss)->data;
}

static void write_levels(step *s)
{
    const tb_tensor *t = tb_plan_tensor(s->plan, s->t.levels);
    for (int64_t i = 0; i < count_of(t); i++)
        *(int64_t *)(void *)element(t, i) =
            (int64_t)((noise(1, i) + 1) / 2 * s->config.sound.levels);
}

/* ---- PyTorch ---- */

static void write_params(step *s, int n, const golden_gradient *names)
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

static void check_logits(const step *s, const double *golden)
{
    network net = {.config = s->config,
                   .backend = tb_backend_naive64(),
                   .rows = ROWS,
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

static void check_golden(const char *changes, int n,
                         const golden_gradient *gradients, const double *logits,
                         double loss)
{
    step s = step_new(changes, 16, false);
    EQ(s.t.context, 8);
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

/* ---- differences ---- */

/* The slope of the loss along element k of parameter i. */
static double slope(step *s, int i, int64_t k)
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

static void check_differences(const char *changes)
{
    step s = step_new(changes, 8, true);
    double worst = 0, largest = 1e-3;
    tb_samplernn_instrument.init(&s.config, s.params, 2);
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

/* ---- settings ---- */

static double loss_of(const char *changes, bool training)
{
    step s = step_new(changes, 16, training);
    tb_samplernn_instrument.init(&s.config, s.params, 2);
    write_levels(&s);
    double loss = step_loss(&s);
    step_free(&s);
    return loss;
}

static void check_dropout(void)
{
    const char *with = "frame_sizes=8,4,4 hidden=6 levels=8 dropout=0.5";
    const char *without = "frame_sizes=8,4,4 hidden=6 levels=8";
    OK(loss_of(with, false) == loss_of(without, false));
    OK(loss_of(with, true) != loss_of(without, true));
}

static const tb_learning_size one_row = {.rows = 1, .window = 512};

static void refused(const char *changes, const char *because)
{
    tb_samplernn c = configured(changes);
    tb_error error = {0};
    tb_learning l;
    OK(tb_samplernn_instrument.check(&c, &error) == TB_ERR_ARGUMENT);
    OK_NAMED(strstr(error.text, because), because);
    OK(tb_instrument_learn(&tb_samplernn_instrument, &c, &one_row, &l,
                           &error) == TB_ERR_ARGUMENT);
    EQ(l.objective_count, 0);
}

static void check_presets(void)
{
    for (int i = 0; i < tb_samplernn_settings.preset_count; i++) {
        char changes[64];
        snprintf(changes, sizeof changes, "preset=%s",
                 tb_samplernn_settings.presets[i].name);
        tb_samplernn c = configured(changes);
        tb_learning l;
        OK(tb_instrument_learn(&tb_samplernn_instrument, &c, &one_row, &l,
                               NULL) == TB_OK);
        const tb_value *loss = l.objective[0].loss;
        OK(loss && loss->rank == 1 && loss->dim[0] == 1);
        EQ(l.feed[0].context % c.frame_sizes.at[0], 0);
        EQ(l.grain, c.frame_sizes.at[0]);
        SAME_TEXT(l.metric[0].name, "bits");
        EQ(l.metric[0].levels, c.sound.levels);
        EQ(l.metric_count, 1);
        tb_learning_clear(&l);
    }
}

/* 16-bit sound is told in its own levels, and in 256. */
static void check_fine(void)
{
    tb_samplernn c = configured("output=logistics");
    tb_learning l;
    OK(tb_instrument_learn(&tb_samplernn_instrument, &c, &one_row, &l, NULL) ==
       TB_OK);
    EQ(l.feed[0].context, 32);
    EQ(l.metric_count, 2);
    EQ(l.metric[0].levels, 65536);
    NEAR(l.metric[0].mulaw, 0, 0);
    SAME_TEXT(l.metric[0].name, "bits");
    SAME_TEXT(l.metric[1].name, "bits_256");
    OK(l.metric[1].tested && l.metric[1].value != l.metric[0].value);
    tb_learning_clear(&l);
}

static void check_kinds(void)
{
    tb_error error = {0};
    OK(tb_instrument_named("samplernn", &error) == &tb_samplernn_instrument);
    OK(!tb_instrument_named("samplern", &error));
    OK(strstr(error.text, "'samplernn'"));
    tb_samplernn c = configured("channels=2 levels=64 mulaw=0.5");
    tb_sound_format f = tb_samplernn_instrument.format(&c);
    tb_symbols s = tb_samplernn_instrument.network->symbols(&c);
    OK(f.channels == 2 && s.levels == 64 && s.frames == 2 && s.per == 1);
    NEAR(tb_samplernn_instrument.network->mulaw(&c), 0.5, 0);
    NEAR(f.sample_rate, 16000, 0);
}

int main(void)
{
    check_golden("frame_sizes=8,2,3 hidden=3,4 levels=6 head_size=4 "
                 "input=linear learned_temperature=no cell=gru",
                 sizeof plain_gradients / sizeof *plain_gradients,
                 plain_gradients, plain_logits, plain_loss[0]);
    check_golden("frame_sizes=4,4,2,5 hidden=2,3,2 levels=5 head_size=2 "
                 "cell=lstm layers=2 input=embedding embedding_size=2 "
                 "weight_norm=yes inputs_mode=static_mix min_temperature=0.3",
                 sizeof rich_gradients / sizeof *rich_gradients, rich_gradients,
                 rich_logits, rich_loss[0]);
    check_differences("frame_sizes=4,2,3 hidden=3 levels=5 head_size=3 "
                      "cell=lstm layers=2 h0=learned dropout=0.3 channels=2");
    check_differences("frame_sizes=4,2,3 hidden=3 levels=5 head_size=3 "
                      "cell=rnn weight_norm=yes inputs_mode=mean h0=randn "
                      "input=embedding embedding_size=2");
    check_differences("frame_sizes=4,2 hidden=3 levels=5 head_layers=2 "
                      "cell=none head_size=4 head_activation=tanh");
    check_dropout();
    check_presets();
    check_fine();
    check_kinds();
    refused("frame_sizes=16", "at least two");
    refused("frame_sizes=16,6,4", "must divide");
    refused("frame_sizes=16,8,4,4 hidden=3,4", "one for each");
    return tap_done();
}
