/* Latents that are scaled and moved, each by itself, between encoding and
   decoding: --scale and --bias. */
#ifndef TB_CLI_LATENT_CHANGE_H
#define TB_CLI_LATENT_CHANGE_H

#include "cli/args.h"

#include <timbrel/model.h>

/* Rows for tables of options. */
#define CLI_LATENT_OPTIONS                                                     \
    {"scale", "D=X", NULL,                                                     \
     "Latent D, from 0 on, becomes X times as large; several times, or "       \
     "all=X."},                                                                \
    {                                                                          \
        "bias", "D=X", NULL, "And X is added to it."                           \
    }

enum { CLI_MOST_LATENTS = 1024 };

typedef struct cli_latent_change {
    bool any;  /* something is changed */
    int count; /* of latents */
    float scale[CLI_MOST_LATENTS], bias[CLI_MOST_LATENTS];
} cli_latent_change;

/* Of the latents of a port; a number that is none of them is refused, and
   codes, which are whole. */
tb_status cli_latent_change_read(cli_latent_change *change,
                                 const cli_args *args,
                                 const tb_port_facts *port, tb_error *error);

/* Frames of latents, interleaved, in place. */
void cli_latent_change_apply(const cli_latent_change *change, float *x,
                             int64_t frames);

#endif
