#include "train/stage_judge.h"

#include "audio/load.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/task.h"
#include "judge/judge.h"
#include "train/data_recordings.h"
#include "train/gather.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* More says nothing more of a sound's worth, and costs much. */
static const double MOST_RATE = 16000;

/* Of long corpora nearest neighbour keeps the beginning. */
static const double MOST_BASELINE_SECONDS = 1800;

enum { BLOCK = 4096, MOST_EXAMPLES = 64 };

struct tb_stage_judge {
    const tb_data *data;
    const tb_training_settings *settings;
    tb_quotes *quotes;
    const char *baseline; /* null: not wanted */
    bool has_baseline;
    double sample_rate;
    tb_data lower; /* the recordings at that rate; or empty */
    tb_listener *listener;
    tb_task *task; /* null: it is over */
    tb_status status;
    tb_error error;
};

/* ---- listening ---- */

static bool goes_on(void *context, double done, const char *path)
{
    (void)done;
    (void)path;
    return !tb_task_is_stopped(context);
}

/* The same recordings, divided alike, at the lower rate. */
static tb_status open_lower(tb_stage_judge *j, tb_task *task, tb_error *error)
{
    const tb_cache_watch watch = {.progress = goes_on, .context = task};
    const tb_sound_format format = {MOST_RATE, 1};
    const tb_learning nothing = {0};
    const tb_corpus *corpus = j->data->corpus;
    const char **paths = tb_alloc_array((size_t)corpus->count, sizeof *paths);
    if (!paths)
        return tb_fail_memory(error);
    for (int i = 0; i < corpus->count; i++)
        paths[i] = corpus->files[i].path;
    tb_status status = tb_data_open(paths, corpus->count, j->settings, &format,
                                    &nothing, &watch, &j->lower, error);
    tb_free(paths);
    return status;
}

static tb_status listen(tb_task *task, void *context, tb_error *error)
{
    tb_stage_judge *j = context;
    bool lower = j->data->format.sample_rate > MOST_RATE;
    tb_status status = lower ? open_lower(j, task, error) : TB_OK;
    if (status)
        return status;
    j->sample_rate = lower ? MOST_RATE : j->data->format.sample_rate;
    const tb_recordings corpus =
        tb_data_recordings(lower ? &j->lower : j->data);
    const tb_score_settings settings = {j->sample_rate, 1, 1};
    error->status = TB_ERR_STOPPED;
    j->listener =
        tb_listener_new(&corpus, lower ? NULL : j->quotes,
                        j->settings->example_seconds, &settings, task, error);
    if (!j->listener)
        return error->status;
    tb_error why; /* judges without it, too */
    j->has_baseline =
        j->baseline && tb_gather_baseline(j->data, MOST_BASELINE_SECONDS,
                                          j->baseline, task, &why) == TB_OK;
    return TB_OK;
}

bool tb_stage_judge_has_baseline(const tb_stage_judge *j)
{
    return j->has_baseline;
}

tb_stage_judge *tb_stage_judge_new(const tb_data *data,
                                   const tb_training_settings *settings,
                                   tb_quotes *quotes, const char *baseline,
                                   tb_error *error)
{
    tb_stage_judge *j = tb_alloc(sizeof *j);
    if (!j) {
        tb_fail_memory(error);
        return NULL;
    }
    j->data = data;
    j->quotes = quotes;
    j->baseline = baseline;
    j->settings = settings;
    j->task = tb_task_start(listen, j, error);
    if (j->task)
        return j;
    tb_stage_judge_free(j);
    return NULL;
}

void tb_stage_judge_free(tb_stage_judge *j)
{
    if (!j)
        return;
    if (j->task) {
        tb_task_stop(j->task);
        tb_task_finish(j->task, NULL);
    }
    tb_listener_free(j->listener);
    tb_data_clear(&j->lower);
    tb_free(j);
}

tb_status tb_stage_judge_check(tb_stage_judge *j, bool *ready, tb_error *error)
{
    if (j->task && tb_task_is_over(j->task)) {
        j->status = tb_task_finish(j->task, &j->error);
        j->task = NULL;
    }
    *ready = !j->task && j->status == TB_OK;
    if (j->status && error)
        *error = j->error;
    return j->status;
}

/* ---- judging ---- */

static double share_of(const tb_judgement *j, tb_tag tag)
{
    int n = 0;
    for (int i = 0; i < j->count; i++)
        n += j->verdicts[i].tag.tag == tag;
    return j->count > 0 ? (double)n / j->count : NAN;
}

static void fill_stage(const tb_judgement *j, tb_stage *s)
{
    bool known = !j->copy && j->scored.known;
    s->sounds = j->count;
    s->copy = j->copy;
    s->quoted = j->quoted;
    s->score = known ? j->scored.score.score : NAN;
    s->real_low = known ? j->scored.score.real_low : NAN;
    s->real_high = known ? j->scored.score.real_high : NAN;
    s->variety = known ? j->scored.variety : NAN;
    if (!known && !j->copy)
        snprintf(s->why, sizeof s->why, "%s", j->scored.why);
    s->longest = 0;
    for (int i = 0; i < j->count; i++) {
        const tb_verdict *v = &j->verdicts[i];
        s->longest = fmax(s->longest,
                          fmax(v->quotes.longest.seconds, v->passage.seconds));
    }
    s->silent = share_of(j, TB_TAG_SILENT);
    s->standing = share_of(j, TB_TAG_LOOP);
    s->noise = share_of(j, TB_TAG_NOISE);
    s->full_level = share_of(j, TB_TAG_FULL);
}

static int load_examples(const tb_stage_judge *j, const char *folder,
                         const tb_example_list *list, int epoch,
                         tb_audio audio[MOST_EXAMPLES])
{
    int n = 0;
    for (int i = 0; i < list->count && n < MOST_EXAMPLES; i++) {
        const tb_example *e = &list->examples[i];
        char *path = e->epoch == epoch ? tb_path_join(folder, e->sound) : NULL;
        if (path && tb_load_audio(path, j->sample_rate, 1, e->prompt_seconds, 0,
                                  &audio[n], NULL) == TB_OK)
            n++;
        tb_free(path);
    }
    return n;
}

tb_status tb_stage_judge_score(tb_stage_judge *j, const char *folder,
                               const tb_example_list *list, int epoch,
                               tb_stage *stage, tb_error *error)
{
    tb_audio audio[MOST_EXAMPLES];
    tb_judged_sound sounds[MOST_EXAMPLES];
    tb_judgement judgement;
    int n = load_examples(j, folder, list, epoch, audio);
    *stage = (tb_stage){.epoch = epoch};
    for (int i = 0; i < n; i++)
        sounds[i] = (tb_judged_sound){audio[i].data, audio[i].frames};
    tb_status status =
        tb_listener_judge(j->listener, sounds, n, &judgement, error);
    if (!status)
        fill_stage(&judgement, stage);
    for (int i = 0; i < n; i++)
        tb_audio_clear(&audio[i]);
    if (!status)
        tb_judgement_clear(&judgement);
    return status;
}
