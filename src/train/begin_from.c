#include "train/begin_from.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* Of a run its latest checkpoint. */
static tb_status open_source(const char *path, tb_checkpoint *c,
                             tb_error *error)
{
    char *file = NULL;
    tb_status status = tb_checkpoint_find(path, -1, &file, error);
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

static bool same_shape(const tb_parameter *a, const tb_parameter *b)
{
    bool same = a->shape.rank == b->shape.rank;
    for (int i = 0; same && i < a->shape.rank; i++)
        same = a->shape.dim[i] == b->shape.dim[i];
    return same;
}

/* The index of a tensor that can be taken for parameter i; -1: none. */
static int source_of(const tb_params *from, const tb_parameter *p)
{
    int k = tb_params_find(from, p->name);
    return k >= 0 && same_shape(tb_params_at(from, k), p) ? k : -1;
}

static void take_weights(const tb_params *from, tb_params *to, int count,
                         tb_begun *begun)
{
    float *weights = tb_params_data(to);
    for (int i = 0; i < count; i++) {
        const tb_parameter *p = tb_params_at(to, i);
        int k = source_of(from, p);
        if (k < 0 && begun->fresh++ == 0)
            snprintf(begun->first_fresh, sizeof begun->first_fresh, "%.120s",
                     p->name);
        if (k < 0)
            continue;
        begun->taken++;
        memcpy(weights + p->offset, tb_params_value(from, k),
               (size_t)p->n * sizeof *weights);
    }
    tb_params_touch(to);
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
    tb_checkpoint_clear(&c);
    if (begun->taken == 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "'%s' has no weights of the sizes of this network.",
                       path);
    tb_trainer_take_weights(trainer);
    return TB_OK;
}
