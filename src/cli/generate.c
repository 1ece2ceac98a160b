/* timbrel generate */
#include "cli/args.h"
#include "cli/chosen.h"
#include "cli/controls.h"
#include "cli/say.h"
#include "cli/voices.h"

#include "base/amounts.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/pool.h"
#include "base/random.h"
#include "models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 1000000, MOST_VOICES = 128, MOST_NUMBERS = 9999 };

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

/* All that one call needs. */
typedef struct generate_work {
    const cli_args *args;
    cli_chosen chosen;
    cli_voices_settings voices;
    cli_prompt *prompts;
    char **paths;
    tb_tags *tags;
    cli_controls controls;
    int file_count;
    double prompt_seconds;
    bool json;
} generate_work;

/* ---- options ---- */

static tb_status read_choices(generate_work *w, tb_error *error)
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
static tb_status read_high_pass(generate_work *w, tb_error *error)
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

static tb_status read_numbers(generate_work *w, tb_error *error)
{
    cli_voices_settings *s = &w->voices;
    const cli_args *a = w->args;
    long long voices = 1, seed = -1, threads = tb_cpu_count();
    double level = 0;
    s->seconds = 10;
    w->prompt_seconds = 1;
    tb_status status = cli_integer(a, "voices", 1, MOST_VOICES, &voices, error);
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

/* ---- the network and its prompts ---- */

static tb_status open_model(generate_work *w, tb_error *error)
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

/* The level of a prompt that was named, unless something else is said. */
static tb_status read_level(generate_work *w, tb_error *error)
{
    const char *given = cli_value(w->args, "level-from");
    bool network = given && strcmp(given, "network") == 0;
    w->voices.own_level = given ? !network : cli_has(w->args, "prompt");
    if (given && !network && strcmp(given, "prompt") != 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--level-from is prompt or network, not '%s'.", given);
    return TB_OK;
}

/* What is hardly heard is not told. */
static const double TOLD_DB = 1;

static void say_levels(const generate_work *w)
{
    for (int i = 0; cli_has(w->args, "prompt") && i < w->voices.prompt_count;
         i++) {
        double db = 20 * log10(w->prompts[i].gain);
        if (fabs(db) < TOLD_DB)
            continue;
        fprintf(stderr,
                "timbrel: '%s' is %.1f dB %s than the network knows, which "
                "hears it at its own level.%s\n",
                w->prompts[i].name, fabs(db), db > 0 ? "softer" : "louder",
                w->voices.own_level
                    ? " What it makes comes back at that of the prompt."
                    : "");
    }
}

/* Prompts from the corpus pass over what is gone, and say so. */
static void say_gone(const cli_corpus *corpus)
{
    if (corpus->gone == 0)
        return;
    if (corpus->gone == corpus->count)
        fprintf(stderr,
                "timbrel: None of the recordings of the run is where it was "
                "(such as '%s'): it begins without a prompt.\n",
                corpus->first_gone);
    else
        fprintf(
            stderr,
            "timbrel: %d of the %d recordings %s not where %s (such as "
            "'%s'): prompts come from the others.\n",
            corpus->gone, corpus->count, tb_plural(corpus->gone, "is", "are"),
            tb_plural(corpus->gone, "it was", "they were"), corpus->first_gone);
}

static void align_prompts(generate_work *w)
{
    const tb_model *model = w->voices.model;
    int count = w->voices.prompt_count;
    for (int i = 0; i < count; i++)
        if (w->prompts[i].note[0])
            fprintf(stderr, "timbrel: %s\n", w->prompts[i].note);
    const cli_prompt *shortest =
        cli_prompts_align(w->prompts, count, tb_model_channels(model));
    if (shortest)
        fprintf(stderr,
                "timbrel: All prompts last as long as the shortest, '%s' with "
                "%.3g s: of the others the end is heard.\n",
                shortest->name,
                (double)shortest->frames / tb_model_sample_rate(model));
}

static tb_status load_prompts(generate_work *w, tb_error *error)
{
    const cli_args *a = w->args;
    const cli_prompt_source source = {w->voices.model, w->chosen.run,
                                      w->prompt_seconds, w->voices.seed};
    const cli_corpus corpus = cli_look_for_corpus(&source);
    int *count = &w->voices.prompt_count;
    bool from_corpus = false;
    tb_status status = TB_OK;
    if (!w->chosen.hears)
        return cli_has(a, "prompt")
                   ? tb_fail(error, TB_ERR_UNSUPPORTED,
                             "'%s' begins by itself: a model of others takes "
                             "no prompt.",
                             w->chosen.text)
                   : TB_OK;
    w->prompts = tb_alloc_array((size_t)a->given_count + MOST_VOICES,
                                sizeof *w->prompts);
    if (!w->prompts)
        return tb_fail_memory(error);
    for (int i = 0; i < a->given_count && !status; i++)
        if (a->given[i].option &&
            strcmp(a->given[i].option->name, "prompt") == 0) {
            from_corpus = from_corpus || cli_is_corpus(a->given[i].value);
            status = cli_prompt_load(a->given[i].value, *count, &source,
                                     &w->prompts[*count], error);
            ++*count;
        }
    from_corpus = from_corpus || *count == 0;
    if (*count == 0 && corpus.gone < corpus.count)
        for (; *count < w->voices.voices && !status; ++*count)
            status = cli_prompt_load("corpus", *count, &source,
                                     &w->prompts[*count], error);
    if (!status && from_corpus)
        say_gone(&corpus);
    if (!status) {
        align_prompts(w);
        say_levels(w);
    }
    w->voices.prompts = w->prompts;
    return status;
}

/* ---- files ---- */

/* The temperature, if it was given. */
static const tb_ramp *heat_of(const generate_work *w)
{
    for (int i = 0; i < w->controls.count; i++)
        if (strcmp(w->controls.at[i].control->name, "temperature") == 0)
            return &w->controls.at[i].ramp;
    return NULL;
}

/* "bells_e12_T0.90_seed4711" */
static void name_stem(const generate_work *w, char *stem, size_t size)
{
    const tb_ramp *t = heat_of(w);
    size_t n = (size_t)snprintf(stem, size, "%s_T%.2f", w->chosen.stem,
                                t ? t->value[0] : 1);
    if (t && !tb_ramp_is_constant(t))
        n += (size_t)snprintf(stem + n, size - n, "-%.2f",
                              t->value[t->count - 1]);
    snprintf(stem + n, size - n, "_seed%llu",
             (unsigned long long)w->voices.seed);
}

/* The first number from `from` on that is free in this folder. */
static int free_number(const char *stem, int from, char *path, size_t size)
{
    int number = from;
    do
        snprintf(path, size, "%s_%02d.wav", stem, number);
    while (tb_exists(path) && ++number < MOST_NUMBERS);
    return number;
}

/* "out.wav" for several voices is out_01.wav, out_02.wav ... */
static void number_name(const char *name, int number, char *path, size_t size)
{
    const char *end = tb_path_extension(name);
    int length =
        (int)(end > name && *end ? (size_t)(end - name) - 1 : strlen(name));
    snprintf(path, size, "%.*s_%02d%s%s", length, name, number, *end ? "." : "",
             end);
}

static tb_status name_files(generate_work *w, tb_error *error)
{
    const char *given = cli_value(w->args, "o");
    char stem[512], path[4096];
    int number = 0;
    w->file_count = w->voices.mix ? 1 : w->voices.voices;
    w->paths = tb_alloc_array((size_t)w->file_count, sizeof *w->paths);
    if (!w->paths)
        return tb_fail_memory(error);
    if (given && strcmp(given, "-") == 0 && w->file_count > 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A pipe takes one sound: --mix the voices.");
    name_stem(w, stem, sizeof stem);
    for (int i = 0; i < w->file_count; i++) {
        if (!given)
            number = free_number(stem, number + 1, path, sizeof path);
        else if (w->file_count == 1)
            snprintf(path, sizeof path, "%s", given);
        else
            number_name(given, i + 1, path, sizeof path);
        if (!(w->paths[i] = tb_path_join(NULL, path)))
            return tb_fail_memory(error);
    }
    w->voices.paths = w->paths;
    return TB_OK;
}

/* Options that say where between several checkpoints, or labels. */
static const char *const between[] = {"balance", "blend", "label", NULL};

/* All that repeats this sound. */
static void tag_file(const generate_work *w, int i)
{
    const cli_voices_settings *s = &w->voices;
    tb_tags *t = &w->tags[i];
    snprintf(t->title, sizeof t->title, "%s", tb_path_base(w->paths[i]));
    if (w->chosen.run)
        tb_tags_add(t, NULL, "run", "%s", w->chosen.run);
    tb_tags_add(t, NULL, "checkpoint", "%s",
                w->args->word_count == 1 ? tb_path_base(w->chosen.text)
                                         : w->chosen.text);
    for (const char *const *o = between; *o; o++)
        if (cli_value(w->args, *o))
            tb_tags_add(t, NULL, *o, "%s", cli_value(w->args, *o));
    tb_tags_add(t, NULL, "seed", "%llu", (unsigned long long)s->seed);
    if (!heat_of(w))
        tb_tags_add(t, NULL, "temperature", "1");
    for (int k = 0; k < w->controls.count; k++)
        if (w->controls.text[k])
            tb_tags_add(t, NULL, w->controls.at[k].control->name, "%s",
                        w->controls.text[k]);
    tb_tags_add(t, NULL, "voice", s->mix ? "all of %d" : "%d of %d",
                s->mix ? s->voices : i + 1, s->voices);
    for (int k = i; k < s->prompt_count && (k == i || s->mix); k++)
        tb_tags_add(t, NULL, "prompt", "%s", s->prompts[k].name);
    if (s->prompt_count > 0 && i >= s->prompt_count)
        tb_tags_add(t, NULL, "prompt", "%s",
                    s->prompts[i % s->prompt_count].name);
}

static tb_status tag_files(generate_work *w, tb_error *error)
{
    w->tags = tb_alloc_array((size_t)w->file_count, sizeof *w->tags);
    if (!w->tags)
        return tb_fail_memory(error);
    for (int i = 0; i < w->file_count; i++)
        tag_file(w, i);
    w->voices.tags = w->tags;
    return TB_OK;
}

/* ---- saying ---- */

/* Where a pipe takes the standard output, sentences go elsewhere. */
static FILE *where_to_say(const generate_work *w)
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

static void say_before(const generate_work *w)
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
static double seconds_made(const generate_work *w)
{
    const cli_voices_settings *s = &w->voices;
    double seconds = done_so_far * s->seconds;
    if (s->keep_prompt && s->prompt_count > 0)
        seconds += (double)s->prompts[0].frames / s->model_rate;
    return seconds;
}

static void say_json(const generate_work *w, int i)
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

static void say_after(const generate_work *w, double least_gain)
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

static void clear(generate_work *w)
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

static tb_status prepare(generate_work *w, tb_error *error)
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
        status = load_prompts(w, error);
    if (!status)
        status = name_files(w, error);
    return status ? status : tag_files(w, error);
}

static int run(const cli_args *args)
{
    generate_work w = {.args = args};
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
