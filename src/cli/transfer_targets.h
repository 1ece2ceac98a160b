/* Sounds whose statistics a transfer takes on (adaptive instance normalisation:
   the methods' learn_source and learn_target). */
#ifndef TB_CLI_TRANSFER_TARGETS_H
#define TB_CLI_TRANSFER_TARGETS_H

#include "cli/heard_sound.h"
#include "cli/passing.h"

/* Lets voices hear each --target whole, all of them as one, and then the source
   that will be transferred; and silence until nothing of them is left. Nothing
   where no target was given; refused where the model does not adapt. `sound`
   tells rows, channels, rate and block. */
tb_status cli_hear_targets(const cli_passing *passing, tb_voices *voices,
                           const cli_heard_sound *sound, int out_channels,
                           const char *source, tb_error *error);

#endif
