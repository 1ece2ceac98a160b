/* Writes the zip archives that torchscript/archive.h reads: entries are stored
   as they are, each on a multiple of 64 bytes, as PyTorch's, so that tensors
   can be used where the file is mapped. Source: PKWARE's APPNOTE.TXT 6.3.3. */
#ifndef TB_TORCHSCRIPT_ARCHIVE_WRITE_H
#define TB_TORCHSCRIPT_ARCHIVE_WRITE_H

#include "base/paths.h"

typedef struct tb_archive_writer tb_archive_writer;

/* Entries go to `file`, which must outlive the writer, under the folder `root`
   of the archive. Null without memory. One thread at a time. */
tb_archive_writer *tb_archive_writer_new(tb_file *file, const char *root,
                                         tb_error *error);
void tb_archive_writer_free(tb_archive_writer *w); /* accepts null */

/* An entry of so many bytes; null data stands for zeros. Fails where the disk
   is full, and beyond what a zip can hold (4 GB, 65535 entries). */
tb_status tb_archive_writer_add(tb_archive_writer *w, const char *name,
                                const void *data, size_t bytes,
                                tb_error *error);

/* The directory, behind the last entry. */
tb_status tb_archive_writer_finish(tb_archive_writer *w, tb_error *error);

#endif
