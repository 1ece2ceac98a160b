/* Fills one table with the kernels compiled for this source's vectors. */
#ifndef TB_ENGINE_CPU_FAST_TABLE_H
#define TB_ENGINE_CPU_FAST_TABLE_H

#include "engine/cpu/fast/corr.h"
#include "engine/cpu/fast/distance.h"
#include "engine/cpu/fast/few.h"
#include "engine/cpu/fast/fft.h"
#include "engine/cpu/fast/gates.h"
#include "engine/cpu/fast/map.h"
#include "engine/cpu/fast/outer.h"
#include "engine/cpu/fast/pack.h"
#include "engine/cpu/fast/rows.h"
#include "engine/cpu/fast/update.h"

/* clang-format off */
#define TB_FAST_TABLE(NAME) {                                                  \
    .name = NAME,                                                              \
    .lanes = TB_LANES,                                                         \
    .corr = fast_corr,                                                         \
    .corr_f16 = fast_corr_f16,                                                 \
    .outer = fast_outer,                                                       \
    .outer_scratch = fast_outer_scratch,                                       \
    .column_sums = fast_column_sums,                                           \
    .dot_rows = fast_dot_rows,                                                 \
    .weigh_rows = fast_weigh_rows,                                             \
    .pack = fast_pack,                                                         \
    .pack_f16 = fast_pack_f16,                                                 \
    .unpack = fast_unpack,                                                     \
    .to_half = fast_to_half,                                                   \
    .from_half = fast_from_half,                                               \
    .map = fast_map,                                                           \
    .map_back = fast_map_back,                                                 \
    .gated = fast_gated,                                                       \
    .gated_back = fast_gated_back,                                             \
    .binary = fast_binary,                                                     \
    .axpby = fast_axpby,                                                       \
    .softmax = fast_softmax,                                                   \
    .log_softmax = fast_log_softmax,                                           \
    .softmax_back = fast_softmax_back,                                         \
    .log_softmax_back = fast_log_softmax_back,                                 \
    .standardise = fast_standardise,                                           \
    .standardise_back = fast_standardise_back,                                 \
    .xent = fast_xent,                                                         \
    .lstm = fast_lstm,                                                         \
    .lstm_back = fast_lstm_back,                                               \
    .gru = fast_gru,                                                           \
    .gru_back = fast_gru_back,                                                 \
    .fft_forward = fast_fft_forward,                                           \
    .fft_back = fast_fft_back,                                                 \
    .fft_complex = fast_fft_complex,                                           \
    .spectral_gap = fast_spectral_gap,                                         \
    .spectral_gap_scratch = fast_spectral_gap_scratch,                         \
    .spectral_energy = fast_spectral_energy,                                   \
    .adam = fast_adam,                                                         \
    .sgd = fast_sgd,                                                           \
    .ema = fast_ema,                                                           \
    .sum = fast_sum,                                                           \
    .dot = fast_dot,                                                           \
    .sum_squares = fast_sum_squares,                                           \
}
/* clang-format on */

#endif
