/* What keeps a RAVE's latents in order while it learns: for rave_learn.c. */
#ifndef TB_MODELS_RAVE_LATENTS_H
#define TB_MODELS_RAVE_LATENTS_H

#include "models/rave.h"

/* A loss beside distances. */
typedef struct tb_rave_order {
    tb_value *loss;           /* [1]; null: latents of this kind need none */
    const char *name, *title; /* of its metric */
} tb_rave_order;

/* Of latents of which there are so many frames in a window: how far they lie
   from noise (VARIATIONAL each, WASSERSTEIN all together: see
   nn/latent_losses.h) or from codes (DISCRETE). */
tb_rave_order tb_rave_order_of(const tb_rave *config, int64_t frames,
                               const tb_rave_signals *signals);

/* Lets the books of discrete latents learn what objective `objective` chooses
   from them: they begin with k-means of what is heard before the first step,
   follow what chose them each step, and a code that is hardly ever chosen
   begins anew somewhere else, for as long as the encoder learns. Adds
   statistics, updates (to `update`, which is made if there is none), hooks
   (of the first phase), and a metric for how many codes are in use. Nothing
   where latents are of another kind. `rows` and `frames` are those of
   a micro-batch. */
void tb_rave_learn_codes(const tb_rave *config, int rows, int64_t frames,
                         int objective, const tb_rave_signals *signals,
                         tb_learning *learning);

/* Shares of codes that have not been counted yet: all alike. */
void tb_rave_init_codes(const tb_rave *config, tb_params *params);

#endif
