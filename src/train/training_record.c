#include "train/training_state.h"

#include "base/memory.h"
#include "base/paths.h"
#include "models/checkpoint.h"
#include "train/training_curves.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What the log holds of each line, then of each metric. */
static const char *const columns[] = {
    "step",    "epoch",  "seconds",       "learning_rate",
    "learned", "phase",  "gradient_norm", "judged_epoch",
    "score",   "quoted", "variety"};

/* And of an autoencoder. */
static const char *const latent_columns[TB_LATENT_COLUMNS] = {
    "latents_80", "latents_90", "latents_95", "latents_99", "latents_used"};

enum {
    COLUMNS = sizeof columns / sizeof *columns,
    MOST_COLUMNS =
        COLUMNS + TB_LATENT_COLUMNS + TB_METRIC_COLUMNS * TB_MOST_METRICS
};

/* Columns before those of metrics. */
static int first_columns(const tb_training *t)
{
    return COLUMNS + (tb_training_has_latents(t) ? TB_LATENT_COLUMNS : 0);
}

static int64_t all_steps(const tb_training *t)
{
    return t->progress.steps_before + tb_trainer_steps(t->trainer);
}

static tb_status open_log(tb_training *t, const char *path, tb_error *error)
{
    char names[MOST_COLUMNS][80];
    const char *list[MOST_COLUMNS];
    const tb_learning *l = tb_trainer_learning(t->trainer);
    int n = 0;
    for (; n < first_columns(t); n++)
        list[n] = n < COLUMNS ? columns[n] : latent_columns[n - COLUMNS];
    for (int k = 0; k < l->metric_count; k++)
        for (int i = 0; i < TB_METRIC_COLUMNS; i++)
            if (tb_metric_column(l, k, i, names[n])) {
                list[n] = names[n];
                n++;
            }
    t->log = tb_log_open(path, list, n, all_steps(t), error);
    return t->log ? TB_OK : error->status;
}

tb_status tb_training_open_log(tb_training *t, tb_error *error)
{
    char *path = tb_run_log_file(tb_run_folder(t->run));
    if (!path)
        return tb_fail_memory(error);
    tb_status status = open_log(t, path, error);
    if (!status && !(t->writer = tb_writer_new(path, error)))
        status = error->status;
    if (!status)
        tb_writer_reserve(t->writer, tb_resume_bytes(t->trainer));
    tb_free(path);
    return status;
}

static double epoch_now(const tb_training *t)
{
    const tb_progress *p = &t->progress;
    return (double)p->epoch + (double)p->step / (double)t->steps;
}

static double seconds_now(const tb_training *t)
{
    return t->before + tb_training_now(t) - t->started;
}

static double average(const tb_running_sum *s)
{
    return s->count > 0 ? s->sum / (double)s->count : NAN;
}

/* Examples are judged some time after their epoch, and then several of them at
   a time: each line tells of one. */
static void take_judged(tb_training *t, double values[4])
{
    tb_stage_list *list = &t->judged;
    if (list->count == 0)
        return;
    const tb_stage *s = list->stages;
    const double all[] = {s->epoch, s->score, s->quoted, s->variety};
    memcpy(values, all, sizeof all);
    list->count--;
    memmove(list->stages, s + 1, (size_t)list->count * sizeof *s);
}

tb_status tb_training_write_line(tb_training *t, bool tested, tb_error *error)
{
    tb_progress *p = &t->progress;
    const tb_learning *l = tb_trainer_learning(t->trainer);
    double values[MOST_COLUMNS] = {(double)all_steps(t),
                                   epoch_now(t),
                                   seconds_now(t),
                                   t->last.rate,
                                   tested ? t->learned : NAN,
                                   tb_trainer_phase(t->trainer),
                                   t->last.norm,
                                   NAN,
                                   NAN,
                                   NAN,
                                   NAN};
    take_judged(t, values + COLUMNS - 4);
    char name[80];
    int n = first_columns(t);
    for (int i = COLUMNS; i < n; i++)
        values[i] = NAN;
    for (int k = 0; k < l->metric_count; k++) {
        double all[TB_METRIC_COLUMNS] = {average(&p->line_sum[k]),
                                         tested ? t->tested[k] : NAN};
        memcpy(all + 2, t->yard.level, sizeof t->yard.level);
        for (int i = 0; i < TB_METRIC_COLUMNS; i++)
            if (tb_metric_column(l, k, i, name))
                values[n++] = all[i];
    }
    memset(p->line_sum, 0, sizeof p->line_sum);
    return tb_log_add(t->log, values, error);
}

/* ---- lines of something else ---- */

/* Of which only the time and the phase are known. */
static void begin_line(const tb_training *t, double values[MOST_COLUMNS])
{
    for (int i = 0; i < MOST_COLUMNS; i++)
        values[i] = NAN;
    values[0] = (double)all_steps(t);
    values[1] = epoch_now(t);
    values[2] = seconds_now(t);
    values[5] = tb_trainer_phase(t->trainer);
}

tb_status tb_training_write_latents(tb_training *t, tb_error *error)
{
    double values[MOST_COLUMNS];
    begin_line(t, values);
    tb_training_latent_values(t, values + COLUMNS);
    return tb_log_add(t->log, values, error);
}

tb_status tb_training_write_judged(tb_training *t, tb_error *error)
{
    double values[MOST_COLUMNS];
    tb_status status = TB_OK;
    while (t->judged.count > 0 && !status) {
        begin_line(t, values);
        take_judged(t, values + COLUMNS - 4);
        status = tb_log_add(t->log, values, error);
    }
    return status;
}

static bool tells_of(const tb_log_table *log, int epoch)
{
    const double *told = tb_log_column(log, "judged_epoch");
    for (int64_t i = 0; told && i < log->rows; i++)
        if (told[i] == epoch)
            return true;
    return false;
}

tb_status tb_training_find_untold(tb_training *t, tb_error *error)
{
    tb_log_table log = {0};
    const tb_stage_list *list = tb_examples_stages(t->examples);
    char *path = tb_run_log_file(tb_run_folder(t->run));
    tb_status status =
        path ? tb_log_read(path, &log, error) : tb_fail_memory(error);
    for (int i = 0; i < list->count && !status; i++) {
        const tb_stage *s = &list->stages[i];
        if (s->epoch > 0 && s->sounds > 0 && !tells_of(&log, s->epoch))
            status = tb_stage_list_add(&t->judged, s, error);
    }
    tb_log_table_clear(&log);
    tb_free(path);
    return status;
}

/* ---- what to resume from ---- */

/* The writer brings the log to the disk first: lines beyond the resume point
   are written again. */
tb_status tb_training_save_resume(tb_training *t, tb_error *error)
{
    char *path = tb_run_resume_file(tb_run_folder(t->run));
    if (!path)
        return tb_fail_memory(error);
    t->saved = tb_training_now(t);
    tb_training_count(t);
    t->progress.seconds = t->before + t->saved - t->started;
    t->progress.steps_per_epoch = t->steps;
    t->beginning = t->progress.step == 0;
    tb_status status =
        tb_resume_save(path, t->trainer, &t->progress, t->writer, error);
    tb_free(path);
    return status;
}

tb_status tb_training_check_saving(tb_training *t, bool wait, tb_error *error)
{
    tb_error first;
    if ((wait ? tb_writer_wait : tb_writer_check)(t->writer, &first) == TB_OK)
        return TB_OK;
    tb_status status = tb_training_save_resume(t, error);
    if (!status)
        status = tb_writer_wait(t->writer, error);
    if (!status)
        tb_training_note(t, "%s The second try went well: nothing is lost.",
                         first.text);
    return status;
}

/* ---- checkpoints ---- */

/* To a tenth of a second: more would say nothing. */
static double sound_seconds(const tb_data *data)
{
    int64_t frames = 0;
    for (int i = 0; i < data->corpus->count; i++)
        frames += tb_cache_frames(data->cache, i);
    return round(10 * (double)frames / data->format.sample_rate) / 10;
}

static tb_trained trained_so_far(const tb_training *t)
{
    const tb_learning *l = tb_trainer_learning(t->trainer);
    int phase = tb_trainer_phase(t->trainer);
    tb_trained so_far = {.steps = all_steps(t),
                         .sound_seconds = sound_seconds(&t->data),
                         .weights = t->job->settings.average > 0
                                        ? TB_WEIGHTS_AVERAGED
                                        : TB_WEIGHTS_PLAIN,
                         .version = TIMBREL_VERSION};
    if (l->phase_count > 1 && l->phase[phase].name)
        snprintf(so_far.phase, sizeof so_far.phase, "%s", l->phase[phase].name);
    return so_far;
}

static tb_status write_checkpoint(tb_training *t, int64_t epoch,
                                  const char *path, tb_error *error)
{
    char seed[32], complete[8];
    char *sounds = tb_job_sounds(t->job);
    const tb_checkpoint checkpoint = {.instrument = t->job->instrument,
                                      .config = t->job->config,
                                      .base = t->job->base,
                                      .params = tb_trainer_params(t->trainer),
                                      .declared =
                                          tb_trainer_declared(t->trainer),
                                      .epoch = (int)epoch,
                                      .known_level = t->data.level,
                                      .trained = trained_so_far(t),
                                      .trained_on = sounds};
    const tb_stored_text notes[] = {{"seed", seed},
                                    {"epoch_is_complete", complete}};
    snprintf(seed, sizeof seed, "%" PRIu64, t->job->settings.seed);
    snprintf(complete, sizeof complete, "%s",
             t->progress.step == t->steps ? "yes" : "no");
    tb_trainer_use_average(t->trainer, true);
    tb_status status = sounds ? tb_checkpoint_save(path, &checkpoint, notes, 2,
                                                   t->writer, error)
                              : tb_fail_memory(error);
    tb_trainer_use_average(t->trainer, false);
    tb_free(sounds);
    return status;
}

tb_status tb_training_save_checkpoint(tb_training *t, int64_t epoch,
                                      char **path, tb_error *error)
{
    char *name = tb_run_checkpoint(tb_run_folder(t->run), (int)epoch);
    if (!name)
        return tb_fail_memory(error);
    tb_status status = write_checkpoint(t, epoch, name, error);
    if (status || !path)
        tb_free(name);
    else
        *path = name;
    return status;
}
