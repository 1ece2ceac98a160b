#include "models/rave_losses.h"

#include "engine/ops/elementwise.h"
#include "models/rave_targets.h"
#include "nn/discriminators.h"

/* ---- discriminators ---- */

static int64_t capacity_of(const tb_rave *c)
{
    return c->discriminator_capacity ? c->discriminator_capacity : c->capacity;
}

static void scales(const tb_rave *c, tb_critique *j, tb_value *x,
                   const char *name)
{
    const tb_convnet net = {capacity_of(c), 4, 15, 4};
    tb_judge_scales(j, x, name, &net, c->discriminator_scales);
}

static void periods(const tb_rave *c, tb_critique *j, tb_value *x,
                    const char *name)
{
    const tb_convnet net = {capacity_of(c), 4, 5, 4};
    const tb_int_list *p = &c->discriminator_periods;
    tb_judge_periods(j, x, name, &net, p->count, p->at);
}

/* Sizes of spectra: 4096 to 256, or for descript 2048 to 512, if none are set.
 */
static int spectra_of(const tb_rave *c, int64_t size[TB_LIST_MAX])
{
    const tb_int_list *set = &c->discriminator_spectra;
    bool descript = c->discriminators == TB_RAVE_DESCRIPT;
    if (set->at[0] == 0) {
        int count = descript ? 3 : 5;
        for (int i = 0; i < count; i++)
            size[i] = (descript ? 2048 : 4096) >> i;
        return count;
    }
    for (int i = 0; i < set->count; i++)
        size[i] = set->at[i];
    return set->count;
}

int64_t tb_rave_longest_spectrum(const tb_rave *c)
{
    int64_t size[TB_LIST_MAX], longest = 0;
    bool any = c->discriminators == TB_RAVE_SPECTRAL ||
               c->discriminators == TB_RAVE_DESCRIPT;
    int count = any ? spectra_of(c, size) : 0;
    for (int i = 0; i < count; i++)
        longest = size[i] > longest ? size[i] : longest;
    return longest;
}

static void descript(const tb_rave *c, tb_critique *j, tb_value *x,
                     int64_t frames)
{
    int64_t size[TB_LIST_MAX];
    const tb_int_list *p = &c->discriminator_periods;
    const tb_descript how = {.capacity = c->spectral_capacity,
                             .frames = frames,
                             .periods = p->count,
                             .sizes = spectra_of(c, size),
                             .period = p->at,
                             .size = size};
    tb_judge_descript(j, x, "discriminator", &how);
}

tb_critique tb_rave_judge(const tb_rave *c, tb_value *x, int64_t frames)
{
    int64_t size[TB_LIST_MAX];
    tb_critique j = {0};
    switch ((tb_rave_discriminators)c->discriminators) {
    case TB_RAVE_SCALES:
        scales(c, &j, x, "discriminator");
        break;
    case TB_RAVE_PERIODS:
        periods(c, &j, x, "discriminator.discriminators.0");
        scales(c, &j, x, "discriminator.discriminators.1");
        break;
    case TB_RAVE_SPECTRAL:
        scales(c, &j, x, "discriminator.discriminators.0");
        tb_judge_spectra(&j, x, "discriminator.discriminators.1",
                         c->spectral_capacity, spectra_of(c, size), size);
        break;
    case TB_RAVE_DESCRIPT:
        descript(c, &j, x, frames);
    }
    return j;
}

/* ---- both together ---- */

/* RAVE 2.3 counts a weight when a loss is named, and once more in their sum. */
static tb_value *weighed(const tb_rave *c, tb_value *loss, double weight)
{
    return tb_scale(loss, c->compat == TB_RAVE_2_3 ? weight * weight : weight);
}

tb_rave_deception tb_rave_deceive(const tb_rave *c, const tb_rave_signals *s,
                                  const tb_critique *real,
                                  const tb_critique *made)
{
    tb_rave_deception d = {.distance = tb_rave_distance(c, s)};
    d.matching = tb_feature_matching(real, made, c->skipped_features,
                                     c->relative_features);
    d.deception = tb_deception((tb_adversary)c->adversary, made);
    d.loss = tb_add(tb_add(d.distance, weighed(c, d.deception, c->adversarial)),
                    weighed(c, d.matching, c->feature_matching));
    return d;
}
