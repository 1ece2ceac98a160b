/* What each kind of distribution does, for distribution.c alone: one file and
   one row of its table for a kind. */
#ifndef TB_NN_DISTRIBUTION_KINDS_H
#define TB_NN_DISTRIBUTION_KINDS_H

#include "nn/distribution.h"

typedef struct tb_distribution_rules {
    bool ranks, scales; /* top_k and top_p, scale_temperature mean something */

    /* As tb_distribution_draw, tb_distribution_nats and tb_distribution_loss;
       null: it has no likelihood; its loss is that of its nats. */
    tb_value *(*draw)(const tb_distribution *d, const tb_draw *how);
    tb_value *(*nats)(const tb_distribution *d, tb_value *symbols);
    tb_value *(*loss)(const tb_distribution *d, tb_value *symbols);

    /* As tb_distribution_mix, of what that has found to fit together. */
    tb_distribution (*mix)(int n, const tb_distribution *d, tb_value *weights);
} tb_distribution_rules;

extern const tb_distribution_rules tb_levels_rules, tb_normal_rules,
    tb_logistics_rules, tb_frames_of_normals_rules, tb_codes_rules,
    tb_plain_rules;

/* ln x of a probability, which may be 0: as good as none, but a number. */
tb_value *tb_log_probability(tb_value *x);

/* ln sum exp(x) along an axis, which stays, from the largest for its range. */
tb_value *tb_log_sum(tb_value *x, int axis);

#endif
