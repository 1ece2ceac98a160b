/* Steady sounds: drones, chords and textures that no cycle and no constant
   spectrum gives away, since their partials beat and their level wavers, but
   that go nowhere. What is compared is what is heard of a moment: its level in
   mel bands, in decibels, those far below the loudest left out. Wavering that
   quarter seconds average away counts apart from what is faster, which is
   rhythm once it is large; and what glides through a band shows in a finer
   spectrum of the two halves. */
#include "base/memory.h"
#include "dsp/product.h"
#include "dsp/spectrum.h"
#include "judge/tags_parts.h"

#include <math.h>
#include <string.h>

#define MOMENT 0.25
#define FLICKER 0.064
/* Bands this far below the loudest are not heard beside it. */
#define UNHEARD_DB 35
/* Loud bands count for more, about as they are louder to the ear. */
#define LOUDNESS 0.3
/* Measured: standing sounds up to 1.6 and 2.4 dB, others from 1.9 or 3.1. */
#define MOST_DRIFT_DB 1.78
#define MOST_FLUTTER_DB 2.75
/* Shorter sounds have too few moments to tell. */
#define SHORTEST_STEADY 1.5

enum { BANDS = 32 };

typedef struct tb_heard {
    int64_t count;
    int size, bins;
    float *bands; /* [count, BANDS], power */
    float *power; /* [bins], of one frame */
} tb_heard;

static double level_of(const tb_heard *m, int64_t from, int frames, int band,
                       double least)
{
    double sum = 0;
    for (int64_t j = from; j < from + frames; j++)
        sum += m->bands[j * BANDS + band];
    return 10 * log10(sum / frames + least);
}

/* How far the levels of moments of so many frames lie from their mean, in dB:
   the root mean square over moments and bands. */
static double change_of(const tb_heard *m, int frames)
{
    int64_t count = m->count / frames, first = m->count - count * frames;
    double mean[BANDS] = {0}, loudest = 0, changes = 0, weights = 0;
    for (int64_t j = first; j < m->count; j++)
        for (int b = 0; b < BANDS; b++)
            mean[b] += (double)m->bands[j * BANDS + b] / (count * frames);
    for (int b = 0; b < BANDS; b++)
        loudest = fmax(loudest, mean[b]);
    double least = loudest * pow(10, -UNHEARD_DB / 10.0) + 1e-20;
    for (int b = 0; b < BANDS; b++) {
        if (mean[b] < least)
            continue;
        double sum = 0, squares = 0, weight = pow(mean[b], LOUDNESS);
        for (int64_t i = 0; i < count; i++) {
            double level = level_of(m, first + i * frames, frames, b, least);
            sum += level;
            squares += level * level;
        }
        changes += weight * (squares - sum * sum / count) / count;
        weights += weight;
    }
    return weights > 0 ? sqrt(fmax(0, changes) / weights) : 0;
}

static tb_status hear(const tb_listened *s, tb_heard *m, tb_error *error)
{
    tb_spectrum *spectrum = tb_spectrum_new(m->size);
    tb_mel *mel = tb_mel_new(m->size, s->sample_rate, BANDS, 30, s->top_hz);
    tb_status status = spectrum && mel ? TB_OK : tb_fail_memory(error);
    for (int64_t j = 0; !status && j < m->count; j++) {
        tb_spectrum_power(spectrum, s->x, s->n, j * m->size / 2, m->power);
        tb_mel_bands(mel, m->power, m->bands + j * BANDS);
    }
    tb_spectrum_free(spectrum);
    tb_mel_free(mel);
    return status;
}

/* Of how many frames, half a window apart, a moment of so long is. */
static int frames_in(const tb_listened *s, const tb_heard *m, double seconds)
{
    return (int)fmax(1, round(2 * seconds * s->sample_rate / m->size));
}

static tb_status measure_change(const tb_listened *s, tb_tag_report *report,
                                tb_error *error)
{
    tb_heard m = {.size = tb_listening_window(s, FLICKER)};
    m.bins = m.size / 2 + 1;
    m.count = tb_spectrum_frames(s->n, m.size, m.size / 2);
    m.bands = tb_alloc_array((size_t)m.count, BANDS * sizeof *m.bands);
    m.power = tb_alloc_array((size_t)m.bins, sizeof *m.power);
    tb_status status =
        m.bands && m.power ? hear(s, &m, error) : tb_fail_memory(error);
    if (!status) {
        report->drift_db = change_of(&m, frames_in(s, &m, MOMENT));
        report->flutter_db = change_of(&m, frames_in(s, &m, FLICKER));
    }
    tb_free(m.bands);
    tb_free(m.power);
    return status;
}

/* ---- pitch ---- */

typedef struct tb_seconds {
    int64_t count;
    int size, bins, frames; /* of each second */
    float *magnitude;       /* [count, bins], sums over frames */
    float *whole;           /* [bins] */
} tb_seconds;

static double likeness(const float *x, const float *y, int bins)
{
    double xx = tb_product(x, x, bins), yy = tb_product(y, y, bins);
    return tb_product(x, y, bins) / sqrt(xx * yy + 1e-20);
}

static tb_status listen_finely(const tb_listened *s, tb_seconds *t,
                               tb_error *error)
{
    float *power = tb_alloc_array((size_t)t->bins, sizeof *power);
    tb_spectrum *spectrum = tb_spectrum_new(t->size);
    tb_status status = power && spectrum ? TB_OK : tb_fail_memory(error);
    for (int64_t j = 0; !status && j < t->count * t->frames; j++) {
        float *sums = t->magnitude + j / t->frames * t->bins;
        tb_spectrum_power(spectrum, s->x, s->n, j * t->size / 2, power);
        for (int k = 0; k < t->bins; k++) {
            sums[k] += sqrtf(power[k]);
            t->whole[k] += sqrtf(power[k]);
        }
    }
    tb_spectrum_free(spectrum);
    tb_free(power);
    return status;
}

/* How alike the fine spectrum of each second is to that of the whole. */
static tb_status measure_sameness(const tb_listened *s, double *sameness,
                                  tb_error *error)
{
    tb_seconds t = {.size = tb_listening_window(s, MOMENT)};
    int64_t frames = tb_spectrum_frames(s->n, t.size, t.size / 2);
    t.bins = t.size / 2 + 1;
    t.frames = (int)fmin((double)frames, round(2 * s->sample_rate / t.size));
    t.count = frames / t.frames;
    t.magnitude =
        tb_alloc_array((size_t)t.count, (size_t)t.bins * sizeof *t.magnitude);
    t.whole = tb_alloc_array((size_t)t.bins, sizeof *t.whole);
    tb_status status = t.magnitude && t.whole ? listen_finely(s, &t, error)
                                              : tb_fail_memory(error);
    *sameness = 0;
    for (int64_t i = 0; !status && i < t.count; i++)
        *sameness += likeness(t.magnitude + i * t.bins, t.whole, t.bins) /
                     (double)t.count;
    tb_free(t.magnitude);
    tb_free(t.whole);
    return status;
}

tb_status tb_find_steady(const tb_listened *s, int *found,
                         tb_tag_report *report, tb_error *error)
{
    *found = 0;
    if (s->n < SHORTEST_STEADY * s->sample_rate)
        return TB_OK;
    tb_status status = measure_change(s, report, error);
    if (!status)
        status = measure_sameness(s, &report->sameness, error);
    *found = !status && report->drift_db <= MOST_DRIFT_DB &&
             report->flutter_db <= MOST_FLUTTER_DB &&
             report->sameness >= TB_LEAST_SAMENESS;
    return status;
}
