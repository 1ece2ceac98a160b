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

int tb_spectrum_size(double seconds, double sample_rate)
{
    int size = 64;
    while (size < seconds * sample_rate)
        size *= 2;
    return size;
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
