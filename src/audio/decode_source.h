/* What stands behind a decoder: libsndfile, libmpg123 or the program ffmpeg. */
#ifndef TB_AUDIO_DECODE_SOURCE_H
#define TB_AUDIO_DECODE_SOURCE_H

#include "audio/decode.h"
#include <stdbool.h>

/* A source fills `info` when it is opened and may extend its warning later
   through the same pointer, which must outlive it. */
typedef struct tb_source {
    void *state;
    /* Frames read, 0 at the end, -1 after a failure. */
    int64_t (*read)(void *state, float *interleaved, int64_t frames,
                    tb_error *error);
    /* Goes forward by `frames`, all of which are there; null: cannot seek
       exactly. */
    bool (*skip)(void *state, int64_t frames);
    void (*close)(void *state);
} tb_source;

/* TB_ERR_FORMAT with the library's reason when libsndfile does not know the
   file, of so many bytes. Takes over `file`, an open descriptor, in every
   case. */
tb_status tb_source_open_sndfile(int file, int64_t bytes, const char *path,
                                 tb_source *source, tb_audio_info *info,
                                 tb_error *error);

/* The same with libmpg123, for a file whose first frame of MPEG audio is at
   `start`. */
tb_status tb_source_open_mpeg(int file, int64_t bytes, int64_t start,
                              const char *path, tb_source *source,
                              tb_audio_info *info, tb_error *error);

/* Whether a file is a database that RAVE made of recordings, "data.mdb". */
bool tb_is_records(int file);

/* The recordings of such a database, one behind the other. */
tb_status tb_source_open_records(const char *path, tb_source *source,
                                 tb_audio_info *info, tb_error *error);

/* `reason` is why nothing else can read the file, for the messages. */
tb_status tb_source_open_ffmpeg(const char *path, const char *reason,
                                tb_source *source, tb_audio_info *info,
                                tb_error *error);

/* Adds a sentence to the warning, as far as there is room. */
void tb_audio_warn(tb_audio_info *info, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
