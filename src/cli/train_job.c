/* The job that the options of `timbrel train` ask for: of a new run, or of one
   that goes on. */
#include "cli/train.h"

#include "base/memory.h"
#include "base/paths.h"
#include "base/random.h"
#include "models/base_checkpoint.h"
#include "run/trainings.h"
#include "train/begin_from.h"
#include "train/choose.h"

#include <stdio.h>
#include <string.h>

/* Seeds that one can read out and type again. */
enum { SEEDS = 1000000 };

/* ---- settings ---- */

/* The options that are settings, in the order given. */
static tb_status apply_settings(const cli_args *args, tb_job *job,
                                tb_error *error)
{
    tb_settings_part parts[TB_JOB_PARTS];
    tb_status status = TB_OK;
    tb_job_parts(job, parts);
    for (int i = 0; i < args->given_count && !status; i++) {
        const cli_given *g = &args->given[i];
        const char *name = g->option ? g->option->setting : g->name;
        if (name)
            status =
                tb_settings_set(parts, TB_JOB_PARTS, name, g->value, error);
        else if (strcmp(g->option->name, "set") == 0)
            status = tb_settings_assign(parts, TB_JOB_PARTS, g->value, error);
        else if (strcmp(g->option->name, "hours") == 0)
            status = cli_minutes(args, &job->settings.minutes, error);
        else if (strcmp(g->option->name, "phase2") == 0)
            status = cli_take_phase2(job, g->value, error);
        else if (strcmp(g->option->name, "held-out") != 0)
            continue;
        else if (strcmp(g->value, "0") == 0)
            job->settings.held_out = 0;
        else
            status = tb_settings_set(parts, TB_JOB_PARTS, "held_out_file",
                                     g->value, error);
    }
    return status;
}

/* ---- a new run ---- */

/* Sounds without a network before them: they are listened to. */
static const tb_instrument *choose(const cli_args *args, tb_error *error)
{
    char words[400];
    tb_sound_kind kind;
    double minutes = 0;
    if (cli_has(args, "sweep")) {
        tb_fail(error, TB_ERR_ARGUMENT,
                "--sweep compares settings of one network: name it before the "
                "sounds.");
        return NULL;
    }
    if (cli_minutes(args, &minutes, error) ||
        tb_sound_kind_hear(args->words, args->word_count, &kind, error))
        return NULL;
    const tb_instrument *chosen =
        tb_choose_instrument(tb_instruments(), &kind, minutes);
    if (!chosen) {
        tb_fail(error, TB_ERR_ARGUMENT, "Name a network before the sounds.");
        return NULL;
    }
    tb_choice_words(chosen, &kind, minutes, words, sizeof words);
    if (!cli_has(args, "json"))
        printf("%s\n", words);
    return chosen;
}

/* A further training of a run learns from its sounds and stands on its network
   if nothing else is said. */
static tb_status take_from_above(const char *above, tb_job *job,
                                 tb_error *error)
{
    char named[8];
    tb_settings_part parts[TB_JOB_PARTS];
    tb_status status = TB_OK;
    tb_job_parts(job, parts);
    tb_base_named(job->instrument, job->config, 0, named, sizeof named);
    if (job->path_count == 0)
        status = tb_job_take_sounds(job, above, error);
    if (!status && job->instrument->bases && !named[0])
        status = tb_settings_set(parts, TB_JOB_PARTS, job->instrument->bases[0],
                                 above, error);
    return status;
}

/* Words from `first` on are sounds. */
static tb_status fill_job(const cli_args *args, const tb_instrument *instrument,
                          int first, const char *above, tb_job *job,
                          tb_error *error)
{
    tb_settings_part parts[TB_JOB_PARTS];
    tb_status status = tb_job_init(job, instrument, error);
    tb_job_parts(job, parts);
    if (!status && cli_has(args, "preset"))
        status = tb_settings_preset(parts, TB_JOB_PARTS,
                                    cli_value(args, "preset"), error);
    for (int i = first; i < args->word_count && !status; i++)
        status = tb_job_add_path(job, args->words[i], error);
    if (!status && cli_has(args, "run") &&
        !(job->folder = strdup(cli_value(args, "run"))))
        status = tb_fail_memory(error);
    if (!status && cli_has(args, "from"))
        status = tb_begin_like(job, cli_value(args, "from"), error);
    if (!status)
        status = apply_settings(args, job, error);
    if (!status && above)
        status = take_from_above(above, job, error);
    if (!status && !cli_is_setting_given(args, "seed"))
        job->settings.seed = tb_random_seed() % SEEDS;
    return status;
}

static tb_status new_job(const cli_args *args, tb_job *job, tb_error *error)
{
    if (cli_has(args, "finish"))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--finish ends what is there: name it with --resume.");
    if (args->word_count == 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Name a network and sounds: timbrel train %s SOUNDS; or "
                       "--resume RUN.",
                       tb_instruments()[0]->name);
    const tb_instrument *instrument =
        tb_instrument_named(args->words[0], error);
    int named = instrument != NULL;
    if (!named && tb_exists(args->words[0]))
        instrument = choose(args, error);
    if (!instrument)
        return error->status;
    char *above =
        cli_has(args, "run") ? tb_run_above(cli_value(args, "run")) : NULL;
    tb_status status = TB_OK;
    if (args->word_count == named && !above)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "Name the sounds to learn from: files or folders.");
    if (!status)
        status = fill_job(args, instrument, named, above, job, error);
    tb_free(above);
    return status;
}

/* ---- a run that goes on ---- */

/* What a network hears and speaks. */
typedef struct cli_alphabet {
    tb_sound_format sound;
    tb_symbols symbols;
    double mulaw;
} cli_alphabet;

static cli_alphabet alphabet_of(const tb_job *job)
{
    const tb_network *n = job->instrument->network;
    return (cli_alphabet){.sound = job->instrument->format(job->config),
                          .symbols =
                              n ? n->symbols(job->config) : (tb_symbols){0},
                          .mulaw = n && n->mulaw ? n->mulaw(job->config) : 0};
}

/* A run keeps the sound that its network speaks, and its chance. */
static tb_status same_voice(const tb_job *job, const cli_alphabet *was,
                            uint64_t seed, tb_error *error)
{
    cli_alphabet is = alphabet_of(job);
    const tb_symbols *a = &is.symbols, *b = &was->symbols;
    const char *what = is.sound.sample_rate != was->sound.sample_rate
                           ? "sample rate"
                       : is.sound.channels != was->sound.channels ? "channels"
                       : a->levels != b->levels                   ? "levels"
                       : a->per != b->per           ? "length of frames"
                       : a->channels != b->channels ? "size of frames"
                       : is.mulaw != was->mulaw     ? "mulaw"
                       : job->settings.seed != seed ? "seed"
                                                    : NULL;
    if (!what)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "This run goes on with the %s that it began with. Start "
                   "another run to change it.",
                   what);
}

/* Those that the run has learned from so far. */
static tb_status check_recordings(const tb_job *job, tb_error *error)
{
    for (int i = 0; i < job->path_count; i++)
        if (!tb_exists(job->paths[i]))
            return tb_fail(error, TB_ERR_FILE,
                           "There is no file or folder '%s', from which the "
                           "run learns. Put it back, or write its new place "
                           "into '%s/run.ini', under [sources].",
                           job->paths[i], job->folder);
    return TB_OK;
}

static tb_status resumed_job(const cli_args *args, tb_job *job, tb_error *error)
{
    if (args->word_count > 0 || cli_has(args, "preset") || cli_has(args, "run"))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--resume RUN knows its network and sounds: leave out "
                       "%s.",
                       args->word_count > 0   ? args->words[0]
                       : cli_has(args, "run") ? "--run"
                                              : "--preset");
    tb_status status = tb_job_read(job, cli_value(args, "resume"), error);
    if (!status)
        status = check_recordings(job, error);
    for (int i = 0; i < args->given_count && !status; i++)
        if (args->given[i].option &&
            strcmp(args->given[i].option->name, "sounds") == 0)
            status = tb_job_add_path(job, args->given[i].value, error);
    if (status)
        return status;
    uint64_t seed = job->settings.seed;
    cli_alphabet was = alphabet_of(job);
    const tb_training_settings before = job->settings;
    status = apply_settings(args, job, error);
    if (!status)
        status = cli_take_budget(args, &before, job, error);
    return status ? status : same_voice(job, &was, seed, error);
}

/* ---- either ---- */

static tb_status read_threads(const cli_args *args, int *threads,
                              tb_error *error)
{
    long long n = 0;
    tb_status status = cli_integer(args, "threads", 1, 1024, &n, error);
    *threads = (int)n;
    return status;
}

/* What must be known of a job before it is planned, and the plan. */
static tb_status settle_job(const cli_args *args, tb_job *job, tb_error *error)
{
    tb_status status = tb_job_find_labels(job, error);
    if (!status)
        status = tb_job_open_base(job, error);
    if (!status && !job->resume && !job->instrument->gathering)
        status = cli_plan_job(args, job, error);
    if (!status && cli_has(args, "phase") &&
        !(job->phase = strdup(cli_value(args, "phase"))))
        status = tb_fail_memory(error);
    return status;
}

tb_status cli_make_job(const cli_args *args, tb_job *job, tb_error *error)
{
    int threads;
    *job = (tb_job){0};
    tb_status status = read_threads(args, &threads, error);
    if (!status)
        status = cli_has(args, "resume") ? resumed_job(args, job, error)
                                         : new_job(args, job, error);
    job->threads = threads;
    return status ? status : settle_job(args, job, error);
}

tb_status cli_make_trial(const cli_args *args, const tb_instrument *instrument,
                         double minutes, tb_job *job, tb_error *error)
{
    int threads;
    *job = (tb_job){0};
    tb_status status = read_threads(args, &threads, error);
    if (!status)
        status = fill_job(args, instrument, 0, NULL, job, error);
    job->threads = threads;
    if (minutes > 0)
        job->settings.minutes = minutes;
    return status ? status : settle_job(args, job, error);
}
