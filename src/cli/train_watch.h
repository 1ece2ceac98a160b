/* What `timbrel train` prints while it works. */
#ifndef TB_CLI_TRAIN_WATCH_H
#define TB_CLI_TRAIN_WATCH_H

#include "train/estimate.h"
#include "train/training.h"

typedef struct cli_train_watch {
    bool json;
    double indexed;     /* of the recordings, for quotes, 0 to 1 */
    double bits_before; /* held-out, of the epoch before */
} cli_train_watch;

/* A watch that prints; `state` must outlive it. */
tb_training_watch cli_watch_training(cli_train_watch *state);

/* The lines before the first epoch. */
void cli_say_training(const tb_job *job, const tb_training *training,
                      bool json);

/* What --dry-run says. */
void cli_say_estimate(const tb_job *job, const tb_estimate *estimate,
                      bool json);

#endif
