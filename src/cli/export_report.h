/* What timbrel export has written. */
#ifndef TB_CLI_EXPORT_REPORT_H
#define TB_CLI_EXPORT_REPORT_H

#include "export/export.h"
#include "export/onnx_file.h"

/* In sentences, or one line for programs. */
void cli_say_export(const tb_export_report *report, const char *file,
                    bool json);
void cli_say_onnx(const tb_onnx_report *report, const char *file, bool json);
void cli_say_weights(const tb_checkpoint *checkpoint, const char *file,
                     bool json);

#endif
