/* From one type to another. */
#ifndef TB_ENGINE_OPS_CAST_H
#define TB_ENGINE_OPS_CAST_H

#include "engine/op.h"

/* x as another type, as PyTorch converts: reals to integers towards 0 (what no
   integer can hold becomes 0), anything that is not 0 to true, complex numbers
   to all else by their real part. x itself where the type is the same.
   Gradients flow between reals and complex numbers. */
tb_value *tb_cast(tb_value *x, tb_type type);

extern const tb_op tb_op_cast;

#endif
