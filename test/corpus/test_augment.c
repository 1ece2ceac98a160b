#include "corpus/augment.h"
#include "tap.h"
#include <stdlib.h>

enum { MOST = 600 };
static tb_augmenter *augmenter;

static double wave(int64_t frame, double period)
{
    return sin(2 * acos(-1) * (double)frame / period);
}

/* A sine of period 20 without end. */
static void read_sine(void *context, int64_t start, int64_t frames, float *out)
{
    double *period = context;
    for (int64_t i = 0; i < frames; i++)
        out[i] = (float)wave(start + i, *period);
}

/* Frame numbers from 0 to 9999, silence elsewhere. */
static void read_ramp(void *context, int64_t start, int64_t frames, float *out)
{
    (void)context;
    for (int64_t i = 0; i < frames; i++) {
        int64_t frame = start + i;
        out[i] = frame >= 0 && frame < 10000 ? (float)frame : 0;
    }
}

static const tb_material ramp = {read_ramp, NULL};

static void test_off(void)
{
    tb_augment_settings none = {0};
    float x[100];
    for (int round = 0; round < 2; round++) {
        tb_augment draw = tb_augment_draw(round ? &none : NULL, 1, 2, 3);
        tb_augmenter_read(augmenter, &draw, &ramp, 50, 1000, &ramp, -60, 100,
                          x);
        int wrong = 0;
        for (int i = 0; i < 100; i++)
            wrong += x[i] != (float)(i < 10 ? 0 : i - 10);
        EQ(wrong, 0);
    }
}

static void test_draws(void)
{
    tb_augment_settings s = {6, 2, 0.25, 0.5, 0.3, 0.01};
    int reversed = 0, mixed = 0;
    float softest = 9, loudest = 0;
    double slowest = 9, fastest = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        tb_augment d = tb_augment_draw(&s, 4711, 5, i);
        tb_augment again = tb_augment_draw(&s, 4711, 5, i);
        if (d.speed != again.speed || d.mix_with != again.mix_with)
            OK_NAMED(false, "the same draw twice");
        reversed += d.reversed;
        mixed += d.mixed;
        softest = fminf(softest, d.gain);
        loudest = fmaxf(loudest, d.gain);
        slowest = fmin(slowest, d.speed);
        fastest = fmax(fastest, d.speed);
    }
    OK(reversed > 200 && reversed < 300);
    OK(mixed > 440 && mixed < 560);
    NEAR(20 * log10(loudest), 6, 0.1);
    NEAR(20 * log10(softest), -6, 0.1);
    NEAR(12 * log2(fastest), 2, 0.05);
    NEAR(12 * log2(slowest), -2, 0.05);
    tb_augment a = tb_augment_draw(&s, 1, 5, 0),
               b = tb_augment_draw(&s, 2, 5, 0);
    OK(a.speed != b.speed);
}

static void test_reverse(void)
{
    tb_augment draw = {.speed = 1, .gain = 1, .reversed = true};
    float x[100];
    int wrong = 0;
    tb_augmenter_read(augmenter, &draw, &ramp, 500, 200, NULL, 0, 100, x);
    for (int i = 0; i < 100; i++)
        wrong += x[i] != (float)(699 - i);
    EQ(wrong, 0);
    tb_augmenter_read(augmenter, &draw, &ramp, 500, 200, NULL, -10, 100, x);
    NEAR(x[0], 709, 0);
}

/* A sine of some period, heard at another speed, is a sine of another. */
static void test_speed(void)
{
    static const double speeds[] = {0.5, 0.89, 1.06, 1.5, 2};
    double period = 20, worst[5] = {0};
    float x[MOST];
    tb_material sine = {read_sine, &period};
    for (int k = 0; k < 5; k++) {
        tb_augment draw = {.speed = speeds[k], .gain = 1};
        tb_augmenter_read(augmenter, &draw, &sine, 0, 10000, NULL, 1000, MOST,
                          x);
        for (int i = 0; i < MOST; i++)
            worst[k] =
                fmax(worst[k], fabs(x[i] - wave(1000 + i, 20 / speeds[k])));
        NEAR(worst[k], 0, 2e-4);
    }
}

/* What cannot be heard any more at twice the speed must not come back lower. */
static void test_alias(void)
{
    double period = 2.6, worst = 0;
    float x[MOST];
    tb_material sine = {read_sine, &period};
    tb_augment draw = {.speed = 2, .gain = 1};
    tb_augmenter_read(augmenter, &draw, &sine, 0, 10000, NULL, 0, MOST, x);
    for (int i = 0; i < MOST; i++)
        worst = fmax(worst, fabs(x[i]));
    NEAR(worst, 0, 1e-3);
}

/* The same bits in one read or in many. */
static void test_division(void)
{
    tb_augment draw = {.speed = 1.0594,
                       .gain = 0.7f,
                       .reversed = true,
                       .mixed = true,
                       .mix_gain = 0.2f,
                       .noise = 0.01f,
                       .noise_seed = 9};
    float whole[MOST], parts[MOST];
    double period = 33;
    tb_material sine = {read_sine, &period};
    tb_augmenter_read(augmenter, &draw, &sine, 7, 3000, &ramp, -5, MOST, whole);
    for (int i = 0, n = 1; i < MOST; i += n, n = 1 + (n * 7) % 50) {
        n = i + n > MOST ? MOST - i : n;
        tb_augmenter_read(augmenter, &draw, &sine, 7, 3000, &ramp, i - 5, n,
                          parts + i);
    }
    EQ(memcmp(whole, parts, sizeof whole), 0);
}

static void test_levels(void)
{
    float x[MOST];
    double sum = 0, period = 1e9;
    tb_material silence = {read_sine, &period};
    tb_augment draw = {
        .speed = 1, .gain = 0.5f, .mixed = true, .mix_gain = 0.1f};
    tb_augmenter_read(augmenter, &draw, &ramp, 1000, 500, &ramp, 10, 1, x);
    NEAR(x[0], 0.5 * (1010 + 1), 1e-3);
    draw = (tb_augment){.speed = 1, .gain = 1, .noise = 0.1f, .noise_seed = 3};
    tb_augmenter_read(augmenter, &draw, &silence, 0, MOST, NULL, 0, MOST, x);
    for (int i = 0; i < MOST; i++)
        sum += x[i] * x[i];
    NEAR(sqrt(sum / MOST), 0.1, 0.01);
}

int main(void)
{
    augmenter = tb_augmenter_new(1, MOST);
    test_off();
    test_draws();
    test_reverse();
    test_speed();
    test_alias();
    test_division();
    test_levels();
    tb_augmenter_free(augmenter);
    return tap_done();
}
