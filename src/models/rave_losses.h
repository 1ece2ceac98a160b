/* What a RAVE learns in its second phase: what discriminators say of it
   (nn/critique.h), beside distances (rave_targets.h). Builders take null for
   null. Losses are [1]. */
#ifndef TB_MODELS_RAVE_LOSSES_H
#define TB_MODELS_RAVE_LOSSES_H

#include "models/rave.h"
#include "nn/critique.h"

/* What the discriminators of a configuration say of sound [rows, channels,
   `frames`]: parameters "discriminator.". Called once for what is real and once
   for what was made, which share them. */
tb_critique tb_rave_judge(const tb_rave *config, tb_value *sound,
                          int64_t frames);

/* The longest window of these, in samples: sound must last as long. */
int64_t tb_rave_longest_spectrum(const tb_rave *config);

/* What the decoder learns by in the second phase. Each weight counts once,
   unless it is to be as RAVE 2.3. */
typedef struct tb_rave_deception {
    tb_value *distance, *matching, *deception; /* not weighted but for the
                                                  distance */
    tb_value *loss;                            /* their weighted sum */
} tb_rave_deception;

tb_rave_deception tb_rave_deceive(const tb_rave *config,
                                  const tb_rave_signals *s,
                                  const tb_critique *real,
                                  const tb_critique *made);

#endif
