/* FreqNet against PyTorch: what it says, its loss and the gradients of all
   parameters; and its loss against finite differences. */
#include "models/freqnet.h"

#define CHECK_INSTRUMENT tb_freqnet_instrument
#define CHECK_CONFIG tb_freqnet

#include "../engine/golden.h"
#include "check_frames.h"

typedef struct golden_gradient {
    const char *name;
    const double *x;
} golden_gradient;

#include "golden/freqnet.h"

enum { ROWS = 2, FRAMES = 6, MOST = 40 };

typedef struct step {
    tb_graph *g;
    tb_value *symbols, *mean, *loss, *gradients[MOST];
    tb_params *params;
    tb_plan *plan;
    int count;
} step;

static void build(step *s, const tb_freqnet *config, int64_t context)
{
    tb_builder b = {
        .graph = s->g, .config = config, .rows = ROWS, .learning = true};
    int64_t n = tb_spectral_numbers(&config->frames);
    s->symbols =
        tb_input(s->g, "symbols", TB_REAL, tb_dims(ROWS, n, TB_FRAMES));
    tb_distribution d =
        tb_freqnet_instrument.network->loop(&b, s->symbols, context);
    s->mean = d.component[0].mean;
    if (d.kind == TB_PLAIN)
        s->mean = tb_contiguous(tb_transpose(s->mean, 1, 2));
    s->loss = tb_distribution_loss(&d, tb_pad(s->symbols, 2, -context, 0));
}

static step step_new(const char *changes, int n, const golden_gradient *names)
{
    tb_freqnet config = configured(changes);
    step s = {.g = tb_graph_new(), .count = n};
    tb_error error = {0};
    tb_output want[MOST + 2] = {{0}};
    tb_value *wrt[MOST] = {0};
    int64_t context = tb_freqnet_instrument.network->context(&config);
    build(&s, &config, context);
    const tb_graph *graph = s.g;
    s.params = tb_params_new(1, &graph, sizeof(double), &error);
    EQ(tb_params_count(s.params), n);
    for (int i = 0; i < n; i++) {
        const tb_parameter *p =
            tb_params_at(s.params, tb_params_find(s.params, names[i].name));
        wrt[i] = tb_param(s.g, p->name, p->shape);
    }
    tb_grad(s.loss, n, wrt, s.gradients);
    want[0].value = s.loss;
    want[1].value = s.mean;
    for (int i = 0; i < n; i++)
        want[2 + i].value = s.gradients[i];
    const tb_plan_settings set = {.backend = tb_backend_naive64(),
                                  .params = s.params,
                                  .frames = context + FRAMES,
                                  .training = true};
    s.plan = tb_plan_new(s.g, n + 2, want, &set, &error);
    if (!OK_NAMED(s.plan != NULL, changes))
        fprintf(stderr, "# %s\n", error.text);
    return s;
}

static void write_params(step *s, const golden_gradient *names)
{
    double x[1024];
    for (int i = 0; i < s->count; i++) {
        int at = tb_params_find(s->params, names[i].name);
        for (int64_t k = 0; k < tb_params_at(s->params, at)->n && k < 1024; k++)
            x[k] = noise(100 + i, k);
        tb_params_set(s->params, at, x);
    }
    tb_params_touch(s->params);
}

static double run(step *s)
{
    tb_params_touch(s->params);
    tb_plan_run(s->plan, 5, NULL);
    return *(double *)tb_plan_tensor(s->plan, s->loss)->data;
}

/* Some elements of each gradient. */
static void check_differences(step *s, const golden_gradient *names)
{
    const double h = 1e-6;
    double worst = 0, largest = 1e-3;
    for (int i = 0; i < s->count; i++) {
        int at = tb_params_find(s->params, names[i].name);
        const tb_parameter *p = tb_params_at(s->params, at);
        double *w = (double *)tb_params_data(s->params) + p->offset;
        for (int64_t k = 0; k < p->n; k += p->n / 3 + 1) {
            double was = w[k];
            w[k] = was + h;
            double more = run(s);
            w[k] = was - h;
            double slope = (more - run(s)) / (2 * h);
            w[k] = was;
            run(s);
            const tb_tensor *t = tb_plan_tensor(s->plan, s->gradients[i]);
            worst = fmax(worst, fabs(slope - *element(t, k)));
            largest = fmax(largest, fabs(slope));
        }
    }
    OK_NAMED(worst <= 1e-6 * largest, "gradients are finite differences");
    if (worst > 1e-6 * largest)
        fprintf(stderr, "# off by %g of %g\n", worst, largest);
}

static void check_golden(const char *changes, int n,
                         const golden_gradient *golden, const double *mean,
                         int64_t numbers, double loss)
{
    step s = step_new(changes, n, golden);
    write_params(&s, golden);
    write_noise(tb_plan_tensor(s.plan, s.symbols), 1);
    NEAR(run(&s), loss, 1e-7 * fabs(loss));
    expect_numbers(tb_plan_tensor(s.plan, s.mean), mean, numbers, "mean");
    for (int i = 0; i < n; i++) {
        const tb_tensor *t = tb_plan_tensor(s.plan, s.gradients[i]);
        expect_numbers(t, golden[i].x, count_of(t), golden[i].name);
    }
    check_differences(&s, golden);
    tb_plan_free(s.plan);
    tb_params_free(s.params);
    tb_graph_free(s.g);
}

#define GOLDEN(changes, name)                                                  \
    check_golden(changes, sizeof name##_gradients / sizeof *name##_gradients,  \
                 name##_gradients, name##_mean,                                \
                 sizeof name##_mean / sizeof *name##_mean, name##_loss[0])

int main(void)
{
    GOLDEN("fft_size=8 hop=4 channels=2 normalise=no choices=2 groups=2 "
           "least_deviation=0.05 blocks=2 dims_dilated=4 residuals_dim=4 "
           "skips_dim=3 dropout=0",
           normals);
    GOLDEN("preset=mimikit fft_size=8 hop=4 dims_dilated=4 layer_groups=2",
           plain);
    return tap_done();
}
