#include "base/random.h"

#include <stdbool.h>

#include "tap.h"

/* The known answers published with the Random123 library. */
static void known_answers(void)
{
    static const uint32_t cases[3][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
         0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0,
         0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
    };
    for (int i = 0; i < 3; i++) {
        uint32_t out[4];
        tb_philox(cases[i], cases[i] + 4, out);
        for (int k = 0; k < 4; k++)
            EQ(out[k], cases[i][6 + k]);
    }
}

static void rows(void)
{
    float u[11], n[11];
    bool same = true;
    tb_uniform_row(7, 3, -5, 2, 11, u);
    tb_normal_row(7, 3, -5, 2, 11, n);
    for (uint32_t ch = 0; ch < 11; ch++)
        same = same && u[ch] == tb_uniform(7, 3, -5, 2, ch) &&
               n[ch] == tb_normal(7, 3, -5, 2, ch);
    OK(same);
}

static void coordinates_matter(void)
{
    uint32_t x = tb_random_bits(1, 2, 3, 4, 5);
    EQ(x, tb_random_bits(1, 2, 3, 4, 5));
    OK(x != tb_random_bits(2, 2, 3, 4, 5));
    OK(x != tb_random_bits(1, 1, 3, 4, 5));
    OK(x != tb_random_bits(1, 2, 4, 4, 5));
    OK(x != tb_random_bits(1, 2, 3 + (1LL << 40), 4, 5));
    OK(x != tb_random_bits(1, 2, 3, 3, 5));
    OK(x != tb_random_bits(1, 2, 3, 4, 4));
    OK(x != tb_random_bits(1, 2, 3, 4, 9));
}

static void uniform_moments(void)
{
    enum { N = 100000 };
    double sum = 0, square = 0, product = 0;
    float before = 0.5f, low = 1, high = 0;
    for (int i = 0; i < N; i++) {
        float x = tb_uniform(42, 0, i, 0, 0);
        sum += x;
        square += x * x;
        product += (x - 0.5) * (before - 0.5);
        low = x < low ? x : low;
        high = x > high ? x : high;
        before = x;
    }
    NEAR(sum / N, 0.5, 0.004);
    NEAR(square / N, 1.0 / 3, 0.004);
    NEAR(product / N, 0, 0.001);
    OK(low >= 0 && low < 1e-3);
    OK(high < 1 && high > 0.999);
}

static void normal_moments(void)
{
    enum { N = 100000 };
    double m[5] = {0}, pair = 0;
    for (int i = 0; i < N; i++) {
        double x = tb_normal(43, 0, i / 4, 0, (uint32_t)i % 4);
        for (int k = 1; k <= 4; k++)
            m[k] += pow(x, k) / N;
        if (i % 2)
            pair += x * tb_normal(43, 0, i / 4, 0, (uint32_t)i % 4 - 1) / N;
    }
    NEAR(m[1], 0, 0.015);
    NEAR(m[2], 1, 0.02);
    NEAR(m[3], 0, 0.05);
    NEAR(m[4], 3, 0.12);
    NEAR(pair, 0, 0.01);
}

static void sequence(void)
{
    tb_rng rng = {9, 0};
    int seen[7] = {0};
    for (int i = 0; i < 70000; i++)
        seen[tb_rng_below(&rng, 7)]++;
    for (int i = 0; i < 7; i++)
        NEAR(seen[i], 10000, 400);
    tb_rng saved = rng;
    uint64_t x = tb_rng_next(&rng);
    OK(x == tb_rng_next(&saved));
    EQ(tb_rng_below(&rng, 0), 0);
    EQ(tb_rng_below(&rng, 1), 0);
    bool inside = true;
    uint64_t n = (UINT64_C(3) << 62) + 1;
    for (int i = 0; i < 1000; i++)
        inside = inside && tb_rng_below(&rng, n) < n;
    OK(inside);
}

static void sequence_moments(void)
{
    enum { N = 50000 };
    tb_rng rng = {10, 0};
    double mean = 0, square = 0, uniform = 0;
    for (int i = 0; i < N; i++) {
        double x = tb_rng_normal(&rng);
        mean += x / N;
        square += x * x / N;
        uniform += tb_rng_uniform(&rng) / N;
    }
    NEAR(mean, 0, 0.02);
    NEAR(square, 1, 0.03);
    NEAR(uniform, 0.5, 0.006);
}

int main(void)
{
    known_answers();
    rows();
    coordinates_matter();
    uniform_moments();
    normal_moments();
    sequence();
    sequence_moments();
    OK(tb_random_seed() != tb_random_seed());
    return tap_done();
}
