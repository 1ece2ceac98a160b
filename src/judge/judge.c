#include "judge/judge.h"

#include "base/memory.h"
#include "judge/foresight.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 65536 };

/* New stretches shorter than this, between quotes, are quoted as well. */
#define LEAST_NEW_SECONDS 0.25
#define LEAST_NEW_SHARE 0.5

struct tb_listener {
    tb_recordings corpus;
    tb_score_settings settings;
    double sound_seconds;
    tb_quotes *own, *quotes; /* own: null, where they are somebody else's */
    tb_replays *replays;
    tb_scorer *scorer;
    tb_pool *pool;
    double foreseen, power; /* of the corpus */
    tb_task *task;          /* while it listens; or null */
};

typedef struct tb_judging {
    tb_listener *l;
    const tb_judged_sound *sounds;
    int count;
    /* What is left of the sounds without their quotes, one after another. */
    float **fresh;
    int64_t *fresh_frames;
} tb_judging;

/* ---- recordings ---- */

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

static int64_t frames_of(const tb_recordings *r)
{
    int64_t all = 0;
    for (int i = 0; i < r->count; i++)
        all += r->frames(r->context, i);
    return all;
}

/* ---- quotes ---- */

static bool is_stopped(const tb_listener *l)
{
    return l->task && tb_task_is_stopped(l->task);
}

static tb_status index_corpus(tb_listener *l, tb_error *error)
{
    const tb_recordings *r = &l->corpus;
    float *block = tb_alloc_array(BLOCK, sizeof *block);
    tb_status status = block ? TB_OK : tb_fail_memory(error);
    l->quotes = l->own =
        tb_quotes_new(frames_of(r), l->settings.sample_rate, 0, error);
    if (!status && !l->quotes)
        status = TB_ERR_MEMORY;
    for (int i = 0; i < r->count && !status; i++) {
        int64_t frames = r->frames(r->context, i);
        for (int64_t at = 0; at < frames && !status; at += BLOCK) {
            int64_t n = frames - at < BLOCK ? frames - at : BLOCK;
            if (is_stopped(l))
                status = TB_ERR_STOPPED;
            r->read(r->context, i, at, n, block);
            if (!status)
                status = tb_quotes_feed(l->quotes, block, n, error);
        }
    }
    if (!status)
        status = tb_quotes_finish(l->quotes, error);
    tb_free(block);
    return status;
}

/* The recording that was fed at this second. */
static void name_source(const tb_judging *j, tb_verdict *v)
{
    const tb_recordings *r = &j->l->corpus;
    double rate = j->l->settings.sample_rate;
    int64_t at = (int64_t)(v->quotes.longest.corpus_seconds * rate);
    int i = 0;
    v->quoted_recording = -1;
    if (v->quotes.longest.seconds <= 0)
        return;
    while (i + 1 < r->count && at >= r->frames(r->context, i))
        at -= r->frames(r->context, i++);
    v->quoted_recording = i;
    v->quoted_seconds = (double)at / rate;
}

/* Keeps what is new and long enough to be heard. */
static void keep_fresh(tb_judging *j, int i, const uint8_t *quoted)
{
    const tb_judged_sound *s = &j->sounds[i];
    int64_t least = (int64_t)(LEAST_NEW_SECONDS * j->l->settings.sample_rate);
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
        status = tb_quotes_mark(j->l->quotes, j->sounds[i].mono,
                                j->sounds[i].frames, &v->quotes, quoted, error);
    if (!status)
        status =
            tb_replays_mark(j->l->replays, j->sounds[i].mono,
                            j->sounds[i].frames, &v->passage, quoted, error);
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
    int64_t all = frames_of(r), samples = 0, before = 0, next = 0;
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

typedef struct tb_foreseeing {
    tb_foresight *foresight;
    int64_t frames;
    float *stretch; /* [frames] */
} tb_foreseeing;

static tb_status begin_foreseeing(double sample_rate, tb_foreseeing *f,
                                  tb_error *error)
{
    tb_mulaw law;
    tb_mulaw_init(&law, 256, 1, NULL);
    f->frames = (int64_t)(2 * sample_rate);
    f->foresight = tb_foresight_new(&law, NULL, error);
    f->stretch = tb_alloc_array((size_t)f->frames, sizeof *f->stretch);
    return f->foresight && f->stretch ? TB_OK : tb_fail_memory(error);
}

static void end_foreseeing(tb_foreseeing *f)
{
    tb_foresight_free(f->foresight);
    tb_free(f->stretch);
}

static tb_status foresee_corpus(tb_listener *l, tb_error *error)
{
    tb_foreseeing f = {0};
    tb_status status = begin_foreseeing(l->settings.sample_rate, &f, error);
    if (!status) {
        l->power =
            measure_some(&l->corpus, f.frames, 1, f.foresight, f.stretch);
        l->foreseen = foreseen(f.foresight);
    }
    end_foreseeing(&f);
    return status;
}

/* At the corpus's loudness, since levels decide bits. */
static tb_status foresee(const tb_listener *l, const tb_recordings *sounds,
                         tb_judgement *out, tb_error *error)
{
    tb_foreseeing f = {0};
    tb_status status = begin_foreseeing(l->settings.sample_rate, &f, error);
    if (!status) {
        double power =
            measure_some(sounds, f.frames, 1, f.foresight, f.stretch);
        foreseen(f.foresight);
        float gain = power > 0 ? (float)sqrt(l->power / power) : 1;
        measure_some(sounds, f.frames, gain, f.foresight, f.stretch);
        out->foreseen = foreseen(f.foresight);
        out->corpus_foreseen = l->foreseen;
    }
    end_foreseeing(&f);
    return status;
}

/* ---- listening ---- */

static tb_status listen_to_corpus(tb_listener *l, tb_error *error)
{
    int threads = l->settings.threads;
    tb_status status = l->quotes ? TB_OK : index_corpus(l, error);
    if (status)
        return status;
    l->pool = tb_pool_new(threads ? threads : tb_cpu_count());
    l->replays =
        tb_replays_new(&l->corpus, l->settings.sample_rate, l->pool, error);
    if (!l->replays)
        return TB_ERR_MEMORY;
    if (is_stopped(l))
        return TB_ERR_STOPPED;
    l->scorer =
        tb_scorer_new(&l->corpus, l->sound_seconds, &l->settings, error);
    if (!l->scorer)
        return TB_ERR_MEMORY;
    return is_stopped(l) ? TB_ERR_STOPPED : foresee_corpus(l, error);
}

tb_listener *tb_listener_new(const tb_recordings *corpus, tb_quotes *quotes,
                             double sound_seconds,
                             const tb_score_settings *settings, tb_task *task,
                             tb_error *error)
{
    tb_listener *l = tb_alloc(sizeof *l);
    if (!l) {
        tb_fail_memory(error);
        return NULL;
    }
    l->corpus = *corpus;
    l->settings = *settings;
    l->sound_seconds = sound_seconds;
    l->quotes = quotes;
    l->task = task;
    if (listen_to_corpus(l, error)) {
        tb_listener_free(l);
        return NULL;
    }
    l->task = NULL;
    return l;
}

void tb_listener_free(tb_listener *l)
{
    if (!l)
        return;
    tb_quotes_free(l->own);
    tb_replays_free(l->replays);
    tb_scorer_free(l->scorer);
    tb_pool_free(l->pool);
    tb_free(l);
}

/* ---- all of it ---- */

static tb_status listen_to_each(tb_judging *j, tb_judgement *out,
                                tb_error *error)
{
    int64_t all = 0, fresh = 0;
    tb_status status = TB_OK;
    for (int i = 0; i < j->count && !status; i++) {
        status = tb_tag_sound(j->sounds[i].mono, j->sounds[i].frames,
                              j->l->settings.sample_rate, &out->verdicts[i].tag,
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
    out->covered = tb_quotes_coverage(j->l->quotes);
    return TB_OK;
}

/* Where quotes have left too little for the takes that were heard of the
   corpus, it is listened to once more for shorter ones. */
static tb_status suit_scorer(tb_listener *l, double seconds, tb_error *error)
{
    if (tb_scorer_suits(l->scorer, seconds))
        return TB_OK;
    tb_scorer *other = tb_scorer_new(&l->corpus, seconds, &l->settings, error);
    if (!other)
        return TB_ERR_MEMORY;
    tb_scorer_free(l->scorer);
    l->scorer = other;
    return TB_OK;
}

static tb_status score(tb_judging *j, tb_judgement *out, tb_error *error)
{
    tb_listener *l = j->l;
    tb_recordings fresh = {j->count, fresh_frames, read_fresh, j};
    double seconds = (double)frames_of(&fresh) / l->settings.sample_rate;
    tb_status status = suit_scorer(
        l, seconds < l->sound_seconds ? seconds : l->sound_seconds, error);
    out->split = tb_scorer_is_split(l->scorer);
    if (!status)
        status = tb_scorer_score(l->scorer, &fresh, &out->scored, error);
    return status ? status : foresee(l, &fresh, out, error);
}

tb_status tb_listener_judge(tb_listener *l, const tb_judged_sound *sounds,
                            int count, tb_judgement *out, tb_error *error)
{
    size_t n = (size_t)count;
    tb_judging j = {.l = l, .sounds = sounds, .count = count};
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
    if (status)
        tb_judgement_clear(out);
    return status;
}

/* ---- at once ---- */

tb_status tb_judge(const tb_recordings *corpus, const tb_judged_sound *sounds,
                   int count, const tb_score_settings *settings,
                   tb_judgement *out, tb_error *error)
{
    double seconds = 0;
    for (int i = 0; i < count; i++)
        seconds += (double)sounds[i].frames / settings->sample_rate;
    *out = (tb_judgement){0};
    tb_listener *l =
        tb_listener_new(corpus, NULL, seconds, settings, NULL, error);
    if (!l)
        return error && error->status ? error->status : TB_ERR_MEMORY;
    tb_status status = tb_listener_judge(l, sounds, count, out, error);
    tb_listener_free(l);
    return status;
}

void tb_judgement_clear(tb_judgement *j)
{
    tb_free(j->verdicts);
    memset(j, 0, sizeof *j);
}
