/* timbrel generate */
#include "cli/generate_work.h"
#include "cli/say.h"

#include "base/memory.h"
#include "base/pool.h"
#include "base/random.h"
#include "models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 1000000 };

static const char *const usage[] = {"generate RUN [OPTIONS]",
                                    "generate CHECKPOINT [OPTIONS]",
                                    "generate RUN@EPOCH RUN@EPOCH [OPTIONS]",
                                    "generate MODEL.ts [OPTIONS]", NULL};

static const char *const text[] = {
    "Makes new sound with a network that was trained: the latest checkpoint of "
    "a run, or any other. The files are named after the run, the epoch, the "
    "temperature and the seed; the same seed makes the same sound again. They "
    "can be listened to while they grow. A checkpoint of mimikit "
    "(epoch=12.ckpt) is one too.",
    "A prompt is a sound that the network goes on from: bell.wav@3.5s+1s is "
    "one second of bell.wav from 3.5 s on; corpus@12s+1s is a place in the "
    "recordings that the run learned from, and corpus a random one, which is "
    "also what is taken when no prompt is given.",
    "A network hears a prompt at the level that it learned at, whatever the "
    "file "
    "has. With a prompt that was named the files are as loud as that; with "
    "--level-from network, and without one, as loud as the network speaks.",
    "Temperatures above 1 are more surprising, below 1 steadier. 0.5..1.2 goes "
    "evenly from one to the other; 0:0.5,2s:1,5s:0.7 through these values at "
    "these times.",
    "Networks that speak 16-bit sound (samplernn and wavenet, unless they "
    "were trained with output=levels) choose one of several guesses and "
    "scatter round it. --temperature turns both, "
    "--weight-temperature and --scale-temperature multiply it for the choice "
    "and for the scattering alone; --top-k and --top-p leave only the "
    "likeliest guesses, not levels.",
    "runs/bells@12 is epoch 12 of a run, and runs/bells@10..20 the average of "
    "all from 10 to 20. Several checkpoints vote on each sample, of any "
    "networks that speak the same levels; --balance 0..1 goes from the first "
    "to the second, --balance 0..2 on to the third. With --blend 0.3 the "
    "weights of two are mixed instead: epochs of one run, or runs of one "
    "shape. 'timbrel blend' keeps the result.",
    "What timbrel export wrote of such a network plays, too, somewhat slower, "
    "and takes prompts. "
    "A TorchScript file of others makes sound by itself where it has a prior "
    "and a decode; it takes no prompt. --temperature is what RAVE's priors "
    "take for it, and --control turns the file's attributes.",
    NULL};

static const cli_option options[] = {
    {"epoch", "N", NULL, "This checkpoint, not the latest; 10..20: averaged."},
    {"balance", "X", NULL, "Of several: 0 is the first, 1 the second [even]."},
    {"blend", "X", NULL, "Mixes the weights of two: 0 the first [they vote]."},
    {"prompt", "SOUND", NULL, "What to go on from; several for the voices."},
    {"prompt-seconds", "S", NULL, "Length of prompts without one [1]."},
    {"level-from", "WHAT", NULL, "Loud as the prompt, or as the network."},
    {"keep-prompt", "yes|no", NULL, "The files start with the prompt [no]."},
    {"seconds", "S", NULL, "How much to make [10]."},
    {"temperature", "T", NULL, "How much is left to chance [1]."},
    {"weight-temperature", "X", NULL, "Times T: which guess is taken [1]."},
    {"scale-temperature", "X", NULL, "Times T: how far it scatters [1]."},
    {"top-k", "N", NULL, "Only the N likeliest; 0: all [0]."},
    {"top-p", "P", NULL, "Only the likeliest, up to this probability [1]."},
    {"label", "A..B", NULL, "Follows labels that it has learned [none]."},
    {"control", "NAME=X", NULL, "Any other control; timbrel info tells which."},
    {"seed", "S", NULL, "Repeats a sound; random if not given."},
    {"voices", "N", NULL, "So many different sounds at once [1]."},
    {"mix", NULL, NULL, "All voices in one file."},
    {"rate", "HZ", NULL, "Sample rate of the files, not the network's."},
    {"level", "DB", NULL, "Louder or softer by so many decibels [0]."},
    {"high-pass", "HZ|off", NULL, "Takes away what is lower [20]."},
    {"o", "FILE", NULL, "The file's name (.wav .flac .aif .ogg); - is a pipe."},
    {"force", NULL, NULL, "Overwrites the file of -o."},
    {"full-weights", NULL, NULL, "Weights in 32 bits: slower, hardly other."},
    {"threads", "N", NULL, "So many processors [all]."},
    {"json", NULL, NULL, "Prints a line of JSON for each file."},
    {NULL, NULL, NULL, NULL}};

/* ---- options ---- */

static tb_status read_choices(cli_generating *w, tb_error *error)
{
    cli_voices_settings *s = &w->voices;
    const char *keep = cli_value(w->args, "keep-prompt");
    s->keep_prompt = keep && strcmp(keep, "yes") == 0;
    s->mix = cli_has(w->args, "mix");
    s->full_weights = cli_has(w->args, "full-weights");
    s->replace = cli_has(w->args, "force");
    w->json = cli_has(w->args, "json");
    if (keep && !s->keep_prompt && strcmp(keep, "no") != 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--keep-prompt is yes or no, not '%s'.", keep);
    return TB_OK;
}

/* Off, or far enough from what the lowest rate can hold. */
static tb_status read_high_pass(cli_generating *w, tb_error *error)
{
    const char *given = cli_value(w->args, "high-pass");
    w->voices.high_pass = 20;
    if (given && strcmp(given, "off") == 0) {
        w->voices.high_pass = 0;
        return TB_OK;
    }
    return cli_number(w->args, "high-pass", 1, 1000, &w->voices.high_pass,
                      error);
}

static tb_status read_numbers(cli_generating *w, tb_error *error)
{
    cli_voices_settings *s = &w->voices;
    const cli_args *a = w->args;
    long long voices = 1, seed = -1, threads = tb_cpu_count();
    double level = 0;
    s->seconds = 10;
    w->prompt_seconds = 1;
    tb_status status =
        cli_integer(a, "voices", 1, CLI_MOST_VOICES, &voices, error);
    if (!status)
        status = cli_integer(a, "seed", 0, INT64_MAX, &seed, error);
    if (!status)
        status = cli_integer(a, "threads", 1, 1024, &threads, error);
    if (!status)
        status = read_high_pass(w, error);
    if (!status)
        status = cli_number(a, "seconds", 0.001, 86400, &s->seconds, error);
    if (!status)
        status = cli_number(a, "level", -120, 60, &level, error);
    if (!status)
        status = cli_number(a, "rate", 1000, 384000, &s->rate, error);
    if (!status)
        status = cli_number(a, "prompt-seconds", 0.001, 600, &w->prompt_seconds,
                            error);
    s->voices = (int)voices;
    s->gain = pow(10, level / 20);
    s->threads = (int)threads;
    s->seed = seed >= 0 ? (uint64_t)seed : tb_random_seed() % SEEDS;
    return status;
}

/* The level of a prompt that was named, unless something else is said. */
static tb_status read_level(cli_generating *w, tb_error *error)
{
    const char *given = cli_value(w->args, "level-from");
    bool network = given && strcmp(given, "network") == 0;
    w->voices.own_level = given ? !network : cli_has(w->args, "prompt");
    if (given && !network && strcmp(given, "prompt") != 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--level-from is prompt or network, not '%s'.", given);
    return TB_OK;
}

/* ---- the network ---- */

static tb_status open_model(cli_generating *w, tb_error *error)
{
    tb_status status = cli_choose(w->args, &w->chosen, error);
    cli_voices_settings *s = &w->voices;
    s->model = w->chosen.model;
    if (status)
        return status;
    s->model_rate = tb_model_sample_rate(s->model);
    if (s->model_rate <= 0) /* a file of others that says none */
        s->model_rate = s->rate;
    s->rate = s->rate > 0 ? s->rate : s->model_rate;
    return s->rate > 0 ? TB_OK
                       : tb_fail(error, TB_ERR_ARGUMENT,
                                 "'%s' does not say its sample rate: --rate "
                                 "44100, or what it is.",
                                 w->chosen.text);
}

/* ---- saying ---- */

/* Where a pipe takes the standard output, sentences go elsewhere. */
static FILE *where_to_say(const cli_generating *w)
{
    const char *o = cli_value(w->args, "o");
    return o && strcmp(o, "-") == 0 ? stderr : stdout;
}

/* Of what was asked for; less than all when it is stopped. */
static double done_so_far = 1;

static bool show_progress(double done, double speed)
{
    done_so_far = cli_is_stopped() ? done : 1;
    cli_bar(done, "%.2g times real time", speed);
    return !cli_is_stopped();
}

static void say_before(const cli_generating *w)
{
    const cli_voices_settings *s = &w->voices;
    if (w->json)
        return;
    FILE *to = where_to_say(w);
    fprintf(to, "%s, seed %llu", w->chosen.text, (unsigned long long)s->seed);
    for (int i = 0; i < s->prompt_count && i < s->voices && i < 4; i++)
        fprintf(to, "%s%s", i ? ", " : ", after ", s->prompts[i].name);
    fprintf(to, "\n");
    fflush(to);
}

/* Of each file, with the prompt where that is kept. */
static double seconds_made(const cli_generating *w)
{
    const cli_voices_settings *s = &w->voices;
    double seconds = done_so_far * s->seconds;
    if (s->keep_prompt && s->prompt_count > 0)
        seconds += (double)s->prompts[0].frames / s->model_rate;
    return seconds;
}

static void say_json(const cli_generating *w, int i)
{
    tb_json_writer out = {0};
    tb_json_begin_object(&out, NULL);
    tb_json_put_text(&out, "event", "file");
    tb_json_put_text(&out, "path", w->paths[i]);
    tb_json_put_text(&out, "checkpoint", w->chosen.text);
    tb_json_put_integer(&out, "seed", (int64_t)w->voices.seed);
    tb_json_put_number(&out, "seconds", seconds_made(w));
    tb_json_end_object(&out);
    cli_json_line(&out);
}

static void say_after(const cli_generating *w, double least_gain)
{
    FILE *to = where_to_say(w);
    double level = 20 * log10(w->voices.gain * least_gain);
    char remedy[64];
    for (int i = 0; i < w->file_count; i++)
        if (w->json && to == stdout)
            say_json(w, i);
        else if (to == stdout)
            fprintf(to, "%s\n", w->paths[i]);
    snprintf(remedy, sizeof remedy, "--level %.1f leaves them as they are",
             floor(10 * level) / 10);
    cli_say_turned_down(least_gain, remedy);
}

/* ---- the command ---- */

static void clear(cli_generating *w)
{
    for (int i = 0; w->prompts && i < w->voices.prompt_count; i++)
        cli_prompt_clear(&w->prompts[i]);
    for (int i = 0; w->paths && i < w->file_count; i++)
        tb_free(w->paths[i]);
    tb_free(w->prompts);
    tb_free(w->paths);
    tb_free(w->tags);
    cli_chosen_clear(&w->chosen);
}

static tb_status prepare(cli_generating *w, tb_error *error)
{
    tb_status status = read_choices(w, error);
    if (!status)
        status = read_level(w, error);
    if (!status)
        status = read_numbers(w, error);
    if (!status)
        status = open_model(w, error);
    if (!status)
        status = cli_read_controls(w->args, w->chosen.model, w->chosen.voters,
                                   &w->controls, error);
    w->voices.controls = w->controls.at;
    w->voices.control_count = w->controls.count;
    if (!status)
        status = cli_generate_load_prompts(w, error);
    if (!status)
        status = cli_generate_name_files(w, error);
    return status ? status : cli_generate_tag_files(w, error);
}

static int run(const cli_args *args)
{
    cli_generating w = {.args = args};
    tb_error error;
    double least_gain = 1;
    tb_status status = prepare(&w, &error);
    if (!status) {
        say_before(&w);
        cli_catch_stop();
        status = cli_voices_make(&w.voices, show_progress, &least_gain, &error);
        cli_bar_clear();
        if (!status || status == TB_ERR_STOPPED)
            say_after(&w, least_gain);
    }
    int code = status ? cli_complain(&error) : CLI_OK;
    clear(&w);
    return code;
}

const cli_command cli_generate = {.name = "generate",
                                  .about = "makes new sound",
                                  .usage = usage,
                                  .text = text,
                                  .options = options,
                                  .run = run};
