#include "corpus/quality.h"

#include "base/memory.h"

#include <math.h>

enum { BLOCK = 8192, MOST_CHANNELS = 64 };

static const float FULL = 0.9995f, SILENT = 0.001f;
static const double SILENCE_SECONDS = 0.02;
enum { CLIPPED_RUN = 3 };

/* One file on its way. */
typedef struct hearing {
    int channels, run[MOST_CHANNELS];
    int64_t window, at; /* frames that may be silent together, and so far */
    float peak;         /* of these */
    int64_t frames, silent, clipped;
} hearing;

/* A run counts whole once it is one. */
static void hear_sample(hearing *h, int channel, float x)
{
    int *run = &h->run[channel];
    x = fabsf(x);
    h->peak = x > h->peak ? x : h->peak;
    *run = x >= FULL ? *run + 1 : 0;
    if (*run == CLIPPED_RUN)
        h->clipped += CLIPPED_RUN;
    else if (*run > CLIPPED_RUN)
        h->clipped++;
}

static void hear(hearing *h, const float *x, int64_t frames)
{
    for (int64_t i = 0; i < frames; i++) {
        for (int ch = 0; ch < h->channels; ch++)
            hear_sample(h, ch, *x++);
        if (++h->at < h->window)
            continue;
        h->silent += h->peak < SILENT ? h->window : 0;
        h->at = 0;
        h->peak = 0;
    }
    h->frames += frames;
}

static tb_status hear_file(const char *path, double rate, hearing *h,
                           tb_error *error)
{
    tb_audio_info info;
    tb_decoder *d = tb_decoder_open(path, &info, error);
    if (!d)
        return error->status;
    *h = (hearing){.channels = info.channels,
                   .window = (int64_t)(SILENCE_SECONDS * rate) + 1};
    float *x = tb_alloc_array((size_t)BLOCK * (size_t)info.channels, sizeof *x);
    tb_status status =
        x && info.channels <= MOST_CHANNELS ? TB_OK : tb_fail_memory(error);
    for (int64_t n = 1; n > 0 && !status;) {
        n = tb_decoder_read(d, x, BLOCK, error);
        if (n < 0)
            status = error->status;
        else
            hear(h, x, n);
    }
    tb_free(x);
    tb_decoder_close(d);
    return status;
}

static void add_file(tb_quality *q, const tb_corpus_file *f, const hearing *h,
                     int64_t *most)
{
    double rate = f->sample_rate;
    q->seconds += (double)h->frames / rate;
    q->silent_seconds += (double)h->silent / rate;
    q->silent_files += h->frames > 0 && h->frames - h->silent < h->window;
    q->clipped_files += h->clipped > 0;
    q->clipped += h->clipped;
    if (h->clipped > *most) {
        *most = h->clipped;
        q->worst = f->path;
    }
    if (q->lowest_rate <= 0 || rate < q->lowest_rate)
        q->lowest_rate = rate;
    q->highest_rate = fmax(q->highest_rate, rate);
}

tb_status tb_corpus_quality(const tb_corpus *c,
                            bool (*progress)(void *context, double done),
                            void *context, tb_quality *q, tb_error *error)
{
    int64_t most = 0;
    *q = (tb_quality){0};
    for (int i = 0; i < c->count; i++) {
        hearing h = {0};
        tb_error own = {0};
        if (progress && !progress(context, (double)i / c->count))
            return tb_fail(error, TB_ERR_STOPPED, "Stopped.");
        if (hear_file(c->files[i].path, c->files[i].sample_rate, &h, &own))
            q->unread_files++;
        else
            add_file(q, &c->files[i], &h, &most);
    }
    return TB_OK;
}
