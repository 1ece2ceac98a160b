/* Optimiser steps and other passes over all parameters. */
#ifndef TB_ENGINE_CPU_FAST_UPDATE_H
#define TB_ENGINE_CPU_FAST_UPDATE_H

#include "engine/cpu/fast/vec.h"

#include <math.h>

/* p -= rate (m / correct1) / (sqrt(v / correct2) + epsilon) */
static inline TB_REALTIME void fast_adam(const tb_adam *a, size_t n, float *p,
                                         const float *g, float *m, float *v)
{
    const vf keep = vf_set(1 - a->rate * a->decay);
    const vf beta1 = vf_set(a->beta1), rest1 = vf_set(1 - a->beta1);
    const vf beta2 = vf_set(a->beta2), rest2 = vf_set(1 - a->beta2);
    const vf step = vf_set(-a->rate / a->correct1);
    const vf root = vf_set(1 / sqrtf(a->correct2)), eps = vf_set(a->epsilon);
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf grad = vf_take(g + i, full, n - i);
        vf mean = vf_take(m + i, full, n - i) * beta1;
        vf square = vf_take(v + i, full, n - i) * beta2;
        mean = vf_fma(rest1, grad, mean);
        square = vf_fma(rest2 * grad, grad, square);
        vf by = vf_fma(vf_sqrt(square), root, eps);
        vf value = vf_take(p + i, full, n - i) * keep;
        vf_give(m + i, full, n - i, mean);
        vf_give(v + i, full, n - i, square);
        vf_give(p + i, full, n - i, vf_fma(step, mean / by, value));
    }
}

static inline TB_REALTIME void fast_sgd(size_t n, float *p, const float *g,
                                        float *v, float rate, float momentum)
{
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf move = vf_take(g + i, full, n - i);
        if (momentum != 0) {
            move = vf_fma(vf_set(momentum), vf_take(v + i, full, n - i), move);
            vf_give(v + i, full, n - i, move);
        }
        vf value = vf_take(p + i, full, n - i);
        vf_give(p + i, full, n - i, vf_fma(vf_set(-rate), move, value));
    }
}

static inline TB_REALTIME void fast_ema(size_t n, float *y, const float *x,
                                        float keep)
{
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf value = vf_take(y + i, full, n - i);
        vf apart = vf_take(x + i, full, n - i) - value;
        vf_give(y + i, full, n - i, vf_fma(vf_set(1 - keep), apart, value));
    }
}

static inline TB_REALTIME void fast_axpby(size_t n, float *y, float a,
                                          const float *x, float b)
{
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf v = vf_set(a) * vf_take(x + i, full, n - i);
        if (b != 0)
            v = vf_fma(vf_set(b), vf_take(y + i, full, n - i), v);
        vf_give(y + i, full, n - i, v);
    }
}

/* Products of floats are exact in double, so every table gives the same. */
TB_INLINE double update_sum(size_t n, const float *x, const float *y)
{
    enum { CHAINS = 16 };
    double sum[CHAINS] = {0}, all = 0;
    size_t i = 0;
    for (; i + CHAINS <= n; i += CHAINS)
        for (int j = 0; j < CHAINS; j++)
            sum[j] += (double)x[i + j] * (y ? y[i + j] : 1);
    for (int j = 0; i < n; i++, j++)
        sum[j] += (double)x[i] * (y ? y[i] : 1);
    for (int j = 0; j < CHAINS; j++)
        all += sum[j];
    return all;
}

static inline TB_REALTIME double fast_sum(size_t n, const float *x)
{
    return update_sum(n, x, NULL);
}

static inline TB_REALTIME double fast_dot(size_t n, const float *x,
                                          const float *y)
{
    return update_sum(n, x, y);
}

static inline TB_REALTIME double fast_sum_squares(size_t n, const float *x)
{
    return update_sum(n, x, x);
}

#endif
