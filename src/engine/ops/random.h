/* Ops that draw random numbers. Each number is a function of the run's seed,
   the node, the absolute frame, the row (index along axis 0, unless that is
   time: then 0) and the channel (number of the element within the frame's
   row, in logical order), so that blocks and threads do not change it. */
#ifndef TB_ENGINE_OPS_RANDOM_H
#define TB_ENGINE_OPS_RANDOM_H

#include "engine/op.h"

/* In training each element is 0 with probability p and else x / (1 - p);
   otherwise x itself (Srivastava et al. 2014). The gradient meets the same
   zeros. */
tb_value *tb_dropout(tb_value *x, double p);

typedef enum tb_noise_kind {
    TB_UNIFORM_NOISE, /* in [0, 1) */
    TB_NORMAL_NOISE   /* mean 0, deviation 1 */
} tb_noise_kind;

/* Noise. With a TB_FRAMES dimension it has as many frames as `frames`, whose
   numbers are not read; without, `frames` may be any value of the graph. */
tb_value *tb_noise(tb_value *frames, tb_noise_kind kind, tb_shape shape);

/* Draws an index from each row of logits: logits [..., Q] -> i64 [...].
   The controls hold for a whole signal or a row: each of them has one element
   per element of axis 0 ([rows]), no axes (one for all), or the result's shape
   with axes of 1 where it repeats.
     temperature  logits are divided by it; 0 or less: the largest wins
     top_k        only the k most likely (the lower index first among equals)
                  are drawn from; 0 or less: all (real or i64)
     top_p        of those, the smallest set whose probabilities reach p
                  (Holtzman et al. 2020); 0 or less, or 1: all
   One uniform number per draw goes through the inverse of the cumulated
   probabilities in order of the index; an index of probability 0 never comes
   out. No gradient. The uniform numbers depend on how many draws the graph had
   before, and on nothing else of it: a network hears the same luck alone and
   among others. */
tb_value *tb_sample(tb_value *logits, tb_value *temperature, tb_value *top_k,
                    tb_value *top_p);

typedef struct tb_dropout_attr {
    double p;
    int node; /* whose zeros they are */
} tb_dropout_attr;

typedef struct tb_noise_attr {
    tb_noise_kind kind;
} tb_noise_attr;

typedef struct tb_sample_attr {
    uint32_t chance; /* takes the place of a node in random numbers */
} tb_sample_attr;

extern const tb_op tb_op_dropout; /* its own adjoint */
extern const tb_op tb_op_noise;
extern const tb_op tb_op_sample;

#endif
