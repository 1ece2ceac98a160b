#include "dsp/interleave.h"

#include "engine/ops/frames.h"

tb_value *tb_interleave(tb_value *x)
{
    if (!x)
        return NULL;
    if (x->dim[1] == 1)
        return tb_reshape(x, tb_dims(x->dim[0], TB_FRAMES));
    return tb_unfold(tb_transpose(x, 1, 2));
}

tb_value *tb_deinterleave(tb_value *x, int64_t channels)
{
    if (!x)
        return NULL;
    if (channels == 1)
        return tb_reshape(x, tb_dims(x->dim[0], 1, TB_FRAMES));
    return tb_transpose(tb_fold(x, channels), 1, 2);
}
