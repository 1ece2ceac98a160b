/* What `timbrel train` and its --sweep share. */
#ifndef TB_CLI_TRAIN_H
#define TB_CLI_TRAIN_H

#include "cli/args.h"
#include "train/job.h"

/* The job that the options ask for; to be cleared, also after a failure. */
tb_status cli_make_job(const cli_args *args, tb_job *job, tb_error *error);

/* Whether an option gives this setting a value. */
bool cli_is_setting_given(const cli_args *args, const char *name);

/* Plans a new job around what the options say. */
tb_status cli_plan_job(const cli_args *args, tb_job *job, tb_error *error);

/* Minutes and epochs of a run that goes on, `before` being its settings: those
   that are given, or what is left of those that it had. */
tb_status cli_take_budget(const cli_args *args,
                          const tb_training_settings *before, tb_job *job,
                          tb_error *error);

/* Trains and returns the exit code. */
int cli_train_job(const tb_job *job, bool json);

/* A training for each value of --sweep; returns the exit code. */
int cli_train_sweep(const cli_args *args);

#endif
