#include "judge/spectra_apart.h"

#include "base/memory.h"
#include "dsp/spectrum.h"

#include <math.h>
#include <stdbool.h>

enum { BANDS = 64 };
static const double MOMENT = 0.046, LOW_HZ = 40, HIGH_HZ = 16000;
static const double FLOOR = 1e-6; /* of the loudest band's power */
static const double LOUDNESS = 0.3;

/* Powers [count, BANDS] of a sound, and the largest of them. */
typedef struct tb_ear_moments {
    float *power;
    int64_t count;
    double most;
} tb_ear_moments;

static void listen(tb_ear_moments *m, tb_spectrum *spectrum, const tb_mel *mel,
                   int size, const float *x, int64_t frames, float *room)
{
    for (int64_t j = 0; j < m->count; j++) {
        float *bands = m->power + j * BANDS;
        tb_spectrum_power(spectrum, x, frames, j * size / 2, room);
        tb_mel_bands(mel, room, bands);
        for (int b = 0; b < BANDS; b++)
            m->most = fmax(m->most, (double)bands[b]);
    }
}

static double mean_apart(const tb_ear_moments *x, const tb_ear_moments *y)
{
    double sum = 0, weights = 0, floor = fmax(FLOOR * x->most, 1e-12);
    for (int64_t i = 0; i < x->count * BANDS; i++) {
        double a = (double)x->power[i], b = (double)y->power[i];
        double weight = fmax(a, b) > floor ? pow(fmax(a, b), LOUDNESS) : 0;
        sum += weight * fabs(10 * log10((a + floor) / (b + floor)));
        weights += weight;
    }
    return weights > 0 ? sum / weights : NAN;
}

tb_status tb_spectra_apart(const float *sound, const float *made,
                           int64_t frames, double sample_rate, double *db,
                           tb_error *error)
{
    int size = tb_spectrum_size(MOMENT, sample_rate);
    int64_t count = tb_spectrum_frames(frames, size, size / 2);
    tb_ear_moments m[2] = {{.count = count}, {.count = count}};
    double high = fmin(HIGH_HZ, 0.475 * sample_rate);
    tb_spectrum *spectrum = tb_spectrum_new(size);
    tb_mel *mel = tb_mel_new(size, sample_rate, BANDS, LOW_HZ, high);
    float *room = tb_alloc_array((size_t)size / 2 + 1, sizeof *room);
    for (int i = 0; i < 2; i++)
        m[i].power = tb_alloc_array((size_t)count * BANDS, sizeof(float));
    bool good = spectrum && mel && room && m[0].power && m[1].power;
    for (int i = 0; i < 2 && good; i++)
        listen(&m[i], spectrum, mel, size, i ? made : sound, frames, room);
    *db = good ? mean_apart(&m[0], &m[1]) : NAN;
    for (int i = 0; i < 2; i++)
        tb_free(m[i].power);
    tb_free(room);
    tb_mel_free(mel);
    tb_spectrum_free(spectrum);
    return good ? TB_OK : tb_fail_memory(error);
}
