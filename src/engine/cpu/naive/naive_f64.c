#define real double
#define NAIVE_KERNELS tb_kernels_naive64
#include "engine/cpu/naive/kernels.h"
