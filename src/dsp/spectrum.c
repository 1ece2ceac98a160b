#include "dsp/spectrum.h"

#include "base/memory.h"
#include "dsp/rfft.h"

#include <math.h>

#define TB_TAU 6.283185307179586

struct tb_spectrum {
    int size;
    tb_rfft *fft;
    float *window; /* [size] */
    float *x;      /* [size] */
    float *z;      /* [size + 2] */
};

tb_spectrum *tb_spectrum_new(int size)
{
    tb_spectrum *s =
        tb_rfft_size_for(size) == size ? tb_alloc(sizeof *s) : NULL;
    if (!s)
        return NULL;
    s->size = size;
    s->fft = tb_rfft_new(size);
    if (s->fft) {
        s->window = tb_alloc_array((size_t)size, sizeof *s->window);
        s->x = tb_alloc_array((size_t)size, sizeof *s->x);
        s->z = tb_alloc_array((size_t)size + 2, sizeof *s->z);
    }
    if (!s->fft || !s->window || !s->x || !s->z) {
        tb_spectrum_free(s);
        return NULL;
    }
    /* The window sums to 2, which brings the peak of a sine to 1. */
    for (int i = 0; i < size; i++)
        s->window[i] = (float)((1 - cos(TB_TAU * i / size)) * 2 / size);
    return s;
}

void tb_spectrum_free(tb_spectrum *s)
{
    if (!s)
        return;
    tb_rfft_free(s->fft);
    tb_free(s->window);
    tb_free(s->x);
    tb_free(s->z);
    tb_free(s);
}

int tb_spectrum_bins(const tb_spectrum *s)
{
    return s->size / 2 + 1;
}

void tb_spectrum_power(tb_spectrum *s, const float *x, int64_t n, int64_t start,
                       float *power)
{
    for (int i = 0; i < s->size; i++) {
        int64_t t = start + i;
        s->x[i] = t >= 0 && t < n ? x[t] * s->window[i] : 0;
    }
    tb_rfft_forward(s->fft, s->x, s->z);
    for (int k = 0; k <= s->size / 2; k++)
        power[k] =
            s->z[2 * k] * s->z[2 * k] + s->z[2 * k + 1] * s->z[2 * k + 1];
}

int64_t tb_spectrum_frames(int64_t n, int size, int hop)
{
    return n > size ? 1 + (n - size) / hop : 1;
}

void tb_stft_power(tb_spectrum *s, const float *x, int64_t n, int hop,
                   float *out)
{
    int64_t frames = tb_spectrum_frames(n, s->size, hop);
    for (int64_t j = 0; j < frames; j++)
        tb_spectrum_power(s, x, n, j * hop, out + j * tb_spectrum_bins(s));
}

void tb_stft_magnitude(tb_spectrum *s, const float *x, int64_t n, int hop,
                       float *out)
{
    int64_t count = tb_spectrum_frames(n, s->size, hop) * tb_spectrum_bins(s);
    tb_stft_power(s, x, n, hop, out);
    for (int64_t i = 0; i < count; i++)
        out[i] = sqrtf(out[i]);
}

typedef struct tb_mel_band {
    int first, count; /* bins */
    float *weights;   /* [count] */
} tb_mel_band;

struct tb_mel {
    int bands;
    tb_mel_band *band; /* [bands] */
};

static double mel_of(double hz)
{
    return 2595 * log10(1 + hz / 700);
}

static double hz_of(double mel)
{
    return 700 * (pow(10, mel / 2595) - 1);
}

/* A triangle from `low` to `high` that peaks at `middle`, all in bins. */
static int make_band(tb_mel_band *band, double low, double middle, double high,
                     int bins)
{
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
        return 0;
    double sum = 0;
    for (int k = first; k <= last; k++) {
        double w = k < middle ? (k - low) / (middle - low)
                              : (high - k) / (high - middle);
        band->weights[k - first] = (float)w;
        sum += w;
    }
    for (int i = 0; i < band->count; i++)
        band->weights[i] /= (float)sum;
    return 1;
}

/* Triangles over `hz` [bands + 2], each peaking where its neighbours end. */
static tb_mel *new_triangles(const double *hz, int bands, int size,
                             double sample_rate)
{
    tb_mel *mel = tb_alloc(sizeof *mel);
    double bin = size / sample_rate;
    if (!mel)
        return NULL;
    mel->bands = bands;
    mel->band = tb_alloc_array((size_t)bands, sizeof *mel->band);
    int good = mel->band != NULL;
    for (int b = 0; good && b < bands; b++)
        good = make_band(&mel->band[b], hz[b] * bin, hz[b + 1] * bin,
                         hz[b + 2] * bin, size / 2 + 1);
    if (good)
        return mel;
    tb_mel_free(mel);
    return NULL;
}

tb_mel *tb_mel_new(int size, double sample_rate, int bands, double low_hz,
                   double high_hz)
{
    if (bands < 1 || !(low_hz >= 0) || !(low_hz < high_hz) ||
        !(high_hz <= sample_rate / 2))
        return NULL;
    double *hz = tb_alloc_array((size_t)bands + 2, sizeof *hz);
    double from = mel_of(low_hz);
    double step = (mel_of(high_hz) - from) / (bands + 1);
    for (int i = 0; hz && i < bands + 2; i++)
        hz[i] = hz_of(from + i * step);
    tb_mel *mel = hz ? new_triangles(hz, bands, size, sample_rate) : NULL;
    tb_free(hz);
    return mel;
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
    tb_mel *mel =
        hz && count > 0 ? new_triangles(hz, count, size, sample_rate) : NULL;
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

void tb_mfcc(const float *bands_power, int bands, int count, float *out)
{
    for (int c = 0; c < count; c++) {
        double sum = 0;
        for (int b = 0; b < bands; b++)
            sum += 10 * log10(bands_power[b] + 1e-10) *
                   cos(TB_TAU / 2 * c * (b + 0.5) / bands);
        out[c] = (float)(sum * sqrt((c ? 2.0 : 1.0) / bands));
    }
}
