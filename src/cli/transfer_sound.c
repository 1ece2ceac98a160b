#include "cli/transfer_sound.h"

#include "audio/encode.h"
#include "base/clock.h"
#include "base/memory.h"
#include "cli/heard_sound.h"
#include "cli/latency_guess.h"
#include "cli/transfer_halves.h"
#include "cli/transfer_targets.h"
#include "generate/voices.h"

#include <math.h>
#include <string.h>

/* The latency is looked for in the first 30 s, up to 1.5 s, in steps of 64
   samples. */
enum { HEAD_SECONDS = 30, STEP = 64 };
static const double most_latency = 1.5;

typedef struct passage {
    const cli_transfer_settings *settings;
    tb_model *model;
    tb_port_facts hears, says; /* the method's input and output */
    tb_voices *voices;         /* null: in halves */
    cli_halves halves;
    cli_heard_sound sound;
    tb_encoder *encoder;
    const char *from;
    int rows, out_channels; /* of all rows */
    int64_t block;
    float *out; /* [rows, block, channels] */
    float *out_at[CLI_MOST_CHANNELS];
    float *dry, *wet; /* the head: [frames, out_channels] */
    int64_t dry_count, wet_count, head, written;
    int64_t latency, to_skip; /* frames; of those still to come */
    double gain;
    bool settled;
    cli_transfer_report report;
} passage;

/* ---- set-up ---- */

/* A model of one channel plays each channel of the recording by itself. */
static tb_status choose_channels(passage *p, tb_error *error)
{
    bool apart = p->hears.channels == 1 && p->says.channels == 1 &&
                 p->sound.file_channels <= CLI_MOST_CHANNELS;
    p->rows = apart ? p->sound.file_channels : 1;
    p->out_channels = p->rows * p->says.channels;
    if (p->hears.channels <= CLI_MOST_CHANNELS &&
        p->out_channels <= CLI_MOST_CHANNELS)
        return TB_OK;
    return tb_fail(error, TB_ERR_UNSUPPORTED,
                   "%s has %d channels in and %d out: up to %d are possible.",
                   p->settings->passing->voices.method, p->hears.channels,
                   p->says.channels, CLI_MOST_CHANNELS);
}

/* The user's, or what the model says of its own; else the estimate comes when
   the head has been played. */
static void ask_latency(passage *p)
{
    int64_t told = p->voices ? tb_voices_latency(p->voices)
                             : cli_halves_latency(&p->halves);
    p->report.estimated = p->settings->latency < 0 && told < 0;
    if (p->settings->latency >= 0)
        p->latency = llround(p->settings->latency * p->sound.rate);
    else if (told >= 0)
        p->latency = told;
}

static tb_status allocate(passage *p, tb_error *error)
{
    int64_t late = (int64_t)(most_latency * p->sound.rate);
    late = p->latency > late ? p->latency : late;
    size_t head =
        (size_t)(p->head + late + 2 * p->block) * (size_t)p->out_channels;
    p->out =
        tb_alloc_array((size_t)(p->block * p->out_channels), sizeof *p->out);
    p->dry = tb_alloc_array(head, sizeof *p->dry);
    p->wet = tb_alloc_array(head, sizeof *p->wet);
    if (!p->out || !p->dry || !p->wet)
        return tb_fail_memory(error);
    for (int i = 0; i < p->rows; i++)
        p->out_at[i] = p->out + i * p->block * p->says.channels;
    return TB_OK;
}

static tb_status open_voices(passage *p, tb_error *error)
{
    const cli_passing *passing = p->settings->passing;
    if (cli_halves_wanted(passing->args)) {
        tb_status status = cli_halves_open(&p->halves, passing, p->rows, error);
        if (status)
            return status;
        p->block = p->halves.block;
    } else {
        p->voices = cli_passing_voices(passing, p->rows, error);
        if (!p->voices)
            return error->status;
        p->block = cli_passing_block(tb_voices_grain(p->voices));
    }
    p->head = (int64_t)(HEAD_SECONDS * p->sound.rate) / p->block * p->block;
    ask_latency(p);
    return cli_heard_sound_begin(&p->sound, p->rows, p->hears.channels,
                                 p->block, error);
}

static tb_status open_all(passage *p, const char *from, const char *to,
                          tb_error *error)
{
    const cli_passing *passing = p->settings->passing;
    double rate = tb_model_sample_rate(p->model);
    tb_status status = cli_heard_sound_open(
        &p->sound, from, rate > 0 ? rate : passing->rate, error);
    if (!status)
        status = choose_channels(p, error);
    if (!status)
        status = open_voices(p, error);
    if (!status)
        status = allocate(p, error);
    if (!status)
        status = cli_hear_targets(passing, p->voices, &p->sound,
                                  p->out_channels, from, error);
    if (status)
        return status;
    const tb_encode_settings settings = {.sample_rate = p->sound.rate,
                                         .channels = p->out_channels,
                                         .samples = TB_SAMPLES_DEFAULT,
                                         .replace = passing->replace};
    p->encoder = tb_encoder_open(to, &settings, error);
    return p->encoder ? TB_OK : TB_ERR_FILE;
}

/* ---- what the model makes, and when ---- */

/* Frames that wait to be written: the recording's and the model's. Rows of
   so many channels each lie side by side. */
static void keep(const passage *p, float *to, int64_t *count,
                 const float *const *rows, int channels, int64_t frames)
{
    int last = p->rows * channels - 1;
    for (int64_t i = 0; i < frames; i++, ++*count)
        for (int ch = 0; ch < p->out_channels; ch++) {
            int from = ch < last ? ch : last;
            to[*count * p->out_channels + ch] =
                rows[from / channels][i * channels + from % channels];
        }
}

static double level_of(const float *x, int64_t n)
{
    double sum = 1e-12;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum / (double)(n > 0 ? n : 1));
}

/* Latency and level, by the head of the recording. */
static tb_status settle(passage *p, tb_error *error)
{
    int64_t steps =
        (p->dry_count < p->wet_count ? p->dry_count : p->wet_count) / STEP;
    p->gain = 1;
    if (p->report.estimated && steps > 1) {
        p->latency = cli_guess_latency(p->dry, p->wet, steps * STEP,
                                       p->out_channels, p->sound.rate);
        if (p->latency < 0)
            return tb_fail_memory(error);
    }
    if (p->settings->match_level && steps > 0)
        p->gain = level_of(p->dry, steps * STEP * p->out_channels) /
                  level_of(p->wet, steps * STEP * p->out_channels);
    p->gain = fmin(p->gain, 100);
    p->to_skip = p->latency;
    p->settled = true;
    return TB_OK;
}

static void drop(float *x, int64_t *count, int64_t n, int channels)
{
    *count -= n;
    memmove(x, x + n * channels, (size_t)(*count * channels) * sizeof *x);
}

/* Writes what both have: the model's late frames belong to the recording's. */
static tb_status write_ready(passage *p, tb_error *error)
{
    int64_t skipped = p->to_skip < p->wet_count ? p->to_skip : p->wet_count;
    drop(p->wet, &p->wet_count, skipped, p->out_channels);
    p->to_skip -= skipped;
    int64_t n = p->dry_count < p->wet_count ? p->dry_count : p->wet_count;
    double wet = p->settings->wet * p->gain, dry = 1 - p->settings->wet;
    for (int64_t i = 0; i < n * p->out_channels; i++)
        p->wet[i] = (float)(wet * (double)p->wet[i] + dry * (double)p->dry[i]);
    tb_status status = tb_encoder_write(p->encoder, p->wet, n, error);
    drop(p->wet, &p->wet_count, n, p->out_channels);
    drop(p->dry, &p->dry_count, n, p->out_channels);
    p->written += n;
    return status;
}

static tb_status pass_block(passage *p, tb_error *error)
{
    int64_t count = 0;
    tb_status status = cli_heard_sound_fill(&p->sound, &count, error);
    double from = tb_seconds();
    if (!status)
        status = p->voices ? tb_voices_transform(p->voices, p->sound.at,
                                                 p->out_at, p->block, error)
                           : cli_halves_pass(&p->halves, p->sound.at, p->out_at,
                                             error);
    p->report.work_seconds += tb_seconds() - from;
    if (status)
        return status;
    keep(p, p->dry, &p->dry_count, p->sound.at, p->hears.channels, count);
    keep(p, p->wet, &p->wet_count, (const float *const *)p->out_at,
         p->says.channels, p->block);
    if (!p->settled && (p->sound.ended || p->wet_count >= p->head))
        status = settle(p, error);
    return status || !p->settled ? status : write_ready(p, error);
}

static tb_status pass_all(passage *p, tb_error *error)
{
    tb_status status = TB_OK;
    while (!status && !(p->sound.ended && p->written == p->sound.heard)) {
        status = pass_block(p, error);
        double whole =
            (double)(p->sound.expected > p->sound.heard ? p->sound.expected
                                                        : p->sound.heard);
        if (p->settings->progress && whole > 0)
            p->settings->progress((double)p->written / whole, p->from);
        if (!status && p->settings->is_stopped && p->settings->is_stopped())
            status = tb_fail(error, TB_ERR_STOPPED, "Stopped.");
    }
    return status;
}

static void close_all(passage *p)
{
    tb_voices_free(p->voices);
    cli_halves_close(&p->halves);
    cli_heard_sound_close(&p->sound);
    tb_encoder_discard(p->encoder);
    tb_free(p->out);
    tb_free(p->dry);
    tb_free(p->wet);
}

/* Whether the method goes from sound to sound. */
static tb_status check_method(passage *p, tb_error *error)
{
    const char *method = p->settings->passing->voices.method;
    if (tb_model_input(p->model, method, 0, &p->hears) &&
        tb_model_output(p->model, method, 0, &p->says) && p->hears.is_sound &&
        p->says.is_sound)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "%s does not go from sound to sound: 'timbrel encode' and "
                   "'timbrel decode' write and read what lies between.",
                   method);
}

tb_status cli_transfer_sound(const char *from, const char *to,
                             const cli_transfer_settings *settings,
                             cli_transfer_report *report, tb_error *error)
{
    passage p = {
        .settings = settings, .model = settings->passing->model, .from = from};
    tb_encode_report made = {.least_gain = 1};
    tb_status status = check_method(&p, error);
    if (!status)
        status = open_all(&p, from, to, error);
    if (!status)
        status = pass_all(&p, error);
    if (!status) {
        status = tb_encoder_close(p.encoder, &made, error);
        p.encoder = NULL;
    }
    double rate = p.sound.rate > 0 ? p.sound.rate : 1;
    p.report.seconds = (double)p.sound.heard / rate;
    p.report.sample_rate = p.sound.rate;
    p.report.latency = (double)p.latency / rate;
    p.report.least_gain = made.least_gain;
    *report = p.report;
    close_all(&p);
    return status;
}
