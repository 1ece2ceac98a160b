#include "train/job.h"

#include "base/memory.h"
#include "base/paths.h"
#include "run/ini.h"
#include "run/run_folder.h"

#include <stdlib.h>
#include <string.h>

void tb_job_parts(tb_job *job, tb_settings_part parts[TB_JOB_PARTS])
{
    parts[0] = (tb_settings_part){job->kind->settings, job->config};
    parts[1] = (tb_settings_part){&tb_training_table, &job->settings};
}

tb_status tb_job_init(tb_job *job, const tb_network_kind *kind, tb_error *error)
{
    tb_settings_part parts[TB_JOB_PARTS];
    *job = (tb_job){.kind = kind};
    job->config = tb_alloc(kind->config_size);
    if (!job->config)
        return tb_fail_memory(error);
    tb_job_parts(job, parts);
    tb_settings_defaults(parts, TB_JOB_PARTS);
    return TB_OK;
}

void tb_job_clear(tb_job *job)
{
    for (int i = 0; i < job->path_count; i++)
        free(job->paths[i]);
    free(job->paths);
    free(job->folder);
    free(job->sounds);
    tb_free(job->config);
    *job = (tb_job){0};
}

static char *copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *new = malloc(size);
    return new ? memcpy(new, text, size) : NULL;
}

tb_status tb_job_add_path(tb_job *job, const char *path, tb_error *error)
{
    size_t count = (size_t)job->path_count;
    char **paths = realloc(job->paths, (count + 1) * sizeof *paths);
    if (!paths)
        return tb_fail_memory(error);
    job->paths = paths;
    paths[count] = copy(path);
    if (!paths[count])
        return tb_fail_memory(error);
    job->path_count++;
    return TB_OK;
}

char *tb_job_sounds(const tb_job *job)
{
    return job->sounds ? tb_path_join(NULL, job->sounds)
                       : tb_path_stem(job->paths[0]);
}

/* ---- from run.ini ---- */

static tb_status read_ini(tb_job *job, const char *folder, const tb_ini *ini,
                          tb_error *error)
{
    const char *name = tb_ini_get(ini, "run", "network");
    if (!name)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s/run.ini' does not name a network.", folder);
    const tb_network_kind *kind = tb_network_kind_named(name, error);
    if (!kind)
        return TB_ERR_FORMAT;
    tb_status status = tb_job_init(job, kind, error);
    if (status)
        return status;
    tb_settings_part parts[TB_JOB_PARTS];
    tb_run_source source;
    tb_job_parts(job, parts);
    job->resume = true;
    const char *sounds = tb_ini_get(ini, "run", "sounds");
    if (!(job->folder = copy(folder)) ||
        (sounds && !(job->sounds = copy(sounds))))
        return tb_fail_memory(error);
    status = tb_ini_read_settings(ini, parts, TB_JOB_PARTS, error);
    for (int i = 0; !status && tb_run_source_at(ini, i, &source); i++)
        status = tb_job_add_path(job, source.path, error);
    return status;
}

tb_status tb_job_read(tb_job *job, const char *folder, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    *job = (tb_job){0};
    tb_ini *ini = tb_run_read(folder, error);
    if (!ini)
        return error->status;
    tb_status status = read_ini(job, folder, ini, error);
    tb_ini_free(ini);
    return status;
}

/* ---- checks ---- */

tb_status tb_job_context(const tb_job *job, int *frames, tb_error *error)
{
    int channels = job->kind->format(job->config).channels;
    tb_trainee trainee = {0};
    tb_status status = job->kind->trainee(job->config, 1, &trainee, error);
    *frames = (int)((trainee.context + channels - 1) / channels);
    tb_trainee_clear(&trainee);
    return status;
}

tb_status tb_job_check(const tb_job *job, tb_error *error)
{
    int context, window = job->settings.window;
    tb_status status = job->kind->check(job->config, error);
    if (!status)
        status = tb_job_context(job, &context, error);
    if (status || context < 2 || window % context == 0)
        return status;
    int below = window / context * context;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "A window of %d samples does not consist of whole frames "
                   "of %d. The nearest one is window=%d.",
                   window, context,
                   below && window - below < context / 2 ? below
                                                         : below + context);
}

tb_status tb_job_fail_memory(const tb_job *job, tb_error *error)
{
    int batch = job->settings.batch;
    return tb_fail(error, TB_ERR_MEMORY,
                   "There is not enough memory for this network with batch=%d "
                   "and window=%d. A smaller %s (--set %s=%d) needs less, and "
                   "so does a smaller network.",
                   batch, job->settings.window, batch > 1 ? "batch" : "window",
                   batch > 1 ? "batch" : "window",
                   batch > 1 ? batch / 2 : (job->settings.window + 1) / 2);
}
