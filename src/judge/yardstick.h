/* Where a metric stands between knowing nothing and knowing everything. */
#ifndef TB_JUDGE_YARDSTICK_H
#define TB_JUDGE_YARDSTICK_H

#include "corpus/cache.h"
#include "corpus/holdout.h"
#include "models/learning.h"

/* What two simple guesses would reach; NaN: not known. */
typedef struct tb_yard {
    double zero; /* by what occurs at all; or the last frame repeated */
    double half; /* by what follows what */
} tb_yard;

/* Names for logs and charts of what a metric is held against; null: it is not.
 */
const char *tb_yard_zero_name(const tb_metric *metric);
const char *tb_yard_half_name(const tb_metric *metric);

/* The same for people. */
const char *tb_yard_zero_words(const tb_metric *metric);
const char *tb_yard_half_words(const tb_metric *metric);

/* The yard that the corpus alone decides (TB_YARDSTICK_ENTROPY); others are
   measured in tests, and NaN here. Of long material, `most_frames` frames
   spread over it are enough (0: all). */
tb_status tb_yard_of_corpus(const tb_metric *metric, const tb_cache *cache,
                            const tb_holdout *holdout, int64_t most_frames,
                            tb_yard *yard, tb_error *error);

/* How much has been learned of what there is to learn, 0 to 1; NaN without a
   yardstick. */
double tb_yard_learned(const tb_metric *metric, double value,
                       const tb_yard *yard);

/* Whether `value` is better than `best` (NaN: there was none); never where
   neither is. */
bool tb_metric_is_better(const tb_metric *metric, double value, double best);

#endif
