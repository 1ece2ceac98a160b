/* timbrel train */
#include "cli/train.h"
#include "cli/gather.h"
#include "cli/say.h"
#include "cli/train_watch.h"

#include "base/memory.h"
#include "base/paths.h"
#include "base/random.h"
#include "base/shell.h"
#include "models/base_checkpoint.h"
#include "run/phase_request.h"
#include "run/run_folder.h"
#include "run/trainings.h"
#include "train/begin_from.h"
#include "train/choose.h"
#include "train/estimate.h"

#include <stdlib.h>
#include <string.h>

/* Seeds that one can read out and type again. */
enum { SEEDS = 1000000 };

static const char *const usage[] = {
    "train [NETWORK] SOUNDS... [OPTIONS]", "train SOUNDS... --try [OPTIONS]",
    "train NETWORK [SOUNDS...] --run RUN/NAME [OPTIONS]",
    "train --resume RUN [--sounds MORE]... [OPTIONS]", NULL};

static const char *const text[] = {
    "A network learns from recordings: files, or folders with everything below "
    "them. Which network, it chooses by the sounds and the time if none is "
    "named; with --try it tries several. "
    "All goes to a new folder, runs/NAME, whose index.html is a page to "
    "listen to while it learns. Every epoch leaves a checkpoint to generate "
    "from, and all of them are kept.",
    "Ctrl-C saves and stops; --resume goes on, as if nothing had happened.",
    NULL};

static const cli_option options[] = {
    {"run", "DIR", NULL,
     "The run's folder, instead of runs/NAME; a folder in a "
     "run is a further training of it."},
    {"from", "MODEL", "from",
     "Begins with the weights of a run or checkpoint, or of a .ckpt or .ts of "
     "RAVE, and with its network's settings."},
    {"compat", "NAME", "compat",
     "With --from: learns by an older program's ways, rave-2.3, its faults "
     "included."},
    {"resume", "RUN", NULL, "Goes on with a run."},
    {"sounds", "PATH", NULL, "With --resume: more sounds to learn from."},
    {"phase", "NAME", NULL,
     "The phase of learning that begins now; with "
     "--resume also of a run that is being trained."},
    {"phase2", "WHEN", NULL,
     "When the second phase begins, for networks that have one: auto (when "
     "nothing gets better any more), never, or a step."},
    {"preset", "NAME", NULL, "Settings that belong together: NAME,NAME..."},
    {"set", "K=V", NULL, "Changes a setting; may be given several times."},
    {"epochs", "N", "epochs", "How often the network hears all sounds."},
    {"minutes", "M", "minutes", "The time that it is trained for ..."},
    {"hours", "H", NULL, "... or that time in hours."},
    {"finish", NULL, NULL,
     "With --resume and --minutes, or --epochs, which then are so many more: "
     "ends in ever smaller steps what is there."},
    {"seed", "S", "seed", "Makes the run repeatable; random if not given."},
    {"held-out", "FILE|0", NULL, "The file to test with, or 0: none."},
    {"only", "LABELS", "only",
     "Learns from the stretches with these labels alone: a,b."},
    {"labels", "A,B", "labels",
     "Learns to follow these labels, or auto: all there are."},
    {"normalise", "WHAT", "normalise", "corpus, file or off."},
    {"examples", "N", "examples", "Sounds to listen to at each stage."},
    {"examples-every", "N", "examples_every", "Epochs between stages."},
    {"sweep", "K=A,B,C", NULL, "A training for each value, side by side."},
    {"try", NULL, NULL,
     "Trains two or three networks that suit the sounds, 3 minutes each or in "
     "--minutes together, and says which to go on with."},
    {"threads", "N", NULL, "As many as there are processors if not given."},
    {"check", NULL, NULL,
     "Listens to the sounds for silence and clipping, and says how long all "
     "phases take on this machine."},
    {"dry-run", NULL, NULL, "Says what it would do, and how long it takes."},
    {"json", NULL, NULL, "Prints a line of JSON for each event."},
    {NULL, NULL, NULL, NULL}};

/* ---- the job ---- */

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

/* ---- doing it ---- */

int cli_dry_run(const tb_job *job, bool json)
{
    tb_error error;
    tb_estimate estimate;
    int code = CLI_OK;
    if (tb_estimate_make(job, &estimate, &error))
        code = cli_complain(&error);
    else
        cli_say_estimate(job, &estimate, json);
    tb_estimate_clear(&estimate);
    return code;
}

/* What can be made with it: sound that goes on by itself, or out of sound. */
static void say_uses(const tb_instrument *instrument, const char *run)
{
    const tb_network *network = instrument->network;
    if (!network || network->loop)
        printf("Make more: %s generate %s\n", cli_program(), run);
    else
        printf("Send sound through it: %s transfer %s SOUND -o OUT\n",
               cli_program(), run);
}

/* Only what does something: no sounds, nothing to listen to; no checkpoint,
   nothing to play. */
static void say_end(const tb_job *job, const tb_training *t, tb_status status)
{
    char run[TB_SHELL_WORD], page[TB_SHELL_WORD];
    tb_training_facts facts = tb_training_describe(t);
    const char *folder = tb_training_folder(t);
    tb_shell_word(folder, run);
    printf("%s.\n", status == TB_OK ? "Done" : "Saved");
    bool is_heard = tb_run_latest(folder) >= 0;
    char *index = tb_path_join(folder, "index.html");
    if (index && tb_exists(index))
        printf("%s: %s\n",
               is_heard && job->settings.examples > 0 ? "Listen" : "Look",
               tb_shell_word(index, page));
    tb_free(index);
    if (is_heard)
        say_uses(job->instrument, run);
    printf("Go on: %s train --resume %s", cli_program(), run);
    if (facts.over && facts.minutes > 0)
        printf(" --minutes %g", facts.minutes);
    else if (facts.over || (facts.epochs && facts.epoch >= facts.epochs))
        printf(" --epochs %lld", 2 * (long long)facts.epoch);
    printf("\n");
}

int cli_train_job(const tb_job *job, bool json)
{
    tb_error error;
    cli_train_watch state = {.json = json};
    tb_training_watch watch = cli_watch_training(&state);
    cli_catch_stop();
    tb_training *t = tb_training_new(job, &watch, &error);
    if (!t)
        return cli_complain(&error);
    cli_say_training(job, t, json);
    tb_status status = tb_training_run(t, &error);
    cli_bar_clear();
    int code = CLI_OK;
    if (status == TB_ERR_STOPPED)
        code = CLI_STOPPED;
    else if (status)
        code = cli_complain(&error);
    if (!json && (!status || status == TB_ERR_STOPPED))
        say_end(job, t, status);
    tb_training_free(t);
    return code;
}

/* ---- a training that is under way ---- */

/* Another process has the run, and hears of nothing but a phase. */
static tb_status ask_for_phase(const cli_args *args, const tb_job *job,
                               tb_error *error)
{
    tb_learning learning = {0};
    for (int i = 0; i < args->given_count; i++) {
        const cli_given *g = &args->given[i];
        const char *name = g->option ? g->option->name : g->name;
        if (strcmp(name, "resume") && strcmp(name, "phase") &&
            strcmp(name, "json"))
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "'%s' is being trained: that training can be told "
                           "the next phase, and nothing else. Leave out --%s, "
                           "or stop it first.",
                           job->folder, name);
    }
    tb_status status = tb_job_learning(job, &learning, error);
    if (!status && tb_learning_find_phase(&learning, job->phase, error) < 0)
        status = TB_ERR_ARGUMENT;
    tb_learning_clear(&learning);
    if (!status)
        status = tb_phase_request_leave(job->folder, job->phase, error);
    return status;
}

static int tell_running(const cli_args *args, const tb_job *job, bool json)
{
    tb_error error;
    if (ask_for_phase(args, job, &error))
        return cli_complain(&error);
    if (!json)
        printf("'%s' is being trained. It has been told to begin the phase %s "
               "with its next step, and says so.\n",
               job->folder, job->phase);
    return CLI_OK;
}

static int run(const cli_args *args)
{
    tb_error error;
    tb_job job;
    int code;
    bool json = cli_has(args, "json");
    if (cli_has(args, "try"))
        return cli_train_try(args);
    if (cli_has(args, "sweep"))
        return cli_train_sweep(args);
    if (cli_make_job(args, &job, &error))
        code = cli_complain(&error);
    else if (job.resume && job.phase && tb_run_is_held(job.folder))
        code = tell_running(args, &job, json);
    else if (cli_has(args, "check") && !job.instrument->gathering)
        code = cli_train_check(&job, json);
    else if (job.instrument->gathering)
        code = cli_gather(&job, cli_has(args, "dry-run"), json);
    else
        code = cli_has(args, "dry-run") ? cli_dry_run(&job, json)
                                        : cli_train_job(&job, json);
    tb_job_clear(&job);
    return code;
}

static void write_settings(FILE *to)
{
    tb_job job;
    tb_settings_part parts[TB_JOB_PARTS];
    const tb_instrument *const *i = tb_instruments();
    fprintf(to, "Networks:\n");
    for (; *i; i++)
        fprintf(to, "  %-16s %s\n", (*i)->name, (*i)->about);
    for (i = tb_instruments(); *i; i++) {
        if (tb_job_init(&job, *i, NULL) == TB_OK) {
            tb_job_parts(&job, parts);
            fprintf(to, "\n%s, ", (*i)->name);
            tb_settings_help(parts, i[1] ? 1 : TB_JOB_PARTS, to);
        }
        tb_job_clear(&job);
    }
}

const cli_command cli_train = {.name = "train",
                               .about = "learns from recordings",
                               .usage = usage,
                               .text = text,
                               .options = options,
                               .settings = write_settings,
                               .run = run};
