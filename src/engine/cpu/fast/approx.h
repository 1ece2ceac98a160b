/* exp, log, sin and the like for vectors, by minimax polynomials fitted for
   these intervals; errors of about one unit in the last place. Not a number
   stays so, and limits are the right ones. */
#ifndef TB_ENGINE_CPU_FAST_APPROX_H
#define TB_ENGINE_CPU_FAST_APPROX_H

#include "engine/cpu/fast/vec.h"

#include <math.h>

/* c[0] + c[1] x + ... + c[n - 1] x^(n - 1) */
TB_INLINE vf approx_poly(vf x, const float *c, int n)
{
    vf y = vf_set(c[n - 1]);
    TB_UNROLL
    for (int i = n - 2; i >= 0; i--)
        y = vf_fma(y, x, vf_set(c[i]));
    return y;
}

/* 2^n for whole n in -126 ... 127 */
TB_INLINE vf approx_power2(vi n)
{
    return (vf)((n + 127) << 23);
}

/* ln 2 in two parts; multiples of the first by small whole numbers are exact */
#define TB_LN2_HIGH 0x1.62ep-1f
#define TB_LN2_LOW 0x1.0bfbe8p-15f

static const float approx_exp_terms[] = {0x1.fffffcp-2f, 0x1.555492p-3f,
                                         0x1.5558f2p-5f, 0x1.1239d4p-7f,
                                         0x1.6a2454p-10f};

/* x = n ln 2 + r; returns exp(r) - 1. */
TB_INLINE vf approx_exp_part(vf x, vf *n)
{
    *n = vf_round(x * vf_set(0x1.715476p+0f));
    vf r = vf_fma(*n, vf_set(-TB_LN2_HIGH), x);
    r = vf_fma(*n, vf_set(-TB_LN2_LOW), r);
    return vf_fma(r * r, approx_poly(r, approx_exp_terms, 5), r);
}

/* In two factors of 2^n, for results that are subnormal or nearly infinite. */
TB_INLINE vf vf_exp(vf x)
{
    vf n, within = vf_min(vf_max(x, vf_set(-104)), vf_set(89));
    vf y = approx_exp_part(within, &n) + vf_set(1);
    vi whole = __builtin_convertvector(n, vi), half = whole >> 1;
    y = y * approx_power2(half) * approx_power2(whole - half);
    return vf_select(x == x, y, x);
}

/* exp(x) - 1 for x <= 0, accurate near 0 */
TB_INLINE vf vf_expm1_negative(vf x)
{
    vf n, part = approx_exp_part(vf_max(x, vf_set(-80)), &n);
    vf scale = approx_power2(__builtin_convertvector(n, vi));
    vf y = vf_fma(scale, part, scale - vf_set(1));
    return vf_select(x == x, y, x);
}

static const float approx_log_terms[] = {0x1.555554p-1f, 0x1.999a7ap-2f,
                                         0x1.2438d8p-2f, 0x1.e2f666p-3f};

/* x = 2^n (1 + t) with 1 + t in sqrt(1/2) ... sqrt(2); returns t. */
TB_INLINE vf approx_log_part(vf x, vf *n)
{
    vi tiny = x < vf_set(0x1p-126f);
    vf scaled = vf_select(tiny, x * vf_set(0x1p23f), x);
    vi bits = (vi)scaled - 0x3f3504f3; /* sqrt(1/2) */
    vi whole = (bits >> 23) - (tiny & 23);
    *n = __builtin_convertvector(whole, vf);
    return (vf)((bits & 0x7fffff) + 0x3f3504f3) - vf_set(1);
}

/* With s = t / (2 + t): log(1 + t) = 2 s + s R(s^2)
   = t - (t^2 / 2 - s (t^2 / 2 + R)). */
TB_INLINE vf vf_log(vf x)
{
    vf n, t = approx_log_part(x, &n);
    vf s = t / (t + vf_set(2)), z = s * s, half = vf_set(0.5f) * t * t;
    vf rest = vf_fma(s, vf_fma(z, approx_poly(z, approx_log_terms, 4), half),
                     n * vf_set(TB_LN2_LOW));
    vf y = vf_fma(n, vf_set(TB_LN2_HIGH), t - (half - rest));
    vf infinite = vf_set(INFINITY);
    y = vf_select(x == vf_set(0), -infinite, y);
    y = vf_select(x < vf_set(0), vf_set(NAN), y);
    return vf_select((x < infinite) & (x == x), y, x);
}

/* x^a = 2^(a n) (1 + t)^a. What a n and a log(1 + t) lose by rounding is kept,
   and the whole powers of 2 are taken off before they are added. */
TB_INLINE vf approx_pow(vf x, vf a, vf *power)
{
    vf n, t = approx_log_part(x, &n);
    vf s = t / (t + vf_set(2)), z = s * s, half = vf_set(0.5f) * t * t;
    vf l =
        t - (half - s * vf_fma(z, approx_poly(z, approx_log_terms, 4), half));
    vf twos = a * n, rest = a * l;
    vf whole = vf_round(vf_fma(rest, vf_set(0x1.715476p+0f), twos));
    vf lost =
        vf_fma(vf_fma(a, n, -twos), vf_set(0x1.62e43p-1f), vf_fma(a, l, -rest));
    vf r = vf_fma(twos - whole, vf_set(TB_LN2_HIGH), rest);
    r += vf_fma(twos - whole, vf_set(TB_LN2_LOW), lost);
    *power = whole;
    return vf_fma(r * r, approx_poly(r, approx_exp_terms, 5), r) + vf_set(1);
}

/* Zeros, negative numbers and results that are hardly any are libm's. */
TB_INLINE vf vf_pow(vf x, vf a)
{
    vf power, y = approx_pow(x, a, &power), most = vf_set(120);
    vi plain = (x >= vf_set(0x1p-126f)) & (x < vf_set(INFINITY)) &
               (vf_abs(power) < most);
    vi whole = __builtin_convertvector(vf_select(plain, power, vf_set(0)), vi);
    y *= approx_power2(whole);
    if (vi_any(~plain))
        for (int i = 0; i < TB_LANES; i++)
            y[i] = plain[i] ? y[i] : powf(x[i], a[i]);
    return y;
}

enum { TB_SIN_LIMIT = 8192 }; /* beyond it libm's exact reduction is used */

static const float approx_sine_terms[] = {-0x1.555546p-3f, 0x1.11076p-7f,
                                          -0x1.994eb4p-13f};
static const float approx_cosine_terms[] = {0x1.55554ap-5f, -0x1.6c0c8cp-10f,
                                            0x1.9a025ap-16f};

/* sin(x + quarters pi/2) for |x| up to the limit; pi/2 in parts of 11 bits,
   whose multiples are exact */
TB_INLINE vf approx_sin(vf x, int quarters)
{
    vf n = vf_round(x * vf_set(0x1.45f306p-1f));
    vf r = vf_fma(n, vf_set(-0x1.92p+0f), x);
    r = vf_fma(n, vf_set(-0x1.fb4p-12f), r);
    r = vf_fma(n, vf_set(-0x1.444p-24f), r);
    r = vf_fma(n, vf_set(-0x1.68c234p-39f), r);
    vi quarter = __builtin_convertvector(n, vi) + quarters;
    vf z = r * r;
    vf s = vf_fma(r * z, approx_poly(z, approx_sine_terms, 3), r);
    vf c = vf_fma(z * z, approx_poly(z, approx_cosine_terms, 3),
                  vf_fma(z, vf_set(-0.5f), vf_set(1)));
    vf y = vf_select((quarter & 1) == 0, s, c);
    return (vf)((vi)y ^ (quarter & 2) << 30);
}

TB_INLINE vf vf_sin(vf x)
{
    vi near = vf_abs(x) <= vf_set(TB_SIN_LIMIT);
    vf y = approx_sin(vf_select(near, x, vf_set(0)), 0);
    if (vi_any(~near))
        for (int i = 0; i < TB_LANES; i++)
            y[i] = near[i] ? y[i] : sinf(x[i]);
    return y;
}

TB_INLINE vf vf_cos(vf x)
{
    vi near = vf_abs(x) <= vf_set(TB_SIN_LIMIT);
    vf y = approx_sin(vf_select(near, x, vf_set(0)), 1);
    if (vi_any(~near))
        for (int i = 0; i < TB_LANES; i++)
            y[i] = near[i] ? y[i] : cosf(x[i]);
    return y;
}

TB_INLINE vf vf_sigmoid(vf x)
{
    return vf_set(1) / (vf_set(1) + vf_exp(-x));
}

static const float approx_tanh_terms[] = {-0x1.555534p-2f, 0x1.110768p-3f,
                                          -0x1.b84448p-5f, 0x1.5256d6p-6f,
                                          -0x1.76ac12p-8f};

/* By a polynomial near 0, where 1 - 2 / (exp(2x) + 1) would cancel. */
TB_INLINE vf vf_tanh(vf x)
{
    vf size = vf_abs(x), z = x * x;
    vf near = vf_fma(x * z, approx_poly(z, approx_tanh_terms, 5), x);
    vf far = vf_set(1) - vf_set(2) / (vf_exp(size + size) + vf_set(1));
    far = (vf)((vi)far | ((vi)x & INT32_MIN));
    return vf_select(size < vf_set(0.625f), near, far);
}

/* log(1 + x) for x in 0 ... 1: what rounding 1 + x loses is added back. */
TB_INLINE vf vf_log1p_part(vf x)
{
    vf sum = vf_set(1) + x;
    return vf_log(sum) + (x - (sum - vf_set(1))) / sum;
}

TB_INLINE vf vf_softplus(vf x)
{
    vf y = vf_max(x, vf_set(0)) + vf_log1p_part(vf_exp(-vf_abs(x)));
    return vf_select(x == x, y, x);
}

static const float approx_tail_terms[] = {
    0x1.e1147ep-18f, 0x1.e96beep-4f,  0x1.f362b4p-4f,
    0x1.83d30ap-4f,  0x1.23e97p-3f,   -0x1.395e26p-4f,
    0x1.d44b68p-3f,  -0x1.5a7398p-3f, 0x1.3a64f6p-5f};

/* The normal distribution above |x|, times exp(x^2 / 2): a polynomial in
   1 / (1 + 0.3 |x|). */
TB_INLINE vf approx_normal_tail(vf size)
{
    vf t = vf_set(1) / vf_fma(size, vf_set(0.3f), vf_set(1));
    return approx_poly(t, approx_tail_terms, 9);
}

/* The normal distribution at x and its density. */
TB_INLINE vf vf_normal(vf x, vf *density)
{
    vf size = vf_min(vf_abs(x), vf_set(15)), square = size * size;
    /* exp would magnify the rounding of the square */
    vf lost = vf_fma(size, size, -square);
    vf bell = vf_exp(vf_set(-0.5f) * square);
    bell = vf_fma(bell, vf_set(-0.5f) * lost, bell);
    vf tail = bell * approx_normal_tail(size);
    *density = bell * vf_set(0x1.988454p-2f); /* 1 / sqrt(2 pi) */
    return vf_select(x > vf_set(0), vf_set(1) - tail, tail);
}

#endif
