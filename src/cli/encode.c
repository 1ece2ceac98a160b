/* timbrel encode */
#include "cli/heard_sound.h"
#include "cli/latent_change.h"
#include "cli/latents_file.h"
#include "cli/passing.h"
#include "cli/say.h"
#include "generate/voices.h"

#include "base/amounts.h"
#include "base/memory.h"

#include <math.h>

static const char *const usage[] = {"encode MODEL SOUND... -o OUT", NULL};

static const char *const text[] = {
    "Writes what a model makes of recordings: latents, a few numbers for each "
    "moment of sound, or codes. Change them with any program that reads "
    "arrays, and 'timbrel decode' makes sound of them again.",
    "OUT is a file for one recording, .npy or .safetensors, which also keeps "
    "the model, the sample rate and for how many samples a frame stands; a "
    "folder for several. The axes are [channels, frames]. Frames lie in time "
    "with the recording: by how much the model is late, is cut off, to the "
    "nearest whole frame.",
    "MODEL is a TorchScript file with a method encode, or a run or checkpoint "
    "whose network encodes. A recording of several channels is mixed down for "
    "a model of one.",
    NULL};

static const cli_option options[] = {
    {"o", "OUT", NULL, "A file (.npy, .safetensors), or a folder."},
    {"method", "NAME", NULL, "What the model does to it [encode]."},
    {"safetensors", NULL, NULL, "In a folder: .safetensors, not .npy."},
    CLI_LATENT_OPTIONS,
    CLI_PASSING_OPTIONS,
    {NULL, NULL, NULL, NULL}};

enum { TEXTS = 4, TEXT = 512 };

typedef struct latents_encoding {
    cli_passing passing;
    tb_port_facts hears, says;
    cli_latent_change change;
} latents_encoding;

/* One recording on its way. */
typedef struct encoded_sound {
    const latents_encoding *e;
    cli_heard_sound sound;
    tb_voices *voices;
    cli_latents_writer *writer;
    float *latents;  /* of a block */
    int64_t latency; /* samples by which the model is late; 0: or unknown */
    int64_t late, written; /* frames to be left out, frames that are there */
    char values[TEXTS][TEXT];
    tb_stored_text texts[TEXTS];
} encoded_sound;

/* ---- one recording ---- */

/* What .safetensors tell of themselves. */
static void describe(encoded_sound *s)
{
    static const char *const keys[TEXTS] = {"model", "method", "sample_rate",
                                            "ratio"};
    const latents_encoding *e = s->e;
    snprintf(s->values[0], TEXT, "%s", tb_path_base(e->passing.args->words[0]));
    snprintf(s->values[1], TEXT, "%s", e->passing.voices.method);
    snprintf(s->values[2], TEXT, "%.10g", s->sound.rate);
    snprintf(s->values[3], TEXT, "%.10g",
             (double)e->says.per / (double)e->says.frames);
    for (int i = 0; i < TEXTS; i++)
        s->texts[i] = (tb_stored_text){keys[i], s->values[i]};
}

/* Whole frames that are nearest to the model's latency. */
static int64_t latency_frames(const encoded_sound *s)
{
    const tb_port_facts *says = &s->e->says;
    return llround((double)(s->latency * says->frames) / (double)says->per);
}

static tb_status open_all(encoded_sound *s, const char *from, const char *to,
                          tb_error *error)
{
    const latents_encoding *e = s->e;
    const cli_passing *p = &e->passing;
    double rate = tb_model_sample_rate(p->model);
    tb_status status =
        cli_heard_sound_open(&s->sound, from, rate > 0 ? rate : p->rate, error);
    if (status)
        return status;
    s->voices = cli_passing_voices(p, 1, error);
    if (!s->voices)
        return error->status;
    int64_t block = cli_passing_block(tb_voices_grain(s->voices));
    s->latency = tb_voices_latency(s->voices);
    s->latency = s->latency > 0 ? s->latency : 0;
    s->late = latency_frames(s);
    size_t frames = (size_t)(block * e->says.frames / e->says.per);
    s->latents =
        tb_alloc_array(frames * (size_t)e->says.channels, sizeof *s->latents);
    if (!s->latents)
        return tb_fail_memory(error);
    status =
        cli_heard_sound_begin(&s->sound, 1, e->hears.channels, block, error);
    if (status)
        return status;
    describe(s);
    s->writer =
        cli_latents_create(to, p->replace, &e->says, s->texts, TEXTS, error);
    return s->writer ? TB_OK : error->status;
}

/* Frames that the recording has, whose last may be begun only. */
static int64_t frames_of(const encoded_sound *s)
{
    const tb_port_facts *says = &s->e->says;
    return (s->sound.heard * says->frames + says->per - 1) / says->per;
}

static tb_status pass_block(encoded_sound *s, tb_error *error)
{
    const tb_port_facts *says = &s->e->says;
    int64_t count = 0, made = s->sound.block * says->frames / says->per;
    float *out = s->latents;
    tb_status status = cli_heard_sound_fill(&s->sound, &count, error);
    if (!status)
        status = tb_voices_transform(s->voices, s->sound.at, &out,
                                     s->sound.block, error);
    if (status)
        return status;
    int64_t skipped = s->late < made ? s->late : made;
    int64_t left = frames_of(s) - s->written;
    cli_latent_change_apply(&s->e->change, out, made);
    s->late -= skipped;
    made = made - skipped < left ? made - skipped : left;
    s->written += made;
    return cli_latents_add(s->writer, out + skipped * says->channels, made,
                           error);
}

static tb_status pass_all(encoded_sound *s, const char *from, tb_error *error)
{
    tb_status status = TB_OK;
    while (!status && !(s->sound.ended && s->written == frames_of(s))) {
        status = pass_block(s, error);
        if (s->sound.expected > 0)
            cli_bar((double)s->sound.heard / (double)s->sound.expected, "%s",
                    tb_path_base(from));
        if (!status && cli_is_stopped())
            status = tb_fail(error, TB_ERR_STOPPED, "Stopped.");
    }
    cli_bar_clear();
    if (status)
        return status;
    cli_latents_writer *writer = s->writer;
    s->writer = NULL;
    return cli_latents_finish(writer, error);
}

static void say_latency(const encoded_sound *s)
{
    const tb_port_facts *says = &s->e->says;
    int64_t frames = latency_frames(s);
    double left = (double)s->latency -
                  (double)(frames * says->per) / (double)says->frames;
    if (s->latency > 0)
        printf("; %lld %s of latency cut off", (long long)frames,
               tb_plural(frames, "frame", "frames"));
    if (left != 0)
        printf(", they stand %g samples %s", fabs(left),
               left > 0 ? "late" : "early");
    printf(".\n");
}

static tb_status encode_one(void *context, const char *from, const char *to,
                            tb_error *error)
{
    encoded_sound s = {.e = context};
    const tb_port_facts *says = &s.e->says;
    tb_status status = open_all(&s, from, to, error);
    if (!status)
        status = pass_all(&s, from, error);
    if (!status) {
        printf("%s: %lld %s of %d %s, one for %g samples at %g kHz", to,
               (long long)s.written, tb_plural(s.written, "frame", "frames"),
               says->channels, tb_plural(says->channels, "channel", "channels"),
               (double)says->per / (double)says->frames, s.sound.rate / 1000);
        say_latency(&s);
    }
    cli_heard_sound_close(&s.sound);
    tb_voices_free(s.voices);
    cli_latents_discard(s.writer);
    tb_free(s.latents);
    return status;
}

/* ---- the command ---- */

static tb_status check_method(latents_encoding *e, tb_error *error)
{
    const cli_passing *p = &e->passing;
    const char *method = p->voices.method;
    if (tb_model_input(p->model, method, 0, &e->hears) &&
        tb_model_output(p->model, method, 0, &e->says) && e->hears.is_sound)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "%s does not take sound: encode writes what a model makes "
                   "of recordings.",
                   method);
}

static int run(const cli_args *args)
{
    tb_error error = {0};
    latents_encoding e = {0};
    cli_catch_stop();
    tb_status status = cli_passing_open(&e.passing, args, "encode", &error);
    if (!status)
        status = check_method(&e, &error);
    if (!status)
        status = cli_latent_change_read(&e.change, args, &e.says, &error);
    if (!status)
        status = cli_passing_each(
            &e.passing, cli_has(args, "safetensors") ? "safetensors" : "npy",
            encode_one, &e, &error);
    cli_passing_close(&e.passing);
    return cli_passing_code(status, &error);
}

const cli_command cli_encode = {.name = "encode",
                                .about = "writes what a model makes of sound",
                                .usage = usage,
                                .text = text,
                                .options = options,
                                .run = run};
