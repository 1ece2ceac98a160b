/* A file that appears whole or not at all, or one that is seen growing, or a
   pipe: where an encoder's bytes go. */
#ifndef TB_AUDIO_OUTPUT_FILE_H
#define TB_AUDIO_OUTPUT_FILE_H

#include "base/paths.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tb_output_file {
    int file;       /* descriptor; -1: closed */
    bool is_stream; /* cannot seek: a pipe, a terminal, standard output */
    bool replace;   /* an existing file may be overwritten */
    int problem;    /* errno of the first write that failed */
    char *path;     /* as the user named it */
    tb_file *whole; /* owns `file`; null: written in place */
} tb_output_file;

/* Whether `path` is the standard output or exists and is a pipe or a device. */
bool tb_output_file_is_stream(const char *path);

/* "-" is the standard output. A file that exists is refused unless `replace`.
   `growing`: written in place, instead of under a temporary name in the same
   folder. */
tb_status tb_output_file_open(tb_output_file *output, const char *path,
                              bool growing, bool replace, tb_error *error);

/* Writes all of it, or returns how much was written and keeps `problem`. */
int64_t tb_output_file_write(tb_output_file *output, const void *bytes,
                             int64_t size);

/* The sentence about `problem`. */
tb_status tb_output_file_fail(const tb_output_file *output, tb_error *error);

/* Waits until the bytes are on the disk and gives the file its name. After a
   failure nothing of it stays, except of a growing file. */
tb_status tb_output_file_publish(tb_output_file *output, tb_error *error);

/* Closes without publishing: nothing stays, except of a growing file. */
void tb_output_file_discard(tb_output_file *output);

#endif
