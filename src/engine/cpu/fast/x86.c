/* Asks an x86-64 processor what it has. */
#include "engine/cpu/fast/choose.h"

#include <cpuid.h>

const tb_fast *tb_fast_x86(void)
{
    /* The builtins also ask whether the system saves the wide registers. */
    unsigned a, b, c, d;
    bool able = __builtin_cpu_supports("avx2") &&
                __builtin_cpu_supports("fma") &&
                __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
    return able ? &tb_fast_avx2 : NULL;
}
