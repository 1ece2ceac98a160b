/* Fewer latents: in their place the directions in which those of the recordings
   differ most (principal components), as RAVE's exports have them. */
#ifndef TB_EXPORT_DIRECTIONS_H
#define TB_EXPORT_DIRECTIONS_H

#include "models/checkpoint.h"
#include "run/latent_axes.h"

/* How many there shall be, or which part of what differs they shall hold; both
   0: latents stay as they are. */
typedef struct tb_export_size {
    long long directions;
    double fidelity; /* 0 to 1 */
} tb_export_size;

/* Makes the network of a checkpoint that encodes to directions and decodes from
   them; what they leave out stands at its mean. Its weights are copies.
   TB_ERR_UNSUPPORTED for instruments without latents, TB_ERR_ARGUMENT for more
   directions than there are latents. */
tb_status tb_export_turn(tb_checkpoint *checkpoint, const tb_latent_axes *axes,
                         const tb_export_size *size, tb_error *error);

#endif
