/* What `timbrel info` says of a TorchScript model. */
#ifndef TB_CLI_INFO_SCRIPT_H
#define TB_CLI_INFO_SCRIPT_H

#include <stdbool.h>

/* Returns the exit code. */
int cli_info_script(const char *path, bool json);

#endif
