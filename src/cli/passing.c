#include "cli/passing.h"

#include "base/memory.h"
#include "base/paths.h"
#include "base/pool.h"
#include "base/random.h"
#include "cli/say.h"
#include "generate/voices.h"

#include <string.h>

/* Seeds that are easy to write down; seconds of silence, by which all RAVEs
   have forgotten what they heard; samples of a pass. */
enum { SEEDS = 1000000, SETTLE = 2, BLOCK = 32768 };

/* ---- what is asked for ---- */

static tb_status add_file(void *context, const char *path, tb_error *error)
{
    cli_passing *p = context;
    char **larger =
        tb_array_grown(p->paths, p->count, &p->room, sizeof *larger);
    if (!larger)
        return tb_fail_memory(error);
    p->paths = larger;
    p->paths[p->count] = tb_path_join(NULL, path);
    return p->paths[p->count++] ? TB_OK : tb_fail_memory(error);
}

static tb_status add_taken(void *context, const char *path, tb_error *error)
{
    const cli_passing *p = context;
    return p->takes && !p->takes(path) ? TB_OK : add_file(context, path, error);
}

static tb_status list_files(cli_passing *p, tb_error *error)
{
    const tb_walker walker = {.file = add_taken, .context = p};
    tb_status status = TB_OK;
    for (int i = 1; !status && i < p->args->word_count; i++) {
        const char *word = p->args->words[i];
        status = tb_check_exists(word, error);
        if (!status)
            status = tb_is_folder(word) ? tb_walk(word, &walker, error)
                                        : add_file(p, word, error);
    }
    if (!status && p->count == 0)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "'%s' holds no file for this: timbrel %s",
                         p->args->words[1], p->args->command->usage[0]);
    return status;
}

/* How it begins. */
static tb_status read_start(cli_passing *p, tb_error *error)
{
    long long seed = -1;
    tb_status status = cli_integer(p->args, "seed", 0, INT64_MAX, &seed, error);
    p->voices.seed = seed >= 0 ? (uint64_t)seed : tb_random_seed() % SEEDS;
    p->voices.settle = cli_has(p->args, "as-stored") ? 0 : SETTLE;
    return status;
}

static tb_status read_options(cli_passing *p, const char *method,
                              tb_error *error)
{
    const cli_args *a = p->args;
    const char *given = cli_value(a, "method");
    long long threads = tb_cpu_count();
    p->out = cli_value(a, "o");
    p->replace = cli_has(a, "force");
    p->voices = tb_voices_defaults();
    p->voices.method = given ? given : method;
    p->voices.silent = cli_has(a, "no-noise");
    p->voices.full_weights = !cli_has(a, "half");
    if (a->word_count < 2)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name a model and what goes through it: timbrel %s",
                       a->command->usage[0]);
    if (!p->out)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name where it goes: -o FILE, or -o FOLDER for several");
    tb_status status = cli_number(a, "rate", 1000, 384000, &p->rate, error);
    if (!status)
        status = cli_integer(a, "threads", 1, 1024, &threads, error);
    p->voices.threads = (int)threads;
    return status ? status : read_start(p, error);
}

tb_status cli_passing_open(cli_passing *passing, const cli_args *args,
                           const char *method, tb_error *error)
{
    passing->args = args;
    tb_status status = read_options(passing, method, error);
    if (!status)
        status = list_files(passing, error);
    if (status)
        return status;
    passing->model = tb_model_open_any(args->words[0], error);
    if (!passing->model)
        return error->status;
    /* Says which methods there are. */
    const tb_plan_wish wish = {.method = passing->voices.method, .rows = 1};
    return tb_model_plan(passing->model, &wish, error) ? TB_OK : error->status;
}

void cli_passing_close(cli_passing *passing)
{
    tb_model_close(passing->model);
    for (int i = 0; i < passing->count; i++)
        tb_free(passing->paths[i]);
    tb_free(passing->paths);
}

/* ---- voices ---- */

/* Whether a method can be turned so. */
static bool has_control(const cli_passing *p, const char *method,
                        const char *name)
{
    const tb_control *c;
    for (int i = 0; (c = tb_model_control(p->model, method, i)); i++)
        if (strcmp(c->name, name) == 0)
            return true;
    return false;
}

static tb_status set_attribute(const cli_passing *p, const char *given,
                               tb_voices *voices, tb_error *error)
{
    char name[128];
    const char *equals = strchr(given, '=');
    size_t n = equals ? (size_t)(equals - given) : 0;
    if (n == 0 || n >= sizeof name)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--attribute '%s' has no value: NAME=VALUE", given);
    memcpy(name, given, n);
    name[n] = 0;
    if (p->half_of && has_control(p, p->half_of, name) &&
        !has_control(p, p->voices.method, name))
        return TB_OK;
    return tb_voices_turn(voices, name, equals + 1, error);
}

int64_t cli_passing_block(int64_t grain)
{
    return (BLOCK + grain - 1) / grain * grain;
}

tb_voices *cli_passing_voices(const cli_passing *passing, int voices,
                              tb_error *error)
{
    const cli_args *a = passing->args;
    tb_voices_settings settings = passing->voices;
    settings.voices = voices;
    settings.block = BLOCK;
    tb_voices *v = tb_voices_open(passing->model, &settings, error);
    tb_status status = v ? TB_OK : error->status;
    for (int i = 0; i < a->given_count && !status; i++) {
        const cli_given *g = &a->given[i];
        if (g->option && strcmp(g->option->name, "attribute") == 0)
            status = set_attribute(passing, g->value, v, error);
    }
    if (!status)
        return v;
    tb_voices_free(v);
    return NULL;
}

/* ---- each file ---- */

static bool is_one_file(const cli_passing *p)
{
    return p->count == 1 && *tb_path_extension(p->out) && !tb_is_folder(p->out);
}

static char *target_of(const cli_passing *p, const char *from,
                       const char *extension)
{
    char name[512];
    if (is_one_file(p))
        return tb_path_join(NULL, p->out);
    char *stem = tb_path_stem(from);
    snprintf(name, sizeof name, "%s.%s", stem ? stem : "out", extension);
    tb_free(stem);
    return tb_path_join(p->out, name);
}

tb_status cli_passing_each(const cli_passing *passing, const char *extension,
                           cli_pass pass, void *context, tb_error *error)
{
    tb_status status =
        is_one_file(passing) ? TB_OK : tb_make_folders(passing->out, error);
    for (int i = 0; !status && i < passing->count; i++) {
        char *to = target_of(passing, passing->paths[i], extension);
        status = to ? pass(context, passing->paths[i], to, error)
                    : tb_fail_memory(error);
        tb_free(to);
    }
    return status;
}

int cli_passing_code(tb_status status, const tb_error *error)
{
    return status == TB_ERR_STOPPED ? CLI_STOPPED
           : status                 ? cli_complain(error)
                                    : CLI_OK;
}
