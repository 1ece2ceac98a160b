/* A training that begins with the weights of another one. */
#ifndef TB_TRAIN_BEGIN_FROM_H
#define TB_TRAIN_BEGIN_FROM_H

#include "train/job.h"
#include "train/trainer.h"

/* The network of the job becomes that of a run ("runs/bells@12": as of an
   epoch), a checkpoint, or a file that tb_checkpoint_open reads (a .ckpt or .ts
   of RAVE), with all settings of it; its path is remembered as the setting
   `from`. Refused if it is another instrument. */
tb_status tb_begin_like(tb_job *job, const char *path, tb_error *error);

/* How many tensors of a checkpoint were taken, and how many are fresh, of which
   the first is called so. */
typedef struct tb_begun {
    int taken, fresh;
    char first_fresh[128];
    char trained_on[160]; /* by those weights; may be empty */
} tb_begun;

/* Weights of the same name and shape are those of `path`; all others stay as
   they are. Refused where there are none. */
tb_status tb_begin_from(const char *path, tb_trainer *trainer, tb_begun *begun,
                        tb_error *error);

#endif
