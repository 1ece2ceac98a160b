/* Real numbers into numbered intervals. */
#ifndef TB_ENGINE_OPS_BUCKETIZE_H
#define TB_ENGINE_OPS_BUCKETIZE_H

#include "engine/op.h"

/* x [...] real, bounds [n] real and rising -> i64 [...]: how many of the bounds
   are not above x, 0 ... n. As PyTorch's bucketize with right=True. What is not
   a number is in interval 0. No gradient. */
tb_value *tb_bucketize(tb_value *x, tb_value *bounds);

extern const tb_op tb_op_bucketize; /* (x, bounds) */

#endif
