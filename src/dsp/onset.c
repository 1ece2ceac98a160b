#include "dsp/onset.h"

#include "base/memory.h"
#include "dsp/spectrum.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { RESOLUTIONS = 3, BANDS = 32, REMEMBERED = 8, FRAMES_PER_SECOND = 200 };

static const double WINDOW_SECONDS[RESOLUTIONS] = {0.046, 0.023, 0.012};

/* Below the peak, of one band; quieter is silence. */
static const double FLOOR_DB = 75;

typedef struct tb_resolution {
    int size, lag; /* samples; frames that a rise is measured over */
    tb_spectrum *spectrum;
    tb_mel *mel;
    float *power;                   /* [bins] */
    float level[REMEMBERED][BANDS]; /* dB, of the last frames */
} tb_resolution;

struct tb_onsets {
    double sample_rate;
    float floor; /* power */
    int64_t hop;
    tb_resolution resolution[RESOLUTIONS];
    float *heard; /* [room], from sample `first` on */
    int64_t room, first, count;
    float *curve; /* [frames] */
    int64_t frames, curve_room;
};

static int power_of_two(double least)
{
    int size = 16;
    while (size < least)
        size *= 2;
    return size;
}

static bool open_resolution(tb_resolution *r, double sample_rate,
                            double seconds, int64_t hop)
{
    double top = sample_rate / 2;
    r->size = power_of_two(0.75 * seconds * sample_rate);
    r->lag = (int)lround((double)r->size / 3 / (double)hop);
    if (r->lag < 1)
        r->lag = 1;
    if (r->lag >= REMEMBERED)
        r->lag = REMEMBERED - 1;
    r->spectrum = tb_spectrum_new(r->size);
    r->mel = tb_mel_new(r->size, sample_rate, BANDS, fmin(30, top / 4),
                        fmin(16000, top));
    r->power = tb_alloc_array((size_t)r->size / 2 + 1, sizeof(float));
    return r->spectrum && r->mel && r->power;
}

tb_onsets *tb_onsets_new(double sample_rate, double peak, tb_error *error)
{
    if (!(sample_rate >= 100) || !isfinite(sample_rate)) {
        tb_fail(error, TB_ERR_ARGUMENT,
                "cannot look for beginnings at a sample rate of %g",
                sample_rate);
        return NULL;
    }
    tb_onsets *o = tb_alloc(sizeof *o);
    bool good = o != NULL;
    if (o) {
        o->sample_rate = sample_rate;
        o->hop = (int64_t)ceil(sample_rate / FRAMES_PER_SECOND);
        o->floor = (float)(peak * peak * pow(10, -FLOOR_DB / 10));
        o->floor = fmaxf(o->floor, 1e-12f);
    }
    for (int i = 0; good && i < RESOLUTIONS; i++)
        good = open_resolution(&o->resolution[i], sample_rate,
                               WINDOW_SECONDS[i], o->hop);
    if (good) {
        o->room = 4 * o->resolution[0].size + o->hop;
        o->heard = tb_alloc_array((size_t)o->room, sizeof(float));
        good = o->heard != NULL;
    }
    if (good)
        return o;
    tb_onsets_free(o);
    tb_fail_memory(error);
    return NULL;
}

void tb_onsets_free(tb_onsets *o)
{
    if (!o)
        return;
    for (int i = 0; i < RESOLUTIONS; i++) {
        tb_spectrum_free(o->resolution[i].spectrum);
        tb_mel_free(o->resolution[i].mel);
        tb_free(o->resolution[i].power);
    }
    tb_free(o->heard);
    free(o->curve);
    tb_free(o);
}

/* ---- the curve ---- */

static float highest_near(const float *level, int band)
{
    float most = level[band];
    if (band > 0)
        most = fmaxf(most, level[band - 1]);
    if (band < BANDS - 1)
        most = fmaxf(most, level[band + 1]);
    return most;
}

/* How far the bands of the window around a frame rise, on the mean. */
static double rise(tb_onsets *o, tb_resolution *r, int64_t frame)
{
    float *now = r->level[frame % REMEMBERED], sum = 0;
    int64_t start = frame * o->hop - r->size / 2 - o->first;
    tb_spectrum_power(r->spectrum, o->heard, o->count, start, r->power);
    tb_mel_bands(r->mel, r->power, now);
    for (int b = 0; b < BANDS; b++)
        now[b] = 10 * log10f(now[b] + o->floor);
    if (frame < r->lag) { /* before the first frame there was silence */
        for (int b = 0; b < BANDS; b++)
            sum += now[b] - 10 * log10f(o->floor);
        return sum / BANDS;
    }
    const float *before = r->level[(frame - r->lag) % REMEMBERED];
    for (int b = 0; b < BANDS; b++)
        sum += fmaxf(0, now[b] - highest_near(before, b));
    return sum / BANDS;
}

static tb_status add_frame(tb_onsets *o, tb_error *error)
{
    double sum = 0;
    if (o->frames == o->curve_room) {
        int64_t room = o->curve_room ? 2 * o->curve_room : 4096;
        float *larger = realloc(o->curve, (size_t)room * sizeof *larger);
        if (!larger)
            return tb_fail_memory(error);
        o->curve = larger;
        o->curve_room = room;
    }
    for (int i = 0; i < RESOLUTIONS; i++)
        sum += rise(o, &o->resolution[i], o->frames);
    o->curve[o->frames++] = (float)(sum / RESOLUTIONS);
    return TB_OK;
}

/* Forgets what no later frame looks at. */
static void forget(tb_onsets *o)
{
    int64_t from = o->frames * o->hop - o->resolution[0].size / 2;
    int64_t gone = from - o->first;
    if (gone <= 0)
        return;
    gone = gone < o->count ? gone : o->count;
    memmove(o->heard, o->heard + gone,
            (size_t)(o->count - gone) * sizeof *o->heard);
    o->first += gone;
    o->count -= gone;
}

tb_status tb_onsets_feed(tb_onsets *o, const float *x, int64_t n,
                         tb_error *error)
{
    int64_t half = o->resolution[0].size / 2;
    while (n > 0) {
        int64_t take = o->room - o->count < n ? o->room - o->count : n;
        memcpy(o->heard + o->count, x, (size_t)take * sizeof *x);
        o->count += take;
        x += take;
        n -= take;
        while (o->frames * o->hop + half <= o->first + o->count) {
            tb_status status = add_frame(o, error);
            if (status)
                return status;
        }
        forget(o);
    }
    return TB_OK;
}

tb_status tb_onsets_finish(tb_onsets *o, tb_error *error)
{
    tb_status status = TB_OK;
    while (o->frames * o->hop < o->first + o->count && !status)
        status = add_frame(o, error);
    return status;
}

const float *tb_onsets_curve(const tb_onsets *o, int64_t *frames, int64_t *hop)
{
    *frames = o->frames;
    *hop = o->hop;
    return o->curve;
}

/* ---- the peaks ---- */

/* Over the frames from..to, as far as there are any. */
static double mean_of(const tb_onsets *o, int64_t from, int64_t to)
{
    double sum = 0;
    from = from > 0 ? from : 0;
    to = to < o->frames ? to : o->frames - 1;
    for (int64_t j = from; j <= to; j++)
        sum += o->curve[j];
    return sum / (double)(to - from + 1);
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* How far the curve usually is from its surroundings: in steady noise and in
   soft attacks little, so that less is needed to stand out. */
static tb_status unrest(const tb_onsets *o, double *usual, tb_error *error)
{
    int64_t around = FRAMES_PER_SECOND / 10;
    float *far = tb_alloc_array((size_t)o->frames + 1, sizeof *far);
    if (!far)
        return tb_fail_memory(error);
    for (int64_t j = 0; j < o->frames; j++)
        far[j] = fabsf(o->curve[j] - (float)mean_of(o, j - around, j + around));
    qsort(far, (size_t)o->frames, sizeof *far, by_size);
    *usual = far[o->frames / 2];
    tb_free(far);
    return TB_OK;
}

static bool is_highest(const tb_onsets *o, int64_t j, int64_t reach)
{
    for (int64_t i = j - reach; i <= j + reach; i++)
        if (i >= 0 && i < o->frames &&
            (i < j ? o->curve[i] >= o->curve[j] : o->curve[i] > o->curve[j]))
            return false;
    return true;
}

/* Of peaks that are too close together the stronger stays. */
static void add_peak(tb_onset *list, int *count, tb_onset peak, int64_t gap)
{
    tb_onset *last = &list[*count - 1];
    if (*count == 0 || peak.frame - last->frame >= gap)
        list[(*count)++] = peak;
    else if (peak.strength > last->strength)
        *last = peak;
}

tb_status tb_onsets_pick(const tb_onsets *o, double sensitivity,
                         double gap_seconds, tb_onset **list, int *count,
                         tb_error *error)
{
    double usual = 0, least;
    tb_status status = unrest(o, &usual, error);
    if (status)
        return status;
    least = fmin(fmax(6 * usual, 0.6), 1.6) * pow(2, 5 * (0.5 - sensitivity));
    int64_t reach = FRAMES_PER_SECOND * 3 / 100;
    int64_t around = FRAMES_PER_SECOND / 10;
    int64_t gap = (int64_t)ceil(gap_seconds * o->sample_rate);
    *count = 0;
    *list =
        tb_alloc_array((size_t)(o->frames / (reach + 1)) + 2, sizeof **list);
    if (!*list)
        return tb_fail_memory(error);
    for (int64_t j = 0; j < o->frames; j++) {
        if (o->curve[j] < least || !is_highest(o, j, reach))
            continue;
        double strength = o->curve[j] - mean_of(o, j - around, j + around);
        if (strength >= least)
            add_peak(*list, count, (tb_onset){j * o->hop, (float)strength},
                     gap);
    }
    return TB_OK;
}
