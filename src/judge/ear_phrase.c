/* Self-similarity: how like moments of 256 ms are that lie 0.5 to 8 s apart, in
   mel bands, in quarter tones, and in how these stand out. */
#include "judge/ear_parts.h"

#include <math.h>
#include <string.h>

enum { SEQUENCE = 4, LEAST_LAG = 4, MOST_LAG = 31, KERNEL = 4 };

/* Distances this small are none: what is told are ratios. */
#define NEAR 0.3

/* Cells of a sound's levels, [cells, bands], and the distances between them,
   root mean square in dB. */
static void compare(tb_ear *e, const float *level, int bands, int steps)
{
    for (int64_t c = 0; c < e->cells; c++)
        for (int b = 0; b < bands; b++) {
            double sum = 0;
            for (int s = 0; s < steps; s++)
                sum += level[(c * steps + s) * bands + b];
            e->cell[c * bands + b] = (float)(sum / steps);
        }
    for (int64_t i = 0; i < e->cells; i++)
        for (int64_t j = 0; j <= i; j++) {
            double sum = 0;
            for (int b = 0; b < bands; b++) {
                double d = e->cell[i * bands + b] - e->cell[j * bands + b];
                sum += d * d;
            }
            e->distance[i * e->cells + j] = e->distance[j * e->cells + i] =
                (float)sqrt(sum / bands);
        }
}

static double between(const tb_ear *e, int64_t i, int64_t j)
{
    return e->distance[i * e->cells + j];
}

/* The mean distance at lags from..to - 1, each counting alike. */
static double at_lags(const tb_ear *e, int64_t from, int64_t to)
{
    double sum = 0;
    int64_t count = 0;
    for (int64_t lag = from; lag < to && lag < e->cells; lag++, count++) {
        double one = 0;
        for (int64_t i = 0; i + lag < e->cells; i++)
            one += between(e, i, i + lag);
        sum += one / (double)(e->cells - lag);
    }
    return count > 0 ? sum / (double)count : 0;
}

/* Of takes of 10 s: 4 to 8 s against 0.5 to 2 s. */
static float drift_of(const tb_ear *e)
{
    int64_t near = e->cells * 21 / 100, far = (e->cells * 42 + 50) / 100;
    if (near < 3)
        near = 3;
    double n = at_lags(e, 2, near);
    double f = at_lags(e, far, (e->cells * 84 + 50) / 100);
    return (float)log2((f + NEAR) / (n + NEAR));
}

/* Of the seconds 1 to 8 s away, the likest one against the median: the means
   over all seconds. */
static float returns_of(tb_ear *e)
{
    int64_t seconds = e->cells - SEQUENCE + 1, count = 0;
    double likest = 0, median = 0;
    for (int64_t i = 0; i < seconds; i++) {
        int64_t n = 0;
        for (int64_t j = 0; j < seconds; j++) {
            int64_t lag = i > j ? i - j : j - i;
            double sum = 0;
            if (lag < LEAST_LAG || lag > MOST_LAG)
                continue;
            for (int k = 0; k < SEQUENCE; k++)
                sum += between(e, i + k, j + k);
            e->values[n++] = (float)(sum / SEQUENCE);
        }
        if (n == 0)
            continue;
        likest += tb_ear_quantile(e->values, n, 0);
        median += tb_ear_quantile(e->values, n, 0.5);
        count++;
    }
    if (count == 0)
        return 0;
    return (float)log2((likest / (double)count + NEAR) /
                       (median / (double)count + NEAR));
}

/* How much more the second after a moment differs from the one before than each
   of them in itself (J. Foote, "Automatic audio segmentation using a measure of
   audio novelty", 2000). */
static double novelty_at(const tb_ear *e, int64_t at)
{
    double across = 0, within = 0;
    for (int i = 0; i < KERNEL; i++)
        for (int j = 0; j < KERNEL; j++) {
            across += between(e, at - KERNEL + i, at + j);
            within += between(e, at - KERNEL + i, at - KERNEL + j) +
                      between(e, at + i, at + j);
        }
    return (across - within / 2) / (KERNEL * KERNEL);
}

static void novelty_of(const tb_ear *e, float out[2])
{
    double most = 0, sum = 0;
    int64_t count = 0;
    for (int64_t t = KERNEL; t + KERNEL <= e->cells; t++, count++) {
        double novelty = novelty_at(e, t);
        most = fmax(most, novelty);
        sum += fabs(novelty);
    }
    if (count == 0)
        return;
    out[0] = (float)log2(most + 0.5);
    out[1] = (float)log2((most + NEAR) / (sum / (double)count + NEAR));
}

void tb_ear_phrase(tb_ear *e, tb_traits *t)
{
    const float *levels[] = {e->mid.level, e->fine.level, e->line};
    const int bands[] = {TB_EAR_BANDS, e->fine.bands, e->fine.bands};
    const int steps[] = {TB_EAR_MID_STEPS, TB_EAR_FINE_STEPS,
                         TB_EAR_FINE_STEPS};
    for (int k = 0; k < 3; k++) {
        compare(e, levels[k], bands[k], steps[k]);
        t->drift[k] = drift_of(e);
        t->returns[k] = returns_of(e);
        novelty_of(e, t->novelty[k]);
    }
}
