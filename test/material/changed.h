/* Sounds changed in ways that a listener can put in order, to try judges. */
#ifndef TB_TEST_CHANGED_H
#define TB_TEST_CHANGED_H

#include "base/random.h"
#include "dsp/rfft.h"
#include "material.h"

/* All pieces of `seconds` of some clips of one length, in another order, with
   the cuts as they come. */
static inline void shuffle_pieces(clip *clips, int count, double seconds,
                                  uint64_t seed)
{
    int64_t piece = (int64_t)(seconds * clips[0].rate), n = clips[0].n;
    int64_t each = (n + piece - 1) / piece, pieces = each * count, at = 0;
    int64_t *order = malloc((size_t)pieces * sizeof *order);
    float *all = malloc((size_t)(n * count) * sizeof *all);
    tb_rng rng = {.seed = seed};
    for (int64_t i = 0; i < pieces; i++)
        order[i] = i;
    for (int64_t i = pieces - 1; i > 0; i--) {
        int64_t j = (int64_t)tb_rng_below(&rng, (uint64_t)i + 1);
        int64_t keep = order[i];
        order[i] = order[j];
        order[j] = keep;
    }
    for (int64_t i = 0; i < pieces; i++) {
        int64_t from = order[i] % each * piece;
        int64_t length = n - from < piece ? n - from : piece;
        memcpy(all + at, clips[order[i] / each].x + from,
               (size_t)length * sizeof *all);
        at += length;
    }
    for (int i = 0; i < count; i++)
        memcpy(clips[i].x, all + i * n, (size_t)n * sizeof *all);
    free(order);
    free(all);
}

/* The spectrum of the whole as it is, its phases by chance. */
static inline void randomise_phases(clip *c, uint64_t seed)
{
    int64_t size = c->n;
    tb_rfft *fft = tb_rfft_new(size);
    float *z = malloc((size_t)(size + 2) * sizeof *z);
    tb_rng rng = {.seed = seed};
    tb_rfft_forward(fft, c->x, z);
    for (int64_t k = 0; k <= size / 2; k++) {
        double size_of_bin = hypot(z[2 * k], z[2 * k + 1]);
        double phase = TAU * tb_rng_uniform(&rng);
        z[2 * k] = (float)(size_of_bin * cos(phase));
        z[2 * k + 1] = (float)(size_of_bin * sin(phase));
    }
    tb_rfft_inverse(fft, z, c->x);
    tb_rfft_free(fft);
    free(z);
}

static inline double energy_at(const clip *c, int64_t start, int64_t n)
{
    double sum = 0;
    for (int64_t i = start; i < start + n; i++)
        sum += (double)c->x[i] * c->x[i];
    return sum;
}

/* A loud moment, by chance: the loudest of 8. */
static inline int64_t loud_moment(const clip *c, int64_t size, uint64_t seed)
{
    tb_rng rng = {.seed = seed};
    int64_t best = 0;
    double most = -1;
    for (int i = 0; i < 8; i++) {
        int64_t at = (int64_t)tb_rng_below(
            &rng, (uint64_t)(c->n > 2 * size ? c->n - 2 * size : 1));
        double energy = energy_at(c, at, size);
        if (energy > most) {
            most = energy;
            best = at;
        }
    }
    return best;
}

/* One moment held for ever by a phase vocoder: every bin goes on with its
   magnitude and its frequency. */
static inline void freeze(clip *c, uint64_t seed)
{
    int64_t size = 256;
    while (size < c->rate / 5)
        size *= 2;
    int64_t hop = size / 4, at = loud_moment(c, size, seed), bins = size / 2;
    tb_rfft *fft = tb_rfft_new(size);
    float *one = calloc((size_t)(6 * size), sizeof *one), *two = one + size + 2;
    float *frame = two + size + 2;
    double *magnitude = calloc((size_t)(3 * (bins + 1)), sizeof *magnitude);
    double *phase = magnitude + bins + 1, *advance = phase + bins + 1;
    for (int64_t i = 0; i < size; i++) {
        float window = (float)(0.5 - 0.5 * cos(TAU * (double)i / (double)size));
        one[i] = window * (at + i < c->n ? c->x[at + i] : 0);
        two[i] = window * (at + hop + i < c->n ? c->x[at + hop + i] : 0);
    }
    tb_rfft_forward(fft, one, one);
    tb_rfft_forward(fft, two, two);
    for (int64_t k = 0; k <= bins; k++) {
        magnitude[k] = hypot(one[2 * k], one[2 * k + 1]);
        phase[k] = atan2(one[2 * k + 1], one[2 * k]);
        advance[k] = atan2(two[2 * k + 1], two[2 * k]) - phase[k];
    }
    memset(c->x, 0, (size_t)c->n * sizeof *c->x);
    for (int64_t start = 0; start < c->n; start += hop) {
        for (int64_t k = 0; k <= bins; k++) {
            frame[2 * k] = (float)(magnitude[k] * cos(phase[k]));
            frame[2 * k + 1] = (float)(magnitude[k] * sin(phase[k]));
            phase[k] += advance[k];
        }
        tb_rfft_inverse(fft, frame, frame);
        for (int64_t i = 0; i < size && start + i < c->n; i++)
            c->x[start + i] +=
                frame[i] *
                (float)((0.5 - 0.5 * cos(TAU * (double)i / (double)size)) /
                        1.5);
    }
    tb_rfft_free(fft);
    free(one);
    free(magnitude);
}

/* Nothing more from its middle on. */
static inline void fall_silent(clip *c)
{
    memset(c->x + c->n / 2, 0, (size_t)(c->n - c->n / 2) * sizeof *c->x);
}

/* Four poles at `hz`. */
static inline void pass_lows(clip *c, double hz)
{
    float keep = (float)exp(-TAU * hz / c->rate);
    for (int pole = 0; pole < 4; pole++) {
        float y = 0;
        for (int64_t i = 0; i < c->n; i++)
            c->x[i] = y = keep * y + (1 - keep) * c->x[i];
    }
}

/* White noise so many dB below the sound. */
static inline void add_noise_below(clip *c, double db, uint64_t seed)
{
    double power = energy_at(c, 0, c->n) / (double)c->n;
    clip_hiss(c, 10 * log10(power + 1e-12) - db, seed);
}

#endif
