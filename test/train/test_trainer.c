/* The trainer with a tiny network: it learns, the bits do not depend on
   threads or on being taken up again, and what is not a number is named. */
#include "train/trainer.h"

#include "engine/far/far.h"
#include "settled.h"
#include "tap.h"
#include "tiny.h"

enum { ROWS = 3, WINDOW = 64, SIZE = ROWS * (WINDOW + 1) };

static tb_trainer_settings settings_of(const tiny_config *config)
{
    return (tb_trainer_settings){
        .instrument = &tiny_instrument,
        .config = config,
        .rows = ROWS,
        .window = WINDOW,
        .test_rows = 2,
        .optimiser = {.kind = TB_OPTIMISER_ADAM,
                      .beta1 = 0.9,
                      .beta2 = 0.99,
                      .epsilon = 1e-8,
                      .clip = 1,
                      .average = 0.9},
        .schedule = {.kind = TB_SCHEDULE_CONSTANT, .rate = 0.02, .steps = 1},
        .seed = 5,
        .threads = 1};
}

/* Windows of a wave, a different one in each row. */
static void fill_frames(int step, float *frames)
{
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < WINDOW + 1; i++)
            frames[row * (WINDOW + 1) + i] =
                0.8f *
                sinf((float)(step * WINDOW + i) * (0.2f + 0.1f * (float)row));
}

static double run(tb_trainer *t, int from, int to)
{
    float frames[SIZE];
    bool reset[ROWS];
    tb_step_report report = {0};
    for (int k = from; k < to; k++) {
        for (int row = 0; row < ROWS; row++)
            reset[row] = k % (3 + row) == 0;
        fill_frames(k, frames);
        if (settled_step(t, &(tb_batch){{frames}, reset}, &report, NULL))
            return NAN;
    }
    return report.metric[0];
}

static float *weights_of(tb_trainer *t, size_t *bytes)
{
    *bytes = (size_t)tb_params_total(tb_trainer_params(t)) * sizeof(float);
    return tb_params_data(tb_trainer_params(t));
}

static bool same_weights(tb_trainer *a, tb_trainer *b)
{
    size_t bytes, other;
    float *x = weights_of(a, &bytes), *y = weights_of(b, &other);
    return bytes == other && memcmp(x, y, bytes) == 0;
}

static double test_bits(tb_trainer *t)
{
    float frames[SIZE];
    bool reset[ROWS] = {true, true, true};
    double metric[TB_MOST_METRICS], yard[TB_MOST_METRICS];
    fill_frames(0, frames);
    OK(tb_trainer_test(t, &(tb_batch){{frames}, reset}, metric, yard, NULL) ==
       TB_OK);
    return metric[0];
}

static void test_learning(void)
{
    tiny_config config = {0};
    tb_trainer_settings s = settings_of(&config);
    tb_error error;
    tb_trainer *t = tb_trainer_new(&s, &error);
    if (!OK(t != NULL)) {
        fprintf(stderr, "# %s\n", error.text);
        return;
    }
    EQ(tb_trainer_learning(t)->feed[0].context, 1);
    SAME_TEXT(tb_trainer_learning(t)->metric[0].name, "bits");
    tb_trainer_size size = tb_trainer_measure(t);
    EQ(size.weights, 16 * 24 + 2 * (24 * 24 + 24) + 16 * 24);
    OK(size.bytes > (size_t)size.weights * 16);

    double first = run(t, 0, 1);
    NEAR(first, 4, 1.5);
    double last = run(t, 1, 150);
    OK_NAMED(last < 0.6 * first, "it learns");
    EQ(tb_trainer_steps(t), 150);

    double learned = test_bits(t);
    OK_NAMED(learned == test_bits(t), "a test changes nothing");
    OK_NAMED(learned < 0.6 * first, "so says the test");
    tb_trainer_use_average(t, true);
    double averaged = test_bits(t);
    OK_NAMED(averaged != learned && averaged < 0.7 * first,
             "the average has learned too");
    tb_trainer_use_average(t, false);
    OK_NAMED(learned == test_bits(t), "the weights are back");
    tb_trainer_free(t);
}

/* Numbers of a trainer, as a file would keep them. */
static void move(tb_trainer *from, tb_trainer *to)
{
    EQ(tb_trainer_blocks(from), tb_trainer_blocks(to));
    for (int i = 0; i < tb_trainer_blocks(from); i++) {
        tb_trainer_block a = tb_trainer_block_at(from, i);
        tb_trainer_block b = tb_trainer_block_at(to, i);
        SAME_TEXT(a.name, b.name);
        EQ(a.n, b.n);
        void *x = seen_block(from, i);
        tb_trainer_block_write(to, &b, x);
        free(x);
    }
    tb_trainer_place place = tb_trainer_where(from);
    tb_trainer_go_on(to, &place);
}

/* What rows carry, "h". */
static void read_state(tb_trainer *t, float state[ROWS * TINY_HIDDEN])
{
    tb_trainer_block b = tb_trainer_block_at(t, tb_trainer_blocks(t) - 1);
    OK(b.carried && strstr(b.name, "/h") != NULL);
    EQ(b.n, ROWS * TINY_HIDDEN);
    tb_trainer_block_read(t, &b, state);
}

/* Dropout is on, so that its seed counts too. */
static void test_same_bits(void)
{
    tiny_config config = {.dropout = 0.2};
    tb_trainer_settings s = settings_of(&config);
    tb_trainer *one = tb_trainer_new(&s, NULL);
    s.threads = 3;
    s.test_rows = 0;
    tb_trainer *three = tb_trainer_new(&s, NULL);
    tb_trainer *again = tb_trainer_new(&s, NULL);
    s.seed = 6;
    tb_trainer *other = tb_trainer_new(&s, NULL);
    if (!OK(one && three && again && other))
        return;
    OK(same_weights(one, three));
    run(one, 0, 9);
    test_bits(one);
    run(one, 9, 20);
    run(three, 0, 20);
    OK_NAMED(same_weights(one, three), "threads and tests change no bit");
    run(other, 0, 20);
    OK(!same_weights(one, other));

    run(again, 0, 10);
    run(three, 20, 21); /* leave traces to be overwritten */
    move(again, three);
    run(three, 10, 20);
    OK_NAMED(same_weights(one, three), "taken up again, the same bits");
    tb_trainer_free(one);
    tb_trainer_free(three);
    tb_trainer_free(again);
    tb_trainer_free(other);
}

static void test_reset(void)
{
    tiny_config config = {0};
    tb_trainer_settings s = settings_of(&config);
    tb_trainer *t = tb_trainer_new(&s, NULL);
    float frames[SIZE];
    float state[ROWS * TINY_HIDDEN];
    tb_step_report report;
    read_state(t, state);
    NEAR(state[5], 0.25, 0);

    /* With a rate of 0 the same window after a reset says the same. */
    s.schedule.rate = 0;
    tb_trainer_free(t);
    t = tb_trainer_new(&s, NULL);
    fill_frames(0, frames);
    settled_step(t, &(tb_batch){{frames}, (bool[ROWS]){true, true, true}},
                 &report, NULL);
    double first = report.metric[0];
    settled_step(t, &(tb_batch){{frames}, (bool[ROWS]){false}}, &report, NULL);
    OK(report.metric[0] != first);
    settled_step(t, &(tb_batch){{frames}, (bool[ROWS]){true, true, true}},
                 &report, NULL);
    OK(report.metric[0] == first);
    tb_trainer_free(t);
}

/* Breaks a weight of the head from the next step on. */
static void break_weight(tb_trainer *t)
{
    size_t bytes;
    int head = tb_params_find(tb_trainer_params(t), "head");
    float *w = weights_of(t, &bytes);
    w[tb_params_at(tb_trainer_params(t), head)->offset + 3] = INFINITY;
    tb_params_touch(tb_trainer_params(t));
}

static void test_not_a_number(void)
{
    tiny_config config = {0};
    tb_trainer_settings s = settings_of(&config);
    tb_trainer *t = tb_trainer_new(&s, NULL);
    float frames[SIZE];
    bool reset[ROWS] = {false};
    float state[ROWS * TINY_HIDDEN], after[ROWS * TINY_HIDDEN];
    tb_step_report report;
    tb_error error;
    run(t, 0, 3);
    break_weight(t);
    read_state(t, state);
    fill_frames(3, frames);
    EQ(settled_step(t, &(tb_batch){{frames}, reset}, &report, &error),
       TB_ERR_NUMERIC);
    OK(strstr(error.text, "linear") != NULL);
    EQ(report.step, 0);
    EQ(tb_trainer_steps(t), 3);
    read_state(t, after);
    OK_NAMED(memcmp(state, after, sizeof state) == 0,
             "the states are those before the step");
    tb_trainer_free(t);
    tb_trainer_free(NULL);
}

/* ---- one step later ---- */

static tb_status begin(tb_trainer *t, int step, const float *sound,
                       tb_step_report *report, tb_error *error)
{
    float frames[SIZE];
    const bool reset[ROWS] = {false};
    fill_frames(step, frames);
    tb_batch batch = {{sound ? sound : frames}, reset};
    tb_status status = tb_trainer_step(t, &batch, report, error);
    memset(frames, 0, sizeof frames);
    return status;
}

/* A step is reported by the one after it, or when it is waited for. */
static void test_reports(void)
{
    tiny_config config = {0};
    tb_trainer_settings s = settings_of(&config);
    tb_trainer *t = tb_trainer_new(&s, NULL), *one = tb_trainer_new(&s, NULL);
    tb_step_report report, own;
    tb_error error;
    for (int k = 0; k < 3; k++) {
        float frames[SIZE];
        EQ(begin(t, k, NULL, &report, &error), TB_OK);
        EQ(report.step, k);
        EQ(tb_trainer_steps(t), k + 1);
        OK_NAMED(k ? report.metric[0] == own.metric[0] &&
                         report.norm == own.norm && report.rate == own.rate
                   : isnan(report.metric[0]),
                 "what the step before measured");
        fill_frames(k, frames);
        settled_step(one, &(tb_batch){{frames}, NULL}, &own, NULL);
        EQ(own.step, k + 1);
    }
    EQ(tb_trainer_settle(t, &report, &error), TB_OK);
    OK(report.step == 3 && report.metric[0] == own.metric[0]);
    EQ(tb_trainer_settle(t, &report, &error), TB_OK);
    OK_NAMED(report.step == 0, "told once");
    OK_NAMED(same_blocks(t, one), "the same bits, waited for or not");
    tb_trainer_free(t);
    tb_trainer_free(one);
}

/* The loss of step 4 is not a number: weights, moments and averages stay where
   they were, and the call that would begin step 5 says so. */
static void test_found_later(void)
{
    tiny_config config = {0};
    tb_trainer_settings s = settings_of(&config);
    tb_trainer *t = tb_trainer_new(&s, NULL), *one = tb_trainer_new(&s, NULL);
    tb_step_report report;
    tb_error error;
    run(t, 0, 3);
    run(one, 0, 3);
    break_weight(t);
    break_weight(one);
    EQ(begin(t, 3, NULL, &report, &error), TB_OK);
    EQ(tb_trainer_steps(t), 4);
    EQ(begin(t, 4, NULL, &report, &error), TB_ERR_NUMERIC);
    OK(strstr(error.text, "linear") != NULL && report.step == 0);
    EQ(tb_trainer_steps(t), 3);
    EQ(tb_trainer_where(t).group_steps[0], 3);
    OK_NAMED(same_blocks(t, one), "weights, moments, averages, states");
    EQ(tb_trainer_settle(t, &report, &error), TB_OK);
    tb_trainer_free(t);
    tb_trainer_free(one);
}

/* Where the host cannot look, a step brings over what it hears and a few
   numbers, never weights, gradients, moments or states. */
static void test_traffic(void)
{
    tiny_config config = {0};
    tb_trainer_settings s = settings_of(&config);
    s.micro_batches = 1;
    tb_trainer *t = tb_trainer_new(&s, NULL);
    tb_far_traffic *seen = tb_far_seen();
    tb_step_report report;
    if (tb_trainer_storage(t)->is_host) {
        tb_trainer_free(t);
        return;
    }
    begin(t, 0, NULL, &report, NULL);
    uint64_t written = seen->written, read = seen->read;
    for (int k = 1; k < 11; k++)
        begin(t, k, NULL, &report, NULL);
    written = (seen->written - written) / 10;
    read = (seen->read - read) / 10;
    OK_NAMED(written >= SIZE * sizeof(float) &&
                 written < SIZE * sizeof(float) + 256,
             "the sound, the rate and scheduled numbers go over");
    OK_NAMED(read > 0 && read < 256, "losses, metrics and norms come back");
    read = seen->read;
    size_t bytes;
    weights_of(t, &bytes);
    OK_NAMED(seen->read - read > 1000 * sizeof(float),
             "weights come when somebody looks");
    read = seen->read;
    weights_of(t, &bytes);
    OK_NAMED(seen->read == read, "once");
    tb_trainer_free(t);
}

int main(void)
{
    test_learning();
    test_same_bits();
    test_reset();
    test_not_a_number();
    test_reports();
    test_found_later();
    test_traffic();
    return tap_done();
}
