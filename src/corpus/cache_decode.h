/* One recording on its way into a cache. Private to it. */
#ifndef TB_CORPUS_CACHE_DECODE_H
#define TB_CORPUS_CACHE_DECODE_H

#include "corpus/cache_file.h"
#include <stdio.h>

typedef struct tb_cache_recording {
    const tb_corpus_file *source;
    const tb_cache_settings *settings;
    FILE *to;           /* its frames are written here, from where it stands */
    const char *folder; /* of that file, for errors */
    /* `part` (0 to 1) of the recording is decoded; false: stop. */
    bool (*go_on)(void *context, double part);
    void *context;
    /* What comes out: all of it but `hash` and `first`. */
    tb_cache_entry *entry;
    char note[1024]; /* what the user should know, or empty */
} tb_cache_recording;

/* Decodes, mixes, resamples, filters, measures and writes, in memory that does
   not depend on the recording's length. */
tb_status tb_cache_decode(tb_cache_recording *recording, tb_error *error);

#endif
