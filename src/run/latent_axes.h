/* The directions in which the latents of a run's recordings differ most:
   latents.safetensors in its folder, with tensors named as in RAVE's exports:
     latent_mean  [n]     of all frames
     latent_pca   [n, n]  directions of length 1, rows, largest first; the
                          component of the largest size is positive
     fidelity     [n]     which part of all that differs the first, the first
                          two ... hold
   and texts: "encoder", a hash of the weights that made the latents, and
   "frames", how many there were. */
#ifndef TB_RUN_LATENT_AXES_H
#define TB_RUN_LATENT_AXES_H

#include "base/status.h"

#include <stdint.h>

typedef struct tb_latent_axes {
    int64_t count;                   /* n */
    double *mean, *axes, *deviation; /* [n], [n, n], [n]: of each latent, which
                                        is not in the file */
    double *fidelity;                /* [n] */
    int64_t frames;
    uint64_t encoder;
} tb_latent_axes;

/* For `count` latents, all zero; to be cleared. */
tb_status tb_latent_axes_init(tb_latent_axes *axes, int64_t count,
                              tb_error *error);
void tb_latent_axes_clear(tb_latent_axes *axes);

/* How many of the first directions hold such a part of what differs. */
int64_t tb_latent_axes_needed(const tb_latent_axes *axes, double part);

/* Latents that differ by more than a tenth between moments: the others say
   nothing (Burda et al. 2016, "Importance weighted autoencoders", whose
   variance is 0.01). */
int64_t tb_latent_axes_active(const tb_latent_axes *axes);

/* The file of the run in `folder`, whole or not at all, in place of an older
   one. */
tb_status tb_latent_axes_write(const char *folder, const tb_latent_axes *axes,
                               tb_error *error);

/* TB_ERR_FILE where there is none, TB_ERR_FORMAT where it is damaged, which
   says so; `axes` is empty on failure. */
tb_status tb_latent_axes_read(const char *folder, tb_latent_axes *axes,
                              tb_error *error);

#endif
