/* What a stream plan holds; for stream_plan.c and stream.c. */
#ifndef TB_ENGINE_STREAM_PLAN_H
#define TB_ENGINE_STREAM_PLAN_H

#include <pthread.h>

#include "engine/order.h"
#include "engine/plan.h"
#include "engine/stream.h"

struct tb_stream_plan {
    const tb_graph *graph;
    const tb_backend *backend;
    tb_params *params;
    int64_t n_max, quantum;
    int64_t step; /* base frames that the loop advances by, 0: no loop */
    tb_schedule schedule;
    bool half_weights;
    int threads;
    int n_nodes, n_values;
    tb_node **nodes;       /* to run, in order; without those folded */
    tb_node *loop;         /* the feedback node, or null */
    bool *needed;          /* by node id */
    bool *fixed;           /* by value id: folded, or a parameter */
    bool *used;            /* by value id */
    bool *read;            /* by value id: an output */
    tb_axis_order *orders; /* by value id */
    tb_time *times;        /* by value id */
    int64_t *capacity;     /* by value id: frames that readers may ask for */
    int *root;             /* by value id: in whose buffer it lies */
    int64_t *offset;       /* by value id: bytes from the root's data */
    tb_tensor *shapes;     /* by value id; of folded ones with their data */
    bool *view;            /* by index in nodes */
    bool *plain;           /* by value id: read as it is, not prepared */
    tb_plan *constants;
    tb_prepared prepared;
    pthread_mutex_t building; /* held while a stream takes what is shared */
};

/* To be called when a stream has been compiled: folded values that are only
   read in prepared form give their memory back. */
void tb_stream_plan_settle(tb_stream_plan *p);

#endif
