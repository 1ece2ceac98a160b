/* The eager schedule: every frame as early as its inputs allow, in bursts. A
   stream's other schedule, paced, spreads frames evenly. Values and latency are
   the same; eager gives deep layers more frames a pass. */
#ifndef TB_ENGINE_EAGER_H
#define TB_ENGINE_EAGER_H

#include "engine/time.h"

/* Brings what stands under the value ids of a node to a clock: counts, of
   frames whose inputs are there and which the signal would still have if it
   ended now, and lengths, which it would then have. Those of its inputs are
   there already, and of the values that its own frames are counted like. True
   if any of them changed. */
TB_REALTIME bool tb_eager_count(const tb_node *n, const tb_time *times,
                                int64_t clock, int64_t *counts,
                                int64_t *lengths);

#endif
