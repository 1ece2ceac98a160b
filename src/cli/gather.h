/* `timbrel train` with an instrument that plays its recordings as they are. */
#ifndef TB_CLI_GATHER_H
#define TB_CLI_GATHER_H

#include "train/job.h"

/* Makes the run, or says what would be in it; returns the exit code. */
int cli_gather(tb_job *job, bool dry_run, bool json);

#endif
