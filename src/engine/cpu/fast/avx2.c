/* The kernels for x86-64 processors with AVX2, FMA and F16C. */
#define TB_FAST_AVX2
#include "engine/cpu/fast/choose.h"
#include "engine/cpu/fast/table.h"

const tb_fast tb_fast_avx2 = TB_FAST_TABLE("avx2");
