/* The training of an instrument that plays its recordings as they are: they are
   put into the one checkpoint of a run. */
#ifndef TB_TRAIN_GATHER_H
#define TB_TRAIN_GATHER_H

#include "base/task.h"
#include "train/job.h"
#include "train/training.h"

typedef struct tb_gathered {
    char *folder; /* of the run */
    char *checkpoint;
    int files;
    double seconds; /* of sound that is kept */
} tb_gathered;

/* The training part of the job's sounds (what is held out is left out, and what
   is not labelled so), each file faded in and out over 5 ms so that none clicks
   into the next one. `job->config` tells afterwards how much was kept. A job
   that goes on with a run is refused: nothing is learned that could go on. The
   caller clears `gathered`, which is empty on failure. */
tb_status tb_gather(tb_job *job, const tb_training_watch *watch,
                    tb_gathered *gathered, tb_error *error);

void tb_gathered_clear(tb_gathered *gathered);

/* What somebody makes of the same sounds who has learned nothing: a checkpoint
   of the first instrument that plays its recordings, with its standard
   settings, at the rate and channels of `data`, of at most so many seconds of
   what is learned from there. `task` (null: none) is asked now and then whether
   to stop: then nothing is written. */
tb_status tb_gather_baseline(const tb_data *data, double most_seconds,
                             const char *path, const tb_task *task,
                             tb_error *error);

#endif
