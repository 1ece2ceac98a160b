/* The kernels for any processor. */
#include "engine/cpu/fast/table.h"

const tb_fast tb_fast_portable = TB_FAST_TABLE("portable");
