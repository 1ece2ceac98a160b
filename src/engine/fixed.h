/* What parameters and constants alone decide, computed once: for those who
   write a network in a form in which it is fixed. */
#ifndef TB_ENGINE_FIXED_H
#define TB_ENGINE_FIXED_H

#include "base/arena.h"
#include "engine/params.h"

/* The elements of each of the values (of tb_select_fixed) in logical order:
   `data` [count] points at parameters as they lie, and at what the arena
   holds. */
tb_status tb_fixed_data(const tb_graph *g, const tb_params *params, int count,
                        tb_value *const *values, tb_arena *arena,
                        const void **data, tb_error *error);

/* Whether its elements have a type that those forms know: complex numbers, for
   one, have none. */
bool tb_fixed_has_type(const tb_value *v);

/* What such a value is called: the name of the parameter that it is or is made
   of, "x.weight" for a normed "x.weight_v", and with a number of its own behind
   it for all else. Null: it is made of constants alone, or there is no memory.
 */
const char *tb_fixed_name(tb_arena *arena, const tb_value *v);

#endif
