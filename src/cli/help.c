#include "cli/help.h"

#include "cli/args.h"
#include "cli/say.h"

#include <string.h>

/* ---- on the screen ---- */

static void write_option(const cli_option *o, FILE *to)
{
    char left[64];
    const char *dashes = o->name[1] ? "--" : "-";
    snprintf(left, sizeof left, "%s%s%s%s", dashes, o->name,
             o->value ? " " : "", o->value ? o->value : "");
    fprintf(to, strlen(left) > 21 ? "  %s\n%25s" : "  %-21s  %s", left, "");
    fprintf(to, "%s\n", o->help);
}

/* Words in lines of at most 79 columns. */
static void write_paragraph(const char *text, FILE *to)
{
    int column = 0;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column > 0 && column + 1 + length > 79) {
            fputc('\n', to);
            column = 0;
        }
        column += fprintf(to, "%s%.*s", column ? " " : "", length, text);
        text += length + (text[length] == ' ');
    }
    fputs("\n\n", to);
}

int cli_show_help(const cli_command *command, FILE *to)
{
    fprintf(to, "timbrel %s: %s\n\n", command->name, command->about);
    for (int i = 0; command->usage[i]; i++)
        fprintf(to, "  timbrel %s\n", command->usage[i]);
    fputc('\n', to);
    for (int i = 0; command->text[i]; i++)
        write_paragraph(command->text[i], to);
    if (command->options[0].name)
        fputs("Options:\n", to);
    for (const cli_option *o = command->options; o->name; o++)
        write_option(o, to);
    if (command->settings) {
        fputs("\nSettings (--set name=value, or --name value):\n", to);
        command->settings(to);
    }
    return CLI_OK;
}

int cli_show_commands(FILE *to)
{
    fputs("timbrel: neural networks that learn from your own sounds.\n\n", to);
    for (int i = 0; cli_commands[i]; i++)
        fprintf(to, "  timbrel %-10s %s\n", cli_commands[i]->name,
                cli_commands[i]->about);
    fputs("\n'timbrel train --help' tells all about 'train', and so on.\n", to);
    return CLI_OK;
}

/* ---- manual pages ---- */

/* roff takes a point or an apostrophe at the start of a line, and backslashes,
   for its own. */
static void write_roff(const char *text, FILE *to)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", to);
    for (; *text; text++)
        if (*text == '-')
            fputs("\\-", to);
        else if (*text == '\\')
            fputs("\\e", to);
        else
            fputc(*text, to);
}

static void write_roff_option(const cli_option *o, FILE *to)
{
    fputs(".TP\n.B ", to);
    write_roff(o->name[1] ? "--" : "-", to);
    write_roff(o->name, to);
    if (o->value) {
        fputs(" \\fI", to);
        write_roff(o->value, to);
        fputs("\\fR", to);
    }
    fputc('\n', to);
    write_roff(o->help, to);
    fputc('\n', to);
}

static void write_roff_settings(const cli_command *command, FILE *to)
{
    char line[256];
    FILE *lines = tmpfile();
    fputs(".SH SETTINGS\nEach can be given as\n.B \\-\\-set name=value\nor "
          "as\n.BR \"\\-\\-name value\" .\n.PP\n.nf\n",
          to);
    if (lines) {
        command->settings(lines);
        rewind(lines);
        while (fgets(line, sizeof line, lines))
            write_roff(line, to);
        fclose(lines);
    }
    fputs(".fi\n", to);
}

static int write_manual(const cli_command *command, FILE *to)
{
    fprintf(to, ".TH TIMBREL\\-%s 1 \"\" \"timbrel " TIMBREL_VERSION "\"\n",
            command->name);
    fprintf(to, ".SH NAME\ntimbrel\\-%s \\- ", command->name);
    write_roff(command->about, to);
    fputs("\n.SH SYNOPSIS\n.nf\n", to);
    for (int i = 0; command->usage[i]; i++) {
        fputs("timbrel ", to);
        write_roff(command->usage[i], to);
        fputc('\n', to);
    }
    fputs(".fi\n.SH DESCRIPTION\n", to);
    for (int i = 0; command->text[i]; i++) {
        fputs(i ? ".PP\n" : "", to);
        write_roff(command->text[i], to);
        fputc('\n', to);
    }
    fputs(".SH OPTIONS\n", to);
    for (const cli_option *o = command->options; o->name; o++)
        write_roff_option(o, to);
    if (command->settings)
        write_roff_settings(command, to);
    return CLI_OK;
}

static int write_overview(FILE *to)
{
    fputs(".TH TIMBREL 1 \"\" \"timbrel " TIMBREL_VERSION "\"\n"
          ".SH NAME\ntimbrel \\- neural networks that learn from your own "
          "sounds\n.SH SYNOPSIS\n.B timbrel\n.I command\n.RI [ argument ...]\n"
          ".SH COMMANDS\n",
          to);
    for (int i = 0; cli_commands[i]; i++) {
        fprintf(to, ".TP\n.BR timbrel\\-%s (1)\n", cli_commands[i]->name);
        write_roff(cli_commands[i]->about, to);
        fputc('\n', to);
    }
    return CLI_OK;
}

/* ---- the command ---- */

static int run(const cli_args *args)
{
    tb_error error;
    const char *nearest = NULL, *name = NULL;
    if (args->word_count > 0)
        name = args->words[0];
    const cli_command *command = name ? cli_find_command(name, &nearest) : NULL;
    if (name && !command) {
        tb_fail(&error, TB_ERR_ARGUMENT, "There is no command '%s'%s%s%s", name,
                nearest ? ". Did you mean '" : ".", nearest ? nearest : "",
                nearest ? "'?" : "");
        return cli_complain(&error);
    }
    if (cli_has(args, "man"))
        return command ? write_manual(command, stdout) : write_overview(stdout);
    return command ? cli_show_help(command, stdout) : cli_show_commands(stdout);
}

static const char *const usage[] = {"help [COMMAND]", NULL};
static const char *const text[] = {NULL};
static const cli_option options[] = {
    {"man", NULL, NULL, "Writes the manual page instead."},
    {NULL, NULL, NULL, NULL}};

const cli_command cli_help = {
    .name = "help",
    .about = "says what commands there are and what they do",
    .usage = usage,
    .text = text,
    .options = options,
    .run = run};
