#include "dsp/describe.h"

#include "base/memory.h"
#include "dsp/rfft.h"
#include "dsp/spectrum.h"

#include <math.h>
#include <string.h>

/* What one call needs besides its result. */
typedef struct tb_describer {
    tb_describe_options options;
    double sample_rate;
    int bins;
    tb_spectrum *spectrum;
    tb_mel *mel;
    tb_rfft *fft;     /* of 2 size samples: correlation without wrapping */
    float *power;     /* [bins] */
    float *before;    /* [bins], magnitudes of the frame before */
    float *now;       /* [bins] */
    float *bands;     /* [mel_bands] */
    float *samples;   /* [2 size] */
    float *transform; /* [2 size + 2] */
} tb_describer;

static tb_describe_options with_defaults(const tb_describe_options *given,
                                         double sample_rate)
{
    tb_describe_options o = {0};
    if (given)
        o = *given;
    if (!o.size)
        o.size = tb_spectrum_size(0.045, sample_rate);
    if (!o.hop)
        o.hop = o.size / 2;
    if (!o.mel_bands)
        o.mel_bands = 40;
    if (!o.coefficients)
        o.coefficients = o.mel_bands < 13 ? o.mel_bands : 13;
    if (!(o.low_hz > 0))
        o.low_hz = 50;
    if (!(o.high_hz > 0))
        o.high_hz = 1500;
    if (o.high_hz > sample_rate / 4)
        o.high_hz = sample_rate / 4;
    return o;
}

static tb_status check(const tb_describe_options *o, double sample_rate,
                       tb_error *error)
{
    if (!(sample_rate > 0) || !isfinite(sample_rate))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "cannot describe sound at a sample rate of %g",
                       sample_rate);
    if (o->size < 4 || tb_rfft_size_for(o->size) != o->size || o->hop < 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "cannot describe sound in windows of %d samples every "
                       "%d: the window must be a power of two",
                       o->size, o->hop);
    if (o->mel_bands < 1 || o->coefficients < 1 ||
        o->coefficients > o->mel_bands)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%d coefficients of %d mel bands are not possible",
                       o->coefficients, o->mel_bands);
    if (!(o->low_hz < o->high_hz))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "cannot look for pitches from %g to %g Hz at a sample "
                       "rate of %g",
                       o->low_hz, o->high_hz, sample_rate);
    return TB_OK;
}

static void close_describer(tb_describer *d)
{
    tb_spectrum_free(d->spectrum);
    tb_mel_free(d->mel);
    tb_rfft_free(d->fft);
    tb_free(d->power);
    tb_free(d->before);
    tb_free(d->now);
    tb_free(d->bands);
    tb_free(d->samples);
    tb_free(d->transform);
}

static tb_status open_describer(tb_describer *d, tb_error *error)
{
    size_t size = (size_t)d->options.size;
    d->bins = d->options.size / 2 + 1;
    d->spectrum = tb_spectrum_new(d->options.size);
    d->mel = tb_mel_new(d->options.size, d->sample_rate, d->options.mel_bands,
                        d->options.low_hz, d->sample_rate / 2);
    d->fft = tb_rfft_new(2 * (int64_t)size);
    d->power = tb_alloc_array((size_t)d->bins, sizeof(float));
    d->before = tb_alloc_array((size_t)d->bins, sizeof(float));
    d->now = tb_alloc_array((size_t)d->bins, sizeof(float));
    d->bands = tb_alloc_array((size_t)d->options.mel_bands, sizeof(float));
    d->samples = tb_alloc_array(2 * size, sizeof(float));
    d->transform = tb_alloc_array(2 * size + 2, sizeof(float));
    if (!d->spectrum || !d->mel || !d->fft || !d->power || !d->before ||
        !d->now || !d->bands || !d->samples || !d->transform)
        return tb_fail_memory(error);
    return TB_OK;
}

static tb_status make_room(tb_description *out, tb_error *error)
{
    float **arrays[] = {&out->loudness, &out->crest, &out->centroid,
                        &out->flatness, &out->flux,  &out->pitch,
                        &out->strength};
    int missing = 0;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = tb_alloc_array((size_t)out->frames, sizeof(float));
        missing += !*arrays[i];
    }
    out->mfcc = tb_alloc_array((size_t)out->frames,
                               (size_t)out->coefficients * sizeof(float));
    out->chroma = tb_alloc_array((size_t)out->frames, 12 * sizeof(float));
    return missing || !out->mfcc || !out->chroma ? tb_fail_memory(error)
                                                 : TB_OK;
}

void tb_description_clear(tb_description *out)
{
    tb_free(out->loudness);
    tb_free(out->crest);
    tb_free(out->centroid);
    tb_free(out->flatness);
    tb_free(out->flux);
    tb_free(out->pitch);
    tb_free(out->strength);
    tb_free(out->mfcc);
    tb_free(out->chroma);
    memset(out, 0, sizeof *out);
}

static void describe_level(const float *x, int64_t n, float *loudness,
                           float *crest)
{
    double sum = 0, peak = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += (double)x[i] * x[i];
        peak = fmax(peak, fabsf(x[i]));
    }
    double rms = n > 0 ? sqrt(sum / n) : 0;
    *loudness = (float)fmax(-120, 20 * log10(rms + 1e-30));
    *crest = rms > 0 ? (float)(20 * log10(peak / rms)) : 0;
}

/* Centroid and flatness of one power spectrum. The lowest bin holds what
   cannot be heard and is left out. */
static void describe_shape(const tb_describer *d, float *centroid,
                           float *flatness)
{
    double sum = 0, weighted = 0, power = 0, logs = 0;
    for (int k = 1; k < d->bins; k++) {
        sum += d->now[k];
        weighted += (double)k * d->now[k];
        power += d->power[k];
        logs += log(d->power[k] + 1e-20);
    }
    double hz = d->sample_rate / d->options.size;
    int count = d->bins - 1;
    *centroid = sum > 1e-9 ? (float)(weighted / sum * hz) : 0;
    *flatness = power > 1e-15 * count
                    ? (float)(exp(logs / count) / (power / count + 1e-20))
                    : 0;
}

/* Each bin counts for the note that it is nearest to. */
static void describe_chroma(const tb_describer *d, float *chroma)
{
    double hz = d->sample_rate / d->options.size, sum = 1e-9;
    int first = (int)ceil(65 / hz), last = (int)floor(4000 / hz);
    memset(chroma, 0, 12 * sizeof *chroma);
    for (int k = first; k <= last && k < d->bins; k++) {
        int note = (int)lround(12 * log2(k * hz / 261.6256)) % 12;
        chroma[note < 0 ? note + 12 : note] += d->now[k];
        sum += d->now[k];
    }
    for (int i = 0; i < 12; i++)
        chroma[i] = (float)(chroma[i] / sum);
}

static float flux_of(const tb_describer *d)
{
    double change = 0, both = 0;
    for (int k = 1; k < d->bins; k++) {
        change += fabsf(d->now[k] - d->before[k]);
        both += d->now[k] + d->before[k];
    }
    return both > 1e-9 ? (float)(change / both) : 0;
}

/* d->samples becomes the autocorrelation of its first `size` samples. */
static void correlate(tb_describer *d)
{
    int64_t size = d->options.size;
    memset(d->samples + size, 0, (size_t)size * sizeof(float));
    tb_rfft_forward(d->fft, d->samples, d->transform);
    for (int64_t k = 0; k <= size; k++) {
        float *z = d->transform + 2 * k;
        z[0] = z[0] * z[0] + z[1] * z[1];
        z[1] = 0;
    }
    tb_rfft_inverse(d->fft, d->transform, d->samples);
}

/* Replaces the autocorrelation r by 2 r(lag) / m(lag), between -1 and 1, where
   m sums the squares of both stretches that lag compares. */
static void normalise(float *r, const float *x, int64_t n, int64_t lags)
{
    double energy = 2 * (double)r[0];
    for (int64_t lag = 0; lag < lags; lag++) {
        if (lag > 0)
            energy -= (double)x[lag - 1] * x[lag - 1] +
                      (double)x[n - lag] * x[n - lag];
        r[lag] = energy > 1e-9 ? (float)(2 * r[lag] / energy) : 0;
    }
}

/* The first peak nearly as high as the highest, with its place between the
   lags from a parabola. 0: there is none. */
static double pick_peak(const float *r, int64_t first, int64_t last,
                        float *height)
{
    float highest = 0;
    for (int64_t lag = first; lag <= last; lag++)
        if (r[lag] > r[lag - 1] && r[lag] >= r[lag + 1] && r[lag] > highest)
            highest = r[lag];
    *height = 0;
    for (int64_t lag = first; highest > 0 && lag <= last; lag++)
        if (r[lag] > r[lag - 1] && r[lag] >= r[lag + 1] &&
            r[lag] >= 0.9f * highest) {
            double a = r[lag - 1], b = r[lag], c = r[lag + 1];
            double bend = a - 2 * b + c;
            *height = (float)fmin(1, b);
            return lag + (bend < 0 ? (a - c) / (2 * bend) : 0);
        }
    return 0;
}

static void describe_pitch(tb_describer *d, const float *x, int64_t n,
                           float *pitch, float *strength)
{
    int64_t size = d->options.size;
    int64_t first = (int64_t)floor(d->sample_rate / d->options.high_hz);
    int64_t last = (int64_t)ceil(d->sample_rate / d->options.low_hz);
    if (first < 2)
        first = 2;
    if (last > size / 2)
        last = size / 2;
    *pitch = *strength = 0;
    for (int64_t i = 0; i < size; i++)
        d->samples[i] = i < n ? x[i] : 0;
    correlate(d);
    if (n < size || d->samples[0] < 1e-9f * (float)size)
        return;
    normalise(d->samples, x, size, last + 2);
    double lag = pick_peak(d->samples, first, last, strength);
    if (*strength > 0.3f)
        *pitch = (float)(d->sample_rate / lag);
}

static void describe_frame(tb_describer *d, const float *x, int64_t n,
                           int64_t j, tb_description *out)
{
    int64_t start = j * d->options.hop;
    int64_t left = n - start;
    if (left > d->options.size)
        left = d->options.size;
    describe_level(x + start, left, &out->loudness[j], &out->crest[j]);
    tb_spectrum_power(d->spectrum, x, n, start, d->power);
    for (int k = 0; k < d->bins; k++)
        d->now[k] = sqrtf(d->power[k]);
    describe_shape(d, &out->centroid[j], &out->flatness[j]);
    describe_chroma(d, out->chroma + 12 * j);
    out->flux[j] = j > 0 ? flux_of(d) : 0;
    tb_mel_bands(d->mel, d->power, d->bands);
    tb_mfcc(d->bands, d->options.mel_bands, out->coefficients,
            out->mfcc + j * out->coefficients);
    describe_pitch(d, x + start, left, &out->pitch[j], &out->strength[j]);
    float *swap = d->before;
    d->before = d->now;
    d->now = swap;
}

tb_status tb_describe(const float *x, int64_t n, double sample_rate,
                      const tb_describe_options *options, tb_description *out,
                      tb_error *error)
{
    tb_describer d = {.options = with_defaults(options, sample_rate),
                      .sample_rate = sample_rate};
    memset(out, 0, sizeof *out);
    tb_status status = check(&d.options, sample_rate, error);
    if (!status)
        status = open_describer(&d, error);
    if (!status) {
        out->frames = tb_spectrum_frames(n, d.options.size, d.options.hop);
        out->size = d.options.size;
        out->hop = d.options.hop;
        out->coefficients = d.options.coefficients;
        out->sample_rate = sample_rate;
        status = make_room(out, error);
    }
    if (!status)
        for (int64_t j = 0; j < out->frames; j++)
            describe_frame(&d, x, n, j, out);
    else
        tb_description_clear(out);
    close_describer(&d);
    return status;
}
