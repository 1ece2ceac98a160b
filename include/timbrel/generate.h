/* Timbrel: generating sound from a checkpoint.

       tb_model *m = tb_model_open("epoch-0012.safetensors", &message);
       tb_generator *g = tb_generator_new(m, &settings, &message);
       tb_generator_prompt(g, prompts, frames);
       while (...)
           tb_generator_run(g, out, 1024);

   A model is read-only and may serve several generators; a generator is one
   timeline with `voices` rows and belongs to one thread at a time. */
#ifndef TIMBREL_GENERATE_H
#define TIMBREL_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tb_model tb_model;
typedef struct tb_generator tb_generator;

/* The sentence that tells what went wrong, for those functions that can fail;
   null where none is wanted. */
typedef struct tb_message {
    char text[1024];
} tb_message;

/* Opens a checkpoint (a file, or a run folder whose latest epoch is taken).
   Null and a message when that cannot be. Any thread. */
tb_model *tb_model_open(const char *path, tb_message *message);
void tb_model_close(tb_model *model); /* after its generators; accepts null */

double tb_model_sample_rate(const tb_model *model); /* Hz */
int tb_model_channels(const tb_model *model);
const char *tb_model_kind(const tb_model *model); /* "samplernn" */
int tb_model_epoch(const tb_model *model);        /* -1: not known */

typedef struct tb_generator_settings {
    int voices;        /* rows that run side by side, at least 1 */
    uint64_t seed;     /* the same seed gives the same sound */
    float temperature; /* of all voices, until tb_generator_temperature */
    int top_k;         /* 0: off */
    float top_p;       /* 1: off */
    bool full_weights; /* 32 bits instead of 16: slower, hardly other */
} tb_generator_settings;

/* The defaults: one voice, seed 0, temperature 1, 16-bit weights. */
tb_generator_settings tb_generator_defaults(void);

tb_generator *tb_generator_new(tb_model *model,
                               const tb_generator_settings *settings,
                               tb_message *message);
void tb_generator_free(tb_generator *generator); /* accepts null */

/* ---- one thread at a time; nothing below allocates or locks ---- */

/* Feeds a prompt: `frames` frames for each voice, planar: samples[voice] points
   at frames * channels interleaved samples from -1 to 1. May be called several
   times in succession, and again after a run, whose sound it then follows. */
void tb_generator_prompt(tb_generator *generator, const float *const *samples,
                         int64_t frames);

/* Controls of one voice, or of all for voice -1; from the next run on, but for
   its first sample, which was drawn when the last run or prompt ended. A
   temperature of 0 says what is likeliest, always. */
void tb_generator_temperature(tb_generator *generator, int voice, float t);
void tb_generator_top_k(tb_generator *generator, int voice, int k);
void tb_generator_top_p(tb_generator *generator, int voice, float p);

/* Makes `frames` frames of every voice into samples[voice] (interleaved, from
   -1 to 1). */
void tb_generator_run(tb_generator *generator, float *const *samples,
                      int64_t frames);

/* Back to the beginning, without prompt, with another seed. */
void tb_generator_reset(tb_generator *generator, uint64_t seed);

#ifdef __cplusplus
}
#endif

#endif
