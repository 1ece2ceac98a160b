#include "multiply_adds.h"

#include <string.h>

typedef float lanes4 __attribute__((vector_size(16)));
typedef float lanes8 __attribute__((vector_size(32)));
typedef float lanes16 __attribute__((vector_size(64)));

/* Enough independent chains to hide the latency of a multiply-add; they start
   apart, or the compiler would see that all are one. */
#define MULTIPLY_ADDS(LANES)                                                   \
    lanes##LANES chain[BENCH_CHAINS], factor, term;                            \
    for (int j = 0; j < LANES; j++) {                                          \
        factor[j] = x;                                                         \
        term[j] = 1 - x;                                                       \
        for (int i = 0; i < BENCH_CHAINS; i++)                                 \
            chain[i][j] = (float)i * x;                                        \
    }                                                                          \
    for (int n = 0; n < BENCH_ROUNDS; n++)                                     \
        _Pragma("GCC unroll 12") for (int i = 0; i < BENCH_CHAINS; i++)        \
            chain[i] = chain[i] * factor + term;                               \
    for (int i = 1; i < BENCH_CHAINS; i++)                                     \
        chain[0] += chain[i];                                                  \
    return chain[0][0];

static float multiply_adds(float x)
{
    MULTIPLY_ADDS(4)
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static float multiply_adds_avx2(float x)
{
    MULTIPLY_ADDS(8)
}

__attribute__((target("avx512f"))) static float multiply_adds_avx512(float x){
    MULTIPLY_ADDS(16)}
#endif

bench_multiply_adds bench_multiply_adds_of(const char *table)
{
#if defined(__x86_64__)
    if (strcmp(table, "avx2") == 0)
        return (bench_multiply_adds){8, multiply_adds_avx2};
    if (strcmp(table, "avx512") == 0)
        return (bench_multiply_adds){16, multiply_adds_avx512};
#else
    (void)table;
#endif
    return (bench_multiply_adds){4, multiply_adds};
}
