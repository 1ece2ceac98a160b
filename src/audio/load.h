/* A sound file, or a part of one, in memory. */
#ifndef TB_AUDIO_LOAD_H
#define TB_AUDIO_LOAD_H

#include "base/status.h"
#include <stdint.h>

typedef struct tb_audio {
    float *data; /* [frames, channels] */
    int64_t frames;
    int channels;
    double sample_rate;
    char warning[512]; /* what the listener should know, or empty */
} tb_audio;

/* Loads the part of the file at `path` that starts at `start_seconds` and lasts
   `length_seconds` (0: to the end), at `sample_rate` (0: the file's own) with
   `channels` channels (0: the file's own; 1: their mean; more: a mono file is
   repeated, and of a file with more channels the first are taken). A part that
   is shorter than asked for, or damaged, leaves a warning. `audio` belongs to
   the caller, who clears it; it is empty after a failure. */
tb_status tb_load_audio(const char *path, double sample_rate, int channels,
                        double start_seconds, double length_seconds,
                        tb_audio *audio, tb_error *error);

/* Frees the data and makes `audio` empty. */
void tb_audio_clear(tb_audio *audio);

#endif
