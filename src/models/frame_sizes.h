/* Sizes of frames, from those of the top tier to those of the lowest, which
   follow each other in the tiers of a network of samples. */
#ifndef TB_MODELS_FRAME_SIZES_H
#define TB_MODELS_FRAME_SIZES_H

#include "base/settings.h"

/* Refuses frames of a tier, among the first `tiers` of `sizes`, that do not
   consist of whole frames of the next one, with the nearest that do. `network`
   is its name. */
tb_status tb_frame_sizes_check(const char *network, const tb_int_list *sizes,
                               int tiers, tb_error *error);

#endif
