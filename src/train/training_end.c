/* How a session of training begins and ends: with all of it on the disk. */
#include "train/training_state.h"

#include "base/memory.h"
#include "base/paths.h"
#include "base/shell.h"

#include <math.h>
#include <time.h>

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

tb_status tb_training_finish(tb_training *t, tb_error *error)
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

tb_status tb_training_save_all(tb_training *t, bool listen, tb_error *error)
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
        status = tb_training_test(t, error);
    if (!status)
        status = tb_writer_wait(t->writer, error);
    if (tested && !status) {
        tb_training_note_learned(t);
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

tb_status tb_training_save_after(tb_training *t, tb_status status,
                                 tb_error *error)
{
    tb_error second;
    char run[TB_SHELL_WORD];
    if (status != TB_ERR_NUMERIC || tb_training_save_all(t, false, &second))
        return status;
    tb_error first = *error;
    return tb_fail(error, status,
                   "%.500s The training has stopped; what it had learned "
                   "before is saved. A smaller learning rate may help: "
                   "timbrel train --resume %s --set learning_rate=%.3g",
                   first.text, tb_shell_word(tb_training_folder(t), run),
                   t->job->settings.learning_rate / 3);
}

tb_status tb_training_save_first(tb_training *t, tb_error *error)
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

void tb_training_tell_done(tb_training *t)
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
