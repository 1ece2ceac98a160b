/* RAVE's networks against RAVE's own code, preset by preset: signals and all
   gradients; and what does not go together. */
#include "../engine/tolerance.h"
#include "check_rave.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

enum { ROWS = 2, FRAMES = 4096, PROJECTIONS = 4, MOST_PARAMS = 160 };

typedef struct golden_row {
    const char *name; /* of a signal or a parameter; ends with null */
    double x[1 + PROJECTIONS];
} golden_row;

typedef struct golden_case {
    const char *presets;
    int channels;
    int shift; /* frames by which our bank hears later */
    double loss;
    const golden_row *rows;
} golden_case;

#include "golden/rave.h"
#include "golden/rave_hybrid.h"

/* ---- a step of learning ---- */

typedef struct step {
    const golden_case *of;
    tb_rave c;
    tb_graph *graph;
    given_noise noise;
    tb_rave_signals s;
    tb_value *weigh, *loss; /* noise times what is decoded, and its sum */
    tb_params *params;
    tb_value *gradients[MOST_PARAMS];
    tb_plan *plan;
} step;

static void build(step *s)
{
    const tb_rave *c = &s->c;
    s->graph = tb_graph_new();
    tb_value *x = tb_input(s->graph, "sound", TB_REAL,
                           tb_dims(ROWS, c->channels, TB_FRAMES));
    tb_rave_how how = {
        .encoder_learns = true, .draws = true, .noise = TB_RAVE_NOISE};
    give_noise(&s->noise, s->graph, &how);
    s->s = tb_rave_rebuilt(c, x, &how);
    tb_value *y = s->s.decoded;
    s->weigh =
        y ? tb_input(s->graph, "weigh", TB_REAL, tb_value_shape(y)) : NULL;
    if (y)
        s->weigh->like = y;
    s->loss = tb_sum(tb_mul(y, s->weigh), TB_ALL_AXES, false);
}

static bool compile(step *s)
{
    tb_value *wrt[MOST_PARAMS] = {0};
    tb_output want[6 + MOST_PARAMS] = {
        {s->loss, NULL},      {s->s.bands, NULL},   {s->s.encoded, NULL},
        {s->s.latents, NULL}, {s->s.decoded, NULL}, {s->s.made, NULL}};
    tb_error error = {0};
    bool good = tb_graph_check(s->graph, &error) == TB_OK;
    s->params = good ? params_of(s->graph, sizeof(double)) : NULL;
    int n = 6, count = s->params ? tb_params_count(s->params) : 0;
    good = good && count > 0 && count <= MOST_PARAMS;
    for (int i = 0; good && i < count; i++) {
        const tb_parameter *p = tb_params_at(s->params, i);
        wrt[i] = tb_param(s->graph, p->name, p->shape);
    }
    if (good)
        tb_grad(s->loss, count, wrt, s->gradients);
    for (int i = 0; good && i < count; i++)
        if (s->gradients[i])
            want[n++].value = s->gradients[i];
    tb_plan_settings how = {.backend = tb_backend_naive64(),
                            .params = s->params,
                            .frames = FRAMES,
                            .training = true};
    s->plan = good ? tb_plan_new(s->graph, n, want, &how, &error) : NULL;
    if (!s->plan)
        fprintf(stderr, "# %s\n", error.text);
    return s->plan != NULL;
}

static void run(step *s)
{
    const tb_tensor *x = tb_plan_tensor(s->plan, s->s.sound);
    for (int64_t i = 0; i < count_of(x); i++) {
        int64_t at = i % FRAMES - s->of->shift;
        int64_t from = strstr(s->of->presets, "hybrid") ? FRAMES / 4 : 0;
        *element(x, i) =
            at >= from && at < FRAMES * 3 / 4 ? noise(1, i - s->of->shift) : 0;
    }
    write_given_noise(&s->noise, s->plan);
    write_noise(tb_plan_tensor(s->plan, s->weigh), 9);
    tb_plan_run(s->plan, 0, NULL);
}

/* ---- against RAVE ---- */

/* Norm and projections of the first `last` frames of each row of the time axis;
   0: of all. */
static golden_row summary_of(const char *name, const tb_tensor *t, int64_t last)
{
    golden_row s = {.name = name};
    int64_t n = t ? count_of(t) : 0, frames = last ? t->dim[2] : 1, k = 0;
    for (int64_t i = 0; i < n; i++) {
        if (last && i % frames >= last)
            continue;
        double x = *element(t, i);
        s.x[0] += x * x;
        for (int j = 0; j < PROJECTIONS; j++)
            s.x[1 + j] += x * noise(seed_of(name) + 1 + j, k);
        k++;
    }
    s.x[0] = sqrt(s.x[0]);
    return s;
}

static void expect_row(const golden_row *row, const tb_tensor *t, int64_t last)
{
    golden_row s = summary_of(row->name, t, last);
    double worst = t ? 0 : INFINITY;
    for (int k = 0; t && k <= PROJECTIONS; k++) {
        double off = fabs(s.x[k] - row->x[k]) / row->x[0];
        worst = off <= worst ? worst : off;
    }
    if (!OK_NAMED(worst <= TOL_GOLDEN, row->name))
        fprintf(stderr, "# off by %g of its norm %g\n", worst, row->x[0]);
}

static bool is_buffer(const char *name)
{
    return ends(name, "running_mean") || ends(name, "running_var") ||
           ends(name, "embed") || ends(name, "warmed_up");
}

/* Every gradient that RAVE has, and no parameter that it has not. */
static void expect_gradients(const step *s, const golden_row *row)
{
    int known = 0, wanted = 0;
    for (; row->name; row++) {
        int i = tb_params_find(s->params, row->name);
        const tb_value *g = i < 0 ? NULL : s->gradients[i];
        expect_row(row, g ? tb_plan_tensor(s->plan, g) : NULL, 0);
        known++;
    }
    for (int i = 0; i < tb_params_count(s->params); i++)
        wanted += !is_buffer(tb_params_at(s->params, i)->name);
    EQ(known, wanted);
}

static void check_golden(const golden_case *of)
{
    step s = {.of = of, .c = configured(of->presets, of->channels)};
    s.noise = (given_noise){.c = &s.c, .rows = ROWS, .frames = FRAMES};
    build(&s);
    if (OK_NAMED(compile(&s), of->presets)) {
        const tb_value *signals[] = {s.s.bands, s.s.encoded, s.s.latents,
                                     s.s.decoded, s.s.made};
        run(&s);
        NEAR(*(double *)tb_plan_tensor(s.plan, s.loss)->data, of->loss, 1e-6);
        for (int i = 0; i < 5; i++)
            expect_row(&of->rows[i], tb_plan_tensor(s.plan, signals[i]),
                       i == 4 ? FRAMES - 1024 : 0);
        expect_gradients(&s, of->rows + 5);
    }
    tb_plan_free(s.plan);
    tb_params_free(s.params);
    tb_graph_free(s.graph);
}

/* ---- settings ---- */

/* Presets, and one setting; with a word that the refusal has. */
static void check_refusals(void)
{
    static const char *const wrong[][3] = {
        {"v1,snake", "causal=no", "snake"},
        {"raspberry,adain", "causal=no", "adain"},
        {"v2", "bands=12", "12"},
        {"v2", "bands=1", "bank"},
        {"v2", "ratios=4,4,4", "ratios"},
        {"v2_nopqmf", "decoder_ratios=8,8", "decoder_ratios"},
        {"v2", "decoder_ratios=4,0", "decoder_ratios"},
        {"v2,noise", "noise_ratios=3,2", "noise_ratios"},
        {"v2", "noise_bins=1", "magnitudes"},
        {"v1,hybrid", "causal=no", "hybrid"},
        {"v2,hybrid", "causal=yes", "hybrid"},
        {"v2,hybrid", "mel_hop=1025", "mel_hop"},
        {"v1", "ratios=2,1,1,1,1,1,1,1,1", "stages"},
        {"v2", "ratios=2,1,1,1,1,1,1,1,1,1,1", "stages"},
        {"v2", "ratios=32,32,32", "65536"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        tb_rave c = {0};
        tb_error error = {0};
        tb_settings_part part = {&tb_rave_settings, &c};
        EQ(configure(&c, wrong[i][0], 1, &error) &&
               error.status != TB_ERR_ARGUMENT,
           0);
        tb_settings_assign(&part, 1, wrong[i][1], NULL);
        if (strncmp(wrong[i][1], "ratios", 6) == 0)
            c.decoder_ratios = (tb_int_list){1, {0}};
        if (strcmp(wrong[i][1], "ratios=4,4,4") == 0)
            c.decoder_ratios = (tb_int_list){2, {4, 4}};
        OK_NAMED(tb_rave_check(&c, &error) == TB_ERR_ARGUMENT, wrong[i][1]);
        OK_NAMED(strstr(error.text, wrong[i][2]) != NULL, error.text);
    }
}

/* Each model with each addition is whole or refused for a reason. */
static void check_additions(void)
{
    static const char *const models[] = {
        "v1",       "v2",          "v2_small", "v2_nopqmf", "v3",
        "discrete", "discrete_v3", "onnx",     "raspberry", "brave"};
    static const char *const additions[] = {"causal",
                                            "noise",
                                            "snake",
                                            "adain",
                                            "wasserstein",
                                            "spherical",
                                            "hybrid",
                                            "spectral_discriminator",
                                            "descript_discriminator"};
    int refused = 0;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        for (size_t k = 0; k < sizeof additions / sizeof *additions; k++) {
            char presets[64];
            tb_rave c = {0};
            tb_error error = {0};
            snprintf(presets, sizeof presets, "%s,%s", models[i], additions[k]);
            tb_status status = configure(&c, presets, 1, &error);
            refused += status != TB_OK;
            if (status) {
                bool says_sound = c.says == TB_RAVE_SOUND; /* by its ratios */
                OK_NAMED((c.version == 0 || says_sound) && error.text[0],
                         presets);
                continue;
            }
            tb_graph *g =
                tb_instrument_declare(&tb_rave_instrument, &c, NULL, &error);
            OK_NAMED(g != NULL, presets);
            tb_graph_free(g);
        }
    EQ(refused, 13);
}

/* What the bank adds when it is causal. */
static void check_delays(void)
{
    tb_rave c = configured("brave", 1);
    EQ(tb_rave_delay(&c), 122);
    EQ(tb_rave_ratio(&c), 128);
    c = configured("v2_nopqmf,causal", 1);
    EQ(tb_rave_delay(&c), 188);
    c = configured("v2", 1);
    EQ(tb_rave_delay(&c), 0);
    EQ(tb_rave_ratio(&c), 2048);
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_golden(&cases[i]);
    for (size_t i = 0; i < sizeof hybrids / sizeof *hybrids; i++)
        check_golden(&hybrids[i]);
    check_refusals();
    check_additions();
    check_delays();
    return tap_done();
}
