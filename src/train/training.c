#include "train/training.h"

#include "base/memory.h"
#include "base/paths.h"
#include "base/shell.h"
#include "train/training_state.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- telling ---- */

static double seconds_of(const tb_training *t)
{
    return t->before + tb_training_now(t) - t->started;
}

/* The average of a metric over the steps of this epoch. */
static double epoch_average(const tb_training *t, int metric)
{
    const tb_running_sum *s = &t->progress.epoch_sum[metric];
    return s->count > 0 ? s->sum / (double)s->count : NAN;
}

double tb_training_ahead(const tb_training *t, const char **than)
{
    if (!t->trainer || tb_trainer_learning(t->trainer)->metric_count == 0)
        return NAN;
    const tb_metric *m = &tb_trainer_learning(t->trainer)->metric[0];
    return tb_yard_ahead(m, t->measured, &t->yard, than);
}

void tb_training_tell(tb_training *t, tb_training_event_kind kind,
                      const char *text, const char *path)
{
    if (!t->watch || !t->watch->event)
        return;
    double trained[TB_MOST_METRICS];
    const tb_learning *learning =
        t->trainer ? tb_trainer_learning(t->trainer) : NULL;
    const char *than = NULL;
    double ahead = tb_training_ahead(t, &than);
    for (int i = 0; i < TB_MOST_METRICS; i++)
        trained[i] = epoch_average(t, i);
    tb_training_event event = {
        .kind = kind,
        .text = text,
        .path = path,
        .stage = t->stage,
        .epoch = t->progress.epoch + 1,
        .epochs = t->epochs,
        .step = t->progress.step,
        .steps = t->steps,
        .seconds = seconds_of(t),
        .seconds_left = tb_training_seconds_left(t),
        .metric_count = learning ? learning->metric_count : 0,
        .metrics = learning ? learning->metric : NULL,
        .trained = trained,
        .tested = t->tested,
        .learned = t->learned,
        .ahead = ahead,
        .than = than,
        .rate = t->last.rate,
        .norm = t->last.norm,
        .done = t->indexed,
    };
    t->watch->event(t->watch->context, &event);
}

void tb_training_note(tb_training *t, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    tb_training_tell(t, TB_EVENT_NOTE, text, NULL);
}

/* ---- one step ---- */

bool tb_training_is_stopped(void *context)
{
    const tb_training *t = context;
    return t->watch && t->watch->stop && t->watch->stop(t->watch->context);
}

static void add(tb_running_sum *s, double x)
{
    if (!isfinite(x))
        return;
    s->sum += x;
    s->count++;
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
        add(&p->epoch_sum[i], report.metric[i]);
        add(&p->line_sum[i], report.metric[i]);
    }
    tb_training_tell(t, TB_EVENT_STEP, NULL, NULL);
    tb_training_search(t);
    return status;
}

/* ---- the end of an epoch ---- */

static const tb_metric *first_metric(const tb_training *t)
{
    return &tb_trainer_learning(t->trainer)->metric[0];
}

/* One batch of held-out sound, into the sums. */
static tb_status test_step(tb_training *t, tb_running_sum *sums,
                           tb_running_sum *yard, tb_error *error)
{
    double metric[TB_MOST_METRICS], beside[TB_MOST_METRICS];
    tb_batch batch;
    tb_status status = tb_training_next_batch(t, t->data.test_tracks,
                                              t->test_frames, &batch, error);
    if (!status)
        status = tb_trainer_test(t->trainer, &batch, metric, beside, error);
    for (int i = 0; i < TB_MOST_METRICS && !status; i++)
        add(&sums[i], metric[i]);
    if (!status)
        add(yard, beside[0]);
    return status;
}

static tb_status test(tb_training *t, tb_error *error)
{
    tb_running_sum sums[TB_MOST_METRICS] = {{0, 0}}, yard = {0, 0};
    for (int i = 0; i < TB_MOST_METRICS; i++)
        t->tested[i] = NAN;
    if (!t->data.test_tracks[0])
        return TB_OK;
    int64_t steps = tb_tracks_chosen(t->data.test_tracks[0])->steps;
    tb_status status =
        tb_data_seek(&t->data, true, (tb_tracks_place){0, 0}, error);
    tb_trainer_use_average(t->trainer, true);
    for (int64_t i = 0; i < steps && !status; i++)
        status = test_step(t, sums, &yard, error);
    tb_trainer_use_average(t->trainer, false);
    for (int i = 0; i < TB_MOST_METRICS; i++)
        if (sums[i].count > 0)
            t->tested[i] = sums[i].sum / (double)sums[i].count;
    if (yard.count > 0)
        t->yard.level[TB_YARD_ZERO] = yard.sum / (double)yard.count;
    return status;
}

/* On held-out sound, or, what is not tested, in training. */
static double measured(const tb_training *t, int metric)
{
    bool tested = t->data.test_tracks[0] &&
                  tb_trainer_learning(t->trainer)->metric[metric].tested;
    return tested ? t->tested[metric] : epoch_average(t, metric);
}

/* When nothing is held out the training's own measure must do. */
static void note_learned(tb_training *t)
{
    double x = isfinite(t->tested[0]) ? t->tested[0] : epoch_average(t, 0);
    t->learned =
        isfinite(x) ? tb_yard_learned(first_metric(t), x, &t->yard) : NAN;
    t->known = isfinite(t->learned) ? t->learned : t->known;
    t->measured = isfinite(x) ? x : t->measured;
}

/* What is learned, and the best that metrics have been in this phase. */
static void judge(tb_training *t)
{
    tb_progress *p = &t->progress;
    const tb_learning *l = tb_trainer_learning(t->trainer);
    note_learned(t);
    for (int i = 0; i < l->metric_count; i++) {
        tb_best *b = &p->best[i];
        double x = measured(t, i);
        if (tb_metric_is_better(&l->metric[i], x, b->epoch ? b->value : NAN))
            *b = (tb_best){x, p->epoch + 1};
    }
}

static tb_status end_epoch(tb_training *t, tb_error *error)
{
    char *path = NULL;
    int64_t epoch = t->progress.epoch + 1;
    tb_status status = tb_training_save_checkpoint(t, epoch, &path, error);
    if (!status)
        status = test(t, error);
    if (!status) {
        judge(t);
        status = tb_training_write_line(t, true, error);
    }
    if (!status)
        status = tb_writer_wait(t->writer, error);
    if (!status) {
        tb_training_tell(t, TB_EVENT_EPOCH, NULL, path);
        tb_training_notice(t);
        tb_training_follow_metrics(t);
        tb_training_follow_plateau(t, measured(t, 0));
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

/* ---- the loop ---- */

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

static void tell_of_unsearched(tb_training *t)
{
    char run[TB_SHELL_WORD];
    if (tb_training_is_indexing(t))
        tb_training_note(t,
                         "Some examples have not been searched for quotes or "
                         "judged yet. "
                         "timbrel train --resume %s does it.",
                         tb_shell_word(tb_training_folder(t), run));
}

/* All epochs are done: quotes are waited for as long as there is time. */
static tb_status finish(tb_training *t, tb_error *error)
{
    const struct timespec moment = {0, 20000000};
    tb_status status = tb_writer_wait(t->writer, error);
    tb_training_search(t);
    while (!status && tb_training_is_indexing(t) &&
           !tb_training_is_stopped(t) && !tb_training_is_time_over(t)) {
        nanosleep(&moment, NULL);
        tb_training_search(t);
    }
    if (!status && t->steps_here == 0)
        tb_training_catch_up_latents(t);
    tb_training_tell_prospects(t);
    tell_of_unsearched(t);
    if (!status)
        status = tb_training_write_judged(t, error);
    if (!status && t->examples && t->page_written <= 0)
        status = tb_training_write_page(t, true, error);
    return status;
}

/* Stopped: what was learned since the last epoch is kept too, and heard when
   nobody is in a hurry. */
static tb_status save_all(tb_training *t, bool listen, tb_error *error)
{
    char *path = NULL;
    int64_t epoch = t->progress.epoch + 1;
    tb_status status = tb_training_save_resume(t, error);
    if (!status && t->progress.step > 0)
        status = tb_training_save_checkpoint(t, epoch, &path, error);
    bool tested = path && (listen || !t->data.test_tracks[0]);
    for (int i = 0; i < TB_MOST_METRICS; i++)
        t->tested[i] = NAN;
    t->learned = NAN;
    if (!status && path && listen)
        status = test(t, error);
    if (!status)
        status = tb_writer_wait(t->writer, error);
    if (tested && !status) {
        note_learned(t);
        status = tb_training_write_line(t, true, error);
    }
    if (!status && path && listen) {
        tb_training_follow_latents(t, path, true);
        tb_training_listen(t, epoch, path, true);
    }
    if (listen) {
        tb_training_search(t);
        tb_training_tell_prospects(t);
    }
    tell_of_unsearched(t);
    if (!status)
        status = tb_training_write_judged(t, error);
    if (!status)
        status = tb_training_write_page(t, true, error);
    if (!status)
        tb_training_tell(t, TB_EVENT_SAVED, NULL, path);
    if (!status && !listen)
        tb_training_catch_up_latents(t);
    tb_free(path);
    return status;
}

/* A step went wrong, but the weights before it are good. */
static tb_status save_after(tb_training *t, tb_status status, tb_error *error)
{
    tb_error second;
    char run[TB_SHELL_WORD];
    if (status != TB_ERR_NUMERIC || save_all(t, false, &second))
        return status;
    tb_error first = *error;
    return tb_fail(error, status,
                   "%.500s The training has stopped; what it had learned "
                   "before is saved. A smaller learning rate may help: "
                   "timbrel train --resume %s --set learning_rate=%.3g",
                   first.text, tb_shell_word(tb_training_folder(t), run),
                   t->job->settings.learning_rate / 3);
}

/* A run has resume.safetensors from its first step on: where it is missing
   later, somebody has taken it away. A phase that begins on command is not
   forgotten either. */
static tb_status save_first(tb_training *t, tb_error *error)
{
    char *path = tb_run_resume_file(tb_training_folder(t));
    tb_status status = path ? TB_OK : tb_fail_memory(error);
    if (!status &&
        (!tb_exists(path) || t->job->phase || t->job->anew || t->job->finish) &&
        !tb_training_is_done(t))
        status = tb_training_save_resume(t, error);
    if (!status)
        status = tb_writer_wait(t->writer, error);
    tb_free(path);
    return status;
}

static void tell_done(tb_training *t)
{
    int64_t done = t->progress.epoch;
    if (tb_training_helps_no_more(t))
        tb_training_note(t, "Smaller steps have stopped helping, too.");
    else if (t->epochs && done > t->epochs)
        tb_training_note(t,
                         "%lld epochs are done, more than the %lld asked "
                         "for.",
                         (long long)done, (long long)t->epochs);
    else if (t->epochs && done == t->epochs)
        tb_training_note(t,
                         t->epochs == 1 ? "The one epoch is done."
                                        : "All %lld epochs are done.",
                         (long long)t->epochs);
    else
        tb_training_note(t, "Its %g minutes are over.",
                         t->progress.round.seconds / 60);
}

tb_status tb_training_run(tb_training *t, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    t->started = t->saved = tb_training_now(t);
    tb_status status = save_first(t, error);
    if (tb_training_is_done(t))
        tell_done(t);
    else if (!status)
        status = tb_training_survey(t, error);
    while (!status && !tb_training_is_done(t))
        status = one_epoch(t, error);
    if (!status)
        status = finish(t, error);
    if (status != TB_ERR_STOPPED)
        return status ? save_after(t, status, error) : TB_OK;
    bool over = !tb_training_is_stopped(t);
    status = save_all(t, over, error);
    if (status || over)
        return status;
    return tb_fail(error, TB_ERR_STOPPED, "The training was stopped.");
}
