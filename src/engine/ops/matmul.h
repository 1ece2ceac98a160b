/* Products of matrices. */
#ifndef TB_ENGINE_OPS_MATMUL_H
#define TB_ENGINE_OPS_MATMUL_H

#include "engine/op.h"

/* a [..., m, k], b [..., k, n]: a b [..., m, n], added up in the order of k.
   The leading axes are broadcast as in PyTorch; transposes are views
   (tb_permute). Any axis may count frames; along k it must do so in both, and
   then the product needs all of them. */
tb_value *tb_matmul(tb_value *a, tb_value *b);

extern const tb_op tb_op_matmul;        /* (a, b) */
extern const tb_op tb_op_matmul_frames; /* (a, b), k counts frames */

#endif
