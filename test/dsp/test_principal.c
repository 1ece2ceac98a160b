/* Principal components of vectors that were made of a few known directions. */
#include "dsp/principal.h"

#include "base/random.h"
#include "tap.h"

#include <string.h>

enum { ROWS = 700, N = 31, KNOWN = 3, COUNT = 5 };

static const double sizes[KNOWN] = {4, 2, 0.7};

/* Direction a: orthonormal waves. */
static double wave(int a, int i)
{
    return sqrt(2.0 / N) * cos(3.141592653589793 * (a + 1) * (i + 0.5) / N);
}

static double x[ROWS * N];

static void make(void)
{
    tb_rng rng = {5, 0};
    for (int r = 0; r < ROWS; r++) {
        for (int i = 0; i < N; i++)
            x[r * N + i] = 3 + i;
        for (int a = 0; a < KNOWN; a++) {
            double by = sizes[a] * tb_rng_normal(&rng);
            for (int i = 0; i < N; i++)
                x[r * N + i] += by * wave(a, i);
        }
    }
}

static void check_mean(double *mean)
{
    double deviation[N], off = 0, square = 0, by_hand = 0;
    tb_mean_and_deviation(x, ROWS, N, mean, deviation);
    for (int i = 0; i < N; i++) {
        off = fmax(off, fabs(mean[i] - 3 - i));
        square += deviation[i] * deviation[i];
    }
    for (int a = 0; a < KNOWN; a++)
        by_hand += sizes[a] * sizes[a];
    OK_NAMED(off < 0.2, "the mean");
    NEAR(square, by_hand, 0.1 * by_hand);
}

static void check_components(const double *mean)
{
    double v[COUNT * N], again[COUNT * N], deviation[COUNT], most[COUNT],
        worst = 0;
    tb_error error = {0};
    OK(tb_principal_components(x, ROWS, N, COUNT, mean, 3, v, deviation, most,
                               &error) == TB_OK);
    OK(tb_principal_components(x, ROWS, N, COUNT, mean, 3, again, deviation,
                               most, &error) == TB_OK);
    OK_NAMED(memcmp(v, again, sizeof v) == 0, "the same bits again");
    for (int a = 0; a < KNOWN; a++) {
        double along = 0;
        for (int i = 0; i < N; i++)
            along += v[a * N + i] * wave(a, i);
        OK_NAMED(fabs(along) > 0.99, "a direction is found");
        NEAR(deviation[a], sizes[a], 0.1 * sizes[a]);
        OK_NAMED(most[a] > 2.5 * sizes[a] && most[a] < 5 * sizes[a],
                 "the farthest is some deviations away");
    }
    for (int a = KNOWN; a < COUNT; a++)
        OK_NAMED(deviation[a] < 1e-9, "there are no others");
    for (int a = 0; a < COUNT; a++)
        for (int b = 0; b < COUNT; b++) {
            double along = 0;
            for (int i = 0; i < N; i++)
                along += v[a * N + i] * v[b * N + i];
            worst = fmax(worst, fabs(along - (a == b)));
        }
    OK_NAMED(worst < 1e-9, "directions are orthonormal");
}

int main(void)
{
    double mean[N];
    make();
    check_mean(mean);
    check_components(mean);
    return tap_done();
}
