/* What understanding a file of tensors (safetensors_read.c) and getting at its
   bytes (safetensors_open.c) share. Private to them. */
#ifndef TB_BASE_SAFETENSORS_SOURCE_H
#define TB_BASE_SAFETENSORS_SOURCE_H

#include "base/arena.h"
#include "base/file_map.h"
#include "base/safetensors.h"

struct tb_safetensors {
    tb_arena *arena;
    const char *what;
    tb_stored *tensors;
    const tb_stored **by_name;
    size_t count;
    tb_stored_text *text;
    size_t text_count;
    void *copies; /* of tensors that are not aligned where they lie */
    tb_file_map
        map; /* the file's bytes; of nothing where they are a caller's */
};

/* A whole file at `data`. */
typedef struct tb_stored_source {
    const char *what; /* its name in errors */
    const void *data;
    size_t bytes;
    int descriptor; /* of what `data` maps; -1: `data` is plain memory */
} tb_stored_source;

/* Fills an empty `file`, which the caller closes, also after a failure. */
tb_status tb_safetensors_parse(tb_safetensors *file,
                               const tb_stored_source *source, tb_error *error);

/* Sorts `by_name`, which points to all tensors; a name that is there twice, or
   null. */
const char *tb_safetensors_sort(tb_safetensors *file);

#endif
