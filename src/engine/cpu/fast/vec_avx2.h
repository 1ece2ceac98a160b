/* Vectors of 8 floats for processors with AVX2, FMA and F16C. */
#ifndef TB_ENGINE_CPU_FAST_VEC_AVX2_H
#define TB_ENGINE_CPU_FAST_VEC_AVX2_H

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

/* How such vectors are passed matters not: every function is inlined. */
#pragma GCC diagnostic ignored "-Wpsabi"

enum {
    TB_LANES = 8,
    TB_TILE_ROWS = 6,
    TB_PAIR_ROWS = 3,
    TB_CHUNK = 2048, /* rows of two panels in the second-level cache */
    TB_WIDEN = 0     /* 16-bit weights are read as fast as others */
};

/* Tiles by their rows, those of several panels by rows and panels, and those
   of two panels: up to 12 of 16 registers accumulate. */
#define TB_EACH_TILE(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define TB_EACH_WIDE_TILE(X) X(1, 4) X(2, 2) X(3, 2)
#define TB_EACH_PAIR_TILE(X) X(1) X(2) X(3)

typedef float vf __attribute__((vector_size(32)));
typedef int32_t vi __attribute__((vector_size(32)));
typedef float vf_unaligned
    __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t vi_unaligned
    __attribute__((vector_size(32), aligned(4), may_alias));

static inline vf vf_set(float x)
{
    return _mm256_set1_ps(x);
}

static inline vf vf_fma(vf a, vf b, vf c)
{
    return _mm256_fmadd_ps(a, b, c);
}

static inline vf vf_sqrt(vf x)
{
    return _mm256_sqrt_ps(x);
}

static inline bool vi_any(vi mask)
{
    return _mm256_movemask_ps((__m256)mask) != 0;
}

/* If one of the two is no number, the result is b. */
static inline vf vf_min(vf a, vf b)
{
    return _mm256_min_ps(a, b);
}

static inline vf vf_max(vf a, vf b)
{
    return _mm256_max_ps(a, b);
}

/* mask ? a : b, lane by lane; comparisons make masks. */
static inline vf vf_select(vi mask, vf a, vf b)
{
    return _mm256_blendv_ps(b, a, (__m256)mask);
}

/* To the nearest whole number, ties to even. */
static inline vf vf_round(vf x)
{
    return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

static inline vf vf_load_half(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}

static inline void vf_store_half(uint16_t *p, vf x)
{
    _mm_storeu_si128((__m128i *)p,
                     _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}

/* Rows become columns. */
static inline void vf_transpose(vf r[TB_LANES])
{
    vf t[8], u[8];
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
        r[i + 4] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
    }
}

#endif
