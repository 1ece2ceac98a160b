/* What understanding an archive's directory (archive_directory.c) and giving
   out its entries (archive.c) share. Private to them. */
#ifndef TB_TORCHSCRIPT_ARCHIVE_SOURCE_H
#define TB_TORCHSCRIPT_ARCHIVE_SOURCE_H

#include "base/arena.h"
#include "base/file_map.h"
#include "torchscript/archive.h"

struct tb_archive {
    const unsigned char *bytes;
    size_t size;
    char *what;
    tb_file_map map; /* the bytes; of nothing where they are a caller's */
    tb_arena *arena; /* names, entries and what was expanded */
    tb_archive_entry *entries;
    tb_archive_entry **by_name;
    size_t count;
    bool trusted; /* checksums are not compared */
};

/* "'what' is damaged or incomplete: ..." */
tb_status tb_archive_fail(const tb_archive *archive, tb_error *error,
                          const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fills the entries of an archive whose bytes, name and arena are there. */
tb_status tb_archive_parse(tb_archive *archive, tb_error *error);

#endif
