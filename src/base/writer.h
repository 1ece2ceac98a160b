/* Files of tensors written in the background, so that whoever owns the tensors
   may change them at once. */
#ifndef TB_BASE_WRITER_H
#define TB_BASE_WRITER_H

#include <stdbool.h>

#include "base/safetensors.h"

/* One thread at a time. */
typedef struct tb_writer tb_writer;

/* `first` (null: none) names a file whose content must be on the disk before
   each one that is written, such as a log that this belongs to. Null when there
   is no memory. */
tb_writer *tb_writer_new(const char *first, tb_error *error);

/* Waits for the last file; that it failed is not told here. Accepts null. */
void tb_writer_free(tb_writer *writer);

/* Makes room in the background for files of so many bytes, so that the first
   one holds up its owner no longer than the next. Without memory for it, files
   are written all the same. */
void tb_writer_reserve(tb_writer *writer, size_t bytes);

/* Copies everything into one block and writes it in the background as
   tb_safetensors_write does: at any moment there is the old file or the new
   one, whole. Waits for the file before; if that failed it returns its error
   and begins nothing. The block stays, for the next file. Without memory for a
   copy, and with `writer` null, it writes the file before it returns. */
tb_status tb_writer_save(tb_writer *writer, const char *path,
                         const tb_stored *tensors, size_t count,
                         const tb_stored_text *metadata, size_t entries,
                         tb_error *error);

/* Whether a file is being written, for which the next one would wait. */
bool tb_writer_is_busy(const tb_writer *writer);

/* The failure of the last file, told once. TB_OK while it is being written. */
tb_status tb_writer_check(tb_writer *writer, tb_error *error);

/* Waits for the last file first: after TB_OK it is on the disk. */
tb_status tb_writer_wait(tb_writer *writer, tb_error *error);

#endif
