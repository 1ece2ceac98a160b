/* log.csv: a line of numbers for every few steps of a run, which outlives a
   kill at any moment. The first column (the step) never falls. */
#ifndef TB_RUN_LOG_H
#define TB_RUN_LOG_H

#include "base/status.h"
#include <stdint.h>

typedef struct tb_log tb_log;

/* Opens the file for appending, making it if need be. `columns` [count] are the
   names of the columns, without commas or quotes. Lines whose first column is
   above `last` (the step to go on from; -1: none stays) are removed, and so is
   what a kill left half written. The file's columns are known by their names:
   those that it has not yet are added to it, empty in the lines before, and
   those that are not among `columns` stay, empty from here on. A file whose
   first column is another is refused. */
tb_log *tb_log_open(const char *path, const char *const *columns, int count,
                    int64_t last, tb_error *error);

/* Appends `values`, one for each of the columns that it was opened with, with 9
   digits, the first as a whole number; what is not a number leaves its place
   empty. The line is with the system when this returns. A line that did not fit
   on the disk leaves nothing. */
tb_status tb_log_add(tb_log *log, const double *values, tb_error *error);

/* Accepts null. */
void tb_log_close(tb_log *log);

/* A log as arrays, for curves. */
typedef struct tb_log_table {
    char **names; /* [columns] */
    int columns;
    int64_t rows;
    double *values; /* [columns, rows]; NaN where a place is empty */
} tb_log_table;

/* Reads whole lines only, so also from a log that is being written. The caller
   clears `table`. */
tb_status tb_log_read(const char *path, tb_log_table *table, tb_error *error);

void tb_log_table_clear(tb_log_table *table);

/* The values [rows] of the column of this name, or null. */
const double *tb_log_column(const tb_log_table *table, const char *name);

#endif
