/* Optimiser steps against double, and sums of squares. */
#include "fast_test.h"

enum { N = 77 };

/* PyTorch's AdamW over three steps. */
static void check_adam(const tb_fast *f, double decay)
{
    float *p = room(N), *g = room(N), *m = room(N), *v = room(N);
    double wp[N], wm[N] = {0}, wv[N] = {0};
    memset(m, 0, N * sizeof *m);
    memset(v, 0, N * sizeof *v);
    for (int i = 0; i < N; i++)
        wp[i] = p[i];
    for (int step = 1; step <= 3; step++) {
        double c1 = 1 - pow(0.9, step), c2 = 1 - pow(0.99, step);
        tb_adam a = {1e-2f,        0.9f,      0.99f,    1e-8f,
                     (float)decay, (float)c1, (float)c2};
        for (int i = 0; i < N; i++) {
            g[i] = noise();
            wp[i] *= 1 - 1e-2 * decay;
            wm[i] = 0.9 * wm[i] + 0.1 * g[i];
            wv[i] = 0.99 * wv[i] + 0.01 * g[i] * g[i];
            wp[i] -= 1e-2 * (wm[i] / c1) / (sqrt(wv[i] / c2) + 1e-8);
        }
        for (size_t i = 0, n = 1; i < N; i += n, n = n % 11 + 3) {
            n = N - i < n ? N - i : n;
            f->adam(&a, n, p + i, g + i, m + i, v + i);
        }
    }
    OK_NAMED(distance(p, wp, N) < 1e-6 && distance(m, wm, N) < 1e-6 &&
                 distance(v, wv, N) < 3e-6,
             "Adam");
    OK_NAMED(guarded(p, N) && guarded(m, N) && guarded(v, N), "within");
    done(p);
    done(g);
    done(m);
    done(v);
}

static void check_pieces(const tb_fast *f)
{
    tb_adam a = {1e-2f, 0.9f, 0.99f, 1e-8f, 0.1f, 0.1f, 0.01f};
    float *p = room(N), *g = room(N), *m = room(N), *v = room(N);
    float *q = room(N), *m2 = room(N), *v2 = room(N);
    for (int i = 0; i < N; i++) {
        q[i] = p[i];
        m2[i] = m[i];
        v2[i] = v[i] = fabsf(v[i]);
    }
    f->adam(&a, N, p, g, m, v);
    for (int i = 0; i < N; i++)
        f->adam(&a, 1, q + i, g + i, m2 + i, v2 + i);
    OK_NAMED(same_bits(p, q, N * sizeof *p) &&
                 same_bits(m, m2, N * sizeof *m) &&
                 same_bits(v, v2, N * sizeof *v),
             "Adam one by one: the same bits");
    float *all[] = {p, g, m, v, q, m2, v2};
    for (int i = 0; i < 7; i++)
        done(all[i]);
}

static void check_others(const tb_fast *f)
{
    float *p = room(N), *g = room(N), *v = room(N);
    double want[N], wv[N];
    for (int i = 0; i < N; i++) {
        wv[i] = 0.8 * v[i] + g[i];
        want[i] = p[i] - 0.1 * wv[i];
    }
    f->sgd(N, p, g, v, 0.1f, 0.8f);
    OK_NAMED(distance(p, want, N) < 1e-6 && distance(v, wv, N) < 1e-6 &&
                 guarded(p, N) && guarded(v, N),
             "gradient descent with momentum");
    for (int i = 0; i < N; i++)
        want[i] = p[i] - 0.1 * g[i];
    f->sgd(N, p, g, NULL, 0.1f, 0);
    OK_NAMED(distance(p, want, N) < 1e-6, "gradient descent without");
    for (int i = 0; i < N; i++)
        want[i] = 0.99 * p[i] + 0.01 * g[i];
    f->ema(N, p, g, 0.99f);
    OK_NAMED(distance(p, want, N) < 1e-6 && guarded(p, N), "moving average");
    done(p);
    done(g);
    done(v);
}

static double reference; /* of the first table: the others give the same */

static void check_sum(const tb_fast *f)
{
    enum { MANY = 5003 };
    fast_seed = 7;
    float *x = room(MANY);
    double want = 0;
    for (int i = 0; i < MANY; i++)
        want += (double)x[i] * x[i];
    double got = f->sum_squares(MANY, x);
    NEAR(got, want, 1e-12 * want);
    if (f == table(0))
        reference = got;
    OK_NAMED(got == reference, "every table sums alike");
    OK(f->sum_squares(0, x) == 0);
    OK(f->sum_squares(1, x) == (double)x[0] * x[0]);
    done(x);
}

int main(void)
{
    const tb_fast *f;
    for (int i = 0; (f = table(i)); i++) {
        check_adam(f, 0);
        check_adam(f, 0.1);
        check_pieces(f);
        check_others(f);
        check_sum(f);
    }
    return tap_done();
}
