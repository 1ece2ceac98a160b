/* A backend for tests: the kernels of the CPU over memory that nobody can look
   at while they do not run. What works on it works with the memory of another
   device. TIMBREL_BACKEND=far puts all backends of the CPU there. */
#ifndef TB_ENGINE_FAR_FAR_H
#define TB_ENGINE_FAR_FAR_H

#include "engine/backend.h"

#include <stdatomic.h>
#include <stdint.h>

/* Bytes that the host wrote to the storage and read from it. */
typedef struct tb_far_traffic {
    _Atomic uint64_t written, read;
} tb_far_traffic;

tb_far_traffic *tb_far_seen(void);

/* The far one of a CPU backend (0: cpu, 1: naive, 2: naive64). */
const tb_backend *tb_backend_far(int which);

#endif
