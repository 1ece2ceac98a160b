/* The vectors that the kernels are written in: `vf` of TB_LANES floats, `vi`
   of as many integers, and the few operations that C's vector arithmetic does
   not spell. A kernel source defines TB_FAST_AVX512, TB_FAST_AVX2 or
   nothing. */
#ifndef TB_ENGINE_CPU_FAST_VEC_H
#define TB_ENGINE_CPU_FAST_VEC_H

#include "base/half.h"
#include "engine/cpu/fast/fast.h"

#define TB_INLINE static inline __attribute__((always_inline))

/* Before loops over arrays that are meant to be registers. */
#ifdef __clang__
#define TB_UNROLL _Pragma("clang loop unroll(full)")
#else
#define TB_UNROLL _Pragma("GCC unroll 16")
#endif

#if defined(TB_FAST_AVX512)
#include "engine/cpu/fast/vec_avx512.h"
#elif defined(TB_FAST_AVX2)
#include "engine/cpu/fast/vec_avx2.h"
#else
#include "engine/cpu/fast/vec_portable.h"
#endif

/* How many vectors make a panel. */
enum { TB_PV = TB_PANEL / TB_LANES };

TB_INLINE vf vf_load(const float *p)
{
    return (vf) * (const vf_unaligned *)p;
}

TB_INLINE void vf_store(float *p, vf x)
{
    *(vf_unaligned *)p = x;
}

/* The first n of TB_LANES; the rest is `fill`. */
TB_INLINE vf vf_load_part(const float *p, size_t n, float fill)
{
    float part[TB_LANES];
    for (size_t i = 0; i < TB_LANES; i++)
        part[i] = i < n ? p[i] : fill;
    return vf_load(part);
}

TB_INLINE void vf_store_part(float *p, size_t n, vf x)
{
    float part[TB_LANES];
    vf_store(part, x);
    for (size_t i = 0; i < n && i < TB_LANES; i++)
        p[i] = part[i];
}

/* All lanes, or the first n where the caller says that it is not full: the
   ends of arrays pass through the same arithmetic as the rest. */
TB_INLINE vf vf_take(const float *p, bool full, size_t n)
{
    return full ? vf_load(p) : vf_load_part(p, n, 0);
}

TB_INLINE void vf_give(float *p, bool full, size_t n, vf x)
{
    if (full)
        vf_store(p, x);
    else
        vf_store_part(p, n, x);
}

/* `rows` rows of `cols` numbers, at most a square of TB_LANES, as columns; what
   is not there is 0. */
TB_INLINE void vf_columns(vf r[TB_LANES], int rows, size_t cols, const float *x,
                          ptrdiff_t ldx)
{
    bool full = cols >= TB_LANES;
    TB_UNROLL
    for (int k = 0; k < TB_LANES; k++)
        r[k] = k < rows ? vf_take(x + k * ldx, full, cols) : vf_set(0);
    vf_transpose(r);
}

TB_INLINE vf vf_abs(vf x)
{
    return (vf)((vi)x & 0x7fffffff);
}

#endif
