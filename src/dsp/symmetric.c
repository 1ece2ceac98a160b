#include "dsp/symmetric.h"

#include <math.h>
#include <stdbool.h>

enum { MOST_SWEEPS = 60 };

/* What lies beside the diagonal, at most so much of all, is nothing. */
static const double NOTHING = 1e-30;

static void rotate(double *x, int64_t i, int64_t k, double s, double tau)
{
    double a = x[i], b = x[k];
    x[i] = a - s * (b + a * tau);
    x[k] = b + s * (a - b * tau);
}

/* Turns axes p and q so that a[p, q] vanishes: the smaller of both angles. */
static void turn(double *a, int64_t n, int64_t p, int64_t q, double *vectors)
{
    double apq = a[p * n + q];
    double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
    double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c, tau = s / (1 + c);
    a[p * n + p] -= t * apq;
    a[q * n + q] += t * apq;
    a[p * n + q] = a[q * n + p] = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i == p || i == q)
            continue;
        rotate(a + i * n, p, q, s, tau);
        a[p * n + i] = a[i * n + p];
        a[q * n + i] = a[i * n + q];
    }
    for (int64_t i = 0; i < n; i++) {
        double x = vectors[p * n + i], y = vectors[q * n + i];
        vectors[p * n + i] = x - s * (y + x * tau);
        vectors[q * n + i] = y + s * (x - y * tau);
    }
}

/* One turn of every pair; false: there was nothing to turn. */
static bool sweep(double *a, int64_t n, double *vectors)
{
    double all = 0, beside = 0;
    for (int64_t i = 0; i < n * n; i++) {
        all += a[i] * a[i];
        beside += i / n == i % n ? 0 : a[i] * a[i];
    }
    if (beside <= NOTHING * all)
        return false;
    for (int64_t p = 0; p < n; p++)
        for (int64_t q = p + 1; q < n; q++)
            if (a[p * n + q] != 0)
                turn(a, n, p, q, vectors);
    return true;
}

static void swap_rows(double *vectors, int64_t n, int64_t i, int64_t k)
{
    for (int64_t j = 0; j < n; j++) {
        double x = vectors[i * n + j];
        vectors[i * n + j] = vectors[k * n + j];
        vectors[k * n + j] = x;
    }
}

static void sort(int64_t n, double *values, double *vectors)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t best = i;
        for (int64_t k = i + 1; k < n; k++)
            best = values[k] > values[best] ? k : best;
        double x = values[i];
        values[i] = values[best];
        values[best] = x;
        if (best != i)
            swap_rows(vectors, n, i, best);
    }
}

static void set_sign(double *x, int64_t n)
{
    int64_t largest = 0;
    for (int64_t i = 1; i < n; i++)
        if (fabs(x[i]) > fabs(x[largest]))
            largest = i;
    for (int64_t i = 0; x[largest] < 0 && i < n; i++)
        if (i != largest)
            x[i] = -x[i];
    x[largest] = fabs(x[largest]);
}

void tb_symmetric_eigen(double *a, int64_t n, double *values, double *vectors)
{
    for (int64_t i = 0; i < n * n; i++)
        vectors[i] = i / n == i % n;
    for (int i = 0; i < MOST_SWEEPS && sweep(a, n, vectors); i++)
        ;
    for (int64_t i = 0; i < n; i++)
        values[i] = a[i * n + i];
    sort(n, values, vectors);
    for (int64_t i = 0; i < n; i++)
        set_sign(vectors + i * n, n);
}
