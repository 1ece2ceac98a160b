/* A RAVE from its first phase into the second: each side moves in its turns
   alone, the encoder and its statistics stand still, only what a step needs
   runs, rates come to their end, and whatever step it is killed at, it goes on
   with the same bits. */
#include "engine/op.h"
#include "engine/ops/conv.h"
#include "models/rave.h"
#include "settled.h"
#include "sounds.h"
#include "tap.h"
#include "train/resume.h"
#include "train/trainer_state.h"

enum { ROWS = 2, WINDOW = 1024, FIRST = 4, STEPS = 9, EVERY = 3 };

enum { GENERATOR, JUDGES };

static void no_error(const tb_error *error, bool good)
{
    if (!good)
        fprintf(stderr, "# %s\n", error->text);
}

/* ---- a small one ---- */

static tb_rave small_config(const char *presets)
{
    static const char *const small[] = {"sample_rate=8000",
                                        "bands=4",
                                        "attenuation=40",
                                        "capacity=3",
                                        "latents=3",
                                        "ratios=4,2",
                                        "units=1",
                                        "noise_bins=3",
                                        "noise_ratios=4,2",
                                        "scales=64,32",
                                        "phase1=4",
                                        "discriminator_every=3",
                                        "noise_hidden=4",
                                        "discriminator_scales=2",
                                        "discriminator_capacity=2",
                                        "spectral_capacity=2",
                                        "discriminator_periods=2,3",
                                        "patience=0",
                                        "crop=no",
                                        "codebooks=2",
                                        "codes=4"};
    tb_rave c = {0};
    tb_error error = {0};
    tb_settings_part part = {&tb_rave_settings, &c};
    tb_settings_defaults(&part, 1);
    tb_status status = tb_settings_preset(&part, 1, presets, &error);
    for (size_t i = 0; i < sizeof small / sizeof *small && !status; i++)
        status = tb_settings_assign(&part, 1, small[i], &error);
    if (!status && c.discriminators >= TB_RAVE_SPECTRAL)
        status =
            tb_settings_assign(&part, 1, "discriminator_spectra=64,32", &error);
    if (!status)
        status = tb_rave_check(&c, &error);
    no_error(&error, status == TB_OK);
    return c;
}

static tb_trainer *new_trainer(const tb_rave *config, int micro)
{
    tb_error error = {0};
    const tb_trainer_settings s = {.instrument = &tb_rave_instrument,
                                   .config = config,
                                   .rows = ROWS / micro,
                                   .micro_batches = micro,
                                   .window = WINDOW,
                                   .test_rows = 1,
                                   .optimiser = {.kind = TB_OPTIMISER_ADAM,
                                                 .beta1 = 0.5,
                                                 .beta2 = 0.9,
                                                 .epsilon = 1e-8,
                                                 .average = 0.9},
                                   .schedule = {.kind = TB_SCHEDULE_LINEAR,
                                                .rate = 2e-3,
                                                .final = 0.1,
                                                .steps = 1000},
                                   .seed = 3,
                                   .threads = 2};
    tb_trainer *t = tb_trainer_new(&s, &error);
    no_error(&error, t != NULL);
    return t;
}

static const float *sound_of(int step)
{
    static float sound[ROWS * WINDOW];
    for (int i = 0; i < ROWS * WINDOW; i++)
        sound[i] = (float)(0.5 * sin(0.05 * i * (1 + i / WINDOW)) +
                           0.02 * sin(i * i * (1.7 + step)));
    return sound;
}

static tb_step_report step(tb_trainer *t, int k)
{
    tb_error error = {0};
    tb_step_report report = {0};
    tb_status status =
        settled_step(t, &(tb_batch){{sound_of(k)}, NULL}, &report, &error);
    no_error(&error, status == TB_OK);
    return report;
}

/* ---- what moves ---- */

static bool begins(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Numbers of all parameters; the caller frees. */
static double *weights_of(tb_trainer *t)
{
    double *all = calloc((size_t)tb_params_total(t->params), sizeof *all);
    for (int i = 0; all && i < tb_params_count(t->params); i++)
        tb_params_get(t->params, i, all + tb_params_at(t->params, i)->offset);
    return all;
}

/* How many parameters that begin so have changed. */
static int changed(const tb_trainer *t, const double *before,
                   const double *after, const char *prefix)
{
    int n = 0;
    for (int i = 0; i < tb_params_count(t->params); i++) {
        const tb_parameter *p = tb_params_at(t->params, i);
        n += begins(p->name, prefix) &&
             memcmp(before + p->offset, after + p->offset,
                    (size_t)p->n * sizeof *before) != 0;
    }
    return n;
}

static bool is_theirs(int k)
{
    return k >= FIRST && (k - FIRST) % EVERY == 0;
}

/* Metrics of a step are those of whose turn it is. */
static void expect_measured(const tb_trainer *t, const tb_step_report *r, int k)
{
    const tb_learning *l = &t->learn;
    for (int i = 0; i < l->metric_count; i++) {
        bool judges = l->metric[i].objective == TB_RAVE_DISCRIMINATES;
        bool second = l->metric[i].objective == TB_RAVE_DECEIVES;
        bool is =
            judges   ? is_theirs(k)
            : second ? k >= FIRST && !is_theirs(k)
                     : k < FIRST || (l->metric[i].later_value && !is_theirs(k));
        OK_NAMED(isfinite(r->metric[i]) == is, l->metric[i].name);
    }
}

/* Everything of one step, by the numbers. */
static void expect_step(tb_trainer *t, int k, bool freezes)
{
    double *before = weights_of(t);
    tb_step_report r = step(t, k);
    double *after = weights_of(t);
    bool judges = is_theirs(k), second = k >= FIRST;
    OK((changed(t, before, after, "discriminator.") > 0) == judges);
    OK((changed(t, before, after, "decoder.net") > 0) == !judges);
    OK((changed(t, before, after, "encoder.") > 0) ==
       (!second || (!freezes && !judges)));
    EQ(changed(t, before, after, "decoder.warmed_up"),
       t->learn.hook_count > 0 && begins(t->learn.hook[0].name, "noise") &&
           k == FIRST);
    expect_measured(t, &r, k);
    OK(r.norm > 0);
    double share = second ? 1 : (double)k / FIRST;
    NEAR(r.rate, judges ? 2e-4 : 2e-3 * (1 - 0.9 * share), 1e-12);
    free(before);
    free(after);
}

static void test_turns(const char *presets, bool freezes)
{
    tb_rave config = small_config(presets);
    config.encoder_freezes = freezes;
    tb_trainer *t = new_trainer(&config, 1);
    if (!OK_NAMED(t != NULL, presets))
        return;
    for (int i = 0; i < t->learn.hook_count; i++)
        OK(t->learn.hook[i].time !=
           (freezes ? TB_HOOK_EVERY : TB_HOOK_EVERY_AT_FIRST));
    for (int k = 0; k < STEPS; k++) {
        expect_step(t, k, freezes);
        EQ(tb_trainer_phase(t), k >= FIRST);
    }
    tb_trainer_free(t);
}

/* As RAVE 2.3: running statistics follow the batches of the decoder's steps,
   while the encoder's weights stand still. */
static void test_compat(void)
{
    tb_rave config = small_config("v1");
    config.compat = TB_RAVE_2_3;
    tb_trainer *t = new_trainer(&config, 1);
    if (!OK(t != NULL))
        return;
    for (int k = 0; k < STEPS; k++) {
        double *before = weights_of(t);
        step(t, k);
        double *after = weights_of(t);
        bool follows = !is_theirs(k), moves = k < FIRST;
        OK((changed(t, before, after, "encoder.encoder.net.1.running_mean") >
            0) == follows);
        OK((changed(t, before, after, "encoder.encoder.net.0.") > 0) == moves);
        OK((changed(t, before, after, "encoder.encoder.net.1.weight") > 0) ==
           moves);
        free(before);
        free(after);
    }
    tb_trainer_free(t);
}

static int changed_gains(const tb_trainer *t, const double *before,
                         const double *after)
{
    int n = 0;
    for (int i = 0; i < tb_params_count(t->params); i++) {
        const char *name = tb_params_at(t->params, i)->name;
        n += strstr(name, ".weight_g") && begins(name, "decoder.") &&
             changed(t, before, after, name);
    }
    return n;
}

/* What somebody else has trained adapts: the encoder and its statistics stand
   still in either phase, and of the decoder all, or its gains alone. */
static void test_adapting(int learns)
{
    tb_rave config = small_config("v1");
    config.learns = learns;
    tb_trainer *t = new_trainer(&config, 1);
    if (!OK(t != NULL))
        return;
    for (int k = 0; k < STEPS; k++) {
        double *before = weights_of(t);
        tb_step_report r = step(t, k);
        double *after = weights_of(t);
        int all = changed(t, before, after, "decoder.") -
                  changed(t, before, after, "decoder.warmed_up");
        int gains = changed_gains(t, before, after);
        EQ(changed(t, before, after, "encoder."), 0);
        OK((gains > 0) == !is_theirs(k));
        OK(learns == TB_RAVE_LEARNS_GAINS ? all == gains
                                          : all > gains || is_theirs(k));
        OK(r.norm > 0);
        free(before);
        free(after);
    }
    tb_trainer_free(t);
}

/* ---- that it learns ---- */

/* Discriminators tell both apart better and better where nobody deceives them,
   and the decoder gets what it costs down where they stand still. */
static void test_losses(void)
{
    tb_rave config = small_config("v1");
    config.discriminator_every = 1; /* they alone */
    config.discriminator_rate = 5;
    tb_trainer *t = new_trainer(&config, 1);
    double first = 0, last = 0;
    int i = 0;
    if (!OK(t != NULL))
        return;
    while (strcmp(t->learn.metric[i].name, "discrimination"))
        i++;
    tb_trainer_begin_phase(t, 1);
    t->learn.phase[1].turn_count = 1;
    for (int k = 0; k < 40; k++) {
        last = step(t, 0).metric[i];
        first = k ? first : last;
    }
    OK(first > 0 && last < 0.99 * first);
    t->learn.phase[1].turn[0] = (tb_phase_turn){TB_RAVE_DECEIVES, 1, 0};
    for (int k = 0; k < 40; k++) {
        tb_step_report r = step(t, 0);
        last = r.metric[0];
        first = k ? first : last;
    }
    OK(first > 0 && last < first);
    tb_trainer_free(t);
}

/* ---- what runs ---- */

static int count_op(const tb_plan *p, const tb_op *op)
{
    int n = 0;
    for (int i = 0; p && i < tb_plan_steps(p); i++)
        n += tb_plan_step(p, i)->op == op;
    return n;
}

/* A weight that is normalised has a length, too. */
static int convs_of(const tb_trainer *t, const char *prefix)
{
    int n = 0;
    for (int i = 0; i < tb_params_count(t->params); i++) {
        const tb_parameter *p = tb_params_at(t->params, i);
        n += begins(p->name, prefix) && p->shape.rank > 2 &&
             !strstr(p->name, "weight_g");
    }
    return n;
}

/* A decoder's step has gradients of the decoder's weights alone; what
   discriminators hear is made forward alone, and in place. */
static void test_no_dead_work(void)
{
    tb_rave config = small_config("v1");
    tb_trainer *t = new_trainer(&config, 1);
    if (!OK(t != NULL))
        return;
    const tb_plan *giving = t->giving[TB_RAVE_DECEIVES].plan;
    const tb_plan *decoder = t->learning[TB_RAVE_DECEIVES].plan;
    const tb_plan *judges = t->learning[TB_RAVE_DISCRIMINATES].plan;
    OK(giving && !t->giving[TB_RAVE_REBUILDS].plan &&
       !t->giving[TB_RAVE_DISCRIMINATES].plan);
    EQ(count_op(giving, &tb_op_conv_wgrad), 0);
    EQ(count_op(decoder, &tb_op_conv_wgrad), convs_of(t, "decoder."));
    EQ(count_op(judges, &tb_op_conv_wgrad), 2 * convs_of(t, "discriminator."));
    EQ(tb_plan_fetches(judges), 0);
    EQ(t->test.objective_count, 1);
    tb_trainer_free(t);
}

/* A workspace for the largest plan, not for all. */
static void test_memory(void)
{
    tb_rave config = small_config("v1");
    tb_trainer *t = new_trainer(&config, 1);
    size_t most = 0;
    for (int o = 0; t && o < 3; o++)
        for (int i = 0; i < 2; i++) {
            const tb_plan *p = (i ? t->giving : t->learning)[o].plan;
            size_t n = p ? tb_plan_workspace_bytes(p) : 0;
            most = n > most ? n : most;
        }
    OK(t && tb_workspace_bytes(t->workspace) < most + 256);
    tb_trainer_free(t);
}

/* ---- the same bits ---- */

/* Through a file, into a trainer that was elsewhere. */
static tb_trainer *taken_up(tb_trainer *from, const tb_rave *config, int micro)
{
    tb_progress progress = {.steps_per_epoch = 5};
    tb_error error = {0};
    bool same_rows;
    const char *path = in_folder("resume.safetensors");
    tb_trainer *to = new_trainer(config, micro);
    step(to, 40);
    bool good = !tb_resume_save(path, from, &progress, NULL, &error) &&
                !tb_resume_load(path, to, &progress, &same_rows, &error);
    no_error(&error, good);
    OK(good && same_rows);
    return to;
}

static void test_same_bits(const char *presets, int micro)
{
    tb_rave config = small_config(presets);
    tb_trainer *whole = new_trainer(&config, micro);
    for (int k = 0; k < STEPS; k++)
        step(whole, k);
    for (int kill = 1; kill < STEPS; kill++) {
        tb_trainer *first = new_trainer(&config, micro);
        for (int k = 0; k < kill; k++)
            step(first, k);
        tb_trainer *then = taken_up(first, &config, micro);
        tb_trainer_free(first);
        for (int k = kill; k < STEPS; k++)
            step(then, k);
        OK_NAMED(same_blocks(whole, then), presets);
        tb_trainer_free(then);
    }
    tb_trainer_free(whole);
}

int main(void)
{
    enter_folder();
    test_turns("v1", true);
    test_turns("v2", true);
    test_turns("v2,spherical", false);
    test_turns("v2,spectral_discriminator,causal", true);
    test_turns("v3", true);
    test_turns("v2,wasserstein", true);
    test_turns("discrete", true);
    test_turns("discrete", false);
    OK(!small_config("discrete").encoder_freezes);
    OK(!small_config("v2,spherical").encoder_freezes);
    OK(small_config("v2,wasserstein").encoder_freezes);
    test_compat();
    test_adapting(TB_RAVE_LEARNS_DECODER);
    test_adapting(TB_RAVE_LEARNS_GAINS);
    test_losses();
    test_no_dead_work();
    test_memory();
    test_same_bits("v1", 1);
    test_same_bits("v2", 2);
    test_same_bits("discrete", 1);
    return tap_done();
}
