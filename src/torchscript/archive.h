/* Archives of models: the zip files that PyTorch writes as .ts, .pt and .ckpt,
   and Neutone as .nm. Source: PKWARE's APPNOTE 6.3.10, of which only what such
   files use is read: stored and deflated entries, zip64, data descriptors. */
#ifndef TB_TORCHSCRIPT_ARCHIVE_H
#define TB_TORCHSCRIPT_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Everything it gives out stays as it is until it is closed. One thread at a
   time. */
typedef struct tb_archive tb_archive;

typedef struct tb_archive_entry {
    const char *name; /* below the root folder: "data.pkl"; UTF-8 */
    size_t bytes;     /* of its data, expanded */
    /* The archive's own. */
    const void *data;       /* null: not asked for yet */
    uint64_t header, start; /* where in the file it is described, and lies */
    uint64_t stored_bytes;
    uint32_t crc;
    bool deflated;
} tb_archive_entry;

/* Maps a file and reads its directory. Whatever does not fit together is
   refused: nothing is read past the end, no two entries share bytes or a name,
   and what expands does so to at most 64 MiB and 16 times the archive. Seen are
   the files below the root folder, which is that of the first entry. `*out` is
   null on failure. */
tb_status tb_archive_open(const char *path, tb_archive **out, tb_error *error);

/* The same from memory, which must outlive `*out`. `what` names it in errors
   and is copied. */
tb_status tb_archive_read(const void *data, size_t bytes, const char *what,
                          tb_archive **out, tb_error *error);

/* From now on, no checksum is compared: for fuzzing, whose changes would all
   be refused for it. */
void tb_archive_trust(tb_archive *archive);

/* Accepts null. */
void tb_archive_close(tb_archive *archive);

/* The name that it was opened by. */
const char *tb_archive_name(const tb_archive *archive);

size_t tb_archive_count(const tb_archive *archive);

/* In the order of the directory. */
tb_archive_entry *tb_archive_at(const tb_archive *archive, size_t index);

/* Null when there is none of this name. */
tb_archive_entry *tb_archive_find(const tb_archive *archive, const char *name);

/* Whether it holds a program beside its numbers: a model of TorchScript. */
bool tb_archive_has_program(const tb_archive *archive);

/* The data of an entry: where the file is mapped for a stored one (aligned in
   files of PyTorch, but not by promise), a copy for an expanded one, which is
   made once. Its checksum is compared the first time. */
tb_status tb_archive_data(tb_archive *archive, tb_archive_entry *entry,
                          const void **data, tb_error *error);

/* Gives back the memory of a stored entry's data (null: of all) that will not
   be looked at for a while; it comes from the disk again when it is. */
void tb_archive_drop(const tb_archive *archive, const tb_archive_entry *entry);

#endif
