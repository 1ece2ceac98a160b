/* What training does with blocks of numbers beside running plans: where they
   lie, by who owns that memory. All addresses are of one storage
   (engine/storage.h); lists and settings are the host's. Calls are done in the
   order in which they come, with the same bits for any number of threads. */
#ifndef TB_ENGINE_ARITHMETIC_H
#define TB_ENGINE_ARITHMETIC_H

#include "base/pool.h"
#include "engine/optimiser.h"

/* A range of weights is looked at piece by piece: as much as one thread does at
   once. Sums are taken piece by piece, so its size decides on their bits. */
enum { TB_WEIGHT_PIECE = 1 << 15 };

typedef struct tb_weight_piece {
    int range;
    int64_t at, n; /* in the block of weights */
    int64_t own;   /* where it lies in the optimiser's own blocks */
} tb_weight_piece;

/* What changes with the step, in the storage: the learning rate, Adam's
   1 - beta^step, and how much of the average stays. */
typedef struct tb_step_numbers {
    float rate, correct1, correct2, keep;
} tb_step_numbers;

typedef struct tb_weight_update {
    const tb_optimiser_settings *settings;
    const tb_weight_piece *pieces;
    int count;
    const bool *active; /* by range; null: all are */

    /* In the storage. */
    float *weights, *gradients;
    float *first, *second, *average; /* null: it has none */
    const tb_step_numbers *numbers;
    double *sums; /* by piece */
    double *norm; /* of the gradients of the ranges that are active */
    tb_step_guard guard;
} tb_weight_update;

typedef struct tb_arithmetic {
    /* Finds the norm; `pool` may be null. */
    void (*norm)(const tb_weight_update *update, tb_pool *pool);

    /* One step, clipped by the norm; none if the guard has something that is
       not finite. Uses up the gradients. */
    void (*update)(const tb_weight_update *update, tb_pool *pool);

    /* sum += x / divisor */
    void (*add)(float *sum, const float *x, int64_t n, float divisor);

    /* They change places. */
    void (*swap)(float *a, float *b, int64_t n);
} tb_arithmetic;

#endif
