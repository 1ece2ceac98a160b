/* Asks an x86-64 processor what it has. The builtins also ask whether the
   system saves the wide registers. */
#include "engine/cpu/fast/choose.h"

#include <cpuid.h>
#include <stdatomic.h>

/* Asked once: on a virtual machine the question takes tens of microseconds. */
static bool has_f16c(void)
{
    enum { UNASKED, NO, YES };
    static atomic_int answer;
    int known = atomic_load_explicit(&answer, memory_order_relaxed);
    if (known == UNASKED) {
        unsigned a, b, c, d;
        known = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C) ? YES : NO;
        atomic_store_explicit(&answer, known, memory_order_relaxed);
    }
    return known == YES;
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           has_f16c();
}

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

const tb_fast *tb_fast_special(int i)
{
    if (has_avx2() && has_avx512() && i-- == 0)
        return &tb_fast_avx512;
    return has_avx2() && i == 0 ? &tb_fast_avx2 : NULL;
}
