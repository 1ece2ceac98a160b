/* The checkpoint that an instrument stands on (a prior on its autoencoder),
   frozen: found by its path, recognised by the hash of its contents, and its
   methods as builders of graphs. */
#ifndef TB_MODELS_BASE_CHECKPOINT_H
#define TB_MODELS_BASE_CHECKPOINT_H

#include "models/checkpoint.h"

/* Whether a parameter of a graph is the base's. */
bool tb_is_of_base(const char *parameter);

/* Opens the base that the configuration names, lets the instrument stand on it,
   and writes into the configuration where it lies. `*base` is null where none
   is named. With a `hash` (0: any) nothing but that content will do, and the
   file is also looked for below the folder of `beside` (a file or folder; null:
   nowhere) and the three above it, where runs lie after they were moved
   together. */
tb_status tb_base_open(const tb_instrument *instrument, void *config,
                       uint64_t hash, const char *beside, tb_checkpoint **base,
                       tb_error *error);
void tb_base_close(tb_checkpoint *base); /* accepts null */

/* The path that the configuration names; "" for none. */
void tb_base_named(const tb_instrument *instrument, const void *config,
                   char *path, size_t size);

/* "name the checkpoint to stand on" */
tb_status tb_base_fail_none(const tb_instrument *instrument, tb_error *error);

/* Of a base, which may be null: whether it has a method, and whether its
   decoder is primed. */
bool tb_base_has(const tb_checkpoint *base, const char *method);
bool tb_base_primes(const tb_checkpoint *base);

/* Adds all parameters of the base to a graph, as those of a base. */
tb_status tb_base_declare(const tb_checkpoint *base, tb_graph *graph,
                          tb_error *error);

/* Where a parameter that tb_is_of_base lies. */
const void *tb_base_value(const tb_checkpoint *base, const char *parameter);

/* Copies what is the base's, and what TB_WRITER_CHECKPOINT writes, into a store
   of floats; nothing where `base` is null. */
tb_status tb_base_give(const tb_checkpoint *base,
                       const tb_instrument *instrument, tb_params *params,
                       tb_error *error);

#endif
