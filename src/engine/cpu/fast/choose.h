/* The tables for this kind of processor beside the portable one. */
#ifndef TB_ENGINE_CPU_FAST_CHOOSE_H
#define TB_ENGINE_CPU_FAST_CHOOSE_H

#include "engine/cpu/fast/fast.h"

/* Defined on x86-64 only. */
extern const tb_fast tb_fast_avx2, tb_fast_avx512;

/* Table i of those that are built in and that this processor can run, the best
   first; null after the last. */
const tb_fast *tb_fast_special(int i);

#endif
