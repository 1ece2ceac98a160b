#include "train/training.h"

#include "base/memory.h"
#include "train/training_state.h"

#include <string.h>

/* ---- one step ---- */

bool tb_training_is_stopped(void *context)
{
    const tb_training *t = context;
    return t->watch && t->watch->stop && t->watch->stop(t->watch->context);
}

/* Of the frames that the first feed has given. */
static void take_labels(const tb_training *t, const tb_tracks *tracks, int feed,
                        float *labels)
{
    const tb_learning *l = tb_trainer_learning(t->trainer);
    const int32_t *from = tb_tracks_labels(tracks);
    int64_t frames = l->feed[feed].context + l->feed[feed].window;
    int64_t count = frames * tb_tracks_chosen(tracks)->batch;
    for (int64_t i = 0; i < count; i++)
        labels[i] = (float)from[i];
}

tb_status tb_training_next_batch(tb_training *t, tb_tracks *const *tracks,
                                 float *const *frames, tb_batch *batch,
                                 tb_error *error)
{
    tb_status status = TB_OK;
    *batch = (tb_batch){.reset = t->reset};
    for (int i = t->data.feeds - 1; i >= 0 && !status; i--) {
        if (tracks[i])
            status = tb_tracks_next(tracks[i], frames[i], t->reset, error);
        batch->frames[i] = frames[i];
    }
    for (int i = 1; i < t->data.feeds && !status; i++)
        if (!tracks[i])
            take_labels(t, tracks[0], i, frames[i]);
    return status;
}

/* What one measured, once that is known; `done` tells whether there was one. */
static tb_status settle(tb_training *t, bool *done, tb_error *error)
{
    tb_progress *p = &t->progress;
    tb_step_report report;
    tb_status status = tb_trainer_settle(t->trainer, &report, error);
    *done = report.step > 0;
    if (!*done)
        return status;
    if (report.group == 0 || t->last.step == 0)
        t->last = report;
    t->steps_here++;
    p->step++;
    for (int i = 0; i < TB_MOST_METRICS; i++) {
        tb_training_add(&p->epoch_sum[i], report.metric[i]);
        tb_training_add(&p->line_sum[i], report.metric[i]);
    }
    tb_training_tell(t, TB_EVENT_STEP, NULL, NULL);
    tb_training_search(t);
    return status;
}

/* ---- an epoch ---- */

/* The log has no line of an epoch before there is a file to resume from that
   begins with it: what is resumed is never of an epoch before the log's last.
 */
static bool must_be_saved(const tb_training *t)
{
    int64_t next = t->progress.step + 1;
    return t->beginning && (next % t->part == 0 || next == t->steps);
}

/* A disk that is slower than that is given its time. Before the first step of
   an epoch all is saved. */
static bool is_time_to_save(const tb_training *t)
{
    double seconds = t->job->settings.save_seconds;
    return seconds > 0 && t->progress.step > 0 &&
           tb_training_now(t) - t->saved >= seconds &&
           !tb_writer_is_busy(t->writer);
}

/* What there is to do after a step within an epoch. */
static tb_status after_step(tb_training *t, tb_error *error)
{
    tb_status status = tb_training_listen_within(t, error);
    return status || t->progress.step % t->part
               ? status
               : tb_training_write_line(t, false, error);
}

static tb_status before_step(tb_training *t, tb_error *error)
{
    if (tb_training_is_stopped(t) || tb_training_is_time_over(t))
        return TB_ERR_STOPPED;
    tb_status status = tb_training_check_saving(t, must_be_saved(t), error);
    if (!status && is_time_to_save(t))
        status = tb_training_save_resume(t, error);
    return status ? status : tb_training_follow_request(t, error);
}

/* The next batch is read while a step is computed. All that is told, saved or
   decided between two steps is of steps that are known to be good. */
static tb_status one_step(tb_training *t, tb_error *error)
{
    tb_batch batch;
    tb_step_report none;
    bool done = false;
    tb_status status =
        tb_training_next_batch(t, t->data.tracks, t->frames, &batch, error);
    if (!status)
        status = settle(t, &done, error);
    if (!status && done)
        status = after_step(t, error);
    if (!status)
        status = before_step(t, error);
    if (status)
        return status;
    tb_training_follow_phases(t);
    tb_training_set_pace(t);
    return tb_trainer_step(t->trainer, &batch, &none, error);
}

static tb_status end_epoch(tb_training *t, tb_error *error)
{
    char *path = NULL;
    int64_t epoch = t->progress.epoch + 1;
    tb_status status = tb_training_save_checkpoint(t, epoch, &path, error);
    if (!status)
        status = tb_training_test(t, error);
    if (!status) {
        tb_training_judge(t);
        status = tb_training_write_line(t, true, error);
    }
    if (!status)
        status = tb_writer_wait(t->writer, error);
    if (!status) {
        tb_training_tell(t, TB_EVENT_EPOCH, NULL, path);
        tb_training_notice(t);
        tb_training_follow_metrics(t);
        tb_training_follow_plateau(t, tb_training_measured(t, 0));
        tb_training_advise(t);
        bool last = epoch == t->epochs || tb_training_helps_no_more(t);
        tb_training_follow_latents(t, path, last);
        tb_training_listen(t, epoch, path, last);
        status = tb_training_write_page(t, last, error);
    }
    tb_free(path);
    if (status)
        return status;
    t->progress.epoch++;
    t->progress.step = 0;
    memset(t->progress.epoch_sum, 0, sizeof t->progress.epoch_sum);
    return tb_training_save_resume(t, error);
}

static tb_status one_epoch(tb_training *t, tb_error *error)
{
    tb_status status = TB_OK;
    bool done;
    for (int64_t i = t->progress.step; i < t->steps && !status; i++)
        status = one_step(t, error);
    if (!status)
        status = settle(t, &done, error);
    return status ? status : end_epoch(t, error);
}

/* ---- a session ---- */

tb_status tb_training_run(tb_training *t, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    t->started = t->saved = tb_training_now(t);
    tb_status status = tb_training_save_first(t, error);
    if (tb_training_is_done(t))
        tb_training_tell_done(t);
    else if (!status)
        status = tb_training_survey(t, error);
    while (!status && !tb_training_is_done(t))
        status = one_epoch(t, error);
    if (!status)
        status = tb_training_finish(t, error);
    if (status != TB_ERR_STOPPED)
        return status ? tb_training_save_after(t, status, error) : TB_OK;
    bool over = !tb_training_is_stopped(t);
    status = tb_training_save_all(t, over, error);
    if (status || over)
        return status;
    return tb_fail(error, TB_ERR_STOPPED, "The training was stopped.");
}
