#include "nn/distribution_kinds.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

/* Probabilities below this are as good as none, and have a logarithm. */
static const double LEAST = 1e-30;

/* By tb_distribution_kind. */
static const tb_distribution_rules *const kinds[] = {
    [TB_LEVELS] = &tb_levels_rules,
    [TB_NORMAL] = &tb_normal_rules,
    [TB_LOGISTICS] = &tb_logistics_rules,
    [TB_FRAMES_OF_NORMALS] = &tb_frames_of_normals_rules,
    [TB_CODES] = &tb_codes_rules,
    [TB_PLAIN] = &tb_plain_rules};

tb_value *tb_log_probability(tb_value *x)
{
    return tb_map(tb_map(x, TB_AFFINE, 1, LEAST), TB_LOG, 0, 0);
}

tb_value *tb_log_sum(tb_value *x, int axis)
{
    unsigned axes = TB_AXIS(axis);
    tb_value *most = tb_detach(tb_reduce(x, TB_REDUCE_MAX, axes, true));
    tb_value *sum = tb_sum(tb_map(tb_sub(x, most), TB_EXP, 0, 0), axes, true);
    return tb_add(most, tb_map(sum, TB_LOG, 0, 0));
}

bool tb_distribution_ranks(tb_distribution_kind kind)
{
    return kinds[kind]->ranks;
}

bool tb_distribution_scales(tb_distribution_kind kind)
{
    return kinds[kind]->scales;
}

tb_value *tb_distribution_draw(const tb_distribution *d, const tb_draw *how)
{
    return kinds[d->kind]->draw(d, how);
}

tb_value *tb_distribution_nats(const tb_distribution *d, tb_value *symbols)
{
    const tb_distribution_rules *rules = kinds[d->kind];
    if (rules->nats)
        return rules->nats(d, symbols);
    return symbols ? tb_graph_fail(symbols->graph,
                                   "What is said without chance has no "
                                   "likelihood.")
                   : NULL;
}

tb_value *tb_distribution_loss(const tb_distribution *d, tb_value *symbols)
{
    const tb_distribution_rules *rules = kinds[d->kind];
    if (rules->loss)
        return rules->loss(d, symbols);
    return tb_reshape(
        tb_mean(tb_distribution_nats(d, symbols), TB_ALL_AXES, false),
        tb_dims(1));
}

tb_distribution tb_distribution_mix(int n, const tb_distribution *d,
                                    tb_value *weights)
{
    for (int i = 0; i < n; i++)
        if (weights && (n > TB_MIXED_MOST || d[i].kind != d[0].kind ||
                        d[i].count != 1 || d[i].levels != d[0].levels ||
                        d[i].group != d[0].group || d[i].codes != d[0].codes)) {
            tb_graph_fail(weights->graph,
                          "Only up to %d distributions of one "
                          "kind can be mixed.",
                          TB_MIXED_MOST);
            return d[0];
        }
    return kinds[d[0].kind]->mix(n, d, weights);
}
