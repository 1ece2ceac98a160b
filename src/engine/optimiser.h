/* Optimisers over one block of weights and one of gradients in the same order:
   Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) and gradient
   descent with momentum, as PyTorch defines them; gradients clipped by their
   norm; a running average of the weights. The same bits for any number of
   threads. */
#ifndef TB_ENGINE_OPTIMISER_H
#define TB_ENGINE_OPTIMISER_H

#include "base/pool.h"
#include "base/status.h"

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

/* For n weights. The average, if any, starts as `weights`. */
tb_optimiser *tb_optimiser_new(const tb_optimiser_settings *settings, int64_t n,
                               const float *weights, tb_error *error);
void tb_optimiser_free(tb_optimiser *optimiser); /* accepts null */

/* One step with a learning rate. The gradients are used up. Returns their norm
   before clipping; when that is not finite nothing else has changed. `pool`
   may be null. */
double tb_optimiser_step(tb_optimiser *optimiser, float *weights,
                         float *gradients, double rate, tb_pool *pool);

/* The averaged weights [n], or null. */
const float *tb_optimiser_average(const tb_optimiser *optimiser);

/* All that there is to save: the number of steps and up to three blocks [n],
   each by its name in files. Write to them to go on from what was saved. */
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
