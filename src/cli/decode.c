/* timbrel decode */
#include "cli/latent_change.h"
#include "cli/latents_file.h"
#include "cli/passing.h"
#include "cli/say.h"
#include "generate/voices.h"

#include "audio/encode.h"
#include "base/memory.h"

#include <math.h>

static const char *const usage[] = {"decode MODEL LATENTS... -o OUT", NULL};

static const char *const text[] = {
    "Makes sound of latents: those of 'timbrel encode', changed or not, or any "
    "array of numbers that you made.",
    "LATENTS is a file, .npy or .safetensors, or a folder of such. The axes "
    "are [channels, frames]; real and whole numbers of all sizes are taken. "
    "OUT is "
    "a sound file for one, and a folder for several. By how much the model is "
    "late, is cut off.",
    NULL};

static const cli_option options[] = {
    {"o", "OUT", NULL, "A file (.wav, .aif, .flac, .ogg), or a folder."},
    {"method", "NAME", NULL, "What the model does to it [decode]."},
    CLI_LATENT_OPTIONS,
    CLI_PASSING_OPTIONS,
    {NULL, NULL, NULL, NULL}};

typedef struct latents_decoding {
    cli_passing passing;
    tb_port_facts hears, says;
    cli_latent_change change;
} latents_decoding;

/* One file on its way. */
typedef struct decoded_file {
    const latents_decoding *d;
    cli_latents latents;
    tb_voices *voices;
    tb_encoder *encoder;
    float *in, *out; /* of a block */
    double rate;
    int64_t block, late, read,
        written; /* frames of sound, and of latents read */
} decoded_file;

/* ---- one file ---- */

/* Of the model, the command line or the file, in this order. */
static tb_status find_rate(decoded_file *f, tb_error *error)
{
    const cli_passing *p = &f->d->passing;
    f->rate = tb_model_sample_rate(p->model);
    if (f->rate <= 0)
        f->rate = p->rate > 0 ? p->rate : f->latents.sample_rate;
    if (f->rate > 0)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "'%s' does not say its sample rate: --rate 44100, or what "
                   "it is.",
                   p->args->words[0]);
}

/* Latents of another model are heard as something else. */
static tb_status check_ratio(const decoded_file *f, tb_error *error)
{
    const tb_port_facts *hears = &f->d->hears;
    double ratio = (double)hears->per / (double)hears->frames;
    if (f->latents.ratio == 0 || f->latents.ratio == ratio)
        return TB_OK;
    return tb_fail(error, TB_ERR_FORMAT,
                   "'%s' has a frame for %g samples, and the model wants one "
                   "for %g: another model made it.",
                   f->latents.path, f->latents.ratio, ratio);
}

static tb_status allocate(decoded_file *f, tb_error *error)
{
    const tb_port_facts *hears = &f->d->hears, *says = &f->d->says;
    int64_t late = tb_voices_latency(f->voices);
    f->block = cli_passing_block(tb_voices_grain(f->voices));
    f->late = late > 0 ? late : 0;
    size_t frames = (size_t)(f->block * hears->frames / hears->per);
    f->in = tb_alloc_array(frames * (size_t)hears->channels, sizeof *f->in);
    f->out = tb_alloc_array((size_t)f->block * (size_t)says->channels,
                            sizeof *f->out);
    return f->in && f->out ? TB_OK : tb_fail_memory(error);
}

static tb_status open_all(decoded_file *f, const char *from, const char *to,
                          tb_error *error)
{
    const cli_passing *p = &f->d->passing;
    tb_status status = cli_latents_open(&f->latents, from, &f->d->hears, error);
    if (!status)
        status = check_ratio(f, error);
    if (!status)
        status = find_rate(f, error);
    if (status)
        return status;
    f->voices = cli_passing_voices(p, 1, error);
    status = f->voices ? allocate(f, error) : error->status;
    if (status)
        return status;
    const tb_encode_settings settings = {.sample_rate = f->rate,
                                         .channels = f->d->says.channels,
                                         .replace = p->replace};
    f->encoder = tb_encoder_open(to, &settings, error);
    return f->encoder ? TB_OK : TB_ERR_FILE;
}

/* Of the next frames those that the file has. */
static int64_t there(const decoded_file *f, int64_t frames)
{
    int64_t left = f->latents.frames - f->read;
    return frames < left ? frames : left > 0 ? left : 0;
}

static tb_status pass_block(decoded_file *f, int64_t all, tb_error *error)
{
    const tb_port_facts *hears = &f->d->hears;
    int64_t frames = f->block * hears->frames / hears->per;
    const float *in = f->in;
    float *out = f->out;
    tb_status status =
        cli_latents_read(&f->latents, hears, f->read, frames, f->in, error);
    if (!status)
        cli_latent_change_apply(&f->d->change, f->in, there(f, frames));
    if (!status)
        status = tb_voices_transform(f->voices, &in, &out, f->block, error);
    if (status)
        return status;
    int64_t skipped = f->late < f->block ? f->late : f->block;
    int64_t made = f->block - skipped;
    made = made < all - f->written ? made : all - f->written;
    f->late -= skipped;
    f->read += frames;
    f->written += made;
    return tb_encoder_write(f->encoder, out + skipped * f->d->says.channels,
                            made, error);
}

static tb_status pass_all(decoded_file *f, tb_error *error)
{
    const tb_port_facts *hears = &f->d->hears;
    int64_t all = f->latents.frames * hears->per / hears->frames;
    tb_status status = TB_OK;
    while (!status && f->written < all) {
        status = pass_block(f, all, error);
        cli_bar((double)f->written / (double)all, "%s",
                tb_path_base(f->latents.path));
        if (!status && cli_is_stopped())
            status = tb_fail(error, TB_ERR_STOPPED, "Stopped.");
    }
    cli_bar_clear();
    if (status)
        return status;
    tb_encoder *encoder = f->encoder;
    tb_encode_report made;
    f->encoder = NULL;
    status = tb_encoder_close(encoder, &made, error);
    cli_say_turned_down(made.least_gain, NULL);
    return status;
}

static tb_status decode_one(void *context, const char *from, const char *to,
                            tb_error *error)
{
    decoded_file f = {.d = context};
    tb_status status = open_all(&f, from, to, error);
    if (!status)
        status = pass_all(&f, error);
    if (!status)
        printf("%s: %.1f s at %g kHz.\n", to, (double)f.written / f.rate,
               f.rate / 1000);
    cli_latents_close(&f.latents);
    tb_voices_free(f.voices);
    tb_encoder_discard(f.encoder);
    tb_free(f.in);
    tb_free(f.out);
    return status;
}

/* ---- the command ---- */

static tb_status check_method(latents_decoding *d, tb_error *error)
{
    const cli_passing *p = &d->passing;
    const char *method = p->voices.method;
    if (tb_model_input(p->model, method, 0, &d->hears) &&
        tb_model_output(p->model, method, 0, &d->says) && d->says.is_sound)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "%s does not make sound of what it is given: decode wants a "
                   "method that does.",
                   method);
}

static int run(const cli_args *args)
{
    tb_error error = {0};
    latents_decoding d = {.passing = {.takes = cli_is_latents}};
    cli_catch_stop();
    tb_status status = cli_passing_open(&d.passing, args, "decode", &error);
    if (!status)
        status = check_method(&d, &error);
    if (!status)
        status = cli_latent_change_read(&d.change, args, &d.hears, &error);
    if (!status)
        status = cli_passing_each(&d.passing, "wav", decode_one, &d, &error);
    cli_passing_close(&d.passing);
    return cli_passing_code(status, &error);
}

const cli_command cli_decode = {.name = "decode",
                                .about = "makes sound of latents",
                                .usage = usage,
                                .text = text,
                                .options = options,
                                .run = run};
