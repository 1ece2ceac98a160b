/* A run, step by step: what happens to the memory of values before, while and
   after nodes compute. All of it is whole numbers; only a backend looks at the
   values themselves. */
#ifndef TB_ENGINE_BEAT_H
#define TB_ENGINE_BEAT_H

#include "base/realtime.h"
#include "engine/graph.h"

/* Which frames of a node's outputs a run computes; count 0: none, skip. */
typedef struct tb_span {
    int64_t from, count;
} tb_span;

/* A state and what it becomes, at the end of a step in which its next value was
   made. */
typedef struct tb_commit {
    const tb_value *state, *next;
    int producer; /* index in the work of the node that makes `next`; -1: it is
                     there in each step */
    void *stage;  /* in the backend's storage, as large as the state: where a
                     next value waits that lies in a state's memory, or in
                     another order than its own; else null */
} tb_commit;

/* What happens to the ring of a value: memory that its frames slide through.
   Frames are counted from where `data` lies. */
typedef enum tb_ring_action {
    TB_RING_SLIDE, /* `count` frames from `from` on move to `at` */
    TB_RING_CLEAR, /* those from `at` on become zeros */
    TB_RING_FEED   /* those from `at` on become the source's from `from` on */
} tb_ring_action;

typedef struct tb_ring_job {
    tb_ring_action action;
    int ring, source; /* value ids */
    int64_t at, from, count;
} tb_ring_job;

/* One step: what happens to rings, in order; then which nodes run; then the
   states whose next values were made are committed. */
typedef struct tb_beat {
    const tb_ring_job *jobs;
    int n_jobs;
    const tb_span *spans; /* by node of the work */
    const int *due;       /* those that have one, rising; null: all nodes of the
                             work, and all states are committed */
    int n_due;
} tb_beat;

/* The steps of a run, one by one: `next` gives false when it is over. A backend
   calls it as it goes along, until then. It sets `first` of the tensors whose
   rings slide, and of those that share their memory; nothing else of them, and
   looks at no value. */
typedef struct tb_beats {
    TB_REALTIME bool (*next)(void *context, tb_beat *beat);
    void *context;
} tb_beats;

#endif
