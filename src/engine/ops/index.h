/* Ops on indices: tables, one-hot vectors, the place of the largest. */
#ifndef TB_ENGINE_OPS_INDEX_H
#define TB_ENGINE_OPS_INDEX_H

#include "engine/op.h"

/* Rows of a table: table [Q, H] (without time), index i64 [...] of any shape
   -> [..., H]. An index that is no row of the table gives NaN, which a checked
   run reports, and its gradient goes nowhere. The gradient of the table is
   summed frame by frame in logical order of the index. */
tb_value *tb_embedding(tb_value *table, tb_value *index);

/* index i64 [...] -> [..., q]: 1 at the index, else 0. No gradient. */
tb_value *tb_one_hot(tb_value *index, int64_t q);

/* The place of the largest element along `axis` (not time), which goes:
   i64. The first of equals. No gradient. */
tb_value *tb_argmax(tb_value *x, int axis);

/* x [..., Q], index i64 [...] -> [...]: x at the index of the last axis; NaN
   where there is none. */
tb_value *tb_pick(tb_value *x, tb_value *index);

typedef struct tb_argmax_attr {
    int axis;
} tb_argmax_attr;

extern const tb_op tb_op_embedding;      /* (table, index) */
extern const tb_op tb_op_embedding_grad; /* (index, dy) -> dtable */
extern const tb_op tb_op_one_hot;
extern const tb_op tb_op_argmax;
extern const tb_op tb_op_pick;
extern const tb_op tb_op_pick_grad; /* (index, dy) -> dx */

#endif
