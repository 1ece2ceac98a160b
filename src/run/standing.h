/* How a run stands, in words. */
#ifndef TB_RUN_STANDING_H
#define TB_RUN_STANDING_H

#include "run/log.h"

#include <stdbool.h>
#include <stddef.h>

/* By the last line of its log that tells: "has learned 41 % of what there is to
   learn", or, where nothing is there to hold it against, what its first metric
   was: "held out surprise: 1.23". `*row` becomes that line. False where no line
   tells anything. */
bool tb_log_standing(const tb_log_table *log, char *text, size_t size,
                     int64_t *row);

#endif
