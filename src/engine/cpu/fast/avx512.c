/* The kernels for x86-64 processors with AVX-512. */
#define TB_FAST_AVX512
#include "engine/cpu/fast/choose.h"
#include "engine/cpu/fast/table.h"

const tb_fast tb_fast_avx512 = TB_FAST_TABLE("avx512");
