/* A transfer in its two halves, encode and decode, with latents that are
   changed between them. While nothing has come through the first half the
   second hears latents of 0, so that the first moment is not quite that of both
   in one. */
#ifndef TB_CLI_TRANSFER_HALVES_H
#define TB_CLI_TRANSFER_HALVES_H

#include "cli/heard_sound.h"
#include "cli/latent_change.h"
#include "cli/passing.h"

typedef struct cli_halves {
    cli_latent_change change;
    tb_voices *encode, *decode;
    int64_t block, frames; /* of sound, and of latents for it */
    int rows;
    float *latents;
    float *at[CLI_MOST_CHANNELS];
} cli_halves;

/* Whether latents are changed. */
bool cli_halves_wanted(const cli_args *args);

/* Both, with so many rows. Closed also after a failure. */
tb_status cli_halves_open(cli_halves *halves, const cli_passing *passing,
                          int rows, tb_error *error);
void cli_halves_close(cli_halves *halves);

/* Samples by which the result is late: latents come frame by frame. */
int64_t cli_halves_latency(const cli_halves *halves);

/* A block of the size that it was opened for. */
tb_status cli_halves_pass(cli_halves *halves, const float *const *in,
                          float *const *out, tb_error *error);

#endif
