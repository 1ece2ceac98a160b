/* Channels that take on the mean and deviation of other sound, channel by
   channel: adaptive instance normalisation (Huang and Belongie 2017, equation
   8), with statistics that are learned while sound runs through. */
#ifndef TB_NN_ADAPTED_STATISTICS_H
#define TB_NN_ADAPTED_STATISTICS_H

#include "engine/graph.h"

/* What can be turned, real [rows] each: 1, or 0. Null, in place of it all: x
   stays as it is. */
typedef struct tb_adapting {
    tb_value *learn_source; /* what runs through tells how the source is */
    tb_value *learn_target; /* ... how the target is; then x stays as it is */
    tb_value *reset_source, *reset_target; /* forget these */
} tb_adapting;

/* x real [rows, channels, frames]. As soon as there are statistics of both,
   they are

       (x - mean of the source) / (deviation of the source + 1e-5)
           * deviation of the target + mean of the target

   where means and deviations (of n - 1) are those of all frames that were
   learned from since they were last forgotten, up to and including this one. So
   they do not depend on the blocks that sound comes in; RAVE's are averages of
   those of its blocks.

   States begin with `name`. Without gradient. */
tb_value *tb_adapted_statistics(tb_value *x, const char *name,
                                const tb_adapting *how);

#endif
