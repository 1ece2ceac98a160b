/* The host's memory. */
#ifndef TB_ENGINE_CPU_STORAGE_H
#define TB_ENGINE_CPU_STORAGE_H

#include "engine/arithmetic.h"
#include "engine/storage.h"

extern const tb_storage tb_storage_host;
extern const tb_arithmetic tb_arithmetic_host;

#endif
