/* What `timbrel train`, its --sweep and its --try share. */
#ifndef TB_CLI_TRAIN_H
#define TB_CLI_TRAIN_H

#include "cli/args.h"
#include "train/job.h"
#include "train/sweep.h"

/* The job that the options ask for; to be cleared, also after a failure. */
tb_status cli_make_job(const cli_args *args, tb_job *job, tb_error *error);

/* A new job as the options ask for, but for its network, which is chosen, and
   its minutes, where they are above 0. All words are sounds. */
tb_status cli_make_trial(const cli_args *args, const tb_instrument *instrument,
                         double minutes, tb_job *job, tb_error *error);

/* Whether an option gives this setting a value. */
bool cli_is_setting_given(const cli_args *args, const char *name);

/* Plans a new job around what the options say. */
tb_status cli_plan_job(const cli_args *args, tb_job *job, tb_error *error);

/* Minutes and epochs of a run that goes on, `before` being its settings: those
   that are given, or what is left of those that it had. */
tb_status cli_take_budget(const cli_args *args,
                          const tb_training_settings *before, tb_job *job,
                          tb_error *error);

/* --minutes or --hours, in minutes; what was there if neither is given. */
tb_status cli_minutes(const cli_args *args, double *minutes, tb_error *error);

/* --phase2: "auto" (when nothing gets better any more), "never" (on command
   alone) or a step. */
tb_status cli_take_phase2(tb_job *job, const char *when, tb_error *error);

/* Trains and returns the exit code. */
int cli_train_job(const tb_job *job, bool json);

/* Says what training would do; returns the exit code. */
int cli_dry_run(const tb_job *job, bool json);

/* --check: what is wrong with the sounds, and how long they take; returns the
   exit code. */
int cli_train_check(const tb_job *job, bool json);

/* A training for each value of --sweep; returns the exit code. */
int cli_train_sweep(const cli_args *args);

/* A training for each of the networks that suit the sounds; returns the exit
   code. */
int cli_train_try(const cli_args *args);

/* ---- several trainings in one folder ---- */

/* Makes the folder that --run names, or a new one named after `sounds`. */
tb_status cli_create_sweep(const cli_args *args, const char *sounds,
                           tb_sweep *sweep, tb_error *error);

/* Training i goes there. */
tb_status cli_take_sweep_folder(const tb_sweep *sweep, int i, tb_job *job,
                                tb_error *error);

/* Trains and puts it on the page; returns the exit code. */
int cli_train_of_sweep(const tb_sweep *sweep, int i, const tb_job *job,
                       bool json);

/* Where the page is that sets the first `done` side by side. */
void cli_say_sweep_page(const tb_sweep *sweep, int done);

#endif
