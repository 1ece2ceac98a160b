/* timbrel train */
#include "cli/train.h"
#include "cli/gather.h"
#include "cli/say.h"
#include "cli/train_watch.h"

#include "base/memory.h"
#include "base/paths.h"
#include "base/shell.h"
#include "run/phase_request.h"
#include "run/run_folder.h"
#include "train/estimate.h"

#include <stdlib.h>
#include <string.h>

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
     "Begins with the weights of a run, of RUN@12 or a checkpoint, or of a "
     ".ckpt or .ts of RAVE, and with its network's settings."},
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
    {"held-out", "FILE|0", NULL,
     "The file to test with, by its path or name, or 0: none."},
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
