/* Sound from magnitudes: how near it comes, from where it starts, and sizes and
   sounds at the edges. */
#include "dsp/griffin_lim.h"
#include "dsp/rfft.h"
#include "tap.h"

#include <stdbool.h>
#include <stdlib.h>

enum { MOST = 16000 };

/* ---- sounds ---- */

static double chord(int64_t i)
{
    double t = (double)i, fade = 0.7 + 0.3 * sin(0.0011 * t);
    return fade * (0.4 * cos(0.1137 * t) + 0.2 * cos(0.271 * t + 1) +
                   0.1 * cos(0.433 * t + 2));
}

static double noise(int64_t i)
{
    uint32_t u = (uint32_t)i * 2654435761u + 12345u;
    u = (u ^ u >> 15) * 2246822519u;
    u = (u ^ u >> 13) * 3266489917u;
    return 0.5 * ((u ^ u >> 16) / 2147483648.0 - 1);
}

static double clicks(int64_t i)
{
    return i % 3000 == 1500;
}

static double offset(int64_t i)
{
    return 0.5 + 0 * (double)i;
}

static double silence(int64_t i)
{
    return 0 * (double)i;
}

/* ---- magnitudes ---- */

typedef struct material {
    float *x, *magnitudes, *y;
    int64_t n, frames;
} material;

static void material_free(material *m)
{
    free(m->x);
    free(m->magnitudes);
    free(m->y);
}

static material material_of(const tb_griffin_lim *how, double (*at)(int64_t),
                            int64_t n)
{
    int bins = how->size / 2 + 1;
    double *w = malloc((size_t)how->size * sizeof *w);
    float *cut = malloc((size_t)how->size * sizeof *cut);
    float *z = malloc(2 * (size_t)bins * sizeof *z);
    tb_rfft *fft = tb_rfft_new(how->size);
    material m = {.n = n,
                  .frames = (n + how->before + how->hop - 1) / how->hop};
    m.x = malloc((size_t)n * sizeof *m.x);
    m.y = malloc((size_t)n * sizeof *m.y);
    m.magnitudes =
        malloc((size_t)m.frames * (size_t)bins * sizeof *m.magnitudes);
    tb_window_fill(how->window, how->size, w);
    for (int64_t i = 0; i < n; i++)
        m.x[i] = (float)at(i);
    for (int64_t j = 0; j < m.frames; j++) {
        for (int i = 0; i < how->size; i++) {
            int64_t t = j * how->hop - how->before + i;
            cut[i] = t >= 0 && t < n ? (float)(w[i] * (double)m.x[t]) : 0;
        }
        tb_rfft_forward(fft, cut, z);
        for (int k = 0; k < bins; k++)
            m.magnitudes[j * bins + k] = hypotf(z[2 * k], z[2 * k + 1]);
    }
    tb_rfft_free(fft);
    free(w);
    free(cut);
    free(z);
    return m;
}

/* dB by which the sound's spectra miss. */
static double missed_by(const tb_griffin_lim *how, double (*at)(int64_t))
{
    material m = material_of(how, at, MOST);
    double db = NAN;
    if (OK(tb_sound_of_magnitudes(how, m.magnitudes, m.frames, m.y, m.n,
                                  NULL) == TB_OK))
        db = tb_spectral_convergence(how, m.magnitudes, m.frames, m.y, m.n);
    OK(tb_spectral_convergence(how, m.magnitudes, m.frames, m.x, m.n) < -120);
    fprintf(stderr, "# %d samples every %d, %d times: %.1f dB\n", how->size,
            how->hop, how->iterations, db);
    material_free(&m);
    return db;
}

static void check_nearness(void)
{
    tb_griffin_lim how = tb_griffin_lim_usual(512, 128);
    OK(missed_by(&how, chord) < -40);
    OK(missed_by(&how, noise) < -18);
    OK(missed_by(&how, clicks) < -17);
    OK(missed_by(&how, offset) < -40);
    how.window = TB_WINDOW_BELL;
    OK(missed_by(&how, chord) < -40);
}

/* What streams is nearer than 32 iterations from anywhere; momentum and more
   iterations come nearer still. */
static void check_starts(void)
{
    tb_griffin_lim how = tb_griffin_lim_usual(512, 128), plain;
    how.start = TB_START_RANDOM;
    double usual = missed_by(&how, chord), of_noise = missed_by(&how, noise);
    plain = how;
    plain.momentum = 0;
    OK(missed_by(&plain, chord) > usual);
    plain = how;
    plain.iterations = 4;
    OK(missed_by(&plain, chord) > usual + 3);
    how.start = TB_START_STREAMED;
    how.iterations = 0;
    OK(missed_by(&how, chord) < usual);
    OK(missed_by(&how, noise) < of_noise + 3);
    OK(missed_by(&how, clicks) < -12);
}

/* The offset of a sound keeps its size; its sign no magnitude tells. */
static void check_offset(void)
{
    tb_griffin_lim how = tb_griffin_lim_usual(256, 64);
    material m = material_of(&how, offset, 4000);
    OK(tb_sound_of_magnitudes(&how, m.magnitudes, m.frames, m.y, m.n, NULL) ==
       TB_OK);
    double least = 1, most = 0;
    for (int64_t i = 500; i < 3500; i++) {
        least = fmin(least, fabs((double)m.y[i]));
        most = fmax(most, fabs((double)m.y[i]));
    }
    OK(least > 0.49 && most < 0.51);
    material_free(&m);
}

/* Clicks stay where they were: so much of the energy lies so near. */
static void check_clicks(tb_phase_start start, double share)
{
    tb_griffin_lim how = tb_griffin_lim_usual(512, 128);
    how.start = start;
    how.iterations = start == TB_START_STREAMED ? 0 : 64;
    material m = material_of(&how, clicks, MOST);
    OK(tb_sound_of_magnitudes(&how, m.magnitudes, m.frames, m.y, m.n, NULL) ==
       TB_OK);
    double near = 0, all = 0;
    for (int64_t i = 0; i < m.n; i++) {
        double e = (double)m.y[i] * (double)m.y[i];
        all += e;
        near += llabs(i % 3000 - 1500) <= 16 ? e : 0;
    }
    fprintf(stderr, "# of clicks %.2f stay\n", near / all);
    OK(near > share * all);
    material_free(&m);
}

static bool same(const float *a, const float *b, int64_t n)
{
    return memcmp(a, b, (size_t)n * sizeof *a) == 0;
}

static void check_seeds(void)
{
    tb_griffin_lim how = tb_griffin_lim_usual(256, 64);
    material m = material_of(&how, chord, 3000);
    float *again = malloc((size_t)m.n * sizeof *again);
    for (int start = TB_START_STREAMED; start <= TB_START_RANDOM; start++) {
        how.start = (tb_phase_start)start;
        how.seed = 5;
        tb_sound_of_magnitudes(&how, m.magnitudes, m.frames, m.y, m.n, NULL);
        tb_sound_of_magnitudes(&how, m.magnitudes, m.frames, again, m.n, NULL);
        OK(same(m.y, again, m.n));
        how.seed = 6;
        tb_sound_of_magnitudes(&how, m.magnitudes, m.frames, again, m.n, NULL);
        EQ(same(m.y, again, m.n), start == TB_START_STREAMED);
    }
    free(again);
    material_free(&m);
}

/* Every size gives numbers, and silence for silence. */
static void check_edges(void)
{
    static const int sizes[][3] = {{1, 1, 0},     {2, 1, 1},   {3, 2, 1},
                                   {64, 64, 0},   {64, 63, 5}, {63, 40, 31},
                                   {101, 25, 50}, {512, 1, 0}, {100, 30, 99}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        tb_griffin_lim how = tb_griffin_lim_usual(sizes[i][0], sizes[i][1]);
        how.before = sizes[i][2];
        how.iterations = 3;
        for (int64_t n = 1; n < 300; n += 149) {
            material m = material_of(&how, noise, n);
            material none = material_of(&how, silence, n);
            tb_sound_of_magnitudes(&how, m.magnitudes, m.frames, m.y, n, NULL);
            tb_sound_of_magnitudes(&how, none.magnitudes, none.frames, none.y,
                                   n, NULL);
            float most = 0, of_silence = 0;
            for (int64_t t = 0; t < n; t++) {
                most = isfinite(m.y[t]) ? fmaxf(most, fabsf(m.y[t])) : 1e9f;
                of_silence = fmaxf(of_silence, fabsf(none.y[t]));
            }
            OK_NAMED(most < 100, "numbers of any size");
            OK_NAMED(of_silence == 0, "silence");
            material_free(&m);
            material_free(&none);
        }
    }
}

static void check_nonsense(void)
{
    const float what[] = {NAN, INFINITY, -1, 0.5f, 1e38f, -INFINITY};
    tb_griffin_lim how = tb_griffin_lim_usual(16, 4);
    float s[9 * 20], y[80];
    bool numbers = true;
    for (int start = TB_START_STREAMED; start <= TB_START_RANDOM; start++) {
        how.start = (tb_phase_start)start;
        for (int i = 0; i < 9 * 20; i++)
            s[i] = what[i % 6];
        OK(tb_sound_of_magnitudes(&how, s, 20, y, 80, NULL) == TB_OK);
        for (int i = 0; i < 80; i++)
            numbers &= isfinite(y[i]) && fabsf(y[i]) < 10;
        OK(tb_sound_of_magnitudes(&how, s, 0, y, 80, NULL) == TB_OK);
        for (int i = 0; i < 80; i++)
            numbers &= y[i] == 0;
    }
    OK(numbers);
}

static void check_refusals(void)
{
    tb_griffin_lim good = tb_griffin_lim_usual(16, 4), how;
    float s[9] = {0}, y[4];
    tb_error error = {0};
    for (int i = 0; i < 6; i++) {
        how = good;
        how.hop = i == 0 ? 17 : i == 1 ? 0 : how.hop;
        how.size = i == 2 ? 0 : how.size;
        how.before = i == 3 ? 16 : how.before;
        how.iterations = i == 4 ? -1 : how.iterations;
        how.momentum = i == 5 ? 1 : how.momentum;
        EQ(tb_sound_of_magnitudes(&how, s, 1, y, 4, &error), TB_ERR_ARGUMENT);
        OK(*error.text);
    }
}

int main(void)
{
    check_nearness();
    check_starts();
    check_offset();
    check_clicks(TB_START_STREAMED, 0.55);
    check_clicks(TB_START_RANDOM, 0.9);
    check_seeds();
    check_edges();
    check_nonsense();
    check_refusals();
    return tap_done();
}
