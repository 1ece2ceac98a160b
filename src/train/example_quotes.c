#include "train/example_quotes.h"

#include "base/memory.h"
#include "base/paths.h"

#include <stdio.h>

enum { BLOCK = 16384 };

struct tb_quote_finder {
    const tb_data *data;
    tb_quotes *quotes;
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
                             float *block, tb_error *error)
{
    tb_status status = TB_OK;
    for (int64_t at = 0; at < r->frames && !status; at += BLOCK) {
        int64_t n = r->frames - at < BLOCK ? r->frames - at : BLOCK;
        tb_cache_read(f->data->cache, r->file, r->start + at, n, block);
        to_mono(block, n, f->data->format.channels);
        status = tb_quotes_feed(f->quotes, block, n, error);
    }
    return status;
}

static tb_status feed(tb_quote_finder *f, tb_error *error)
{
    const tb_holdout *h = &f->data->holdout;
    size_t channels = (size_t)f->data->format.channels;
    float *block = tb_alloc_array(BLOCK * channels, sizeof *block);
    tb_status status = block ? TB_OK : tb_fail_memory(error);
    for (int i = 0; i < h->training_count && !status; i++)
        status = feed_region(f, &h->training[i], block, error);
    tb_free(block);
    return status ? status : tb_quotes_finish(f->quotes, error);
}

tb_quote_finder *tb_quote_finder_new(const tb_data *data, tb_error *error)
{
    tb_quote_finder *f = tb_alloc(sizeof *f);
    if (!f) {
        tb_fail_memory(error);
        return NULL;
    }
    f->data = data;
    f->quotes = tb_quotes_new(data->holdout.training_frames,
                              data->format.sample_rate, 0, error);
    if (f->quotes && feed(f, error) == TB_OK)
        return f;
    tb_quote_finder_free(f);
    return NULL;
}

void tb_quote_finder_free(tb_quote_finder *f)
{
    if (!f)
        return;
    tb_quotes_free(f->quotes);
    tb_free(f);
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

tb_status tb_quote_finder_words(const tb_quote_finder *f, const float *mono,
                                int64_t frames, tb_quotes_report *report,
                                char *text, size_t size, tb_error *error)
{
    text[0] = 0;
    tb_status status = tb_quotes_find(f->quotes, mono, frames, report, error);
    if (!status && report->longest.seconds > 0)
        snprintf(text, size, "quotes %.200s, %.1f s",
                 source_at(f->data, report->longest.corpus_seconds),
                 report->longest.seconds);
    return status;
}
