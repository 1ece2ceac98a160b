/* Change of the mel bands, and attacks in wide ones. */
#include "judge/ear_parts.h"

#include <math.h>

enum { TAU_STEPS = 4, FALL_STEPS = 2, TELLING_BAND = 6 };

/* Of 16 quick frames a second at 16 kHz: they come at 250 Hz. */
#define LOWEST_MODULATION 4.0

static const int lags[TB_EAR_LAGS] = {2, 4, 8, 16, 32}; /* mid frames */
static const double quantiles[TB_EAR_QUANTILES] = {0.25, 0.5, 0.9};

/* ---- change ---- */

static void change_over(tb_ear *e, int third, int lag, float *out)
{
    const int n = TB_EAR_BANDS / TB_EAR_THIRDS;
    int64_t pairs = e->mid.frames - lag;
    for (int64_t j = 0; j < pairs; j++) {
        const float *x = e->mid.level + j * TB_EAR_BANDS + third * n;
        const float *y = x + lag * TB_EAR_BANDS;
        float sum = 0;
        for (int b = 0; b < n; b++)
            sum += fabsf(y[b] - x[b]);
        e->values[j] = sum / (float)n;
    }
    for (int q = 0; pairs > 0 && q < TB_EAR_QUANTILES; q++)
        out[q] = log2f(0.5f + tb_ear_quantile(e->values, pairs, quantiles[q]));
}

void tb_ear_change(tb_ear *e, tb_traits *t)
{
    for (int third = 0; third < TB_EAR_THIRDS; third++)
        for (int k = 0; k < TB_EAR_LAGS; k++)
            change_over(e, third, lags[k], t->change[third][k]);
}

/* ---- attacks ---- */

/* Amplitudes, levels, and the level of all bands together. */
static void follow(tb_ear *e, const float *take)
{
    tb_banded *q = &e->quick;
    for (int64_t j = 0; j < q->frames; j++) {
        float *level = q->level + j * TB_EAR_QUICK, sum = 0;
        tb_spectrum_power(q->spectrum, take, e->take_frames, j * q->hop,
                          e->power);
        tb_mel_bands(q->mel, e->power, level);
        for (int b = 0; b < TB_EAR_QUICK; b++) {
            sum += level[b];
            e->envelope[j * TB_EAR_QUICK + b] = sqrtf(level[b]);
            level[b] = 10 * log10f(level[b] + e->mid_floor);
        }
        e->total[j] = 10 * log10f(sum + e->mid_floor);
    }
}

/* The power spectrum of a band's envelope over its mean, in octaves. */
static void modulation_of(tb_ear *e, int band, tb_traits *t)
{
    int64_t n = e->quick.frames;
    double mean = 0, rate = e->sample_rate / e->quick.hop;
    for (int64_t j = 0; j < n; j++)
        mean += e->envelope[j * TB_EAR_QUICK + band] / (double)n;
    for (int64_t j = 0; j < n; j++) {
        double window = 0.5 - 0.5 * cos(6.283185307179586 * (double)j /
                                        (double)(n > 1 ? n - 1 : 1));
        double x = e->envelope[j * TB_EAR_QUICK + band] - mean;
        e->signal[j] = (float)(x / (mean + sqrt(e->mid_floor)) * window);
    }
    tb_rfft_forward(e->fft, e->signal, e->bins);
    for (int m = 0; m < TB_EAR_MODULATIONS; m++) {
        double low = LOWEST_MODULATION * (1 << m), sum = 0;
        int64_t from = (int64_t)ceil(low * (double)n / rate);
        int64_t to = (int64_t)ceil(2 * low * (double)n / rate);
        if (to > n / 2 + 1)
            to = n / 2 + 1;
        for (int64_t k = 2 * from; k < 2 * to; k++)
            sum += (double)e->bins[k] * e->bins[k];
        if (to > from)
            sum /= (double)(to - from) * (double)n;
        t->modulation[m][band] = (float)(0.5 * log2(1e-3 + sum));
    }
}

/* Rises that are quicker than falls lean to one side, and attacks that stand
   alone have long tails. */
static void slopes_of(tb_ear *e, int band, tb_traits *t)
{
    int64_t pairs = e->quick.frames - TAU_STEPS;
    double mean = 0, two = 0, three = 0, four = 0;
    if (pairs < 1)
        return;
    for (int64_t j = 0; j < pairs; j++)
        mean += (e->quick.level[(j + TAU_STEPS) * TB_EAR_QUICK + band] -
                 e->quick.level[j * TB_EAR_QUICK + band]) /
                (double)pairs;
    for (int64_t j = 0; j < pairs; j++) {
        double d = e->quick.level[(j + TAU_STEPS) * TB_EAR_QUICK + band] -
                   e->quick.level[j * TB_EAR_QUICK + band];
        two += (d - mean) * (d - mean) / (double)pairs;
        three += d * d * d / (double)pairs;
        four += d * d * d * d / (double)pairs;
    }
    double s = sqrt(two) + 0.5;
    t->asymmetry[band] = (float)cbrt(three / (s * s * s));
    t->peakiness[band] = (float)log2(four / (s * s * s * s) + 0.5);
}

/* The third quickest fall of the whole within 8 ms (nothing that sounds by
   itself stops dead), and how far most bands jump at once in 16 ms, at the
   sixth greatest place. */
static void sudden(tb_ear *e, tb_traits *t)
{
    int64_t falls = e->quick.frames - FALL_STEPS;
    int64_t jumps = e->quick.frames - TAU_STEPS;
    if (jumps < 8)
        return;
    for (int64_t j = 0; j < falls; j++)
        e->values[j] = e->total[j] - e->total[j + FALL_STEPS];
    float fall =
        tb_ear_quantile(e->values, falls, 1 - 2.0 / (double)(falls - 1));
    for (int64_t j = 0; j < jumps; j++) {
        float band[TB_EAR_QUICK];
        const float *x = e->quick.level + j * TB_EAR_QUICK;
        for (int b = 0; b < TB_EAR_QUICK; b++)
            band[b] = fabsf(x[TAU_STEPS * TB_EAR_QUICK + b] - x[b]);
        e->values[j] = tb_ear_quantile(band, TB_EAR_QUICK,
                                       (TB_EAR_QUICK - 1.0 - TELLING_BAND) /
                                           (TB_EAR_QUICK - 1));
    }
    float jump =
        tb_ear_quantile(e->values, jumps, 1 - 5.0 / (double)(jumps - 1));
    t->sudden[0] = log2f(1 + fmaxf(0, fall));
    t->sudden[1] = log2f(1 + fmaxf(0, jump));
}

void tb_ear_attacks(tb_ear *e, const float *take, tb_traits *t)
{
    follow(e, take);
    for (int b = 0; b < TB_EAR_QUICK; b++) {
        modulation_of(e, b, t);
        slopes_of(e, b, t);
    }
    sudden(e, t);
}
