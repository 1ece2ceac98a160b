#include "train/examples_state.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/paths.h"
#include "picture/picture.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- quotes ---- */

/* Of the examples from epoch `first` on. */
static void sum_up(tb_examples *x, int first, double share, double longest)
{
    int count = 0;
    for (int i = 0; i < x->list.count; i++)
        count += x->list.examples[i].epoch >= first;
    x->quoted_share = count > 0 ? share / count : 0;
    x->quoted_longest = longest;
}

/* Searches all that is not searched yet, until the watch says stop. */
static tb_status search(tb_examples *x, const tb_examples_watch *watch,
                        bool late, tb_error *error)
{
    int first = INT_MAX;
    double share = 0, longest = 0;
    tb_status status = TB_OK;
    for (int i = 0; i < x->list.count && !status; i++) {
        const tb_example *e = &x->list.examples[i];
        tb_quotes_report found;
        if (!e->unsearched || (watch->stop && watch->stop(watch->context)))
            continue;
        status = tb_quote_finder_search(x->quotes, x->folder, &x->list, i,
                                        &found, error);
        if (!status && late && e->epoch > 0 && e->quotes && watch->quoted)
            watch->quoted(watch->context, e);
        if (e->epoch == 0)
            continue;
        first = e->epoch < first ? e->epoch : first;
        share += found.share;
        longest = fmax(longest, found.longest.seconds);
    }
    sum_up(x, first, share, longest);
    return status;
}

int tb_examples_unsearched(const tb_examples *x)
{
    int count = 0;
    for (int i = 0; x->quotes && i < x->list.count; i++)
        count += x->list.examples[i].unsearched;
    return count;
}

double tb_examples_indexed(const tb_examples *x)
{
    return x->quotes ? tb_quote_finder_done(x->quotes) : 1;
}

/* ---- judging ---- */

/* Whether all examples of an epoch were searched. */
static bool is_searched(const tb_examples *x, int epoch)
{
    for (int i = 0; i < x->list.count; i++)
        if (x->list.examples[i].epoch == epoch &&
            x->list.examples[i].unsearched)
            return false;
    return true;
}

/* Example i is the first of an epoch that is not judged. */
static bool waits_for_judge(const tb_examples *x, int i)
{
    int epoch = x->list.examples[i].epoch;
    for (int k = 0; k < i; k++)
        if (x->list.examples[k].epoch == epoch)
            return false;
    return !tb_stage_list_find(&x->stages, epoch);
}

int tb_examples_unjudged(const tb_examples *x)
{
    int count = 0;
    for (int i = 0; x->quotes && !x->unjudgeable && i < x->list.count; i++)
        count += waits_for_judge(x, i);
    return count;
}

const tb_stage_list *tb_examples_stages(const tb_examples *x)
{
    return &x->stages;
}

/* Begins to listen once quotes can be found, and not before there is something
   to judge. */
static tb_status check_judge(tb_examples *x, bool *ready, tb_error *error)
{
    *ready = false;
    if (x->unjudgeable || x->list.count == 0)
        return TB_OK;
    if (!x->judge)
        x->judge = tb_stage_judge_new(x->sounds.data, x->sounds.settings,
                                      tb_quote_finder_index(x->quotes),
                                      x->compared ? NULL : x->baseline, error);
    tb_status status =
        x->judge ? tb_stage_judge_check(x->judge, ready, error) : TB_ERR_MEMORY;
    x->unjudgeable = status != TB_OK;
    return status == TB_ERR_ARGUMENT ? TB_OK : status;
}

/* Nearest neighbour goes on from the same prompts, once: epoch 0. */
static tb_status compare(tb_examples *x, const tb_examples_watch *watch,
                         tb_error *error)
{
    int64_t frames = 0;
    double seconds = x->sounds.settings->example_seconds;
    tb_status status = TB_OK;
    x->compared = true;
    if (!tb_stage_judge_has_baseline(x->judge))
        return TB_OK;
    status = tb_example_sounds_make(&x->sounds, x->baseline, seconds, watch,
                                    &frames, error);
    for (int i = 0; i < x->sounds.count && !status; i++)
        status = tb_examples_keep(x, i, 0, frames, error);
    unlink(x->baseline);
    return status ? status : tb_example_list_write(x->folder, &x->list, error);
}

static tb_status judge_stage(tb_examples *x, int epoch,
                             const tb_examples_watch *watch, tb_error *error)
{
    tb_stage stage;
    tb_status status = tb_stage_judge_score(x->judge, x->folder, &x->list,
                                            epoch, &stage, error);
    if (!status)
        status = tb_stage_list_add(&x->stages, &stage, error);
    if (!status)
        status = tb_stage_list_write(x->folder, &x->stages, error);
    if (!status && watch->judged)
        watch->judged(watch->context, &stage);
    return status;
}

/* One epoch that waits for it, if it can be done by now. */
static tb_status judge_next(tb_examples *x, const tb_examples_watch *watch,
                            bool *judged, tb_error *error)
{
    bool ready;
    tb_status status = check_judge(x, &ready, error);
    if (ready && !x->compared) {
        *judged = true;
        return compare(x, watch, error);
    }
    for (int i = 0; ready && i < x->list.count; i++) {
        int epoch = x->list.examples[i].epoch;
        if (!is_searched(x, epoch) || !waits_for_judge(x, i))
            continue;
        *judged = true;
        status = judge_stage(x, epoch, watch, error);
        x->unjudgeable = status != TB_OK;
        return status;
    }
    return status;
}

tb_status tb_examples_search(tb_examples *x, const tb_examples_watch *watch,
                             bool *searched, tb_error *error)
{
    bool ready;
    *searched = false;
    if (!x->quotes)
        return TB_OK;
    tb_status status = tb_quote_finder_check(x->quotes, &ready, error);
    if (status) {
        tb_quote_finder_free(x->quotes);
        x->quotes = NULL;
        return status;
    }
    int waiting = ready ? tb_examples_unsearched(x) : 0;
    if (!waiting)
        return ready ? judge_next(x, watch, searched, error) : TB_OK;
    status = search(x, watch, true, error);
    *searched = tb_examples_unsearched(x) < waiting;
    return status ? status : tb_example_list_write(x->folder, &x->list, error);
}

/* ---- all of an epoch ---- */

static void tell(const tb_examples *x, const tb_example *e,
                 const tb_examples_watch *watch)
{
    char words[768], remade[TB_REMADE_WORDS];
    char *path = tb_path_join(x->folder, e->sound);
    const char *row = tb_example_row(e, x->list.arena);
    tb_remade_words(e->remade, remade);
    snprintf(words, sizeof words, "%s%s%s%s%s%s%s", row ? row : "",
             e->tag ? ": " : "", e->tag ? e->tag : "", e->quotes ? ", " : "",
             e->quotes ? e->quotes : "", remade[0] ? "; " : "", remade);
    if (path && watch->made)
        watch->made(watch->context, path, words);
    tb_free(path);
}

static tb_status keep_all(tb_examples *x, int epoch, int64_t frames,
                          const tb_examples_watch *watch, tb_error *error)
{
    bool ready = false, judged;
    tb_status status = TB_OK;
    for (int i = 0; i < x->sounds.count && !status; i++)
        status = tb_examples_keep(x, i, epoch, frames, error);
    x->quoted_share = x->quoted_longest = 0;
    if (!status && x->quotes)
        tb_quote_finder_check(x->quotes, &ready, NULL);
    if (ready)
        status = search(x, watch, false, error);
    for (int i = 0; i < x->list.count && !status; i++)
        if (x->list.examples[i].epoch == epoch)
            tell(x, &x->list.examples[i], watch);
    if (!status)
        status = tb_example_list_write(x->folder, &x->list, error);
    return status || !ready ? status : judge_next(x, watch, &judged, error);
}

/* Beside which clips are heard: as epoch 0. */
static tb_status keep_originals(tb_examples *x, tb_error *error)
{
    const tb_example_prompts *p = &x->sounds.prompts;
    size_t bytes =
        (size_t)(p->frames * x->sounds.data->format.channels) * sizeof(float);
    tb_status status = TB_OK;
    for (int i = 0; i < x->sounds.count && !status; i++) {
        memcpy(x->sounds.made[i], p->samples[i], bytes);
        status = tb_examples_keep(x, i, 0, p->frames, error);
    }
    return status;
}

tb_status tb_examples_make(tb_examples *x, const char *checkpoint, int epoch,
                           double seconds, const tb_examples_watch *watch,
                           tb_error *error)
{
    double started = tb_seconds();
    const tb_examples_watch none = {0};
    int64_t frames = 0;
    watch = watch ? watch : &none;
    tb_status status = TB_OK;
    if (x->sounds.listening == TB_LISTEN_CLIPS && x->list.count == 0)
        status = keep_originals(x, error);
    if (!status)
        status = tb_example_sounds_make(&x->sounds, checkpoint, seconds, watch,
                                        &frames, error);
    if (!status)
        status = keep_all(x, epoch, frames, watch, error);
    double made = (double)(frames - tb_examples_own_frames(x)) /
                  x->sounds.data->format.sample_rate;
    if (made > 0)
        x->cost = (tb_seconds() - started) * TB_EXAMPLES_LEAST_SECONDS / made;
    return status;
}

/* ---- opening ---- */

static tb_status open_quotes(tb_examples *x, tb_error *error)
{
    tb_error why = {0};
    if (x->sounds.listening == TB_LISTEN_CLIPS)
        return TB_OK;
    x->quotes = tb_quote_finder_new(x->sounds.data, 0, &why);
    if (x->quotes || why.status == TB_ERR_ARGUMENT)
        return TB_OK;
    return tb_fail(error, why.status, "%s", why.text);
}

/* Lists of older programs do not tell how long prompts are. */
static void know_prompts(tb_examples *x)
{
    double seconds =
        (double)tb_examples_own_frames(x) / x->sounds.data->format.sample_rate;
    for (int i = 0; i < x->list.count; i++)
        if (!(x->list.examples[i].prompt_seconds > 0))
            x->list.examples[i].prompt_seconds = seconds;
}

static bool has_baseline(const tb_examples *x)
{
    for (int i = 0; i < x->list.count; i++)
        if (x->list.examples[i].epoch == 0)
            return true;
    return false;
}

static tb_status set_up(tb_examples *x, const char *folder, tb_error *error)
{
    x->folder = tb_path_join(NULL, folder);
    if (!x->folder)
        return tb_fail_memory(error);
    tb_status status = tb_example_list_read(folder, &x->list, error);
    if (!status)
        status = tb_stage_list_read(folder, &x->stages, error);
    if (!status)
        status = tb_example_sounds_open(&x->sounds, folder, error);
    if (status)
        return status;
    know_prompts(x);
    x->compared = has_baseline(x);
    x->baseline = tb_path_join(folder, "examples/nearest.safetensors");
    if (!x->baseline)
        return tb_fail_memory(error);
    x->mono = tb_alloc_array((size_t)x->sounds.room, sizeof *x->mono);
    return x->mono ? open_quotes(x, error) : tb_fail_memory(error);
}

tb_examples *tb_examples_open(const char *folder, const tb_data *data,
                              const tb_training_settings *settings,
                              tb_listening listening, int threads,
                              tb_error *error)
{
    tb_examples *x = tb_alloc(sizeof *x);
    if (!x) {
        tb_fail_memory(error);
        return NULL;
    }
    x->sounds = (tb_example_sounds){.data = data,
                                    .settings = settings,
                                    .listening = listening,
                                    .threads = threads};
    x->pictures = tb_picture_possible(NULL) == TB_OK;
    if (set_up(x, folder, error)) {
        tb_examples_free(x);
        return NULL;
    }
    return x;
}

void tb_examples_free(tb_examples *x)
{
    if (!x)
        return;
    tb_example_sounds_clear(&x->sounds);
    tb_free(x->mono);
    tb_stage_judge_free(x->judge);
    if (x->judge && !x->compared)
        unlink(x->baseline);
    tb_quote_finder_free(x->quotes);
    tb_example_list_clear(&x->list);
    tb_stage_list_clear(&x->stages);
    tb_free(x->baseline);
    tb_free(x->folder);
    tb_free(x);
}

const tb_example_list *tb_examples_list(const tb_examples *x)
{
    return &x->list;
}

double tb_examples_cost(const tb_examples *x)
{
    return x->cost;
}

tb_examples_quoting tb_examples_quoted(const tb_examples *x)
{
    return (tb_examples_quoting){x->quoted_share, x->quoted_longest,
                                 x->quotes ? tb_quote_finder_coverage(x->quotes)
                                           : 1};
}
