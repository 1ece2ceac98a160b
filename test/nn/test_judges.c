/* Discriminators, what both sides learn from them, and latents, against RAVE's
   own code: losses, and the gradients of all weights and of the sound. */
#include "../engine/golden.h"
#include "../engine/tolerance.h"
#include "engine/ops/shape.h"
#include "engine/ops/spectral_distance.h"
#include "nn/discriminators.h"
#include "nn/latent_losses.h"
#include "nn/sound_spectra.h"

enum {
    ROWS = 2,
    FRAMES = 702,
    PROJECTIONS = 4,
    LATENTS = 5,
    LATENT_FRAMES = 7,
    MOST_PARAMS = 200
};

typedef struct golden_row {
    const char *name; /* of a loss, a signal or a parameter; ends with null */
    double x[1 + PROJECTIONS];
} golden_row;

#include "golden/judges.h"

static double weight_at(const tb_parameter *p, int64_t i)
{
    double x = noise(seed_of(p->name), i);
    size_t n = strlen(p->name);
    if (strcmp(p->name + n - 2, "_g") == 0)
        return 1 + 0.2 * x;
    if (p->shape.rank > 1)
        return x * sqrt(3 / (double)(p->n / p->shape.dim[0]));
    return 0.2 * x;
}

static void set_weights(tb_params *params)
{
    for (int i = 0; i < tb_params_count(params); i++) {
        const tb_parameter *p = tb_params_at(params, i);
        double *x = calloc((size_t)p->n, sizeof *x);
        for (int64_t k = 0; k < p->n; k++)
            x[k] = weight_at(p, k);
        tb_params_set(params, i, x);
        free(x);
    }
}

/* Norm and projections as the script has them, to 1e-6 of the norm. */
static void expect_row(const tb_tensor *t, const golden_row *row)
{
    double got[1 + PROJECTIONS] = {0};
    bool good = t != NULL;
    for (int64_t i = 0; t && i < count_of(t); i++) {
        got[0] += *element(t, i) * *element(t, i);
        for (int k = 0; k < PROJECTIONS; k++)
            got[1 + k] += *element(t, i) * noise(seed_of(row->name) + 1 + k, i);
    }
    got[0] = sqrt(got[0]);
    for (int k = 0; k <= PROJECTIONS; k++)
        good &= fabs(got[k] - row->x[k]) <= TOL_GOLDEN * row->x[0];
    if (!good)
        fprintf(stderr, "# %s: norm %.9g, not %.9g; %.9g, not %.9g\n",
                row->name, got[0], row->x[0], got[1], row->x[1]);
    OK_NAMED(good, row->name);
}

/* ---- discriminators ---- */

typedef tb_critique judging(tb_value *x);

static const tb_convnet scale_net = {4, 4, 15, 4}, period_net = {4, 4, 5, 4};

static tb_critique scales_of(tb_value *x)
{
    tb_critique j = {0};
    tb_judge_scales(&j, x, "discriminator", &scale_net, 3);
    return j;
}

static tb_critique periods_of(tb_value *x)
{
    tb_critique j = {0};
    tb_judge_periods(&j, x, "discriminator", &period_net, 3, (int[]){2, 3, 5});
    return j;
}

static tb_critique spectra_of(tb_value *x)
{
    tb_critique j = {0};
    tb_judge_spectra(&j, x, "discriminator", 4, 2, (int64_t[]){64, 32});
    return j;
}

static tb_critique descript_of(tb_value *x)
{
    static const int folds[] = {2, 3};
    static const int64_t sizes[] = {64, 32};
    tb_critique j = {0};
    tb_judge_descript(&j, x, "discriminator",
                      &(tb_descript){2, FRAMES, 2, 2, folds, sizes});
    return j;
}

typedef struct contest {
    tb_graph *graph;
    tb_value *real, *made;
    tb_value *discrimination[3], *deception[3], *matching[2];
    tb_value *dmade, *gradient[MOST_PARAMS];
    tb_params *params;
    tb_plan *plan;
} contest;

/* Of all kinds of losses together. */
static void build(contest *c, judging *judge, int channels,
                  tb_value **discrimination, tb_value **deception)
{
    c->graph = tb_graph_new();
    tb_shape shape = tb_dims(ROWS, channels, TB_FRAMES);
    c->real = tb_input(c->graph, "real", TB_REAL, shape);
    c->made = tb_input(c->graph, "made", TB_REAL, shape);
    tb_critique real = judge(c->real), made = judge(c->made);
    c->matching[0] = tb_feature_matching(&real, &made, 1, true);
    c->matching[1] = tb_feature_matching(&real, &made, 0, false);
    *discrimination = NULL;
    *deception = tb_add(c->matching[0], c->matching[1]);
    for (int i = 0; i < 3; i++) {
        c->discrimination[i] = tb_discrimination((tb_adversary)i, &real, &made);
        c->deception[i] = tb_deception((tb_adversary)i, &made);
        *deception = tb_add(*deception, c->deception[i]);
        *discrimination = i ? tb_add(*discrimination, c->discrimination[i])
                            : c->discrimination[i];
    }
}

static bool compile(contest *c, const tb_value *discrimination,
                    const tb_value *deception)
{
    tb_value *wrt[MOST_PARAMS];
    tb_output want[MOST_PARAMS + 9] = {{0}};
    tb_error error = {0};
    const tb_graph *g = c->graph;
    c->params = tb_params_new(1, &g, sizeof(double), &error);
    int n = c->params ? tb_params_count(c->params) : 0, outs = 0;
    for (int i = 0; i < n; i++) {
        const tb_parameter *p = tb_params_at(c->params, i);
        wrt[i] = tb_param(c->graph, p->name, p->shape);
    }
    tb_grad((tb_value *)deception, 1, &c->made, &c->dmade);
    tb_grad((tb_value *)discrimination, n, wrt, c->gradient);
    for (int i = 0; i < 3; i++) {
        want[outs++].value = c->discrimination[i];
        want[outs++].value = c->deception[i];
    }
    want[outs++].value = c->matching[0];
    want[outs++].value = c->matching[1];
    want[outs++].value = c->dmade;
    for (int i = 0; i < n; i++)
        want[outs++].value = c->gradient[i];
    tb_plan_settings how = {
        .backend = tb_backend_naive64(), .params = c->params, .frames = FRAMES};
    c->plan = tb_plan_new(c->graph, outs, want, &how, &error);
    if (!c->plan)
        fprintf(stderr, "# %s\n", error.text);
    return c->plan != NULL;
}

/* What a row of the table is about. */
static const tb_value *value_named(const contest *c, const char *name)
{
    int i = name[strlen(name) - 1] - '0';
    if (strncmp(name, "discrimination ", 15) == 0)
        return c->discrimination[i];
    if (strncmp(name, "deception ", 10) == 0)
        return c->deception[i];
    if (strncmp(name, "matching ", 9) == 0)
        return c->matching[i];
    if (strcmp(name, "made") == 0)
        return c->dmade;
    i = tb_params_find(c->params, name);
    return i < 0 ? NULL : c->gradient[i];
}

static void check(const golden_row *rows, judging *judge, int channels)
{
    contest c = {0};
    tb_value *discrimination, *deception;
    int params = -9, count;
    build(&c, judge, channels, &discrimination, &deception);
    if (!OK(compile(&c, discrimination, deception)))
        goto done;
    set_weights(c.params);
    tb_params_touch(c.params);
    write_noise(tb_plan_tensor(c.plan, c.real), 1);
    write_noise(tb_plan_tensor(c.plan, c.made), 2);
    tb_plan_run(c.plan, 0, NULL);
    for (; rows->name; rows++, params++) {
        const tb_value *v = value_named(&c, rows->name);
        expect_row(v ? tb_plan_tensor(c.plan, v) : NULL, rows);
    }
    count = tb_params_count(c.params);
    OK(params == count); /* no parameter that RAVE has not */
done:
    tb_plan_free(c.plan);
    tb_params_free(c.params);
    tb_graph_free(c.graph);
}

/* ---- latents ---- */

static void check_divergence(double free_bits, bool golden)
{
    subject s = subject_new();
    tb_value *z = subject_in(&s, 1, tb_dims(ROWS, 2 * LATENTS, TB_FRAMES));
    tb_value *mean = tb_slice(z, 1, 0, LATENTS, 1);
    tb_value *scale = tb_slice(z, 1, LATENTS, 2 * LATENTS, 1);
    tb_value *deviation =
        tb_map(tb_map(scale, TB_SOFTPLUS, 1, 20), TB_AFFINE, 1, 1e-4);
    tb_value *d = tb_latent_divergence(mean, deviation, free_bits);
    tb_value *gradient = NULL;
    tb_grad(d, 1, &z, &gradient);
    subject_out(&s, 9, d);
    subject_out(&s, 10, gradient);
    s.constant = 1;
    if (subject_run(&s, LATENT_FRAMES) && golden) {
        expect_row(tb_plan_tensor(s.plan, d), &latents[0]);
        expect_row(tb_plan_tensor(s.plan, gradient), &latents[1]);
    } else if (s.plan) {
        const tb_tensor *t = tb_plan_tensor(s.plan, gradient);
        double norm = 0;
        for (int64_t i = 0; i < count_of(t); i++)
            norm += fabs(*element(t, i));
        NEAR(*element(tb_plan_tensor(s.plan, d), 0),
             LATENTS * 2 * log(2) * free_bits, 1e-9);
        OK(norm == 0);
    }
    subject_free(&s);
}

static void check_unit(void)
{
    subject s = subject_new();
    tb_value *z = subject_in(&s, 1, tb_dims(ROWS, LATENTS, TB_FRAMES));
    tb_value *y = tb_unit_latents(z);
    subject_out(&s, 9, y);
    if (subject_run(&s, LATENT_FRAMES)) {
        expect_row(tb_plan_tensor(s.plan, y), &latents[2]);
        expect_row(tb_plan_tensor(s.plan, s.din[0]), &latents[3]);
    }
    subject_free(&s);
}

static void check_reflection(int64_t left, int64_t right)
{
    enum { SHORT = 9 };
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(1, 2, TB_FRAMES));
    tb_value *y = tb_reflect(x, SHORT, left, right);
    int64_t n = SHORT + left + right;
    subject_out(&s, 9, y);
    if (subject_run(&s, SHORT)) {
        double apart = 0;
        for (int64_t i = 0; i < 2 * n; i++) {
            int64_t at = tb_reflected(i % n - left, SHORT);
            apart += fabs(*element(tb_plan_tensor(s.plan, y), i) -
                          noise(1, i / n * SHORT + at));
        }
        NEAR(apart, 0, 0);
        subject_differences(&s, "reflection");
    }
    subject_free(&s);
}

int main(void)
{
    check_reflection(0, 3);
    check_reflection(4, 0);
    check_reflection(2, 8);
    check(scales, scales_of, 1);
    check(periods, periods_of, 2);
    check(spectra, spectra_of, 2);
    check(descript, descript_of, 2);
    check_divergence(0, true);
    check_divergence(50, false);
    check_unit();
    return tap_done();
}
