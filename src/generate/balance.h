/* Between several voters: a place on the line from the first (0) to the last.
   At a whole number one counts alone; half way to the next both count alike. */
#ifndef TB_GENERATE_BALANCE_H
#define TB_GENERATE_BALANCE_H

#include "generate/ramp.h"

/* How much `member` counts, 0 to 1, while `balance` moves: TB_ERR_ARGUMENT when
   that has more bends than a ramp can. */
tb_status tb_balance_weight(const tb_ramp *balance, int member, tb_ramp *weight,
                            tb_error *error);

#endif
