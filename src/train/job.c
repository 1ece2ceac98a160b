#include "train/job.h"

#include "base/memory.h"
#include "base/paths.h"
#include "models/base_checkpoint.h"
#include "run/ini.h"
#include "run/run_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tb_job_parts(tb_job *job, tb_settings_part parts[TB_JOB_PARTS])
{
    parts[0] = (tb_settings_part){job->instrument->settings, job->config};
    parts[1] = (tb_settings_part){&tb_training_table, &job->settings};
}

static tb_status init_plain(tb_job *job, const tb_instrument *instrument,
                            tb_error *error)
{
    tb_settings_part parts[TB_JOB_PARTS];
    *job = (tb_job){.instrument = instrument};
    job->config = tb_alloc(instrument->config_size);
    if (!job->config)
        return tb_fail_memory(error);
    tb_job_parts(job, parts);
    tb_settings_defaults(parts, TB_JOB_PARTS);
    return TB_OK;
}

tb_status tb_job_init(tb_job *job, const tb_instrument *instrument,
                      tb_error *error)
{
    tb_settings_part parts[TB_JOB_PARTS];
    tb_status status = init_plain(job, instrument, error);
    tb_job_parts(job, parts);
    return !status && instrument->preset
               ? tb_settings_preset(parts, TB_JOB_PARTS, instrument->preset,
                                    error)
               : status;
}

void tb_job_clear(tb_job *job)
{
    for (int i = 0; i < job->path_count; i++)
        free(job->paths[i]);
    free(job->paths);
    free(job->folder);
    free(job->sounds);
    free(job->phase);
    tb_base_close(job->base);
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

tb_status tb_job_open_base(tb_job *job, tb_error *error)
{
    const uint64_t hashes[TB_MOST_BASES] = {job->base_hash};
    tb_status status = tb_base_open(job->instrument, job->config, hashes,
                                    job->folder, &job->base, error);
    if (job->base)
        job->base_hash = job->base->hash;
    return status;
}

char *tb_job_sounds(const tb_job *job)
{
    return job->sounds ? tb_path_join(NULL, job->sounds)
                       : tb_path_stem(job->paths[0]);
}

/* ---- from run.ini ---- */

static tb_status read_sounds(tb_job *job, const tb_ini *ini, tb_error *error)
{
    tb_run_source source;
    tb_status status = TB_OK;
    const char *sounds = tb_ini_get(ini, "run", "sounds");
    if (sounds && !(job->sounds = copy(sounds)))
        return tb_fail_memory(error);
    for (int i = 0; !status && tb_run_source_at(ini, i, &source); i++)
        status = tb_job_add_path(job, source.path, error);
    return status;
}

tb_status tb_job_take_sounds(tb_job *job, const char *run, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    tb_ini *ini = tb_run_read(run, error);
    tb_status status = ini ? read_sounds(job, ini, error) : error->status;
    tb_ini_free(ini);
    return status;
}

/* What a run.ini does not name came later than the run: the tables say what was
   so before, presets only what trainings begin with. */
static tb_status read_ini(tb_job *job, const char *folder, const tb_ini *ini,
                          tb_error *error)
{
    const char *name = tb_ini_get(ini, "run", "network");
    if (!name)
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s/run.ini' does not name a network.", folder);
    const tb_instrument *instrument = tb_instrument_named(name, error);
    if (!instrument)
        return TB_ERR_FORMAT;
    tb_status status = init_plain(job, instrument, error);
    if (status)
        return status;
    tb_settings_part parts[TB_JOB_PARTS];
    tb_job_parts(job, parts);
    job->resume = true;
    const char *plan = tb_ini_get(ini, "run", "plan");
    snprintf(job->plan, sizeof job->plan, "%s", plan ? plan : "");
    const char *hash = tb_ini_get(ini, "run", "base_hash");
    job->base_hash = hash ? strtoull(hash, NULL, 16) : 0;
    if (!(job->folder = copy(folder)))
        return tb_fail_memory(error);
    status = tb_ini_read_settings(ini, parts, TB_JOB_PARTS, error);
    return status ? status : read_sounds(job, ini, error);
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

tb_status tb_job_learning(const tb_job *job, tb_learning *learning,
                          tb_error *error)
{
    const tb_learning_size size = {
        .rows = 1,
        .window = job->settings.window,
        .base = job->base,
        .optimiser = tb_training_optimiser(&job->settings),
        .rate = tb_training_schedule(&job->settings, 1)};
    return tb_instrument_learn(job->instrument, job->config, &size, learning,
                               error);
}

/* The most shares, up to those asked for, that tracks divide into. */
static int shares(int batch, int wanted)
{
    while (wanted > 1 && batch % wanted)
        wanted--;
    return wanted > 1 ? wanted : 1;
}

tb_trainer_settings tb_job_trainer(const tb_job *job, int batch, int test_batch,
                                   int64_t steps)
{
    const tb_training_settings *s = &job->settings;
    int micro = shares(batch, s->micro_batches);
    return (tb_trainer_settings){.instrument = job->instrument,
                                 .config = job->config,
                                 .base = job->base,
                                 .rows = batch / micro,
                                 .micro_batches = micro,
                                 .window = s->window,
                                 .test_rows = test_batch,
                                 .optimiser = tb_training_optimiser(s),
                                 .schedule = tb_training_schedule(s, steps),
                                 .seed = s->seed,
                                 .threads = job->threads};
}

/* Schedules that go somewhere must know where that is. */
static tb_status check_end(const tb_job *job, tb_error *error)
{
    const tb_training_settings *s = &job->settings;
    if (s->epochs > 0 || s->minutes > 0 || job->finish ||
        s->schedule == TB_SCHEDULE_CONSTANT ||
        s->schedule == TB_SCHEDULE_PLATEAU)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "A rate that goes by schedule=%s needs to know when the "
                   "training ends: say so with --minutes or --epochs.",
                   tb_schedule_names[s->schedule]);
}

/* What leaves most of a network as it is needs one that has learned. */
static tb_status check_from(const tb_job *job, tb_error *error)
{
    const tb_instrument *i = job->instrument;
    const char *setting = i->wants_from ? i->wants_from(job->config) : NULL;
    if (!setting || *job->settings.from || job->resume)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "%s leaves most of the network as it begins, and that is "
                   "chance here: name one that has learned already with "
                   "--from, or leave the setting out.",
                   setting);
}

tb_status tb_job_check(const tb_job *job, tb_error *error)
{
    if (check_end(job, error) || check_from(job, error))
        return TB_ERR_ARGUMENT;
    tb_learning learning;
    tb_status status = tb_job_learning(job, &learning, error);
    int64_t window = job->settings.window, grain = learning.grain;
    tb_learning_clear(&learning);
    if (status || grain < 2 || window % grain == 0)
        return status;
    int64_t below = window / grain * grain;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "A window of %lld samples does not consist of whole frames "
                   "of %lld. The nearest one is window=%lld.",
                   (long long)window, (long long)grain,
                   (long long)(below && window - below < grain / 2
                                   ? below
                                   : below + grain));
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
