#include "judge/replays.h"

#include "base/memory.h"
#include "judge/replays_parts.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUERY_STEP = 12, /* frames between excerpts */
    TRIALS = 48      /* excerpts of the corpus that are held against the rest */
};

#define MOST_SECONDS 7200
#define SHORT_SECONDS 5
/* The threshold lies this far on the way from what the corpus's recordings
   reach among each other to perfection, and within these. */
#define TO_PERFECT 0.4
#define LEAST_THRESHOLD 0.8
#define MOST_THRESHOLD 0.95
/* Where there is one recording only. */
#define ALONE_THRESHOLD 0.9
/* Excerpts that follow one another in a passage may be off by this. */
#define PLACE_SECONDS 0.3

static int64_t excerpt_frames(void)
{
    return TB_COURSE_STEPS * (TB_COURSE_MOMENTS - 1) + 1;
}

/* ---- the corpus ---- */

/* Means of semitones, as many as make a band. */
static void pool_bands(const tb_replays *p, const tb_course_levels *l,
                       tb_course_grid *g)
{
    int pooled = 2 * TB_COURSE_BANDS / g->bands;
    float *to = g->level + p->frames * g->bands;
    for (int64_t i = 0; i < l->frames * g->bands; i++) {
        float sum = 0;
        for (int k = 0; k < pooled; k++)
            sum += l->level[i * pooled + k];
        to[i] = sum / (float)pooled;
    }
}

/* Recordings that are too short to hold a passage go on in the next such. */
static void add_span(tb_replays *p, int recording, int64_t frames)
{
    bool is_short = (double)frames * TB_COURSE_FRAME < SHORT_SECONDS;
    p->begin[p->recordings++] = p->frames;
    if (is_short && p->spans > 0 && p->span[p->spans - 1].joined)
        p->span[p->spans - 1].frames += frames;
    else
        p->span[p->spans++] =
            (tb_course_span){recording, is_short, p->frames, frames};
    p->frames += frames;
}

static tb_status add_recording(tb_replays *p, const tb_recordings *r, int i,
                               double share, tb_error *error)
{
    int64_t n = (int64_t)((double)r->frames(r->context, i) * share);
    tb_course_levels l = {0};
    float *mono = tb_alloc_array((size_t)n + 1, sizeof *mono);
    tb_status status = mono ? TB_OK : tb_fail_memory(error);
    if (!status) {
        r->read(r->context, i, 0, n, mono);
        status = tb_course_listen(mono, n, p->sample_rate, &l, error);
    }
    if (!status) {
        pool_bands(p, &l, &p->fine);
        pool_bands(p, &l, &p->coarse);
        add_span(p, i, l.frames);
    }
    tb_free(l.level);
    tb_free(mono);
    return status;
}

static double movement(const tb_course_grid *g, int speed, int64_t frame)
{
    double all = 0;
    for (int b = 0; b < g->bands; b++) {
        double sum = 0, squares = 0;
        for (int k = 0; k < g->moments; k++) {
            int64_t at = frame + tb_course_frame(speed, k * g->stride);
            double x = g->level[at * g->bands + b];
            sum += x;
            squares += x * x;
        }
        all += squares - sum * sum / g->moments;
    }
    return all;
}

static tb_status measure_movement(const tb_replays *p, tb_course_grid *g,
                                  tb_error *error)
{
    g->power = tb_alloc_array((size_t)p->frames + 1,
                              TB_COURSE_SPEEDS * sizeof *g->power);
    if (!g->power)
        return tb_fail_memory(error);
    for (int s = 0; s < p->spans; s++)
        for (int v = 0; v < TB_COURSE_SPEEDS; v++) {
            int64_t length = tb_course_frame(v, TB_COURSE_MOMENTS - 1);
            int64_t end = p->span[s].first + p->span[s].frames - length;
            for (int64_t at = p->span[s].first; at < end; at++)
                g->power[v * p->frames + at] = (float)movement(g, v, at);
        }
    return TB_OK;
}

/* ---- how alike the corpus's recordings are ---- */

typedef struct tb_replay_trial {
    const tb_replays *p;
    const tb_course_levels *sound;
    const int64_t *frame; /* [count], of the excerpts */
    int without;
    tb_course_match *match; /* [count] */
} tb_replay_trial;

static void find_one(void *context, int i)
{
    const tb_replay_trial *t = context;
    t->match[i] = tb_course_find(t->p, t->sound, t->frame[i], t->without);
}

/* The likest of some excerpts of one recording to all others. */
static tb_status try_recording(tb_replays *p, const tb_recordings *r, int span,
                               int count, double *most, tb_error *error)
{
    const tb_course_span *s = &p->span[span];
    tb_course_levels l = {0};
    tb_course_match match[TRIALS];
    int64_t frame[TRIALS];
    int64_t n = r->frames(r->context, s->recording);
    float *mono = tb_alloc_array((size_t)n + 1, sizeof *mono);
    tb_status status = mono ? TB_OK : tb_fail_memory(error);
    if (!status) {
        r->read(r->context, s->recording, 0, n, mono);
        status = tb_course_listen(mono, n, p->sample_rate, &l, error);
    }
    if (!status) {
        tb_replay_trial t = {p, &l, frame, span, match};
        for (int i = 0; i < count; i++)
            frame[i] = (l.frames - excerpt_frames()) * i / count;
        tb_pool_run(p->pool, count, find_one, &t);
        for (int i = 0; i < count; i++)
            *most = fmax(*most, match[i].likeness);
    }
    tb_free(l.level);
    tb_free(mono);
    return status;
}

static tb_status choose_threshold(tb_replays *p, const tb_recordings *r,
                                  tb_error *error)
{
    double most = 0;
    int long_enough = 0;
    tb_status status = TB_OK;
    for (int s = 0; s < p->spans; s++)
        long_enough += !p->span[s].joined;
    p->threshold = ALONE_THRESHOLD;
    if (long_enough < 2)
        return TB_OK;
    int each = TRIALS / long_enough, every = long_enough / TRIALS + 1, met = 0;
    for (int s = 0; s < p->spans && !status; s++)
        if (!p->span[s].joined && met++ % every == 0)
            status = try_recording(p, r, s, each > 1 ? each : 1, &most, error);
    p->threshold = fmin(fmax(most + TO_PERFECT * (1 - most), LEAST_THRESHOLD),
                        MOST_THRESHOLD);
    return status;
}

static tb_status listen_to(tb_replays *p, const tb_recordings *r,
                           tb_error *error)
{
    double all = 0;
    for (int i = 0; i < r->count; i++)
        all += (double)r->frames(r->context, i) / p->sample_rate;
    double share = all > MOST_SECONDS ? MOST_SECONDS / all : 1;
    size_t room = (size_t)(all * share / TB_COURSE_FRAME) + (size_t)r->count;
    p->fine =
        (tb_course_grid){TB_COURSE_BANDS, TB_COURSE_MOMENTS, 1, NULL, NULL};
    p->coarse = (tb_course_grid){TB_COURSE_BANDS / 2, TB_COURSE_MOMENTS / 2, 2,
                                 NULL, NULL};
    p->fine.level = tb_alloc_array(room + 1, TB_COURSE_BANDS * sizeof(float));
    p->coarse.level =
        tb_alloc_array(room + 1, TB_COURSE_BANDS / 2 * sizeof(float));
    p->span = tb_alloc_array((size_t)r->count, sizeof *p->span);
    p->begin = tb_alloc_array((size_t)r->count, sizeof *p->begin);
    tb_status status = p->fine.level && p->coarse.level && p->span && p->begin
                           ? TB_OK
                           : tb_fail_memory(error);
    for (int i = 0; i < r->count && !status; i++)
        status = add_recording(p, r, i, share, error);
    if (!status)
        status = measure_movement(p, &p->fine, error);
    if (!status)
        status = measure_movement(p, &p->coarse, error);
    return status ? status : choose_threshold(p, r, error);
}

tb_replays *tb_replays_new(const tb_recordings *corpus, double sample_rate,
                           tb_pool *pool, tb_error *error)
{
    if (!(sample_rate >= 4000)) {
        tb_fail(error, TB_ERR_ARGUMENT,
                "Passages cannot be looked for at a sample rate of %g Hz.",
                sample_rate);
        return NULL;
    }
    tb_replays *p = tb_alloc(sizeof *p);
    if (!p) {
        tb_fail_memory(error);
        return NULL;
    }
    p->sample_rate = sample_rate;
    p->pool = pool;
    if (listen_to(p, corpus, error) == TB_OK)
        return p;
    tb_replays_free(p);
    return NULL;
}

void tb_replays_free(tb_replays *p)
{
    if (!p)
        return;
    tb_free(p->fine.level);
    tb_free(p->fine.power);
    tb_free(p->coarse.level);
    tb_free(p->coarse.power);
    tb_free(p->span);
    tb_free(p->begin);
    tb_free(p);
}

double tb_replays_threshold(const tb_replays *p)
{
    return p->threshold;
}

/* ---- a sound ---- */

/* Whether b, some excerpts later, is where a goes on to. */
static bool goes_on(const tb_replays *p, const tb_course_match *a,
                    const tb_course_match *b, int later)
{
    double speed = tb_course_speed(a->speed);
    double expected = (double)a->frame + later * QUERY_STEP * speed;
    return a->likeness >= p->threshold && b->likeness >= p->threshold &&
           a->span == b->span && abs(a->speed - b->speed) <= 2 &&
           abs(a->shift - b->shift) <= 1 &&
           fabs((double)b->frame - expected) * TB_COURSE_FRAME <=
               PLACE_SECONDS * speed;
}

/* Excerpts first..last follow one another. */
static void keep_passage(const tb_replays *p, const tb_course_match *match,
                         int first, int last, int64_t n, tb_replay *found,
                         uint8_t *quoted)
{
    double frame = TB_COURSE_FRAME * p->sample_rate;
    int64_t from = (int64_t)(first * QUERY_STEP * frame);
    int64_t to =
        (int64_t)((double)(last * QUERY_STEP + excerpt_frames()) * frame);
    to = to < n ? to : n;
    for (int64_t i = from; i < to; i++)
        quoted[i] = 1;
    double seconds = (double)(to - from) / p->sample_rate;
    if (seconds <= found->seconds)
        return;
    const tb_course_match *m = &match[first];
    int recording = p->recordings - 1;
    while (recording > 0 && p->begin[recording] > m->frame)
        recording--;
    found->seconds = seconds;
    found->sound_seconds = (double)from / p->sample_rate;
    found->recording = recording;
    found->recording_seconds =
        (double)(m->frame - p->begin[recording]) * TB_COURSE_FRAME;
    found->semitones = m->shift;
    found->speed = tb_course_speed(m->speed);
    found->likeness = m->likeness;
}

/* The excerpt that goes on from one: the next, or that after it, since many a
   one is mostly a pause or lies astride two places. Itself: none. */
static int next_of(const tb_replays *p, const tb_course_match *match, int count,
                   int i)
{
    for (int later = 1; later <= 2 && i + later < count; later++)
        if (goes_on(p, &match[i], &match[i + later], later))
            return i + later;
    return i;
}

static void chain(const tb_replays *p, const tb_course_match *match, int count,
                  int64_t n, tb_replay *found, uint8_t *quoted)
{
    for (int first = 0; first < count;) {
        int last = first, next;
        while ((next = next_of(p, match, count, last)) > last)
            last = next;
        if (last > first)
            keep_passage(p, match, first, last, n, found, quoted);
        first = last + 1;
    }
}

tb_status tb_replays_mark(tb_replays *p, const float *mono, int64_t n,
                          tb_replay *found, uint8_t *quoted, tb_error *error)
{
    tb_course_levels l = {0};
    tb_course_match *match = NULL;
    int64_t *frame = NULL, marked = 0;
    uint8_t *own = tb_alloc_array((size_t)n + 1, 1);
    *found = (tb_replay){.recording = -1};
    tb_status status = tb_course_listen(mono, n, p->sample_rate, &l, error);
    int64_t room = l.frames - excerpt_frames();
    int count = room < 0 ? 0 : (int)(room / QUERY_STEP) + 1;
    match = tb_alloc_array((size_t)count, sizeof *match);
    frame = tb_alloc_array((size_t)count, sizeof *frame);
    if (!status && (!match || !frame || !own))
        status = tb_fail_memory(error);
    if (!status) {
        tb_replay_trial t = {p, &l, frame, -1, match};
        for (int i = 0; i < count; i++)
            frame[i] = (int64_t)i * QUERY_STEP;
        tb_pool_run(p->pool, count, find_one, &t);
        chain(p, match, count, n, found, own);
        for (int64_t i = 0; i < n; i++) {
            marked += own[i];
            quoted[i] |= own[i];
        }
        found->share = n > 0 ? (double)marked / (double)n : 0;
    }
    tb_free(l.level);
    tb_free(match);
    tb_free(frame);
    tb_free(own);
    return status;
}
