/* The groups of fast kernels, each ended by an entry without op. */
#ifndef TB_ENGINE_CPU_TABLE_H
#define TB_ENGINE_CPU_TABLE_H

#include "engine/cpu/kernel.h"

extern const tb_kernel_entry tb_fast_linear[], tb_fast_rnn[], tb_fast_conv[],
    tb_fast_conv_transposed[], tb_fast_conv_wgrad[], tb_fast_elementwise[],
    tb_fast_loss[], tb_fast_reduce[], tb_fast_recover[], tb_fast_sample[],
    tb_fast_stft[], tb_fast_shape[], tb_fast_index[], tb_fast_gated[],
    tb_fast_lanes[], tb_fast_random[], tb_fast_norm[], tb_fast_weight_norm[],
    tb_fast_attention[], tb_fast_matmul[], tb_fast_types[], tb_fast_fourier[],
    tb_fast_rnn_grad[], tb_fast_spectral_distance[], tb_fast_correlate[];

#endif
