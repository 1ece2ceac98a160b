/* Weights in the form that matrix kernels read: panels of 16 output channels,
   side by side in memory for each tap and input channel. */
#ifndef TB_ENGINE_OPS_PACK_H
#define TB_ENGINE_OPS_PACK_H

#include "engine/op.h"

enum { TB_PANEL = 16 };

typedef struct tb_pack_attr {
    bool
        transposed; /* w [in, out/groups, taps...], not [out, in/groups, ...] */
    int64_t groups;
    tb_shape w;
} tb_pack_attr;

/* w to [panels, taps, in/groups, 16]: each group has its own panels,
   ceil(out/groups/16), of which the last is filled up with zeros. Linear
   weights have one tap, those of two axes all pairs, the last axis fastest. */
tb_value *tb_pack(tb_value *w, bool transposed, int64_t groups);

/* The adjoint, and the inverse: panels to weights of that shape. */
tb_value *tb_unpack(tb_value *panels, tb_pack_attr how);

extern const tb_op tb_op_pack;
extern const tb_op tb_op_unpack;

#endif
