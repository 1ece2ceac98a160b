/* What discriminators say of a sound, and what both sides learn from it
   (Goodfellow et al. 2014; Kumar et al. 2019 for the features). Builders take
   null for null and leave errors in the graph. */
#ifndef TB_NN_CRITIQUE_H
#define TB_NN_CRITIQUE_H

#include "engine/graph.h"

enum { TB_MOST_JUDGES = 16, TB_MOST_FEATURES = 32 };

/* The layers of one network; the last one is its score, the larger the more
   real. */
typedef struct tb_critic {
    int features;
    tb_value *feature[TB_MOST_FEATURES];
} tb_critic;

typedef struct tb_critique {
    int judges;
    tb_critic judge[TB_MOST_JUDGES];
} tb_critique;

/* Null if there are too many already. */
tb_critic *tb_critique_add(tb_critique *j);
void tb_judge_feature(tb_critic *j, tb_value *x);

/* With R and F the scores of what is real and what was made, and means over all
   scores of a judge, summed over judges:

                     discriminator                   generator
     hinge           (1 - R)+ + (1 + F)+             -F
     least squares   (R - 1)^2 + F^2                 (F - 1)^2
     non-saturating  -ln s(R) - ln(1 - s(F))         -ln s(F)

   (Lim and Ye 2017; Mao et al. 2017; Goodfellow et al. 2014), where s is the
   sigmoid, kept 1e-7 from 0 and 1. */
typedef enum tb_adversary {
    TB_ADVERSARY_HINGE,
    TB_ADVERSARY_LEAST_SQUARES,
    TB_ADVERSARY_NON_SATURATING
} tb_adversary;

/* [1]: what discriminators learn by, from both critiques of one batch. */
tb_value *tb_discrimination(tb_adversary kind, const tb_critique *real,
                            const tb_critique *made);

/* [1]: what the generator learns by beside features. */
tb_value *tb_deception(tb_adversary kind, const tb_critique *made);

/* [1]: how far the features of what was made lie from those of what is real: |R
   - F| on average, `relative` to |R| on average; the mean over layers, but for
   the first `skip` of each judge, and then over judges. What is relative is so
   to the micro-batch, and does not add up over several to what the whole batch
   would give. */
tb_value *tb_feature_matching(const tb_critique *real, const tb_critique *made,
                              int skip, bool relative);

#endif
