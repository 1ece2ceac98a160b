/* Help texts and manual pages, from the tables of the commands. */
#ifndef TB_CLI_HELP_H
#define TB_CLI_HELP_H

#include "cli/command.h"

/* Both return the exit code. */
int cli_show_help(const cli_command *command, FILE *to);
int cli_show_commands(FILE *to);

#endif
