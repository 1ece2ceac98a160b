/* A model with fresh weights in a file, and sound from it. */
#ifndef TB_TEST_GENERATE_VOICE_H
#define TB_TEST_GENERATE_VOICE_H

#include "../models/check_network.h"
#include "models/checkpoint.h"
#include <timbrel/model.h>

#include <unistd.h>

enum { VOICES = 3, LENGTH = 300 };

typedef struct sound {
    float data[VOICES][2 * LENGTH];
} sound;

/* Weights large enough that chance does not decide alone. */
static inline void enlarge(tb_params *params)
{
    float *x = tb_params_data(params);
    for (int64_t i = 0; i < tb_params_total(params); i++)
        x[i] *= 3;
    tb_params_touch(params);
}

/* Saves a network as a checkpoint. */
static inline void save_model(const char *path, const char *changes)
{
    network n = network_new(changes, 1, tb_backend_cpu());
    tb_checkpoint c = {.instrument = &CHECK_INSTRUMENT,
                       .config = &n.config,
                       .params = n.params,
                       .epoch = 4};
    tb_error error = {0};
    enlarge(n.params);
    if (!OK_NAMED(tb_checkpoint_save(path, &c, NULL, 0, NULL, &error) == TB_OK,
                  "the model is saved"))
        fprintf(stderr, "# %s\n", error.text);
    network_free(&n);
}

/* The same, opened. */
static inline tb_model *model_of(const char *changes)
{
    char path[] = "/tmp/timbrel-voice-XXXXXX";
    int file = mkstemp(path);
    tb_message message = {0};
    save_model(path, changes);
    tb_model *m = tb_model_open(path, &message);
    if (!OK_NAMED(m != NULL, "the model opens"))
        fprintf(stderr, "# %s\n", message.text);
    close(file);
    unlink(path);
    return m;
}

static inline tb_voices *voices_of(tb_model *m, tb_voices_settings settings)
{
    tb_message message = {0};
    tb_voices *g = tb_voices_new(m, &settings, &message);
    if (!OK_NAMED(g != NULL, "there are voices"))
        fprintf(stderr, "# %s\n", message.text);
    return g;
}

/* Turns a control of one voice, or of all for -1. */
static inline void turn(tb_voices *v, const char *control, int voice, double x)
{
    int i = tb_voices_control(v, control);
    OK_NAMED(i >= 0, control);
    tb_voices_set(v, i, voice, x);
}

/* Pointers to frame `from` of each voice. */
static inline float *const *voices_at(sound *s, float *to[VOICES], int64_t from,
                                      int channels)
{
    for (int i = 0; i < VOICES; i++)
        to[i] = s->data[i] + from * channels;
    return to;
}

/* LENGTH frames in blocks. */
static inline void make(tb_voices *g, sound *s, int64_t block, int channels)
{
    float *to[VOICES];
    for (int64_t j = 0; j < LENGTH; j += block)
        tb_voices_run(g, voices_at(s, to, j, channels),
                      LENGTH - j < block ? LENGTH - j : block);
}

/* `frames` of noise, another for each voice, in blocks. */
static inline void prompt(tb_voices *g, int64_t frames, int64_t block,
                          int channels)
{
    sound s;
    float *to[VOICES];
    tb_rng rng = {5, 0};
    for (int i = 0; i < VOICES; i++)
        for (int64_t k = 0; k < frames * channels; k++)
            s.data[i][k] = (float)(tb_rng_uniform(&rng) * 2 - 1);
    for (int64_t j = 0; j < frames; j += block)
        tb_voices_prompt(g,
                         (const float *const *)voices_at(&s, to, j, channels),
                         frames - j < block ? frames - j : block);
}

#endif
