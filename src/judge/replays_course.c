/* Courses of levels, and the likest place for one. */
#include "base/memory.h"
#include "dsp/spectrum.h"
#include "judge/replays_parts.h"

#include <math.h>
#include <string.h>

enum { SEMITONES = 2 * TB_COURSE_BANDS, COARSE_STEP = 4, KEPT = 48 };

#define LOWEST_HZ 190
#define FLOOR 1e-5
/* Excerpts that move less than this, in dB squared for each level, are steady.
 */
#define LEAST_MOVEMENT 4.0

double tb_course_speed(int i)
{
    return exp2(2.0 * i / (TB_COURSE_SPEEDS - 1) - 1);
}

int64_t tb_course_frame(int speed, int k)
{
    return (int64_t)(tb_course_speed(speed) * TB_COURSE_STEPS * k + 0.5);
}

/* ---- levels ---- */

/* Powers of all frames, and the mean of the loudest semitone. */
static double listen(const float *mono, int64_t n, double sample_rate,
                     tb_spectrum *spectrum, const tb_mel *mel, int size,
                     int bands, tb_course_levels *l)
{
    float power[8192];
    double sum[SEMITONES] = {0}, most = 1e-12;
    for (int64_t j = 0; j < l->frames; j++) {
        float *level = l->level + j * SEMITONES;
        int64_t at = (int64_t)((double)j * TB_COURSE_FRAME * sample_rate);
        tb_spectrum_power(spectrum, mono, n, at - size / 2, power);
        tb_mel_bands(mel, power, level);
        for (int b = 0; b < bands && b < SEMITONES; b++) {
            if (!isfinite(level[b]))
                level[b] = 0;
            sum[b] += level[b];
        }
    }
    for (int b = 0; b < SEMITONES; b++)
        most = fmax(most, sum[b] / (double)(l->frames > 0 ? l->frames : 1));
    return most;
}

/* Semitones end where the sound does; those that are not there are silent. */
tb_status tb_course_listen(const float *mono, int64_t n, double sample_rate,
                           tb_course_levels *l, tb_error *error)
{
    int size = 256, bands = 0;
    while (size < 0.1 * sample_rate && size < 8192)
        size *= 2;
    double high =
        fmin(0.475 * sample_rate, LOWEST_HZ * exp2((SEMITONES + 0.5) / 12));
    *l = (tb_course_levels){
        .frames = (int64_t)((double)n / sample_rate / TB_COURSE_FRAME)};
    tb_spectrum *spectrum = tb_spectrum_new(size);
    tb_mel *mel =
        tb_mel_new_pitches(size, sample_rate, 12, LOWEST_HZ, high, &bands);
    l->level = tb_alloc_array((size_t)l->frames * SEMITONES + SEMITONES,
                              sizeof *l->level);
    tb_status status = TB_OK;
    if (spectrum && mel && l->level) {
        double most =
            listen(mono, n, sample_rate, spectrum, mel, size, bands, l);
        for (int64_t i = 0; i < l->frames * SEMITONES; i++)
            l->level[i] =
                10 * log10f(l->level[i] / (float)most + (float)FLOOR) -
                10 * log10f((float)FLOOR);
    } else {
        status = tb_fail_memory(error);
    }
    tb_spectrum_free(spectrum);
    tb_mel_free(mel);
    return status;
}

/* ---- excerpts ---- */

/* An excerpt as the corpus would have it, without each band's mean. */
typedef struct tb_course {
    float level[TB_COURSE_MOMENTS * TB_COURSE_BANDS]; /* [moments, bands] */
    float heard[TB_COURSE_MOMENTS * TB_COURSE_BANDS]; /* with it */
    double power;
} tb_course;

static float shifted(const float *semitones, int band, int shift)
{
    int b = 2 * band + shift;
    return b >= 0 && b + 1 < SEMITONES ? (semitones[b] + semitones[b + 1]) / 2
                                       : 0;
}

/* Takes the bands' means away. */
static void leave_movement(tb_course *c, int moments, int bands)
{
    c->power = 0;
    for (int b = 0; b < bands; b++) {
        float mean = 0;
        for (int k = 0; k < moments; k++)
            mean += c->level[k * bands + b] / (float)moments;
        for (int k = 0; k < moments; k++) {
            float *x = &c->level[k * bands + b];
            *x -= mean;
            c->power += (double)*x * *x;
        }
    }
}

static void take_course(const tb_course_levels *sound, int64_t frame, int shift,
                        const tb_course_grid *g, tb_course *c)
{
    int pooled = TB_COURSE_BANDS / g->bands;
    for (int k = 0; k < g->moments; k++)
        for (int b = 0; b < g->bands; b++) {
            int64_t at = frame + (int64_t)k * g->stride * TB_COURSE_STEPS;
            const float *semitones = sound->level + at * SEMITONES;
            float sum = 0;
            for (int i = 0; i < pooled; i++)
                sum += shifted(semitones, b * pooled + i, shift);
            c->level[k * g->bands + b] = sum / (float)pooled;
        }
    memcpy(c->heard, c->level, sizeof c->heard);
    leave_movement(c, g->moments, g->bands);
}

/* Means of the corpus's bands do not matter: those of the course are 0. */
static double correlate(const tb_replays *p, const tb_course_grid *g,
                        const tb_course *c, int speed, int64_t frame)
{
    double power = g->power[speed * p->frames + frame], all = 0;
    float sum[TB_COURSE_BANDS] = {0};
    if (power <= 0)
        return 0;
    for (int k = 0; k < g->moments; k++) {
        const float *x = c->level + k * g->bands;
        const float *y =
            g->level +
            (frame + tb_course_frame(speed, k * g->stride)) * g->bands;
        for (int b = 0; b < g->bands; b++)
            sum[b] += x[b] * y[b];
    }
    for (int b = 0; b < g->bands; b++)
        all += sum[b];
    return all / sqrt(power * c->power);
}

/* ---- how alike two excerpts are ---- */

/* Levels of an excerpt and of a place, and what each pair of them counts:
   nothing where both are silent. */
typedef struct tb_course_pair {
    float x[TB_COURSE_MOMENTS][TB_COURSE_BANDS];
    float y[TB_COURSE_MOMENTS][TB_COURSE_BANDS];
    float weight[TB_COURSE_MOMENTS][TB_COURSE_BANDS];
} tb_course_pair;

static void take_pair(const tb_replays *p, const tb_course *c,
                      const tb_course_match *m, tb_course_pair *pair)
{
    int first = m->shift < 0, last = TB_COURSE_BANDS - (m->shift > 0);
    memset(pair, 0, sizeof *pair);
    for (int k = 0; k < TB_COURSE_MOMENTS; k++) {
        const float *y =
            p->fine.level +
            (m->frame + tb_course_frame(m->speed, k)) * TB_COURSE_BANDS;
        for (int b = first; b < last; b++) {
            pair->x[k][b] = c->heard[k * TB_COURSE_BANDS + b];
            pair->y[k][b] = y[b];
            pair->weight[k][b] = fmaxf(pair->x[k][b], y[b]);
        }
    }
}

/* Without the weighted means of `count` values, `step` floats apart. */
static void leave_mean(float *x, const float *weight, int count, int step)
{
    float sum = 0, all = 1e-9f;
    for (int i = 0; i < count; i++) {
        sum += weight[i * step] * x[i * step];
        all += weight[i * step];
    }
    for (int i = 0; i < count; i++)
        x[i * step] -= sum / all;
}

/* What is louder or softer as a whole, and what is always so in a band, says
   little: syllables and hits between pauses are alike in that. */
static void leave_colour(float x[TB_COURSE_MOMENTS][TB_COURSE_BANDS],
                         float weight[TB_COURSE_MOMENTS][TB_COURSE_BANDS])
{
    for (int k = 0; k < TB_COURSE_MOMENTS; k++)
        leave_mean(x[k], weight[k], TB_COURSE_BANDS, 1);
    for (int b = 0; b < TB_COURSE_BANDS; b++)
        leave_mean(&x[0][b], &weight[0][b], TB_COURSE_MOMENTS, TB_COURSE_BANDS);
}

static double compare(const tb_replays *p, const tb_course *c,
                      const tb_course_match *m)
{
    tb_course_pair pair;
    double xx = 0, yy = 0, xy = 0, all = 0;
    take_pair(p, c, m, &pair);
    leave_colour(pair.x, pair.weight);
    leave_colour(pair.y, pair.weight);
    for (int k = 0; k < TB_COURSE_MOMENTS; k++)
        for (int b = 0; b < TB_COURSE_BANDS; b++) {
            double x = pair.x[k][b], y = pair.y[k][b], w = pair.weight[k][b];
            xx += w * x * x;
            yy += w * y * y;
            xy += w * x * y;
            all += w;
        }
    return xx > LEAST_MOVEMENT * all && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

/* ---- places ---- */

/* One past the last frame at which an excerpt may begin in a span. */
static int64_t end_of(const tb_course_span *s, int speed)
{
    return s->first + s->frames - tb_course_frame(speed, TB_COURSE_MOMENTS - 1);
}

/* Keeps the likest ones, in order. */
static void keep(tb_course_match *best, tb_course_match m)
{
    int at = KEPT;
    while (at > 0 && m.likeness > best[at - 1].likeness)
        at--;
    if (at == KEPT)
        return;
    memmove(best + at + 1, best + at, (size_t)(KEPT - 1 - at) * sizeof *best);
    best[at] = m;
}

/* The likest coarse place for one speed and transposition. */
static void search_coarsely(const tb_replays *p, const tb_course *c, int speed,
                            int shift, int without, tb_course_match *best)
{
    tb_course_match one = {0, -1, -1, speed, shift};
    for (int s = 0; s < p->spans; s++) {
        int64_t end = end_of(&p->span[s], speed);
        if (s == without)
            continue;
        for (int64_t at = p->span[s].first; at < end; at += COARSE_STEP) {
            double likeness = correlate(p, &p->coarse, c, speed, at);
            if (likeness > one.likeness) {
                one.likeness = likeness;
                one.frame = at;
                one.span = s;
            }
        }
    }
    if (one.frame >= 0)
        keep(best, one);
}

/* The likest fine place around a coarse one. */
static void search_finely(const tb_replays *p, const tb_course *c,
                          tb_course_match m, tb_course_match *best)
{
    const tb_course_span *s = &p->span[m.span];
    int64_t end = end_of(s, m.speed), around = m.frame;
    for (int64_t at = around - COARSE_STEP; at <= around + COARSE_STEP; at++) {
        if (at < s->first || at >= end)
            continue;
        m.frame = at;
        m.likeness = compare(p, c, &m);
        if (m.likeness > best->likeness)
            *best = m;
    }
}

tb_course_match tb_course_find(const tb_replays *p,
                               const tb_course_levels *sound, int64_t frame,
                               int without)
{
    const int values = TB_COURSE_MOMENTS * TB_COURSE_BANDS;
    tb_course_match kept[KEPT], best = {0, -1, -1, 0, 0};
    tb_course fine[TB_COURSE_SHIFTS], coarse;
    for (int i = 0; i < KEPT; i++)
        kept[i] = best;
    for (int i = 0; i < TB_COURSE_SHIFTS; i++) {
        int shift = i - TB_COURSE_SHIFTS / 2;
        take_course(sound, frame, shift, &p->fine, &fine[i]);
        take_course(sound, frame, shift, &p->coarse, &coarse);
        if (fine[i].power < LEAST_MOVEMENT * values || coarse.power <= 0)
            continue;
        for (int speed = 0; speed < TB_COURSE_SPEEDS; speed++)
            search_coarsely(p, &coarse, speed, shift, without, kept);
    }
    for (int i = 0; i < KEPT && kept[i].frame >= 0; i++)
        search_finely(p, &fine[kept[i].shift + TB_COURSE_SHIFTS / 2], kept[i],
                      &best);
    return best;
}
