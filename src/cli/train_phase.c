/* When the second phase of learning begins, for networks that have settings for
   it. */
#include "cli/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Steps without progress, where nothing else is set. */
static const char WAITS[] = "4000";

static bool is_steps(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 &&
           (text[digits] == 0 || strcmp(text + digits, "k") == 0) &&
           strtoll(text, NULL, 10) > 0;
}

/* `phase1`, `phase1_share` and `patience`. */
static tb_status set_all(tb_job *job, const char *const values[3],
                         tb_error *error)
{
    static const char *const names[] = {"phase1", "phase1_share", "patience"};
    tb_settings_part part = {job->instrument->settings, job->config};
    tb_status status = TB_OK;
    for (int i = 0; i < 3 && !status; i++)
        status = tb_settings_set(&part, 1, names[i], values[i], error);
    return status;
}

tb_status cli_take_phase2(tb_job *job, const char *when, tb_error *error)
{
    void *values;
    tb_settings_part part = {job->instrument->settings, job->config};
    if (!tb_settings_find(&part, 1, "phase1", &values, NULL))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%s learns in one phase: leave out --phase2.",
                       job->instrument->name);
    if (strcmp(when, "auto") == 0)
        return set_all(job, (const char *const[]){"0", "0", WAITS}, error);
    if (strcmp(when, "never") == 0)
        return set_all(job, (const char *const[]){"0", "0", "0"}, error);
    if (is_steps(when))
        return set_all(job, (const char *const[]){when, "0", "0"}, error);
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "--phase2 is auto, never, or the step that it begins at, "
                   "not '%s'.",
                   when);
}
