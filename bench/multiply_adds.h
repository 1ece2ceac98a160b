/* A loop of nothing but multiply-adds: the peak of one core. */
#ifndef TB_BENCH_MULTIPLY_ADDS_H
#define TB_BENCH_MULTIPLY_ADDS_H

enum { BENCH_CHAINS = 12, BENCH_ROUNDS = 200000 };

typedef struct bench_multiply_adds {
    int lanes; /* BENCH_CHAINS * BENCH_ROUNDS multiply-adds in each */
    float (*run)(float x);
} bench_multiply_adds;

/* That for the registers which a table of kernels uses ("avx2", ...). */
bench_multiply_adds bench_multiply_adds_of(const char *table);

#endif
