/* What `timbrel info` finds out about a TorchScript model, besides what the
   file says itself: how its methods run on this machine. */
#ifndef TB_CLI_SCRIPT_FACTS_H
#define TB_CLI_SCRIPT_FACTS_H

#include "torchscript/script_model.h"

/* Of one method; nothing but `error` where it cannot be played. */
typedef struct cli_script_run {
    int64_t block;            /* samples of a measured block */
    double seconds;           /* of processor time that it takes */
    tb_script_memory memory;  /* that it holds */
    tb_latency_source source; /* of the latency */
    double latency;           /* samples besides the block; NaN: unknown */
    bool estimated;           /* from what was heard; `source` is unknown */
    tb_error error;
} cli_script_run;

/* Plays noise for a moment, as one voice. */
void cli_script_measure(tb_script_model *m, const tb_script_method *method,
                        cli_script_run *run);

/* What an attribute takes: "true or false". */
const char *cli_attribute_kind(tb_script_attribute_type type);

/* Notes in the archive: files that exporters put beside the model. `told` gets
   the name of each and what it holds, ended with 0, and the bytes of that. */
typedef void (*cli_told_note)(void *context, const char *name, const char *text,
                              size_t bytes);
void cli_script_notes(tb_script_model *m, cli_told_note told, void *context);

#endif
