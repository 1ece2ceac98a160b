/* One recording through a method that takes sound and gives sound, in constant
   memory. */
#ifndef TB_CLI_TRANSFER_SOUND_H
#define TB_CLI_TRANSFER_SOUND_H

#include "cli/passing.h"

typedef struct cli_transfer_settings {
    const cli_passing *passing;
    double wet;       /* 0: the recording, 1: the model alone */
    bool match_level; /* as loud as the recording, by its first 30 s */
    double latency;   /* seconds that are cut off; below 0: what the
                         model says, or else estimated */
    void (*progress)(double done, const char *file);
    bool (*is_stopped)(void);
} cli_transfer_settings;

typedef struct cli_transfer_report {
    double seconds;      /* of sound */
    double sample_rate;  /* Hz, of what was written */
    double latency;      /* seconds that were cut off */
    bool estimated;      /* that latency is a guess */
    double work_seconds; /* spent in the model */
    double least_gain;   /* below 1: of a limiter, round peaks */
} cli_transfer_report;

tb_status cli_transfer_sound(const char *from, const char *to,
                             const cli_transfer_settings *settings,
                             cli_transfer_report *report, tb_error *error);

#endif
