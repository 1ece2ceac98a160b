#include "judge/yardstick.h"

#include "judge/entropy.h"
#include "judge/foresight.h"

#include <math.h>

/* Before a held-out stretch the predictor hears so much of its recording. */
#define PAST_SECONDS 10.0

/* Noise can be foreseen no better than by order 0. */
#define LEAST_SPAN 0.25

tb_yard tb_yard_unknown(void)
{
    tb_yard yard;
    for (int i = 0; i < TB_YARD_LEVELS; i++)
        yard.level[i] = NAN;
    return yard;
}

static bool is_held_against(const tb_metric *m, tb_yard_level level)
{
    if (m->yardstick != TB_YARDSTICK_ENTROPY)
        return m->yardstick != TB_YARDSTICK_NONE && level == TB_YARD_ZERO;
    switch (level) {
    case TB_YARD_PAIRS:
        return m->levels <= TB_ENTROPY_MOST_LEVELS;
    case TB_YARD_COARSE:
        return m->levels > 256;
    default:
        return true;
    }
}

const char *tb_yard_name(const tb_metric *m, tb_yard_level level)
{
    static const char *const names[] = {"order0", "bigram", "predictor",
                                        "predictor_256"};
    if (!is_held_against(m, level))
        return NULL;
    return m->yardstick == TB_YARDSTICK_ENTROPY ? names[level] : "yard";
}

const char *tb_yard_words(const tb_metric *m, tb_yard_level level)
{
    static const char *const words[] = {"without memory", "1 sample of memory",
                                        "a predictor of order 32",
                                        "the same, of 256 levels"};
    if (!is_held_against(m, level))
        return NULL;
    return m->yardstick == TB_YARDSTICK_ENTROPY ? words[level] : m->yard_name;
}

static tb_status foresee(const tb_metric *m, const tb_mulaw *law,
                         const tb_cache *cache, const tb_holdout *holdout,
                         int64_t most_frames, tb_yard *yard, tb_error *error)
{
    tb_foresight_bits bits;
    tb_status status = tb_foresight_of_corpus(
        cache, holdout, law, NULL, PAST_SECONDS, most_frames, &bits, error);
    if (status || bits.samples == 0)
        return status;
    yard->level[TB_YARD_FORESEEN] = bits.bits;
    if (is_held_against(m, TB_YARD_COARSE))
        yard->level[TB_YARD_COARSE] = bits.coarse;
    return TB_OK;
}

tb_status tb_yard_of_corpus(const tb_metric *m, const tb_cache *cache,
                            const tb_holdout *holdout, int64_t most_frames,
                            tb_yard *yard, tb_error *error)
{
    tb_mulaw law;
    tb_entropy_bits bits;
    *yard = tb_yard_unknown();
    if (m->yardstick != TB_YARDSTICK_ENTROPY)
        return TB_OK;
    tb_status status = tb_mulaw_init(&law, m->levels, m->mulaw, error);
    if (!status)
        status = tb_entropy_of_corpus(cache, holdout, &law, most_frames, &bits,
                                      error);
    if (status)
        return status;
    yard->level[TB_YARD_ZERO] = bits.order0;
    yard->level[TB_YARD_PAIRS] = bits.bigram;
    return foresee(m, &law, cache, holdout, most_frames, yard, error);
}

double tb_yard_learned(const tb_metric *m, double value, const tb_yard *yard)
{
    double zero = yard->level[TB_YARD_ZERO], learned = NAN;
    if (m->yardstick == TB_YARDSTICK_ENTROPY)
        learned = (zero - value) /
                  fmax(zero - yard->level[TB_YARD_FORESEEN], LEAST_SPAN);
    if (m->yardstick == TB_YARDSTICK_RATIO)
        learned = 1 - value / zero;
    if (m->yardstick == TB_YARDSTICK_DIFFERENCE)
        learned = 1 - exp(value - zero);
    return learned >= 0 ? learned : isnan(learned) ? learned : 0;
}

double tb_yard_ahead(const tb_metric *m, double value, const tb_yard *yard,
                     const char **than)
{
    tb_yard_level level =
        m->yardstick == TB_YARDSTICK_ENTROPY ? TB_YARD_FORESEEN : TB_YARD_ZERO;
    *than = m->yardstick == TB_YARDSTICK_RATIO ? NULL : tb_yard_words(m, level);
    return *than ? yard->level[level] - value : NAN;
}

bool tb_metric_is_better(const tb_metric *m, double value, double best)
{
    if (!isfinite(value) || m->better == TB_NEITHER_IS_BETTER)
        return false;
    if (!isfinite(best))
        return true;
    return m->better == TB_HIGHER_IS_BETTER ? value > best : value < best;
}
