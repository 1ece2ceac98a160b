/* What is turned while a network plays: controls, balance and labels as they
   are typed. */
#ifndef TB_CLI_CONTROLS_H
#define TB_CLI_CONTROLS_H

#include "cli/args.h"
#include "cli/voices.h"
#include "models/method.h"

typedef struct cli_controls {
    tb_model *model;
    int voters; /* checkpoints that vote */
    int count;
    cli_turned at[TB_MOST_CONTROLS];
    const char *text[TB_MOST_CONTROLS]; /* as typed; null: by several at once */
} cli_controls;

/* Reads all that is given of them. */
tb_status cli_read_controls(const cli_args *args, tb_model *model, int voters,
                            cli_controls *controls, tb_error *error);

#endif
