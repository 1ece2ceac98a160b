/* Shape and tonality: what quarter tones of 256 ms say. */
#include "judge/ear_parts.h"

#include <math.h>
#include <string.h>

enum { SURROUND = 12 }; /* quarter tones to both sides */

/* How little may last in the worst moments. */
#define BREAK_SHARE 0.02

/* Spectra of a few dB are nearly flat: their correlation counts less. */
#define FLAT_VARIANCE 4

static const int lasts[TB_EAR_LASTS] = {4, 8, 16, 32}; /* frames */

/* Level over the mean of the surround, whose ends repeat beyond the bands. */
static void stand_out(const float *level, int bands, float *line)
{
    for (int b = 0; b < bands; b++) {
        double sum = 0;
        for (int d = -SURROUND; d <= SURROUND; d++) {
            int at = b + d < 0 ? 0 : b + d >= bands ? bands - 1 : b + d;
            sum += level[at];
        }
        line[b] = level[b] - (float)(sum / (2 * SURROUND + 1));
    }
}

/* Mean powers of the take, and the levels of all its frames. */
static void listen(tb_ear *e, const float *take)
{
    tb_banded *f = &e->fine;
    int64_t bins = f->size / 2 + 1;
    memset(e->mean_power, 0, (size_t)bins * sizeof *e->mean_power);
    memset(e->band_power, 0, (size_t)f->bands * sizeof *e->band_power);
    for (int64_t j = 0; j < f->frames; j++) {
        float *level = f->level + j * f->bands;
        tb_spectrum_power(f->spectrum, take, e->take_frames, j * f->hop,
                          e->power);
        tb_mel_bands(f->mel, e->power, level);
        for (int64_t k = 0; k < bins; k++)
            e->mean_power[k] += e->power[k] / (double)f->frames;
        for (int b = 0; b < f->bands; b++) {
            e->band_power[b] += level[b] / (double)f->frames;
            level[b] = 10 * log10f(level[b] + e->fine_floor);
        }
        stand_out(level, f->bands, e->line + j * f->bands);
    }
}

static double deviation(const float *x, int n)
{
    double mean = 0, sum = 0;
    for (int i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (int i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return n > 0 ? sqrt(sum / n) : 0;
}

static void shape(tb_ear *e, tb_traits *t)
{
    float *level = e->values, *line = e->cell;
    for (int k = 0; k <= e->fine.size / 2; k++)
        e->power[k] = (float)e->mean_power[k];
    tb_mel_bands(e->fine_mel, e->power, t->bands);
    for (int b = 0; b < TB_EAR_BANDS; b++)
        t->bands[b] = 10 * log10f(t->bands[b] + e->mid_floor);
    for (int b = 0; b < e->fine.bands; b++)
        level[b] = 10 * log10f((float)e->band_power[b] + e->fine_floor);
    stand_out(level, e->fine.bands, line);
    for (int r = 0; r < TB_EAR_REGISTERS; r++) {
        int from, to;
        tb_ear_register(e, r, &from, &to);
        t->pitches[r] = (float)log2(0.5 + deviation(line + from, to - from));
    }
}

/* Sums over two frames' lines in some quarter tones, each against its mean. */
typedef struct tb_products {
    double xx, xy, yy;
} tb_products;

static tb_products multiply(const float *x, const float *y, int n)
{
    double sx = 0, sy = 0;
    tb_products p = {0, 0, 0};
    for (int i = 0; i < n; i++) {
        sx += x[i];
        sy += y[i];
        p.xx += (double)x[i] * x[i];
        p.xy += (double)x[i] * y[i];
        p.yy += (double)y[i] * y[i];
    }
    p.xx -= sx * sx / n;
    p.xy -= sx * sy / n;
    p.yy -= sy * sy / n;
    return p;
}

static float lasting(const tb_ear *e, int from, int to, int lag)
{
    tb_products sum = {0, 0, 0};
    int64_t pairs = e->fine.frames - lag;
    int n = to - from;
    for (int64_t j = 0; j < pairs; j++) {
        const float *x = e->line + j * e->fine.bands + from;
        tb_products p = multiply(x, x + lag * e->fine.bands, n);
        sum.xx += p.xx;
        sum.xy += p.xy;
        sum.yy += p.yy;
    }
    if (pairs <= 0 || n <= 0)
        return 0;
    double values = (double)pairs * n;
    return (float)(sum.xy / values /
                   (sqrt(sum.xx * sum.yy) / values + FLAT_VARIANCE));
}

/* How far quarter tones stand out at each moment, root mean square. */
static float line_strength(const tb_ear *e, int from, int to)
{
    double sum = 0;
    int n = to - from;
    for (int64_t j = 0; j < e->fine.frames; j++) {
        const float *x = e->line + j * e->fine.bands + from;
        sum += multiply(x, x, n).xx;
    }
    double values = (double)e->fine.frames * (n > 0 ? n : 1);
    return (float)log2(0.5 + sqrt(sum / values));
}

/* Over all quarter tones, 256 ms apart, at the moments where least lasts. */
static float break_of(tb_ear *e)
{
    int bands = e->fine.bands;
    int64_t pairs = e->fine.frames - lasts[0];
    for (int64_t j = 0; j < pairs; j++) {
        const float *x = e->line + j * bands;
        tb_products p = multiply(x, x + lasts[0] * bands, bands);
        double one = 1.0 * bands;
        e->values[j] = (float)(p.xy / sqrt((p.xx + one) * (p.yy + one)));
    }
    return pairs > 0 ? tb_ear_quantile(e->values, pairs, BREAK_SHARE) : 0;
}

void tb_ear_pitch(tb_ear *e, const float *take, tb_traits *t)
{
    listen(e, take);
    shape(e, t);
    for (int r = 0; r < TB_EAR_REGISTERS; r++) {
        int from, to;
        tb_ear_register(e, r, &from, &to);
        for (int k = 0; k < TB_EAR_LASTS; k++)
            t->lasting[r][k] = lasting(e, from, to, lasts[k]);
        t->lines[r] = line_strength(e, from, to);
    }
    t->breaks = break_of(e);
}
