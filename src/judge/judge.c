#include "judge/judge.h"

#include "base/memory.h"
#include "judge/foresight.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 65536 };

/* New stretches shorter than this, between quotes, are quoted as well. */
#define LEAST_NEW_SECONDS 0.25
#define LEAST_NEW_SHARE 0.5

typedef struct tb_judging {
    const tb_cache *cache;
    const tb_judged_sound *sounds;
    int count;
    const tb_score_settings *settings;
    tb_quotes *quotes;
    tb_replays *replays;
    tb_pool *pool;
    /* What is left of the sounds without their quotes, one after another. */
    float **fresh;
    int64_t *fresh_frames;
} tb_judging;

/* ---- recordings ---- */

static int64_t cache_frames(void *context, int i)
{
    return tb_cache_frames(context, i);
}

static void read_cache(void *context, int i, int64_t start, int64_t n,
                       float *mono)
{
    tb_cache_read(context, i, start, n, mono);
}

static tb_recordings corpus_of(const tb_judging *j)
{
    return (tb_recordings){tb_cache_files(j->cache), cache_frames, read_cache,
                           (void *)j->cache};
}

static int64_t fresh_frames(void *context, int i)
{
    return ((const tb_judging *)context)->fresh_frames[i];
}

static void read_fresh(void *context, int i, int64_t start, int64_t n,
                       float *mono)
{
    const tb_judging *j = context;
    memcpy(mono, j->fresh[i] + start, (size_t)n * sizeof *mono);
}

/* ---- quotes ---- */

static tb_status index_corpus(tb_judging *j, tb_error *error)
{
    float *block = tb_alloc_array(BLOCK, sizeof *block);
    tb_status status = block ? TB_OK : tb_fail_memory(error);
    j->quotes = tb_quotes_new(tb_cache_total_frames(j->cache),
                              j->settings->sample_rate, 0, error);
    if (!status && !j->quotes)
        status = TB_ERR_MEMORY;
    for (int i = 0; i < tb_cache_files(j->cache) && !status; i++) {
        int64_t frames = tb_cache_frames(j->cache, i);
        for (int64_t at = 0; at < frames && !status; at += BLOCK) {
            int64_t n = frames - at < BLOCK ? frames - at : BLOCK;
            tb_cache_read(j->cache, i, at, n, block);
            status = tb_quotes_feed(j->quotes, block, n, error);
        }
    }
    if (!status)
        status = tb_quotes_finish(j->quotes, error);
    tb_free(block);
    return status;
}

/* The recording that was fed at this second. */
static void name_source(const tb_judging *j, tb_verdict *v)
{
    double rate = j->settings->sample_rate;
    int64_t at = (int64_t)(v->quotes.longest.corpus_seconds * rate);
    int files = tb_cache_files(j->cache), i = 0;
    v->quoted_file = -1;
    if (v->quotes.longest.seconds <= 0)
        return;
    while (i + 1 < files && at >= tb_cache_frames(j->cache, i))
        at -= tb_cache_frames(j->cache, i++);
    v->quoted_file = i;
    v->quoted_seconds = (double)at / rate;
}

static tb_status learn_replays(tb_judging *j, tb_error *error)
{
    tb_recordings corpus = corpus_of(j);
    int threads = j->settings->threads;
    j->pool = tb_pool_new(threads ? threads : tb_cpu_count());
    j->replays =
        tb_replays_new(&corpus, j->settings->sample_rate, j->pool, error);
    return j->replays ? TB_OK : TB_ERR_MEMORY;
}

/* Keeps what is new and long enough to be heard. */
static void keep_fresh(tb_judging *j, int i, const uint8_t *quoted)
{
    const tb_judged_sound *s = &j->sounds[i];
    int64_t least = (int64_t)(LEAST_NEW_SECONDS * j->settings->sample_rate);
    int64_t kept = 0;
    for (int64_t at = 0; at < s->frames;) {
        int64_t end = at;
        while (end < s->frames && quoted[end] == quoted[at])
            end++;
        bool whole = end - at == s->frames;
        if (!quoted[at] && (whole || end - at >= least)) {
            memcpy(j->fresh[i] + kept, s->mono + at,
                   (size_t)(end - at) * sizeof *s->mono);
            kept += end - at;
        }
        at = end;
    }
    j->fresh_frames[i] = kept;
}

static tb_status listen_for_quotes(tb_judging *j, int i, tb_verdict *v,
                                   tb_error *error)
{
    size_t frames = (size_t)j->sounds[i].frames;
    uint8_t *quoted = tb_alloc_array(frames + 1, 1);
    j->fresh[i] = tb_alloc_array(frames + 1, sizeof **j->fresh);
    tb_status status = quoted && j->fresh[i] ? TB_OK : tb_fail_memory(error);
    if (!status)
        status = tb_quotes_mark(j->quotes, j->sounds[i].mono,
                                j->sounds[i].frames, &v->quotes, quoted, error);
    if (!status)
        status =
            tb_replays_mark(j->replays, j->sounds[i].mono, j->sounds[i].frames,
                            &v->passage, quoted, error);
    if (!status) {
        name_source(j, v);
        keep_fresh(j, i, quoted);
        v->quoted =
            frames ? 1 - (double)j->fresh_frames[i] / (double)frames : 0;
    }
    tb_free(quoted);
    return status;
}

/* ---- foresight ---- */

enum { STRETCHES = 30 };

/* The mean power of evenly spread stretches of `frames` frames, which `f`
   measures after a gain. */
static double measure_some(const tb_recordings *r, int64_t frames, float gain,
                           tb_foresight *f, float *stretch)
{
    double power = 0;
    int64_t all = 0, samples = 0, before = 0, next = 0;
    for (int i = 0; i < r->count; i++)
        all += r->frames(r->context, i);
    int64_t step = all / STRETCHES > frames ? all / STRETCHES : frames;
    for (int i = 0; i < r->count; i++) {
        int64_t n = r->frames(r->context, i);
        for (; next < before + n; next += step) {
            int64_t some =
                before + n - next < frames ? before + n - next : frames;
            r->read(r->context, i, next - before, some, stretch);
            for (int64_t k = 0; k < some; k++) {
                stretch[k] = isfinite(stretch[k]) ? stretch[k] * gain : 0;
                power += (double)stretch[k] * stretch[k];
            }
            tb_foresight_restart(f);
            tb_foresight_measure(f, stretch, some);
            samples += some;
        }
        before += n;
    }
    return samples > 0 ? power / (double)samples : 0;
}

static double foreseen(tb_foresight *f)
{
    double bits = tb_foresight_get(f).bits;
    tb_foresight_forget(f);
    return bits;
}

/* At one loudness, since levels decide bits. */
static tb_status foresee(const tb_recordings *corpus,
                         const tb_recordings *sounds, double sample_rate,
                         tb_judgement *out, tb_error *error)
{
    int64_t frames = (int64_t)(2 * sample_rate);
    tb_mulaw law;
    tb_mulaw_init(&law, 256, 1, NULL);
    tb_foresight *f = tb_foresight_new(&law, NULL, error);
    float *stretch = tb_alloc_array((size_t)frames, sizeof *stretch);
    tb_status status = f && stretch ? TB_OK : tb_fail_memory(error);
    if (!status) {
        double wanted = measure_some(corpus, frames, 1, f, stretch);
        out->corpus_foreseen = foreseen(f);
        double power = measure_some(sounds, frames, 1, f, stretch);
        foreseen(f);
        float gain = power > 0 ? (float)sqrt(wanted / power) : 1;
        measure_some(sounds, frames, gain, f, stretch);
        out->foreseen = foreseen(f);
    }
    tb_foresight_free(f);
    tb_free(stretch);
    return status;
}

/* ---- all of it ---- */

static tb_status listen_to_each(tb_judging *j, tb_judgement *out,
                                tb_error *error)
{
    int64_t all = 0, fresh = 0;
    tb_status status = index_corpus(j, error);
    if (!status)
        status = learn_replays(j, error);
    for (int i = 0; i < j->count && !status; i++) {
        status = tb_tag_sound(j->sounds[i].mono, j->sounds[i].frames,
                              j->settings->sample_rate, &out->verdicts[i].tag,
                              error);
        if (!status)
            status = listen_for_quotes(j, i, &out->verdicts[i], error);
        all += j->sounds[i].frames;
        fresh += j->fresh_frames[i];
    }
    if (status)
        return status;
    out->quoted = all > 0 ? 1 - (double)fresh / (double)all : 0;
    out->copy = (double)fresh < LEAST_NEW_SHARE * (double)all;
    out->covered = tb_quotes_coverage(j->quotes);
    return TB_OK;
}

static tb_status score(tb_judging *j, tb_judgement *out, tb_error *error)
{
    tb_recordings corpus = corpus_of(j);
    tb_recordings fresh = {j->count, fresh_frames, read_fresh, j};
    double seconds = 0;
    for (int i = 0; i < j->count; i++)
        seconds += (double)j->fresh_frames[i] / j->settings->sample_rate;
    tb_scorer *scorer = tb_scorer_new(&corpus, seconds, j->settings, error);
    if (!scorer)
        return TB_ERR_MEMORY;
    out->split = tb_scorer_is_split(scorer);
    tb_status status = tb_scorer_score(scorer, &fresh, &out->scored, error);
    tb_scorer_free(scorer);
    if (!status)
        status = foresee(&corpus, &fresh, j->settings->sample_rate, out, error);
    return status;
}

tb_status tb_judge(const tb_cache *cache, const tb_judged_sound *sounds,
                   int count, const tb_score_settings *settings,
                   tb_judgement *out, tb_error *error)
{
    size_t n = (size_t)count;
    tb_judging j = {
        .cache = cache, .sounds = sounds, .count = count, .settings = settings};
    *out = (tb_judgement){.count = count, .scored.score.score = NAN};
    out->verdicts = tb_alloc_array(n, sizeof *out->verdicts);
    j.fresh = tb_alloc_array(n, sizeof *j.fresh);
    j.fresh_frames = tb_alloc_array(n, sizeof *j.fresh_frames);
    tb_status status = out->verdicts && j.fresh && j.fresh_frames
                           ? TB_OK
                           : tb_fail_memory(error);
    if (!status)
        status = listen_to_each(&j, out, error);
    if (!status && !out->copy)
        status = score(&j, out, error);
    for (int i = 0; j.fresh && i < count; i++)
        tb_free(j.fresh[i]);
    tb_free(j.fresh);
    tb_free(j.fresh_frames);
    tb_quotes_free(j.quotes);
    tb_replays_free(j.replays);
    tb_pool_free(j.pool);
    if (status)
        tb_judgement_clear(out);
    return status;
}

void tb_judgement_clear(tb_judgement *j)
{
    tb_free(j->verdicts);
    memset(j, 0, sizeof *j);
}
