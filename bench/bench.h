/* What the benchmark programs share: their options, medians of times, the
   lines that bench/run reads, and the processor's peak. */
#ifndef TB_BENCH_BENCH_H
#define TB_BENCH_BENCH_H

#include "base/pool.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct bench_options {
    int threads;
    double seconds;   /* spent on each case */
    const char *only; /* cases whose name contains this */
    bool cpu;         /* processor seconds instead of the clock's */
    char **rest;      /* what follows the options, ended by null */
    tb_pool *pool;    /* of `threads` */
} bench_options;

/* Reads --threads N --seconds S --only TEXT --clock wall|cpu; exits on anything
   else that begins with two dashes. */
bench_options bench_begin(char **argv);
void bench_end(bench_options *o);

/* What the clock shows, or how long this program has kept processors busy. */
double bench_seconds(const bench_options *o);

bool bench_wanted(const bench_options *o, const char *name);

/* The median of work(context) in seconds, after one call to warm up. */
double bench_median(const bench_options *o, void (*work)(void *context),
                    void *context);

/* Prints one line; a bound of 0 is left out. */
void bench_report(const char *name, double value, const char *unit,
                  double bound);

/* Multiply-adds count as two operations; each is measured once. */
double bench_peak_flops(const bench_options *o);

/* Bytes a second read from a block that only memory can hold. */
double bench_peak_bytes(const bench_options *o);

/* The same of a block of so many bytes that is read again and again, as weights
   are: what caches hold of it comes from there. */
double bench_repeated_bytes(const bench_options *o, size_t bytes);

#endif
