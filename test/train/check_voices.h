/* From the first step of a small network to its voices: it learns, its
   checkpoint opens, prompts come in one piece or many, threads change nothing
   and nothing is allocated. The instrument is that of check_network.h; includes
   counted.h before it. */
#ifndef TB_TEST_TRAIN_CHECK_VOICES_H
#define TB_TEST_TRAIN_CHECK_VOICES_H

#include "../generate/voice.h"
#include "generate/voice_groups.h"
#include "settled.h"
#include "train/trainer.h"

#include <unistd.h>

enum { ROWS = 2, WINDOW = 64, STEPS = 60 };

/* ---- learning ---- */

static inline void fill_frames(int step, int64_t context, float *frames)
{
    int64_t n = context + WINDOW;
    for (int row = 0; row < ROWS; row++)
        for (int64_t i = 0; i < n; i++)
            frames[row * n + i] =
                0.7f * sinf((float)(step * WINDOW + i) * (0.2f + 0.1f * row));
}

static inline tb_trainer *trainer_of(const CHECK_CONFIG *config)
{
    const tb_trainer_settings s = {
        .instrument = &CHECK_INSTRUMENT,
        .config = config,
        .rows = ROWS,
        .window = WINDOW,
        .optimiser = {.kind = TB_OPTIMISER_ADAM,
                      .beta1 = 0.9,
                      .beta2 = 0.99,
                      .epsilon = 1e-8},
        .schedule = {.kind = TB_SCHEDULE_CONSTANT, .rate = 0.01, .steps = 1},
        .seed = 5,
        .threads = 2};
    tb_error error = {0};
    tb_trainer *t = tb_trainer_new(&s, &error);
    if (!OK_NAMED(t != NULL, "it is trained as any other"))
        fprintf(stderr, "# %s\n", error.text);
    return t;
}

/* The mean of the bits over the first and over the last steps. */
static inline void learn(tb_trainer *t, const CHECK_CONFIG *config)
{
    int64_t context =
        CHECK_INSTRUMENT.network->context(config) / config->sound.channels;
    float *frames = calloc((size_t)(ROWS * (context + WINDOW)), sizeof *frames);
    double first = 0, last = 0;
    tb_error error = {0};
    for (int k = 0; k < STEPS; k++) {
        tb_step_report report = {0};
        fill_frames(k, context, frames);
        tb_status status =
            settled_step(t, &(tb_batch){{frames}, NULL}, &report, &error);
        if (status && !OK_NAMED(false, "a step is made"))
            fprintf(stderr, "# %s\n", error.text);
        first += k < 10 ? report.metric[0] / 10 : 0;
        last += k >= STEPS - 10 ? report.metric[0] / 10 : 0;
    }
    OK_NAMED(last < 0.8 * first, "it learns");
    free(frames);
}

/* The weights of the trainer, saved and opened. */
static inline tb_model *opened(tb_trainer *t, const CHECK_CONFIG *config)
{
    char path[] = "/tmp/timbrel-voices-XXXXXX";
    int file = mkstemp(path);
    CHECK_CONFIG copy = *config;
    tb_checkpoint c = {.instrument = &CHECK_INSTRUMENT,
                       .config = &copy,
                       .params = tb_trainer_params(t),
                       .declared = tb_trainer_declared(t),
                       .epoch = 2};
    tb_error error = {0};
    tb_message message = {0};
    OK(tb_checkpoint_save(path, &c, NULL, 0, NULL, &error) == TB_OK);
    tb_model *m = tb_model_open(path, &message);
    if (!OK_NAMED(m != NULL, "what it learned opens"))
        fprintf(stderr, "# %s %s\n", error.text, message.text);
    close(file);
    unlink(path);
    return m;
}

/* ---- voices ---- */

static inline bool same(const sound *a, const sound *b, int voice)
{
    return memcmp(a->data[voice], b->data[voice], sizeof(float) * LENGTH) == 0;
}

static inline void check_prompts(tb_model *m)
{
    static const int64_t blocks[] = {1, 13, 64};
    tb_voices_settings s = tb_voices_defaults();
    sound a, b;
    s.voices = VOICES;
    tb_voices *v = voices_of(m, s);
    prompt(v, 200, 200, 1);
    make(v, &a, LENGTH, 1);
    for (int k = 0; k < 3; k++) {
        tb_voices_reset(v, s.seed);
        prompt(v, 200, blocks[k], 1);
        make(v, &b, blocks[k], 1);
        for (int i = 0; i < VOICES; i++)
            OK_NAMED(same(&a, &b, i), "a prompt in one piece is one in many");
    }
    tb_voices_reset(v, s.seed);
    make(v, &b, LENGTH, 1);
    OK_NAMED(!same(&a, &b, 0), "a prompt is heard");
    tb_voices_free(v);
}

static inline void check_threads(tb_model *m)
{
    tb_voices_settings s = tb_voices_defaults();
    sound one, other;
    float *to[VOICES];
    tb_error error = {0};
    s.voices = VOICES;
    s.seed = 9;
    tb_voices *v = voices_of(m, s);
    turn(v, "temperature", 2, 0.5);
    tb_voices_reset(v, 9);
    prompt(v, 70, 70, 1);
    make(v, &one, LENGTH, 1);
    tb_voices_free(v);
    for (int threads = 1; threads <= VOICES + 1; threads++) {
        sound x;
        tb_voice_groups *g = tb_voice_groups_new(m, &s, threads, &error);
        tb_rng rng = {5, 0};
        for (int i = 0; i < VOICES; i++)
            for (int k = 0; k < 70; k++)
                x.data[i][k] = (float)(tb_rng_uniform(&rng) * 2 - 1);
        tb_voice_groups_set(g, tb_voice_groups_control(g, "temperature"), 2,
                            0.5);
        tb_voice_groups_reset(g, 9);
        tb_voice_groups_prompt(g, (const float *const *)voices_at(&x, to, 0, 1),
                               70);
        tb_voice_groups_run(g, voices_at(&other, to, 0, 1), LENGTH);
        for (int i = 0; i < VOICES; i++)
            OK_NAMED(same(&one, &other, i), "threads do not change a voice");
        tb_voice_groups_free(g);
    }
}

static inline void check_rt(tb_model *m)
{
    tb_voices_settings s = tb_voices_defaults();
    sound a;
    s.voices = VOICES;
    tb_voices *v = voices_of(m, s);
    int heat = tb_voices_control(v, "temperature");
    OK(counted > 0);
    counted = 0;
    prompt(v, 200, 200, 1);
    make(v, &a, 100, 1);
    tb_voices_set(v, heat, -1, 0.7);
    prompt(v, 20, 3, 1);
    make(v, &a, 1, 1);
    tb_voices_reset(v, 2);
    make(v, &a, 100, 1);
    EQ(counted, 0);
    tb_voices_free(v);
}

#endif
