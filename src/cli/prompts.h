/* Prompts as they are typed for `timbrel generate`. */
#ifndef TB_CLI_PROMPTS_H
#define TB_CLI_PROMPTS_H

#include "audio/load.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <timbrel/model.h>

typedef struct cli_prompt {
    char name[600]; /* "bell.wav@3.5s+1s", as it could be typed again */
    float *samples; /* [frames, channels] at the model's rate */
    int64_t frames;
    double gain;    /* that brought it to the level which the model knows */
    char note[512]; /* what should be known, as that it is shorter than asked
                       for; or empty */
} cli_prompt;

/* Where prompts come from. */
typedef struct cli_prompt_source {
    const tb_model *model;
    const char *run; /* folder of the run, for "corpus@..."; null: none */
    double seconds;  /* of prompts that do not tell their length */
    uint64_t seed;   /* chooses random places */
} cli_prompt_source;

/* "file@3.5s+1s", of a file or a recording of the run by its name alone;
   "corpus@12s+1s" (seconds of all recordings of the run in a row) or "corpus"
   (a random place in those that are still there; `number` tells one from
   another). The caller clears `prompt`, also after a failure. */
tb_status cli_prompt_load(const char *text, int number,
                          const cli_prompt_source *source, cli_prompt *prompt,
                          tb_error *error);
void cli_prompt_clear(cli_prompt *prompt);

/* Whether `text` asks for the recordings of the run, by no name. */
bool cli_is_corpus(const char *text);

/* The run's recordings, and how many of them are not where they were. */
typedef struct cli_corpus {
    int count, gone;
    char first_gone[512];
} cli_corpus;

cli_corpus cli_look_for_corpus(const cli_prompt_source *source);

/* All prompts as long as the shortest: their beginnings are cut off. Returns
   the shortest where this did something, otherwise null. */
const cli_prompt *cli_prompts_align(cli_prompt *prompts, int count,
                                    int channels);

#endif
