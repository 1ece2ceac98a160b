#include "base/half.h"

#include <stdbool.h>

#include "base/random.h"
#include "tap.h"

static double half_value(uint16_t h)
{
    int exponent = h >> 10 & 31, fraction = h & 1023;
    double size =
        exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return h & 0x8000 ? -size : size;
}

static void every_half(void)
{
    bool exact = true, back = true, nan = true;
    for (uint32_t h = 0; h < 65536; h++) {
        float x = tb_float_of_half((uint16_t)h);
        bool is_nan = (h & 0x7c00) == 0x7c00 && h & 0x3ff;
        if (is_nan) {
            nan =
                nan && isnan(x) && isnan(tb_float_of_half(tb_half_of_float(x)));
            continue;
        }
        if ((h & 0x7c00) != 0x7c00)
            exact = exact && x == half_value((uint16_t)h);
        back = back && tb_half_of_float(x) == h;
    }
    OK(exact);
    OK(back);
    OK(nan);
    OK(isinf(tb_float_of_half(0x7c00)));
}

/* Halfway between neighbours goes to the even one, a hair beside to its
   side. */
static void ties(void)
{
    bool even = true, below = true, above = true;
    for (uint16_t h = 0; h < 0x7bff; h++) {
        double middle = (half_value(h) + half_value(h + 1)) / 2;
        float x = (float)middle;
        even = even && tb_half_of_float(x) == h + (h & 1);
        below = below && tb_half_of_float(nextafterf(x, 0)) == h;
        above = above && tb_half_of_float(nextafterf(x, 1e9f)) == h + 1;
    }
    OK(even);
    OK(below);
    OK(above);
    EQ(tb_half_of_float(65519.0f), 0x7bff);
    EQ(tb_half_of_float(65520.0f), 0x7c00);
    EQ(tb_half_of_float(-1e30f), 0xfc00);
    EQ(tb_half_of_float(-0.0f), 0x8000);
}

static void bfloat(void)
{
    bool back = true, close = true;
    for (uint32_t b = 0; b < 65536; b++) {
        float x = tb_float_of_bfloat((uint16_t)b);
        back = back && (isnan(x) || tb_bfloat_of_float(x) == b);
    }
    for (int i = 0; i < 10000; i++) {
        float x = tb_normal(1, 0, i, 0, 0);
        float y = tb_float_of_bfloat(tb_bfloat_of_float(x));
        close = close && fabsf(x - y) <= fabsf(x) / 256;
    }
    OK(back);
    OK(close);
    EQ(tb_bfloat_of_float(tb_float_of_bits(0x3f808000)), 0x3f80);
    EQ(tb_bfloat_of_float(tb_float_of_bits(0x3f818000)), 0x3f82);
    OK(isnan(tb_float_of_bfloat(tb_bfloat_of_float(NAN))));
    OK(isnan(
        tb_float_of_bfloat(tb_bfloat_of_float(tb_float_of_bits(0x7f800001)))));
}

int main(void)
{
    every_half();
    ties();
    bfloat();
    return tap_done();
}
