#include "models/frame_sizes.h"

tb_status tb_frame_sizes_check(const char *network, const tb_int_list *sizes,
                               int tiers, tb_error *error)
{
    for (int i = 0; i + 1 < tiers; i++) {
        int size = sizes->at[i], part = sizes->at[i + 1];
        int less = size / part * part;
        if (less == size)
            continue;
        if (!less)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "%s: a frame of %d samples does not consist of "
                           "whole frames of %d. The nearest that does is %d.",
                           network, size, part, part);
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%s: a frame of %d samples does not consist of whole "
                       "frames of %d. The nearest that do are %d and %d.",
                       network, size, part, less, less + part);
    }
    return TB_OK;
}
