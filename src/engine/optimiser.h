/* Optimisers over ranges of one block of weights and of one of gradients in the
   same order: Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) and
   gradient descent with momentum, as PyTorch defines them; gradients clipped by
   their norm; a running average of the weights. Several optimisers share a
   block. The same bits for any number of threads. */
#ifndef TB_ENGINE_OPTIMISER_H
#define TB_ENGINE_OPTIMISER_H

#include "base/pool.h"
#include "base/status.h"
#include "engine/storage.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum tb_optimiser_kind {
    TB_OPTIMISER_ADAM,
    TB_OPTIMISER_ADAMW,
    TB_OPTIMISER_SGD
} tb_optimiser_kind;

/* Names in the order of the values, ending with null, for settings. */
extern const char *const tb_optimiser_names[];

typedef struct tb_optimiser_settings {
    tb_optimiser_kind kind;
    double beta1, beta2, epsilon; /* Adam, AdamW */
    double momentum;              /* SGD; 0: none */
    double decay;   /* of weights: AdamW's apart from the gradient, the others'
                       as a part of it */
    double clip;    /* the most that the gradients' norm may be; 0: any */
    double average; /* how much of the averaged weights stays at each step,
                       at most: step n keeps (1 + n) / (10 + n) until then;
                       0: none are kept */
} tb_optimiser_settings;

typedef struct tb_optimiser tb_optimiser;

/* Weights `from` ... from + count - 1 of a block. */
typedef struct tb_weight_range {
    int64_t from, count;
} tb_weight_range;

/* Numbers in a storage's memory that decide there whether a step is made: none
   is if one of them is not finite. */
typedef struct tb_step_guard {
    const float *losses;
    int loss_count;
    const double *norms;
    int norm_count;
} tb_step_guard;

/* For the weights of `count` ranges, which do not overlap; all that it has, and
   all blocks that it is given, lie in `storage`, which does the work. The
   average, if any, starts as `weights`. */
tb_optimiser *tb_optimiser_new(const tb_optimiser_settings *settings,
                               const tb_weight_range *ranges, int count,
                               const tb_storage *storage, const float *weights,
                               tb_error *error);
void tb_optimiser_free(tb_optimiser *optimiser); /* accepts null */

/* Finds the norm of the gradients of the ranges that are active (null: all)
   and leaves it at `norm`, in the storage: what the next step is clipped by.
   `pool` may be null. */
void tb_optimiser_norm(tb_optimiser *optimiser, float *gradients,
                       const bool *active, double *norm, tb_pool *pool);

/* One step with a learning rate, over the ranges that are active: those that
   have no gradient at this step stay as they are, with their moments. `norm` is
   that of tb_optimiser_norm. The gradients are used up. Nothing changes but the
   number of steps if the guard (null: there is none) does not let it: then
   tb_optimiser_set_steps takes that back, too. */
void tb_optimiser_step(tb_optimiser *optimiser, float *weights,
                       float *gradients, const bool *active, double *norm,
                       double rate, const tb_step_guard *guard, tb_pool *pool);

/* The average begins again, as `weights`, over the ranges that are active
   (null: all). */
void tb_optimiser_start_average(tb_optimiser *optimiser, const float *weights,
                                const bool *active);

/* Weights and their average change places: for tests and checkpoints, and back.
   Nothing where there is no average. */
bool tb_optimiser_has_average(const tb_optimiser *optimiser);
void tb_optimiser_swap_average(tb_optimiser *optimiser, float *weights);

/* In all ranges: the size of each of its blocks. */
int64_t tb_optimiser_weights(const tb_optimiser *optimiser);

/* All that there is to save: the number of steps and up to three blocks
   [tb_optimiser_weights] in the storage, each by its name in files. Write to
   them to go on from what was saved. */
typedef struct tb_optimiser_block {
    const char *name;
    float *data;
} tb_optimiser_block;

enum { TB_OPTIMISER_BLOCKS = 3 };
int tb_optimiser_blocks(tb_optimiser *optimiser,
                        tb_optimiser_block blocks[TB_OPTIMISER_BLOCKS]);
int64_t tb_optimiser_steps(const tb_optimiser *optimiser);
void tb_optimiser_set_steps(tb_optimiser *optimiser, int64_t steps);

#endif
