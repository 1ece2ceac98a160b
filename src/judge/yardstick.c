#include "judge/yardstick.h"

#include "judge/entropy.h"

#include <math.h>

const char *tb_yard_zero_name(const tb_metric *m)
{
    switch (m->yardstick) {
    case TB_YARDSTICK_NONE:
        return NULL;
    case TB_YARDSTICK_ENTROPY:
        return "order0";
    default:
        return "yard";
    }
}

const char *tb_yard_half_name(const tb_metric *m)
{
    return m->yardstick == TB_YARDSTICK_ENTROPY ? "bigram" : NULL;
}

const char *tb_yard_zero_words(const tb_metric *m)
{
    return m->yardstick == TB_YARDSTICK_ENTROPY ? "without memory"
                                                : m->yard_name;
}

const char *tb_yard_half_words(const tb_metric *m)
{
    return tb_yard_half_name(m) ? "1 sample of memory" : NULL;
}

tb_status tb_yard_of_corpus(const tb_metric *m, const tb_cache *cache,
                            const tb_holdout *holdout, int64_t most_frames,
                            tb_yard *yard, tb_error *error)
{
    tb_mulaw law;
    tb_entropy_bits bits;
    *yard = (tb_yard){NAN, NAN};
    if (m->yardstick != TB_YARDSTICK_ENTROPY)
        return TB_OK;
    tb_status status = tb_mulaw_init(&law, m->levels, m->mulaw, error);
    if (!status)
        status = tb_entropy_of_corpus(cache, holdout, &law, most_frames, &bits,
                                      error);
    if (!status)
        *yard = (tb_yard){bits.order0, bits.bigram};
    return status;
}

double tb_yard_learned(const tb_metric *m, double value, const tb_yard *yard)
{
    double learned = NAN;
    if (m->yardstick == TB_YARDSTICK_ENTROPY)
        return tb_learned(value, yard->zero, yard->half);
    if (m->yardstick == TB_YARDSTICK_RATIO)
        learned = 1 - value / yard->zero;
    if (m->yardstick == TB_YARDSTICK_DIFFERENCE)
        learned = 1 - exp(value - yard->zero);
    return learned >= 0 ? learned : isnan(learned) ? learned : 0;
}

bool tb_metric_is_better(const tb_metric *m, double value, double best)
{
    if (!isfinite(value) || m->better == TB_NEITHER_IS_BETTER)
        return false;
    if (!isfinite(best))
        return true;
    return m->better == TB_HIGHER_IS_BETTER ? value > best : value < best;
}
