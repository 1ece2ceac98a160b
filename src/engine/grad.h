/* Gradients by reverse mode: more graph. */
#ifndef TB_ENGINE_GRAD_H
#define TB_ENGINE_GRAD_H

#include "engine/graph.h"

/* Adds the nodes that compute the gradient of `loss` (all its elements summed)
   with respect to each of `wrt`, and sets gradients[i]; null where the loss
   does not depend on wrt[i]. Only what these need is added. A gradient has the
   shape and the frame count of its value. Errors are left in the graph. */
void tb_grad(tb_value *loss, int n, tb_value *const *wrt, tb_value **gradients);

#endif
