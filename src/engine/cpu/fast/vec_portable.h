/* Vectors of 4 floats in the compiler's own vector arithmetic: every processor
   that has vectors of 16 bytes (SSE2, NEON, ...) runs it well. */
#ifndef TB_ENGINE_CPU_FAST_VEC_PORTABLE_H
#define TB_ENGINE_CPU_FAST_VEC_PORTABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/half.h"

enum {
    TB_LANES = 4,
    TB_TILE_ROWS = 2,
    TB_PAIR_ROWS = 1,
    TB_CHUNK = 320, /* rows of a panel in the first-level cache */
    TB_WIDEN = 1    /* 16-bit weights are turned to floats once per chunk */
};

/* Tiles by their rows, those of several panels by rows and panels, and those
   of two panels (none: one fills the registers): 8 of SSE2's 16 registers
   accumulate. */
#define TB_EACH_TILE(X) X(1) X(2)
#define TB_EACH_WIDE_TILE(X) X(1, 2)
#define TB_EACH_PAIR_TILE(X)

typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));
typedef float vf_unaligned
    __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t vi_unaligned
    __attribute__((vector_size(16), aligned(4), may_alias));

static inline vf vf_set(float x)
{
    return (vf){x, x, x, x};
}

static inline vf vf_fma(vf a, vf b, vf c)
{
    return a * b + c;
}

static inline vf vf_sqrt(vf x)
{
    return (vf){__builtin_sqrtf(x[0]), __builtin_sqrtf(x[1]),
                __builtin_sqrtf(x[2]), __builtin_sqrtf(x[3])};
}

/* mask ? a : b, lane by lane; comparisons make masks. */
static inline vf vf_select(vi mask, vf a, vf b)
{
    return (vf)((mask & (vi)a) | (~mask & (vi)b));
}

static inline bool vi_any(vi mask)
{
    return (mask[0] | mask[1] | mask[2] | mask[3]) != 0;
}

/* If one of the two is no number, the result is b. */
static inline vf vf_min(vf a, vf b)
{
    return vf_select(a < b, a, b);
}

static inline vf vf_max(vf a, vf b)
{
    return vf_select(a > b, a, b);
}

/* To the nearest whole number, ties to even, for |x| < 2^22. */
static inline vf vf_round(vf x)
{
    vf big = vf_set(0x1.8p23f);
    return x + big - big;
}

/* Without branches and subnormal floats, so that it holds under every mode of
   the processor. */
static inline vf vf_load_half(const uint16_t *p)
{
    typedef uint16_t halves __attribute__((vector_size(8)));
    halves four;
    memcpy(&four, p, sizeof four);
    vi half = __builtin_convertvector(four, vi);
    vi size = half & 0x7fff, sign = (half & 0x8000) << 16;
    vi normal = (size << 13) + (112 << 23);
    vi tiny = (vi)((vf)((size << 13) + (113 << 23)) - vf_set(0x1p-14f));
    vi huge = normal + (112 << 23);
    vi is_tiny = size < 0x400, is_huge = size >= 0x7c00;
    vi bits = (is_tiny & tiny) | (~is_tiny & normal);
    return (vf)(sign | (is_huge & huge) | (~is_huge & bits));
}

static inline void vf_store_half(uint16_t *p, vf x)
{
    for (int i = 0; i < TB_LANES; i++)
        p[i] = tb_half_of_float(x[i]);
}

/* Rows become columns. */
static inline void vf_transpose(vf r[TB_LANES])
{
    vf a = r[0], b = r[1], c = r[2], d = r[3];
    r[0] = (vf){a[0], b[0], c[0], d[0]};
    r[1] = (vf){a[1], b[1], c[1], d[1]};
    r[2] = (vf){a[2], b[2], c[2], d[2]};
    r[3] = (vf){a[3], b[3], c[3], d[3]};
}

#endif
