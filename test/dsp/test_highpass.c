#include "dsp/highpass.h"
#include "tap.h"

#include <math.h>
#include <string.h>

enum { N = 48000 };
static float x[2 * N], y[2 * N], z[2 * N];

/* What is left of a sine once the filter has settled, in dB. */
static double left_at(double hz, double cutoff)
{
    tb_highpass f;
    double in = 0, out = 0;
    for (int i = 0; i < N; i++)
        x[i] = (float)sin(2 * 3.141592653589793 * hz * i / 16000);
    tb_highpass_init(&f, cutoff, 16000);
    tb_highpass_run(&f, x, N, 1, y);
    for (int i = N / 3; i < N; i++) {
        in += (double)x[i] * x[i];
        out += (double)y[i] * y[i];
    }
    return 10 * log10(out / in);
}

static void test_response(void)
{
    NEAR(left_at(20, 20), -3.01, 0.1);
    NEAR(left_at(10, 20), -12.3, 0.2);
    NEAR(left_at(5, 20), -24.1, 0.3);
    NEAR(left_at(40, 20), -0.26, 0.05);
    NEAR(left_at(100, 20), 0, 0.02);
    NEAR(left_at(1000, 20), 0, 0.001);
    NEAR(left_at(50, 50), -3.01, 0.1);
    NEAR(left_at(7200, 9000), -3.01, 0.1);
}

static void test_offset(void)
{
    tb_highpass f;
    for (int i = 0; i < N; i++)
        x[i] = 0.3f;
    tb_highpass_init(&f, 20, 44100);
    tb_highpass_run(&f, x, N, 1, y);
    for (int i = 0; i < N; i++)
        z[i] = 0;
    OK(memcmp(y, z, N * sizeof *y) == 0);
    for (int i = 0; i < N / 2; i++)
        x[i] = 0;
    tb_highpass_init(&f, 20, 44100);
    tb_highpass_run(&f, x, N, 1, y);
    NEAR(y[N / 2], 0.3, 0.01);
    NEAR(y[N - 1], 0, 1e-6);
}

/* Block by block, in place and interleaved give the same bits. */
static void test_stream(void)
{
    tb_highpass whole, parts[2];
    for (int i = 0; i < N; i++)
        x[i] = (float)sin((double)i * i * 1e-5) + 0.2f;
    tb_highpass_init(&whole, 30, 22050);
    tb_highpass_run(&whole, x, N, 1, y);
    for (int i = 0; i < N; i++) {
        z[2 * i] = x[i];
        z[2 * i + 1] = -x[i];
    }
    for (int ch = 0; ch < 2; ch++) {
        tb_highpass_init(&parts[ch], 30, 22050);
        for (int at = 0, n = 1; at < N; at += n, n = n * 3 % 1009) {
            int count = n < N - at ? n : N - at;
            float *here = z + 2 * at + ch;
            tb_highpass_run(&parts[ch], here, count, 2, here);
            n = count;
        }
    }
    int wrong = 0;
    for (int i = 0; i < N; i++)
        wrong += z[2 * i] != y[i] || z[2 * i + 1] != -y[i];
    EQ(wrong, 0);
}

static void test_not_numbers(void)
{
    tb_highpass f;
    float odd[4] = {NAN, 1, INFINITY, 1}, out[4];
    tb_highpass_init(&f, 20, 16000);
    tb_highpass_run(&f, odd, 4, 1, out);
    for (int i = 0; i < 4; i++)
        OK(isfinite(out[i]));
    tb_highpass_run(&f, odd, 0, 1, out);
}

int main(void)
{
    test_response();
    test_offset();
    test_stream();
    test_not_numbers();
    return tap_done();
}
