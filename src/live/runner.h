/* A thread that does one job whenever it is asked, for one that must not
   wait. It asks the system for the priority of sound and goes on without. */
#ifndef TB_LIVE_RUNNER_H
#define TB_LIVE_RUNNER_H

#include "base/realtime.h"
#include "base/status.h"

#include <stdbool.h>

typedef struct tb_runner tb_runner;

/* `job` runs on the thread with what it was asked for. */
tb_runner *tb_runner_new(TB_REALTIME void (*job)(void *context, int which),
                         void *context, tb_error *error);

/* Waits for the job under way. Accepts null. */
void tb_runner_free(tb_runner *runner);

/* ---- the one thread that asks ---- */

/* Whether all that was asked for is done, and its results can be read. */
TB_REALTIME bool tb_runner_is_idle(const tb_runner *runner);

/* Only while it is idle. */
TB_REALTIME void tb_runner_ask(tb_runner *runner, int which);

#endif
