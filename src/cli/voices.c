#include "cli/voices.h"

#include "audio/resample.h"
#include "base/clock.h"
#include "base/memory.h"
#include "dsp/highpass.h"
#include "generate/voice_groups.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 1024 };

typedef struct voice_file {
    tb_encoder *encoder;
    tb_highpass *high_pass;  /* [channels]; null: off */
    tb_resampler *resampler; /* null: at the model's rate */
} voice_file;

typedef struct voice_files {
    const cli_voices_settings *settings;
    int channels;
    tb_voice_groups *voices;
    float **blocks; /* [voices]: [BLOCK, channels] */
    float *mixed, *resampled;
    int64_t room; /* frames of `resampled` */
    voice_file *outputs;
    int output_count;
    int64_t frames, made; /* frames of one block; so far */
} voice_files;

/* ---- generating ---- */

/* Sets what changes over time; `all` sets the rest too. */
static void turn_controls(voice_files *v, bool all)
{
    const cli_voices_settings *s = v->settings;
    double at = (double)v->made / s->model_rate;
    for (int i = 0; i < s->control_count; i++) {
        const cli_turned *t = &s->controls[i];
        if (all || !tb_ramp_is_constant(&t->ramp))
            tb_voice_groups_set(
                v->voices, tb_voice_groups_control(v->voices, t->control->name),
                -1, tb_ramp_at(&t->ramp, at, s->seconds));
    }
}

/* The first sample is drawn when the voices begin, as the controls say. */
static tb_status open_voices(voice_files *v, tb_error *error)
{
    const cli_voices_settings *s = v->settings;
    tb_voices_settings how = tb_voices_defaults();
    how.voices = s->voices;
    how.seed = s->seed;
    how.full_weights = s->full_weights;
    v->voices = tb_voice_groups_new(s->model, &how, s->threads, error);
    if (!v->voices)
        return error->status;
    turn_controls(v, true);
    tb_voice_groups_reset(v->voices, s->seed);
    return TB_OK;
}

static const cli_prompt *prompt_of(const voice_files *v, int voice)
{
    return &v->settings->prompts[voice % v->settings->prompt_count];
}

static tb_status hear_prompts(voice_files *v, tb_error *error)
{
    int n = v->settings->voices;
    const float **samples = tb_alloc_array((size_t)n, sizeof *samples);
    if (!samples)
        return tb_fail_memory(error);
    for (int i = 0; i < n; i++)
        samples[i] = prompt_of(v, i)->samples;
    tb_voice_groups_prompt(v->voices, samples, prompt_of(v, 0)->frames);
    tb_free(samples);
    return TB_OK;
}

/* ---- files ---- */

static tb_status write_frames(voice_files *v, voice_file *o, const float *x,
                              int64_t frames, tb_error *error)
{
    if (!o->resampler)
        return tb_encoder_write(o->encoder, x, frames, error);
    int64_t used = 0, made = 1;
    tb_status status = TB_OK;
    while (!status && (frames > 0 || (!x && made > 0))) {
        status = tb_resampler_run(o->resampler, x, frames, &used, v->resampled,
                                  v->room, &made, error);
        if (!status && made > 0)
            status = tb_encoder_write(o->encoder, v->resampled, made, error);
        if (x)
            x += used * v->channels;
        frames -= used;
    }
    return status;
}

static void scale(float *x, int64_t n, double factor)
{
    if (factor != 1)
        for (int64_t i = 0; i < n; i++)
            x[i] *= (float)factor;
}

/* Independent voices grow in level with the root of their number. */
static void mix(voice_files *v, float *const *blocks, int64_t frames)
{
    int count = v->settings->voices;
    int64_t n = frames * v->channels;
    memcpy(v->mixed, blocks[0], (size_t)n * sizeof *v->mixed);
    for (int k = 1; k < count; k++)
        for (int64_t i = 0; i < n; i++)
            v->mixed[i] += blocks[k][i];
    scale(v->mixed, n, 1 / sqrt(count));
}

/* What the network speaks at its level, at that of the prompts. */
static void bring_back(voice_files *v, float *const *blocks, int64_t frames)
{
    const cli_voices_settings *s = v->settings;
    for (int i = 0; s->own_level && s->prompt_count && i < s->voices; i++)
        scale(blocks[i], frames * v->channels, 1 / prompt_of(v, i)->gain);
}

static tb_status write_blocks(voice_files *v, float *const *blocks,
                              int64_t frames, tb_error *error)
{
    tb_status status = TB_OK;
    bring_back(v, blocks, frames);
    if (v->settings->mix)
        mix(v, blocks, frames);
    for (int i = 0; i < v->output_count && !status; i++) {
        float *x = v->settings->mix ? v->mixed : blocks[i];
        for (int ch = 0; v->outputs[i].high_pass && ch < v->channels; ch++)
            tb_highpass_run(&v->outputs[i].high_pass[ch], x + ch, frames,
                            v->channels, x + ch);
        scale(x, frames * v->channels, v->settings->gain);
        status = write_frames(v, &v->outputs[i], x, frames, error);
    }
    return status;
}

/* The prompts themselves, block by block. */
static tb_status write_prompts(voice_files *v, tb_error *error)
{
    int64_t frames = prompt_of(v, 0)->frames;
    tb_status status = TB_OK;
    for (int64_t at = 0; at < frames && !status; at += BLOCK) {
        int64_t n = frames - at < BLOCK ? frames - at : BLOCK;
        for (int i = 0; i < v->settings->voices; i++)
            memcpy(v->blocks[i], prompt_of(v, i)->samples + at * v->channels,
                   (size_t)(n * v->channels) * sizeof(float));
        status = write_blocks(v, v->blocks, n, error);
    }
    return status;
}

static tb_status make_high_pass(voice_files *v, int i, tb_error *error)
{
    const cli_voices_settings *s = v->settings;
    tb_highpass *filters = tb_alloc_array((size_t)v->channels, sizeof *filters);
    v->outputs[i].high_pass = filters;
    for (int ch = 0; filters && ch < v->channels; ch++)
        tb_highpass_init(&filters[ch], s->high_pass, s->model_rate);
    return filters ? TB_OK : tb_fail_memory(error);
}

static tb_status open_output(voice_files *v, int i, tb_error *error)
{
    const cli_voices_settings *s = v->settings;
    double rate = s->model_rate;
    tb_error own;
    error = error ? error : &own;
    const tb_encode_settings encode = {.sample_rate = s->rate,
                                       .channels = v->channels,
                                       .growing = true,
                                       .replace = s->replace,
                                       .tags = &s->tags[i]};
    if (s->rate != rate) {
        v->outputs[i].resampler =
            tb_resampler_new(rate, s->rate, v->channels, error);
        if (!v->outputs[i].resampler)
            return error->status;
    }
    if (s->high_pass > 0 && make_high_pass(v, i, error))
        return error->status;
    v->outputs[i].encoder = tb_encoder_open(s->paths[i], &encode, error);
    return v->outputs[i].encoder ? TB_OK : error->status;
}

static tb_status close_outputs(voice_files *v, tb_status status,
                               double *least_gain, tb_error *error)
{
    for (int i = 0; i < v->output_count; i++) {
        voice_file *o = &v->outputs[i];
        tb_encode_report report = {.least_gain = 1};
        if (!o->encoder)
            continue;
        if (!status && o->resampler)
            status = write_frames(v, o, NULL, 0, error);
        tb_status closed =
            tb_encoder_close(o->encoder, &report, status ? NULL : error);
        status = status ? status : closed;
        *least_gain = fmin(*least_gain, report.least_gain);
    }
    return status;
}

/* ---- all of it ---- */

static tb_status allocate(voice_files *v, tb_error *error)
{
    const cli_voices_settings *s = v->settings;
    size_t samples = (size_t)BLOCK * (size_t)v->channels;
    double ratio = s->rate / s->model_rate;
    v->room = (int64_t)ceil(BLOCK * ratio) + 16;
    v->output_count = s->mix ? 1 : s->voices;
    v->blocks = tb_alloc_array((size_t)s->voices, sizeof *v->blocks);
    v->outputs = tb_alloc_array((size_t)v->output_count, sizeof *v->outputs);
    v->mixed = tb_alloc_array(samples, sizeof *v->mixed);
    v->resampled =
        tb_alloc_array((size_t)v->room * (size_t)v->channels, sizeof(float));
    if (!v->blocks || !v->outputs || !v->mixed || !v->resampled)
        return tb_fail_memory(error);
    for (int i = 0; i < s->voices; i++)
        if (!(v->blocks[i] = tb_alloc_array(samples, sizeof(float))))
            return tb_fail_memory(error);
    return TB_OK;
}

static void clear(voice_files *v)
{
    tb_voice_groups_free(v->voices);
    for (int i = 0; v->blocks && i < v->settings->voices; i++)
        tb_free(v->blocks[i]);
    for (int i = 0; v->outputs && i < v->output_count; i++) {
        tb_resampler_free(v->outputs[i].resampler);
        tb_free(v->outputs[i].high_pass);
    }
    tb_free(v->blocks);
    tb_free(v->outputs);
    tb_free(v->mixed);
    tb_free(v->resampled);
}

static tb_status generate(voice_files *v, cli_voices_progress progress,
                          tb_error *error)
{
    const cli_voices_settings *s = v->settings;
    double rate = s->model_rate, start = tb_seconds();
    int64_t all = (int64_t)llrint(s->seconds * rate);
    tb_status status = TB_OK;
    for (v->made = 0; v->made < all && !status; v->made += v->frames) {
        double gone = tb_seconds() - start;
        if (!progress((double)v->made / (double)all,
                      (double)v->made / rate / (gone > 0 ? gone : 1)))
            return tb_fail(error, TB_ERR_STOPPED, "Stopped.");
        v->frames = all - v->made < BLOCK ? all - v->made : BLOCK;
        turn_controls(v, false);
        tb_voice_groups_run(v->voices, v->blocks, v->frames);
        status = tb_voice_groups_check(v->voices, error);
        if (!status)
            status = write_blocks(v, v->blocks, v->frames, error);
    }
    return status;
}

tb_status cli_voices_make(const cli_voices_settings *settings,
                          cli_voices_progress progress, double *least_gain,
                          tb_error *error)
{
    voice_files v = {.settings = settings,
                     .channels = tb_model_channels(settings->model)};
    *least_gain = 1;
    tb_status status = allocate(&v, error);
    if (!status)
        status = open_voices(&v, error);
    for (int i = 0; i < v.output_count && !status; i++)
        status = open_output(&v, i, error);
    if (!status && settings->prompt_count > 0)
        status = hear_prompts(&v, error);
    if (!status && settings->prompt_count > 0 && settings->keep_prompt)
        status = write_prompts(&v, error);
    if (!status)
        status = generate(&v, progress, error);
    if (v.outputs)
        status = close_outputs(&v, status, least_gain, error);
    clear(&v);
    return status;
}
