#include "train/example_quotes.h"

#include "audio/load.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/task.h"

#include <stdio.h>

enum { BLOCK = 16384 };

struct tb_quote_finder {
    const tb_data *data;
    tb_quotes *quotes;
    tb_task *task; /* null: it is over */
    tb_status status;
    tb_error error;
};

/* [frames, channels] to the mean of the channels, in place. */
static void to_mono(float *x, int64_t frames, int channels)
{
    for (int64_t i = 0; i < frames; i++) {
        float sum = 0;
        for (int ch = 0; ch < channels; ch++)
            sum += x[i * channels + ch];
        x[i] = sum / (float)channels;
    }
}

static tb_status feed_region(tb_quote_finder *f, const tb_region *r,
                             float *block, tb_task *task, int64_t *fed,
                             tb_error *error)
{
    tb_status status = TB_OK;
    for (int64_t at = 0; at < r->frames && !status; at += BLOCK) {
        int64_t n = r->frames - at < BLOCK ? r->frames - at : BLOCK;
        if (tb_task_is_stopped(task))
            return TB_ERR_STOPPED;
        tb_cache_read(f->data->cache, r->file, r->start + at, n, block);
        to_mono(block, n, f->data->format.channels);
        status = tb_quotes_feed(f->quotes, block, n, error);
        *fed += n;
        tb_task_tell(task,
                     (double)*fed / (double)f->data->holdout.training_frames);
    }
    return status;
}

static tb_status listen(tb_task *task, void *context, tb_error *error)
{
    tb_quote_finder *f = context;
    const tb_holdout *h = &f->data->holdout;
    size_t channels = (size_t)f->data->format.channels;
    float *block = tb_alloc_array(BLOCK * channels, sizeof *block);
    int64_t fed = 0;
    tb_status status = block ? TB_OK : tb_fail_memory(error);
    for (int i = 0; i < h->training_count && !status; i++)
        status = feed_region(f, &h->training[i], block, task, &fed, error);
    tb_free(block);
    return status ? status : tb_quotes_finish(f->quotes, error);
}

tb_quote_finder *tb_quote_finder_new(const tb_data *data, size_t max_bytes,
                                     tb_error *error)
{
    tb_quote_finder *f = tb_alloc(sizeof *f);
    if (!f) {
        tb_fail_memory(error);
        return NULL;
    }
    f->data = data;
    f->quotes = tb_quotes_new(data->holdout.training_frames,
                              data->format.sample_rate, max_bytes, error);
    if (f->quotes)
        f->task = tb_task_start(listen, f, error);
    if (f->task)
        return f;
    tb_quote_finder_free(f);
    return NULL;
}

void tb_quote_finder_free(tb_quote_finder *f)
{
    if (!f)
        return;
    if (f->task) {
        tb_task_stop(f->task);
        tb_task_finish(f->task, NULL);
    }
    tb_quotes_free(f->quotes);
    tb_free(f);
}

double tb_quote_finder_done(const tb_quote_finder *f)
{
    return f->task ? tb_task_done(f->task) : 1;
}

tb_status tb_quote_finder_check(tb_quote_finder *f, bool *ready,
                                tb_error *error)
{
    if (f->task && tb_task_is_over(f->task)) {
        f->status = tb_task_finish(f->task, &f->error);
        f->task = NULL;
    }
    *ready = !f->task && f->status == TB_OK;
    if (f->status && error)
        *error = f->error;
    return f->status;
}

tb_quotes *tb_quote_finder_index(const tb_quote_finder *f)
{
    return f->quotes;
}

double tb_quote_finder_coverage(const tb_quote_finder *f)
{
    return tb_quotes_coverage(f->quotes);
}

/* The recording that was fed at this second. */
static const char *source_at(const tb_data *d, double seconds)
{
    int64_t at = (int64_t)(seconds * d->format.sample_rate);
    int i = 0;
    while (i + 1 < d->holdout.training_count &&
           at >= d->holdout.training[i].frames)
        at -= d->holdout.training[i++].frames;
    return tb_path_base(d->corpus->files[d->holdout.training[i].file].path);
}

static tb_status find_words(const tb_quote_finder *f, const tb_audio *audio,
                            tb_quotes_report *report, char *text, size_t size,
                            tb_error *error)
{
    char searched[64];
    tb_status status =
        tb_quotes_find(f->quotes, audio->data, audio->frames, report, error);
    if (status || report->longest.seconds <= 0)
        return status;
    tb_quotes_coverage_words(tb_quotes_coverage(f->quotes), searched,
                             sizeof searched);
    snprintf(text, size, "quotes %.200s, %.1f s%s",
             source_at(f->data, report->longest.corpus_seconds),
             report->longest.seconds, searched);
    return TB_OK;
}

/* Sounds that somebody has removed quote nothing. */
tb_status tb_quote_finder_search(const tb_quote_finder *f, const char *folder,
                                 tb_example_list *list, int i,
                                 tb_quotes_report *report, tb_error *error)
{
    char text[320] = "";
    tb_audio audio = {0};
    const tb_example *e = &list->examples[i];
    char *path = tb_path_join(folder, e->sound);
    tb_status status = path ? TB_OK : tb_fail_memory(error);
    *report = (tb_quotes_report){0};
    if (!status && tb_load_audio(path, f->data->format.sample_rate, 1,
                                 e->prompt_seconds, 0, &audio, NULL) == TB_OK)
        status = find_words(f, &audio, report, text, sizeof text, error);
    if (!status)
        status =
            tb_example_list_set_quotes(list, i, text[0] ? text : NULL, error);
    tb_audio_clear(&audio);
    tb_free(path);
    return status;
}
