/* The table for x86-64, when it is built in and the processor can run it;
   else null. */
#ifndef TB_ENGINE_CPU_FAST_CHOOSE_H
#define TB_ENGINE_CPU_FAST_CHOOSE_H

#include "engine/cpu/fast/fast.h"

extern const tb_fast tb_fast_avx2; /* defined on x86-64 only */

const tb_fast *tb_fast_x86(void);

#endif
