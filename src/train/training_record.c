#include "train/training_state.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/paths.h"
#include "models/checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const char *const columns[] = {
    "step",        "epoch",         "seconds", "learning_rate",
    "train_bits",  "held_out_bits", "learned", "gradient_norm",
    "order0_bits", "bigram_bits"};

enum { COLUMNS = sizeof columns / sizeof *columns };

static int64_t all_steps(const tb_training *t)
{
    return t->progress.steps_before + tb_trainer_steps(t->trainer);
}

tb_status tb_training_open_log(tb_training *t, tb_error *error)
{
    tb_error own;
    char *path = tb_run_log_file(tb_run_folder(t->run));
    error = error ? error : &own;
    if (!path)
        return tb_fail_memory(error);
    t->log = tb_log_open(path, columns, COLUMNS, all_steps(t), error);
    t->writer = t->log ? tb_writer_new(path, error) : NULL;
    tb_free(path);
    return t->writer ? TB_OK : error->status;
}

tb_status tb_training_write_line(tb_training *t, bool tested, tb_error *error)
{
    tb_progress *p = &t->progress;
    double epoch = (double)p->epoch + (double)p->step / (double)t->steps;
    const double values[COLUMNS] = {
        (double)all_steps(t),
        epoch,
        t->before + tb_seconds() - t->started,
        t->last.rate,
        p->part_steps ? p->part_bits / (double)p->part_steps : NAN,
        tested ? t->test_bits : NAN,
        tested ? t->learned : NAN,
        t->last.norm,
        t->data.entropy.order0,
        t->data.entropy.bigram};
    p->part_bits = 0;
    p->part_steps = 0;
    return tb_log_add(t->log, values, error);
}

/* The writer brings the log to the disk first: lines beyond the resume point
   are written again. */
tb_status tb_training_save_resume(tb_training *t, tb_error *error)
{
    char *path = tb_run_resume_file(tb_run_folder(t->run));
    if (!path)
        return tb_fail_memory(error);
    t->saved = tb_seconds();
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

static tb_status write_checkpoint(tb_training *t, int64_t epoch,
                                  const char *path, tb_error *error)
{
    char steps[32], seed[32], complete[8];
    char *sounds = tb_job_sounds(t->job);
    const tb_checkpoint checkpoint = {.kind = t->job->kind,
                                      .config = t->job->config,
                                      .params = tb_trainer_params(t->trainer),
                                      .epoch = (int)epoch,
                                      .trained_on = sounds};
    const tb_stored_text notes[] = {
        {"steps", steps}, {"seed", seed}, {"epoch_is_complete", complete}};
    snprintf(steps, sizeof steps, "%" PRId64, all_steps(t));
    snprintf(seed, sizeof seed, "%" PRIu64, t->job->settings.seed);
    snprintf(complete, sizeof complete, "%s",
             t->progress.step == t->steps ? "yes" : "no");
    tb_trainer_use_average(t->trainer, true);
    tb_status status = sounds ? tb_checkpoint_save(path, &checkpoint, notes, 3,
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
