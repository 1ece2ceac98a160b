/* Files of named tensors in the safetensors layout: 8 bytes with the length of
   a JSON header, the header, and the data, everything little-endian. Source:
   the format's description at github.com/huggingface/safetensors. */
#ifndef TB_BASE_SAFETENSORS_H
#define TB_BASE_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

typedef enum tb_stored_type {
    TB_STORED_F64,
    TB_STORED_F32,
    TB_STORED_F16,
    TB_STORED_BF16,
    TB_STORED_I64,
    TB_STORED_I32,
    TB_STORED_U8,
    TB_STORED_BOOL
} tb_stored_type;

enum { TB_STORED_RANK = 8 }; /* the most dimensions of a stored tensor */

/* A tensor in a file, or one that is to be written. Its last dimension is
   contiguous (C order). The data of one that was read is aligned to
   TB_ALIGNMENT and serves as weights where it is; that of one to be written
   need not be aligned. */
typedef struct tb_stored {
    const char *name;
    tb_stored_type type;
    int rank;
    int64_t shape[TB_STORED_RANK];
    const void *data;
    size_t bytes; /* the size of the data; ignored by tb_safetensors_write */
} tb_stored;

/* One entry of the file's text metadata. */
typedef struct tb_stored_text {
    const char *key, *value;
} tb_stored_text;

/* ---- reading ---- */

/* Everything in it stays as it is until it is closed; any number of threads
   may read it. */
typedef struct tb_safetensors tb_safetensors;

/* Maps a file into memory: the data is where the system keeps the file, without
   a second copy, and comes from the disk when it is looked at. Only tensors
   that are not aligned are copied (in files of other programs many, of ours few
   and small), and a file that cannot be mapped (a pipe) is read. The checksum
   is verified by reading the file once. `*out` is null on failure.

   A file may be replaced, renamed or removed while it is mapped. One that is
   cut short or written over in place is not seen: looking at data that is gone
   ends the program (SIGBUS), as with every mapped file. Nothing here writes
   that way. */
tb_status tb_safetensors_open(const char *path, tb_safetensors **out,
                              tb_error *error);

/* The same from memory, which must outlive `*out` and is not copied where it is
   aligned. `what` names it in errors. */
tb_status tb_safetensors_read(const void *data, size_t bytes, const char *what,
                              tb_safetensors **out, tb_error *error);

/* A file that never lay on a disk: tensors and texts that were made, with all
   that they point to, in an arena, which is the file's from now on, also after
   a failure. The data must be aligned to TB_ALIGNMENT; `what` lies there too.
   The lists are copied. */
tb_status tb_safetensors_make(tb_arena *arena, const char *what,
                              const tb_stored *tensors, size_t count,
                              const tb_stored_text *texts, size_t entries,
                              tb_safetensors **out, tb_error *error);

/* Gives back the memory of a mapped file that will not be looked at for a
   while; it comes from the disk again when it is. Any thread. */
void tb_safetensors_drop(const tb_safetensors *file);

/* Accepts null. */
void tb_safetensors_close(tb_safetensors *file);

size_t tb_safetensors_count(const tb_safetensors *file);

/* In the order of the header. */
const tb_stored *tb_safetensors_at(const tb_safetensors *file, size_t index);

/* Null when there is none of this name. */
const tb_stored *tb_safetensors_find(const tb_safetensors *file,
                                     const char *name);

/* A tensor that must be there, with this shape (null: with any). */
tb_status tb_safetensors_get(const tb_safetensors *file, const char *name,
                             int rank, const int64_t *shape,
                             const tb_stored **out, tb_error *error);

/* Null when there is no such entry. */
const char *tb_safetensors_text(const tb_safetensors *file, const char *key);

size_t tb_safetensors_text_count(const tb_safetensors *file);
tb_stored_text tb_safetensors_text_at(const tb_safetensors *file, size_t index);

/* Elements of a tensor. */
int64_t tb_stored_elements(const tb_stored *tensor);

/* Converts elements first ... first + count - 1, which must exist, to float or
   double, of whatever type they are. */
void tb_stored_floats(const tb_stored *tensor, int64_t first, int64_t count,
                      float *out);
void tb_stored_doubles(const tb_stored *tensor, int64_t first, int64_t count,
                       double *out);

/* Bytes of one element, and the type's name in files ("F32"). */
size_t tb_stored_size(tb_stored_type type);
const char *tb_stored_name(tb_stored_type type);

/* ---- writing ---- */

/* The bytes that the shape asks for; fails where a tensor of this name and
   shape cannot be stored. */
tb_status tb_stored_measure(const tb_stored *tensor, size_t *bytes,
                            tb_error *error);

/* Writes a file that appears whole or not at all, replacing one of this name.
   Tensors whose bytes fill whole cache lines come first and are aligned to
   TB_ALIGNMENT; then the others, larger elements first, each aligned to its
   own. The entry "checksum" is added to the metadata; readers
   here verify it, other programs ignore it. */
tb_status tb_safetensors_write(const char *path, const tb_stored *tensors,
                               size_t count, const tb_stored_text *metadata,
                               size_t entries, tb_error *error);

#endif
