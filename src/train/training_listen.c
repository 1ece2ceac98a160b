/* What a training leaves for ears: examples, the page, and advice. */
#include "train/training_state.h"

#include "base/amounts.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/shell.h"
#include "judge/quotes.h"
#include "run/page.h"
#include "run/standing.h"
#include "run/trainings.h"
#include "train/training_curves.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

/* Between two versions of the page. */
static const double PAGE_SECONDS = 20;

/* ---- examples ---- */

/* The sounds of a damaged list stay where they are. */
static tb_status check_list(tb_training *t, tb_error *error)
{
    char *aside;
    tb_status status =
        tb_example_list_set_aside(tb_training_folder(t), &aside, error);
    if (aside)
        tb_training_note(t,
                         "The list of examples is damaged and now called '%s'. "
                         "The page begins anew; all sounds are still there.",
                         aside);
    tb_free(aside);
    return status;
}

tb_status tb_training_open_examples(tb_training *t, tb_error *error)
{
    tb_error own;
    if (t->job->settings.examples <= 0)
        return TB_OK;
    error = error ? error : &own;
    if (check_list(t, error))
        return error->status;
    t->examples =
        tb_examples_open(tb_training_folder(t), &t->data, &t->job->settings,
                         tb_trainer_learning(t->trainer)->listening,
                         tb_trainer_measure(t->trainer).threads, error);
    if (!t->examples && error->status == TB_ERR_MEMORY)
        return tb_fail(error, TB_ERR_MEMORY,
                       "There is not enough memory for %d examples of %g s: "
                       "fewer (--examples) or shorter ones (--set "
                       "example_seconds=4) need less.",
                       t->job->settings.examples,
                       t->job->settings.example_seconds);
    return t->examples ? tb_training_find_untold(t, error) : error->status;
}

static void on_made(void *context, const char *path, const char *words)
{
    tb_training_tell(context, TB_EVENT_EXAMPLE, words, path);
}

static void on_quoted(void *context, const tb_example *e)
{
    tb_training_note(context, "Epoch %d, prompt %d, temperature %g: %s.",
                     e->epoch, e->prompt, e->temperature, e->quotes);
}

static void on_judged(void *context, const tb_stage *stage)
{
    tb_error error;
    tb_training *t = context;
    t->stage = stage;
    tb_training_tell(t, TB_EVENT_JUDGED, NULL, NULL);
    t->stage = NULL;
    if (stage->epoch > 0 && stage->sounds > 0 &&
        tb_stage_list_add(&t->judged, stage, &error))
        tb_training_note(t, "The log does not tell of epoch %d. %s",
                         stage->epoch, error.text);
}

static tb_examples_watch watch_examples(tb_training *t)
{
    return (tb_examples_watch){on_made, on_quoted, on_judged,
                               tb_training_is_stopped, t};
}

static double allowance(const tb_training *t)
{
    double seconds = t->before + tb_training_now(t) - t->started;
    return TB_EXAMPLES_SHARE * seconds - t->progress.example_seconds;
}

/* The first and the last ones are always made. */
static bool is_time_for(tb_training *t, int64_t epoch, bool last)
{
    double cost = tb_examples_cost(t->examples);
    if (epoch != 1 && !last && epoch % t->job->settings.examples_every != 0)
        return false;
    if (epoch == 1 || last || allowance(t) >= (cost > 0 ? cost : 1e-3))
        return true;
    if (!t->skipped)
        tb_training_note(t,
                         "There was no time for examples at epoch %lld: "
                         "they may take %.0f %% of the time.",
                         (long long)epoch, 100 * TB_EXAMPLES_SHARE);
    t->skipped = true;
    return false;
}

static void tell_of_quotes(tb_training *t)
{
    char searched[64];
    tb_examples_quoting q = tb_examples_quoted(t->examples);
    if (q.longest_seconds < 1 || q.longest_seconds < 1.5 * t->quoted)
        return;
    t->quoted = q.longest_seconds;
    tb_quotes_coverage_words(q.coverage, searched, sizeof searched);
    tb_training_note(t,
                     "It quotes your recordings, up to %.1f s at a time and "
                     "%.0f %% of what it plays%s.",
                     q.longest_seconds, 100 * q.share, searched);
}

bool tb_training_is_indexing(const tb_training *t)
{
    return t->examples && (tb_examples_unsearched(t->examples) > 0 ||
                           tb_examples_unjudged(t->examples) > 0);
}

/* Told at every hundredth. Nor does a training fail for want of quotes. */
void tb_training_search(tb_training *t)
{
    tb_error error;
    bool searched;
    if (!t->examples)
        return;
    double start = tb_training_now(t), done = tb_examples_indexed(t->examples);
    const tb_examples_watch watch = watch_examples(t);
    if (t->indexed < 1 && (done >= t->indexed + 0.01 || done >= 1)) {
        t->indexed = done;
        tb_training_tell(t, TB_EVENT_INDEX, NULL, NULL);
    }
    if (tb_examples_search(t->examples, &watch, &searched, &error))
        tb_training_note(t, "Examples cannot be searched or judged. %s",
                         error.text);
    if (!searched)
        return;
    t->progress.example_seconds += tb_training_now(t) - start;
    t->page_written = 0;
    tell_of_quotes(t);
}

/* A training does not fail for want of examples. */
void tb_training_listen(tb_training *t, int64_t epoch, const char *checkpoint,
                        bool last)
{
    tb_error error;
    const tb_examples_watch watch = watch_examples(t);
    if (!t->examples || !is_time_for(t, epoch, last))
        return;
    double start = tb_training_now(t);
    tb_status status = tb_examples_make(t->examples, checkpoint, (int)epoch,
                                        allowance(t), &watch, &error);
    t->progress.example_seconds += tb_training_now(t) - start;
    if (status && status != TB_ERR_STOPPED)
        tb_training_note(t, "The examples of epoch %lld could not be made. %s",
                         (long long)epoch, error.text);
    if (status)
        return;
    t->skipped = false;
    t->heard = tb_training_now(t);
    t->page_written = 0;
    tell_of_quotes(t);
}

/* Nobody waits longer than this for the first sound, or for news. */
static const double FIRST_SECONDS = 45, LONG_SECONDS = 900;

tb_status tb_training_listen_within(tb_training *t, tb_error *error)
{
    bool first = t->examples && tb_examples_list(t->examples)->count == 0;
    double wait = tb_training_now(t) - (t->heard > 0 ? t->heard : t->started);
    int64_t epoch = t->progress.epoch + 1;
    char *path = NULL;
    if (!t->examples || wait < (first ? FIRST_SECONDS : LONG_SECONDS))
        return TB_OK;
    t->heard = tb_training_now(t);
    tb_status status = tb_training_save_checkpoint(t, epoch, &path, error);
    if (!status)
        status = tb_writer_wait(t->writer, error);
    if (!status) {
        tb_training_listen(t, epoch, path, true);
        status = tb_training_write_page(t, true, error);
    }
    tb_free(path);
    return status;
}

/* ---- advice ---- */

/* Once, when other sounds of the same kind have been known better before. */
void tb_training_advise(tb_training *t)
{
    const tb_learning *l = tb_trainer_learning(t->trainer);
    const tb_best *b = &t->progress.best[0];
    double margin = 0.01 * fabs(b->value);
    if (t->advised || l->listening != TB_LISTEN_PROMPTS ||
        !isfinite(t->tested[0]) || !b->epoch ||
        t->progress.epoch + 1 < b->epoch + 3 ||
        (l->metric[0].better == TB_HIGHER_IS_BETTER
             ? t->tested[0] > b->value - margin
             : t->tested[0] < b->value + margin))
        return;
    t->advised = true;
    tb_training_note(t,
                     "Since epoch %lld it learns your recordings themselves "
                     "rather than their kind: expect it to quote them more and "
                     "more. If you want surprises, listen to the epochs around "
                     "%lld; all are kept.",
                     (long long)b->epoch, (long long)b->epoch);
}

/* ---- the page ---- */

static void describe_sounds(const tb_training *t, char *text, size_t size)
{
    char time[TB_AMOUNT];
    int files = t->data.corpus->count;
    tb_time_text((double)tb_cache_total_frames(t->data.cache) /
                     t->data.format.sample_rate,
                 time);
    snprintf(text, size, "%d %s, %s", files, tb_plural(files, "file", "files"),
             time);
}

/* What is held against nothing is told as it was measured. */
static void describe_state(const tb_training *t, char *text, size_t size)
{
    char time[TB_AMOUNT], standing[160];
    const char *than = NULL;
    const tb_metric *m = &tb_trainer_learning(t->trainer)->metric[0];
    tb_time_text(t->before + tb_training_now(t) - t->started, time);
    double ahead = tb_training_ahead(t, &than);
    tb_standing_text(t->known, ahead, m->name, than, standing, sizeof standing);
    if (isfinite(t->known))
        snprintf(text, size, "%c%s, after %s of training.",
                 toupper((unsigned char)standing[0]), standing + 1, time);
    else if (isfinite(t->measured))
        snprintf(text, size, "%c%s: %.3g%s%s, after %s of training.",
                 toupper((unsigned char)m->title[0]), m->title + 1, t->measured,
                 m->unit ? " " : "", m->unit ? m->unit : "", time);
    else if (tb_trainer_steps(t->trainer) > 0)
        snprintf(text, size, "Has been learning for %s.", time);
    else
        snprintf(text, size, "Has just begun.");
}

/* Commands that can be pasted, and then do something. */
static void describe_commands(const tb_training *t, char *text, size_t size)
{
    char run[TB_SHELL_WORD], more[32] = "";
    tb_shell_word(tb_training_folder(t), run);
    int64_t done = t->progress.epoch + (t->progress.step == t->steps);
    if (done >= t->epochs)
        snprintf(more, sizeof more, " --epochs %lld", 2 * (long long)done);
    if (tb_run_latest(tb_training_folder(t)) >= 0)
        snprintf(text, size,
                 "New sound: timbrel generate %s \u00b7 Go on: timbrel train "
                 "--resume %s%s",
                 run, run, more);
    else
        snprintf(text, size, "Go on: timbrel train --resume %s%s", run, more);
}

static tb_status write_run_page(tb_training *t, const tb_page *page,
                                tb_error *error)
{
    tb_training_curves c;
    tb_learning_curves(tb_trainer_learning(t->trainer), &c);
    if (t->examples)
        tb_example_curves(&c);
    return tb_run_page_write(tb_training_folder(t),
                             t->examples ? tb_examples_list(t->examples) : NULL,
                             c.curves, c.count, page, error);
}

tb_status tb_training_write_page(tb_training *t, bool now, tb_error *error)
{
    char sounds[64], network[128], seed[32], held_out[TB_HOLDOUT_TEXT],
        state[256], subtitle[256], again[2 * TB_SHELL_WORD + 128];
    const tb_sound_format *f = &t->data.format;
    if (!now && t->page_written > 0 &&
        tb_training_now(t) - t->page_written < PAGE_SECONDS)
        return TB_OK;
    char *title = tb_run_title(tb_training_folder(t));
    char *source = tb_job_sounds(t->job);
    describe_sounds(t, sounds, sizeof sounds);
    describe_state(t, state, sizeof state);
    tb_holdout_places(&t->data.holdout, t->data.corpus, f->sample_rate,
                      held_out, sizeof held_out);
    snprintf(network, sizeof network, "%s, %lld weights, %g kHz %s",
             t->job->instrument->name,
             (long long)tb_trainer_measure(t->trainer).weights,
             f->sample_rate / 1000, f->channels == 1 ? "mono" : "stereo");
    snprintf(seed, sizeof seed, "%llu",
             (unsigned long long)t->job->settings.seed);
    snprintf(subtitle, sizeof subtitle, "%s on %s", t->job->instrument->name,
             source ? source : "");
    describe_commands(t, again, sizeof again);
    const tb_page_fact facts[] = {{"Sounds", sounds},
                                  {"Held out", held_out},
                                  {"Network", network},
                                  {"Seed", seed}};
    const tb_page page = {.title = title,
                          .subtitle = subtitle,
                          .state = state,
                          .facts = facts,
                          .fact_count = sizeof facts / sizeof *facts,
                          .footer = again};
    tb_status status = write_run_page(t, &page, error);
    t->page_written = tb_training_now(t);
    tb_free(title);
    tb_free(source);
    return status;
}
