/* The table of fast kernels. */
#include "engine/cpu/kernel.h"

const tb_kernel_entry *const tb_kernels_fast[] = {NULL};

__attribute__((weak)) const struct tb_fast *tb_fast_choose(void);

__attribute__((weak)) const struct tb_fast *tb_fast_choose(void)
{
    return NULL;
}
