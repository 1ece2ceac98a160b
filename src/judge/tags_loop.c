/* Standing loops: a stretch at the sound's end in which every moment equals
   the one a cycle earlier, or in which the spectrum does not change at all. */
#include "base/memory.h"
#include "dsp/product.h"
#include "dsp/rfft.h"
#include "dsp/spectrum.h"
#include "judge/tags_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Cycles are looked for between these; a shorter one repeats there too. */
#define SHORTEST_LAG 0.2
#define LONGEST_LAG 4.0
/* A loop must come round this often before it is one, */
#define LEAST_CYCLES 2.5
/* and fill this share of the sound. */
#define LEAST_SHARE (1.0 / 3)
#define LONGEST_TAIL 12.0
/* Moments that are compared, and how they must agree. */
#define WINDOW 0.1
#define DRIFT 0.004
#define ALIKE 0.8
#define MOST_GAIN 1.6
#define GOOD_SHARE 0.92
/* What is this far below the whole is not compared. */
#define QUIET 0.02
/* The beginning and the end of the stretch must be as loud and as bright. */
#define MOST_LEVEL_CHANGE 3.0
#define MOST_COLOUR_CHANGE 2.5
/* A steady spectrum: each frame's likeness to their mean; that of noise is
   0.89. */
#define STEADY 0.96
#define STEADY_DB 2.0

enum { CANDIDATES = 8, LEAST_WINDOWS = 4, BANDS = 32 };

/* The stretch from `from` to the sound's end stands. */
typedef struct tb_standing {
    int64_t from, lag; /* samples; lag 0: steady */
    double agreement;
} tb_standing;

/* ---- where cycles may be ---- */

/* Normalised autocorrelation of the last `length` samples, r[0..most]. */
static tb_status correlate(const tb_listened *s, int64_t length, int64_t most,
                           float *r, tb_error *error)
{
    int64_t size = tb_rfft_size_for(length + most);
    const float *x = s->x + s->n - length;
    tb_rfft *fft = tb_rfft_new(size);
    float *wave = tb_alloc_array((size_t)size, sizeof *wave);
    float *z = tb_alloc_array((size_t)size + 2, sizeof *z);
    tb_status status = TB_OK;
    if (fft && wave && z) {
        memcpy(wave, x, (size_t)length * sizeof *wave);
        tb_rfft_forward(fft, wave, z);
        for (int64_t k = 0; k <= size / 2; k++) {
            z[2 * k] = z[2 * k] * z[2 * k] + z[2 * k + 1] * z[2 * k + 1];
            z[2 * k + 1] = 0;
        }
        tb_rfft_inverse(fft, z, wave);
        double early = wave[0], late = wave[0];
        for (int64_t lag = 0; lag <= most; lag++) {
            double scale = sqrt(fmax(0, early) * fmax(0, late));
            r[lag] = scale > 1e-3 * wave[0] ? (float)(wave[lag] / scale) : 0;
            early -= (double)x[length - 1 - lag] * x[length - 1 - lag];
            late -= (double)x[lag] * x[lag];
        }
    } else {
        status = tb_fail_memory(error);
    }
    tb_rfft_free(fft);
    tb_free(wave);
    tb_free(z);
    return status;
}

/* Adds the highest peaks of r, apart from each other, to the candidates. Of
   equal ones the shorter lag comes first. */
static int pick_lags(const float *r, int64_t least, int64_t most, int64_t apart,
                     int64_t *lags, int count, int wanted)
{
    int first = count;
    for (; count < first + wanted; count++) {
        double best = 0.2;
        int64_t at = 0;
        for (int64_t lag = least; lag < most; lag++) {
            double height = r[lag] - 0.02 * lag / most;
            int taken = !(r[lag] >= r[lag - 1] && r[lag] >= r[lag + 1]);
            for (int i = first; !taken && height > best && i < count; i++)
                taken = llabs(lags[i] - lag) < apart;
            if (!taken && height > best) {
                best = height;
                at = lag;
            }
        }
        if (at == 0)
            break;
        lags[count] = at;
    }
    return count;
}

/* ---- whether they stand ---- */

typedef struct tb_moment {
    double likeness, gain;
    int64_t drift;
} tb_moment;

/* The moment that starts at x[t] against the one `lag` earlier, which may lie
   up to `reach` samples off. */
static tb_moment compare(const tb_listened *s, int64_t t, int64_t n,
                         int64_t lag, int64_t reach, int64_t guess)
{
    tb_moment best = {-1, 1, 0};
    double xx = tb_product(s->x + t, s->x + t, n) + 1e-20;
    for (int pass = 0; pass < 2 && best.likeness < 0.95; pass++) {
        int64_t low = pass ? -reach : guess - 2;
        int64_t high = pass ? reach : guess + 2;
        for (int64_t d = low; d <= high; d++) {
            const float *y = s->x + t - lag + d;
            if (t - lag + d < 0 || t - lag + d + n > s->n)
                continue;
            double yy = tb_product(y, y, n) + 1e-20;
            double likeness = tb_product(s->x + t, y, n) / sqrt(xx * yy);
            if (likeness > best.likeness)
                best = (tb_moment){likeness, sqrt(xx / yy), d};
        }
    }
    return best;
}

static double power_of(const float *x, int64_t n)
{
    return n > 0 ? tb_product(x, x, n) / n : 0;
}

/* How far back from the end every moment equals the one `lag` before. */
static tb_standing stretch_of(const tb_listened *s, int64_t lag, double quiet)
{
    int64_t n = (int64_t)(WINDOW * s->sample_rate);
    int64_t reach = (int64_t)fmin(DRIFT * s->sample_rate, lag * 0.02);
    int64_t guess = 0;
    int good = 0, heard = 0;
    double sum = 0;
    tb_standing found = {.from = s->n, .lag = lag};
    for (int64_t t = s->n - n; t - lag >= 0; t -= n) {
        double now = power_of(s->x + t, n);
        double then = power_of(s->x + t - lag, n);
        if (now < quiet && then < quiet)
            continue;
        tb_moment m = compare(s, t, n, lag, reach, guess);
        heard++;
        if (m.likeness >= ALIKE && m.gain < MOST_GAIN &&
            m.gain > 1 / MOST_GAIN) {
            good++;
            sum += m.likeness;
            guess = m.drift;
        }
        if (heard >= 8 && good < heard / 2)
            break;
        if (heard >= LEAST_WINDOWS && good >= GOOD_SHARE * heard) {
            found.from = t - lag;
            found.agreement = sum / good;
        }
    }
    return found;
}

/* Mean mel bands, in dB, of a stretch. */
static tb_status colour_of(const tb_listened *s, int64_t from, int64_t n,
                           double *bands, tb_error *error)
{
    enum { SIZE = 1024 };
    float power[SIZE / 2 + 1], mel_power[BANDS];
    tb_spectrum *spectrum = tb_spectrum_new(SIZE);
    tb_mel *mel = tb_mel_new(SIZE, s->sample_rate, BANDS, 30, s->top_hz);
    tb_status status = spectrum && mel ? TB_OK : tb_fail_memory(error);
    for (int b = 0; b < BANDS; b++)
        bands[b] = 0;
    int64_t frames = tb_spectrum_frames(n, SIZE, SIZE / 2);
    for (int64_t j = 0; !status && j < frames; j++) {
        tb_spectrum_power(spectrum, s->x + from, n, j * SIZE / 2, power);
        tb_mel_bands(mel, power, mel_power);
        for (int b = 0; b < BANDS; b++)
            bands[b] += (double)mel_power[b] / frames;
    }
    for (int b = 0; b < BANDS; b++)
        bands[b] = 10 * log10(bands[b] + 1e-12);
    tb_spectrum_free(spectrum);
    tb_mel_free(mel);
    return status;
}

/* Whether the first and the last cycles of the stretch are as loud and of the
   same colour: a decay or a slow glide repeats itself from cycle to cycle, but
   does not stand. */
static tb_status ends_agree(const tb_listened *s, const tb_standing *found,
                            int *agree, tb_error *error)
{
    int64_t whole = s->n - found->from, part = whole / 2;
    if (found->lag > 0 && part > found->lag)
        part -= part % found->lag;
    double early[BANDS], late[BANDS], loudest = -200, difference = 0;
    tb_status status = colour_of(s, found->from, part, early, error);
    if (!status)
        status = colour_of(s, s->n - part, part, late, error);
    if (status)
        return status;
    double change = 10 * log10((power_of(s->x + s->n - part, part) + 1e-12) /
                               (power_of(s->x + found->from, part) + 1e-12));
    int count = 0;
    for (int b = 0; b < BANDS; b++)
        loudest = fmax(loudest, fmax(early[b], late[b]));
    for (int b = 0; b < BANDS; b++)
        if (fmax(early[b], late[b]) > loudest - 35) {
            difference += fabs(early[b] - late[b]);
            count++;
        }
    *agree = fabs(change) <= MOST_LEVEL_CHANGE &&
             difference / count <= MOST_COLOUR_CHANGE;
    return TB_OK;
}

static int long_enough(const tb_listened *s, const tb_standing *found)
{
    int64_t length = s->n - found->from;
    return length >= LEAST_CYCLES * found->lag &&
           length >= LEAST_SHARE * s->n && length >= 0.5 * s->sample_rate;
}

/* ---- steady spectra ---- */

typedef struct tb_frames {
    int64_t count;
    int bins, size, hop;
    float *magnitude; /* [count, bins] */
    float *mean;      /* [bins], over the last third */
} tb_frames;

static double likeness_to_mean(const tb_frames *f, int64_t j, double *level)
{
    const float *m = f->magnitude + j * f->bins;
    double xy = 0, xx = 0, yy = 0;
    for (int k = 1; k < f->bins; k++) {
        xy += (double)m[k] * f->mean[k];
        xx += (double)m[k] * m[k];
        yy += (double)f->mean[k] * f->mean[k];
    }
    *level = 10 * log10((xx + 1e-20) / (yy + 1e-20));
    return xy / sqrt(xx * yy + 1e-20);
}

/* How far back from the end all frames are alike. */
static tb_standing steady_stretch(const tb_listened *s, tb_frames *f)
{
    int64_t third = f->count / 3 < 3 ? 3 : f->count / 3;
    for (int64_t j = f->count - third; j < f->count; j++)
        for (int k = 0; k < f->bins; k++)
            f->mean[k] += f->magnitude[j * f->bins + k] / (float)third;
    int good = 0, heard = 0;
    double sum = 0, level;
    tb_standing found = {.from = s->n};
    for (int64_t j = f->count - 1; j >= 0; j--) {
        double likeness = likeness_to_mean(f, j, &level);
        heard++;
        if (likeness >= STEADY && fabs(level) <= STEADY_DB) {
            good++;
            sum += likeness;
        }
        if (heard >= 3 && good >= GOOD_SHARE * heard) {
            found.from = j == 0 ? 0 : j * f->hop;
            found.agreement = sum / good;
        }
    }
    return found;
}

static tb_status find_steady(const tb_listened *s, tb_standing *found,
                             tb_error *error)
{
    tb_frames f = {.size = 512};
    while (f.size < 0.09 * s->sample_rate)
        f.size *= 2;
    f.hop = f.size / 2;
    f.bins = f.size / 2 + 1;
    f.count = tb_spectrum_frames(s->n, f.size, f.hop);
    *found = (tb_standing){.from = s->n};
    if (f.count < 4)
        return TB_OK;
    tb_spectrum *spectrum = tb_spectrum_new(f.size);
    f.magnitude =
        tb_alloc_array((size_t)f.count, (size_t)f.bins * sizeof *f.magnitude);
    f.mean = tb_alloc_array((size_t)f.bins, sizeof *f.mean);
    tb_status status = TB_OK;
    if (spectrum && f.magnitude && f.mean) {
        tb_stft_magnitude(spectrum, s->x, s->n, f.hop, f.magnitude);
        *found = steady_stretch(s, &f);
    } else {
        status = tb_fail_memory(error);
    }
    tb_spectrum_free(spectrum);
    tb_free(f.magnitude);
    tb_free(f.mean);
    return status;
}

/* ---- all of it ---- */

/* Between the lags, from a parabola through three values. */
static double peak_at(const float *r, int64_t i)
{
    double bend = r[i - 1] - 2.0 * r[i] + r[i + 1];
    return i + (bend < 0 ? (r[i - 1] - r[i + 1]) / (2 * bend) : 0);
}

/* The shortest lag after which the stretch repeats about as exactly as it does
   after its own. */
static tb_status shortest_cycle(const tb_listened *s,
                                const tb_standing *standing, double *cycle,
                                tb_error *error)
{
    int64_t length = s->n - standing->from, lag = standing->lag;
    if (length > LONGEST_TAIL * s->sample_rate)
        length = (int64_t)(LONGEST_TAIL * s->sample_rate);
    float *r = tb_alloc_array((size_t)lag + 2, sizeof *r);
    if (!r)
        return tb_fail_memory(error);
    tb_status status = correlate(s, length, lag + 1, r, error);
    double enough = 1 - 1.5 * (1 - r[lag]) - 0.01;
    int64_t i = 1;
    while (i < lag && r[i] > 0.5 * r[lag])
        i++;
    while (i < lag && !(r[i] >= enough && r[i] >= r[i - 1] && r[i] > r[i + 1]))
        i++;
    *cycle = peak_at(r, i);
    tb_free(r);
    return status;
}

/* Tries the lags that the last `length` samples suggest; keeps the longest
   stretch. */
static tb_status try_tail(const tb_listened *s, int64_t length,
                          tb_standing *best, tb_error *error)
{
    int64_t least = (int64_t)(SHORTEST_LAG * s->sample_rate);
    int64_t most =
        (int64_t)fmin(LONGEST_LAG * s->sample_rate, length / LEAST_CYCLES);
    int64_t lags[CANDIDATES];
    if (most <= least + 2)
        return TB_OK;
    float *r = tb_alloc_array((size_t)most + 1, sizeof *r);
    if (!r)
        return tb_fail_memory(error);
    double quiet = QUIET * power_of(s->x + s->n - length, length);
    tb_status status = correlate(s, length, most, r, error);
    int count =
        status ? 0
               : pick_lags(r, least, most, (int64_t)(0.01 * s->sample_rate),
                           lags, 0, CANDIDATES);
    for (int i = 0; !status && i < count && best->from > least; i++) {
        tb_standing found = stretch_of(s, lags[i], quiet);
        int agree = 0;
        if (!long_enough(s, &found) || found.from >= best->from)
            continue;
        status = ends_agree(s, &found, &agree, error);
        if (!status && agree)
            *best = found;
    }
    tb_free(r);
    return status;
}

static tb_status find_cycles(const tb_listened *s, tb_standing *best,
                             tb_error *error)
{
    int64_t longest =
        (int64_t)fmin(LONGEST_TAIL * s->sample_rate, (double)s->n);
    tb_status status = TB_OK;
    for (int parts = 1; !status && parts <= 3; parts++)
        status = try_tail(s, longest < s->n / parts ? longest : s->n / parts,
                          best, error);
    return status;
}

/* A steady sound has no cycle but one that is shorter than what was looked
   for: the others are chance, as in a chord. */
static tb_status describe_cycle(const tb_listened *s, const tb_standing *cyclic,
                                int steady, tb_tag_report *report,
                                tb_error *error)
{
    double cycle = 0;
    tb_status status = TB_OK;
    if (cyclic->from < s->n)
        status = shortest_cycle(s, cyclic, &cycle, error);
    cycle /= s->sample_rate;
    report->cycle_seconds = steady && cycle > 0.9 * SHORTEST_LAG ? 0 : cycle;
    return status;
}

tb_status tb_find_loop(const tb_listened *s, int *found, tb_tag_report *report,
                       tb_error *error)
{
    tb_standing cyclic = {.from = s->n}, steady;
    int agree = 0;
    tb_status status = find_cycles(s, &cyclic, error);
    if (!status)
        status = find_steady(s, &steady, error);
    if (!status && long_enough(s, &steady))
        status = ends_agree(s, &steady, &agree, error);
    if (status)
        return status;
    agree = agree && steady.from <= cyclic.from + 0.2 * s->sample_rate;
    tb_standing best = agree ? steady : cyclic;
    *found = best.from < s->n;
    report->loop_share = 1 - (double)best.from / s->n;
    report->loop_agreement = *found ? best.agreement : NAN;
    return *found ? describe_cycle(s, &cyclic, agree, report, error) : TB_OK;
}
