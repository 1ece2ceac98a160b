/* timbrel generate */
#include "cli/args.h"
#include "cli/say.h"
#include "cli/voices.h"

#include "audio/decode.h"
#include "base/amounts.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/pool.h"
#include "base/random.h"
#include "base/shell.h"
#include "models/checkpoint.h"
#include "models/method.h"
#include "run/run_folder.h"
#include "run/trainings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 1000000, MOST_VOICES = 128, MOST_NUMBERS = 9999 };

static const char *const usage[] = {"generate RUN [OPTIONS]",
                                    "generate CHECKPOINT [OPTIONS]", NULL};

static const char *const text[] = {
    "Makes new sound with a network that was trained: the latest checkpoint of "
    "a run, or any other. The files are named after the run, the epoch, the "
    "temperature and the seed; the same seed makes the same sound again. They "
    "can be listened to while they grow.",
    "A prompt is a sound that the network goes on from: bell.wav@3.5s+1s is "
    "one second of bell.wav from 3.5 s on; corpus@12s+1s is a place in the "
    "recordings that the run learned from, and corpus a random one, which is "
    "also what is taken when no prompt is given.",
    "Temperatures above 1 are more surprising, below 1 steadier. 0.5..1.2 goes "
    "evenly from one to the other; 0:0.5,2s:1,5s:0.7 through these values at "
    "these times.",
    "Networks that speak 16-bit sound (output=logistics) choose one of several "
    "guesses and scatter round it. --temperature turns both, "
    "--weight-temperature and --scale-temperature multiply it for the choice "
    "and for the scattering alone; --top-k and --top-p leave only the "
    "likeliest guesses, not levels.",
    NULL};

static const cli_option options[] = {
    {"epoch", "N", NULL, "The checkpoint of this epoch, not the latest."},
    {"prompt", "SOUND", NULL, "What to go on from; several for the voices."},
    {"prompt-seconds", "S", NULL, "Length of prompts without one [1]."},
    {"keep-prompt", "yes|no", NULL, "The files start with the prompt [no]."},
    {"seconds", "S", NULL, "How much to make [10]."},
    {"temperature", "T", NULL, "How much is left to chance [1]."},
    {"weight-temperature", "X", NULL, "Times T: which guess is taken [1]."},
    {"scale-temperature", "X", NULL, "Times T: how far it scatters [1]."},
    {"top-k", "N", NULL, "Only the N likeliest; 0: all [0]."},
    {"top-p", "P", NULL, "Only the likeliest, up to this probability [1]."},
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
    char *checkpoint, *run; /* run: its folder, or null */
    cli_voices_settings voices;
    cli_prompt *prompts;
    char **paths;
    tb_tags *tags;
    cli_turned controls[TB_MOST_CONTROLS];
    const char *texts[TB_MOST_CONTROLS]; /* as typed */
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

/* ---- controls ---- */

static tb_status turn(generate_work *w, const char *name, const char *value,
                      tb_error *error)
{
    tb_model *m = w->voices.model;
    const tb_control *c;
    char all[512] = "";
    for (int i = 0; (c = tb_model_control(m, "generate", i)); i++) {
        size_t n = strlen(all);
        if (tb_control_is_named(c, name)) {
            int k = w->voices.control_count++;
            w->controls[k].control = c;
            w->texts[k] = value;
            return tb_ramp_parse(value, c->name, c->low, c->high,
                                 &w->controls[k].ramp, error);
        }
        snprintf(all + n, sizeof all - n, "%s%s", n ? ", " : "", c->name);
    }
    return tb_fail(error, TB_ERR_ARGUMENT, "%s has no control called '%s'%s%s.",
                   tb_model_kind(m), name, all[0] ? "; there are " : "", all);
}

/* "name=value" */
static tb_status turn_named(generate_work *w, const char *given,
                            tb_error *error)
{
    char name[64];
    const char *equals = strchr(given, '=');
    size_t n = equals ? (size_t)(equals - given) : 0;
    if (n == 0 || n >= sizeof name)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--control '%s' is not understood: write NAME=VALUE.",
                       given);
    snprintf(name, sizeof name, "%.*s", (int)n, given);
    return turn(w, name, equals + 1, error);
}

static tb_status read_controls(generate_work *w, tb_error *error)
{
    static const char *const own[] = {"temperature", "weight-temperature",
                                      "scale-temperature", "top-k", "top-p"};
    tb_status status = TB_OK;
    for (int i = 0; i < w->args->given_count && !status; i++) {
        const cli_given *g = &w->args->given[i];
        for (size_t k = 0; g->option && k < sizeof own / sizeof *own; k++)
            if (strcmp(g->option->name, own[k]) == 0 && !status)
                status = turn(w, own[k], g->value, error);
        if (g->option && strcmp(g->option->name, "control") == 0 && !status)
            status = turn_named(w, g->value, error);
    }
    w->voices.controls = w->controls;
    return status;
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

/* The run whose folder "checkpoints" holds this file, or null. */
static char *run_of(const char *checkpoint)
{
    char *folder = tb_path_folder(checkpoint);
    char *run = folder ? tb_path_folder(folder) : NULL;
    tb_free(folder);
    if (run && tb_is_run(run))
        return run;
    tb_free(run);
    return NULL;
}

static bool is_checkpoint_name(const char *path)
{
    return strcmp(tb_path_extension(path), "safetensors") == 0;
}

/* What else people name: sounds, and files beside the checkpoints. */
static tb_status check_checkpoint(const char *path, tb_error *error)
{
    char word[TB_SHELL_WORD];
    tb_audio_info info;
    tb_error none;
    tb_status status = tb_check_exists(path, error);
    if (status || is_checkpoint_name(path))
        return status;
    tb_decoder *decoder = tb_decoder_open(path, &info, &none);
    if (!decoder)
        return TB_OK;
    tb_decoder_close(decoder);
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' is a sound, not a checkpoint. To go on from it, name "
                   "a run, too: %s generate runs/NAME --prompt %s",
                   path, cli_program(), tb_shell_word(path, word));
}

static tb_status open_model(generate_work *w, tb_error *error)
{
    long long epoch = -1;
    tb_message message;
    if (w->args->word_count != 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name one run or checkpoint: timbrel generate "
                       "runs/NAME.");
    tb_status status =
        cli_integer(w->args, "epoch", 0, 1000000000, &epoch, error);
    if (!status)
        status = tb_checkpoint_find(w->args->words[0], (int)epoch,
                                    &w->checkpoint, error);
    if (!status)
        status = check_checkpoint(w->checkpoint, error);
    if (status)
        return status;
    w->voices.model = tb_model_open(w->checkpoint, &message);
    if (!w->voices.model && !is_checkpoint_name(w->checkpoint))
        return tb_fail(error, TB_ERR_FORMAT,
                       "'%s' is no checkpoint. Name a run, or a file of its "
                       "folder 'checkpoints'.",
                       w->checkpoint);
    if (!w->voices.model)
        return tb_fail(error, TB_ERR_FORMAT, "%s", message.text);
    w->run = run_of(w->checkpoint);
    if (w->voices.rate == 0)
        w->voices.rate = tb_model_sample_rate(w->voices.model);
    return TB_OK;
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
    const cli_prompt_source source = {w->voices.model, w->run,
                                      w->prompt_seconds, w->voices.seed};
    const cli_corpus corpus = cli_look_for_corpus(&source);
    int *count = &w->voices.prompt_count;
    bool from_corpus = false;
    tb_status status = TB_OK;
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
    if (!status)
        align_prompts(w);
    w->voices.prompts = w->prompts;
    return status;
}

/* ---- files ---- */

/* The temperature, if it was given. */
static const tb_ramp *heat_of(const generate_work *w)
{
    for (int i = 0; i < w->voices.control_count; i++)
        if (strcmp(w->controls[i].control->name, "temperature") == 0)
            return &w->controls[i].ramp;
    return NULL;
}

/* "bells_e12_T0.90_seed4711" */
static void name_stem(const generate_work *w, char *stem, size_t size)
{
    const tb_ramp *t = heat_of(w);
    char *name = w->run ? tb_run_title(w->run) : tb_path_stem(w->checkpoint);
    int epoch = tb_model_epoch(w->voices.model);
    size_t n = (size_t)snprintf(stem, size, "%.200s", name ? name : "timbrel");
    tb_free(name);
    if (epoch >= 0 && n < size)
        n += (size_t)snprintf(stem + n, size - n, "_e%d", epoch);
    n += (size_t)snprintf(stem + n, size - n, "_T%.2f", t ? t->value[0] : 1);
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

/* All that repeats this sound. */
static void tag_file(const generate_work *w, int i)
{
    const cli_voices_settings *s = &w->voices;
    tb_tags *t = &w->tags[i];
    snprintf(t->title, sizeof t->title, "%s", tb_path_base(w->paths[i]));
    if (w->run)
        tb_tags_add(t, NULL, "run", "%s", w->run);
    tb_tags_add(t, NULL, "checkpoint", "%s", tb_path_base(w->checkpoint));
    tb_tags_add(t, NULL, "seed", "%llu", (unsigned long long)s->seed);
    if (!heat_of(w))
        tb_tags_add(t, NULL, "temperature", "1");
    for (int k = 0; k < s->control_count; k++)
        tb_tags_add(t, NULL, s->controls[k].control->name, "%s", w->texts[k]);
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
    fprintf(to, "%s, seed %llu", w->checkpoint, (unsigned long long)s->seed);
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
        seconds +=
            (double)s->prompts[0].frames / tb_model_sample_rate(s->model);
    return seconds;
}

static void say_json(const generate_work *w, int i)
{
    tb_json_writer out = {0};
    tb_json_begin_object(&out, NULL);
    tb_json_put_text(&out, "event", "file");
    tb_json_put_text(&out, "path", w->paths[i]);
    tb_json_put_text(&out, "checkpoint", w->checkpoint);
    tb_json_put_integer(&out, "seed", (int64_t)w->voices.seed);
    tb_json_put_number(&out, "seconds", seconds_made(w));
    tb_json_end_object(&out);
    cli_json_line(&out);
}

static void say_after(const generate_work *w, int64_t clipped)
{
    FILE *to = where_to_say(w);
    for (int i = 0; i < w->file_count; i++)
        if (w->json && to == stdout)
            say_json(w, i);
        else if (to == stdout)
            fprintf(to, "%s\n", w->paths[i]);
    if (clipped > 0)
        fprintf(stderr,
                "timbrel: %lld %s beyond full level: a lower --level avoids "
                "that.\n",
                (long long)clipped,
                tb_plural(clipped, "sample was", "samples were"));
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
    tb_free(w->run);
    tb_free(w->checkpoint);
    tb_model_close(w->voices.model);
}

static tb_status prepare(generate_work *w, tb_error *error)
{
    tb_status status = read_choices(w, error);
    if (!status)
        status = read_numbers(w, error);
    if (!status)
        status = open_model(w, error);
    if (!status)
        status = read_controls(w, error);
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
    int64_t clipped = 0;
    tb_status status = prepare(&w, &error);
    if (!status) {
        say_before(&w);
        cli_catch_stop();
        status = cli_voices_make(&w.voices, show_progress, &clipped, &error);
        cli_bar_clear();
        if (!status || status == TB_ERR_STOPPED)
            say_after(&w, clipped);
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
