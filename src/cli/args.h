/* The words after a command, read by its table of options. */
#ifndef TB_CLI_ARGS_H
#define TB_CLI_ARGS_H

#include "cli/command.h"

#include <stdbool.h>

/* An option as it was given. */
typedef struct cli_given {
    const cli_option *option; /* null: `name` is a setting */
    const char *name, *value; /* null value: a switch */
} cli_given;

struct cli_args {
    const cli_command *command;
    cli_given *given;
    int given_count;
    const char **words; /* what is no option, in order */
    int word_count;
    char *memory; /* of values given as --name=value */
};

/* Reads argv[0 .. argc - 1]: "--name value", "--name=value", "-o value"; "--"
   ends the options. With `any_setting` options that the table does not hold
   are taken for settings. Fails with a sentence that names the nearest right
   option. */
tb_status cli_args_read(cli_args *args, const cli_command *command, int argc,
                        char **argv, bool any_setting, tb_error *error);
void cli_args_clear(cli_args *args);

/* The value of the last such option; null: not given. */
const char *cli_value(const cli_args *args, const char *name);

/* Whether a switch (or any option) was given. */
bool cli_has(const cli_args *args, const char *name);

/* Numbers in options that are no settings: `*out` stays as it is when the
   option was not given. */
tb_status cli_integer(const cli_args *args, const char *name, long long low,
                      long long high, long long *out, tb_error *error);
tb_status cli_number(const cli_args *args, const char *name, double low,
                     double high, double *out, tb_error *error);

/* A time with its unit, "250ms" or "3.5s", from low to high seconds. */
tb_status cli_time(const cli_args *args, const char *name, double low,
                   double high, double *seconds, tb_error *error);

#endif
