/* Products of one vector with rows as they lie in memory: what `corr` gives
   with packed weights, bit for bit, where packing would cost more than it
   saves. */
#ifndef TB_ENGINE_CPU_FAST_FEW_H
#define TB_ENGINE_CPU_FAST_FEW_H

#include "engine/cpu/fast/vec.h"

enum { TB_AHEAD = 16 }; /* rows that are on their way from memory */

TB_INLINE void few_columns(vf r[TB_LANES], int rows, size_t cols,
                           const float *x, ptrdiff_t ldx)
{
    TB_UNROLL
    for (int k = 0; k < TB_LANES; k++)
        __builtin_prefetch(x + (k + TB_AHEAD) * ldx, 0, 3);
    vf_columns(r, rows, cols, x, ldx);
}

TB_INLINE vf few_dots(int rows, size_t n, const float *x, ptrdiff_t ldx,
                      const float *w)
{
    vf sum = vf_set(0), r[TB_LANES];
    size_t i = 0;
    for (; i + TB_LANES <= n; i += TB_LANES) {
        few_columns(r, rows, TB_LANES, x + i, ldx);
        TB_UNROLL
        for (int k = 0; k < TB_LANES; k++)
            sum = vf_fma(r[k], vf_set(w[i + k]), sum);
    }
    if (i < n) {
        few_columns(r, rows, n - i, x + i, ldx);
        for (size_t k = 0; k < n - i; k++)
            sum = vf_fma(r[k], vf_set(w[i + k]), sum);
    }
    return sum;
}

static inline TB_REALTIME void fast_dot_rows(int rows, int n, const float *x,
                                             ptrdiff_t ldx, const float *w,
                                             float *y)
{
    size_t size = n > 0 ? (size_t)n : 0;
    int i = 0;
    for (; i + TB_LANES <= rows; i += TB_LANES)
        vf_store(y + i, few_dots(TB_LANES, size, x + i * ldx, ldx, w));
    if (i < rows)
        vf_store_part(y + i, (size_t)(rows - i),
                      few_dots(rows - i, size, x + i * ldx, ldx, w));
}

/* `vectors` of them from column i on. */
TB_INLINE void few_weigh(int vectors, int rows, const float *p, const float *x,
                         ptrdiff_t ldx, float *y, bool accumulate)
{
    vf sum[4];
    for (int j = 0; j < vectors; j++)
        sum[j] = accumulate ? vf_load(y + j * TB_LANES) : vf_set(0);
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < vectors; j++) {
            const float *at = x + r * ldx + j * TB_LANES;
            __builtin_prefetch(at + TB_AHEAD * ldx, 0, 3);
            sum[j] = vf_fma(vf_set(p[r]), vf_load(at), sum[j]);
        }
    for (int j = 0; j < vectors; j++)
        vf_store(y + j * TB_LANES, sum[j]);
}

static inline TB_REALTIME void fast_weigh_rows(int rows, int n, const float *p,
                                               const float *x, ptrdiff_t ldx,
                                               float *y, bool accumulate)
{
    int i = 0;
    for (; i + 4 * TB_LANES <= n; i += 4 * TB_LANES)
        few_weigh(4, rows, p, x + i, ldx, y + i, accumulate);
    for (; i + 2 * TB_LANES <= n; i += 2 * TB_LANES)
        few_weigh(2, rows, p, x + i, ldx, y + i, accumulate);
    for (; i + TB_LANES <= n; i += TB_LANES)
        few_weigh(1, rows, p, x + i, ldx, y + i, accumulate);
    if (i >= n)
        return;
    size_t left = (size_t)(n - i);
    vf sum = accumulate ? vf_load_part(y + i, left, 0) : vf_set(0);
    for (int r = 0; r < rows; r++)
        sum = vf_fma(vf_set(p[r]), vf_load_part(x + r * ldx + i, left, 0), sum);
    vf_store_part(y + i, left, sum);
}

#endif
