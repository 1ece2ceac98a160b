/* The peak of this machine, as registers and memory give it: what a figure is
   held against when there is nobody to compare with. */
#include "base/clock.h"
#include "bench.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 8, CHAINS = 12, ROUNDS = 200000, TRIES = 5 };

typedef float vector __attribute__((vector_size(4 * LANES)));

/* Enough independent chains to hide the latency of a multiply-add; they start
   apart, or the compiler would see that all are one. */
#define MULTIPLY_ADDS                                                          \
    vector chain[CHAINS], factor, term;                                        \
    for (int j = 0; j < LANES; j++) {                                          \
        factor[j] = x;                                                         \
        term[j] = 1 - x;                                                       \
        for (int i = 0; i < CHAINS; i++)                                       \
            chain[i][j] = (float)i * x;                                        \
    }                                                                          \
    for (int n = 0; n < ROUNDS; n++)                                           \
        _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) chain[i] =   \
            chain[i] * factor + term;                                          \
    for (int i = 1; i < CHAINS; i++)                                           \
        chain[0] += chain[i];                                                  \
    return chain[0][0];

static float multiply_adds(float x)
{
    MULTIPLY_ADDS
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static float multiply_adds_avx2(float x)
{
    MULTIPLY_ADDS
}

static float (*best_multiply_adds(void))(float)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
               ? multiply_adds_avx2
               : multiply_adds;
}
#else
static float (*best_multiply_adds(void))(float)
{
    return multiply_adds;
}
#endif

static volatile float sink_float;
static volatile uint64_t sink_bits;

static void flops_job(void *context, int part)
{
    (void)part;
    float (*work)(float) = *(float (**)(float))context;
    sink_float = work(0.999f);
}

double bench_peak_flops(const bench_options *o)
{
    static double best;
    if (best > 0)
        return best;
    float (*work)(float) = best_multiply_adds();
    for (int i = 0; i < TRIES && o->pool; i++) {
        double start = tb_seconds();
        tb_pool_run(o->pool, o->threads, flops_job, (void *)&work);
        double rate =
            2.0 * LANES * CHAINS * ROUNDS * o->threads / (tb_seconds() - start);
        if (rate > best)
            best = rate;
    }
    return best;
}

enum { BLOCK = 1 << 28 };

typedef struct block {
    const uint64_t *word;
    int parts;
} block;

static void read_job(void *context, int part)
{
    const block *b = context;
    size_t n = BLOCK / sizeof *b->word / (size_t)b->parts;
    const uint64_t *word = b->word + n * (size_t)part;
    uint64_t sum[4] = {0};
    for (size_t i = 0; i + 4 <= n; i += 4)
        for (int j = 0; j < 4; j++)
            sum[j] += word[i + (size_t)j];
    sink_bits = sum[0] + sum[1] + sum[2] + sum[3];
}

double bench_peak_bytes(const bench_options *o)
{
    static double best;
    void *memory = best > 0 ? NULL : malloc(BLOCK);
    if (!memory)
        return best;
    memset(memory, 1, BLOCK);
    block b = {memory, o->threads};
    for (int i = 0; i < TRIES && o->pool; i++) {
        double start = tb_seconds();
        tb_pool_run(o->pool, o->threads, read_job, &b);
        double rate = BLOCK / (tb_seconds() - start);
        if (rate > best)
            best = rate;
    }
    free(memory);
    return best;
}
