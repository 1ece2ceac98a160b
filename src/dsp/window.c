#include "dsp/window.h"

#include <math.h>

static const double TURN = 6.283185307179586;

double tb_window_spread(tb_window_kind kind)
{
    return kind == TB_WINDOW_HANN ? 0.25645 : 0.12;
}

static double height(tb_window_kind kind, int64_t i, int64_t n)
{
    double t = (double)i / (double)n;
    if (kind == TB_WINDOW_HANN)
        return n == 1 ? 1 : 0.5 - 0.5 * cos(TURN * t);
    return exp(-TURN / 2 * (t - 0.5) * (t - 0.5) / tb_window_spread(kind));
}

void tb_window_fill(tb_window_kind kind, int64_t n, double *window)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += window[i] = height(kind, i, n);
    for (int64_t i = 0; i < n; i++)
        window[i] *= 2 / sum;
}

double tb_bessel0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 200 && term > 1e-17 * sum; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

void tb_window_kaiser(int64_t n, double beta, double *window)
{
    const double most = tb_bessel0(beta);
    for (int64_t i = 0; i < n; i++) {
        double side = n == 1 ? 0 : 2 * (double)i / (double)(n - 1) - 1;
        window[i] = tb_bessel0(beta * sqrt(fmax(0, 1 - side * side))) / most;
    }
}
