/* What an encoder makes of a whole corpus, in numbers: the mean of its latents,
   and the directions in which they differ. */
#ifndef TB_TRAIN_LATENT_SURVEY_H
#define TB_TRAIN_LATENT_SURVEY_H

#include "corpus/cache.h"
#include "models/checkpoint.h"
#include "run/latent_axes.h"

/* Whether a network has latents that this is about: it encodes into real
   numbers, and does not go on by itself. */
bool tb_has_latents(const tb_instrument *instrument, const void *config);

/* Of the weights that a checkpoint encodes with; 0 and an error if there is no
   memory. */
uint64_t tb_latent_encoder_hash(const tb_checkpoint *checkpoint,
                                tb_error *error);

/* From each frame of each file, heard as a stream from its beginning to its
   end, exactly: means and covariances are sums in double precision, file by
   file in their order, and so the same whatever the threads. `stop` (or null)
   is asked now and then: TB_ERR_STOPPED. `axes` is empty on failure. */
tb_status tb_latent_survey(const tb_checkpoint *checkpoint,
                           const tb_cache *sound, int threads,
                           bool (*stop)(void *context), void *context,
                           tb_latent_axes *axes, tb_error *error);

#endif
