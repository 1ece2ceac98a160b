/* Descriptors of sounds whose answers are known. */
#include "dsp/describe.h"
#include "tap.h"

#include <stdlib.h>

#define TAU 6.283185307179586
enum { RATE = 16000, LENGTH = RATE };

static float sound[LENGTH];

static void sine(double hz, double level)
{
    for (int i = 0; i < LENGTH; i++)
        sound[i] = (float)(level * sin(TAU * hz * i / RATE));
}

static void saw(double hz)
{
    for (int i = 0; i < LENGTH; i++)
        sound[i] = (float)(fmod(hz * i / RATE, 1) - 0.5);
}

static void noise(void)
{
    uint32_t seed = 1;
    for (int i = 0; i < LENGTH; i++) {
        seed = seed * 1664525u + 1013904223u;
        sound[i] = (float)(seed >> 8) / 8388608.0f - 1;
    }
}

static double mean(const float *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static void test_sine(void)
{
    tb_description d;
    sine(440, 0.5);
    EQ(tb_describe(sound, LENGTH, RATE, NULL, &d, NULL), TB_OK);
    EQ(d.size, 1024);
    EQ(d.hop, 512);
    EQ(d.frames, 30);
    EQ(d.coefficients, 13);
    NEAR(d.loudness[3], -9.03, 0.02);
    NEAR(d.crest[3], 3.01, 0.02);
    NEAR(d.centroid[3], 440, 10);
    OK(d.flatness[3] < 0.001);
    NEAR(d.pitch[3], 440, 0.5);
    OK(d.strength[3] > 0.99);
    OK(d.flux[3] < 0.02);
    tb_description_clear(&d);
    OK(d.mfcc == NULL && d.frames == 0);
}

static void test_saw(void)
{
    static const double pitches[] = {55, 110, 233.1, 700, 1318.5};
    for (size_t i = 0; i < sizeof pitches / sizeof *pitches; i++) {
        tb_description d;
        saw(pitches[i]);
        EQ(tb_describe(sound, LENGTH, RATE, NULL, &d, NULL), TB_OK);
        NEAR(d.pitch[5] / pitches[i], 1, 0.008);
        OK(d.strength[5] > 0.9);
        tb_description_clear(&d);
    }
}

static void test_noise(void)
{
    tb_description d;
    noise();
    EQ(tb_describe(sound, LENGTH, RATE, NULL, &d, NULL), TB_OK);
    NEAR(mean(d.flatness, d.frames), 0.561, 0.03);
    NEAR(mean(d.centroid, d.frames), 4000, 150);
    NEAR(mean(d.loudness, d.frames), -4.77, 0.1);
    NEAR(mean(d.flux + 1, d.frames - 1), 0.33, 0.05);
    OK(mean(d.strength, d.frames) < 0.3);
    tb_description_clear(&d);
}

static void test_silence_and_change(void)
{
    tb_description d;
    sine(440, 0.5);
    memset(sound, 0, 8192 * sizeof *sound);
    EQ(tb_describe(sound, LENGTH, RATE, NULL, &d, NULL), TB_OK);
    NEAR(d.loudness[0], -120, 0);
    NEAR(d.pitch[0], 0, 0);
    NEAR(d.centroid[0], 0, 0);
    NEAR(d.flatness[0], 0, 0);
    NEAR(d.flux[15], 1, 0.01);
    NEAR(d.mfcc[0], -100 * sqrt(40), 0.01);
    tb_description_clear(&d);
}

static void test_short_and_refused(void)
{
    tb_description d;
    tb_error error;
    sine(440, 0.5);
    EQ(tb_describe(sound, 10, RATE, NULL, &d, NULL), TB_OK);
    EQ(d.frames, 1);
    NEAR(d.pitch[0], 0, 0);
    tb_description_clear(&d);
    EQ(tb_describe(sound, 0, RATE, NULL, &d, NULL), TB_OK);
    NEAR(d.loudness[0], -120, 0);
    tb_description_clear(&d);
    tb_describe_options odd = {.size = 1000};
    EQ(tb_describe(sound, LENGTH, RATE, &odd, &d, &error), TB_ERR_ARGUMENT);
    EQ(tb_describe(sound, LENGTH, 0, NULL, &d, &error), TB_ERR_ARGUMENT);
    tb_describe_options many = {.mel_bands = 4, .coefficients = 5};
    EQ(tb_describe(sound, LENGTH, RATE, &many, &d, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "5 coefficients"));
}

int main(void)
{
    test_sine();
    test_saw();
    test_noise();
    test_silence_and_change();
    test_short_and_refused();
    return tap_done();
}
