/* The transform against the sum that defines it, and its inverse. */
#include "dsp/rfft.h"
#include "tap.h"

#include <stdlib.h>

static void fill(float *x, int64_t n)
{
    uint32_t seed = 1;
    for (int64_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / 8388608.0f - 1;
    }
}

/* The largest difference from the definition, in double. */
static double error_of(int64_t n)
{
    float *x = malloc((size_t)n * sizeof *x);
    float *z = malloc((size_t)(n + 2) * sizeof *z);
    tb_rfft *fft = tb_rfft_new(n);
    double worst = 0;
    fill(x, n);
    tb_rfft_forward(fft, x, z);
    for (int64_t k = 0; k <= n / 2; k++) {
        double re = 0, im = 0;
        for (int64_t t = 0; t < n; t++) {
            double angle = 6.283185307179586 * (double)(k * t % n) / n;
            re += x[t] * cos(angle);
            im -= x[t] * sin(angle);
        }
        worst = fmax(worst, hypot(z[2 * k] - re, z[2 * k + 1] - im));
    }
    tb_rfft_free(fft);
    free(x);
    free(z);
    return worst;
}

static double round_trip_error(int64_t n)
{
    float *x = malloc((size_t)n * sizeof *x),
          *y = malloc((size_t)n * sizeof *y);
    float *z = malloc((size_t)(n + 2) * sizeof *z);
    tb_rfft *fft = tb_rfft_new(n);
    double worst = 0;
    fill(x, n);
    tb_rfft_forward(fft, x, z);
    tb_rfft_inverse(fft, z, y);
    for (int64_t i = 0; i < n; i++)
        worst = fmax(worst, fabs(x[i] - y[i]));
    tb_rfft_free(fft);
    free(x);
    free(y);
    free(z);
    return worst;
}

int main(void)
{
    for (int64_t n = 1; n <= 300; n++) {
        NEAR(error_of(n), 0, 2e-6);
        NEAR(round_trip_error(n), 0, 1e-6);
    }
    NEAR(error_of(512), 0, 4e-6);
    for (int64_t n = 4; n <= 1 << 16; n *= 4)
        NEAR(round_trip_error(n), 0, 1e-6);
    NEAR(error_of(4099), 0, 2e-5); /* primes */
    NEAR(round_trip_error(65537), 0, 1e-6);
    NEAR(round_trip_error(1000003), 0, 1e-6);
    OK(tb_rfft_new(0) == NULL);
    OK(tb_rfft_new(((int64_t)1 << 26) + 1) == NULL);
    tb_rfft_free(NULL);
    EQ(tb_rfft_size_for(1), 4);
    EQ(tb_rfft_size_for(1024), 1024);
    EQ(tb_rfft_size_for(1025), 2048);
    EQ(tb_rfft_size_for((int64_t)1 << 40), 0);
    return tap_done();
}
