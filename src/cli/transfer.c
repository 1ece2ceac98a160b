/* timbrel transfer */
#include "cli/args.h"
#include "cli/say.h"
#include "cli/transfer_sound.h"

#include "base/memory.h"
#include "base/paths.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const usage[] = {"transfer MODEL.ts SOUND... -o OUT", NULL};

static const char *const text[] = {
    "Sends recordings through a model that somebody trained and shared as a "
    "TorchScript file (RAVE and others that nn~ plays), and writes what comes "
    "out. What such a model can do, 'timbrel info MODEL.ts' tells.",
    "SOUND is a file or a folder, of any length. OUT is a file for one "
    "recording and a folder for several. A model of one channel plays each "
    "channel of a recording by itself. The result has the model's sample rate.",
    "Models answer late. What they say of that, or the layers that they are "
    "made of, is cut off, so that the result lies in time with the recording; "
    "where nothing is said, the delay is estimated from the loudness of the "
    "first 30 s, and --latency says it better.",
    NULL};

static const cli_option options[] = {
    {"o", "OUT", NULL, "A file (.wav, .aif, .flac, .ogg), or a folder."},
    {"method", "NAME", NULL, "What the model does to it [forward]."},
    {"attribute", "NAME=VALUE", NULL,
     "Turns something of the model first: 'a=0.5', 'a=1,0'."},
    {"wet", "X", NULL, "0: the recording, 1: the model alone [1]."},
    {"match-level", NULL, NULL, "As loud as the recording."},
    {"latency", "TIME", NULL,
     "What is cut off at the beginning, such as 0.5s."},
    {"rate", "HZ", NULL, "The model's, if it does not say its own."},
    {"no-noise", NULL, NULL, "What the model draws by chance is zero."},
    {"half", NULL, NULL, "Weights in 16 bits: faster, hardly other."},
    {"threads", "N", NULL, "[1]"},
    {"force", NULL, NULL, "Overwrites what is there."},
    {NULL, NULL, NULL, NULL}};

typedef struct transfer {
    const cli_args *args;
    tb_script_model *model;
    cli_transfer_settings settings;
    const char *out;
    char **sounds;
    int count, room;
} transfer;

/* ---- what is asked for ---- */

static tb_status add_sound(void *context, const char *path, tb_error *error)
{
    transfer *t = context;
    char **larger =
        tb_array_grown(t->sounds, t->count, &t->room, sizeof *larger);
    if (!larger)
        return tb_fail_memory(error);
    t->sounds = larger;
    t->sounds[t->count] = tb_path_join(NULL, path);
    return t->sounds[t->count++] ? TB_OK : tb_fail_memory(error);
}

static tb_status list_sounds(transfer *t, tb_error *error)
{
    tb_walker walker = {.file = add_sound, .context = t};
    tb_status status = TB_OK;
    for (int i = 1; !status && i < t->args->word_count; i++) {
        status = tb_check_exists(t->args->words[i], error);
        if (!status)
            status = tb_walk(t->args->words[i], &walker, error);
    }
    if (!status && t->count == 0)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "Name the recordings: timbrel transfer MODEL.ts "
                         "SOUND... -o OUT");
    return status;
}

static tb_status read_numbers(transfer *t, tb_error *error)
{
    cli_transfer_settings *s = &t->settings;
    tb_status status = cli_number(t->args, "wet", 0, 1, &s->wet, error);
    if (!status)
        status = cli_time(t->args, "latency", 0, 10, &s->latency, error);
    if (!status)
        status =
            cli_number(t->args, "rate", 1000, 384000, &s->default_rate, error);
    return status;
}

static tb_status read_options(transfer *t, tb_error *error)
{
    const char *method = cli_value(t->args, "method");
    t->settings =
        (cli_transfer_settings){.method = method ? method : "forward",
                                .wet = 1,
                                .latency = -1,
                                .match_level = cli_has(t->args, "match-level"),
                                .replace = cli_has(t->args, "force"),
                                .is_stopped = cli_is_stopped};
    t->out = cli_value(t->args, "o");
    if (t->args->word_count < 2)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name a model and recordings: timbrel transfer MODEL.ts "
                       "SOUND... -o OUT");
    if (!t->out)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name where it goes: -o FILE, or -o FOLDER for several");
    return read_numbers(t, error);
}

static tb_status set_attributes(transfer *t, tb_error *error)
{
    for (int i = 0; i < t->args->given_count; i++) {
        const cli_given *g = &t->args->given[i];
        const char *values[TB_MOST_ATTRIBUTE_VALUES];
        char room[512];
        int n = 0;
        if (!g->option || strcmp(g->option->name, "attribute") != 0)
            continue;
        snprintf(room, sizeof room, "%s", g->value);
        char *equals = strchr(room, '=');
        if (!equals)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "--attribute '%s' has no value: NAME=VALUE",
                           g->value);
        *equals = 0;
        for (char *p = equals + 1; p && n < TB_MOST_ATTRIBUTE_VALUES; n++) {
            values[n] = p;
            p = strchr(p, ',');
            if (p)
                *p++ = 0;
        }
        tb_status status =
            tb_script_model_set(t->model, room, n, values, error);
        if (status)
            return status;
    }
    return TB_OK;
}

static tb_status open_model(transfer *t, tb_error *error)
{
    long long threads = 1;
    tb_status status = cli_integer(t->args, "threads", 1, 64, &threads, error);
    if (status)
        return status;
    const tb_script_plan_settings settings = {
        .silent = cli_has(t->args, "no-noise"),
        .half_weights = cli_has(t->args, "half"),
        .threads = (int)threads};
    t->model = tb_script_model_open(t->args->words[0], &settings, error);
    if (!t->model)
        return TB_ERR_FORMAT;
    return set_attributes(t, error);
}

/* ---- the work ---- */

static void show_progress(double done, const char *file)
{
    cli_bar(done, "%s", tb_path_base(file));
}

/* OUT itself for one recording, else OUT/NAME.wav. */
static char *target_of(const transfer *t, const char *sound)
{
    char name[512];
    if (t->count == 1 && !tb_is_folder(t->out) && *tb_path_extension(t->out))
        return tb_path_join(NULL, t->out);
    char *stem = tb_path_stem(sound);
    snprintf(name, sizeof name, "%s.wav", stem ? stem : "sound");
    tb_free(stem);
    return tb_path_join(t->out, name);
}

static void say_report(const char *to, const cli_transfer_report *r)
{
    printf("%s: %.1f s at %g kHz, %.0f times real time", to, r->seconds,
           r->sample_rate / 1000, r->seconds / fmax(r->work_seconds, 1e-9));
    if (r->latency > 0)
        printf(", %.0f ms of latency cut off%s", 1000 * r->latency,
               r->estimated ? " (estimated: --latency says it better)" : "");
    printf(".\n");
}

static tb_status pass_one(transfer *t, const char *sound, tb_error *error)
{
    cli_transfer_report report;
    char *to = target_of(t, sound);
    if (!to)
        return tb_fail_memory(error);
    tb_status status =
        cli_transfer_sound(t->model, sound, to, &t->settings, &report, error);
    cli_bar_clear();
    if (!status)
        say_report(to, &report);
    tb_free(to);
    return status;
}

static tb_status pass_sounds(transfer *t, tb_error *error)
{
    bool folder = t->count > 1 || !*tb_path_extension(t->out);
    tb_status status = folder ? tb_make_folders(t->out, error) : TB_OK;
    t->settings.progress = show_progress;
    for (int i = 0; !status && i < t->count; i++)
        status = pass_one(t, t->sounds[i], error);
    return status;
}

static int run(const cli_args *args)
{
    tb_error error = {0};
    transfer t = {.args = args};
    cli_catch_stop();
    tb_status status = read_options(&t, &error);
    if (!status)
        status = list_sounds(&t, &error);
    if (!status)
        status = open_model(&t, &error);
    if (!status)
        status = pass_sounds(&t, &error);
    tb_script_model_close(t.model);
    for (int i = 0; i < t.count; i++)
        tb_free(t.sounds[i]);
    tb_free(t.sounds);
    return status == TB_ERR_STOPPED ? CLI_STOPPED
           : status                 ? cli_complain(&error)
                                    : CLI_OK;
}

const cli_command cli_transfer = {.name = "transfer",
                                  .about = "sends recordings through a model",
                                  .usage = usage,
                                  .text = text,
                                  .options = options,
                                  .run = run};
