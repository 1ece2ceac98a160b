/* Softmax, its gradients and cross-entropy against double. */
#include "fast_test.h"

enum { ROWS = 5, MOST = 300 };

static const int widths[] = {1, 3, 8, 9, 31, 257};

/* Probabilities of a row, and the logarithm of the sum of exponentials. */
static double soften(int n, const float *x, double *p)
{
    double most = x[0], sum = 0;
    for (int i = 1; i < n; i++)
        most = x[i] > most ? x[i] : most;
    for (int i = 0; i < n; i++)
        sum += p[i] = exp(x[i] - most);
    for (int i = 0; i < n; i++)
        p[i] /= sum;
    return most + log(sum);
}

/* Far from zero, on either side. */
static float *logits_of(size_t n, float centre)
{
    float *x = room(n);
    for (size_t i = 0; i < n; i++)
        x[i] = 20 * x[i] + centre;
    return x;
}

static void check_softmax(const tb_fast *f, int n, float centre)
{
    int ld = n + 3;
    size_t all = (size_t)(ROWS - 1) * ld + n;
    float *x = logits_of(all, centre), *y = room(all), *log_y = room(all);
    f->softmax(ROWS, n, y, ld, x, ld);
    f->log_softmax(ROWS, n, log_y, ld, x, ld);
    double p[MOST], logs[MOST];
    bool good = true;
    for (int i = 0; i < ROWS; i++) {
        double whole = soften(n, x + i * ld, p);
        for (int j = 0; j < n; j++) {
            logs[j] = x[i * ld + j] - whole;
            good = good && fabs(y[i * ld + j] - p[j]) < 1e-6;
        }
        good = good && distance(log_y + i * ld, logs, (size_t)n) < 1e-6;
    }
    OK_NAMED(good && guarded(y, all) && guarded(log_y, all), "softmax");
    float *alone = room((size_t)n);
    f->softmax(1, n, alone, 0, x + 2 * ld, 0);
    OK_NAMED(same_bits(alone, y + 2 * ld, (size_t)n * sizeof *y),
             "a row alone: the same bits");
    f->softmax(ROWS, n, x, ld, x, ld);
    for (int i = 0; i < ROWS; i++)
        good = good && same_bits(x + i * ld, y + i * ld, (size_t)n * sizeof *y);
    OK_NAMED(good, "in place: the same bits");
    done(alone);
    done(x);
    done(y);
    done(log_y);
}

static void check_back(const tb_fast *f, int n, float centre)
{
    size_t all = (size_t)ROWS * n;
    float *x = logits_of(all, centre), *y = room(all), *dy = room(all);
    float *dx = room(all);
    double *want = malloc(all * sizeof *want);
    for (int log_too = 0; log_too < 2; log_too++) {
        (log_too ? f->log_softmax : f->softmax)(ROWS, n, y, n, x, n);
        for (int i = 0; i < ROWS; i++) {
            double p[MOST], dot = 0, sum = 0;
            soften(n, x + i * n, p);
            for (int j = 0; j < n; j++) {
                dot += p[j] * dy[i * n + j];
                sum += dy[i * n + j];
            }
            for (int j = 0; j < n; j++)
                want[i * n + j] = log_too ? dy[i * n + j] - p[j] * sum
                                          : p[j] * (dy[i * n + j] - dot);
        }
        (log_too ? f->log_softmax_back : f->softmax_back)(ROWS, n, dx, n, y, n,
                                                          dy, n);
        bool close = true; /* where one class is sure, all gradients vanish */
        for (size_t i = 0; i < all; i++)
            close = close && fabs(dx[i] - want[i]) < 5e-6;
        OK_NAMED(close && guarded(dx, all), "gradient of softmax");
    }
    f->log_softmax_back(ROWS, n, dy, n, y, n, dy, n);
    OK_NAMED(same_bits(dx, dy, all * sizeof *dx), "in place: the same bits");
    free(want);
    done(x);
    done(y);
    done(dy);
    done(dx);
}

static void check_xent(const tb_fast *f, int n, float centre)
{
    size_t all = (size_t)ROWS * n;
    float *x = logits_of(all, centre), *d = room(all), loss[ROWS], weight[ROWS];
    int64_t target[ROWS] = {0, n - 1, -100, n / 2, n};
    for (int i = 0; i < ROWS; i++)
        weight[i] = 0.5f + i;
    tb_xent c = {.rows = ROWS,
                 .classes = n,
                 .logits = x,
                 .ld = n,
                 .target = target,
                 .loss = loss,
                 .dlogits = d,
                 .ld_d = n,
                 .scale = 0.25f,
                 .weight = weight};
    f->xent(&c);
    bool good = true;
    for (int i = 0; i < ROWS; i++) {
        double p[MOST], whole = soften(n, x + i * n, p);
        bool skip = target[i] < 0 || target[i] >= n;
        double want = skip ? 0 : whole - x[i * n + target[i]];
        good = good && fabs(loss[i] - want) <= 3e-6 * fmax(fabs(want), 1);
        for (int j = 0; j < n; j++) {
            double g = skip ? 0 : 0.25 * weight[i] * (p[j] - (j == target[i]));
            good = good && fabs(d[i * n + j] - g) < 2e-6;
        }
    }
    OK_NAMED(good && guarded(d, all), "cross-entropy with its gradient");
    float again[ROWS];
    c.loss = again;
    c.dlogits = NULL;
    f->xent(&c);
    OK_NAMED(same_bits(loss, again, sizeof loss), "loss alone: the same bits");
    c.loss = NULL;
    c.dlogits = x;
    f->xent(&c);
    OK_NAMED(same_bits(x, d, all * sizeof *x), "in place: the same bits");
    done(x);
    done(d);
}

int main(void)
{
    const tb_fast *f;
    for (int i = 0; (f = table(i)); i++)
        for (size_t q = 0; q < sizeof widths / sizeof *widths; q++) {
            check_softmax(f, widths[q], 100);
            check_softmax(f, widths[q], -150);
            check_back(f, widths[q], -150);
            check_xent(f, widths[q], 100);
            check_xent(f, widths[q], -150);
        }
    return tap_done();
}
