/* Softmax and cross-entropy over rows. Sums run in lanes that are joined in a
   fixed order, so a row's result depends on the row alone. */
#ifndef TB_ENGINE_CPU_FAST_ROWS_H
#define TB_ENGINE_CPU_FAST_ROWS_H

#include "engine/cpu/fast/approx.h"

TB_INLINE float rows_join(vf sum)
{
    float all = sum[0];
    for (int i = 1; i < TB_LANES; i++)
        all += sum[i];
    return all;
}

/* The largest value; a row of nothing but -infinity (or none) gives that. */
TB_INLINE float rows_max(size_t n, const float *x)
{
    vf most = vf_set(-INFINITY);
    for (size_t i = 0; i < n; i += TB_LANES)
        most = vf_max(n - i >= TB_LANES ? vf_load(x + i)
                                        : vf_load_part(x + i, n - i, -INFINITY),
                      most);
    float all = most[0];
    for (int i = 1; i < TB_LANES; i++)
        all = most[i] > all ? most[i] : all;
    return all;
}

/* The sum of exp(x - most); the terms go to y unless it is null. */
TB_INLINE float rows_exp(size_t n, float *y, const float *x, float most)
{
    vf sum = vf_set(0), shift = vf_set(most);
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf v = full ? vf_load(x + i) : vf_load_part(x + i, n - i, -INFINITY);
        v = vf_exp(v - shift);
        sum += v;
        if (y)
            vf_give(y + i, full, n - i, v);
    }
    return rows_join(sum);
}

TB_INLINE float rows_log(float x)
{
    return vf_log(vf_set(x))[0];
}

/* y = a x */
TB_INLINE void rows_scale(size_t n, float *y, const float *x, float a)
{
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf_give(y + i, full, n - i, vf_take(x + i, full, n - i) * vf_set(a));
    }
}

/* The sum of a, or of the products a b. */
TB_INLINE float rows_dot(size_t n, const float *a, const float *b)
{
    vf sum = vf_set(0);
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf v = vf_take(a + i, full, n - i);
        sum = b ? vf_fma(v, vf_take(b + i, full, n - i), sum) : sum + v;
    }
    return rows_join(sum);
}

static inline TB_REALTIME void fast_softmax(int rows, int cols, float *y,
                                            ptrdiff_t ldy, const float *x,
                                            ptrdiff_t ldx)
{
    size_t n = (size_t)(cols > 0 ? cols : 0);
    for (int i = 0; i < rows; i++, x += ldx, y += ldy)
        rows_scale(n, y, y, 1 / rows_exp(n, y, x, rows_max(n, x)));
}

static inline TB_REALTIME void fast_log_softmax(int rows, int cols, float *y,
                                                ptrdiff_t ldy, const float *x,
                                                ptrdiff_t ldx)
{
    size_t n = (size_t)(cols > 0 ? cols : 0);
    for (int r = 0; r < rows; r++, x += ldx, y += ldy) {
        float most = rows_max(n, x);
        vf low = vf_set(rows_log(rows_exp(n, NULL, x, most)));
        for (size_t i = 0; i < n; i += TB_LANES) {
            bool full = n - i >= TB_LANES;
            vf v = vf_take(x + i, full, n - i) - vf_set(most);
            vf_give(y + i, full, n - i, v - low);
        }
    }
}

static inline TB_REALTIME void fast_softmax_back(int rows, int cols, float *dx,
                                                 ptrdiff_t ld_dx,
                                                 const float *y, ptrdiff_t ldy,
                                                 const float *dy,
                                                 ptrdiff_t ld_dy)
{
    size_t n = (size_t)(cols > 0 ? cols : 0);
    for (int r = 0; r < rows; r++, dx += ld_dx, y += ldy, dy += ld_dy) {
        vf mean = vf_set(rows_dot(n, dy, y));
        for (size_t i = 0; i < n; i += TB_LANES) {
            bool full = n - i >= TB_LANES;
            vf d = vf_take(dy + i, full, n - i) - mean;
            vf_give(dx + i, full, n - i, vf_take(y + i, full, n - i) * d);
        }
    }
}

static inline TB_REALTIME void
fast_log_softmax_back(int rows, int cols, float *dx, ptrdiff_t ld_dx,
                      const float *y, ptrdiff_t ldy, const float *dy,
                      ptrdiff_t ld_dy)
{
    size_t n = (size_t)(cols > 0 ? cols : 0);
    for (int r = 0; r < rows; r++, dx += ld_dx, y += ldy, dy += ld_dy) {
        vf sum = vf_set(rows_dot(n, dy, NULL));
        for (size_t i = 0; i < n; i += TB_LANES) {
            bool full = n - i >= TB_LANES;
            vf p = vf_exp(vf_take(y + i, full, n - i));
            vf_give(dx + i, full, n - i,
                    vf_fma(-p, sum, vf_take(dy + i, full, n - i)));
        }
    }
}

/* 1 over the deviation of a row around its mean. */
TB_INLINE float rows_deviation(size_t n, const float *x, float mean, float eps)
{
    vf sum = vf_set(0);
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf d = full ? vf_load(x + i) : vf_load_part(x + i, n - i, mean);
        d -= vf_set(mean);
        sum = vf_fma(d, d, sum);
    }
    return 1 / vf_sqrt(vf_set(rows_join(sum) / (float)n + eps))[0];
}

static inline TB_REALTIME void fast_standardise(int rows, int cols, float *y,
                                                ptrdiff_t ldy, const float *x,
                                                ptrdiff_t ldx, float eps)
{
    size_t n = (size_t)(cols > 0 ? cols : 0);
    for (int r = 0; r < rows; r++, y += ldy, x += ldx) {
        float mean = rows_dot(n, x, NULL) / (float)n;
        vf scale = vf_set(rows_deviation(n, x, mean, eps));
        for (size_t i = 0; i < n; i += TB_LANES) {
            bool full = n - i >= TB_LANES;
            vf d = vf_take(x + i, full, n - i) - vf_set(mean);
            vf_give(y + i, full, n - i, d * scale);
        }
    }
}

/* The sum of dy (x - mean). */
TB_INLINE float rows_covariance(size_t n, const float *x, const float *dy,
                                float mean)
{
    vf sum = vf_set(0);
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf d = vf_take(x + i, full, n - i) - vf_set(mean);
        sum = vf_fma(vf_take(dy + i, full, n - i), d, sum);
    }
    return rows_join(sum);
}

/* dx = scale (dy - mean(dy) - scale^2 mean(dy d) d), d = x - mean */
static inline TB_REALTIME void
fast_standardise_back(int rows, int cols, float *dx, ptrdiff_t ld_dx,
                      const float *x, ptrdiff_t ldx, const float *dy,
                      ptrdiff_t ld_dy, float eps)
{
    size_t n = (size_t)(cols > 0 ? cols : 0);
    for (int r = 0; r < rows; r++, dx += ld_dx, x += ldx, dy += ld_dy) {
        float mean = rows_dot(n, x, NULL) / (float)n;
        float scale = rows_deviation(n, x, mean, eps);
        float shift = rows_dot(n, dy, NULL) / (float)n;
        float slope = rows_covariance(n, x, dy, mean) / (float)n;
        slope *= -scale * scale;
        for (size_t i = 0; i < n; i += TB_LANES) {
            bool full = n - i >= TB_LANES;
            vf d = vf_take(x + i, full, n - i) - vf_set(mean);
            vf g = vf_take(dy + i, full, n - i) - vf_set(shift);
            g = vf_fma(d, vf_set(slope), g);
            vf_give(dx + i, full, n - i, g * vf_set(scale));
        }
    }
}

TB_INLINE void xent_row(const tb_xent *x, int row)
{
    size_t n = (size_t)x->classes;
    const float *logits = x->logits + row * x->ld;
    float *d = x->dlogits ? x->dlogits + row * x->ld_d : NULL;
    int64_t target = x->target[row];
    if (target < 0 || target >= x->classes) {
        if (x->loss)
            x->loss[row] = 0;
        if (d)
            memset(d, 0, n * sizeof *d);
        return;
    }
    float most = rows_max(n, logits), right = logits[target] - most;
    float sum = rows_exp(n, d, logits, most);
    if (x->loss)
        x->loss[row] = rows_log(sum) - right;
    if (!d)
        return;
    float scale = x->weight ? x->scale * x->weight[row] : x->scale;
    rows_scale(n, d, d, scale / sum);
    d[target] -= scale;
}

static inline TB_REALTIME void fast_xent(const tb_xent *x)
{
    for (int row = 0; row < x->rows; row++)
        xent_row(x, row);
}

#endif
