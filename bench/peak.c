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
