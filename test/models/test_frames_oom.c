/* Allocation i fails, for every i, while networks on frames of spectra are
   built and their statistics found: nothing crashes, nothing leaks and the
   failure is told. */
#include "failing.h"
#include "models/freqnet.h"

#define CHECK_INSTRUMENT tb_freqnet_instrument
#define CHECK_CONFIG tb_freqnet

#include "check_frames.h"

static int untold; /* failures without a sentence */
static tb_freqnet config;
static tb_params *params;

enum { FRAMES = 20, MOST_LEVELS = 40 };

static double heard[FRAMES * MOST_LEVELS];

static bool learn(void)
{
    tb_learning l;
    tb_error error = {0};
    const tb_learning_size size = {.rows = 2, .window = 64};
    bool good = tb_instrument_learn(&tb_freqnet_instrument, &config, &size, &l,
                                    &error) == TB_OK;
    tb_learning_clear(&l);
    untold += !good && !error.text[0];
    return good;
}

static bool speak(void)
{
    tb_method m;
    tb_error error = {0};
    bool good = tb_instrument_method(&tb_freqnet_instrument, &config, NULL,
                                     "generate", 2, &m, &error) == TB_OK;
    tb_method_clear(&m);
    untold += !good && !error.text[0];
    return good;
}

static bool measure(void)
{
    tb_error error = {0};
    int64_t n = config.frames.channels * (config.frames.scale == TB_SCALE_MEL
                                              ? config.frames.bands
                                              : config.frames.fft_size / 2 + 1);
    bool good = tb_spectral_measure(&config, params, heard, FRAMES * n, 3,
                                    &error) == TB_OK;
    untold += !good && !error.text[0];
    return good;
}

static void check(const char *changes)
{
    config = configured(changes);
    params = fresh_params(&config, sizeof(float), 1);
    fail_each(learn, "it learns", 3, 4000);
    fail_each(speak, "it speaks", 3, 4000);
    fail_each(measure, "statistics are found", 1, 20);
    tb_params_free(params);
}

int main(void)
{
    for (int i = 0; i < FRAMES * MOST_LEVELS; i++)
        heard[i] = sin(i * 0.37);
    check("fft_size=32 hop=8 components=4 left_out=yes dims_dilated=4 "
          "residuals_dim=4 "
          "skips_dim=3 blocks=2 choices=2 past_noise=0.2");
    check("fft_size=32 hop=8 channels=2 scale=mel bands=10 groups=2 "
          "dims_dilated=4 residuals_dim=4 skips_dim=3 blocks=2 labels=a,b");
    check("preset=mimikit fft_size=16 hop=8 dims_dilated=8");
    check("fft_size=32 hop=8 components=4 head=codes left_out=yes "
          "dims_dilated=4 "
          "residuals_dim=4 skips_dim=3 blocks=2");
    EQ(untold, 0);
    return tap_done();
}
