/* Noise: no structure in the long-term spectrum, and no more change over time
   than Gaussian noise of the same spectrum has. What chance would do is not
   tabled but tried: the sound is compared with its own surrogate, which has
   its spectrum with random phases (J. Theiler et al., "Testing for
   nonlinearity in time series: the method of surrogate data", Physica D 58,
   1992, section 2.4.1). */
#include "base/memory.h"
#include "base/random.h"
#include "dsp/rfft.h"
#include "dsp/spectrum.h"
#include "judge/tags_parts.h"

#include <math.h>
#include <string.h>

/* Noise is at least this flat within third octaves, */
#define LEAST_FLATNESS 0.74
/* and moves at most this much more than chance; short sounds scatter more. */
#define MOST_CHANGE 1.2
#define SHORT_SOUND 1.0

enum { BANDS = 40, COEFFICIENTS = 13, SURROGATE_SEED = 1992 };

int tb_listening_window(const tb_listened *s, double seconds)
{
    int size = 128;
    while (size * 1.5 < seconds * s->sample_rate)
        size *= 2;
    return size;
}

/* ---- flatness ---- */

static tb_status long_term(const tb_listened *s, int size, double *power,
                           int64_t *frames, tb_error *error)
{
    int bins = size / 2 + 1;
    tb_spectrum *spectrum = tb_spectrum_new(size);
    float *one = tb_alloc_array((size_t)bins, sizeof *one);
    tb_status status = spectrum && one ? TB_OK : tb_fail_memory(error);
    *frames = tb_spectrum_frames(s->n, size, size / 2);
    memset(power, 0, (size_t)bins * sizeof *power);
    for (int64_t j = 0; !status && j < *frames; j++) {
        tb_spectrum_power(spectrum, s->x, s->n, j * size / 2, one);
        for (int k = 0; k < bins; k++)
            power[k] += (double)one[k] / *frames;
    }
    tb_spectrum_free(spectrum);
    tb_free(one);
    return status;
}

/* The mean over third octaves (of at least 5 bins) of geometric over
   arithmetic mean, each counting by its amplitude, against what averaging
   `frames` periodograms of noise gives. */
static double flatness_of(const double *power, int bins, int64_t frames)
{
    double sum = 0, weights = 0;
    for (int low = 2; low < bins - 1;) {
        int high = (int)fmax(low + 5, low * 1.26);
        if (high > bins - 1)
            high = bins - 1;
        double mean = 0, logs = 0;
        for (int k = low; k < high; k++) {
            mean += power[k] / (high - low);
            logs += log(power[k] + 1e-20) / (high - low);
        }
        double weight = sqrt(mean * (high - low));
        sum += weight * exp(logs) / (mean + 1e-20);
        weights += weight;
        low = high;
    }
    double chance = exp(-1 / (2 * fmax(1, 0.75 * frames)));
    return weights > 0 ? fmin(1, sum / weights / chance) : 0;
}

static tb_status measure_flatness(const tb_listened *s, double *flatness,
                                  tb_error *error)
{
    int size = tb_listening_window(s, 0.09);
    int64_t frames;
    double *power = tb_alloc_array((size_t)size / 2 + 1, sizeof *power);
    if (!power)
        return tb_fail_memory(error);
    tb_status status = long_term(s, size, power, &frames, error);
    if (!status)
        *flatness = flatness_of(
            power, (int)(s->top_hz / s->sample_rate * size) + 1, frames);
    tb_free(power);
    return status;
}

/* ---- change ---- */

/* The variance over time, summed over the MFCC. */
static tb_status measure_movement(const tb_listened *s, int size,
                                  double *movement, tb_error *error)
{
    double sum[COEFFICIENTS] = {0}, squares[COEFFICIENTS] = {0};
    float bands[BANDS], mfcc[COEFFICIENTS];
    tb_spectrum *spectrum = tb_spectrum_new(size);
    tb_mel *mel = tb_mel_new(size, s->sample_rate, BANDS, 60, s->top_hz);
    float *power = tb_alloc_array((size_t)size / 2 + 1, sizeof *power);
    int64_t frames = tb_spectrum_frames(s->n, size, size / 2);
    tb_status status = spectrum && mel && power ? TB_OK : tb_fail_memory(error);
    for (int64_t j = 0; !status && j < frames; j++) {
        tb_spectrum_power(spectrum, s->x, s->n, j * size / 2, power);
        tb_mel_bands(mel, power, bands);
        tb_mfcc(bands, BANDS, COEFFICIENTS, mfcc);
        for (int c = 0; c < COEFFICIENTS; c++) {
            sum[c] += mfcc[c];
            squares[c] += (double)mfcc[c] * mfcc[c];
        }
    }
    *movement = 0;
    for (int c = 0; c < COEFFICIENTS; c++)
        *movement += (squares[c] - sum[c] * sum[c] / frames) / frames;
    tb_spectrum_free(spectrum);
    tb_mel_free(mel);
    tb_free(power);
    return status;
}

/* Gaussian noise with the sound's long-term spectrum. y: [size], a power of
   two not below n; the level does not matter. */
static tb_status make_surrogate(const tb_listened *s, int64_t size, float *y,
                                tb_error *error)
{
    tb_rfft *fft = tb_rfft_new(size);
    float *z = tb_alloc_array((size_t)size + 2, sizeof *z);
    tb_rng rng = {.seed = SURROGATE_SEED};
    tb_status status = fft && z ? TB_OK : tb_fail_memory(error);
    if (!status) {
        memset(y, 0, (size_t)size * sizeof *y);
        memcpy(y, s->x, (size_t)s->n * sizeof *y);
        tb_rfft_forward(fft, y, z);
        for (int64_t k = 0; k <= size / 2; k++) {
            double phase = 6.283185307179586 * tb_rng_uniform(&rng);
            double radius = hypot(z[2 * k], z[2 * k + 1]);
            z[2 * k] = (float)(radius * cos(phase));
            z[2 * k + 1] = (float)(radius * sin(phase));
        }
        tb_rfft_inverse(fft, z, y);
    }
    tb_rfft_free(fft);
    tb_free(z);
    return status;
}

static tb_status measure_change(const tb_listened *s, double *change,
                                tb_error *error)
{
    int size = tb_listening_window(s, 0.064);
    tb_listened surrogate = *s;
    double moved, chance = 1;
    surrogate.n = tb_rfft_size_for(s->n);
    surrogate.x = tb_alloc_array((size_t)surrogate.n, sizeof *surrogate.x);
    if (!surrogate.x)
        return tb_fail_memory(error);
    tb_status status = measure_movement(s, size, &moved, error);
    if (!status)
        status = make_surrogate(s, surrogate.n, surrogate.x, error);
    if (!status)
        status = measure_movement(&surrogate, size, &chance, error);
    tb_free(surrogate.x);
    if (!status)
        *change = sqrt(moved / fmax(chance, 1e-9));
    return status;
}

tb_status tb_find_noise(const tb_listened *s, int steady, int *found,
                        tb_tag_report *report, tb_error *error)
{
    double seconds = s->n / s->sample_rate;
    tb_status status = measure_flatness(s, &report->flatness, error);
    if (!status)
        status = measure_change(s, &report->change, error);
    if (status)
        return status;
    double most = MOST_CHANGE * (1 + 0.15 * SHORT_SOUND / fmax(seconds, 0.5));
    *found = report->flatness >= LEAST_FLATNESS &&
             (steady || (report->change <= most &&
                         !(report->sameness < TB_LEAST_SAMENESS)));
    return TB_OK;
}
