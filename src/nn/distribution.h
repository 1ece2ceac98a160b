/* What a network says of the next symbol: a distribution that can be drawn
   from, that tells how well it foresaw a symbol, and that can be mixed with
   others of its kind.

     TB_LEVELS  one of Q levels. A frame may hold several, each of its own:
                symbols i64 [rows, frames] or [rows, frames, n].
                temperature: logits are divided by it; top_k, top_p as
                tb_sample.

     TB_NORMAL  vectors of n real numbers, independent and normal:
                symbols real [rows, n, frames].
                temperature: deviations are multiplied by it; 0: the mean (of
                a mixture: that of the one whose turn it is).
                top_k and top_p have no meaning: there are no levels to leave
                out.

   As all builders these take null for null and leave errors in the graph. */
#ifndef TB_NN_DISTRIBUTION_H
#define TB_NN_DISTRIBUTION_H

#include "engine/graph.h"

typedef enum tb_distribution_kind { TB_LEVELS, TB_NORMAL } tb_distribution_kind;

enum { TB_MIXED_MOST = 8 }; /* distributions in a mixture */

/* One of those that are mixed: logits of LEVELS, or mean and logarithm of the
   deviation of NORMAL. */
typedef struct tb_distribution_component {
    tb_value *logits; /* [rows, frames, Q] or [rows, frames, n, Q] */
    tb_value *mean, *log_deviation; /* [rows, n, frames] */
} tb_distribution_component;

typedef struct tb_distribution {
    tb_distribution_kind kind;
    int count; /* components; LEVELS are mixed at once and have one */
    tb_distribution_component component[TB_MIXED_MOST];
    tb_value *log_weights; /* [rows, count]; null: one component */
} tb_distribution;

tb_distribution tb_levels_distribution(tb_value *logits);
tb_distribution tb_normal_distribution(tb_value *mean, tb_value *log_deviation);

/* What a draw depends on: values [rows] (top_k: i64). */
typedef struct tb_draw {
    tb_value *temperature, *top_k, *top_p;
} tb_draw;

/* Symbols, one draw from each frame. No gradient. */
tb_value *tb_distribution_draw(const tb_distribution *d, const tb_draw *how);

/* -ln p(symbols), real [rows, frames]: of all that a frame holds, in nats (for
   real numbers: of the density). */
tb_value *tb_distribution_nats(const tb_distribution *d, tb_value *symbols);

/* Voting: with probability weights[row][i] the symbol comes from d[i]; weights
   are real [rows, n] and sum to 1. All of one kind and shape, n up to
   TB_MIXED_MOST, none a mixture itself unless of LEVELS. */
tb_distribution tb_distribution_mix(int n, const tb_distribution *d,
                                    tb_value *weights);

#endif
