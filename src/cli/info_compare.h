/* What timbrel info says of a run's checkpoints, side by side. */
#ifndef TB_CLI_INFO_COMPARE_H
#define TB_CLI_INFO_COMPARE_H

#include "base/status.h"

#include <stdbool.h>

/* A line for each epoch that something is known of: the first metric, what was
   learned, score, quoting and variety of its examples and what they became;
   then which are the most varied, and why; then how to have judged what is not.
   As lines of JSON, a line for every checkpoint. */
tb_status cli_compare_checkpoints(const char *folder, bool json,
                                  tb_error *error);

#endif
