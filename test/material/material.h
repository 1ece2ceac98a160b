/* Sounds with known labels, made by rule, and the project's recordings. */
#ifndef TB_TEST_MATERIAL_H
#define TB_TEST_MATERIAL_H

#include "audio/load.h"
#include "base/random.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAU 6.283185307179586

typedef struct clip {
    float *x;
    int64_t n;
    double rate;
} clip;

static inline clip clip_new(double seconds, double rate)
{
    clip c = {NULL, (int64_t)(seconds * rate), rate};
    c.x = calloc((size_t)c.n + 1, sizeof *c.x);
    return c;
}

static inline void clip_free(clip *c)
{
    free(c->x);
    c->x = NULL;
}

static inline clip clip_copy(const clip *a, int64_t from, int64_t n)
{
    clip c = {malloc((size_t)(n + 1) * sizeof *c.x), n, a->rate};
    memcpy(c.x, a->x + from, (size_t)n * sizeof *c.x);
    return c;
}

static inline void clip_gain(clip *c, double gain)
{
    for (int64_t i = 0; i < c->n; i++)
        c->x[i] *= (float)gain;
}

/* Adds noise at a level in dB relative to full scale. */
static inline void clip_hiss(clip *c, double db, uint64_t seed)
{
    tb_rng rng = {.seed = seed};
    double level = pow(10, db / 20);
    for (int64_t i = 0; i < c->n; i++)
        c->x[i] += (float)(level * tb_rng_normal(&rng));
}

static inline clip white(double seconds, double rate, uint64_t seed)
{
    clip c = clip_new(seconds, rate);
    clip_hiss(&c, -15, seed);
    return c;
}

/* Ever 8-bit mu-law level as likely: what an untrained network gives. */
static inline clip uniform_levels(double seconds, double rate, uint64_t seed)
{
    clip c = clip_new(seconds, rate);
    tb_rng rng = {.seed = seed};
    for (int64_t i = 0; i < c.n; i++) {
        double y = 2 * tb_rng_uniform(&rng) - 1;
        c.x[i] = (float)copysign(expm1(fabs(y) * log(256)) / 255, y);
    }
    return c;
}

/* White noise through one pole (pink-ish below 1, brown near 1). */
static inline clip coloured(double seconds, double rate, double pole,
                            uint64_t seed)
{
    clip c = white(seconds, rate, seed);
    for (int64_t i = 1; i < c.n; i++)
        c.x[i] = (float)(c.x[i] * (1 - pole) * 2 + pole * c.x[i - 1]);
    return c;
}

/* White noise through a resonance. */
static inline clip band_noise(double seconds, double rate, double hz, double q,
                              uint64_t seed)
{
    clip c = white(seconds, rate, seed);
    double w = TAU * hz / rate, r = exp(-w / (2 * q));
    double a1 = 2 * r * cos(w), a2 = -r * r, y1 = 0, y2 = 0;
    for (int64_t i = 0; i < c.n; i++) {
        double y = c.x[i] * (1 - r) + a1 * y1 + a2 * y2;
        y2 = y1;
        y1 = y;
        c.x[i] = (float)y;
    }
    return c;
}

/* Sums of sines (saw 0) or of saw teeth (saw 1). */
static inline clip chord(double seconds, double rate, const double *hz,
                         int count, int saw)
{
    clip c = clip_new(seconds, rate);
    for (int k = 0; k < count; k++) {
        int top = saw ? (int)(0.45 * rate / hz[k]) : 1;
        for (int h = 1; h <= top; h++)
            for (int64_t i = 0; i < c.n; i++)
                c.x[i] += (float)(0.25 / count / h *
                                  sin(TAU * fmod(hz[k] * h * (i / rate), 1)));
    }
    return c;
}

/* A sine at 16 kHz that rises by so many octaves. */
static inline clip glide(double seconds, double hz, double octaves)
{
    clip c = clip_new(seconds, 16000);
    double phase = 0;
    for (int64_t i = 0; i < c.n; i++) {
        phase += hz * pow(2, octaves * (double)i / (double)c.n) / c.rate;
        c.x[i] = (float)(0.3 * sin(TAU * fmod(phase, 1)));
    }
    return c;
}

/* The first `cycle` seconds of a over and over. */
static inline clip looped(const clip *a, double from, double cycle,
                          double seconds)
{
    clip c = clip_new(seconds, a->rate);
    int64_t start = (int64_t)(from * a->rate);
    int64_t n = (int64_t)(cycle * a->rate);
    for (int64_t i = 0; i < c.n; i++)
        c.x[i] = a->x[start + i % n];
    return c;
}

/* Slices of random length and place, glued. */
static inline clip cut_up(const clip *const *from, int count, double seconds,
                          double shortest, double longest, uint64_t seed)
{
    clip c = clip_new(seconds, from[0]->rate);
    tb_rng rng = {.seed = seed};
    for (int64_t at = 0; at < c.n;) {
        const clip *a = from[tb_rng_below(&rng, (uint64_t)count)];
        double length = shortest + (longest - shortest) * tb_rng_uniform(&rng);
        int64_t n = (int64_t)(length * c.rate);
        if (n > a->n)
            n = a->n;
        int64_t start = (int64_t)tb_rng_below(&rng, (uint64_t)(a->n - n + 1));
        for (int64_t i = 0; i < n && at < c.n; i++)
            c.x[at++] = a->x[start + i];
    }
    return c;
}

/* A recording, mono, at a rate; exits without it. */
static inline clip recording_at(const char *path, double rate)
{
    tb_audio audio;
    tb_error error;
    if (tb_load_audio(path, rate, 1, 0, 0, &audio, &error)) {
        printf("Bail out! %s\n", error.text);
        exit(1);
    }
    clip c = {malloc((size_t)(audio.frames + 1) * sizeof *c.x), audio.frames,
              rate};
    memcpy(c.x, audio.data, (size_t)audio.frames * sizeof *c.x);
    tb_audio_clear(&audio);
    return c;
}

/* One of the recordings in sounds/. */
static inline clip recording(const char *name, double rate)
{
    char path[1024];
    const char *folder = getenv("TIMBREL_SOUNDS");
    snprintf(path, sizeof path, "%s/%s.flac", folder ? folder : "sounds", name);
    return recording_at(path, rate);
}

#endif
