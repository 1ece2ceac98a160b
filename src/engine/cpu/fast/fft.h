/* Fourier transforms (engine/fft.h) of TB_LANES rows at once, one per lane.
   Fewer rows pass through the same code with zeros in the other lanes, so a
   row's bits do not depend on its neighbours. */
#ifndef TB_ENGINE_CPU_FAST_FFT_H
#define TB_ENGINE_CPU_FAST_FFT_H

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/fast/vec.h"

typedef vf fft_v;
typedef float fft_number;

TB_INLINE vf fft_set(float x)
{
    return vf_set(x);
}

TB_INLINE vf fft_madd(vf a, vf b, vf c)
{
    return vf_fma(a, b, c);
}

#include "engine/fft_core.h"

/* Rows of n numbers to n vectors, with zeros in the lanes without row. */
static inline void fft_gather(int rows, const float *x, ptrdiff_t ld, int n,
                              vf *to)
{
    int i = 0;
    for (; i + TB_LANES <= n; i += TB_LANES) {
        for (int r = 0; r < TB_LANES; r++)
            to[i + r] = r < rows ? vf_load(x + r * ld + i) : vf_set(0);
        vf_transpose(to + i);
    }
    for (; i < n; i++)
        for (int r = 0; r < TB_LANES; r++)
            to[i][r] = r < rows ? x[r * ld + i] : 0;
}

static inline void fft_scatter(int rows, float *y, ptrdiff_t ld, int n,
                               const vf *from)
{
    int i = 0;
    for (; i + TB_LANES <= n; i += TB_LANES) {
        vf part[TB_LANES];
        for (int r = 0; r < TB_LANES; r++)
            part[r] = from[i + r];
        vf_transpose(part);
        for (int r = 0; r < rows && r < TB_LANES; r++)
            vf_store(y + r * ld + i, part[r]);
    }
    for (; i < n; i++)
        for (int r = 0; r < rows && r < TB_LANES; r++)
            y[r * ld + i] = from[i][r];
}

static inline fft_c *fft_align(float *scratch)
{
    uintptr_t at = (uintptr_t)scratch;
    return (fft_c *)(scratch + (-at & 63) / sizeof *scratch);
}

static inline TB_REALTIME void fast_fft_forward(const tb_fft *fft, int rows,
                                                const float *x, ptrdiff_t ldx,
                                                float *y, ptrdiff_t ldy,
                                                float edge, float inner,
                                                float *scratch)
{
    fft_c *one = fft_align(scratch), *two = one + (fft->buffer + 1) / 2;
    for (; rows > 0; rows -= TB_LANES) {
        fft_gather(rows, x, ldx, fft->n, fft_reals_in(fft, one, two));
        const fft_c *bins = fft_bins(fft, edge, inner, one, two);
        fft_scatter(rows, y, ldy, 2 * (fft->n / 2 + 1), (const vf *)bins);
        x += TB_LANES * ldx;
        y += TB_LANES * ldy;
    }
}

static inline TB_REALTIME void
fast_fft_back(const tb_fft *fft, int rows, const float *x, ptrdiff_t ldx,
              float *y, ptrdiff_t ldy, float edge, float inner, float *scratch)
{
    fft_c *one = fft_align(scratch), *two = one + (fft->buffer + 1) / 2;
    for (; rows > 0; rows -= TB_LANES) {
        fft_gather(rows, x, ldx, 2 * (fft->n / 2 + 1), (vf *)two);
        fft_scatter(rows, y, ldy, fft->n,
                    fft_reals(fft, edge, inner, one, two));
        x += TB_LANES * ldx;
        y += TB_LANES * ldy;
    }
}

static inline TB_REALTIME void fast_fft_complex(const tb_fft *fft, bool inverse,
                                                int rows, const float *x,
                                                ptrdiff_t ldx, float *y,
                                                ptrdiff_t ldy, float scale,
                                                float *scratch)
{
    fft_c *one = fft_align(scratch), *two = one + (fft->buffer + 1) / 2;
    for (; rows > 0; rows -= TB_LANES) {
        fft_gather(rows, x, ldx, 2 * fft->n, (vf *)one);
        for (int i = 0; i < fft->n && inverse; i++)
            one[i] = fft_swap(one[i]);
        fft_c *z = fft_complex(fft, one, two);
        for (int i = 0; i < fft->n; i++)
            z[i] = fft_scale(inverse ? fft_swap(z[i]) : z[i], vf_set(scale));
        fft_scatter(rows, y, ldy, 2 * fft->n, (const vf *)z);
        x += TB_LANES * ldx;
        y += TB_LANES * ldy;
    }
}

#endif
