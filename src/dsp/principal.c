#include "dsp/principal.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

/* Directions in which spectra differ half as much fall behind a thousandfold.
 */
enum { ROUNDS = 10, MOST_ROWS = 2048 };

void tb_mean_and_deviation(const double *x, int64_t rows, int64_t n,
                           double *mean, double *deviation)
{
    memset(mean, 0, sizeof *mean * (size_t)n);
    memset(deviation, 0, sizeof *deviation * (size_t)n);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < n; i++)
            mean[i] += x[r * n + i] / (double)rows;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < n; i++) {
            double off = x[r * n + i] - mean[i];
            deviation[i] += off * off / (double)rows;
        }
    for (int64_t i = 0; i < n; i++)
        deviation[i] = sqrt(deviation[i]);
}

static double product(const double *x, const double *y, int64_t n)
{
    double sum[4] = {0}, rest = 0;
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; k++)
            sum[k] += x[i + k] * y[i + k];
    for (; i < n; i++)
        rest += x[i] * y[i];
    return sum[0] + sum[1] + sum[2] + sum[3] + rest;
}

static void add(double *y, const double *x, double by, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] += by * x[i];
}

/* Gram and Schmidt, twice, which is enough. */
static void make_orthonormal(double *v, int64_t count, int64_t n)
{
    for (int64_t a = 0; a < count; a++) {
        double *x = v + a * n;
        for (int again = 0; again < 2; again++)
            for (int64_t b = 0; b < a; b++)
                add(x, v + b * n, -product(x, v + b * n, n), n);
        double length = sqrt(product(x, x, n)) + 1e-300;
        for (int64_t i = 0; i < n; i++)
            x[i] /= length;
    }
}

/* x without its mean, every so manyth row if there are very many. */
static double *centred(const double *x, int64_t *rows, int64_t n,
                       const double *mean)
{
    int64_t step = (*rows + MOST_ROWS - 1) / MOST_ROWS, kept;
    step = step > 1 ? step : 1;
    kept = (*rows + step - 1) / step;
    double *y = tb_alloc_array((size_t)(kept * n) + 1, sizeof *y);
    for (int64_t r = 0; y && r < kept; r++)
        for (int64_t i = 0; i < n; i++)
            y[r * n + i] = x[r * step * n + i] - mean[i];
    *rows = kept;
    return y;
}

/* Each direction becomes the sum of all rows, weighed by what these have of
   it. */
static void turn(const double *x, int64_t rows, int64_t n, int64_t count,
                 double *v, double *next)
{
    memset(next, 0, sizeof *next * (size_t)(count * n));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t a = 0; a < count; a++)
            add(next + a * n, x + r * n, product(x + r * n, v + a * n, n), n);
    memcpy(v, next, sizeof *v * (size_t)(count * n));
}

static void measure(const double *x, int64_t rows, int64_t n, int64_t count,
                    const double *v, double *deviation, double *most)
{
    for (int64_t a = 0; a < count; a++) {
        double sum = 0;
        most[a] = 0;
        for (int64_t r = 0; r < rows; r++) {
            double along = product(x + r * n, v + a * n, n);
            sum += along * along;
            most[a] = fmax(most[a], fabs(along));
        }
        deviation[a] = rows > 0 ? sqrt(sum / (double)rows) : 0;
    }
}

tb_status tb_principal_components(const double *x, int64_t rows, int64_t n,
                                  int64_t count, const double *mean,
                                  uint64_t seed, double *directions,
                                  double *deviation, double *most,
                                  tb_error *error)
{
    tb_rng rng = {seed, 0};
    double *y = centred(x, &rows, n, mean);
    double *next = tb_alloc_array((size_t)(count * n) + 1, sizeof *next);
    for (int64_t i = 0; i < count * n; i++)
        directions[i] = tb_rng_normal(&rng);
    for (int round = 0; y && next && round < ROUNDS; round++) {
        make_orthonormal(directions, count, n);
        turn(y, rows, n, count, directions, next);
    }
    if (y && next) {
        make_orthonormal(directions, count, n);
        measure(y, rows, n, count, directions, deviation, most);
    }
    tb_status status = y && next ? TB_OK : tb_fail_memory(error);
    tb_free(y);
    tb_free(next);
    return status;
}
