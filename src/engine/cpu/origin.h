/* What a prepared operand was made from, so that another plan of the same
   weights finds it without making it anew. */
#ifndef TB_ENGINE_CPU_ORIGIN_H
#define TB_ENGINE_CPU_ORIGIN_H

#include "engine/cpu/kernel.h"
#include "engine/prepared.h"

enum { TB_MOST_ORIGIN = 1024 };

/* All that `prepare` can see but for the numbers of its operand, of which it
   takes the address. False: it does not fit into `room`. */
bool tb_origin_of(const tb_call *c, const tb_kernel *k,
                  char room[TB_MOST_ORIGIN], tb_prepared_origin *origin);

#endif
