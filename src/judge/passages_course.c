/* Courses of levels, and the likest place for one. */
#include "base/memory.h"
#include "dsp/spectrum.h"
#include "judge/passages_parts.h"

#include <math.h>
#include <string.h>

enum { SEMITONES = 2 * TB_COURSE_BANDS, COARSE_STEP = 3 };

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
    float level[TB_COURSE_MOMENTS][TB_COURSE_BANDS];
    double power;
} tb_course;

static float shifted(const float *semitones, int band, int shift)
{
    int b = 2 * band + shift;
    return b >= 0 && b + 1 < SEMITONES ? (semitones[b] + semitones[b + 1]) / 2
                                       : 0;
}

static void take_course(const tb_course_levels *sound, int64_t frame, int shift,
                        tb_course *c)
{
    float mean[TB_COURSE_BANDS] = {0};
    c->power = 0;
    for (int k = 0; k < TB_COURSE_MOMENTS; k++)
        for (int b = 0; b < TB_COURSE_BANDS; b++) {
            const float *at =
                sound->level + (frame + k * TB_COURSE_STEPS) * SEMITONES;
            c->level[k][b] = shifted(at, b, shift);
            mean[b] += c->level[k][b] / TB_COURSE_MOMENTS;
        }
    for (int k = 0; k < TB_COURSE_MOMENTS; k++)
        for (int b = 0; b < TB_COURSE_BANDS; b++) {
            c->level[k][b] -= mean[b];
            c->power += (double)c->level[k][b] * c->level[k][b];
        }
}

/* Means of the corpus's bands do not matter: those of the course are 0. */
static double correlate(const tb_passages *p, const tb_course *c, int speed,
                        int64_t frame)
{
    double power = p->power[speed * p->frames + frame];
    float sum[TB_COURSE_BANDS] = {0};
    double all = 0;
    if (power <= 0)
        return 0;
    for (int k = 0; k < TB_COURSE_MOMENTS; k++) {
        const float *y =
            p->level + (frame + tb_course_frame(speed, k)) * TB_COURSE_BANDS;
        for (int b = 0; b < TB_COURSE_BANDS; b++)
            sum[b] += c->level[k][b] * y[b];
    }
    for (int b = 0; b < TB_COURSE_BANDS; b++)
        all += sum[b];
    return all / sqrt(power * c->power);
}

static void try_place(const tb_passages *p, const tb_course *c, int span,
                      int speed, int shift, int64_t frame,
                      tb_course_match *best)
{
    double likeness = correlate(p, c, speed, frame);
    if (likeness > best->likeness)
        *best = (tb_course_match){likeness, frame, span, speed, shift};
}

static void search_span(const tb_passages *p, const tb_course *c, int span,
                        int speed, int shift, tb_course_match *best)
{
    const tb_course_span *s = &p->span[span];
    int64_t last = s->first + s->frames - 1 -
                   tb_course_frame(speed, TB_COURSE_MOMENTS - 1);
    for (int64_t at = s->first; at <= last; at += COARSE_STEP)
        try_place(p, c, span, speed, shift, at, best);
    int64_t around = best->frame;
    if (best->span != span || best->speed != speed || best->shift != shift)
        return;
    for (int64_t at = around - COARSE_STEP + 1; at < around + COARSE_STEP; at++)
        if (at >= s->first && at <= last)
            try_place(p, c, span, speed, shift, at, best);
}

tb_course_match tb_course_find(const tb_passages *p,
                               const tb_course_levels *sound, int64_t frame,
                               int without)
{
    const int values = TB_COURSE_MOMENTS * TB_COURSE_BANDS;
    tb_course_match best = {0, -1, -1, 0, 0};
    for (int shift = -2; shift <= 2; shift++) {
        tb_course c;
        take_course(sound, frame, shift, &c);
        if (c.power < LEAST_MOVEMENT * values)
            continue;
        for (int speed = 0; speed < TB_COURSE_SPEEDS; speed++)
            for (int s = 0; s < p->spans; s++)
                if (s != without)
                    search_span(p, &c, s, speed, shift, &best);
    }
    return best;
}
