#include "audio/limiter.h"
#include "sounds.h"
#include "tap.h"

enum { RATE = 8000, AHEAD = 40, N = 6000 };

/* All of a sound, taken in pieces of `block` frames; to be freed. */
static float *limited(const float *x, int channels, int64_t n, int64_t block,
                      double *least)
{
    float *y = calloc((size_t)(n * channels + 1), sizeof *y);
    tb_limiter *l = tb_limiter_new(RATE, channels, NULL);
    int64_t made = 0, more;
    for (int64_t at = 0; at < n; at += block) {
        int64_t m = n - at < block ? n - at : block;
        made += tb_limiter_run(l, x + at * channels, m, y + made * channels);
    }
    while ((more = tb_limiter_run(l, NULL, block, y + made * channels)) > 0)
        made += more;
    EQ(made, n);
    *least = tb_limiter_least_gain(l);
    tb_limiter_free(l);
    return y;
}

static void test_within(void)
{
    double least;
    float *x = make_sine(N, 2, RATE, 220);
    x[100] = 1;
    x[301] = -1;
    float *y = limited(x, 2, N, 64, &least);
    EQ(memcmp(x, y, 2 * N * sizeof *x), 0);
    NEAR(least, 1, 0);
    free(x);
    free(y);
}

/* Peaks end at full level, both channels are turned down alike, and what is
   more than 5 ms before them or long after them is as it was. */
static void test_peaks(void)
{
    double least;
    float *x = make_sine(N, 2, RATE, 220);
    for (int i = 0; i < 2 * N; i++)
        x[i] = x[i] / 2 + 0.01F;
    x[2 * 1000] = 2;
    x[2 * 1010 + 1] = -4;
    float *y = limited(x, 2, N, N, &least);
    NEAR(least, 0.25, 1e-12);
    NEAR(y[2 * 1010 + 1], -1, 0);
    OK(y[2 * 1000] > 0 && y[2 * 1000] <= 1);
    double steepest = 0, uneven = 0, before = 1;
    for (int i = 0; i < N; i++) {
        double left = y[2 * i] / x[2 * i], right = y[2 * i + 1] / x[2 * i + 1];
        uneven = fmax(uneven, fabs(left - right));
        steepest = fmax(steepest, fabs(left - before));
        before = left;
    }
    OK(uneven < 1e-5);
    OK(steepest < 0.75 / AHEAD + 1e-5);
    EQ(memcmp(x, y, 2 * (size_t)(1000 - AHEAD) * sizeof *x), 0);
    EQ(memcmp(x + 2 * 5600, y + 2 * 5600, 2 * (N - 5600) * sizeof *x), 0);
    free(x);
    free(y);
}

/* Far too loud throughout: nothing is beyond full level, whatever the blocks.
 */
static void test_loud(void)
{
    static const int64_t blocks[] = {1, 7, 40, 41, 1024};
    double least, most = 0;
    static float x[N];
    uint32_t state = 1;
    for (int i = 0; i < N; i++) {
        state = state * 1664525 + 1013904223;
        x[i] = (float)(6 * ((double)state / 4294967296.0 - 0.5));
    }
    x[3000] = 1e30F;
    float *whole = limited(x, 1, N, N, &least);
    for (int i = 0; i < N; i++)
        most = fmax(most, fabs((double)whole[i]));
    OK(most <= 1);
    OK(most > 0.999);
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
        float *y = limited(x, 1, N, blocks[b], &least);
        EQ(memcmp(whole, y, N * sizeof *y), 0);
        free(y);
    }
    free(whole);
}

/* Shorter than what the limiter looks ahead, and nothing at all. */
static void test_short(void)
{
    double least;
    float x[3] = {0.5F, 2, 0.5F}, none[1];
    float *y = limited(x, 1, 3, 1, &least);
    NEAR(y[1], 1, 0);
    OK(y[0] >= 0.25 && y[0] < 0.26);
    free(y);
    free(limited(none, 1, 0, 1, &least));
}

int main(void)
{
    test_within();
    test_peaks();
    test_loud();
    test_short();
    return tap_done();
}
