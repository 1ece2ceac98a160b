#include "judge/shaped_noise.h"

#include "base/memory.h"
#include "base/random.h"
#include "dsp/rfft.h"

#include <math.h>

/* A quarter octave to both sides. */
#define REACH 1.189207115002721

/* Amplitudes of the smoothed spectrum, [size / 2 + 1]. */
static void smooth(const double *power, int size, double *amplitude)
{
    int bins = size / 2 + 1, from = 0, to = 0;
    double sum = 0;
    for (int k = 0; k < bins; k++) {
        int low = (int)(k / REACH), high = (int)(k * REACH) + 1;
        if (low > k - 1)
            low = k > 0 ? k - 1 : 0;
        if (high < k + 2)
            high = k + 2;
        while (to < high && to < bins)
            sum += power[to++];
        while (from < low)
            sum -= power[from++];
        amplitude[k] = sqrt(fmax(sum, 0) / (to - from));
    }
}

/* Multiplies the bins of a transform of `length` samples. */
static void colour(float *z, int64_t length, const double *amplitude, int size)
{
    for (int64_t k = 0; k <= length / 2; k++) {
        double at = (double)k * size / (double)length;
        int low = (int)at < size / 2 ? (int)at : size / 2 - 1;
        double share = at - low;
        double gain = (1 - share) * amplitude[low] + share * amplitude[low + 1];
        z[2 * k] *= (float)gain;
        z[2 * k + 1] *= (float)gain;
    }
}

tb_status tb_shaped_noise(const double *power, int size, uint64_t seed,
                          uint32_t number, float *mono, int64_t frames,
                          tb_error *error)
{
    int64_t length = tb_rfft_size_for(frames);
    tb_rfft *fft = length ? tb_rfft_new(length) : NULL;
    float *x = tb_alloc_array((size_t)length + 2, sizeof *x);
    double *amplitude = tb_alloc_array((size_t)size / 2 + 1, sizeof *amplitude);
    tb_status status = TB_OK;
    if (!fft || !x || !amplitude) {
        status = tb_fail_memory(error);
        goto done;
    }
    smooth(power, size, amplitude);
    for (int64_t i = 0; i < length; i++)
        x[i] = tb_normal(seed, number, i, 0, 0);
    tb_rfft_forward(fft, x, x);
    colour(x, length, amplitude, size);
    tb_rfft_inverse(fft, x, x);
    for (int64_t i = 0; i < frames; i++)
        mono[i] = x[i];
done:
    tb_rfft_free(fft);
    tb_free(x);
    tb_free(amplitude);
    return status;
}
