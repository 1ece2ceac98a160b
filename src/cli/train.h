/* What `timbrel train` and its --sweep share. */
#ifndef TB_CLI_TRAIN_H
#define TB_CLI_TRAIN_H

#include "cli/args.h"
#include "train/job.h"

/* The job that the options ask for; to be cleared, also after a failure. */
tb_status cli_make_job(const cli_args *args, tb_job *job, tb_error *error);

/* Trains and returns the exit code. */
int cli_train_job(const tb_job *job, bool json);

/* A training for each value of --sweep; returns the exit code. */
int cli_train_sweep(const cli_args *args);

#endif
