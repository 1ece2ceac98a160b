/* Fourier transforms: a batch of them, and the short-time spectra of a batch
   of signals with their gradient, each in microseconds a frame. */
#include "base/memory.h"
#include "bench.h"
#include "engine/cpu/fast/fast.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNALS = 8, SAMPLES = 65536, TRANSFORMS = 64, BLOCK = 16 };

typedef struct spectra {
    const tb_fast *fast;
    tb_fft *fft;
    tb_pool *pool;
    int n, hop, frames;
    float *signal;   /* [SIGNALS, SAMPLES] */
    float *spectra;  /* [SIGNALS, frames, n + 2] */
    float *window;   /* [n] */
    float *windowed; /* [SIGNALS, BLOCK, n] */
    float *scratch;  /* [SIGNALS, tb_fft_scratch] */
} spectra;

static int parts_of(int whole, int part, int step)
{
    return whole - part < step ? whole - part : step;
}

static void transform(void *context, int part)
{
    spectra *s = context;
    int rows = TRANSFORMS / SIGNALS;
    s->fast->fft_forward(
        s->fft, rows, s->signal + (size_t)part * (size_t)(rows * s->n), s->n,
        s->spectra + (size_t)part * (size_t)(rows * (s->n + 2)), s->n + 2, 1, 1,
        s->scratch + (size_t)part * tb_fft_scratch(s->fft));
}

static void analyse(void *context, int part)
{
    spectra *s = context;
    const float *x = s->signal + (size_t)part * SAMPLES;
    float *block = s->windowed + (size_t)part * (size_t)(BLOCK * s->n);
    float *scratch = s->scratch + (size_t)part * tb_fft_scratch(s->fft);
    tb_rows window = {s->window, 0, 1};
    for (int j = 0; j < s->frames; j += BLOCK) {
        int rows = parts_of(s->frames, j, BLOCK);
        tb_rows frames = {x + (size_t)j * (size_t)s->hop, s->hop, 1};
        float *y =
            s->spectra + (size_t)(part * s->frames + j) * (size_t)(s->n + 2);
        s->fast->binary(TB_BINARY_MUL, rows, s->n, block, s->n, frames, window,
                        false);
        s->fast->fft_forward(s->fft, rows, block, s->n, y, s->n + 2, 1, 1,
                             scratch);
    }
}

static void differentiate(void *context, int part)
{
    spectra *s = context;
    float *dx = s->signal + (size_t)part * SAMPLES;
    float *block = s->windowed + (size_t)part * (size_t)(BLOCK * s->n);
    float *scratch = s->scratch + (size_t)part * tb_fft_scratch(s->fft);
    tb_rows window = {s->window, 0, 1};
    memset(dx, 0, SAMPLES * sizeof *dx);
    for (int j = 0; j < s->frames; j += BLOCK) {
        int rows = parts_of(s->frames, j, BLOCK);
        const float *dy =
            s->spectra + (size_t)(part * s->frames + j) * (size_t)(s->n + 2);
        s->fast->fft_back(s->fft, rows, dy, s->n + 2, block, s->n, 1, 1,
                          scratch);
        for (int i = 0; i < rows; i++) {
            tb_rows frame = {block + (size_t)i * (size_t)s->n, s->n, 1};
            s->fast->binary(TB_BINARY_MUL, 1, s->n,
                            dx + (size_t)(j + i) * (size_t)s->hop, s->n, frame,
                            window, true);
        }
    }
}

static float *floats(size_t n)
{
    float *x = tb_alloc(n * sizeof *x);
    for (size_t i = 0; x && i < n; i++)
        x[i] = (float)(i % 61) / 30 - 1;
    return x;
}

static bool prepare(spectra *s, const bench_options *o, int n)
{
    size_t frames = (size_t)((SAMPLES - n) / (n / 4) + 1), size = (size_t)n;
    *s = (spectra){tb_fast_choose(),
                   tb_fft_new(n, TB_FFT_REAL),
                   o->pool,
                   n,
                   n / 4,
                   (int)frames,
                   NULL,
                   NULL,
                   NULL,
                   NULL,
                   NULL};
    if (!s->fast || !s->fft)
        return false;
    s->signal = floats((size_t)SIGNALS * SAMPLES);
    s->spectra = floats(SIGNALS * frames * (size + 2));
    s->window = floats(size);
    s->windowed = floats(SIGNALS * BLOCK * size);
    s->scratch = floats(SIGNALS * tb_fft_scratch(s->fft));
    for (int i = 0; i < n && s->window; i++)
        s->window[i] = 0.5f - 0.5f * cosf(6.2831853f * (float)i / (float)n);
    return s->signal && s->spectra && s->window && s->windowed && s->scratch;
}

static void finish(spectra *s)
{
    tb_fft_free(s->fft);
    tb_free(s->signal);
    tb_free(s->spectra);
    tb_free(s->window);
    tb_free(s->windowed);
    tb_free(s->scratch);
}

static void run_transform(void *s)
{
    tb_pool_run(((spectra *)s)->pool, SIGNALS, transform, s);
}

static void run_analyse(void *s)
{
    tb_pool_run(((spectra *)s)->pool, SIGNALS, analyse, s);
}

static void run_differentiate(void *s)
{
    tb_pool_run(((spectra *)s)->pool, SIGNALS, differentiate, s);
}

static void measure(spectra *s, const bench_options *o, const char *name,
                    void (*work)(void *), int frames)
{
    char text[64];
    snprintf(text, sizeof text, name, s->n);
    double flops = 2.5 * s->n * log2(s->n);
    bench_report(text, bench_median(o, work, s) * 1e6 / frames, "us/frame",
                 flops / bench_peak_flops(o) * 1e6);
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    bool good = true;
    for (int n = 512; n <= 2048; n *= 2) {
        char name[32];
        snprintf(name, sizeof name, "stft_%d", n);
        if (!bench_wanted(&o, name))
            continue;
        spectra s;
        if (prepare(&s, &o, n)) {
            int frames = SIGNALS * s.frames;
            measure(&s, &o, "rfft_%d forward", run_transform, TRANSFORMS);
            measure(&s, &o, "stft_%d forward", run_analyse, frames);
            measure(&s, &o, "stft_%d gradient", run_differentiate, frames);
        } else {
            fprintf(stderr, "no fast transform of %d\n", n);
            good = false;
        }
        finish(&s);
    }
    bench_end(&o);
    return good ? 0 : 1;
}
