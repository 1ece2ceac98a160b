/* A backend owns the memory of values and compiles and runs whole pieces of
   work; only it knows kernels. */
#ifndef TB_ENGINE_BACKEND_H
#define TB_ENGINE_BACKEND_H

#include "base/pool.h"
#include "engine/beat.h"
#include "engine/storage.h"

/* Frames before and after a tensor's own that somebody reads as zeros. */
typedef struct tb_halo {
    int64_t left, right;
} tb_halo;

/* Operands in the form a kernel wants (packed, 16-bit), by node id; shared by
   the streams of one plan and filled by whoever compiles first. What they hold
   lies in a store that several plans may share (engine/prepared.h). */
typedef struct tb_prepared {
    int n;
    void **memory;
    size_t *bytes;
    struct tb_prepared_store *store; /* null: the memory is its own */
} tb_prepared;

/* What there is to run. All arrays must outlive the program. */
typedef struct tb_compile_input {
    int n_nodes;
    tb_node *const *nodes; /* in order */
    tb_tensor *tensors;    /* by value id; the plan moves data and first */
    const bool *used;      /* by value id: somebody reads it */
    const tb_halo
        *clear; /* by value id: zeroed before the node runs, or null */
    const tb_span *largest; /* by node: the largest span of any run */
    const tb_commit *commits;
    int n_commits;
    tb_prepared *prepared; /* may be null: then the program has its own */
    const bool *fixed;     /* by value id: does not change between runs */
    const bool *stays;     /* by value id: and is there as long as the store of
                              `prepared` */
    bool *plain;       /* by value id: set where runs read the value itself, not
                          a prepared form of it; or null */
    bool half_weights; /* prepare fixed operands in 16 bits */
    bool training;
    int threads;
} tb_compile_input;

/* A run: any number of steps. */
typedef struct tb_pass {
    tb_beats beats;
    uint64_t seed;
    uint32_t first_row; /* number of row 0 in random numbers */
    tb_pool *pool;      /* null: on the caller's thread */
    double *seconds;    /* by node of the work: time is added to it; or null */
} tb_pass;

typedef struct tb_backend {
    const char *name;
    size_t real_size; /* of TB_REAL elements */
    void *(*compile)(const tb_compile_input *work, tb_error *error);
    void (*run)(void *program, const tb_pass *run);

    /* The same on the caller's thread, whatever the pool. */
    TB_REALTIME void (*run_alone)(void *program, const tb_pass *run);

    /* Runs with a look at every result: null, or the first node whose output
       is not finite. The run ends there, and that step commits no state. */
    const tb_node *(*run_checked)(void *program, const tb_pass *run);

    /* Outside of a run, what happens to a ring within one. */
    TB_REALTIME void (*ring)(void *program, const tb_ring_job *job);

    /* Makes prepared operands again after fixed values changed, with the next
       run: those of the values that `changed` tells, by value id. */
    void (*refresh)(void *program, const bool *changed);
    void (*free)(void *program);

    /* Of what a program holds beside values: its own prepared operands, and
       scratch. */
    size_t (*bytes)(const void *program);

    const tb_storage *storage; /* of all values of its programs */

    /* Whether there is a kernel for a node, whatever the layout. */
    bool (*supports)(const tb_node *node);
} tb_backend;

/* The CPU with the kernels that suit it (the environment's TIMBREL_BACKEND,
   naive|portable|avx2|avx512, forces a set), the naive float kernels, and those
   in double precision. With TIMBREL_BACKEND=far all of them keep their values
   where nobody else can look at them (engine/far/far.h). */
const tb_backend *tb_backend_cpu(void);
const tb_backend *tb_backend_naive(void);
const tb_backend *tb_backend_naive64(void);

/* Whether TIMBREL_BACKEND, if it is set, names kernels that this processor can
   run; tb_backend_cpu passes over it otherwise. */
tb_status tb_backend_check(tb_error *error);

#endif
