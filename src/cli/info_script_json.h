/* What `timbrel info --json MODEL.ts` prints. */
#ifndef TB_CLI_INFO_SCRIPT_JSON_H
#define TB_CLI_INFO_SCRIPT_JSON_H

#include "torchscript/script_model.h"

/* One line. */
void cli_info_script_json(tb_script_model *m, const char *path);

#endif
