#include "cli/args.h"

#include "audio/cut.h"
#include "base/memory.h"
#include "base/setting_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OPTIONS = 64 };

static const cli_option help_option = {"help", NULL, NULL, "Shows this."};

/* ---- reading ---- */

static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !((*a == '_' || *a == '-') && (*b == '_' || *b == '-')))
            return false;
    return *a == *b;
}

static const cli_option *find_option(const cli_command *command,
                                     const char *name)
{
    if (same_name(name, "help") || same_name(name, "h"))
        return &help_option;
    for (const cli_option *o = command->options; o->name; o++)
        if (same_name(o->name, name))
            return o;
    return NULL;
}

static tb_status unknown_option(const cli_command *command, const char *name,
                                tb_error *error)
{
    const char *names[MOST_OPTIONS];
    int count = 0;
    for (const cli_option *o = command->options; o->name; o++)
        if (count < MOST_OPTIONS)
            names[count++] = o->name;
    const char *near = tb_nearest_name(name, names, count);
    if (near)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "There is no option '--%s'. Did you mean '--%s'?", name,
                       near);
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "There is no option '--%s'; 'timbrel %s --help' shows them "
                   "all.",
                   name, command->name);
}

/* "-3" and "-" are words, not options. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] && !(word[1] >= '0' && word[1] <= '9') &&
           word[1] != '.';
}

/* One option and its value; returns how many words they were, 0 after a
   failure. */
static int read_option(cli_args *args, int left, char **argv, char *name,
                       bool any_setting, tb_error *error)
{
    char *equals = strchr(name, '=');
    if (equals)
        *equals = 0;
    cli_given *g = &args->given[args->given_count];
    *g = (cli_given){find_option(args->command, name), name, NULL};
    if (!g->option && !any_setting) {
        unknown_option(args->command, name, error);
        return 0;
    }
    args->given_count++;
    if (g->option && !g->option->value) {
        if (equals)
            tb_fail(error, TB_ERR_ARGUMENT, "--%s takes no value.", name);
        return !equals;
    }
    g->value = equals ? equals + 1 : left > 1 ? argv[1] : NULL;
    if (!g->value)
        tb_fail(error, TB_ERR_ARGUMENT, "--%s needs a value%s%s.", name,
                g->option ? ": " : "", g->option ? g->option->value : "");
    return !g->value ? 0 : equals ? 1 : 2;
}

static tb_status allocate(cli_args *args, int argc, char **argv)
{
    size_t bytes = 1, count = (size_t)argc + 1;
    for (int i = 0; i < argc; i++)
        bytes += strlen(argv[i]) + 1;
    args->given = tb_alloc_array(count, sizeof *args->given);
    args->words = tb_alloc_array(count, sizeof *args->words);
    args->memory = tb_alloc(bytes);
    return args->given && args->words && args->memory ? TB_OK : TB_ERR_MEMORY;
}

tb_status cli_args_read(cli_args *args, const cli_command *command, int argc,
                        char **argv, bool any_setting, tb_error *error)
{
    *args = (cli_args){.command = command};
    if (allocate(args, argc, argv))
        return tb_fail_memory(error);
    char *memory = args->memory;
    bool ended = false;
    for (int i = 0; i < argc;) {
        if (ended || !is_option(argv[i])) {
            args->words[args->word_count++] = argv[i++];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            ended = true;
            i++;
            continue;
        }
        strcpy(memory, argv[i] + 1 + (argv[i][1] == '-'));
        int used =
            read_option(args, argc - i, argv + i, memory, any_setting, error);
        if (!used)
            return TB_ERR_ARGUMENT;
        memory += strlen(argv[i]) + 1;
        i += used;
    }
    return TB_OK;
}

void cli_args_clear(cli_args *args)
{
    tb_free(args->given);
    tb_free(args->words);
    tb_free(args->memory);
    *args = (cli_args){0};
}

/* ---- asking ---- */

static const cli_given *last_given(const cli_args *args, const char *name)
{
    for (int i = args->given_count - 1; i >= 0; i--)
        if (args->given[i].option &&
            strcmp(args->given[i].option->name, name) == 0)
            return &args->given[i];
    return NULL;
}

const char *cli_value(const cli_args *args, const char *name)
{
    const cli_given *g = last_given(args, name);
    return g ? g->value : NULL;
}

bool cli_has(const cli_args *args, const char *name)
{
    return last_given(args, name) != NULL;
}

tb_status cli_integer(const cli_args *args, const char *name, long long low,
                      long long high, long long *out, tb_error *error)
{
    const char *text = cli_value(args, name);
    char *end;
    if (!text)
        return TB_OK;
    errno = 0;
    long long x = strtoll(text, &end, 10);
    if (errno || end == text || *end || x < low || x > high)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--%s is a whole number from %lld to %lld, not '%s'.",
                       name, low, high, text);
    *out = x;
    return TB_OK;
}

tb_status cli_number(const cli_args *args, const char *name, double low,
                     double high, double *out, tb_error *error)
{
    const char *text = cli_value(args, name), *end = text;
    double x;
    char pointed[32];
    if (!text)
        return TB_OK;
    if (tb_number_has_comma(text, strlen(text), pointed))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--%s %s: write %s, with a point.", name, text, pointed);
    if (!tb_number_parse(text, &end, &x) || *end || !(x >= low && x <= high))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--%s is a number from %g to %g, not '%s'.", name, low,
                       high, text);
    *out = x;
    return TB_OK;
}

tb_status cli_time(const cli_args *args, const char *name, double low,
                   double high, double *seconds, tb_error *error)
{
    const char *text = cli_value(args, name);
    double x;
    if (!text)
        return TB_OK;
    if (!tb_parse_seconds(text, strlen(text), &x) || !(x >= low && x <= high))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--%s is a time with its unit from %gs to %gs, as 250ms "
                       "or 3.5s, not '%s'.",
                       name, low, high, text);
    *seconds = x;
    return TB_OK;
}
