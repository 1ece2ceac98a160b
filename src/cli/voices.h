/* Voices that sound side by side and go into files as they are made. */
#ifndef TB_CLI_VOICES_H
#define TB_CLI_VOICES_H

#include "audio/encode.h"
#include "cli/prompts.h"
#include "generate/ramp.h"

/* A control and what it does over time; of all voices alike. */
typedef struct cli_turned {
    const tb_control *control;
    tb_ramp ramp;
} cli_turned;

typedef struct cli_voices_settings {
    tb_model *model;
    double model_rate; /* Hz, of what it makes */
    int voices;
    uint64_t seed;
    const cli_turned *controls; /* what is turned, and how */
    int control_count;
    bool full_weights;
    double seconds;
    bool keep_prompt; /* the files start with it */
    bool mix;         /* all voices in one file */
    double gain;      /* factor */
    bool own_level;   /* voices come at that of their prompts */
    double high_pass; /* Hz, of what goes into the files; 0: off */
    double rate;      /* of the files, Hz */
    int threads;
    const cli_prompt *prompts; /* taken in turn, all of one length */
    int prompt_count;          /* may be 0 */
    char **paths;              /* one for each voice, or one for a mix */
    const tb_tags *tags;       /* as many */
    bool replace;
} cli_voices_settings;

/* Called now and then: how much is done and how many seconds of sound were made
   per second; false stops. */
typedef bool (*cli_voices_progress)(double done, double speed);

/* TB_ERR_STOPPED when the progress said so: what was made stays. `*least_gain`
   is below 1 when a limiter had to turn peaks down. */
tb_status cli_voices_make(const cli_voices_settings *settings,
                          cli_voices_progress progress, double *least_gain,
                          tb_error *error);

#endif
