/* Fills one table with the kernels compiled for this source's vectors. */
#ifndef TB_ENGINE_CPU_FAST_TABLE_H
#define TB_ENGINE_CPU_FAST_TABLE_H

#include "engine/cpu/fast/corr.h"
#include "engine/cpu/fast/outer.h"
#include "engine/cpu/fast/pack.h"

/* clang-format off */
#define TB_FAST_TABLE(NAME) {                                                  \
    .name = NAME,                                                              \
    .corr = fast_corr,                                                         \
    .corr_f16 = fast_corr_f16,                                                 \
    .outer = fast_outer,                                                       \
    .outer_scratch = fast_outer_scratch,                                       \
    .column_sums = fast_column_sums,                                           \
    .pack = fast_pack,                                                         \
    .pack_f16 = fast_pack_f16,                                                 \
    .unpack = fast_unpack,                                                     \
    .to_half = fast_to_half,                                                   \
    .from_half = fast_from_half,                                               \
}
/* clang-format on */

#endif
