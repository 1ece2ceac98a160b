/* The two 16-bit kinds of floating point, as the bits that files hold. */
#ifndef TB_BASE_HALF_H
#define TB_BASE_HALF_H

#include <stdint.h>
#include <string.h>

static inline float tb_float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline uint32_t tb_bits_of_float(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* IEEE 754 binary16, exactly. */
static inline float tb_float_of_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = half >> 10 & 31, fraction = half & 0x3ff;
    if (exponent == 31)
        return tb_float_of_bits(sign | 0x7f800000 | fraction << 13);
    if (exponent)
        return tb_float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
    float x = (float)fraction * 0x1p-24f;
    return sign ? -x : x;
}

/* The nearest half, ties to even; what is too large becomes infinite. */
static inline uint16_t tb_half_of_float(float x)
{
    uint32_t bits = tb_bits_of_float(x);
    uint32_t sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
    if (size > 0x7f800000)
        return (uint16_t)(sign | 0x7e00);
    if (size >= 0x477ff000)
        return (uint16_t)(sign | 0x7c00);
    if (size < 0x38800000) {
        /* Adding 1/2 leaves the rounded multiple of 2^-24 in the low bits. */
        float moved = tb_float_of_bits(size) + 0.5f;
        return (uint16_t)(sign | (tb_bits_of_float(moved) - 0x3f000000));
    }
    uint32_t odd = size >> 13 & 1;
    return (uint16_t)(sign | ((size - 0x38000000 + 0xfff + odd) >> 13));
}

/* bfloat16: the upper half of a float. */
static inline float tb_float_of_bfloat(uint16_t bfloat)
{
    return tb_float_of_bits((uint32_t)bfloat << 16);
}

/* The nearest bfloat16, ties to even. */
static inline uint16_t tb_bfloat_of_float(float x)
{
    uint32_t bits = tb_bits_of_float(x);
    if ((bits & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

#endif
