/* The peak of this machine, as registers and memory give it: what a figure is
   held against when there is nobody to compare with. */
#include "base/clock.h"
#include "bench.h"
#include "engine/cpu/fast/fast.h"
#include "multiply_adds.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 5 };

static volatile float sink_float;
static volatile uint64_t sink_bits;

static void flops_job(void *context, int part)
{
    (void)part;
    const bench_multiply_adds *adds = context;
    sink_float = adds->run(0.999f);
}

double bench_peak_flops(const bench_options *o)
{
    static double best;
    if (best > 0)
        return best;
    const tb_fast *fast = tb_fast_choose();
    bench_multiply_adds adds = bench_multiply_adds_of(fast ? fast->name : "");
    for (int i = 0; i < TRIES && o->pool; i++) {
        double start = tb_seconds();
        tb_pool_run(o->pool, o->threads, flops_job, &adds);
        double rate = 2.0 * adds.lanes * BENCH_CHAINS * BENCH_ROUNDS *
                      o->threads / (tb_seconds() - start);
        if (rate > best)
            best = rate;
    }
    return best;
}

enum { BLOCK = 1 << 28 };

typedef struct block {
    const uint64_t *word;
    size_t words;
    int parts, times;
} block;

static void read_job(void *context, int part)
{
    const block *b = context;
    size_t n = b->words / (size_t)b->parts;
    const uint64_t *word = b->word + n * (size_t)part;
    uint64_t sum[16] = {0};
    for (int k = 0; k < b->times; k++)
        for (size_t i = 0; i + 16 <= n; i += 16)
            for (int j = 0; j < 16; j++)
                sum[j] ^= word[i + (size_t)j] + (uint64_t)k;
    for (int j = 1; j < 16; j++)
        sum[0] += sum[j];
    sink_bits = sum[0];
}

double bench_repeated_bytes(const bench_options *o, size_t bytes)
{
    double best = 0;
    int times = bytes < BLOCK ? (int)(BLOCK / bytes) : 1;
    void *memory = malloc(bytes);
    if (!memory)
        return 0;
    memset(memory, 1, bytes);
    block b = {memory, bytes / sizeof *b.word, o->threads, times};
    for (int i = 0; i < TRIES && o->pool; i++) {
        double start = bench_seconds(o);
        tb_pool_run(o->pool, o->threads, read_job, &b);
        double rate = (double)bytes * times / (bench_seconds(o) - start);
        if (rate > best)
            best = rate;
    }
    free(memory);
    return best;
}

double bench_peak_bytes(const bench_options *o)
{
    static double best;
    if (best <= 0)
        best = bench_repeated_bytes(o, BLOCK);
    return best;
}
