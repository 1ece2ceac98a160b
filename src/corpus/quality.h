/* What is wrong with recordings, heard from beginning to end. */
#ifndef TB_CORPUS_QUALITY_H
#define TB_CORPUS_QUALITY_H

#include "corpus/corpus.h"

#include <stdbool.h>

/* Silent are 20 ms whose samples all lie below -60 dBFS; clipped is a sample at
   full scale (within 0.0005) with two such ones beside it. */
typedef struct tb_quality {
    double seconds, silent_seconds;
    int64_t clipped;                 /* samples, of all channels */
    int silent_files, clipped_files; /* silent throughout; clipped anywhere */
    int unread_files;                /* that could not be read to their end */
    const char *worst;               /* the path of the file that clips most, in
                                        the corpus; null: none does */
    double lowest_rate, highest_rate;
} tb_quality;

/* Reads all files. `progress` (may be null) gets the part that is done, and
   stops it with false: TB_ERR_STOPPED. */
tb_status tb_corpus_quality(const tb_corpus *corpus,
                            bool (*progress)(void *context, double done),
                            void *context, tb_quality *quality,
                            tb_error *error);

#endif
