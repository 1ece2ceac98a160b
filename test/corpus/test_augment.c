#include "corpus/augment.h"
#include "golden/compand.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

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
    tb_augment_settings s = {.gain_db = 6,
                             .semitones = 2,
                             .reverse = 0.25,
                             .mix = 0.5,
                             .mix_level = 0.3,
                             .noise = 0.01};
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

/* Never louder, in decibels evenly, and of what else is drawn nothing more. */
static void test_softer(void)
{
    tb_augment_settings s = {.softer_db = 24}, both = {.semitones = 2};
    double softest = 0, loudest = -99, sum = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        double db = 20 * log10(tb_augment_draw(&s, 4711, 5, i).gain);
        softest = fmin(softest, db);
        loudest = fmax(loudest, db);
        sum += db / 1000;
    }
    NEAR(softest, -24, 0.2);
    NEAR(loudest, 0, 0.2);
    OK(loudest <= 0);
    NEAR(sum, -12, 1);
    tb_augment a = tb_augment_draw(&both, 1, 5, 0);
    both.softer_db = 24;
    tb_augment b = tb_augment_draw(&both, 1, 5, 0);
    OK(a.speed == b.speed && b.gain < a.gain);
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

/* ---- what looks back ---- */

/* A sine of a level, or noise. */
typedef struct signal {
    double level, period; /* 0: noise */
} signal;

static void read_signal(void *context, int64_t start, int64_t frames,
                        float *out)
{
    const signal *s = context;
    for (int64_t i = 0; i < frames; i++) {
        uint32_t n = (uint32_t)(start + i) * 2654435761u;
        double x = s->period > 0 ? wave(start + i, s->period)
                                 : (n >> 16) / 32768.0 - 1;
        out[i] = (float)(s->level * x);
    }
}

static double level_of(const float *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return 10 * log10(sum / n);
}

/* Frames have the same bits however they are read. */
static void expect_same_bits(const tb_augment *draw, const tb_material *m)
{
    static float whole[3 * 8192], parts[3 * 8192];
    int n = (int)(sizeof whole / sizeof *whole), wrong = 0;
    for (int at = 0; at < n; at += MOST)
        tb_augmenter_read(augmenter, draw, m, 0, n, NULL, at,
                          at + MOST < n ? MOST : n - at, whole + at);
    for (int at = 0, k = 1; at < n; at += k, k = k % 97 + 5)
        tb_augmenter_read(augmenter, draw, m, 0, n, NULL, at,
                          at + k < n ? k : n - at, parts + at);
    for (int i = 0; i < n; i++)
        wrong += whole[i] != parts[i];
    EQ(wrong, 0);
}

static void test_phases(void)
{
    signal noise = {0.5, 0}, sine = {0.5, 50};
    const tb_material of_noise = {read_signal, &noise};
    const tb_material of_sine = {read_signal, &sine};
    tb_augment draw = {.speed = 1,
                       .gain = 1,
                       .turns_phases = true,
                       .phase_cosine = cos(2 * acos(-1) / 50)};
    static float plain[MOST], x[MOST];
    double with = 0;
    expect_same_bits(&draw, &of_noise);
    read_signal(&noise, 20000, MOST, plain);
    tb_augmenter_read(augmenter, &draw, &of_noise, 0, 100000, NULL, 20000, MOST,
                      x);
    NEAR(level_of(x, MOST), level_of(plain, MOST), 0.5);
    OK(memcmp(x, plain, sizeof x) != 0);
    /* At its frequency a phase has turned by half of a circle. */
    read_signal(&sine, 20000, MOST, plain);
    tb_augmenter_read(augmenter, &draw, &of_sine, 0, 100000, NULL, 20000, MOST,
                      x);
    for (int i = 0; i < MOST; i++)
        with += (double)x[i] * (double)plain[i] / (0.125 * MOST);
    NEAR(with, -1, 0.01);
}

static void test_compression(void)
{
    signal quiet = {0.01 * 1.41421356, 50}; /* -40 dB */
    const tb_material of = {read_signal, &quiet};
    tb_augment draw = {.speed = 1,
                       .gain = 1,
                       .compressed = true,
                       .middle_level = -10,
                       .level_frames = 2000};
    static float x[MOST];
    expect_same_bits(&draw, &of);
    tb_augmenter_read(augmenter, &draw, &of, 0, 100000, NULL, 30000, MOST, x);
    NEAR(level_of(x, MOST), -10, 0.1);
    draw.middle_level = -60;
    tb_augmenter_read(augmenter, &draw, &of, 0, 100000, NULL, 30000, MOST, x);
    NEAR(level_of(x, MOST), -60, 0.1);
}

/* Held against sox's compand, by which RAVE compresses: within 1 dB, but at
   most 3 around -40 dB, where sox has a knee of 6 dB and we have a corner. */
static void test_compand(void)
{
    int count = sizeof compand_levels / sizeof *compand_levels;
    static float x[MOST];
    for (int m = 0; m < (int)(sizeof compand_middles / sizeof(double)); m++)
        for (int i = 0; i < count; i++) {
            double level = compand_levels[i];
            signal sine = {pow(10, level / 20) * sqrt(2), 50};
            const tb_material of = {read_signal, &sine};
            const tb_augment draw = {.speed = 1,
                                     .gain = 1,
                                     .compressed = true,
                                     .middle_level = compand_middles[m],
                                     .level_frames = 2000};
            tb_augmenter_read(augmenter, &draw, &of, 0, 100000, NULL, 30000,
                              MOST, x);
            NEAR(level_of(x, MOST), compand_after[m][i],
                 fabs(level + 40) < 6 ? 3 : 1);
        }
}

/* Half a step to each side, 0 on average; and silence. */
static void test_steps(void)
{
    signal silent = {0, 50};
    const tb_material of = {read_signal, &silent};
    tb_augment draw = {.speed = 1, .gain = 1, .step = 0.25f};
    static float x[MOST];
    double sum = 0, most = 0;
    expect_same_bits(&draw, &of);
    tb_augmenter_read(augmenter, &draw, &of, 0, 100000, NULL, 0, MOST, x);
    for (int i = 0; i < MOST; i++) {
        sum += (double)x[i] / MOST;
        most = fmax(most, fabs((double)x[i]));
    }
    OK(most <= 0.125 && most > 0.12);
    NEAR(sum, 0, 0.02);
    draw.muted = true;
    tb_augmenter_read(augmenter, &draw, &of, 0, 100000, NULL, 0, MOST, x);
    OK(level_of(x, MOST) < -1000);
}

static void test_more_draws(void)
{
    tb_augment_settings s = {.phase = 0.8,
                             .compress = 0.5,
                             .mute = 0.1,
                             .dequantise = 16,
                             .sample_rate = 44100};
    int turned = 0, compressed = 0, muted = 0;
    double lowest = 1, highest = -1;
    for (uint32_t i = 0; i < 1000; i++) {
        tb_augment d = tb_augment_draw(&s, 11, 5, i);
        turned += d.turns_phases;
        compressed += d.compressed;
        muted += d.muted;
        if (d.turns_phases)
            lowest = fmin(lowest, d.phase_cosine);
        if (d.turns_phases)
            highest = fmax(highest, d.phase_cosine);
        if (d.step != 1 / 32768.0f || d.level_frames != 4096)
            OK_NAMED(0, "steps and frames");
    }
    OK(turned > 750 && turned < 850 && compressed > 440 && compressed < 560);
    OK(muted > 60 && muted < 140);
    NEAR(lowest, cos(2 * acos(-1) * 2000 / 44100), 0.01);
    OK(highest > 0.9999);
}

/* Of what else is drawn nothing more. */
static void test_standstill_draws(void)
{
    tb_augment_settings plain = {.semitones = 2, .sample_rate = 16000};
    tb_augment_settings s = plain;
    int drawn = 0, still = 0, level = 0, swing = 0, ends = 0, wrong = 0;
    int64_t shortest = 16000, longest = 0;
    s.stuck = 0.4;
    for (uint32_t i = 0; i < 2000; i++) {
        tb_augment d = tb_augment_draw(&s, 11, 5, i);
        tb_augment same = tb_augment_draw(&plain, 11, 5, i);
        tb_standstill b = d.before;
        wrong += d.speed != same.speed || same.before.begins || !b.begins;
        if (b.frames == 0)
            continue;
        drawn++;
        level += b.level != 0;
        swing += b.swing != 0;
        still += b.level == 0 && b.swing == 0;
        wrong += b.level != 0 && b.swing != 0;
        ends += fabsf(b.level + b.swing) == 1;
        wrong += fabsf(b.level + b.swing) > 1;
        shortest = b.frames < shortest ? b.frames : shortest;
        longest = b.frames > longest ? b.frames : longest;
    }
    EQ(wrong, 0);
    NEAR(drawn / 2000.0, 0.4, 0.05);
    NEAR((double)still / drawn, 0.5, 0.06);
    NEAR((double)level / drawn, 0.25, 0.06);
    NEAR((double)swing / drawn, 0.25, 0.06);
    NEAR((double)ends / (level + swing), 1 / 3.0, 0.08);
    OK(shortest >= 160 && shortest < 170);
    OK(longest <= 16000 && longest > 15000);
}

/* Before the piece, too, and no longer than it is; however it is read. */
static void test_standstill(void)
{
    tb_augment draw = {
        .speed = 1, .gain = 1, .before = {true, 50, 0.25f, 0.5f}};
    float x[100];
    int wrong = 0;
    expect_same_bits(&draw, &ramp);
    tb_augmenter_read(augmenter, &draw, &ramp, 500, 200, NULL, 20, 100, x);
    for (int i = 0; i < 100; i++)
        wrong += x[i] != (i >= 30 ? (float)(520 + i) : i % 2 ? 0.75f : -0.25f);
    EQ(wrong, 0);
    tb_augmenter_read(augmenter, &draw, &ramp, 500, 200, NULL, -11, 61, x);
    NEAR(x[0], 0.75, 0);
    NEAR(x[59], -0.25, 0);
    NEAR(x[60], 0.75, 0);
    tb_augmenter_read(augmenter, &draw, &ramp, 500, 200, NULL, 50, 1, x);
    NEAR(x[0], 550, 0);
}

/* What begins at once is as it was, after silence. */
static void test_silence_before(void)
{
    tb_augment draw = {.speed = 1, .gain = 1, .before = {.begins = true}};
    float x[40];
    int wrong = 0;
    expect_same_bits(&draw, &ramp);
    tb_augmenter_read(augmenter, &draw, &ramp, 500, 200, NULL, -15, 40, x);
    for (int i = 0; i < 40; i++)
        wrong += x[i] != (i < 15 ? 0 : (float)(485 + i));
    EQ(wrong, 0);
}

int main(void)
{
    augmenter = tb_augmenter_new(1, MOST);
    test_off();
    test_draws();
    test_softer();
    test_standstill_draws();
    test_standstill();
    test_silence_before();
    test_reverse();
    test_speed();
    test_alias();
    test_division();
    test_levels();
    test_phases();
    test_compression();
    test_compand();
    test_steps();
    test_more_draws();
    tb_augmenter_free(augmenter);
    return tap_done();
}
