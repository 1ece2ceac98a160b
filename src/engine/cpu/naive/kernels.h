/* All naive kernels, for numbers of the type `real`, as the list NAIVE_KERNELS:
   included by naive_f32.c and naive_f64.c, which define both. */
#include "engine/cpu/naive/real.h"
#include "engine/cpu/naive/walk.h"

#include "engine/cpu/naive/accumulate.h"
#include "engine/cpu/naive/attention.h"
#include "engine/cpu/naive/bucketize.h"
#include "engine/cpu/naive/conv.h"
#include "engine/cpu/naive/correlate.h"
#include "engine/cpu/naive/elementwise.h"
#include "engine/cpu/naive/index.h"

#include "engine/cpu/naive/fourier.h"
#include "engine/cpu/naive/linear.h"
#include "engine/cpu/naive/loss.h"
#include "engine/cpu/naive/matmul.h"
#include "engine/cpu/naive/norm.h"
#include "engine/cpu/naive/random.h"
#include "engine/cpu/naive/recover.h"
#include "engine/cpu/naive/reduce.h"
#include "engine/cpu/naive/rnn.h"
#include "engine/cpu/naive/shape.h"
#include "engine/cpu/naive/stft.h"
#include "engine/cpu/naive/types.h"

#include "engine/cpu/naive/spectral_distance.h"

const tb_kernel_entry *const NAIVE_KERNELS[] = {
    type_kernels,      fourier_kernels,    elementwise_kernels,
    reduce_kernels,    shape_kernels,      index_kernels,
    bucketize_kernels, loss_kernels,       random_kernels,
    conv_kernels,      linear_kernels,     matmul_kernels,
    rnn_kernels,       accumulate_kernels, attention_kernels,
    norm_kernels,      stft_kernels,       spectral_distance_kernels,
    recover_kernels,   correlate_kernels,  NULL};
