/* Mel bands against librosa's formulas, there and back, plainly and inside
   graphs. */
#include "../engine/check.h"
#include "dsp/mel_ops.h"
#include "golden/mel.h"

enum { SIZE = 64, BINS = 33, BANDS = 6 };

static tb_mel_shape shape_of(tb_mel_scale scale, tb_mel_norm norm)
{
    return (tb_mel_shape){SIZE, 8000, BANDS, 100, 3800, scale, norm};
}

static double largest_off(const double *a, const double *b, int n)
{
    double off = 0;
    for (int i = 0; i < n; i++)
        off = fmax(off, fabs(a[i] - b[i]));
    return off;
}

static void check_weights(tb_mel_scale scale, tb_mel_norm norm,
                          const double *golden)
{
    double w[BANDS * BINS];
    tb_mel_shape shape = shape_of(scale, norm);
    tb_mel *mel = tb_mel_new_of(&shape);
    EQ(tb_mel_bins(mel), BINS);
    EQ(tb_mel_count(mel), BANDS);
    tb_mel_weights(mel, w);
    NEAR(largest_off(w, golden, BANDS * BINS), 0, 1e-6);
    tb_mel_free(mel);
}

static void check_scale(tb_mel_scale scale, const double *golden)
{
    NEAR(tb_mel_of_hz(scale, 440), golden[0], 1e-6);
    NEAR(tb_mel_of_hz(scale, 3000), golden[1], 1e-5);
    for (double hz = 0; hz < 20000; hz += 333)
        NEAR(tb_hz_of_mel(scale, tb_mel_of_hz(scale, hz)), hz, 1e-8);
}

/* A norm over bands, of what a spectrum's bands miss. */
static double left_over(const tb_mel *mel, const float *bins,
                        const float *bands)
{
    float is[BANDS];
    double sum = 0;
    tb_mel_bands(mel, bins, is);
    for (int b = 0; b < BANDS; b++)
        sum += pow((double)is[b] - (double)bands[b], 2);
    return sqrt(sum);
}

static void check_inverse(tb_mel_scale scale, const double *pseudo, double left)
{
    static const float odd[BANDS] = {0, 0.01f, 0, 0.005f, 0.02f, 0};
    float bins[BINS], bands[BANDS], back[BINS];
    double p[BINS * BANDS], most = 0, least = 0;
    tb_mel_shape shape = shape_of(scale, TB_MEL_AREA);
    tb_mel *mel = tb_mel_new_of(&shape);
    tb_mel_inverse *inverse = tb_mel_inverse_new(mel);
    for (int i = 0; i < BINS * BANDS; i++) {
        p[i] = (double)tb_mel_pseudo_inverse(inverse)[i];
        most = fmax(most, fabs(p[i]));
    }
    NEAR(largest_off(p, pseudo, BINS * BANDS), 0, 1e-6 * most);
    for (int k = 0; k < BINS; k++)
        bins[k] = (float)(1 + noise(3, k)) * (k % 7 ? 0.1f : 1);
    tb_mel_bands(mel, bins, bands);
    tb_mel_invert(inverse, bands, 200, back);
    NEAR(left_over(mel, back, bands), 0, 1e-6);
    tb_mel_invert(inverse, odd, 2000, back);
    NEAR(left_over(mel, back, odd), left, 0.002 * left);
    tb_mel_invert(inverse, odd, 300, back);
    NEAR(left_over(mel, back, odd), left, 0.05 * left);
    for (int k = 0; k < BINS; k++)
        least = fmin(least, (double)back[k]);
    OK(least == 0);
    tb_mel_inverse_free(inverse);
    tb_mel_free(mel);
}

/* Bands of one and the same bin have an inverse all the same. */
static void check_narrow(void)
{
    float bands[40], bins[BINS], again[40];
    tb_mel_shape shape = {SIZE, 8000, 40, 0, 4000, TB_MEL_SLANEY, TB_MEL_MEAN};
    tb_mel *mel = tb_mel_new_of(&shape);
    tb_mel_inverse *inverse = tb_mel_inverse_new(mel);
    for (int k = 0; k < BINS; k++)
        bins[k] = (float)(1 + k % 3);
    tb_mel_bands(mel, bins, bands);
    tb_mel_invert(inverse, bands, 500, bins);
    tb_mel_bands(mel, bins, again);
    double off = 0;
    for (int b = 0; b < 40; b++)
        off = fmax(off, fabs((double)again[b] - (double)bands[b]));
    NEAR(off, 0, 0.02);
    tb_mel_inverse_free(inverse);
    tb_mel_free(mel);
    tb_mel_free(NULL);
    tb_mel_inverse_free(NULL);
}

/* ---- inside graphs ---- */

static tb_mel *graph_mel;
static tb_mel_inverse *graph_inverse;

static tb_value *bands_of(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_bands_of_spectra(in[0], graph_mel);
}

static tb_value *back_again(tb_value *const *in, const void *how)
{
    tb_value *bands = tb_map(in[0], TB_AFFINE, 0.01, 0.02);
    return tb_spectra_of_bands(bands, graph_inverse, *(const int *)how);
}

static const int none = 0, some = 3;

static const check_case cases[] = {
    {"bands",
     bands_of,
     NULL,
     {{3, {2, BINS, TB_FRAMES}}, {0}},
     5,
     CHECK_UNGOLDEN},
    {"bins",
     back_again,
     &none,
     {{3, {2, BANDS, TB_FRAMES}}, {0}},
     5,
     CHECK_UNGOLDEN},
    {"bins that have the bands",
     back_again,
     &some,
     {{3, {1, BANDS, TB_FRAMES}}, {0}},
     4,
     CHECK_UNGOLDEN},
};

/* The graph's bands are those of the plain function. */
static void check_same(void)
{
    float bins[BINS], bands[BANDS];
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(1, BINS, TB_FRAMES));
    tb_value *y = tb_bands_of_spectra(x, graph_mel);
    tb_plan *p = offline_plan(&s, y, 1);
    for (int k = 0; k < BINS; k++)
        bins[k] = (float)noise(1, k);
    tb_mel_bands(graph_mel, bins, bands);
    for (int b = 0; b < BANDS; b++)
        NEAR(*element(tb_plan_tensor(p, y), b), (double)bands[b], 1e-6);
    tb_plan_free(p);
    subject_free(&s);
}

int main(void)
{
    tb_mel_shape shape = shape_of(TB_MEL_SLANEY, TB_MEL_AREA);
    check_weights(TB_MEL_HTK, TB_MEL_PEAK, htk_peak);
    check_weights(TB_MEL_HTK, TB_MEL_AREA, htk_area);
    check_weights(TB_MEL_SLANEY, TB_MEL_PEAK, slaney_peak);
    check_weights(TB_MEL_SLANEY, TB_MEL_AREA, slaney_area);
    check_scale(TB_MEL_HTK, htk_scale);
    check_scale(TB_MEL_SLANEY, slaney_scale);
    check_inverse(TB_MEL_HTK, htk_pseudo, htk_left[0]);
    check_inverse(TB_MEL_SLANEY, slaney_pseudo, slaney_left[0]);
    check_narrow();
    graph_mel = tb_mel_new_of(&shape);
    graph_inverse = tb_mel_inverse_new(graph_mel);
    check_same();
    check_cases(sizeof cases / sizeof *cases, cases, NULL);
    tb_mel_inverse_free(graph_inverse);
    tb_mel_free(graph_mel);
    return tap_done();
}
