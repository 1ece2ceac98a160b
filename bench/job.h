/* A plan to be timed, with everything that it needs. */
#ifndef TB_BENCH_JOB_H
#define TB_BENCH_JOB_H

#include "bench.h"
#include "engine/ops.h"
#include "engine/plan.h"

typedef struct bench_job {
    tb_graph *graph;
    tb_params *params;
    tb_plan *plan;
    tb_pool *pool;
} bench_job;

/* Plans the graph, which the job then owns, over `frames` of each input, and
   fills inputs and parameters with ordinary numbers. False, and a sentence on
   standard error, when it cannot. */
bool bench_job_begin(bench_job *j, const bench_options *o, tb_graph *graph,
                     int n_outputs, tb_value *const *outputs, int64_t frames);
void bench_job_end(bench_job *j);

/* One place of `axis` of y: a result that costs nothing to hand out. Asked for
   whole, y would have to lie in memory as a caller reads it, which no layer
   inside a network does. */
static inline tb_value *bench_inner(tb_value *y, int axis)
{
    return tb_slice(y, axis, 0, 1, 1);
}

/* For bench_median: one run with weights that are new, as in training. */
void bench_job_run(void *job);

#endif
