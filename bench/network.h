/* The SampleRNNs that are compared with bench/peers/samplernn.py. */
#ifndef TB_BENCH_NETWORK_H
#define TB_BENCH_NETWORK_H

#include "bench.h"
#include "models/samplernn.h"
#include "train/trainer.h"

/* "demo" is the network of mimikit's demonstration, "small" our default.
   False, and a sentence on standard error, for other names. */
bool bench_network(const char *name, tb_samplernn *config);

/* Adam at a constant 0.001 with betas of `beta1` (mimikit's is 0.9) and 0.9.
   Null, and a sentence on standard error, when it cannot be. */
tb_trainer *bench_trainer(const bench_options *o,
                          const tb_instrument *instrument, const void *config,
                          int rows, int window, double beta1, uint64_t seed);

#endif
