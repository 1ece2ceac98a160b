/* timbrel transfer */
#include "cli/latent_change.h"
#include "cli/say.h"
#include "cli/transfer_report.h"
#include "cli/transfer_sound.h"

#include "base/paths.h"

#include <math.h>

static const char *const usage[] = {"transfer MODEL SOUND... -o OUT", NULL};

static const char *const text[] = {
    "Sends recordings through a model and writes what comes out. MODEL is a "
    "TorchScript file that somebody trained and shared (RAVE and others that "
    "nn~ plays), or a run or checkpoint whose network goes from sound to "
    "sound. What it can do, 'timbrel info MODEL' tells.",
    "SOUND is a file or a folder, of any length. OUT is a file for one "
    "recording and a folder for several. A model of one channel plays each "
    "channel of a recording by itself. The result has the model's sample rate.",
    "Models answer late. What they say of that, or the layers that they are "
    "made of, is cut off, so that the result lies in time with the recording; "
    "where nothing is said, the delay is estimated from the loudness of the "
    "first 30 s, and --latency says it better.",
    "A network with adain moves what it hears from the statistics of the "
    "recording to those of each --target, layer by layer: it hears these "
    "first, whole, and then the recording, before it makes a sound.",
    "--report says how far pitch and loudness of the result lie from those of "
    "the recording, and how far its colour (MFCC, as maximum mean discrepancy, "
    "0 "
    "alike) from the recording's and from that of the sounds that a run "
    "learned "
    "from, or of --like.",
    "A .ts remembers the last samples that its exporter played. They would be "
    "heard for a second at up to the level of the sound itself, so it hears 2 "
    "s "
    "of silence before each recording; --as-stored leaves that out.",
    NULL};

static const cli_option options[] = {
    {"o", "OUT", NULL, "A file (.wav, .aif, .flac, .ogg), or a folder."},
    {"method", "NAME", NULL, "What the model does to it [forward]."},
    {"wet", "X", NULL, "0: the recording, 1: the model alone [1]."},
    {"target", "SOUND", NULL,
     "Takes on how this sounds, if the network can (adain); several are one."},
    {"report", NULL, NULL,
     "Measures pitch, loudness and colour: OUT.json, and two pictures."},
    {"like", "SOUNDS", NULL,
     "With --report: what it is to sound like, if not the run's own sounds."},
    {"match-level", NULL, NULL, "As loud as the recording."},
    {"latency", "TIME", NULL,
     "What is cut off at the beginning, such as 0.5s."},
    CLI_LATENT_OPTIONS,
    CLI_PASSING_OPTIONS,
    {NULL, NULL, NULL, NULL}};

typedef struct transfer {
    cli_passing passing;
    cli_transfer_settings settings;
    cli_likeness likeness; /* of --report, from the first sound on */
} transfer;

static tb_status read_options(transfer *t, const cli_args *args,
                              tb_error *error)
{
    cli_transfer_settings *s = &t->settings;
    *s = (cli_transfer_settings){.passing = &t->passing,
                                 .wet = 1,
                                 .latency = -1,
                                 .match_level = cli_has(args, "match-level"),
                                 .is_stopped = cli_is_stopped};
    tb_status status = cli_number(args, "wet", 0, 1, &s->wet, error);
    if (!status)
        status = cli_time(args, "latency", 0, 10, &s->latency, error);
    return status;
}

/* ---- the work ---- */

static void show_progress(double done, const char *file)
{
    cli_bar(done, "%s", tb_path_base(file));
}

static void say_report(const transfer *t, const char *to,
                       const cli_transfer_report *r)
{
    const tb_voices_settings *v = &t->passing.voices;
    printf("%s: %.1f s at %g kHz, %.0f times real time", to, r->seconds,
           r->sample_rate / 1000, r->seconds / fmax(r->work_seconds, 1e-9));
    if (r->latency > 0)
        printf(", %.0f ms of latency cut off%s", 1000 * r->latency,
               r->estimated ? " (estimated: --latency says it better)" : "");
    if (!v->silent)
        printf(", seed %llu", (unsigned long long)v->seed);
    printf(".\n");
    cli_say_turned_down(r->least_gain,
                        t->settings.match_level ? NULL : "--match-level helps");
}

/* All are measured at the rate of the first. */
static tb_status report(transfer *t, const char *from, const char *to,
                        double sample_rate, tb_error *error)
{
    tb_status status = TB_OK;
    if (!t->likeness.x)
        status =
            cli_likeness_open(&t->likeness, &t->passing, sample_rate, error);
    return status ? status
                  : cli_report_transfer(from, to, &t->likeness,
                                        t->passing.replace, error);
}

static tb_status pass_one(void *context, const char *from, const char *to,
                          tb_error *error)
{
    transfer *t = context;
    cli_transfer_report r;
    tb_status status = cli_transfer_sound(from, to, &t->settings, &r, error);
    cli_bar_clear();
    if (!status)
        say_report(t, to, &r);
    return !status && cli_has(t->passing.args, "report")
               ? report(t, from, to, r.sample_rate, error)
               : status;
}

static int run(const cli_args *args)
{
    tb_error error = {0};
    transfer t = {0};
    cli_catch_stop();
    tb_status status = read_options(&t, args, &error);
    if (!status)
        status = cli_passing_open(&t.passing, args, "forward", &error);
    t.settings.progress = show_progress;
    if (!status)
        status = cli_passing_each(&t.passing, "wav", pass_one, &t, &error);
    cli_likeness_close(&t.likeness);
    cli_passing_close(&t.passing);
    return cli_passing_code(status, &error);
}

const cli_command cli_transfer = {.name = "transfer",
                                  .about = "sends recordings through a model",
                                  .usage = usage,
                                  .text = text,
                                  .options = options,
                                  .run = run};
