/* Latents in files, [channels, frames]: .npy, or .safetensors, which also tell
   what made them. */
#ifndef TB_CLI_LATENTS_FILE_H
#define TB_CLI_LATENTS_FILE_H

#include "base/npy.h"
#include "base/safetensors.h"

#include <timbrel/model.h>

/* Of its name. */
bool cli_is_latents(const char *path);

/* ---- reading ---- */

typedef struct cli_latents {
    const char *path;
    int channels;
    int64_t frames;
    double sample_rate, ratio; /* of what made them; 0: not told */
    tb_npy array;
    tb_safetensors *file; /* null: an array */
    const tb_stored *tensor;
} cli_latents;

/* Refuses what has other channels than the port. A batch of one and, for one
   channel, frames alone are taken, too. `path` must outlive it. */
tb_status cli_latents_open(cli_latents *latents, const char *path,
                           const tb_port_facts *port, tb_error *error);

/* Frames first ... first + count - 1, interleaved; zeros behind the end. What
   is no number, or none of the port's levels, is refused. */
tb_status cli_latents_read(const cli_latents *latents,
                           const tb_port_facts *port, int64_t first,
                           int64_t count, float *to, tb_error *error);
void cli_latents_close(cli_latents *latents);

/* ---- writing ---- */

typedef struct cli_latents_writer cli_latents_writer;

/* What the port gives goes to a file that appears whole or not at all; texts
   are for .safetensors, and kept until it is closed. */
cli_latents_writer *cli_latents_create(const char *path, bool replace,
                                       const tb_port_facts *port,
                                       const tb_stored_text *texts, int count,
                                       tb_error *error);

/* Appends frames, interleaved. */
tb_status cli_latents_add(cli_latents_writer *writer, const float *frames,
                          int64_t count, tb_error *error);

/* Frees the writer. */
tb_status cli_latents_finish(cli_latents_writer *writer, tb_error *error);
void cli_latents_discard(cli_latents_writer *writer); /* accepts null */

#endif
