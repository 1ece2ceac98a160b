#include "corpus/augment_past.h"

#include <math.h>

enum { STEP = 256 }; /* frames from one measured level to the next */
static const double RADIUS = 0.99;
static const double QUIETEST = -80, THRESHOLD = -40; /* dB */

/* ---- phases ---- */

/* An all-pass filter with a pair of poles: magnitudes stay, phases turn once
   around its frequency. */
static void turn_phases(double cosine, int channels, float *x)
{
    double b = -2 * RADIUS * cosine, c = RADIUS * RADIUS;
    int64_t n = TB_PAST_FRAMES + TB_PAST_BLOCK;
    for (int ch = 0; ch < channels; ch++) {
        double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
        for (int64_t i = 0; i < n; i++) {
            float *at = x + i * channels + ch;
            double now = (double)*at;
            double y = c * now + b * x1 + x2 - b * y1 - c * y2;
            x2 = x1, x1 = now;
            y2 = y1, y1 = y;
            *at = (float)y;
        }
    }
}

/* ---- levels ---- */

/* What a level becomes, in dB: `middle` at the threshold, and as it was in
   silence and at full scale. */
static double level_of(double level, double middle)
{
    if (level <= QUIETEST || level >= 0)
        return level;
    if (level < THRESHOLD)
        return QUIETEST + (level - QUIETEST) * (middle - QUIETEST) /
                              (THRESHOLD - QUIETEST);
    return middle * level / THRESHOLD;
}

/* The gain by the level of the frames before frame `end` of x. */
static double gain_at(const tb_augment *draw, int channels, const float *x,
                      int64_t end)
{
    int64_t n = draw->level_frames;
    double sum = 0;
    for (int64_t i = (end - n) * channels; i < end * channels; i++)
        sum += (double)x[i] * (double)x[i];
    double level = 10 * log10(sum / (double)(n * channels) + 1e-20);
    return pow(10, (level_of(level, draw->middle_level) - level) / 20);
}

static void draw_together(const tb_augment *draw, int channels, float *x,
                          float *gains)
{
    float *block = x + (int64_t)TB_PAST_FRAMES * channels;
    double before = gain_at(draw, channels, x, TB_PAST_FRAMES);
    for (int64_t i = 0; i < TB_PAST_BLOCK; i += STEP) {
        double after = gain_at(draw, channels, x, TB_PAST_FRAMES + i + STEP);
        for (int k = 0; k < STEP; k++)
            gains[i + k] = (float)(before + (after - before) * k / STEP);
        before = after;
    }
    for (int64_t i = 0; i < (int64_t)TB_PAST_BLOCK * channels; i++)
        block[i] *= gains[i / channels];
}

void tb_augment_past(const tb_augment *draw, int channels, float *x,
                     float *gains)
{
    if (draw->turns_phases)
        turn_phases(draw->phase_cosine, channels, x);
    if (draw->compressed)
        draw_together(draw, channels, x, gains);
}
