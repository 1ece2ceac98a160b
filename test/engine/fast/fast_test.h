/* What the tests of the fast kernels share: the tables that run here, random
   operands, and arrays with guards on both sides. */
#ifndef TB_TEST_FAST_H
#define TB_TEST_FAST_H

#include "engine/cpu/fast/fast.h"

#include "tap.h"

#include <stdlib.h>

/* Table i of those that this processor runs, or null after the last. */
static inline const tb_fast *table(int i)
{
    return tb_fast_at(i);
}

static unsigned fast_seed = 1;

/* Uniform in (-1, 1). */
static inline float noise(void)
{
    fast_seed = fast_seed * 1664525u + 1013904223u;
    return (float)((int)(fast_seed >> 8) - (1 << 23)) * 0x1p-23f;
}

enum { GUARD = 16 };

static inline float guard_value(size_t i)
{
    return 1e30f + 1e25f * (float)i;
}

/* n floats of noise between guards; free with `done`. */
static inline float *room(size_t n)
{
    float *all = malloc((n + 2 * GUARD) * sizeof *all);
    if (!all)
        exit(2);
    for (size_t i = 0; i < GUARD; i++)
        all[i] = all[n + GUARD + i] = guard_value(i);
    for (size_t i = 0; i < n; i++)
        all[GUARD + i] = noise();
    return all + GUARD;
}

static inline bool guarded(const float *p, size_t n)
{
    bool good = true;
    for (size_t i = 0; i < GUARD; i++)
        good = good && p[(ptrdiff_t)i - GUARD] == guard_value(i) &&
               p[n + i] == guard_value(i);
    return good;
}

static inline void done(float *p)
{
    free(p - GUARD);
}

static inline bool same_bits(const void *a, const void *b, size_t bytes)
{
    return bytes == 0 || memcmp(a, b, bytes) == 0;
}

/* The largest difference, relative to the largest of `want`. */
static inline double distance(const float *got, const double *want, size_t n)
{
    double most = 1e-30, far = 0;
    for (size_t i = 0; i < n; i++) {
        double apart = fabs(got[i] - want[i]);
        if (!(apart <= far)) /* a NaN is kept */
            far = apart;
        if (fabs(want[i]) > most)
            most = fabs(want[i]);
    }
    return far / most;
}

#endif
