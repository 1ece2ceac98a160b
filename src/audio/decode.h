/* Any audio file as a stream of float frames at its own rate and channels.

   WAV, AIFF, FLAC, Ogg Vorbis and Opus are read by libsndfile and MP3 by
   libmpg123, whatever the file's name ends with. What they refuse (m4a, mp4,
   webm, ...) is read through the program `ffmpeg`, run without a shell, when it
   is installed. One decoder belongs to one thread at a time. */
#ifndef TB_AUDIO_DECODE_H
#define TB_AUDIO_DECODE_H

#include "base/status.h"
#include <stdint.h>

/* In Hz; what lies outside is a damaged header. */
#define TB_AUDIO_LEAST_RATE 100
#define TB_AUDIO_MOST_RATE 768000

typedef struct tb_decoder tb_decoder;

/* What the number of frames stands on. */
typedef enum tb_length {
    TB_LENGTH_UNKNOWN,  /* there is none: it shows when the end is read */
    TB_LENGTH_GUESSED,  /* from the file's size, or by another program */
    TB_LENGTH_PROMISED, /* the file says so */
    TB_LENGTH_COUNTED   /* so many are there */
} tb_length;

typedef struct tb_audio_info {
    double sample_rate; /* TB_AUDIO_LEAST_RATE to TB_AUDIO_MOST_RATE */
    int channels;
    int64_t frames; /* -1: not known before the end has been read */
    tb_length length;
    char warning[512]; /* what the listener should know, or empty */
} tb_audio_info;

/* Opens the file at `path` and fills `info` (null: not wanted). Null when it
   cannot be opened or holds no sound. */
tb_decoder *tb_decoder_open(const char *path, tb_audio_info *info,
                            tb_error *error);

/* Reads up to `frames` frames into `interleaved` [frames, channels] and returns
   how many there were: fewer only at the end, then 0; -1 after a failure.
   Values beyond +-1 stay; those that are not numbers become 0. */
int64_t tb_decoder_read(tb_decoder *decoder, float *interleaved, int64_t frames,
                        tb_error *error);

/* Passes over `frames` frames and returns how many there were, as
   tb_decoder_read does, quickly where the format can seek exactly. */
int64_t tb_decoder_skip(tb_decoder *decoder, int64_t frames, tb_error *error);

/* Reads to the end and returns how many frames the file has; -1 after a
   failure. */
int64_t tb_decoder_count(tb_decoder *decoder, tb_error *error);

/* What is known by now. After the end has been read `frames` is the true count
   and `warning` tells of files that are cut short or damaged. Valid until
   tb_decoder_close. */
const tb_audio_info *tb_decoder_info(const tb_decoder *decoder);

void tb_decoder_close(tb_decoder *decoder);

#endif
