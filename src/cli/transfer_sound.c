#include "cli/transfer_sound.h"

#include "audio/decode.h"
#include "audio/encode.h"
#include "audio/resample.h"
#include "base/clock.h"
#include "base/memory.h"
#include "cli/latency_guess.h"

#include <math.h>
#include <string.h>

/* Blocks of about 16384 samples: few passes over the weights. The latency is
   looked for in the first 30 s, up to 1.5 s, in steps of 64 samples. */
enum {
    BLOCK = 16384,
    HEAD_SECONDS = 30,
    STEP = 64,
    MOST_CHANNELS = 16,
    READ = 8192
};
static const double most_latency = 1.5;

typedef struct passage {
    const cli_transfer_settings *settings;
    tb_script_model *model;
    const tb_script_method *method;
    tb_script_stream *stream;
    tb_decoder *decoder;
    tb_resampler *resampler;
    tb_encoder *encoder;
    const char *from;
    int file_channels, rows, in_channels, out_channels; /* all of a frame */
    double rate;
    int64_t block, expected;
    float *read, *resampled; /* [READ, file], [block, file] */
    float *in, *out;         /* [in, block], [out, block] */
    int64_t next, pending;   /* of `read` */
    const float *in_at[MOST_CHANNELS * 2];
    float *out_at[MOST_CHANNELS * 2];
    float *dry, *wet; /* the head: [frames, out_channels] */
    int64_t dry_count, wet_count, head, written, heard;
    int64_t latency, to_skip; /* frames; of those still to come */
    tb_latency_source source;
    double gain;
    bool settled, at_end, ended;
    cli_transfer_report report;
} passage;

/* ---- set-up ---- */

/* A model of one channel plays each channel of the recording by itself. */
static tb_status choose_channels(passage *p, tb_error *error)
{
    const tb_script_method *m = p->method;
    bool apart = m->in_channels == 1 && m->out_channels == 1;
    p->rows = apart && p->file_channels <= MOST_CHANNELS ? p->file_channels : 1;
    p->in_channels = p->rows * m->in_channels;
    p->out_channels = p->rows * m->out_channels;
    if (p->in_channels > MOST_CHANNELS || p->out_channels > MOST_CHANNELS)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "%s has %d channels in and %d out: up to %d are "
                       "possible.",
                       m->name, m->in_channels, m->out_channels, MOST_CHANNELS);
    return TB_OK;
}

/* The user's, or what the model says of its own; else the estimate comes when
   the head has been played. */
static void ask_latency(passage *p)
{
    double told = tb_script_stream_latency(p->stream, &p->source);
    p->report.estimated = false;
    if (p->settings->latency >= 0)
        p->latency = llround(p->settings->latency * p->rate);
    else if (p->source != TB_LATENCY_UNKNOWN)
        p->latency = llround(told);
    else
        p->report.estimated = true;
}

static tb_status allocate(passage *p, tb_error *error)
{
    int64_t late = (int64_t)(most_latency * p->rate);
    late = p->latency > late ? p->latency : late;
    size_t head =
        (size_t)(p->head + late + 2 * p->block) * (size_t)p->out_channels;
    p->read = tb_alloc_array((size_t)READ * (size_t)p->file_channels,
                             sizeof *p->read);
    p->in = tb_alloc_array((size_t)(p->block * p->in_channels), sizeof *p->in);
    p->out =
        tb_alloc_array((size_t)(p->block * p->out_channels), sizeof *p->out);
    p->dry = tb_alloc_array(head, sizeof *p->dry);
    p->wet = tb_alloc_array(head, sizeof *p->wet);
    p->resampled = tb_alloc_array((size_t)(p->block * p->file_channels),
                                  sizeof *p->resampled);
    if (!p->read || !p->resampled || !p->in || !p->out || !p->dry || !p->wet)
        return tb_fail_memory(error);
    for (int i = 0; i < p->in_channels; i++)
        p->in_at[i] = p->in + i * p->block;
    for (int i = 0; i < p->out_channels; i++)
        p->out_at[i] = p->out + i * p->block;
    return TB_OK;
}

static tb_status open_sound(passage *p, const char *from, tb_error *error)
{
    tb_audio_info info;
    p->decoder = tb_decoder_open(from, &info, error);
    if (!p->decoder)
        return TB_ERR_FILE;
    p->file_channels = info.channels;
    p->rate = p->model->sample_rate > 0       ? p->model->sample_rate
              : p->settings->default_rate > 0 ? p->settings->default_rate
                                              : info.sample_rate;
    p->resampler =
        tb_resampler_new(info.sample_rate, p->rate, info.channels, error);
    if (!p->resampler)
        return TB_ERR_MEMORY;
    if (info.frames > 0)
        p->expected =
            tb_resampled_frames(info.frames, info.sample_rate, p->rate);
    return TB_OK;
}

static tb_status open_all(passage *p, const char *from, const char *to,
                          tb_error *error)
{
    int64_t ratio = p->model->ratio;
    tb_status status = open_sound(p, from, error);
    if (!status)
        status = choose_channels(p, error);
    if (status)
        return status;
    p->block = (BLOCK + ratio - 1) / ratio * ratio;
    p->head = (int64_t)(HEAD_SECONDS * p->rate) / p->block * p->block;
    p->stream =
        tb_script_stream_new(p->model, p->method, p->rows, p->block, error);
    if (!p->stream)
        return TB_ERR_UNSUPPORTED;
    ask_latency(p);
    status = allocate(p, error);
    if (status)
        return status;
    const tb_encode_settings settings = {.sample_rate = p->rate,
                                         .channels = p->out_channels,
                                         .samples = TB_SAMPLES_DEFAULT,
                                         .replace = p->settings->replace};
    p->encoder = tb_encoder_open(to, &settings, error);
    return p->encoder ? TB_OK : TB_ERR_FILE;
}

/* ---- reading ---- */

/* A frame of the file as the model's channels want it. */
static void spread(passage *p, const float *frame, int64_t at)
{
    for (int i = 0; i < p->in_channels; i++) {
        float x = frame[i < p->file_channels ? i : p->file_channels - 1];
        if (p->in_channels == 1 && p->file_channels > 1) {
            x = 0;
            for (int k = 0; k < p->file_channels; k++)
                x += frame[k] / (float)p->file_channels;
        }
        p->in[i * p->block + at] = x;
    }
}

/* Fills a block; zeros behind the end. `*count`: frames of the recording. */
static tb_status fill_block(passage *p, int64_t *count, tb_error *error)
{
    int64_t used = 0, made = 0;
    *count = 0;
    memset(p->in, 0, (size_t)(p->block * p->in_channels) * sizeof *p->in);
    while (*count < p->block && !p->ended) {
        if (p->pending == 0 && !p->at_end) {
            p->pending = tb_decoder_read(p->decoder, p->read, READ, error);
            if (p->pending < 0)
                return TB_ERR_FILE;
            p->at_end = p->pending == 0;
            p->next = 0;
        }
        tb_status status = tb_resampler_run(
            p->resampler,
            p->at_end ? NULL : p->read + p->next * p->file_channels, p->pending,
            &used, p->resampled, p->block - *count, &made, error);
        if (status)
            return status;
        for (int64_t i = 0; i < made; i++)
            spread(p, p->resampled + i * p->file_channels, (*count)++);
        p->next += used;
        p->pending -= used;
        p->ended = p->at_end && made == 0;
    }
    return TB_OK;
}

/* ---- what the model makes, and when ---- */

/* Frames that wait to be written: the recording's and the model's. */
static void keep(float *to, int64_t *count, int channels,
                 const float *const *from, int sources, int64_t frames)
{
    for (int64_t i = 0; i < frames; i++, ++*count)
        for (int ch = 0; ch < channels; ch++)
            to[*count * channels + ch] =
                from[ch < sources ? ch : sources - 1][i];
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
                                       p->out_channels, p->rate);
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
    tb_status status = fill_block(p, &count, error);
    double from = tb_seconds();
    if (!status)
        status = tb_script_stream_play(p->stream, p->in_at, p->out_at, error);
    p->report.work_seconds += tb_seconds() - from;
    if (status)
        return status;
    p->heard += count;
    keep(p->dry, &p->dry_count, p->out_channels, p->in_at, p->in_channels,
         count);
    keep(p->wet, &p->wet_count, p->out_channels,
         (const float *const *)p->out_at, p->out_channels, p->block);
    if (!p->settled && (p->ended || p->wet_count >= p->head))
        status = settle(p, error);
    return status || !p->settled ? status : write_ready(p, error);
}

static tb_status pass_all(passage *p, tb_error *error)
{
    tb_status status = TB_OK;
    while (!status && !(p->ended && p->written == p->heard)) {
        status = pass_block(p, error);
        double whole =
            (double)(p->expected > p->heard ? p->expected : p->heard);
        if (p->settings->progress && whole > 0)
            p->settings->progress((double)p->written / whole, p->from);
        if (!status && p->settings->is_stopped && p->settings->is_stopped())
            status = tb_fail(error, TB_ERR_STOPPED, "Stopped.");
    }
    return status;
}

static void close_all(passage *p)
{
    tb_script_stream_free(p->stream);
    tb_decoder_close(p->decoder);
    tb_resampler_free(p->resampler);
    tb_encoder_discard(p->encoder);
    tb_free(p->read);
    tb_free(p->resampled);
    tb_free(p->in);
    tb_free(p->out);
    tb_free(p->dry);
    tb_free(p->wet);
}

tb_status cli_transfer_sound(tb_script_model *model, const char *from,
                             const char *to,
                             const cli_transfer_settings *settings,
                             cli_transfer_report *report, tb_error *error)
{
    passage p = {.settings = settings, .model = model, .from = from};
    p.method = tb_script_model_method(model, settings->method, error);
    if (!p.method)
        return TB_ERR_ARGUMENT;
    if (p.method->in_ratio != 1 || p.method->out_ratio != 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%s does not go from sound to sound (%d samples in, %d "
                       "out, for each of its numbers).",
                       p.method->name, p.method->in_ratio, p.method->out_ratio);
    tb_status status = open_all(&p, from, to, error);
    if (!status)
        status = pass_all(&p, error);
    if (!status) {
        status = tb_encoder_close(p.encoder, NULL, error);
        p.encoder = NULL;
    }
    p.report.seconds = (double)p.heard / (p.rate > 0 ? p.rate : 1);
    p.report.sample_rate = p.rate;
    p.report.latency = (double)p.latency / (p.rate > 0 ? p.rate : 1);
    *report = p.report;
    close_all(&p);
    return status;
}
