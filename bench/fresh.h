/* Models that never learned: fresh weights cost as much to run as good ones. */
#ifndef TB_BENCH_FRESH_H
#define TB_BENCH_FRESH_H

#include "bench.h"
#include "models/model.h"

/* Null, and a sentence on standard error, when it cannot be. */
tb_model *bench_fresh_model(const tb_instrument *instrument, void *config);

#endif
