/* Which nodes a set of outputs needs. */
#ifndef TB_ENGINE_SELECT_H
#define TB_ENGINE_SELECT_H

#include "engine/graph.h"

/* Marks needed[node id], each node once: what the outputs depend on, through
   loops and the next values of states too. False when there is no memory. */
bool tb_select(const tb_graph *g, int n, tb_value *const *outputs,
               bool *needed);

/* Marks, by value id, what depends on parameters and constants alone. */
void tb_select_fixed(const tb_graph *g, const bool *needed, bool *fixed);

#endif
