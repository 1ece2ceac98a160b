/* A slow job beside its caller, on a thread of its own. */
#ifndef TB_BASE_TASK_H
#define TB_BASE_TASK_H

#include <stdbool.h>

#include "base/status.h"

typedef struct tb_task tb_task;

/* What is done. It asks now and then whether to stop, and returns
   TB_ERR_STOPPED then. */
typedef tb_status tb_task_job(tb_task *task, void *context, tb_error *error);

/* Starts a job; `context` must outlive it. Where the system refuses a thread
   the job is done before this returns. Null when there is no memory. */
tb_task *tb_task_start(tb_task_job *job, void *context, tb_error *error);

/* ---- for the job ---- */

bool tb_task_is_stopped(const tb_task *task);

/* Tells how much of it is done, 0 to 1. */
void tb_task_tell(tb_task *task, double done);

/* ---- for the thread that started it ---- */

/* What the job told last. */
double tb_task_done(const tb_task *task);

/* Whether it is over, in whatever way: all that it wrote can be read then. */
bool tb_task_is_over(const tb_task *task);

/* Asks it to stop, and does not wait. */
void tb_task_stop(tb_task *task);

/* Waits for its end, frees it and returns what it returned. */
tb_status tb_task_finish(tb_task *task, tb_error *error);

#endif
