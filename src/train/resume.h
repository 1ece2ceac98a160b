/* resume.safetensors: all that a killed training needs to go on as if nothing
   had happened, bit for bit. */
#ifndef TB_TRAIN_RESUME_H
#define TB_TRAIN_RESUME_H

#include "base/status.h"
#include "base/writer.h"
#include "train/pace.h"
#include "train/trainer.h"

#include <stdint.h>

/* A sum over steps, for an average. */
typedef struct tb_running_sum {
    double sum;
    int64_t count;
} tb_running_sum;

/* The best of a metric, and the epoch that it was measured after, from 1. */
typedef struct tb_best {
    double value;
    int64_t epoch; /* 0: none yet */
} tb_best;

/* Where a training stands, beside what the trainer itself knows. */
typedef struct tb_progress {
    int64_t epoch, step;     /* the next ones in the data, from 0 */
    int64_t steps_per_epoch; /* of the data that this belongs to */
    double seconds;          /* of training so far */
    double example_seconds;  /* of those, spent on examples */
    int64_t steps_before;    /* of what a new beginning went on from */
    tb_round round;          /* what it was asked for last */
    tb_plateau plateau;
    int64_t phase; /* that the following are of */
    tb_best best[TB_MOST_METRICS];
    tb_running_sum epoch_sum[TB_MOST_METRICS]; /* over this epoch */
    tb_running_sum line_sum[TB_MOST_METRICS];  /* since the log's last line */
} tb_progress;

/* Writes the file, whole or not at all: through `writer` (may be null), behind
   the trainer's next steps. */
tb_status tb_resume_save(const char *path, tb_trainer *trainer,
                         const tb_progress *progress, tb_writer *writer,
                         tb_error *error);

/* About as many bytes as the file has. */
size_t tb_resume_bytes(tb_trainer *trainer);

/* Reads it into a trainer of the same network and optimiser; after a failure
   the trainer is of no use. `*same_rows` becomes false, and what rows carry
   stays fresh, when the rows of a batch are not those of before. */
tb_status tb_resume_load(const char *path, tb_trainer *trainer,
                         tb_progress *progress, bool *same_rows,
                         tb_error *error);

/* Reads only the weights, from a checkpoint of the same network, into a trainer
   that has made no step; the averages of the weights begin with them, too. */
tb_status tb_resume_from_checkpoint(const char *path, tb_trainer *trainer,
                                    tb_error *error);

#endif
