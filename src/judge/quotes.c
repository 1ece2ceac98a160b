#include "judge/quotes.h"

#include "base/memory.h"
#include "dsp/product.h"
#include "judge/quotes_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { THIN_RATE = 8000, TAPS_PER_STEP = 16 };

#define DEFAULT_BYTES ((size_t)1 << 30)
#define STRETCH_SECONDS 8
/* With the fingerprints. */
#define BYTES_PER_SAMPLE 2.1
/* Differences reach twice full scale. */
#define STORED_SCALE 16383.0f

/* ---- signals ---- */

tb_status tb_thinner_init(tb_thinner *t, double sample_rate, tb_error *error)
{
    int step = (int)(sample_rate / THIN_RATE);
    t->step = step < 1 ? 1 : step;
    t->taps = t->step > 1 ? TAPS_PER_STEP * t->step + 1 : 1;
    t->lowpass = tb_alloc_array((size_t)t->taps, sizeof *t->lowpass);
    if (!t->lowpass)
        return tb_fail_memory(error);
    double sum = 0;
    for (int k = 0; k < t->taps; k++) {
        double at = k - (t->taps - 1) / 2.0;
        double turn = 6.283185307179586 * 0.45 / t->step * at;
        double window =
            0.5 - 0.5 * cos(6.283185307179586 * (k + 0.5) / t->taps);
        t->lowpass[k] = (float)(at == 0 ? window : sin(turn) / turn * window);
        sum += t->lowpass[k];
    }
    for (int k = 0; k < t->taps; k++)
        t->lowpass[k] /= (float)sum;
    return TB_OK;
}

void tb_thinner_clear(tb_thinner *t)
{
    tb_free(t->lowpass);
    memset(t, 0, sizeof *t);
}

float tb_thinner_at(const tb_thinner *t, const float *x, int64_t n, int64_t at)
{
    int64_t first = at - t->taps / 2;
    if (first >= 0 && first + t->taps <= n)
        return (float)tb_product(t->lowpass, x + first, t->taps);
    double sum = 0;
    for (int k = 0; k < t->taps; k++)
        if (first + k >= 0 && first + k < n)
            sum += (double)t->lowpass[k] * x[first + k];
    return (float)sum;
}

/* ---- making the index ---- */

static tb_status open_quotes(tb_quotes *q, int64_t frames, size_t max_bytes,
                             tb_error *error)
{
    tb_status status = tb_thinner_init(&q->thinner, q->sample_rate, error);
    if (status)
        return status;
    q->thin_rate = q->sample_rate / q->thinner.step;
    q->keep = (int64_t)(STRETCH_SECONDS * q->sample_rate);
    double need = (double)frames / q->thinner.step * BYTES_PER_SAMPLE;
    q->period = need > (double)max_bytes
                    ? (int64_t)((double)q->keep * need / (double)max_bytes)
                    : q->keep;
    q->pending_capacity = (int64_t)q->sample_rate + q->thinner.taps;
    q->pending =
        tb_alloc_array((size_t)q->pending_capacity, sizeof *q->pending);
    q->block = tb_alloc_array(TB_PRINT_BLOCK, sizeof *q->block);
    return q->pending && q->block ? TB_OK : tb_fail_memory(error);
}

tb_quotes *tb_quotes_new(int64_t frames, double sample_rate, size_t max_bytes,
                         tb_error *error)
{
    if (!(sample_rate >= 2000) || !(sample_rate <= 1e6) || frames < 0) {
        tb_fail(error, TB_ERR_ARGUMENT,
                "cannot look for quotes in %lld samples at a sample rate of "
                "%g",
                (long long)frames, sample_rate);
        return NULL;
    }
    tb_quotes *q = tb_alloc(sizeof *q);
    if (!q) {
        tb_fail_memory(error);
        return NULL;
    }
    q->sample_rate = sample_rate;
    if (open_quotes(q, frames, max_bytes ? max_bytes : DEFAULT_BYTES, error)) {
        tb_quotes_free(q);
        return NULL;
    }
    return q;
}

void tb_quotes_free(tb_quotes *q)
{
    if (!q)
        return;
    tb_thinner_clear(&q->thinner);
    tb_prints_clear(&q->prints);
    tb_free(q->pending);
    tb_free(q->block);
    tb_free(q->samples);
    tb_free(q->runs);
    tb_free(q);
}

/* A larger copy of an array; null, and the old one stays, without memory. */
static void *grown(void *old, int64_t count, int64_t *capacity, size_t size)
{
    int64_t larger = *capacity ? *capacity + *capacity / 2 : 1024;
    void *array = tb_alloc_array((size_t)larger, size);
    if (!array)
        return NULL;
    if (count > 0)
        memcpy(array, old, (size_t)count * size);
    tb_free(old);
    *capacity = larger;
    return array;
}

static tb_status store(tb_quotes *q, float sample, tb_error *error)
{
    if (q->count == q->capacity) {
        if (q->count >= UINT32_MAX)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "the corpus is too long to look for quotes in");
        int16_t *samples =
            grown(q->samples, q->count, &q->capacity, sizeof *samples);
        if (!samples)
            return tb_fail_memory(error);
        q->samples = samples;
    }
    float raised = sample - TB_QUOTES_EMPHASIS * q->last;
    q->last = sample;
    raised = fminf(fmaxf(raised * STORED_SCALE, -32767), 32767);
    q->samples[q->count++] = (int16_t)lrintf(raised);
    q->runs[q->run_count - 1].count++;
    return TB_OK;
}

static tb_status start_run(tb_quotes *q, tb_error *error)
{
    if (q->run_count == q->run_capacity) {
        tb_quotes_run *runs =
            grown(q->runs, q->run_count, &q->run_capacity, sizeof *runs);
        if (!runs)
            return tb_fail_memory(error);
        q->runs = runs;
    }
    q->runs[q->run_count++] = (tb_quotes_run){q->count, 0, q->fed};
    q->pending_frame = q->next = q->fed;
    q->pending_count = q->printed = 0;
    q->last = 0;
    return TB_OK;
}

/* Filters what is pending: all that has its future, or, at the end of a run,
   the rest. */
static tb_status thin_out(tb_quotes *q, int rest, tb_error *error)
{
    int64_t half = q->thinner.taps / 2;
    int64_t end = q->pending_frame + q->pending_count;
    tb_status status = TB_OK;
    while (!status && q->next + (rest ? 1 : half + 1) <= end) {
        status = store(q,
                       tb_thinner_at(&q->thinner, q->pending, q->pending_count,
                                     q->next - q->pending_frame),
                       error);
        q->next += q->thinner.step;
    }
    int64_t used = q->next - half - q->pending_frame;
    if (used > q->pending_count)
        used = q->pending_count;
    if (used > 0) {
        q->pending_count -= used;
        q->pending_frame += used;
        memmove(q->pending, q->pending + used,
                (size_t)q->pending_count * sizeof *q->pending);
    }
    return status;
}

void tb_quotes_read(const tb_quotes *q, int64_t first, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = q->samples[first + i] / STORED_SCALE;
}

/* Fingerprints of the last run, in blocks that overlap by what one sees: each
   as soon as it is full, or, at the end of the run, the rest. */
static tb_status print_out(tb_quotes *q, int rest, tb_error *error)
{
    const tb_quotes_run *run = &q->runs[q->run_count - 1];
    tb_status status = TB_OK;
    while (!status && run->count - q->printed >= (rest ? 1 : TB_PRINT_BLOCK)) {
        int64_t n = run->count - q->printed, first = run->first + q->printed;
        if (n > TB_PRINT_BLOCK)
            n = TB_PRINT_BLOCK;
        tb_quotes_read(q, first, n, q->block);
        status =
            tb_prints_add(&q->prints, q->block, n, first, q->thin_rate, error);
        q->printed += n < TB_PRINT_BLOCK ? n : n - 2 * TB_PRINT_REACH + 1;
    }
    return status;
}

static tb_status end_run(tb_quotes *q, tb_error *error)
{
    tb_status status = thin_out(q, 1, error);
    return status ? status : print_out(q, 1, error);
}

/* Frames of one stretch that is kept. */
static tb_status feed_kept(tb_quotes *q, const float *x, int64_t n,
                           tb_error *error)
{
    tb_status status = TB_OK;
    while (n > 0 && !status) {
        int64_t room = q->pending_capacity - q->pending_count;
        int64_t part = n < room ? n : room;
        float *to = q->pending + q->pending_count;
        for (int64_t i = 0; i < part; i++)
            to[i] = isfinite(x[i]) ? x[i] : 0;
        q->pending_count += part;
        q->fed += part;
        x += part;
        n -= part;
        status = thin_out(q, 0, error);
        if (!status)
            status = print_out(q, 0, error);
    }
    return status;
}

tb_status tb_quotes_feed(tb_quotes *q, const float *x, int64_t n,
                         tb_error *error)
{
    tb_status status = TB_OK;
    while (n > 0 && !status) {
        int64_t place = q->fed % q->period;
        int64_t part = place < q->keep ? q->keep - place : q->period - place;
        if (part > n)
            part = n;
        if (place < q->keep) {
            if (q->run_count == 0 || (place == 0 && q->period > q->keep))
                status = start_run(q, error);
            if (!status)
                status = feed_kept(q, x, part, error);
            if (!status && q->period > q->keep && place + part == q->keep)
                status = end_run(q, error);
        } else {
            q->fed += part;
        }
        x += part;
        n -= part;
    }
    return status;
}

const tb_quotes_run *tb_quotes_run_of(const tb_quotes *q, int64_t sample)
{
    int64_t low = 0, high = q->run_count;
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;
        if (q->runs[middle].first <= sample)
            low = middle;
        else
            high = middle;
    }
    return &q->runs[low];
}

tb_status tb_quotes_finish(tb_quotes *q, tb_error *error)
{
    return q->run_count > 0 ? end_run(q, error) : TB_OK;
}

double tb_quotes_coverage(const tb_quotes *q)
{
    double known = (double)q->count * q->thinner.step;
    return q->fed > 0 ? fmin(1, known / (double)q->fed) : 1;
}

void tb_quotes_coverage_words(double coverage, char *text, size_t size)
{
    text[0] = 0;
    if (coverage < 0.01)
        snprintf(text, size, "; less than 1 %% of your recordings searched");
    else if (coverage < 0.995)
        snprintf(text, size, "; %.0f %% of your recordings searched",
                 100 * coverage);
}
