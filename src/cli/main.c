/* The program: finds the command and runs it. */
#include "cli/args.h"
#include "cli/help.h"
#include "cli/say.h"
#include "engine/backend.h"

#include <string.h>

const cli_command *const cli_commands[] = {
    &cli_train,  &cli_generate, &cli_transfer, &cli_encode,  &cli_decode,
    &cli_export, &cli_blend,    &cli_slice,    &cli_segment, &cli_cluster,
    &cli_info,   &cli_judge,    &cli_live,     &cli_help,    NULL};

const cli_command *cli_find_command(const char *name, const char **nearest)
{
    const char *names[sizeof cli_commands / sizeof *cli_commands];
    int count = 0;
    for (int i = 0; cli_commands[i]; i++) {
        if (strcmp(cli_commands[i]->name, name) == 0)
            return cli_commands[i];
        names[count++] = cli_commands[i]->name;
    }
    *nearest = tb_nearest_name(name, names, count);
    return NULL;
}

static int run_command(const cli_command *command, int argc, char **argv)
{
    cli_args args;
    tb_error error;
    int code = CLI_USAGE;
    if (cli_args_read(&args, command, argc, argv, command->settings != NULL,
                      &error))
        code = cli_complain(&error);
    else if (cli_has(&args, "help"))
        code = cli_show_help(command, stdout);
    else if (tb_backend_check(&error))
        code = cli_complain(&error);
    else
        code = command->run(&args);
    cli_args_clear(&args);
    return code;
}

static int unknown_command(const char *name, const char *nearest)
{
    if (nearest)
        fprintf(stderr,
                "timbrel: There is no command '%s'. Did you mean '%s'?\n", name,
                nearest);
    else
        fprintf(stderr,
                "timbrel: There is no command '%s'; 'timbrel help' shows them "
                "all.\n",
                name);
    return CLI_USAGE;
}

int main(int argc, char **argv)
{
    cli_set_program(argc > 0 ? argv[0] : NULL);
    const char *name = argc > 1 ? argv[1] : "--help", *nearest = NULL;
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        puts("timbrel " TIMBREL_VERSION);
        return CLI_OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        cli_show_commands(argc > 1 ? stdout : stderr);
        return argc > 1 ? CLI_OK : CLI_USAGE;
    }
    const cli_command *command = cli_find_command(name, &nearest);
    return command ? run_command(command, argc - 2, argv + 2)
                   : unknown_command(name, nearest);
}
