/* Music, beats and speech by rule, for judges: rough, but with pitches, attacks
   and phrases of their kinds. Another seed is another recording. */
#ifndef TB_TEST_MUSIC_H
#define TB_TEST_MUSIC_H

#include "material.h"

/* A plucked and held note of eight partials with a little vibrato. */
static inline void add_note(clip *c, double start, double seconds, double hz,
                            double gain, double bright)
{
    int64_t from = (int64_t)(start * c->rate);
    int64_t n = (int64_t)(seconds * c->rate);
    for (int64_t i = 0; i < n && from + i < c->n; i++) {
        double t = (double)i / c->rate, y = 0;
        double vibrato = 0.002 * sin(TAU * 5 * t);
        double held = fmin(1, t / 0.02) * fmin(1, (seconds - t) / 0.05);
        for (int k = 1; k <= 8 && k * hz < 0.45 * c->rate; k++)
            y += pow(bright, k) * exp(-t * k * 0.7) *
                 sin(TAU * k * hz * (t + vibrato / 5));
        c->x[from + i] += (float)(gain * held * y);
    }
}

/* A melody of a few notes over chords, phrase after phrase, A A B A. */
static inline clip tune(double seconds, double rate, uint64_t seed)
{
    static const int scale[] = {0, 2, 4, 5, 7, 9, 11, 12};
    clip c = clip_new(seconds, rate);
    tb_rng rng = {.seed = seed};
    double key = 110 * exp2((double)tb_rng_below(&rng, 12) / 12);
    double beat = 0.35 + 0.2 * tb_rng_uniform(&rng);
    double bright = 0.5 + 0.25 * tb_rng_uniform(&rng);
    int phrases[2][8], chords[2][2];
    for (int p = 0; p < 2; p++) {
        for (int k = 0; k < 8; k++)
            phrases[p][k] = (int)tb_rng_below(&rng, 9) - 1;
        for (int k = 0; k < 2; k++)
            chords[p][k] = (int)tb_rng_below(&rng, 6);
    }
    for (int k = 0; k * beat < seconds; k++) {
        int p = k / 8 % 4 == 2, step = phrases[p][k % 8];
        if (step >= 0)
            add_note(&c, k * beat, beat * 1.5,
                     2 * key * exp2(scale[step] / 12.), 0.12, bright);
        for (int v = 0; k % 4 == 0 && v < 3; v++) {
            int degree = chords[p][k / 4 % 2] + 2 * v;
            double tone = scale[degree % 7] + 12 * (degree / 7);
            add_note(&c, k * beat, beat * 4, key * exp2(tone / 12), 0.08,
                     bright);
        }
    }
    clip_hiss(&c, -66, seed + 1);
    return c;
}

/* A hit: a falling tone and a burst of noise, of which highs may be left. */
static inline void add_hit(clip *c, double start, double hz, double tone,
                           double noise, double decay, tb_rng *rng)
{
    int64_t from = (int64_t)(start * c->rate);
    double phase = 0, last = 0;
    for (int64_t i = 0; from + i < c->n && i < c->rate; i++) {
        double t = (double)i / c->rate, fall = exp(-t / decay);
        double n = tb_rng_normal(rng);
        phase += TAU * hz * (1 + exp(-t * 40)) / c->rate;
        c->x[from + i] +=
            (float)(fall * (tone * sin(phase) + noise * (n - 0.8 * last)));
        last = n;
    }
}

/* Bars of 16 steps that come back, every fourth a little otherwise. */
static inline clip beats(double seconds, double rate, uint64_t seed)
{
    clip c = clip_new(seconds, rate);
    tb_rng rng = {.seed = seed};
    double step = 0.1 + 0.06 * tb_rng_uniform(&rng);
    double low = 50 + 30 * tb_rng_uniform(&rng);
    double mid = 160 + 240 * tb_rng_uniform(&rng);
    double ring = 0.3 + 1.4 * tb_rng_uniform(&rng);
    double rattle = 0.3 + 1.4 * tb_rng_uniform(&rng);
    int bar[16];
    for (int k = 0; k < 16; k++)
        bar[k] = k % 8 == 0   ? 1
                 : k % 8 == 4 ? 2
                              : (int)tb_rng_below(&rng, 5) % 4;
    for (int k = 0; k * step < seconds; k++) {
        int hit = bar[k % 16];
        if (k / 16 % 4 == 3 && k % 16 > 11)
            hit = (int)tb_rng_below(&rng, 4);
        if (hit == 1)
            add_hit(&c, k * step, low, 0.5, 0.02 * rattle, 0.2 * ring, &rng);
        else if (hit == 2)
            add_hit(&c, k * step, mid, 0.3 * ring, 0.06 * rattle, 0.15 * ring,
                    &rng);
        else if (hit == 3)
            add_hit(&c, k * step, mid * 3, 0.15 * ring, 0.04 * rattle,
                    0.1 * ring, &rng);
    }
    clip_hiss(&c, -66, seed + 1);
    return c;
}

/* A resonance of a voice. */
typedef struct formant {
    double hz, width, a, b;
} formant;

static inline double resonate(formant *f, double x, double rate)
{
    double r = exp(-TAU / 2 * f->width / rate);
    double y =
        x * (1 - r) + 2 * r * cos(TAU * f->hz / rate) * f->a - r * r * f->b;
    f->b = f->a;
    f->a = y;
    return y;
}

/* A syllable: a burst of noise, then a vowel at a falling pitch. */
static inline void add_syllable(clip *c, double start, double seconds,
                                double hz, double throat, tb_rng *rng)
{
    static const double vowels[5][2] = {
        {730, 1090}, {270, 2290}, {300, 870}, {530, 1840}, {570, 840}};
    const double *vowel = vowels[tb_rng_below(rng, 5)];
    formant f[3] = {{throat * vowel[0], 80, 0, 0},
                    {throat * vowel[1], 100, 0, 0},
                    {throat * 2600, 160, 0, 0}};
    int64_t from = (int64_t)(start * c->rate), n = (int64_t)(seconds * c->rate);
    double phase = 0, hiss = 0.02 * tb_rng_uniform(rng);
    for (int64_t i = 0; i < n && from + i < c->n; i++) {
        double t = (double)i / c->rate, y = 0;
        double held = fmin(1, t / 0.03) * fmin(1, (seconds - t) / 0.06);
        phase += hz * (1 - 0.15 * t / seconds) / c->rate;
        double pulse = phase >= 1 ? 1 : 0;
        phase -= pulse;
        for (int k = 0; k < 3; k++)
            y += resonate(&f[k], pulse + 0.01 * tb_rng_normal(rng), c->rate);
        double consonant = t < 0.05 ? hiss * tb_rng_normal(rng) : 0;
        c->x[from + i] += (float)(held * 1.5 * y + consonant);
    }
}

/* Sentences of 2 to 4 s whose pitch falls, with pauses. */
static inline clip speech(double seconds, double rate, uint64_t seed)
{
    clip c = clip_new(seconds, rate);
    tb_rng rng = {.seed = seed};
    double voice = 90 + 140 * tb_rng_uniform(&rng), at = 0.1;
    double throat = 0.85 + 0.35 * tb_rng_uniform(&rng);
    double slow = 0.7 + 0.9 * tb_rng_uniform(&rng);
    while (at < seconds) {
        int syllables = 8 + (int)tb_rng_below(&rng, 8);
        for (int k = 0; k < syllables; k++) {
            double length = slow * (0.1 + 0.2 * tb_rng_uniform(&rng));
            double hz = voice * (1.3 - 0.4 * k / syllables) *
                        (1 + 0.08 * tb_rng_normal(&rng));
            add_syllable(&c, at, length, hz, throat, &rng);
            at += length + 0.03 * tb_rng_uniform(&rng);
        }
        at += 0.4 + 0.5 * tb_rng_uniform(&rng);
    }
    clip_hiss(&c, -66, seed + 1);
    return c;
}

#endif
