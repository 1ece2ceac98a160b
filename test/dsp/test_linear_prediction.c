/* The adaptive linear predictor against the window it stands for, and against
   signals whose best predictor is known. */
#include "base/random.h"
#include "dsp/linear_prediction.h"
#include "tap.h"

#include <stdlib.h>

enum { N = 20000 };

static float sound[N];
static tb_lp_guess guesses[N], others[N];

/* x[t] = 1.6 x[t - 1] - 0.8 x[t - 2] + noise of deviation 0.01. */
static void make_resonance(void)
{
    tb_rng rng = {.seed = 3};
    double a = 0, b = 0;
    for (int i = 0; i < N; i++) {
        double x = 1.6 * a - 0.8 * b + 0.01 * tb_rng_normal(&rng);
        b = a;
        a = x;
        sound[i] = (float)x;
    }
}

static double residual(const tb_lp_guess *guess, int from, int to)
{
    double sum = 0;
    for (int i = from; i < to; i++)
        sum += pow(sound[i] - guess[i].mean, 2);
    return sqrt(sum / (to - from));
}

static void test_resonance(void)
{
    tb_lp_settings s = {.order = 4, .window = 1000, .interval = 64};
    tb_lp *lp = tb_lp_new(&s, NULL);
    make_resonance();
    tb_lp_run(lp, sound, N, guesses);
    NEAR(residual(guesses, 5000, N), 0.01, 0.0003);
    NEAR(guesses[N - 1].scale, 0.01, 0.004);
    tb_lp_free(lp);
}

/* The first guess after a fit, from the window's definition. */
static double guess_by_definition(int t, int order, double window)
{
    double r[8] = {0}, a[8][8] = {{0}}, error;
    for (int k = 0; k <= order; k++)
        for (int m = 0; m + k < t; m++) {
            double h = (m + 1) * exp(-m / window);
            double g = (m + k + 1) * exp(-(m + k) / window);
            r[k] += h * g * sound[t - 1 - m] * sound[t - 1 - m - k];
        }
    r[0] += 1e-7 * r[0] + 1e-10 * 0.25 * pow(window, 3);
    error = r[0];
    for (int i = 1; i <= order; i++) {
        double sum = r[i];
        for (int j = 1; j < i; j++)
            sum -= a[i - 1][j] * r[i - j];
        a[i][i] = sum / error;
        for (int j = 1; j < i; j++)
            a[i][j] = a[i - 1][j] - a[i][i] * a[i - 1][i - j];
        error *= 1 - a[i][i] * a[i][i];
    }
    double guess = 0;
    for (int j = 1; j <= order; j++)
        guess += a[order][j] * sound[t - j];
    return guess;
}

static void test_window(void)
{
    tb_lp_settings s = {.order = 5, .window = 150, .interval = 50};
    tb_lp *lp = tb_lp_new(&s, NULL);
    make_resonance();
    tb_lp_run(lp, sound, N, guesses);
    for (int t = 50; t < 3000; t += 450)
        NEAR(guesses[t].mean, guess_by_definition(t, 5, 150), 1e-9);
    NEAR(guesses[49].mean, 0, 0);
    tb_lp_free(lp);
}

static void test_blocks(void)
{
    tb_lp *whole = tb_lp_new(NULL, NULL), *blocks = tb_lp_new(NULL, NULL);
    tb_rng rng = {.seed = 9};
    make_resonance();
    tb_lp_run(whole, sound, N, guesses);
    for (int at = 0; at < N;) {
        int n = 1 + (int)tb_rng_below(&rng, 300);
        n = n < N - at ? n : N - at;
        tb_lp_run(blocks, sound + at, n, others + at);
        at += n;
    }
    OK(memcmp(guesses, others, sizeof guesses) == 0);
    tb_lp_restart(blocks);
    tb_lp_run(blocks, sound, N, others);
    OK(memcmp(guesses, others, sizeof guesses) == 0);
    tb_lp_free(whole);
    tb_lp_free(blocks);
}

static void test_tones_and_silence(void)
{
    tb_lp *lp = tb_lp_new(NULL, NULL);
    for (int i = 0; i < N; i++)
        sound[i] =
            i < N / 2 ? (float)(0.5 * sin(0.1 * i) + 0.2 * sin(0.7 * i)) : 0;
    sound[100] = NAN;
    tb_lp_run(lp, sound, N, guesses);
    sound[100] = 0;
    OK(residual(guesses, 6000, N / 2) < 0.003);
    OK(isfinite(guesses[N - 1].mean) && fabs(guesses[N - 1].mean) < 1e-6);
    OK(guesses[N - 1].scale < 1e-4);
    tb_lp_free(lp);
}

static void test_mass(void)
{
    tb_lp_guess g = {0.1, 0.02};
    NEAR(tb_lp_mass(&g, -INFINITY, INFINITY), 1, 1e-12);
    NEAR(tb_lp_mass(&g, -INFINITY, 0.1), 0.5, 1e-12);
    double sum = 0;
    for (int i = 0; i < 1000; i++)
        sum += tb_lp_mass(&g, -0.4 + i * 0.001, -0.4 + (i + 1) * 0.001);
    NEAR(sum, 1, 1e-9);
    /* Far out, where one minus one would be nothing. */
    OK(tb_lp_mass(&g, 0.45, 0.46) > 1e-20);
    NEAR(tb_lp_mass(&g, 0.45, 0.46) / tb_lp_mass(&g, -0.26, -0.25), 1, 1e-9);
}

static void test_refusals(void)
{
    tb_error error;
    tb_lp_settings s = {.order = 2000};
    OK(tb_lp_new(&s, &error) == NULL && strstr(error.text, "order"));
    s = (tb_lp_settings){.order = 8, .window = NAN};
    OK(tb_lp_new(&s, NULL) == NULL);
    s = (tb_lp_settings){.order = 8, .interval = -1};
    OK(tb_lp_new(&s, NULL) == NULL);
    tb_lp_free(NULL);
}

int main(void)
{
    test_resonance();
    test_window();
    test_blocks();
    test_tones_and_silence();
    test_mass();
    test_refusals();
    return tap_done();
}
