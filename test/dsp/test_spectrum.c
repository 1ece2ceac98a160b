/* Levels, frame counts, mel bands and cepstra against known answers. */
#include "dsp/spectrum.h"
#include "tap.h"

#define TAU 6.283185307179586

static void test_sine_level(void)
{
    float x[1024], power[513];
    tb_spectrum *s = tb_spectrum_new(1024);
    EQ(tb_spectrum_bins(s), 513);
    for (int i = 0; i < 1024; i++)
        x[i] = (float)(0.5 * sin(TAU * 100 * i / 1024));
    tb_spectrum_power(s, x, 1024, 0, power);
    NEAR(power[100], 0.25, 1e-5);
    NEAR(power[101], 0.0625, 1e-5);
    NEAR(power[110], 0, 1e-9);
    tb_spectrum_power(s, x, 1024, 5000, power);
    NEAR(power[100], 0, 0);
    tb_spectrum_free(s);
    OK(tb_spectrum_new(1000) == NULL);
}

static void test_frames(void)
{
    EQ(tb_spectrum_frames(0, 8, 4), 1);
    EQ(tb_spectrum_frames(8, 8, 4), 1);
    EQ(tb_spectrum_frames(11, 8, 4), 1);
    EQ(tb_spectrum_frames(12, 8, 4), 2);
    float x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    float all[2 * 5], roots[2 * 5], one[5];
    tb_spectrum *s = tb_spectrum_new(8);
    tb_stft_power(s, x, 12, 4, all);
    tb_stft_magnitude(s, x, 12, 4, roots);
    tb_spectrum_power(s, x, 12, 4, one);
    int same = 1;
    for (int k = 0; k < 5; k++)
        same &= all[5 + k] == one[k] && fabsf(roots[5 + k] * roots[5 + k] -
                                              one[k]) < 1e-5f * one[k] + 1e-9f;
    OK(same);
    tb_spectrum_free(s);
}

static void test_mel(void)
{
    float flat[513], bands[80], tone[513] = {0};
    for (int k = 0; k < 513; k++)
        flat[k] = 2;
    tb_mel *mel = tb_mel_new(1024, 16000, 80, 0, 8000);
    tb_mel_bands(mel, flat, bands);
    double worst = 0;
    for (int b = 0; b < 80; b++)
        worst = fmax(worst, fabs(bands[b] - 2));
    NEAR(worst, 0, 1e-5);
    /* 2 kHz is 1521 mel of 2840: 43.4 of 81 steps, so band 42. */
    tone[128] = 1;
    tb_mel_bands(mel, tone, bands);
    int loudest = 0;
    for (int b = 0; b < 80; b++)
        if (bands[b] > bands[loudest])
            loudest = b;
    EQ(loudest, 42);
    tb_mel_free(mel);
    OK(tb_mel_new(1024, 16000, 80, 0, 8001) == NULL);
    OK(tb_mel_new(1024, 16000, 0, 0, 8000) == NULL);
    tb_mel_free(NULL);
}

static void test_pitches(void)
{
    float tone[2049] = {0}, bands[128];
    int count = 0;
    tb_mel *m = tb_mel_new_pitches(4096, 16000, 12, 110, 7600, &count);
    EQ(count, 73); /* 6.11 octaves */
    /* Bin 225 is 878.9 Hz: three octaves above 110. */
    tone[225] = 1;
    tb_mel_bands(m, tone, bands);
    int loudest = 0;
    for (int b = 0; b < count; b++)
        if (bands[b] > bands[loudest])
            loudest = b;
    EQ(loudest, 36);
    tb_mel_free(m);
    OK(tb_mel_new_pitches(4096, 16000, 12, 110, 8001, NULL) == NULL);
    OK(tb_mel_new_pitches(4096, 16000, 12, 110, 111, NULL) == NULL);
    OK(tb_mel_new_pitches(4096, 16000, 0, 110, 8000, NULL) == NULL);
}

static void test_mfcc(void)
{
    float level[8], tilted[8], c[8];
    for (int b = 0; b < 8; b++) {
        level[b] = 0.01f;
        tilted[b] = powf(10, (float)(cos(TAU / 2 * (b + 0.5) / 8)) / 10);
    }
    tb_mfcc(level, 8, 8, c);
    NEAR(c[0], -20 * sqrt(8), 1e-4);
    NEAR(c[1], 0, 1e-4);
    NEAR(c[7], 0, 1e-4);
    tb_mfcc(tilted, 8, 8, c);
    NEAR(c[0], 0, 1e-4);
    NEAR(c[1], 2, 1e-4);
    NEAR(c[2], 0, 1e-4);
}

int main(void)
{
    test_sine_level();
    test_frames();
    test_mel();
    test_pitches();
    test_mfcc();
    return tap_done();
}
