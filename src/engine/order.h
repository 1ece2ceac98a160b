/* The order in which the axes of values lie in memory. Builders of ops set what
   comes naturally (a result lies as its operand does); a plan changes it where
   a kernel wants another one: asked for by tb_op_arrange, the wish goes back
   through all that is computed equally well in any order, so that no copy is
   needed to turn a value round. */
#ifndef TB_ENGINE_ORDER_H
#define TB_ENGINE_ORDER_H

#include "engine/op.h"

/* Axes as they lie in memory, outermost first. */
typedef struct tb_axis_order {
    int axis[TB_RANK];
} tb_axis_order;

/* Sets the order, by value id, of all that `nodes` (in order) make; values with
   `keep` stay as they were built. */
void tb_order_choose(int n_nodes, tb_node *const *nodes, const bool *keep,
                     tb_axis_order *orders);

#endif
