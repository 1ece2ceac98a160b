/* Regions of a value given by strides, as TorchScript's views are. */
#ifndef TB_ENGINE_OPS_STRIDED_H
#define TB_ENGINE_OPS_STRIDED_H

#include "engine/op.h"

/* Element [i, j...] is element offset + i*strides[0] + j*strides[1]... of x,
   counted in logical order (as torch.as_strided of a contiguous tensor). x has
   no time axis; every element must exist. */
tb_value *tb_as_strided(tb_value *x, tb_shape shape, const int64_t *strides,
                        int64_t offset);

/* `old`, but with the elements that tb_as_strided would read replaced by
   `value` (of shape `shape`). A pure write: `old` stays as it is; no element
   may be written twice. */
tb_value *tb_write_view(tb_value *old, tb_shape shape, const int64_t *strides,
                        int64_t offset, tb_value *value);

typedef struct tb_strided_attr {
    int rank;
    int64_t dim[TB_RANK], stride[TB_RANK], offset;
} tb_strided_attr;

extern const tb_op tb_op_as_strided;
extern const tb_op tb_op_add_strided; /* the adjoint: sums into zeros */
extern const tb_op tb_op_write_view;  /* (old, value) */

#endif
