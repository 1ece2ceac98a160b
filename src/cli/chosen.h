/* The model that a command line names: a run, a checkpoint, an average, a blend
   of two or a vote of several. */
#ifndef TB_CLI_CHOSEN_H
#define TB_CLI_CHOSEN_H

#include "cli/args.h"

#include <timbrel/model.h>

typedef struct cli_chosen {
    tb_model *model;
    int voters;      /* 1: it is no vote */
    bool hears;      /* prompts */
    char *run;       /* folder of the first's run; null: it lies in none */
    char text[4200]; /* as it is said: its file, or what was named */
    char stem[300];  /* of files made with it: "bells_e12" */
} cli_chosen;

/* Of the words and of --epoch and --blend. The caller clears `chosen`, also
   after a failure. */
tb_status cli_choose(const cli_args *args, cli_chosen *chosen, tb_error *error);
void cli_chosen_clear(cli_chosen *chosen);

#endif
