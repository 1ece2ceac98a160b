/* Steps of the second phase of RAVE's learning against RAVE's own code: losses
   of both sides, and the gradients of the decoder and of the discriminators,
   each all together. */
#include "../engine/tolerance.h"
#include "check_rave.h"
#include "models/rave_losses.h"

enum { ROWS = 2, FRAMES = 4096, PROJECTIONS = 4, LOSSES = 4, MOST = 512 };

typedef struct golden_step {
    const char *presets;
    int channels, compat;
    double loss[LOSSES]; /* distance, weighted features, deception,
                            discrimination */
    double decoder[1 + PROJECTIONS], discriminators[1 + PROJECTIONS];
} golden_step;

#include "golden/rave_steps.h"

static const char *const smaller[] = {"scales=256,128", "crop=no",
                                      "spectral_capacity=2"};

/* What RAVE's configuration of wasserstein says, which our preset halves. */
static const char *const twice[] = {"sound_distance=2", "bands_distance=2",
                                    "adversarial=2", "feature_matching=20"};

typedef struct contest {
    const golden_step *of;
    tb_rave c;
    tb_graph *graph;
    given_noise noise;
    tb_rave_signals s;
    tb_rave_deception d;
    tb_value *discrimination;
    tb_params *params;
    tb_value *gradients[MOST]; /* each of the side that learns by it */
    tb_plan *plan;
} contest;

static void configure_step(contest *t, tb_adversary adversary)
{
    tb_settings_part part = {&tb_rave_settings, &t->c};
    t->c = configured(t->of->presets, t->of->channels);
    for (size_t i = 0; i < sizeof smaller / sizeof *smaller; i++)
        tb_settings_assign(&part, 1, smaller[i], NULL);
    if (t->c.discriminators == TB_RAVE_DESCRIPT)
        tb_settings_assign(&part, 1, "discriminator_periods=2,3", NULL);
    if (t->c.discriminators >= TB_RAVE_SPECTRAL)
        tb_settings_assign(&part, 1, "discriminator_spectra=64,32", NULL);
    t->c.adversary = (int)adversary;
    t->c.compat = t->of->compat;
    if (t->c.compat && t->c.latent_kind == TB_RAVE_WASSERSTEIN)
        for (size_t i = 0; i < sizeof twice / sizeof *twice; i++)
            tb_settings_assign(&part, 1, twice[i], NULL);
    t->noise = (given_noise){.c = &t->c, .rows = ROWS, .frames = FRAMES};
}

static void build(contest *t)
{
    const tb_rave *c = &t->c;
    t->graph = tb_graph_new();
    tb_value *x = tb_input(t->graph, "sound", TB_REAL,
                           tb_dims(ROWS, c->channels, TB_FRAMES));
    tb_rave_how how = {.draws = true,
                       .noise = TB_RAVE_NOISE,
                       .encoder_learns = c->compat == TB_RAVE_2_3};
    give_noise(&t->noise, t->graph, &how);
    t->s = tb_rave_rebuilt(c, x, &how);
    tb_critique real = tb_rave_judge(c, t->s.target, FRAMES);
    tb_critique made = tb_rave_judge(c, t->s.made, FRAMES);
    t->d = tb_rave_deceive(c, &t->s, &real, &made);
    t->discrimination =
        tb_discrimination((tb_adversary)c->adversary, &real, &made);
}

/* Gradients of the parameters that begin so. */
static int want_gradients(contest *t, tb_value *loss, const char *prefix,
                          tb_output *want)
{
    tb_value *wrt[MOST], *gradient[MOST];
    int at[MOST], n = 0;
    for (int i = 0; i < tb_params_count(t->params); i++) {
        const tb_parameter *p = tb_params_at(t->params, i);
        if (strncmp(p->name, prefix, strlen(prefix)))
            continue;
        at[n] = i;
        wrt[n++] = tb_param(t->graph, p->name, p->shape);
    }
    tb_grad(loss, n, wrt, gradient);
    int count = 0;
    for (int i = 0; i < n; i++) {
        t->gradients[at[i]] = gradient[i];
        if (gradient[i])
            want[count++].value = gradient[i];
    }
    return count;
}

static bool compile(contest *t)
{
    tb_output want[MOST + 4] = {{t->d.distance, NULL},
                                {t->d.matching, NULL},
                                {t->d.deception, NULL},
                                {t->discrimination, NULL}};
    tb_error error = {0};
    bool good = tb_graph_check(t->graph, &error) == TB_OK;
    t->params = good ? params_of(t->graph, sizeof(double)) : NULL;
    good = t->params && tb_params_count(t->params) <= MOST;
    int n = 4;
    if (good)
        n += want_gradients(t, t->d.loss, "decoder.", want + n);
    if (good)
        n += want_gradients(t, t->discrimination, "discriminator.", want + n);
    tb_plan_settings how = {.backend = tb_backend_naive64(),
                            .params = t->params,
                            .frames = FRAMES,
                            .training = true};
    t->plan = good ? tb_plan_new(t->graph, n, want, &how, &error) : NULL;
    if (!t->plan)
        fprintf(stderr, "# %s\n", error.text);
    return t->plan != NULL;
}

/* ---- against RAVE ---- */

static double value_of(const contest *t, const tb_value *v)
{
    return *(double *)tb_plan_tensor(t->plan, v)->data;
}

static void expect_losses(const contest *t)
{
    const double *is = t->of->loss;
    NEAR(value_of(t, t->d.distance), is[0], 1e-6);
    NEAR(value_of(t, t->d.matching) * t->c.feature_matching, is[1], 1e-6);
    NEAR(value_of(t, t->d.deception) * t->c.adversarial, is[2], 1e-6);
    NEAR(value_of(t, t->discrimination), is[3], 1e-6);
}

/* The norm of all gradients of a side, and projections. */
static void expect_gradients(const contest *t, const char *prefix,
                             const double *row)
{
    double got[1 + PROJECTIONS] = {0}, worst = 0;
    for (int i = 0; i < tb_params_count(t->params); i++) {
        const tb_parameter *p = tb_params_at(t->params, i);
        const tb_value *g = t->gradients[i];
        bool is_of = strncmp(p->name, prefix, strlen(prefix)) == 0;
        const tb_tensor *x = is_of && g ? tb_plan_tensor(t->plan, g) : NULL;
        OK_NAMED(!is_of || x || ends(p->name, "warmed_up"), p->name);
        for (int64_t k = 0; x && k < count_of(x); k++) {
            got[0] += *element(x, k) * *element(x, k);
            for (int j = 0; j < PROJECTIONS; j++)
                got[1 + j] +=
                    *element(x, k) * noise(seed_of(p->name) + 1 + j, k);
        }
    }
    got[0] = sqrt(got[0]);
    for (int j = 0; j <= PROJECTIONS; j++)
        worst = fmax(worst, fabs(got[j] - row[j]) / row[0]);
    if (!OK_NAMED(worst <= TOL_GOLDEN, prefix))
        fprintf(stderr, "# %s: off by %g of its norm %g\n", t->of->presets,
                worst, row[0]);
}

static void check(const golden_step *of, tb_adversary adversary)
{
    contest t = {.of = of};
    configure_step(&t, adversary);
    build(&t);
    if (OK_NAMED(compile(&t), of->presets)) {
        write_noise(tb_plan_tensor(t.plan, t.s.sound), 1);
        write_given_noise(&t.noise, t.plan);
        tb_plan_run(t.plan, 0, NULL);
        expect_losses(&t);
        expect_gradients(&t, "decoder.", of->decoder);
        expect_gradients(&t, "discriminator.", of->discriminators);
    }
    tb_plan_free(t.plan);
    tb_params_free(t.params);
    tb_graph_free(t.graph);
}

int main(void)
{
    static const tb_adversary adversaries[] = {
        TB_ADVERSARY_HINGE,         TB_ADVERSARY_HINGE,
        TB_ADVERSARY_LEAST_SQUARES, TB_ADVERSARY_NON_SATURATING,
        TB_ADVERSARY_HINGE,         TB_ADVERSARY_HINGE,
        TB_ADVERSARY_HINGE};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        check(&steps[i], adversaries[i]);
    return tap_done();
}
