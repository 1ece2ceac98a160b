/* A recording as a model hears it: at its rate and with its channels, block by
   block, in constant memory. */
#ifndef TB_CLI_HEARD_SOUND_H
#define TB_CLI_HEARD_SOUND_H

#include "audio/decode.h"
#include "audio/resample.h"

#include <stdbool.h>

enum { CLI_MOST_CHANNELS = 16 };

typedef struct cli_heard_sound {
    tb_decoder *decoder;
    tb_resampler *resampler;
    int file_channels, rows, channels; /* rows of so many channels each */
    double rate;                       /* Hz */
    int64_t expected;                  /* frames of all of it; 0: not known */
    int64_t block, heard;              /* frames of a block; so far */
    float *read, *resampled, *numbers;
    const float *at[CLI_MOST_CHANNELS]; /* the block: [rows] of [block,
                                           channels] */
    int64_t next, pending;              /* of `read` */
    bool at_end, ended;
} cli_heard_sound;

/* `rate`: 0 is that of the recording. Closed also after a failure. */
tb_status cli_heard_sound_open(cli_heard_sound *sound, const char *path,
                               double rate, tb_error *error);

/* Room for blocks, once it is known how the model hears. */
tb_status cli_heard_sound_begin(cli_heard_sound *sound, int rows, int channels,
                                int64_t block, tb_error *error);

/* The next block, zeros behind the end; `*count`: frames of the recording. A
   recording of more channels than one that is heard is mixed down. */
tb_status cli_heard_sound_fill(cli_heard_sound *sound, int64_t *count,
                               tb_error *error);
void cli_heard_sound_close(cli_heard_sound *sound);

#endif
