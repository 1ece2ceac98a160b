/* What `transfer --report` tells of a sound that it made: beside it, as
   NAME.json, and as two pictures, NAME_loudness.png and NAME_pitch.png. */
#ifndef TB_CLI_TRANSFER_REPORT_H
#define TB_CLI_TRANSFER_REPORT_H

#include "cli/passing.h"

/* Sounds whose colour the result is to have: those of each --like, or else
   those that the run learned from, mono, at one rate. */
typedef struct cli_likeness {
    float *x;
    int64_t frames;
    double sample_rate;
    int files;
} cli_likeness;

/* Loads them, of long ones the first minute, ten minutes in all. Nothing where
   none are known. */
tb_status cli_likeness_open(cli_likeness *likeness, const cli_passing *passing,
                            double sample_rate, tb_error *error);
void cli_likeness_close(cli_likeness *likeness);

/* Measures `to` beside `from`, prints it and writes the files. Pictures are
   left out where they cannot be drawn. */
tb_status cli_report_transfer(const char *from, const char *to,
                              const cli_likeness *likeness, bool replace,
                              tb_error *error);

#endif
