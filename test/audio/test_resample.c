#include "audio/resample.h"
#include "sounds.h"
#include "tap.h"
#include <stdbool.h>

static float out[400000];

/* Resamples in uneven blocks; frames made. */
static int64_t convert(const float *x, int64_t frames, int channels,
                       double in_rate, double out_rate, int64_t most)
{
    tb_error error = {0};
    int64_t done = 0, total = 0, used = 0, made = 0, block = 1;
    bool flushed = false;
    tb_resampler *r = tb_resampler_new(in_rate, out_rate, channels, &error);
    if (r == NULL)
        return -1;
    do {
        block = block * 5 % 2003;
        int64_t n = block < frames - done ? block : frames - done;
        const float *in = n > 0 ? x + done * channels : NULL;
        if (tb_resampler_run(r, in, n, &used, out + total * channels, most,
                             &made, &error) != TB_OK)
            break;
        done += used;
        total += made;
        flushed = in == NULL && made == 0;
    } while (!flushed);
    tb_resampler_free(r);
    return total;
}

static void check_sine(double in_rate, double out_rate, int channels,
                       int64_t most)
{
    int64_t n = (int64_t)in_rate;
    float *x = make_sine(n, channels, in_rate, 1000);
    int64_t made = convert(x, n, channels, in_rate, out_rate, most);
    EQ(made, (int64_t)out_rate);
    for (int ch = 0; ch < channels; ch++) {
        double hz = 1000 * (ch + 1);
        NEAR(level_at(out, made, channels, ch, out_rate, hz), 0.5, 1e-5);
        NEAR(level_at(out, made, channels, ch, out_rate, hz * 1.01), 0, 1e-4);
    }
    /* In the middle every sample is where it should be: no delay. */
    double most_wrong = 0;
    for (int64_t i = made / 4; i < made * 3 / 4; i++) {
        double want = 0.5 * sin(2 * PI * 1000 * (double)i / out_rate);
        most_wrong = fmax(most_wrong, fabs(want - out[i * channels]));
    }
    NEAR(most_wrong, 0, 1e-5);
    free(x);
}

static void test_lengths(void)
{
    static const double rates[] = {8000, 22050, 44100, 48000, 96000};
    static const int64_t lengths[] = {1, 2, 3, 100, 1023, 5000};
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++)
            for (int k = 0; k < 6; k++) {
                int64_t n = lengths[k];
                float *x = make_sine(n, 1, rates[i], 100);
                int64_t want = tb_resampled_frames(n, rates[i], rates[j]);
                EQ(convert(x, n, 1, rates[i], rates[j], 700), want);
                free(x);
            }
    EQ(tb_resampled_frames(44100, 44100, 48000), 48000);
    EQ(tb_resampled_frames(3, 44100, 22050), 2);
    EQ(tb_resampled_frames(1, 48000, 8000), 0);
    EQ(tb_resampled_frames(7, 44100.5, 44100.5), 7);
}

static void test_equal_rates(void)
{
    float *x = make_sine(5000, 3, 44100, 440);
    EQ(convert(x, 5000, 3, 44100, 44100, 777), 5000);
    EQ(memcmp(x, out, 15000 * sizeof(*x)), 0);
    free(x);
}

/* Nothing above the new half rate may come back as something lower. */
static void test_aliases(void)
{
    float *x = make_sine(48000, 1, 48000, 15000);
    int64_t n = convert(x, 48000, 1, 48000, 22050, 5000);
    NEAR(level_at(out + 2000, n - 4000, 1, 0, 22050, 22050 - 15000), 0, 1e-6);
    free(x);
}

static void test_refusals(void)
{
    tb_error error = {0};
    OK(tb_resampler_new(0, 44100, 1, &error) == NULL);
    EQ(error.status, TB_ERR_ARGUMENT);
    OK(tb_resampler_new(44100, NAN, 1, NULL) == NULL);
    OK(tb_resampler_new(44100, INFINITY, 1, NULL) == NULL);
    OK(tb_resampler_new(44100, 8000, 0, NULL) == NULL);
    tb_resampler_free(NULL);
}

int main(void)
{
    check_sine(44100, 48000, 1, 100000);
    check_sine(48000, 44100, 2, 1000);
    check_sine(22050, 44100, 2, 4096);
    check_sine(8000, 48000, 1, 512);
    check_sine(44100, 22050, 3, 64);
    test_lengths();
    test_equal_rates();
    test_aliases();
    test_refusals();
    return tap_done();
}
