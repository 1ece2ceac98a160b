/* The eager schedule: every frame as early as its inputs allow, in bursts. A
   stream's other schedule, paced, spreads frames evenly. Values and latency are
   the same; eager gives deep layers more frames a pass. */
#ifndef TB_ENGINE_EAGER_H
#define TB_ENGINE_EAGER_H

#include "engine/time.h"

/* counts[value id] of all needed values after n base frames: whose inputs are
   there, and which the signal would still have if it ended now. `lengths` is
   room for as many. */
TB_REALTIME void tb_eager_counts(const tb_graph *g, const bool *needed,
                                 const tb_time *times, int64_t n,
                                 int64_t *counts, int64_t *lengths);

#endif
