#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* The last counter word of a tb_rng: no quad of channels reaches it. */
#define SEQUENCE UINT32_MAX

static const double two_pi = 6.283185307179586476925286766559;

void tb_philox(const uint32_t counter[4], const uint32_t key[2],
               uint32_t out[4])
{
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    uint32_t k = key[0], l = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t)0xD2511F53u * a;
        uint64_t q = (uint64_t)0xCD9E8D57u * c;
        a = (uint32_t)(q >> 32) ^ b ^ k;
        b = (uint32_t)q;
        c = (uint32_t)(p >> 32) ^ d ^ l;
        d = (uint32_t)p;
        k += 0x9E3779B9u;
        l += 0xBB67AE85u;
    }
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
}

/* The finaliser of SplitMix64 (Steele et al. 2014): one to one. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/* Five coordinates and a seed are one word more than Philox takes, so the node
   goes into the key. */
void tb_random_quad(uint64_t seed, uint32_t node, int64_t frame, uint32_t row,
                    uint32_t quad, uint32_t out[4])
{
    uint64_t k = mix(seed + (uint64_t)node * 0x9E3779B97F4A7C15u);
    uint64_t f = (uint64_t)frame;
    uint32_t key[2] = {(uint32_t)k, (uint32_t)(k >> 32)};
    uint32_t counter[4] = {(uint32_t)f, (uint32_t)(f >> 32), row, quad};
    tb_philox(counter, key, out);
}

static float to_uniform(uint32_t bits)
{
    return (float)(bits >> 8) * 0x1p-24f;
}

/* Double precision, so that the same floats come out of any good libm. */
static void to_normals(uint32_t bits, uint32_t other, float out[2])
{
    double radius = sqrt(-2 * log(((double)bits + 1) * 0x1p-32));
    double angle = two_pi * 0x1p-32 * other;
    out[0] = (float)(radius * cos(angle));
    out[1] = (float)(radius * sin(angle));
}

uint32_t tb_random_bits(uint64_t seed, uint32_t node, int64_t frame,
                        uint32_t row, uint32_t channel)
{
    uint32_t quad[4];
    tb_random_quad(seed, node, frame, row, channel / 4, quad);
    return quad[channel % 4];
}

float tb_uniform(uint64_t seed, uint32_t node, int64_t frame, uint32_t row,
                 uint32_t channel)
{
    return to_uniform(tb_random_bits(seed, node, frame, row, channel));
}

float tb_normal(uint64_t seed, uint32_t node, int64_t frame, uint32_t row,
                uint32_t channel)
{
    uint32_t quad[4];
    float pair[2];
    tb_random_quad(seed, node, frame, row, channel / 4, quad);
    const uint32_t *bits = quad + channel % 4 / 2 * 2;
    to_normals(bits[0], bits[1], pair);
    return pair[channel % 2];
}

void tb_uniform_row(uint64_t seed, uint32_t node, int64_t frame, uint32_t row,
                    uint32_t channels, float *out)
{
    uint32_t quad[4];
    for (uint32_t ch = 0; ch < channels; ch++) {
        if (ch % 4 == 0)
            tb_random_quad(seed, node, frame, row, ch / 4, quad);
        out[ch] = to_uniform(quad[ch % 4]);
    }
}

void tb_normal_row(uint64_t seed, uint32_t node, int64_t frame, uint32_t row,
                   uint32_t channels, float *out)
{
    uint32_t quad[4];
    float pair[2];
    for (uint32_t ch = 0; ch < channels; ch++) {
        if (ch % 4 == 0)
            tb_random_quad(seed, node, frame, row, ch / 4, quad);
        if (ch % 2 == 0)
            to_normals(quad[ch % 4], quad[ch % 4 + 1], pair);
        out[ch] = pair[ch % 2];
    }
}

uint64_t tb_rng_next(tb_rng *rng)
{
    uint32_t quad[4];
    uint64_t n = rng->counter++;
    uint32_t key[2] = {(uint32_t)rng->seed, (uint32_t)(rng->seed >> 32)};
    uint32_t counter[4] = {(uint32_t)n, (uint32_t)(n >> 32), 0, SEQUENCE};
    tb_philox(counter, key, quad);
    return (uint64_t)quad[1] << 32 | quad[0];
}

/* Draws above the largest multiple of n are thrown away. */
uint64_t tb_rng_below(tb_rng *rng, uint64_t n)
{
    if (n < 2)
        return 0;
    uint64_t excess = (UINT64_MAX % n + 1) % n;
    uint64_t x;
    do
        x = tb_rng_next(rng);
    while (x > UINT64_MAX - excess);
    return x % n;
}

double tb_rng_uniform(tb_rng *rng)
{
    return (double)(tb_rng_next(rng) >> 11) * 0x1p-53;
}

double tb_rng_normal(tb_rng *rng)
{
    double radius = sqrt(-2 * log(1 - tb_rng_uniform(rng)));
    return radius * cos(two_pi * tb_rng_uniform(rng));
}

uint64_t tb_random_seed(void)
{
    uint64_t seed = 0;
    FILE *file = fopen("/dev/urandom", "rb");
    int good = file && fread(&seed, sizeof seed, 1, file) == 1;
    if (file)
        fclose(file);
    if (good)
        return seed;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return mix(mix((uint64_t)now.tv_sec) + (uint64_t)now.tv_nsec +
               ((uint64_t)getpid() << 32));
}
