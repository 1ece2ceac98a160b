/* Which type comes out where several meet, by PyTorch's rules. */
#ifndef TB_TORCHSCRIPT_PROMOTION_H
#define TB_TORCHSCRIPT_PROMOTION_H

#include "torchscript/script_tensor.h"

/* The smallest type that holds both (torch.promote_types). */
tb_dtype tb_promote(tb_dtype a, tb_dtype b);

/* What computes with tensors and numbers: a tensor without axes counts for its
   type only where its kind (bool, integer, real, complex) is higher than that
   of those with axes, and a number only where it is higher than that of all
   tensors (torch.result_type). Begin with zeros. */
typedef struct tb_promotion {
    bool any[3];
    tb_dtype of[3]; /* with axes, without, numbers */
} tb_promotion;

void tb_promotion_add(tb_promotion *p, const tb_script_value *x);
tb_dtype tb_promotion_result(const tb_promotion *p);

/* That of a number as torch.tensor makes it. */
tb_dtype tb_dtype_of_number(tb_script_kind kind);

#endif
