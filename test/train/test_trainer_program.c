/* Programs of several objectives, in the smallest graphs there are: whose
   gradients move what, in which order things happen, and what is refused. */
#include "settled.h"
#include "tap.h"
#include "toy.h"
#include "train/trainer_state.h"

#include <stdlib.h>
#include <string.h>

/* Row r has the constant sounds[r]. */
static tb_status step(tb_trainer *t, int rows, const float *sounds,
                      tb_step_report *report, tb_error *error)
{
    float frames[4 * FRAMES];
    for (int i = 0; i < rows * FRAMES; i++)
        frames[i] = sounds[i / FRAMES];
    return settled_step(t, &(tb_batch){{frames}, NULL}, report, error);
}

static double param(tb_trainer *t, const char *name)
{
    double x;
    tb_params_get(t->params, tb_params_find(t->params, name), &x);
    return x;
}

/* What the first objective's row carries. */
static double state(tb_trainer *t, int row)
{
    float x = NAN;
    const float *now = (float *)t->learning[0].carried[0].now;
    t->storage->read(&x, now + row, sizeof x);
    return x;
}

static void refused(const toy_config *config, const char *word)
{
    tb_error error = {0};
    tb_trainer_settings s = settings_of(config, 1, 1);
    tb_trainer *t = tb_trainer_new(&s, &error);
    OK_NAMED(!t && strstr(error.text, word), word);
    if (t || !strstr(error.text, word))
        fprintf(stderr, "# %s\n", error.text);
    tb_trainer_free(t);
}

/* ---- gradients ---- */

static void test_sum(void)
{
    toy_config c = new_config();
    const float sound = 0.25f;
    tb_step_report report;
    c.reads[1] = "a.w";
    c.program.objective[1].groups = 1;
    tb_trainer *t = open_toy(&c, 1, 1);
    if (!OK(t && t->summed))
        return;
    OK(step(t, 1, &sound, &report, NULL) == TB_OK);
    NEAR(param(t, "a.w"), 0.5, 1e-6);
    NEAR(param(t, "b.w"), 1, 0);
    NEAR(report.norm, 0.5, 1e-6);
    tb_trainer_free(t);
}

static void test_frozen(void)
{
    toy_config c = new_config();
    const float sound = 0.25f;
    tb_step_report report;
    c.program.objective[0].frozen[0] = "a.";
    tb_trainer *t = open_toy(&c, 1, 1);
    if (!OK(t != NULL))
        return;
    step(t, 1, &sound, &report, NULL);
    NEAR(param(t, "a.w"), 1, 0);
    NEAR(param(t, "b.w"), 0.75, 1e-6);
    EQ(t->moved[0].count, 0);
    tb_trainer_free(t);
}

/* Two groups may hold a parameter in turn, each with moments of its own. */
static void test_groups_in_turn(void)
{
    toy_config c = new_config();
    const float sound = 0.25f;
    tb_step_report report;
    c.reads[1] = "a.w";
    c.program.group[1].prefix[0] = "a.";
    refused(&c, "Two groups move a.w in the same step");
    c.program.objective[0].groups = 3;
    refused(&c, "Two groups move a.w for the objective first");
    c.program.objective[0].groups = 1;
    c.program.phase[0].turn[0] = (tb_phase_turn){0, 2, 0};
    c.program.phase[0].turn[1] = (tb_phase_turn){1, 2, 1};
    tb_trainer *t = open_toy(&c, 1, 1);
    if (!OK(t && !t->summed))
        return;
    for (int k = 0; k < 3; k++)
        step(t, 1, &sound, &report, NULL);
    EQ(tb_optimiser_steps(t->moved[0].optimiser), 2);
    EQ(tb_optimiser_steps(t->moved[1].optimiser), 1);
    NEAR(param(t, "a.w"), 0.25, 1e-6);
    tb_trainer_free(t);
}

static void test_refusals(void)
{
    toy_config c = new_config();
    c.backwards = true;
    refused(&c, "runs after it");
    c = new_config();
    c.chained = c.wider = true;
    refused(&c, "The inputs of second differ in length");
    c = new_config();
    c.program.phase[0].turn[1].offset = 1;
    refused(&c, "never comes");
    c = new_config();
    c.written = "b.men";
    refused(&c, "no buffer 'b.men'");
    c = new_config();
    c.program.phase_count = 0;
    refused(&c, "at least one");
}

/* ---- values of other objectives ---- */

static void test_chain(void)
{
    toy_config c = new_config();
    const float sound = 0.25f;
    tb_step_report report;
    c.chained = true;
    c.program.phase[0].turn[0] = (tb_phase_turn){0, 2, 1};
    tb_trainer *t = open_toy(&c, 1, 1);
    if (!OK(t && t->giving[0].plan && !t->giving[1].plan))
        return;
    step(t, 1, &sound, &report, NULL);
    NEAR(report.metric[1], 0.5, 1e-6);
    OK_NAMED(isnan(report.metric[0]), "not measured without a turn");
    NEAR(param(t, "a.w"), 1, 0);
    step(t, 1, &sound, &report, NULL);
    NEAR(report.metric[0], 0.25, 1e-6);
    NEAR(param(t, "a.w"), 0.75, 1e-6);
    tb_trainer_free(t);

    /* What rows carry goes on all the same, with the whole objective. */
    c.carries = true;
    t = open_toy(&c, 1, 1);
    if (!OK(t && !t->giving[0].plan))
        return;
    step(t, 1, &sound, &report, NULL);
    NEAR(state(t, 0), 0.5, 1e-6);
    NEAR(param(t, "a.w"), 1, 0);
    tb_trainer_free(t);
}

/* Held-out sound goes through plans of its own, which leave no trace. */
static void test_chain_on_held_out_sound(void)
{
    toy_config c = new_config();
    const float sound = 0.25f, others[] = {0.5f, 1};
    float frames[2 * FRAMES];
    double metric[TB_MOST_METRICS], yard[TB_MOST_METRICS];
    tb_step_report report;
    c.chained = c.tested = true;
    tb_trainer_settings s = settings_of(&c, 1, 1);
    s.test_rows = 2;
    s.schedule.rate = 0;
    tb_trainer *t = tb_trainer_new(&s, NULL);
    if (!OK(t != NULL))
        return;
    for (int i = 0; i < 2 * FRAMES; i++)
        frames[i] = others[i / FRAMES];
    for (int k = 0; k < 2; k++) {
        OK(step(t, 1, &sound, &report, NULL) == TB_OK);
        NEAR(report.metric[1], 0.5, 1e-6);
        OK(tb_trainer_test(t, &(tb_batch){{frames}, NULL}, metric, yard,
                           NULL) == TB_OK);
        NEAR(metric[0], 0.75, 1e-6);
        NEAR(metric[1], 1.5, 1e-6);
    }
    tb_trainer_free(t);
}

/* Objectives of one graph hear the same dropout, others their own. */
static void test_one_graph(void)
{
    toy_config c = new_config();
    const float sound = 0.25f;
    tb_step_report shared, apart;
    c.shared = true;
    c.dropout = 0.5;
    tb_trainer *one = open_toy(&c, 1, 1);
    c.shared = false;
    tb_trainer *two = open_toy(&c, 1, 1);
    if (!OK(one && two))
        return;
    bool differ = false;
    for (int k = 0; k < 4; k++) {
        double a = param(one, "a.w"), b = param(one, "b.w");
        step(one, 1, &sound, &shared, NULL);
        step(two, 1, &sound, &apart, NULL);
        NEAR(shared.metric[0] / a, shared.metric[1] / b, 1e-6);
        differ |= apart.metric[0] != apart.metric[1];
    }
    OK(differ);
    OK(param(one, "a.w") != 1 && param(one, "a.w") == param(one, "b.w"));
    tb_trainer_free(one);
    tb_trainer_free(two);
}

/* ---- buffers ---- */

static void test_buffer(void)
{
    toy_config c = new_config();
    const float sound = 0.5f;
    tb_step_report report;
    c.written = "b.mean";
    c.program.phase[0].turn[1] = (tb_phase_turn){1, 2, 1};
    tb_trainer *t = open_toy(&c, 1, 1);
    if (!OK(t != NULL))
        return;
    step(t, 1, &sound, &report, NULL);
    NEAR(param(t, "b.mean"), 1, 0);
    step(t, 1, &sound, &report, NULL);
    NEAR(param(t, "b.mean"), 0.75, 1e-6);
    step(t, 1, &sound, &report, NULL);
    NEAR(param(t, "b.mean"), 0.75, 1e-6);
    EQ(tb_trainer_declared(t), 3);
    tb_trainer_free(t);
}

/* ---- hooks ---- */

static int hook_runs[3];
static double hook_saw[3][4];
static uint64_t hook_seeds[3];

static tb_status hooked(int i, tb_params *params, const double *x, int64_t n,
                        uint64_t seed)
{
    const double two = 2;
    hook_runs[i]++;
    hook_seeds[i] = seed;
    for (int64_t k = 0; x && k < n / FRAMES; k++)
        hook_saw[i][k] = x[k * FRAMES];
    tb_params_set(params, tb_params_find(params, "b.mean"), &two);
    return TB_OK;
}

#define HOOK(i)                                                                \
    static tb_status hook##i(const void *config, tb_params *params,            \
                             const double *x, int64_t n, uint64_t seed,        \
                             tb_error *error)                                  \
    {                                                                          \
        (void)config;                                                          \
        (void)error;                                                           \
        return hooked(i, params, x, n, seed);                                  \
    }
HOOK(0)
HOOK(1)
HOOK(2)

static toy_config hooked_config(void)
{
    toy_config c = new_config();
    c.program.phase_count = 3;
    c.program.phase[1] = c.program.phase[2] = c.program.phase[0];
    c.program.hook_count = 3;
    c.program.hook[0] =
        (tb_hook){"start", TB_HOOK_START, 0, 1, NULL, hook0, NULL};
    c.program.hook[1] =
        (tb_hook){"every", TB_HOOK_EVERY, 2, 0, NULL, hook1, NULL};
    c.program.hook[2] =
        (tb_hook){"phase", TB_HOOK_PHASE, 1, 1, NULL, hook2, NULL};
    memset(hook_runs, 0, sizeof hook_runs);
    return c;
}

static void test_hooks(void)
{
    toy_config c = hooked_config();
    const float sounds[] = {0.125f, 0.25f, 0.375f, 0.5f};
    tb_step_report report;
    tb_trainer *t = open_toy(&c, 2, 2);
    if (!OK(t != NULL))
        return;
    for (int k = 0; k < 5; k++) {
        if (k == 4)
            tb_trainer_begin_phase(t, 2);
        step(t, 4, sounds, &report, NULL);
    }
    EQ(hook_runs[0], 1);
    EQ(hook_runs[1], 2);
    OK_NAMED(hook_runs[2] == 1, "a phase that is passed over begins, too");
    for (int i = 0; i < 4; i++)
        NEAR(hook_saw[0][i], sounds[i], 1e-7);
    OK_NAMED(hook_seeds[1] != hook_seeds[2], "in one step, other chances");
    tb_trainer_free(t);

    /* Weights from elsewhere were started there. */
    c = hooked_config();
    t = open_toy(&c, 2, 2);
    tb_trainer_take_weights(t);
    tb_trainer_place place = tb_trainer_where(t);
    tb_trainer_free(t);
    t = open_toy(&c, 2, 2);
    tb_trainer_go_on(t, &place);
    step(t, 4, sounds, &report, NULL);
    EQ(hook_runs[0], 0);
    tb_trainer_free(t);
}

/* The second micro-batch of a step that fails: states, phases and what hooks
   wrote are as before, and the node is named. */
static void test_failing_step(void)
{
    toy_config c = hooked_config();
    float sounds[] = {0.25f, INFINITY};
    tb_step_report report;
    tb_error error;
    c.carries = true;
    tb_trainer *t = open_toy(&c, 1, 2);
    if (!OK(t != NULL))
        return;
    EQ(step(t, 2, sounds, &report, &error), TB_ERR_NUMERIC);
    OK(strstr(error.text, "Node") != NULL);
    EQ(hook_runs[0], 1);
    NEAR(param(t, "b.mean"), 1, 0);
    NEAR(param(t, "a.w"), 1, 0);
    for (int i = 0; i < 2; i++)
        NEAR(state(t, i), 0.5, 0);
    EQ(tb_trainer_steps(t), 0);
    sounds[1] = 0.5f;
    OK(step(t, 2, sounds, &report, &error) == TB_OK);
    NEAR(param(t, "b.mean"), 2, 0);
    NEAR(state(t, 1), 0.75, 1e-6);
    tb_trainer_free(t);
}

/* ---- states ---- */

static void test_states_of_shares(void)
{
    toy_config c = new_config();
    const float sounds[] = {0.125f, 0.25f, 0.375f, 0.5f};
    tb_step_report a, b;
    c.carries = true;
    tb_trainer *one = open_toy(&c, 4, 1), *two = open_toy(&c, 2, 2);
    if (!OK(one && two))
        return;
    for (int k = 0; k < 3; k++) {
        step(one, 4, sounds, &a, NULL);
        step(two, 4, sounds, &b, NULL);
        NEAR(a.metric[0], b.metric[0], 1e-6);
        NEAR(a.norm, b.norm, 1e-6);
    }
    for (int i = 0; i < 4; i++)
        OK(state(one, i) == state(two, i));
    NEAR(param(one, "a.w"), param(two, "a.w"), 1e-6);
    tb_trainer_free(one);
    tb_trainer_free(two);
}

/* ---- averages ---- */

/* Two groups with an average each of one parameter: the last one's counts, and
   all is as before afterwards. */
static void test_averages(void)
{
    toy_config c = new_config();
    const float sound = 0.25f;
    tb_step_report report;
    c.reads[1] = "a.w";
    c.program.group[1].prefix[0] = "a.";
    c.program.phase[0].turn[0] = (tb_phase_turn){0, 2, 0};
    c.program.phase[0].turn[1] = (tb_phase_turn){1, 2, 1};
    tb_trainer_settings s = settings_of(&c, 1, 1);
    s.optimiser.average = 0.5;
    tb_trainer *t = tb_trainer_new(&s, NULL);
    if (!OK(t != NULL))
        return;
    for (int k = 0; k < 3; k++)
        step(t, 1, &sound, &report, NULL);
    tb_optimiser_block blocks[TB_OPTIMISER_BLOCKS];
    tb_optimiser_blocks(t->moved[1].optimiser, blocks);
    float *average = seen(t->storage, blocks[0].data, sizeof *average);
    double w = param(t, "a.w");
    tb_trainer_use_average(t, true);
    OK(param(t, "a.w") == *average && *average != w);
    tb_trainer_use_average(t, false);
    float *again = seen(t->storage, blocks[0].data, sizeof *again);
    OK(param(t, "a.w") == w && *again == *average);
    free(average);
    free(again);
    tb_trainer_free(t);
}

/* ---- phases and numbers ---- */

static double number_at(tb_trainer *t, const tb_scheduled *n, int64_t step)
{
    t->steps = step;
    tb_trainer_follow_phases(t);
    return tb_trainer_number(t, n);
}

static void test_numbers(void)
{
    toy_config c = new_config();
    c.program.phase_count = 3;
    c.program.phase[1] = c.program.phase[2] = c.program.phase[0];
    c.program.phase[1].from = 10;
    c.program.phase[2].from = 20;
    tb_trainer *t = open_toy(&c, 1, 1);
    if (!OK(t != NULL))
        return;
    const tb_scheduled rising = {
        .from = 1, .to = 3, .start = 2, .steps = 4, .phase = 1};
    const tb_scheduled factors = {.from = 1,
                                  .to = 100,
                                  .steps = 10,
                                  .phase = -1,
                                  .shape = TB_RAMP_GEOMETRIC};
    NEAR(number_at(t, &factors, 5), 10, 1e-9);
    NEAR(number_at(t, &rising, 9), 1, 0);
    NEAR(number_at(t, &rising, 10), 1, 0);
    NEAR(number_at(t, &rising, 14), 2, 1e-9);
    EQ(tb_trainer_phase(t), 1);
    NEAR(number_at(t, &rising, 21), 3, 0);
    EQ(tb_trainer_phase(t), 2);
    OK_NAMED(tb_trainer_number(t, &rising) == 3,
             "it counts from its own phase, not from the last");
    tb_trainer_free(t);
}

/* The rate follows the steps of the training, whoever has the turn. */
static void test_rate(void)
{
    toy_config c = new_config();
    const float sound = 0.25f;
    tb_step_report report;
    c.program.phase[0].turn[0] = (tb_phase_turn){0, 2, 0};
    c.program.phase[0].turn[1] = (tb_phase_turn){1, 2, 1};
    tb_trainer_settings s = settings_of(&c, 1, 1);
    s.schedule = (tb_rate_schedule){
        .kind = TB_SCHEDULE_LINEAR, .rate = 1, .final = 0, .steps = 8};
    tb_trainer *t = tb_trainer_new(&s, NULL);
    for (int k = 0; k < 5 && t; k++) {
        step(t, 1, &sound, &report, NULL);
        NEAR(report.rate, 1 - k / 8.0, 1e-9);
    }
    tb_trainer_free(t);
}

int main(void)
{
    test_sum();
    test_frozen();
    test_groups_in_turn();
    test_refusals();
    test_chain();
    test_chain_on_held_out_sound();
    test_one_graph();
    test_buffer();
    test_hooks();
    test_failing_step();
    test_states_of_shares();
    test_averages();
    test_numbers();
    test_rate();
    return tap_done();
}
