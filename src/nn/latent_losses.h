/* What keeps the latent space of an autoencoder in order. Latents are real
   [rows, n, frames]; results [1]. */
#ifndef TB_NN_LATENT_LOSSES_H
#define TB_NN_LATENT_LOSSES_H

#include "engine/graph.h"

/* How far normal distributions of this mean and deviation are from the standard
   one: sum over n of mean^2 + deviation^2 - ln deviation^2 - 1, on average over
   rows and frames, which is twice the divergence in nats (RAVE weighs it so).
   A latent whose average is below `free_bits` bits counts as if it had these
   and is left alone (Kingma et al. 2016, equation 15); that average is the
   micro-batch's. */
tb_value *tb_latent_divergence(tb_value *mean, tb_value *deviation,
                               double free_bits);

/* How far latents all together are from normal ones of mean 0 and deviation 1:
   the maximum mean discrepancy (Gretton et al. 2012, equation 5; Tolstikhin et
   al. 2018 for autoencoders) of all vectors of a batch and as many of `noise`,
   like z (null: drawn), by the kernel exp(-|x - y|^2 / n^2), which is RAVE's.
   `frames` is how many there are. Vectors are compared with each other: of two
   micro-batches it is not what it is of one of twice the size. */
tb_value *tb_latent_discrepancy(tb_value *z, int64_t frames, tb_value *noise);

/* Latents of length 1 along n: those of spherical models. */
tb_value *tb_unit_latents(tb_value *z);

#endif
