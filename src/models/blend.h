/* Checkpoints as material: weights of several as one. Of a run's neighbouring
   epochs the average is calmer than any of them (stochastic weight averaging,
   Izmailov et al. 2018); between two runs of one shape that grew from the same
   beginning lie sounds that neither has. */
#ifndef TB_MODELS_BLEND_H
#define TB_MODELS_BLEND_H

#include "models/checkpoint.h"

/* One of those that are blended, as typed (models/checkpoint_find.h); several
   epochs share its weight evenly. */
typedef struct tb_blended {
    const char *name;
    double weight; /* at least 0; they need not sum to 1 */
} tb_blended;

/* Opens what is named: one checkpoint as it is, several as the weighted mean of
   their parameters. Those must be of one instrument and alike in all settings
   but the paths of what they stand on: what differs first is named in the
   error. A weight of 0 leaves no trace, and one checkpoint alone is itself bit
   for bit. `checkpoint` is empty on failure. */
tb_status tb_blend_open(const tb_blended *blended, int count,
                        tb_checkpoint *checkpoint, tb_error *error);

#endif
