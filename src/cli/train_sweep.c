/* timbrel train --sweep */
#include "cli/say.h"
#include "cli/train.h"

#include "base/memory.h"
#include "base/paths.h"
#include "base/setting_value.h"
#include "base/shell.h"
#include "run/run_folder.h"
#include "train/estimate.h"
#include "train/sweep.h"

#include <stdlib.h>
#include <string.h>

/* ---- several trainings in one folder ---- */

tb_status cli_create_sweep(const cli_args *args, const char *sounds,
                           tb_sweep *sweep, tb_error *error)
{
    char name[4096];
    const char *given = cli_value(args, "run");
    if (given)
        return tb_sweep_create(sweep, given, false, error);
    char *folder = tb_run_default_folder(sounds, error);
    if (!folder)
        return TB_ERR_MEMORY;
    snprintf(name, sizeof name, "%s-%s", folder, sweep->name);
    tb_free(folder);
    return tb_sweep_create(sweep, name, true, error);
}

tb_status cli_take_sweep_folder(const tb_sweep *sweep, int i, tb_job *job,
                                tb_error *error)
{
    char *folder = tb_sweep_run(sweep, i);
    free(job->folder);
    job->folder = folder ? strdup(folder) : NULL;
    tb_free(folder);
    return job->folder ? TB_OK : tb_fail_memory(error);
}

int cli_train_of_sweep(const tb_sweep *sweep, int i, const tb_job *job,
                       bool json)
{
    tb_error error;
    int code = cli_train_job(job, json);
    if ((code == CLI_OK || code == CLI_STOPPED) &&
        tb_sweep_write_page(sweep, i + 1, &error))
        code = cli_complain(&error);
    return code;
}

/* One that was stopped has the page of its first runs. */
void cli_say_sweep_page(const tb_sweep *sweep, int done)
{
    char word[TB_SHELL_WORD];
    char *page = tb_path_join(sweep->folder, "index.html");
    if (page && tb_exists(page)) {
        printf("\n");
        if (done < sweep->count)
            printf("%d of %d", done, sweep->count);
        else
            printf("All of them");
        printf(": %s\n", tb_shell_word(page, word));
    }
    tb_free(page);
}

/* ---- one setting, several values ---- */

/* "learning_rate=0,002" may be one value. */
static tb_status check_commas(const cli_args *args, const tb_sweep *sweep,
                              const tb_settings_part *parts, tb_error *error)
{
    const char *values = strchr(cli_value(args, "sweep"), '=') + 1;
    const tb_setting *s =
        tb_settings_find(parts, TB_JOB_PARTS, sweep->name, NULL, NULL);
    if (!s || s->type != TB_TYPE_FLOAT || strchr(values, ':'))
        return TB_OK;
    return tb_setting_check_commas(s, values, error);
}

/* The job of value i, in its own folder; all have the seed of the first. */
static tb_status make_job(const cli_args *args, const tb_sweep *sweep, int i,
                          uint64_t *seed, tb_job *job, tb_error *error)
{
    tb_settings_part parts[TB_JOB_PARTS];
    tb_status status = cli_make_job(args, job, error);
    if (status)
        return status;
    if (i == 0)
        *seed = job->settings.seed;
    job->settings.seed = *seed;
    tb_job_parts(job, parts);
    status = check_commas(args, sweep, parts, error);
    if (!status)
        status = tb_settings_set(parts, TB_JOB_PARTS, sweep->name,
                                 sweep->values[i], error);
    if (!status)
        status = tb_job_check(job, error);
    return status || !sweep->folder
               ? status
               : cli_take_sweep_folder(sweep, i, job, error);
}

/* Before anything is written: every value must be possible, and there must be
   sounds. */
static tb_status check_all(const cli_args *args, const tb_sweep *sweep,
                           uint64_t *seed, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < sweep->count && !status; i++) {
        tb_job job = {0};
        tb_corpus *corpus = NULL;
        status = make_job(args, sweep, i, seed, &job, error);
        if (!status && i == 0)
            status = tb_corpus_find((const char *const *)job.paths,
                                    job.path_count, &corpus, error);
        tb_corpus_free(corpus);
        tb_job_clear(&job);
    }
    return status;
}

static int train_one(const cli_args *args, const tb_sweep *sweep, int i,
                     uint64_t *seed, bool json)
{
    tb_job job = {0};
    tb_error error;
    int code;
    if (!json)
        printf("\n%s=%s (%d of %d)\n", sweep->name, sweep->values[i], i + 1,
               sweep->count);
    tb_status status = make_job(args, sweep, i, seed, &job, &error);
    code = status ? cli_complain(&error)
                  : cli_train_of_sweep(sweep, i, &job, json);
    tb_job_clear(&job);
    return code;
}

int cli_train_sweep(const cli_args *args)
{
    tb_sweep sweep = {0};
    tb_error error;
    uint64_t seed = 0;
    int code = CLI_OK;
    bool json = cli_has(args, "json");
    tb_status status = TB_OK;
    if (cli_has(args, "resume") || cli_has(args, "dry-run"))
        status = tb_fail(&error, TB_ERR_ARGUMENT,
                         "--sweep starts new runs: it goes neither with "
                         "--resume nor with --dry-run.");
    if (!status)
        status = tb_sweep_parse(&sweep, cli_value(args, "sweep"), &error);
    if (!status)
        status = check_all(args, &sweep, &seed, &error);
    if (!status)
        status = cli_create_sweep(args, args->words[1], &sweep, &error);
    if (status)
        code = cli_complain(&error);
    int done = 0;
    while (done < sweep.count && !status && code == CLI_OK)
        code = train_one(args, &sweep, done++, &seed, json);
    if ((code == CLI_OK || code == CLI_STOPPED) && !json)
        cli_say_sweep_page(&sweep, done);
    tb_sweep_clear(&sweep);
    return code;
}
