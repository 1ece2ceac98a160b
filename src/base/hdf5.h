/* HDF5 files, read by the library libhdf5, which is loaded when the first one
   is opened (Debian's package libhdf5-103-1). Numbers that h5py packed by LZF
   are understood too. The library is not made for files of strangers, in which
   it crashes or goes round for ever: so a process of its own reads each first,
   what a file says of sizes is held against its length, and what lies in other
   files is not followed. */
#ifndef TB_BASE_HDF5_H
#define TB_BASE_HDF5_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* Whether a file begins as HDF5 does. */
bool tb_is_hdf5(const char *path);

/* An open file. */
typedef struct tb_hdf5 tb_hdf5;

/* Opens a file, lets `read` take what it wants of it, and closes it. `read` is
   called twice, at first in a copy of this process, whose end its changes do
   not outlive. TB_ERR_UNSUPPORTED without the library, which serves one thread
   at a time: others wait. */
typedef tb_status tb_hdf5_reader(tb_hdf5 *file, void *context, tb_error *error);
tb_status tb_hdf5_read(const char *path, tb_hdf5_reader *read, void *context,
                       tb_error *error);

/* The text attribute `name` of an object ("/" is the root), which the caller
   frees with tb_free; null where there is none. */
tb_status tb_hdf5_text(tb_hdf5 *file, const char *object, const char *name,
                       char **out, tb_error *error);

enum { TB_HDF5_RANK = 8 };

/* Numbers in a file. */
typedef struct tb_hdf5_numbers {
    const char *path; /* "/network/bias" */
    int rank;         /* 0: one number */
    int64_t shape[TB_HDF5_RANK], count;
} tb_hdf5_numbers;

/* Visits all numbers below a group until one visit fails. */
typedef tb_status tb_hdf5_visit(void *context, const tb_hdf5_numbers *numbers,
                                tb_error *error);
tb_status tb_hdf5_walk(tb_hdf5 *file, const char *group, tb_hdf5_visit *visit,
                       void *context, tb_error *error);

/* All of them in C order, of whatever type they are; to: [count] */
tb_status tb_hdf5_floats(tb_hdf5 *file, const tb_hdf5_numbers *numbers,
                         float *to, tb_error *error);

#endif
