/* What is left in a run's folder of its trainings, whatever was deleted, so
   that a new beginning takes numbers that nothing bears yet. */
#ifndef TB_RUN_TRACES_H
#define TB_RUN_TRACES_H

#include "base/status.h"
#include <stdint.h>

typedef struct tb_run_traces {
    int epoch;      /* the highest of a checkpoint, an example or the log; 0 */
    int file_epoch; /* the same without the log */
    int checkpoint; /* the last epoch that has one; -1: none */
    int64_t step;   /* the last one in the log; 0 */
    double seconds; /* of training, by the log; 0 */
    double learned; /* the last of the log; NaN: it tells none */
    int phase;      /* likewise; 0 */
} tb_run_traces;

/* A log that is missing or damaged tells nothing, and so does a folder. */
tb_status tb_run_find_traces(const char *folder, tb_run_traces *traces,
                             tb_error *error);

#endif
