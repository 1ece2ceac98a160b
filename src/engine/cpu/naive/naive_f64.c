#define real double
#include "engine/cpu/naive/real.h"

#include "engine/cpu/naive/elementwise.h"
#include "engine/cpu/naive/reduce.h"
#include "engine/cpu/naive/shape.h"

const tb_kernel_entry *const tb_kernels_naive64[] = {
    elementwise_kernels, reduce_kernels, shape_kernels, NULL};
