#include "train/begin_from.h"

#include "base/memory.h"
#include "models/checkpoint_find.h"

#include <stdio.h>
#include <string.h>

/* Of a run its latest checkpoint, or that of the epoch behind an @. */
static tb_status open_source(const char *path, tb_checkpoint *c,
                             tb_error *error)
{
    tb_checkpoint_choice choice;
    char *file = NULL;
    tb_status status = tb_checkpoint_choose(path, &choice, error);
    if (!status && choice.first != choice.last)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "A training begins with the weights of one epoch, not "
                         "with '%s'.",
                         path);
    if (!status)
        status = tb_checkpoint_find(choice.path, choice.first, &file, error);
    if (!status)
        status = tb_checkpoint_open(file, c, error);
    tb_free(file);
    return status;
}

tb_status tb_begin_like(tb_job *job, const char *path, tb_error *error)
{
    tb_settings_part parts[TB_JOB_PARTS];
    tb_checkpoint c;
    tb_status status = open_source(path, &c, error);
    if (status)
        return status;
    if (c.instrument != job->instrument)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "'%s' is a %s, and no %s can begin with its weights.",
                         path, c.instrument->name, job->instrument->name);
    else
        memcpy(job->config, c.config, job->instrument->config_size);
    tb_checkpoint_clear(&c);
    tb_job_parts(job, parts);
    return status ? status
                  : tb_settings_set(parts, TB_JOB_PARTS, "from", path, error);
}

static void take_weights(const tb_params *from, tb_params *to, int count,
                         tb_begun *begun)
{
    int missing;
    begun->taken = tb_params_take(to, count, from, &missing);
    begun->fresh = count - begun->taken;
    if (missing >= 0)
        snprintf(begun->first_fresh, sizeof begun->first_fresh, "%.120s",
                 tb_params_at(to, missing)->name);
}

tb_status tb_begin_from(const char *path, tb_trainer *trainer, tb_begun *begun,
                        tb_error *error)
{
    tb_checkpoint c;
    *begun = (tb_begun){0};
    tb_status status = open_source(path, &c, error);
    if (status)
        return status;
    take_weights(c.params, tb_trainer_params(trainer),
                 tb_trainer_declared(trainer), begun);
    snprintf(begun->trained_on, sizeof begun->trained_on, "%.150s",
             c.trained_on ? c.trained_on : "");
    tb_checkpoint_clear(&c);
    if (begun->taken == 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' has no weights of the sizes of this network.",
                       path);
    tb_trainer_take_weights(trainer);
    return TB_OK;
}
