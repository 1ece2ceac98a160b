/* Exact fractions of 64-bit integers, for the times of a graph. A result that
   64 bits cannot hold, or that has no meaning, is "invalid" and stays so. */
#ifndef TB_BASE_RATIONAL_H
#define TB_BASE_RATIONAL_H

#include <stdbool.h>
#include <stdint.h>

/* Reduced, with den > 0. Den 0 marks two special values: num -1 is "never"
   (minus infinity), num 0 is invalid. All zero bytes are thus invalid. */
typedef struct tb_ratio {
    int64_t num, den;
} tb_ratio;

#define TB_RATIO_NEVER ((tb_ratio){-1, 0})
#define TB_RATIO_INVALID ((tb_ratio){0, 0})
#define TB_RATIO_ZERO ((tb_ratio){0, 1})

__extension__ typedef __int128 tb_wide;

static inline bool tb_ratio_never(tb_ratio a)
{
    return a.den == 0 && a.num < 0;
}

/* A number or never: anything but invalid. */
static inline bool tb_ratio_valid(tb_ratio a)
{
    return a.den != 0 || a.num < 0;
}

static inline tb_wide tb_ratio_gcd_(tb_wide a, tb_wide b)
{
    while (b && (a > INT64_MAX || b > INT64_MAX)) {
        tb_wide rest = a % b;
        a = b;
        b = rest;
    }
    int64_t x = (int64_t)a, y = (int64_t)b;
    if (!b)
        return a;
    while (y) {
        int64_t rest = x % y;
        x = y;
        y = rest;
    }
    return x;
}

static inline tb_ratio tb_ratio_reduce_(tb_wide num, tb_wide den)
{
    if (den == 0)
        return TB_RATIO_INVALID;
    if (den < 0) {
        num = -num;
        den = -den;
    }
    tb_wide common = tb_ratio_gcd_(num < 0 ? -num : num, den);
    num /= common;
    den /= common;
    if (num > INT64_MAX || num < -(tb_wide)INT64_MAX || den > INT64_MAX)
        return TB_RATIO_INVALID;
    return (tb_ratio){(int64_t)num, (int64_t)den};
}

/* num/den reduced; den may be negative, and 0 gives invalid. */
static inline tb_ratio tb_ratio_of(int64_t num, int64_t den)
{
    return tb_ratio_reduce_(num, den);
}

static inline tb_ratio tb_ratio_int(int64_t n)
{
    return tb_ratio_of(n, 1);
}

/* Never plus anything valid is never. */
static inline tb_ratio tb_ratio_add(tb_ratio a, tb_ratio b)
{
    if (!tb_ratio_valid(a) || !tb_ratio_valid(b))
        return TB_RATIO_INVALID;
    if (tb_ratio_never(a) || tb_ratio_never(b))
        return TB_RATIO_NEVER;
    return tb_ratio_reduce_((tb_wide)a.num * b.den + (tb_wide)b.num * a.den,
                            (tb_wide)a.den * b.den);
}

/* Never minus a number is never; anything minus never is invalid. */
static inline tb_ratio tb_ratio_sub(tb_ratio a, tb_ratio b)
{
    if (b.den == 0)
        return TB_RATIO_INVALID;
    return tb_ratio_add(a, (tb_ratio){-b.num, b.den});
}

/* Never times a positive number is never; times anything else, invalid. */
static inline tb_ratio tb_ratio_mul(tb_ratio a, tb_ratio b)
{
    if (a.den == 0 || b.den == 0) {
        bool good = (tb_ratio_never(a) && b.den && b.num > 0) ||
                    (tb_ratio_never(b) && a.den && a.num > 0);
        return good ? TB_RATIO_NEVER : TB_RATIO_INVALID;
    }
    return tb_ratio_reduce_((tb_wide)a.num * b.num, (tb_wide)a.den * b.den);
}

/* Division by zero or by never is invalid. */
static inline tb_ratio tb_ratio_div(tb_ratio a, tb_ratio b)
{
    if (b.den == 0 || b.num == 0)
        return TB_RATIO_INVALID;
    if (a.den == 0)
        return tb_ratio_mul(a, b);
    return tb_ratio_reduce_((tb_wide)a.num * b.den, (tb_wide)a.den * b.num);
}

/* -1, 0 or 1: never < every number < invalid. */
static inline int tb_ratio_cmp(tb_ratio a, tb_ratio b)
{
    if (a.den == 0 || b.den == 0) {
        int x = a.den ? 0 : a.num < 0 ? -1 : 1;
        int y = b.den ? 0 : b.num < 0 ? -1 : 1;
        return (x > y) - (x < y);
    }
    tb_wide x = (tb_wide)a.num * b.den, y = (tb_wide)b.num * a.den;
    return (x > y) - (x < y);
}

static inline bool tb_ratio_equal(tb_ratio a, tb_ratio b)
{
    return a.num == b.num && a.den == b.den;
}

static inline tb_ratio tb_ratio_max(tb_ratio a, tb_ratio b)
{
    return tb_ratio_cmp(a, b) >= 0 ? a : b;
}

static inline tb_ratio tb_ratio_min(tb_ratio a, tb_ratio b)
{
    if (!tb_ratio_valid(a) || !tb_ratio_valid(b))
        return TB_RATIO_INVALID;
    return tb_ratio_cmp(a, b) <= 0 ? a : b;
}

/* Never gives INT64_MIN; invalid gives INT64_MAX. */
static inline int64_t tb_ratio_floor(tb_ratio a)
{
    if (a.den == 0)
        return a.num < 0 ? INT64_MIN : INT64_MAX;
    return a.num / a.den - (a.num % a.den < 0);
}

/* As tb_ratio_floor for the special values. */
static inline int64_t tb_ratio_ceil(tb_ratio a)
{
    if (a.den == 0)
        return a.num < 0 ? INT64_MIN : INT64_MAX;
    return a.num / a.den + (a.num % a.den > 0);
}

/* The nearest double, for people to read; never gives minus infinity and
   invalid a NaN. */
static inline double tb_ratio_double(tb_ratio a)
{
    if (a.den == 0)
        return a.num < 0 ? -__builtin_inf() : __builtin_nan("");
    return (double)a.num / (double)a.den;
}

#endif
