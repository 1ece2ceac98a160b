/* A recording through a model as a live host plays it, block by block. */
#ifndef TB_CLI_LIVE_FILE_H
#define TB_CLI_LIVE_FILE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <timbrel/live.h>

typedef struct cli_live_file {
    const char *in, *out; /* in null: the model plays by itself */
    double seconds;       /* so long, where nothing goes in */
    double sample_rate;   /* Hz of the host; 0: the recording's */
    bool replace;
} cli_live_file;

/* The host's rate: the recording's. */
tb_status cli_live_file_look(cli_live_file *file, tb_error *error);

/* Plays it in blocks of so many frames. What comes out lasts as long as what
   went in, and the latency. */
tb_status cli_live_file_play(const cli_live_file *file, tb_live *live,
                             int64_t block, int64_t *frames, tb_error *error);

#endif
