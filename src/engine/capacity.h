/* How many frames a stream keeps of each value: what readers may still ask for
   when a call makes new ones. */
#ifndef TB_ENGINE_CAPACITY_H
#define TB_ENGINE_CAPACITY_H

#include "engine/time.h"

/* How early and how late frames are there: of both schedules, at each clock
   that a call begins or ends at. */
typedef struct tb_bounds {
    tb_ratio early; /* after n base frames there are at most
                       max(padded, ceil((n - early)/period)) frames */
    int64_t padded; /* what padding alone may decide at once */
} tb_bounds;

/* Sets bounds[value id] of all needed values, eager or paced. */
void tb_bounds_find(const tb_graph *g, const bool *needed, const tb_time *times,
                    bool eager, tb_bounds *bounds);

/* Raises capacity[value id] of all needed values to what calls of up to
   `block` base frames need. */
void tb_capacities(const tb_graph *g, const bool *needed, const tb_time *times,
                   const tb_bounds *bounds, int64_t block, int64_t *capacity);

#endif
