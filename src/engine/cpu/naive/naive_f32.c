#define real float
#define NAIVE_KERNELS tb_kernels_naive
#include "engine/cpu/naive/kernels.h"
