#include "dsp/mel.h"

#include "base/memory.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- scales ---- */

/* Slaney's scale: straight up to 1000 Hz, which is 15, then logarithmic. */
static const double straight = 200.0 / 3, bend_hz = 1000, bend_mel = 15;

static double log_step(void)
{
    return log(6.4) / 27;
}

double tb_mel_of_hz(tb_mel_scale scale, double hz)
{
    if (scale == TB_MEL_HTK)
        return 2595 * log10(1 + hz / 700);
    return hz < bend_hz ? hz / straight
                        : bend_mel + log(hz / bend_hz) / log_step();
}

double tb_hz_of_mel(tb_mel_scale scale, double mel)
{
    if (scale == TB_MEL_HTK)
        return 700 * (pow(10, mel / 2595) - 1);
    return mel < bend_mel ? mel * straight
                          : bend_hz * exp((mel - bend_mel) * log_step());
}

/* ---- bands ---- */

typedef struct tb_mel_band {
    int first, count; /* bins */
    float *weights;   /* [count] */
} tb_mel_band;

struct tb_mel {
    int bands, bins;
    tb_mel_band *band; /* [bands] */
};

/* What the weights of a band, whose peak is 1, are divided by. */
static double divisor_of(tb_mel_norm norm, double sum, double width_hz)
{
    switch (norm) {
    case TB_MEL_AREA:
        return width_hz / 2;
    case TB_MEL_PEAK:
        return 1;
    default:
        return sum;
    }
}

/* Corners of a triangle, in Hz; a bin is so wide. */
typedef struct triangle {
    double low, middle, high, bin_hz;
} triangle;

static bool make_band(tb_mel_band *band, triangle t, tb_mel_norm norm, int bins)
{
    double low = t.low / t.bin_hz, middle = t.middle / t.bin_hz;
    double high = t.high / t.bin_hz, sum = 0;
    int first = (int)floor(low) + 1, last = (int)ceil(high) - 1;
    if (last >= bins)
        last = bins - 1;
    if (first > last) {
        first = last = (int)floor(middle + 0.5);
        low = first - 1;
        middle = first;
        high = first + 1;
    }
    band->first = first;
    band->count = last - first + 1;
    band->weights = tb_alloc_array((size_t)band->count, sizeof *band->weights);
    if (!band->weights)
        return false;
    for (int k = first; k <= last; k++) {
        double w = k < middle ? (k - low) / (middle - low)
                              : (high - k) / (high - middle);
        band->weights[k - first] = (float)w;
        sum += w;
    }
    double by = divisor_of(norm, sum, t.high - t.low);
    for (int i = 0; i < band->count; i++)
        band->weights[i] = (float)((double)band->weights[i] / by);
    return true;
}

/* Triangles over `hz` [bands + 2], each peaking where its neighbours end. */
static tb_mel *new_triangles(const double *hz, int bands, int size,
                             double sample_rate, tb_mel_norm norm)
{
    tb_mel *mel = tb_alloc(sizeof *mel);
    if (!mel)
        return NULL;
    mel->bands = bands;
    mel->bins = size / 2 + 1;
    mel->band = tb_alloc_array((size_t)bands, sizeof *mel->band);
    bool good = mel->band != NULL;
    for (int b = 0; good && b < bands; b++) {
        triangle t = {hz[b], hz[b + 1], hz[b + 2], sample_rate / size};
        good = make_band(&mel->band[b], t, norm, mel->bins);
    }
    if (good)
        return mel;
    tb_mel_free(mel);
    return NULL;
}

tb_mel *tb_mel_new_of(const tb_mel_shape *s)
{
    if (s->bands < 1 || !(s->low_hz >= 0) || !(s->low_hz < s->high_hz) ||
        !(s->high_hz <= s->sample_rate / 2))
        return NULL;
    double *hz = tb_alloc_array((size_t)s->bands + 2, sizeof *hz);
    double from = tb_mel_of_hz(s->scale, s->low_hz);
    double step = (tb_mel_of_hz(s->scale, s->high_hz) - from) / (s->bands + 1);
    for (int i = 0; hz && i < s->bands + 2; i++)
        hz[i] = tb_hz_of_mel(s->scale, from + i * step);
    tb_mel *mel =
        hz ? new_triangles(hz, s->bands, s->size, s->sample_rate, s->norm)
           : NULL;
    tb_free(hz);
    return mel;
}

tb_mel *tb_mel_new(int size, double sample_rate, int bands, double low_hz,
                   double high_hz)
{
    return tb_mel_new_of(&(tb_mel_shape){.size = size,
                                         .sample_rate = sample_rate,
                                         .bands = bands,
                                         .low_hz = low_hz,
                                         .high_hz = high_hz,
                                         .scale = TB_MEL_HTK,
                                         .norm = TB_MEL_MEAN});
}

tb_mel *tb_mel_new_pitches(int size, double sample_rate, int per_octave,
                           double low_hz, double high_hz, int *bands)
{
    if (per_octave < 1 || !(low_hz > 0) || !(low_hz < high_hz) ||
        !(high_hz <= sample_rate / 2))
        return NULL;
    int count = (int)floor(per_octave * log2(high_hz / low_hz) + 1e-9);
    double *hz = tb_alloc_array((size_t)count + 2, sizeof *hz);
    for (int i = 0; hz && i < count + 2; i++)
        hz[i] = low_hz * exp2((double)(i - 1) / per_octave);
    tb_mel *mel = hz && count > 0
                      ? new_triangles(hz, count, size, sample_rate, TB_MEL_MEAN)
                      : NULL;
    tb_free(hz);
    if (mel && bands)
        *bands = count;
    return mel;
}

void tb_mel_free(tb_mel *mel)
{
    if (!mel)
        return;
    for (int b = 0; mel->band && b < mel->bands; b++)
        tb_free(mel->band[b].weights);
    tb_free(mel->band);
    tb_free(mel);
}

int tb_mel_bins(const tb_mel *mel)
{
    return mel->bins;
}

int tb_mel_count(const tb_mel *mel)
{
    return mel->bands;
}

void tb_mel_bands(const tb_mel *mel, const float *power, float *out)
{
    for (int b = 0; b < mel->bands; b++) {
        const tb_mel_band *band = &mel->band[b];
        float sum = 0;
        for (int i = 0; i < band->count; i++)
            sum += power[band->first + i] * band->weights[i];
        out[b] = sum;
    }
}

void tb_mel_weights(const tb_mel *mel, double *weights)
{
    memset(weights, 0,
           sizeof *weights * (size_t)mel->bands * (size_t)mel->bins);
    for (int b = 0; b < mel->bands; b++)
        for (int i = 0; i < mel->band[b].count; i++)
            weights[(int64_t)b * mel->bins + mel->band[b].first + i] =
                (double)mel->band[b].weights[i];
}

/* ---- the inverse ---- */

struct tb_mel_inverse {
    const tb_mel *mel;
    double step;
    float *pseudo;  /* [bins, bands] */
    float *ahead;   /* [bins]: where momentum leads */
    float *off;     /* [bands] */
    float *descent; /* [bins] */
};

/* What two bands have in common. */
static double overlap(const tb_mel_band *a, const tb_mel_band *b)
{
    int from = a->first > b->first ? a->first : b->first;
    int a_end = a->first + a->count, b_end = b->first + b->count;
    double sum = 0;
    for (int k = from; k < a_end && k < b_end; k++)
        sum +=
            (double)a->weights[k - a->first] * (double)b->weights[k - b->first];
    return sum;
}

/* Cholesky's factor of the lower half of n rows, in place. */
static void factorise(double *a, int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (int k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
        }
}

static void solve(const double *a, int n, double *x)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            x[i] -= a[i * n + k] * x[k];
        x[i] /= a[i * n + i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            x[i] -= a[k * n + i] * x[k];
        x[i] /= a[i * n + i];
    }
}

/* Row k is the solution of (weights weights^T) x = column k of the weights;
   `square` [bands, bands]. A trace on the diagonal lets bands be alike. */
static void fill_pseudo(tb_mel_inverse *inv, double *square, double *x)
{
    const tb_mel *mel = inv->mel;
    const int n = mel->bands;
    double most = 0;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++)
            square[a * n + b] = overlap(&mel->band[a], &mel->band[b]);
    for (int a = 0; a < n; a++)
        most = fmax(most, square[a * n + a]);
    for (int a = 0; a < n; a++)
        square[a * n + a] += 1e-10 * most;
    factorise(square, n);
    for (int k = 0; k < mel->bins; k++) {
        for (int b = 0; b < n; b++) {
            int i = k - mel->band[b].first;
            x[b] = i >= 0 && i < mel->band[b].count
                       ? (double)mel->band[b].weights[i]
                       : 0;
        }
        solve(square, n, x);
        for (int b = 0; b < n; b++)
            inv->pseudo[(int64_t)k * n + b] = (float)x[b];
    }
}

/* to[k] = sum over bands of weights[k] off[band] */
static void spread(const tb_mel *mel, const float *off, float *to)
{
    memset(to, 0, sizeof *to * (size_t)mel->bins);
    for (int b = 0; b < mel->bands; b++)
        for (int i = 0; i < mel->band[b].count; i++)
            to[mel->band[b].first + i] += mel->band[b].weights[i] * off[b];
}

/* The largest sum of a row of the square, weights^T weights, is no less than
   what it stretches by. */
static double safe_step(tb_mel_inverse *inv)
{
    float most = 0;
    for (int k = 0; k < inv->mel->bins; k++)
        inv->ahead[k] = 1;
    tb_mel_bands(inv->mel, inv->ahead, inv->off);
    spread(inv->mel, inv->off, inv->descent);
    for (int k = 0; k < inv->mel->bins; k++)
        most = fmaxf(most, inv->descent[k]);
    return most > 0 ? 1 / (double)most : 0;
}

tb_mel_inverse *tb_mel_inverse_new(const tb_mel *mel)
{
    size_t bands = (size_t)mel->bands, bins = (size_t)mel->bins;
    tb_mel_inverse *inv = tb_alloc(sizeof *inv);
    if (!inv)
        return NULL;
    double *square = tb_alloc_array(bands * (bands + 1), sizeof *square);
    *inv = (tb_mel_inverse){
        .mel = mel,
        .pseudo = tb_alloc_array(bins * bands, sizeof *inv->pseudo),
        .ahead = tb_alloc_array(bins, sizeof *inv->ahead),
        .off = tb_alloc_array(bands, sizeof *inv->off),
        .descent = tb_alloc_array(bins, sizeof *inv->descent)};
    if (square && inv->pseudo && inv->ahead && inv->off && inv->descent) {
        fill_pseudo(inv, square, square + bands * bands);
        inv->step = safe_step(inv);
    } else {
        tb_mel_inverse_free(inv);
        inv = NULL;
    }
    tb_free(square);
    return inv;
}

void tb_mel_inverse_free(tb_mel_inverse *inv)
{
    if (!inv)
        return;
    tb_free(inv->pseudo);
    tb_free(inv->ahead);
    tb_free(inv->off);
    tb_free(inv->descent);
    tb_free(inv);
}

const tb_mel *tb_mel_inverse_of(const tb_mel_inverse *inv)
{
    return inv->mel;
}

const float *tb_mel_pseudo_inverse(const tb_mel_inverse *inv)
{
    return inv->pseudo;
}

double tb_mel_step(const tb_mel_inverse *inv)
{
    return inv->step;
}

void tb_mel_invert(tb_mel_inverse *inv, const float *bands, int iterations,
                   float *x)
{
    const tb_mel *mel = inv->mel;
    for (int k = 0; k < mel->bins; k++) {
        float sum = 0;
        for (int b = 0; b < mel->bands; b++)
            sum += inv->pseudo[(int64_t)k * mel->bands + b] * bands[b];
        x[k] = inv->ahead[k] = sum > 0 ? sum : 0;
    }
    double pace = 1;
    for (int i = 0; i < iterations; i++) {
        double next = (1 + sqrt(1 + 4 * pace * pace)) / 2;
        float on = (float)((pace - 1) / next), step = (float)inv->step;
        tb_mel_bands(mel, inv->ahead, inv->off);
        for (int b = 0; b < mel->bands; b++)
            inv->off[b] -= bands[b];
        spread(mel, inv->off, inv->descent);
        for (int k = 0; k < mel->bins; k++) {
            float to = inv->ahead[k] - step * inv->descent[k];
            to = to > 0 ? to : 0;
            inv->ahead[k] = to + on * (to - x[k]);
            x[k] = to;
        }
        pace = next;
    }
}
