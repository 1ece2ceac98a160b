/* Commands of the program, one file each, and the table that their options,
   help and manual pages are made from. */
#ifndef TB_CLI_COMMAND_H
#define TB_CLI_COMMAND_H

#include "base/settings.h"

#include <stdio.h>

/* Exit codes. */
enum {
    CLI_OK = 0,
    CLI_FAILED = 1,   /* the work could not be done */
    CLI_USAGE = 2,    /* the command line makes no sense */
    CLI_STOPPED = 130 /* by Ctrl-C */
};

typedef struct cli_option {
    const char *name;    /* "epochs": --epochs; one letter: -o */
    const char *value;   /* "N"; null: a switch */
    const char *setting; /* the setting it stands for, or null */
    const char *help;    /* null: the setting's own */
} cli_option;

typedef struct cli_args cli_args;

typedef struct cli_command {
    const char *name;
    const char *about;         /* one line */
    const char *const *usage;  /* lines without "timbrel ", ends with null */
    const char *const *text;   /* paragraphs of the help, ends with null */
    const cli_option *options; /* ends with a null name */
    /* Writes the settings that the command takes (may be null). */
    void (*settings)(FILE *to);
    int (*run)(const cli_args *args);
} cli_command;

extern const cli_command cli_train, cli_generate, cli_transfer, cli_encode,
    cli_decode, cli_export, cli_blend, cli_slice, cli_segment, cli_cluster,
    cli_info, cli_judge, cli_live, cli_help;

/* All of them, ends with null. */
extern const cli_command *const cli_commands[];

/* The command of this name, or null; `*nearest` is then a likely one. */
const cli_command *cli_find_command(const char *name, const char **nearest);

#endif
