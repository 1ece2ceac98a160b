/* An instrument on frames of spectra under test, from its first step to its
   voices. CHECK_INSTRUMENT and CHECK_CONFIG as for check_frames.h. */
#ifndef TB_TEST_TRAIN_FRAME_TRAINING_H
#define TB_TEST_TRAIN_FRAME_TRAINING_H

#include "../models/check_frames.h"
#include "counted.h"
#include "models/checkpoint.h"
#include "settled.h"
#include "train/trainer.h"
#include <timbrel/model.h>

#include <unistd.h>

enum { ROWS = 2, RATE = 8000, LENGTH = 4 * RATE };

/* ---- sizes ---- */

static inline int64_t weights_of(const char *changes)
{
    CHECK_CONFIG config = configured(changes);
    tb_params *p = fresh_params(&config, sizeof(float), 1);
    int64_t n = 0;
    for (int i = 0; p && i < tb_params_count(p); i++)
        n += tb_params_at(p, i)->n;
    tb_params_free(p);
    return n;
}

static inline void refused(const char *changes, const char *words)
{
    CHECK_CONFIG config = configured(changes);
    tb_error error = {0};
    OK(CHECK_INSTRUMENT.check(&config, &error) == TB_ERR_ARGUMENT);
    if (!OK_NAMED(strstr(error.text, words) != NULL, words))
        fprintf(stderr, "# %s\n", error.text);
}

/* ---- a sound ---- */

static float chord[LENGTH];
static const double partials[] = {0.1137, 0.271, 0.433};

/* Three partials, each swelling at a pace of its own, with a little hiss. */
static inline void fill_chord(void)
{
    tb_rng rng = {7, 0};
    for (int64_t i = 0; i < LENGTH; i++) {
        double t = (double)i, x = 0;
        for (int k = 0; k < 3; k++)
            x += 0.2 * (1 + 0.5 * sin(t * 0.001 * (k + 1))) *
                 cos(partials[k] * t + k);
        chord[i] = (float)(x + 0.001 * tb_rng_normal(&rng));
    }
}

static inline double level_of(const float *x, int64_t n, double w)
{
    double re = 0, im = 0;
    for (int64_t i = 0; i < n; i++) {
        double bell = 1 - cos(6.283185307179586 * (double)i / (double)n);
        re += bell * (double)x[i] * cos(w * (double)i);
        im += bell * (double)x[i] * sin(w * (double)i);
    }
    return 2 * sqrt(re * re + im * im) / (double)n;
}

/* ---- learning ---- */

enum { WINDOW = 1024, STEPS = 300 };

static inline tb_trainer *trainer_of(const CHECK_CONFIG *config)
{
    tb_error error = {0};
    const tb_trainer_settings s = {
        .instrument = &CHECK_INSTRUMENT,
        .config = config,
        .rows = ROWS,
        .window = WINDOW,
        .test_rows = ROWS,
        .optimiser = {.kind = TB_OPTIMISER_ADAM,
                      .beta1 = 0.9,
                      .beta2 = 0.99,
                      .epsilon = 1e-8,
                      .clip = 1},
        .schedule = {.kind = TB_SCHEDULE_CONSTANT, .rate = 0.003, .steps = 1},
        .seed = 2,
        .threads = 1};
    tb_trainer *t = tb_trainer_new(&s, &error);
    if (!OK_NAMED(t != NULL, "there is a trainer"))
        fprintf(stderr, "# %s\n", error.text);
    return t;
}

static inline int64_t heard_first(const tb_trainer *t)
{
    return tb_trainer_learning(t)->feed[0].context;
}

static inline void fill_batch(const tb_trainer *t, int step, float *frames)
{
    int64_t n = heard_first(t) + WINDOW;
    for (int row = 0; row < ROWS; row++)
        memcpy(frames + row * n,
               chord + (step * 397 + row * 5003) % (LENGTH - n),
               sizeof *frames * (size_t)n);
}

/* Its metric after learning; the first one, the last frame repeated. */
static inline double learn(tb_trainer *t, double *first, double *yard)
{
    static float frames[ROWS * (WINDOW + 4096)];
    const bool anew[ROWS] = {true, true};
    double metric[TB_MOST_METRICS], yards[TB_MOST_METRICS];
    tb_step_report report = {0};
    for (int k = 0; k < STEPS; k++) {
        fill_batch(t, k, frames);
        if (settled_step(t, &(tb_batch){{frames}, anew}, &report, NULL))
            OK_NAMED(0, "a step fails");
        *first = k ? *first : report.metric[0];
    }
    OK(tb_trainer_test(t, &(tb_batch){{frames}, anew}, metric, yards, NULL) ==
       TB_OK);
    *yard = yards[0];
    return metric[0];
}

static inline void check_learning(const char *changes, const char *metric,
                                  bool more)
{
    double first = NAN, yard = NAN;
    CHECK_CONFIG config = configured(changes);
    tb_trainer *t = trainer_of(&config);
    double last = learn(t, &first, &yard);
    fprintf(stderr, "# %s: %.3f, then %.3f; the last repeated %.3f\n", changes,
            first, last, yard);
    SAME_TEXT(tb_trainer_learning(t)->metric[0].name, metric);
    OK_NAMED(last < first, "it learns");
    OK_NAMED(!more || last < yard,
             "it foresees more than the last frame repeated");
    tb_trainer_free(t);
}

/* Before the first step buffers are set so that symbols lie near 0 with
   deviations near 1. */
static inline void check_measured(const char *changes)
{
    CHECK_CONFIG config = configured(changes);
    tb_trainer *t = trainer_of(&config);
    static float frames[ROWS * (WINDOW + 4096)];
    fill_batch(t, 0, frames);
    OK(settled_step(t, &(tb_batch){{frames}, NULL}, &(tb_step_report){0},
                    NULL) == TB_OK);
    tb_error error = {0};
    tb_method m = {0};
    OK(tb_instrument_method(&CHECK_INSTRUMENT, &config, NULL, "encode", 1, &m,
                            &error) == TB_OK);
    tb_output out = {m.output[0].value, NULL};
    const tb_plan_settings set = {.params = tb_trainer_params(t),
                                  .frames = heard_first(t) + WINDOW};
    tb_plan *p = tb_plan_new(m.graph, 1, &out, &set, &error);
    const tb_tensor *in = tb_plan_tensor(p, m.input[0].value);
    for (int64_t i = 0; i < set.frames; i++)
        number_put(in, i, sizeof(float), (double)frames[i]);
    tb_plan_run(p, 1, NULL);
    const tb_tensor *y = tb_plan_tensor(p, out.value);
    double mean = 0, square = 0, n = 0;
    int64_t skip = tb_spectral_incomplete(&config.frames);
    for (int64_t e = 0; e < y->dim[1]; e++)
        for (int64_t j = skip; j < y->dim[2]; j++, n++) {
            double x = number_get(y, e * y->dim[2] + j, sizeof(float));
            mean += x, square += x * x;
        }
    fprintf(stderr, "# %s: mean %.3f, deviation %.3f\n", changes, mean / n,
            sqrt(square / n));
    OK_NAMED(fabs(mean / n) < 0.4, "symbols lie near 0");
    OK_NAMED(square / n > 0.2 && square / n < 2, "with deviations near 1");
    tb_plan_free(p);
    tb_method_clear(&m);
    tb_trainer_free(t);
}

/* ---- voices ---- */

static inline tb_model *model_of(const CHECK_CONFIG *config, tb_params *params)
{
    char path[] = "/tmp/timbrel-frames-XXXXXX";
    int file = mkstemp(path);
    tb_error error = {0};
    tb_message message = {0};
    CHECK_CONFIG copy = *config;
    const tb_checkpoint c = {.instrument = &CHECK_INSTRUMENT,
                             .config = &copy,
                             .params = params,
                             .epoch = 1};
    OK(tb_checkpoint_save(path, &c, NULL, 0, NULL, &error) == TB_OK);
    tb_model *m = tb_model_open(path, &message);
    if (!OK_NAMED(m != NULL, "the model opens"))
        fprintf(stderr, "# %s %s\n", error.text, message.text);
    close(file);
    unlink(path);
    return m;
}

static inline tb_voices *voices_of(tb_model *m, int voices, const char *method)
{
    tb_message message = {0};
    tb_voices_settings s = tb_voices_defaults();
    s.voices = voices;
    s.seed = 11;
    s.method = method;
    tb_voices *v = tb_voices_new(m, &s, &message);
    if (!OK_NAMED(v != NULL, "there are voices"))
        fprintf(stderr, "# %s\n", message.text);
    return v;
}

/* Whole frames of all networks lie between FIRST and the end of a prompt. */
enum { SAID = 3000, VOICES = 2, FIRST = 1500 - 704 };

static inline void play(tb_voices *v, float *y, int64_t block)
{
    for (int64_t j = 0; j < SAID; j += block) {
        float *to[VOICES] = {y + j, y + SAID + j};
        tb_voices_run(v, to, SAID - j < block ? SAID - j : block);
    }
}

static inline void prompt(tb_voices *v, int64_t from, int64_t frames)
{
    const float *const both[VOICES] = {chord + from, chord + from};
    tb_voices_prompt(v, both, frames);
}

/* Prompts in one piece and in many, runs in blocks of any size: the same, and
   nothing allocates or locks. */
static inline void check_voices(tb_model *m, double temperature)
{
    static float a[VOICES * SAID], b[VOICES * SAID];
    static const int64_t blocks[] = {1, 13, 400};
    tb_voices *v = voices_of(m, VOICES, "generate");
    tb_voices_set(v, tb_voices_control(v, "temperature"), -1, temperature);
    tb_voices_reset(v, 11);
    counted = 0;
    prompt(v, 0, 1500);
    play(v, a, SAID);
    for (int k = 0; k < 3; k++) {
        tb_voices_reset(v, 11);
        prompt(v, 0, FIRST);
        for (int64_t at = FIRST; at < 1500; at += blocks[k])
            prompt(v, at, 1500 - at < blocks[k] ? 1500 - at : blocks[k]);
        play(v, b, blocks[k]);
        OK_NAMED(memcmp(a, b, sizeof a) == 0,
                 "pieces and blocks do not matter");
    }
    EQ(counted, 0);
    bool alike = memcmp(a, a + SAID, sizeof *a * SAID) == 0;
    OK_NAMED(alike == (temperature == 0), "chance alone tells voices apart");
    tb_voices_free(v);
}

/* What is encoded and decoded again is the sound, later. */
static inline void check_forward(const char *changes, double within)
{
    static float y[16000];
    CHECK_CONFIG config = configured(changes);
    tb_params *p = fresh_params(&config, sizeof(float), 1);
    tb_model *m = model_of(&config, p);
    tb_voices *v = voices_of(m, 1, "forward");
    const float *in = chord;
    float *out = y;
    tb_voices_process(v, &in, &out, 16000);
    for (int k = 0; k < 3; k++)
        NEAR(level_of(y + 8000, 4000, partials[k]),
             level_of(chord + 8000 - tb_voices_latency(v), 4000, partials[k]),
             within);
    tb_voices_free(v);
    tb_model_close(m);
    tb_params_free(p);
}

/* What is plain leaves nothing to turn. */
static inline void check_controls(const char *changes)
{
    for (int plain = 0; plain < 2; plain++) {
        char text[512];
        snprintf(text, sizeof text, "%s%s", changes, plain ? "head=plain" : "");
        CHECK_CONFIG config = configured(text);
        tb_params *p = fresh_params(&config, sizeof(float), 1);
        tb_model *m = model_of(&config, p);
        const tb_control *c = tb_model_control(m, "generate", 0);
        OK(plain ? !c : c && strcmp(c->name, "temperature") == 0);
        OK(!tb_model_control(m, "generate", 1));
        if (plain)
            check_voices(m, 0);
        tb_model_close(m);
        tb_params_free(p);
    }
}

static inline void check_tone(const char *changes, double heat)
{
    static float y[16000];
    double first, yard;
    CHECK_CONFIG config = configured(changes);
    tb_trainer *t = trainer_of(&config);
    learn(t, &first, &yard);
    tb_model *m = model_of(&config, tb_trainer_params(t));
    check_voices(m, 1);
    check_voices(m, 0);
    tb_voices *v = voices_of(m, 1, "generate");
    tb_voices_set(v, tb_voices_control(v, "temperature"), -1, heat);
    tb_voices_reset(v, 11);
    prompt(v, 0, 4000);
    float *to = y;
    tb_voices_run(v, &to, 16000);
    for (int k = 0; k < 3; k++) {
        double is = level_of(y + 8000, 4000, partials[k]);
        fprintf(stderr, "# partial %d: %.3f\n", k, is);
        OK_NAMED(is > 0.05 && is < 0.5, "the tone goes on");
    }
    OK_NAMED(level_of(y + 8000, 4000, 0.8) < 0.01,
             "where there was none, there is none");
    tb_voices_free(v);
    tb_model_close(m);
    tb_trainer_free(t);
}

#endif
