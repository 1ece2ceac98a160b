/* A plan to be timed, with everything that it needs. */
#ifndef TB_BENCH_JOB_H
#define TB_BENCH_JOB_H

#include "bench.h"
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

/* For bench_median: one run with weights that are new, as in training. */
void bench_job_run(void *job);

#endif
