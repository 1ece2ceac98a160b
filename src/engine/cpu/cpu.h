/* The CPU's own backends, over the host's memory. */
#ifndef TB_ENGINE_CPU_CPU_H
#define TB_ENGINE_CPU_CPU_H

#include "engine/backend.h"

/* 0: the kernels that suit the processor, 1: naive, 2: naive in double
   precision. */
TB_REALTIME const tb_backend *tb_cpu_backend(int which);

#endif
