/* A corpus: the recordings that a network learns from, as found on the disk. */
#ifndef TB_CORPUS_CORPUS_H
#define TB_CORPUS_CORPUS_H

#include "audio/decode.h"
#include "base/status.h"
#include <stdint.h>
#include <stdio.h>

typedef struct tb_corpus_file {
    char *path;
    double sample_rate;
    int channels;
    int64_t frames;   /* at its own rate; -1: not known before it is read */
    tb_length length; /* what that stands on */
    int64_t bytes, modified_ns;
    uint64_t device, inode;
    char *warning; /* what the user should know, or null */
} tb_corpus_file;

typedef struct tb_unreadable {
    char *path, *reason;
} tb_unreadable;

typedef struct tb_corpus {
    tb_corpus_file *files; /* in the order found: no file twice */
    int count;
    tb_unreadable *unreadable; /* met in folders, look like audio, are not */
    int unreadable_count;
} tb_corpus;

/* Finds the audio files among `paths`: files, and folders with everything below
   them in the byte order of names. In a folder, whatever ends like an audio
   file is opened; other files, hidden ones and folders that hold a run are
   passed over. A file that is named itself is opened whatever its ending, and
   it is an error when it cannot be. An error, too, when nothing is found. The
   caller frees `*corpus`. */
tb_status tb_corpus_find(const char *const *paths, int count,
                         tb_corpus **corpus, tb_error *error);

void tb_corpus_free(tb_corpus *corpus);

/* As long as is known; of a file that hides its length, what its size makes
   likely. */
double tb_corpus_file_seconds(const tb_corpus_file *file);

/* Of all files; `*unsure` (may be null) is the number of those whose frames
   nobody has counted yet. */
double tb_corpus_seconds(const tb_corpus *corpus, int *unsure);

/* Writes what was found: minutes, files, rates, channels, warnings, and each
   unreadable file with its reason (ten of them at most). */
void tb_corpus_report(const tb_corpus *corpus, FILE *to);

#endif
