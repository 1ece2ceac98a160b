/* Four streams of 128 bits are folded over the data, each by a product with
   powers of x modulo the polynomial, then into one, and that to 32 bits by
   Barrett's reduction. All bits are reflected.
   Source: V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using
   PCLMULQDQ Instruction", Intel 2009: figure 7 and the constants of its
   section on gzip. */
#include "base/checksum_fold.h"

#ifdef __x86_64__

#include <immintrin.h>

/* The rest of the program is for processors without it. */
#define FOLDING __attribute__((target("pclmul,sse4.1")))

bool tb_crc32_can_fold(void)
{
    return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

FOLDING static __m128i load(const void *at)
{
    return _mm_loadu_si128(at);
}

FOLDING static __m128i fold(__m128i x, __m128i powers, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(x, powers, 0x00);
    __m128i high = _mm_clmulepi64_si128(x, powers, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

FOLDING static uint32_t reduce(__m128i x)
{
    const __m128i by_64 = _mm_set_epi64x(0, 0x0ccaa009e);
    const __m128i by_32 = _mm_set_epi64x(0, 0x163cd6124);
    const __m128i polynomial = _mm_set_epi64x(0x1f7011641, 0x1db710641);
    const __m128i low = _mm_setr_epi32(~0, 0, ~0, 0);
    /* 128 to 96 bits, to 64 */
    x = _mm_xor_si128(_mm_srli_si128(x, 8),
                      _mm_clmulepi64_si128(x, by_64, 0x00));
    x = _mm_xor_si128(_mm_srli_si128(x, 4),
                      _mm_clmulepi64_si128(_mm_and_si128(x, low), by_32, 0x00));
    /* the rest by the quotient, which is a product with 1 / polynomial */
    __m128i q = _mm_clmulepi64_si128(_mm_and_si128(x, low), polynomial, 0x10);
    q = _mm_clmulepi64_si128(_mm_and_si128(q, low), polynomial, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(x, q), 1);
}

FOLDING uint32_t tb_crc32_fold(uint32_t before, const void *data, size_t n)
{
    const __m128i by_512 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
    const __m128i by_128 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    const unsigned char *at = data;
    __m128i x[4];
    for (int i = 0; i < 4; i++)
        x[i] = load(at + 16 * i);
    x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128((int)~before));
    for (at += 64, n -= 64; n >= 64; at += 64, n -= 64)
        for (int i = 0; i < 4; i++)
            x[i] = fold(x[i], by_512, load(at + 16 * i));
    for (int i = 1; i < 4; i++)
        x[0] = fold(x[0], by_128, x[i]);
    for (; n >= 16; at += 16, n -= 16)
        x[0] = fold(x[0], by_128, load(at));
    return ~reduce(x[0]);
}

#else

bool tb_crc32_can_fold(void)
{
    return false;
}

uint32_t tb_crc32_fold(uint32_t before, const void *data, size_t n)
{
    (void)data;
    (void)n;
    return before;
}

#endif
