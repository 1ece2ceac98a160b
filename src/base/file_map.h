/* Whole files in memory: where the system keeps them, without a second copy. */
#ifndef TB_BASE_FILE_MAP_H
#define TB_BASE_FILE_MAP_H

#include <stddef.h>

#include "base/status.h"

/* The bytes of one file. All zero bytes are a map of nothing. */
typedef struct tb_file_map {
    const void *data; /* for reading only */
    size_t bytes;
    void *owned; /* the bytes, where they were read; else null */
} tb_file_map;

/* Maps a file; one that cannot be mapped (a pipe, an empty one) is read. Bytes
   come from the disk when they are looked at. `*descriptor` is what was mapped,
   to be closed by the caller, or -1 where the bytes were read; null: not
   needed. A failure leaves a map of nothing and -1.

   A file may be replaced, renamed or removed while it is mapped. One that is
   cut short or written over in place is not seen: looking at bytes that are
   gone ends the program (SIGBUS). */
tb_status tb_file_map_open(const char *path, tb_file_map *map, int *descriptor,
                           tb_error *error);

/* All of it will be looked at: brings it at once, in less time than page by
   page. */
void tb_file_map_fetch(const tb_file_map *map);

/* Gives back the memory of a stretch that will not be looked at for a while (it
   comes from the disk again when it is), and of what shares its pages. Nothing
   happens where the bytes were read. Any thread. */
void tb_file_map_drop(const tb_file_map *map, size_t first, size_t bytes);

void tb_file_map_close(tb_file_map *map);

#endif
