#include "run/traces.h"

#include "base/memory.h"
#include "base/paths.h"
#include "run/log.h"
#include "run/run_folder.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

/* Checkpoints, examples and their pictures are all named after the epoch. */
static tb_status meet_file(void *context, const char *path, tb_error *error)
{
    tb_run_traces *t = context;
    int epoch;
    (void)error;
    if (sscanf(tb_path_base(path), "epoch-%9d", &epoch) == 1 &&
        epoch > t->file_epoch)
        t->file_epoch = epoch;
    return TB_OK;
}

static tb_status look_into(const char *folder, const char *name,
                           tb_run_traces *t, tb_error *error)
{
    const tb_walker walker = {meet_file, NULL, t};
    char *path = tb_path_join(folder, name);
    tb_status status = path ? TB_OK : tb_fail_memory(error);
    if (!status && tb_is_folder(path))
        status = tb_walk(path, &walker, error);
    tb_free(path);
    return status;
}

/* The last number of a column; `none` where there is none. */
static double last_of(const tb_log_table *log, const char *name, double none)
{
    const double *column = tb_log_column(log, name);
    for (int64_t i = log->rows - 1; column && i >= 0; i--)
        if (isfinite(column[i]))
            return column[i];
    return none;
}

static void read_log(const char *folder, tb_run_traces *t)
{
    tb_log_table log;
    char *path = tb_run_log_file(folder);
    if (path && tb_log_read(path, &log, NULL) == TB_OK) {
        double epoch = ceil(last_of(&log, "epoch", 0));
        double step = last_of(&log, "step", 0);
        if (epoch > t->epoch && epoch < INT_MAX)
            t->epoch = (int)epoch;
        if (step > 0 && step < 9e15)
            t->step = (int64_t)step;
        t->seconds = fmax(0, last_of(&log, "seconds", 0));
        t->learned = last_of(&log, "learned", NAN);
        t->phase = (int)last_of(&log, "phase", 0);
        tb_log_table_clear(&log);
    }
    tb_free(path);
}

tb_status tb_run_find_traces(const char *folder, tb_run_traces *traces,
                             tb_error *error)
{
    *traces = (tb_run_traces){.learned = NAN};
    tb_status status = look_into(folder, "checkpoints", traces, error);
    if (!status)
        status = look_into(folder, "examples", traces, error);
    if (status)
        return status;
    traces->epoch = traces->file_epoch;
    traces->checkpoint = tb_run_latest(folder);
    read_log(folder, traces);
    return TB_OK;
}
