/* timbrel live */
#include "cli/args.h"
#include "cli/jack_client.h"
#include "cli/live_file.h"
#include "cli/live_stage.h"
#include "cli/prompts.h"
#include "cli/say.h"

#include "base/paths.h"
#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const usage[] = {"live MODEL",
                                    "live MODEL --in SOUND --out OUT", NULL};

static const char *const text[] = {
    "Plays a model on stage: what comes in from JACK goes through it and out "
    "again; what generates plays by itself. MODEL is a run, a checkpoint or a "
    "TorchScript file that somebody shared.",
    "How late it answers is printed, and told to JACK. What a model plays at "
    "once is played in the call of JACK where that is quick enough (burst), "
    "spread over its next calls (sliced), or beside them (threaded); the last "
    "two take one such piece more. 'auto' measures and chooses.",
    "With --in and --out the same is done with a file, as if it were played "
    "live: what comes out is late by as much.",
    "--cc 1=temperature lets MIDI controller 1 turn the temperature. --osc "
    "9000 takes messages of Open Sound Control from this machine: /set NAME "
    "X, /load PATH, /reload, /method NAME, /enable 0, /store NAME, /recall "
    "NAME, /morph FROM TO X.",
    NULL};

static const cli_option options[] = {
    {"method", "NAME", NULL,
     "What the model does [generate, else forward; of a .ts forward]."},
    {"in", "SOUND", NULL, "A recording in the place of JACK's inputs."},
    {"out", "OUT", NULL, "A file in the place of its outputs."},
    {"seconds", "S", NULL, "With --out of what generates [10]."},
    {"mode", "MODE", NULL, "auto, burst, sliced or threaded [auto]."},
    {"block", "N", NULL, "Frames of a call; JACK's own live [64]."},
    {"buffer", "N", NULL, "Frames that the model plays at once."},
    {"rate", "HZ", NULL, "With --out: of the host [the recording's, 48000]."},
    {"prompt", "SOUND", NULL,
     "What generates goes on from it: bell.wav@3.5s+1s."},
    {"set", "NAME=VALUE", NULL, "Turns a control first."},
    {"cc", "N=NAME", NULL, "A MIDI controller, '1=bias:0..2' with a range."},
    {"osc", "PORT", NULL, "Takes messages of Open Sound Control there."},
    {"name", "NAME", NULL, "The client's name in JACK [timbrel]."},
    {"no-connect", NULL, NULL, "Leaves the connections to you."},
    {"seed", "S", NULL, "Repeats what is drawn by chance."},
    {"force", NULL, NULL, "Overwrites what is there."},
    {NULL, NULL, NULL, NULL}};

typedef struct performance {
    const cli_args *args;
    const char *path, *method;
    tb_live_settings settings;
    cli_live_file file;
    cli_stage stage;
    tb_live *live;
    int osc;
} performance;

/* ---- options ---- */

/* By their numbers. */
static const char *const mode_names[] = {"auto", "burst", "sliced", "threaded"};

static tb_status read_mode(performance *p, tb_error *error)
{
    const char *mode = cli_value(p->args, "mode");
    for (size_t i = 0; i < sizeof mode_names / sizeof *mode_names; i++)
        if (!mode || strcmp(mode, mode_names[i]) == 0) {
            p->settings.mode = (tb_live_mode)i;
            return TB_OK;
        }
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "--mode %s: it is auto, burst, sliced or threaded.", mode);
}

static tb_status read_numbers(performance *p, tb_error *error)
{
    long long block = 64, buffer = 0, osc = 0, seed = tb_random_seed() >> 32;
    double rate = 0, seconds = 10;
    tb_status status = cli_integer(p->args, "block", 1, 65536, &block, error);
    if (!status)
        status = cli_integer(p->args, "buffer", 1, 1 << 20, &buffer, error);
    if (!status)
        status = cli_integer(p->args, "osc", 1, 65535, &osc, error);
    if (!status)
        status = cli_integer(p->args, "seed", 0, INT64_MAX, &seed, error);
    if (!status)
        status = cli_number(p->args, "rate", 1000, 768000, &rate, error);
    if (!status)
        status = cli_number(p->args, "seconds", 0.001, 1e6, &seconds, error);
    p->settings.block = block;
    p->settings.buffer = buffer;
    p->settings.seed = (uint64_t)seed;
    p->osc = (int)osc;
    p->file.seconds = seconds;
    p->file.sample_rate = rate;
    return status;
}

static tb_status read_options(performance *p, tb_error *error)
{
    const cli_args *args = p->args;
    p->settings = tb_live_defaults();
    p->settings.inputs = p->settings.outputs = 64;
    p->method = cli_value(args, "method");
    p->file.in = cli_value(args, "in");
    p->file.out = cli_value(args, "out");
    p->file.replace = cli_has(args, "force");
    if (args->word_count != 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "live takes one MODEL: a run, a checkpoint or a .ts.");
    p->path = args->words[0];
    if (p->file.in && !p->file.out)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--in wants --out: where what comes out goes.");
    if (p->file.out && !p->file.replace && access(p->file.out, F_OK) == 0)
        return tb_fail(error, TB_ERR_FILE,
                       "There is '%s' already; --force overwrites it.",
                       p->file.out);
    tb_status status = read_mode(p, error);
    return status ? status : read_numbers(p, error);
}

/* Those that were given several times, in order. */
static tb_status each_given(performance *p, const char *name,
                            tb_status (*take)(performance *, const char *,
                                              tb_error *),
                            tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < p->args->given_count && !status; i++)
        if (strcmp(p->args->given[i].name, name) == 0)
            status = take(p, p->args->given[i].value, error);
    return status;
}

static tb_status set_control(performance *p, const char *given, tb_error *error)
{
    char name[64];
    const char *is = strchr(given, '=');
    size_t n = is ? (size_t)(is - given) : 0;
    if (n == 0 || n >= sizeof name)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--set %s: it takes NAME=VALUE, 'temperature=0.8'.",
                       given);
    memcpy(name, given, n);
    name[n] = 0;
    return tb_live_set_text(p->live, name, is + 1) ? TB_OK
                                                   : tb_fail_memory(error);
}

static tb_status add_knob(performance *p, const char *given, tb_error *error)
{
    return cli_stage_add_knob(&p->stage, given, error);
}

/* ---- the model ---- */

static void rest(int ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

/* What the instance's thread says next. */
static tb_status wait_for_news(performance *p, tb_error *error)
{
    tb_live_told told;
    while (!tb_live_news(p->live, &told))
        rest(2);
    return told.kind == TB_LIVE_FAILED
               ? tb_fail(error, TB_ERR_ARGUMENT, "%s", told.message.text)
               : TB_OK;
}

/* As `generate` hears it: at the level that the model knows. */
static tb_status tell_prompt(performance *p, tb_error *error)
{
    const char *given = cli_value(p->args, "prompt");
    tb_message message = {0};
    cli_prompt prompt = {.samples = NULL};
    if (!given)
        return TB_OK;
    tb_model *model = tb_model_open(p->path, &message);
    if (!model)
        return tb_fail(error, TB_ERR_FILE, "%s", message.text);
    const cli_prompt_source source = {
        model, tb_is_folder(p->path) ? p->path : NULL, 1, p->settings.seed};
    tb_status status = cli_prompt_load(given, 0, &source, &prompt, error);
    if (!status && prompt.note[0])
        fprintf(stderr, "timbrel: %s\n", prompt.note);
    if (!status &&
        !tb_live_prompt(p->live, prompt.samples, prompt.frames,
                        tb_model_channels(model), tb_model_sample_rate(model)))
        status = tb_fail_memory(error);
    cli_prompt_clear(&prompt);
    tb_model_close(model);
    return status ? status : wait_for_news(p, error);
}

static tb_status open_live(performance *p, tb_error *error)
{
    tb_message message = {0};
    p->live = tb_live_new(&p->settings, &message);
    if (!p->live)
        return tb_fail(error, TB_ERR_SYSTEM, "%s", message.text);
    tb_status status = each_given(p, "set", set_control, error);
    if (!status && !tb_live_open(p->live, p->path, p->method, &message))
        status = tb_fail(error, TB_ERR_FILE, "%s", message.text);
    if (!status)
        status = tell_prompt(p, error);
    if (!status)
        status = cli_stage_open(&p->stage, p->live, p->osc, error);
    return status ? status : each_given(p, "cc", add_knob, error);
}

static void say_facts(const performance *p, double rate)
{
    tb_live_facts f;
    tb_live_look(p->live, &f);
    printf("%s, %s: %d in, %d out, %s", tb_live_path(p->live),
           tb_live_method_name(p->live), f.inputs, f.outputs,
           mode_names[f.mode]);
    if (f.inputs > 0)
        printf(", %lld frames (%.1f ms) late%s", (long long)f.latency,
               1000 * (double)f.latency / rate,
               f.latency_is_whole ? "" : " and what the network adds");
    printf(", %.2f ms for the longest call, seed %llu.\n", 1000 * f.worst,
           (unsigned long long)p->settings.seed);
}

/* ---- files ---- */

static tb_status play_file(performance *p, tb_error *error)
{
    int64_t frames = 0;
    tb_status status = cli_live_file_look(&p->file, error);
    if (p->file.sample_rate <= 0)
        p->file.sample_rate = 48000;
    p->settings.sample_rate = p->file.sample_rate;
    if (!status)
        status = open_live(p, error);
    if (status)
        return status;
    say_facts(p, p->file.sample_rate);
    status = cli_live_file_play(&p->file, p->live, p->settings.block, &frames,
                                error);
    if (!status)
        printf("%s: %.2f s at %g kHz.\n", p->file.out,
               (double)frames / p->file.sample_rate,
               p->file.sample_rate / 1000);
    return status;
}

/* ---- JACK ---- */

static tb_status start(performance *p, cli_jack *jack, tb_error *error)
{
    tb_live_facts f;
    tb_message message = {0};
    double rate = cli_jack_rate(jack);
    p->settings.sample_rate = rate;
    p->settings.block = cli_jack_block(jack);
    if (!p->live) {
        tb_status status = open_live(p, error);
        if (status)
            return status;
    } else if (!tb_live_configure(p->live, rate, p->settings.block,
                                  p->settings.buffer, p->settings.mode,
                                  &message)) {
        return tb_fail(error, TB_ERR_ARGUMENT, "%s", message.text);
    }
    tb_live_look(p->live, &f);
    say_facts(p, rate);
    fflush(stdout);
    return cli_jack_start(jack, p->live, f.inputs, f.outputs,
                          !cli_has(p->args, "no-connect"), cli_stage_turn,
                          &p->stage, error);
}

/* Until the server is gone, or Ctrl-C. */
static void serve(performance *p, cli_jack *jack)
{
    tb_live_told told;
    tb_live_facts f;
    int64_t late = 0;
    while (!cli_is_stopped() && !cli_jack_is_over(jack)) {
        cli_stage_serve(&p->stage);
        while (tb_live_news(p->live, &told))
            fprintf(stderr, "timbrel: %s\n", told.message.text);
        tb_live_look(p->live, &f);
        if (f.late > late)
            fprintf(stderr,
                    "timbrel: %lld passes came too late; a larger --buffer "
                    "helps.\n",
                    (long long)f.late);
        late = f.late;
        rest(10);
    }
}

static tb_status play_jack(performance *p, tb_error *error)
{
    const char *name = cli_value(p->args, "name");
    tb_status status = TB_OK;
    bool waits = false;
    while (!cli_is_stopped() && !status) {
        cli_jack *jack = cli_jack_open(name ? name : "timbrel", error);
        if (!jack && !waits)
            return error->status;
        if (!jack) {
            rest(500);
            continue;
        }
        status = start(p, jack, error);
        if (!status)
            serve(p, jack);
        cli_jack_close(jack);
        waits = true;
        if (!status && !cli_is_stopped())
            fputs("timbrel: JACK has stopped or changed; waiting for it.\n",
                  stderr);
    }
    /* Ctrl-C interrupts what is being asked of the server, too. */
    return cli_is_stopped() ? TB_OK : status;
}

static int run(const cli_args *args)
{
    tb_error error = {0};
    performance p = {.args = args};
    cli_catch_stop();
    p.stage.socket = -1;
    tb_status status = read_options(&p, &error);
    if (!status)
        status = p.file.out ? play_file(&p, &error) : play_jack(&p, &error);
    cli_stage_close(&p.stage);
    tb_live_free(p.live);
    if (status == TB_ERR_STOPPED)
        return CLI_STOPPED;
    return status ? cli_complain(&error) : CLI_OK;
}

const cli_command cli_live = {.name = "live",
                              .about = "plays a model on stage",
                              .usage = usage,
                              .text = text,
                              .options = options,
                              .run = run};
