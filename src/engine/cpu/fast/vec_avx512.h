/* Vectors of 16 floats for processors with AVX-512 (F, BW, DQ and VL). */
#ifndef TB_ENGINE_CPU_FAST_VEC_AVX512_H
#define TB_ENGINE_CPU_FAST_VEC_AVX512_H

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

/* How such vectors are passed matters not: every function is inlined. */
#pragma GCC diagnostic ignored "-Wpsabi"

enum {
    TB_LANES = 16,
    TB_TILE_ROWS = 12,
    TB_PAIR_ROWS = 12,
    TB_CHUNK = 2048, /* rows of two panels in the second-level cache */
    TB_WIDEN = 0     /* 16-bit weights are read as fast as others */
};

/* Tiles by their rows, those of several panels by rows and panels, and those
   of two panels: up to 24 of 32 registers accumulate. */
#define TB_EACH_TILE(X)                                                        \
    X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define TB_EACH_WIDE_TILE(X) X(1, 4) X(2, 4) X(3, 4) X(4, 4) X(5, 4) X(6, 4)
#define TB_EACH_PAIR_TILE(X) TB_EACH_TILE(X)

typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef float vf_unaligned
    __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t vi_unaligned
    __attribute__((vector_size(64), aligned(4), may_alias));

static inline vf vf_set(float x)
{
    return _mm512_set1_ps(x);
}

static inline vf vf_fma(vf a, vf b, vf c)
{
    return _mm512_fmadd_ps(a, b, c);
}

static inline vf vf_sqrt(vf x)
{
    return _mm512_sqrt_ps(x);
}

static inline bool vi_any(vi mask)
{
    return _mm512_movepi32_mask((__m512i)mask) != 0;
}

/* If one of the two is no number, the result is b. */
static inline vf vf_min(vf a, vf b)
{
    return _mm512_min_ps(a, b);
}

static inline vf vf_max(vf a, vf b)
{
    return _mm512_max_ps(a, b);
}

/* mask ? a : b, lane by lane; comparisons make masks. */
static inline vf vf_select(vi mask, vf a, vf b)
{
    return _mm512_mask_blend_ps(_mm512_movepi32_mask((__m512i)mask), b, a);
}

/* To the nearest whole number, ties to even. */
static inline vf vf_round(vf x)
{
    return _mm512_roundscale_ps(x,
                                _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

static inline vf vf_load_half(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

static inline void vf_store_half(uint16_t *p, vf x)
{
    _mm256_storeu_si256((__m256i *)p,
                        _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}

/* Rows become columns: first in blocks of four by four, then the blocks. */
static inline void vf_transpose(vf r[TB_LANES])
{
    vf t[16], u[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        u[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
        u[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
        u[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        u[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        vf even = _mm512_shuffle_f32x4(u[i], u[i + 4], 0x88);
        vf odd = _mm512_shuffle_f32x4(u[i], u[i + 4], 0xdd);
        vf later_even = _mm512_shuffle_f32x4(u[i + 8], u[i + 12], 0x88);
        vf later_odd = _mm512_shuffle_f32x4(u[i + 8], u[i + 12], 0xdd);
        r[i] = _mm512_shuffle_f32x4(even, later_even, 0x88);
        r[i + 4] = _mm512_shuffle_f32x4(odd, later_odd, 0x88);
        r[i + 8] = _mm512_shuffle_f32x4(even, later_even, 0xdd);
        r[i + 12] = _mm512_shuffle_f32x4(odd, later_odd, 0xdd);
    }
}

#endif
