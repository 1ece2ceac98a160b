/* Arrays as NumPy keeps them, in .npy files: a line of text that tells type,
   order and shape, then the numbers. Source: NumPy's numpy.lib.format, versions
   1 to 3. */
#ifndef TB_BASE_NPY_H
#define TB_BASE_NPY_H

#include "base/file_map.h"
#include "base/paths.h"

enum { TB_NPY_RANK = 8 };

/* An array that lies where the file is mapped. All zero bytes are a closed
   one. */
typedef struct tb_npy {
    int rank;
    int64_t shape[TB_NPY_RANK], stride[TB_NPY_RANK]; /* in elements */
    char kind; /* f: real, i: whole, u: whole from 0 on, b: 0 or 1 */
    int size;  /* bytes of an element */
    bool is_big_endian;
    const unsigned char *data;
    tb_file_map map;
} tb_npy;

/* Real numbers of 2, 4 and 8 bytes, whole ones of 1 to 8, and truth values, in
   C or Fortran order. What is none of these, or is cut short, is refused. The
   array is closed on failure. */
tb_status tb_npy_open(const char *path, tb_npy *array, tb_error *error);
void tb_npy_close(tb_npy *array);

/* The same from memory, which must outlive it; `what` names it in errors. */
tb_status tb_npy_read(const void *data, size_t bytes, const char *what,
                      tb_npy *array, tb_error *error);

/* The number at an offset, which is a sum of strides. */
double tb_npy_number(const tb_npy *array, int64_t offset);

/* ---- writing, frame by frame ---- */

/* An array [channels, frames] in Fortran order: frames follow each other, so
   that any number may come. */
typedef struct tb_npy_writer tb_npy_writer;

/* Elements are float32, or int64 for `whole` numbers. The file appears whole or
   not at all. Null and an error when it cannot be made. */
tb_npy_writer *tb_npy_writer_open(const char *path, int channels, bool whole,
                                  tb_error *error);

/* Appends frames [frames, channels]. */
tb_status tb_npy_writer_add(tb_npy_writer *writer, const float *frames,
                            int64_t count, tb_error *error);

/* Frees the writer. */
tb_status tb_npy_writer_close(tb_npy_writer *writer, tb_error *error);
void tb_npy_writer_discard(tb_npy_writer *writer); /* accepts null */

#endif
