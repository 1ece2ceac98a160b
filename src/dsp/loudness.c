#include "dsp/loudness.h"

#include <math.h>

/* Blocks below the first are silence; those so far below the mean do not
   count. */
static const double SILENCE_DB = -70, GATE_DB = 10;

/* Step 0 of the histogram, and how many of them are a dB. */
static const double LOWEST_DB = -100, PER_DB = 10;

void tb_loudness_init(tb_loudness *l, double sample_rate, int channels)
{
    *l = (tb_loudness){.block = (int64_t)ceil(0.1 * sample_rate) * channels};
}

/* What a sound of n samples has, whose squares sum to this. */
static double power_db(double sum, int64_t n)
{
    return sum > 0 ? 10 * log10(sum / (double)n) : -INFINITY;
}

static void count_block(tb_loudness *l)
{
    double db = power_db(l->sum, l->block);
    double step = floor((db - LOWEST_DB) * PER_DB);
    if (step >= 0)
        l->count[step < TB_LOUDNESS_STEPS ? (int)step
                                          : TB_LOUDNESS_STEPS - 1]++;
    l->sum = 0;
    l->n = 0;
    l->blocks++;
}

void tb_loudness_add(tb_loudness *l, const float *x, int64_t samples)
{
    for (int64_t i = 0; i < samples; i++) {
        l->sum += (double)x[i] * x[i];
        if (++l->n == l->block)
            count_block(l);
    }
}

/* The mean power of all blocks from `least` dB on, in dB. */
static double mean_above(const tb_loudness *l, double least)
{
    double sum = 0, blocks = 0;
    for (int i = 0; i < TB_LOUDNESS_STEPS; i++) {
        double db = LOWEST_DB + (i + 0.5) / PER_DB;
        if (db < least)
            continue;
        sum += (double)l->count[i] * pow(10, db / 10);
        blocks += (double)l->count[i];
    }
    return blocks > 0 ? 10 * log10(sum / blocks) : -INFINITY;
}

double tb_loudness_get(const tb_loudness *l)
{
    double all = mean_above(l, SILENCE_DB);
    if (l->blocks == 0)
        return power_db(l->sum, l->n);
    return isfinite(all) ? mean_above(l, fmax(SILENCE_DB, all - GATE_DB)) : all;
}
