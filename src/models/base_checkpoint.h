/* The checkpoint that an instrument stands on (a prior on its autoencoder),
   frozen: found by its path, recognised by the hash of its contents, and its
   methods as builders of graphs. A vote stands on several: a list of them,
   which the first stands for; sound becomes symbols, and symbols sound, by the
   first. */
#ifndef TB_MODELS_BASE_CHECKPOINT_H
#define TB_MODELS_BASE_CHECKPOINT_H

#include "models/checkpoint.h"

/* Whether a parameter of a graph is the base's. */
bool tb_is_of_base(const char *parameter);

/* Opens the bases that the configuration names, lets the instrument stand on
   them, and writes into the configuration where they lie. `*base` is null where
   none is named. With a hash (0: any) nothing but that content will do, and the
   file is also looked for below the folder of `beside` (a file or folder; null:
   nowhere) and the three above it, where runs lie after they were moved
   together. hashes: [TB_MOST_BASES], or null. */
tb_status tb_base_open(const tb_instrument *instrument, void *config,
                       const uint64_t *hashes, const char *beside,
                       tb_checkpoint **base, tb_error *error);
void tb_base_close(tb_checkpoint *base); /* all of the list; accepts null */

/* The path that the configuration names for base i; "" for none. */
void tb_base_named(const tb_instrument *instrument, const void *config, int i,
                   char *path, size_t size);

/* What base i says of the next symbol, frozen and in evaluation, as
   tb_network.loop. */
tb_distribution tb_base_loop(tb_builder *b, int i, tb_value *symbols,
                             int64_t context);

/* Of two alphabets: what differs first ("sample rate", "number of levels"), or
   null where one network hears what the other says. */
const char *tb_alphabets_differ(const tb_checkpoint *a, const tb_checkpoint *b);

/* "name the checkpoint to stand on" */
tb_status tb_base_fail_none(const tb_instrument *instrument, tb_error *error);

/* Of a base, which may be null: whether it has a method, and whether its
   decoder is primed. */
bool tb_base_has(const tb_checkpoint *base, const char *method);
bool tb_base_primes(const tb_checkpoint *base);

/* Adds all parameters of the bases to a graph, as those of a base. */
tb_status tb_base_declare(const tb_checkpoint *base, tb_graph *graph,
                          tb_error *error);

/* Where a parameter that tb_is_of_base lies. */
const void *tb_base_value(const tb_checkpoint *base, const char *parameter);

/* Copies what is the bases', and what TB_WRITER_CHECKPOINT writes, into a store
   of floats; nothing where `base` is null. */
tb_status tb_base_give(const tb_checkpoint *base,
                       const tb_instrument *instrument, tb_params *params,
                       tb_error *error);

#endif
