#include "dsp/novelty.h"

#include "base/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Rows of length 1; those without a length stay 0. */
static void normalise(float *rows, int64_t n, int width)
{
    for (int64_t i = 0; i < n; i++) {
        float *row = rows + i * width;
        double sum = 0;
        for (int k = 0; k < width; k++)
            sum += (double)row[k] * row[k];
        float scale = sum > 1e-12 ? (float)(1 / sqrt(sum)) : 0;
        for (int k = 0; k < width; k++)
            row[k] *= scale;
    }
}

/* What the checkerboard gives a pair of rows of the same side is the product of
   their fading; so a side is the square of its weighted sum, and opposite sides
   the product of theirs: no table needs to be filled. */
static void weigh(const float *rows, int64_t n, int width, int64_t from,
                  int64_t to, int64_t border, int half, double *sum,
                  double *weight)
{
    memset(sum, 0, (size_t)width * sizeof *sum);
    *weight = 0;
    for (int64_t i = from < 0 ? 0 : from; i < to && i < n; i++) {
        double at = ((double)(i - border) + 0.5) / half;
        double w = exp(-2 * at * at);
        *weight += w;
        for (int k = 0; k < width; k++)
            sum[k] += w * rows[i * width + k];
    }
}

static double dot(const double *a, const double *b, int width)
{
    double sum = 0;
    for (int k = 0; k < width; k++)
        sum += a[k] * b[k];
    return sum;
}

tb_status tb_novelty(const float *rows, int64_t n, int width, int half,
                     float *novelty, tb_error *error)
{
    size_t count = (size_t)n * (size_t)width;
    float *own = tb_alloc_array(count + 1, sizeof *own);
    double *left = tb_alloc_array(2 * (size_t)width + 1, sizeof *left);
    if (!own || !left) {
        tb_free(own);
        tb_free(left);
        return tb_fail_memory(error);
    }
    double *right = left + width, before, after;
    memcpy(own, rows, count * sizeof *own);
    normalise(own, n, width);
    for (int64_t i = 0; i < n; i++) {
        weigh(own, n, width, i - half, i, i, half, left, &before);
        weigh(own, n, width, i, i + half, i, half, right, &after);
        double all = before + after;
        double board = dot(left, left, width) + dot(right, right, width) -
                       2 * dot(left, right, width);
        /* Near the ends one side knows little. */
        double uneven = all > 0 ? fabs(before - after) / all : 1;
        novelty[i] =
            uneven < 1 ? (float)fmax(0, board / (all * all) - uneven) : 0;
    }
    tb_free(own);
    tb_free(left);
    return TB_OK;
}

/* ---- peaks ---- */

static double mean_of(const float *x, int64_t from, int64_t to, int64_t n)
{
    double sum = 0;
    from = from < 0 ? 0 : from;
    to = to > n ? n : to;
    for (int64_t i = from; i < to; i++)
        sum += x[i];
    return to > from ? sum / (double)(to - from) : 0;
}

static bool stands_out(const float *x, int64_t n, int64_t i, int64_t least)
{
    double enough = 0.9 * x[i];
    return x[i] >= x[i - 1] && x[i] >= x[i + 1] &&
           mean_of(x, i - least, i, n) <= enough &&
           mean_of(x, i + 1, i + 1 + least, n) <= enough;
}

static int by_place(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The highest peak that is far enough from all taken; -1: none. */
static int64_t next_peak(const float *x, int64_t n, int64_t least,
                         double threshold, const int64_t *taken, int count)
{
    int64_t best = -1;
    for (int64_t i = least > 1 ? least : 1; i < n - 1 && i <= n - least; i++) {
        bool free_place = x[i] >= threshold && (best < 0 || x[i] > x[best]);
        for (int k = 0; k < count && free_place; k++)
            free_place = llabs(taken[k] - i) >= least;
        if (free_place && stands_out(x, n, i, least))
            best = i;
    }
    return best;
}

int tb_novelty_peaks(const float *x, int64_t n, int64_t least, double threshold,
                     int64_t *peaks)
{
    int count = 0;
    int64_t next;
    least = least > 1 ? least : 1;
    while (count < n / least &&
           (next = next_peak(x, n, least, threshold, peaks, count)) >= 0)
        peaks[count++] = next;
    qsort(peaks, (size_t)count, sizeof *peaks, by_place);
    return count;
}
