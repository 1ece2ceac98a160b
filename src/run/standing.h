/* How a run stands, in words. */
#ifndef TB_RUN_STANDING_H
#define TB_RUN_STANDING_H

#include "run/log.h"

#include <stdbool.h>
#include <stddef.h>

/* "has learned 41 %, knows 0.4 bits less than a predictor of order 32": how
   much, how far ahead that is (below 0: behind) in `unit`, and of what. Without
   the second half where `ahead` is NaN. */
void tb_standing_text(double learned, double ahead, const char *unit,
                      const char *than, char *text, size_t size);

/* By the last line of its log that tells: as above, or, where nothing is there
   to hold it against, what its first metric was: "held out surprise: 1.23".
   `*row` becomes that line. False where no line tells anything. */
bool tb_log_standing(const tb_log_table *log, char *text, size_t size,
                     int64_t *row);

#endif
