/* How loud sound is where it sounds. */
#include "dsp/loudness.h"
#include "tap.h"

#include <math.h>

enum { RATE = 8000, N = 20 * RATE };

static float x[N];

/* From `from` on for n samples, a sine of this amplitude. */
static void sine(int from, int n, double amplitude)
{
    for (int i = from; i < from + n; i++)
        x[i] = (float)(amplitude * sin(0.5 * i));
}

static double loudness_of(int n, int channels)
{
    tb_loudness l;
    tb_loudness_init(&l, RATE, channels);
    for (int at = 0, some = 1; at < n; at += some, some = some * 3 + 1)
        tb_loudness_add(&l, x + at, n - at < some ? n - at : some);
    return tb_loudness_get(&l);
}

/* A sine lies 3 dB below its peak. */
static double decibels(double amplitude)
{
    return 20 * log10(amplitude) - 3.0103;
}

int main(void)
{
    sine(0, N, 0.5);
    NEAR(loudness_of(N, 1), decibels(0.5), 0.06);
    NEAR(loudness_of(N, 2), decibels(0.5), 0.06);
    sine(0, N, 0.005);
    NEAR(loudness_of(N, 1), decibels(0.005), 0.06);
    sine(0, N / 2, 0);
    sine(N / 2, N / 2, 0.5);
    NEAR(loudness_of(N, 1), decibels(0.5), 0.06); /* pauses do not count */
    sine(0, N / 2, 0.05);
    NEAR(loudness_of(N, 1), decibels(0.5), 0.06); /* nor what is far softer */
    sine(0, N / 2, 0.25);
    NEAR(loudness_of(N, 1), decibels(sqrt(0.15625)), 0.06);
    sine(0, N, 0.5);
    NEAR(loudness_of(RATE / 20, 1), decibels(0.5), 0.1); /* half a block */
    sine(0, N, 0);
    OK(loudness_of(N, 1) == -INFINITY && loudness_of(10, 1) == -INFINITY);
    OK(loudness_of(0, 1) == -INFINITY);
    return tap_done();
}
