/* Where a metric stands between knowing nothing and what can be known from the
   past by whoever remembers spectra, not music. */
#ifndef TB_JUDGE_YARDSTICK_H
#define TB_JUDGE_YARDSTICK_H

#include "corpus/cache.h"
#include "corpus/holdout.h"
#include "models/learning.h"

/* What a metric is held against. */
typedef enum tb_yard_level {
    TB_YARD_ZERO,     /* what occurs at all; or the last frame repeated */
    TB_YARD_PAIRS,    /* what follows what (judge/entropy.h) */
    TB_YARD_FORESEEN, /* linear prediction that adapts (judge/foresight.h) */
    TB_YARD_COARSE,   /* the same, summed into 256 mu-law levels */
    TB_YARD_LEVELS
} tb_yard_level;

/* What simple guesses reach; NaN: not known, or none of this metric's. */
typedef struct tb_yard {
    double level[TB_YARD_LEVELS];
} tb_yard;

/* A yard of which nothing is known. */
tb_yard tb_yard_unknown(void);

/* The name of a level in logs ("predictor"), and for people ("a predictor of
   order 32"); null: the metric is not held against it. */
const char *tb_yard_name(const tb_metric *metric, tb_yard_level level);
const char *tb_yard_words(const tb_metric *metric, tb_yard_level level);

/* The yard that the corpus alone decides (TB_YARDSTICK_ENTROPY), on what is
   held out if anything is; others are measured in tests, and unknown here. Of
   long material, `most_frames` frames spread over it are enough (0: all). */
tb_status tb_yard_of_corpus(const tb_metric *metric, const tb_cache *cache,
                            const tb_holdout *holdout, int64_t most_frames,
                            tb_yard *yard, tb_error *error);

/* How much has been learned. Of entropies: 0 stands where order 0 does, 1 where
   the adaptive predictor does, and more is ahead of it; where that foresees
   hardly more than order 0, 1 lies a quarter of a bit from there. Of others: of
   what there is to learn, 0 to 1. Never below 0; NaN without a yardstick. */
double tb_yard_learned(const tb_metric *metric, double value,
                       const tb_yard *yard);

/* How far `value` is ahead of the level that is told to people (the predictor,
   the last frame repeated): below 0 behind it; NaN without one. The words for
   that level go to `*than`, null without one. */
double tb_yard_ahead(const tb_metric *metric, double value, const tb_yard *yard,
                     const char **than);

/* Whether `value` is better than `best` (NaN: there was none); never where
   neither is. */
bool tb_metric_is_better(const tb_metric *metric, double value, double best);

#endif
