#include "cli/voices.h"

#include "audio/resample.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/pool.h"

#include <math.h>
#include <string.h>

/* Voices are shared by two generators, whatever the number of threads, so that
   a seed gives the same sound everywhere. */
enum { GROUPS = 2, BLOCK = 1024 };

typedef struct voice_file {
    tb_encoder *encoder;
    tb_resampler *resampler; /* null: at the model's rate */
} voice_file;

typedef struct voice_files {
    const cli_voices_settings *settings;
    int channels;
    tb_generator *groups[GROUPS];
    int first[GROUPS + 1]; /* voice of each group */
    float **blocks;        /* [voices]: [BLOCK, channels] */
    float *mixed, *resampled;
    int64_t room; /* frames of `resampled` */
    voice_file *outputs;
    int output_count;
    tb_pool *pool;
    int64_t frames, made; /* frames of one block; so far */
} voice_files;

/* ---- generating ---- */

/* The second half is another piece of the same seed. */
static uint64_t seed_of_group(uint64_t seed, int group)
{
    return group ? seed ^ 0x9e3779b97f4a7c15u : seed;
}

static tb_status make_groups(voice_files *v, tb_error *error)
{
    const cli_voices_settings *s = v->settings;
    int half = s->voices > 1 ? (s->voices + 1) / 2 : 1;
    v->first[1] = half;
    v->first[2] = s->voices;
    for (int i = 0; i < GROUPS; i++) {
        tb_message message;
        tb_generator_settings g = tb_generator_defaults();
        g.voices = v->first[i + 1] - v->first[i];
        g.seed = seed_of_group(s->seed, i);
        g.temperature = (float)tb_ramp_at(&s->temperature, 0, s->seconds);
        g.top_k = s->top_k;
        g.top_p = (float)s->top_p;
        g.full_weights = s->full_weights;
        if (g.voices == 0)
            continue;
        v->groups[i] = tb_generator_new(s->model, &g, &message);
        if (!v->groups[i])
            return tb_fail(error, TB_ERR_FORMAT, "%s", message.text);
    }
    return TB_OK;
}

static const cli_prompt *prompt_of(const voice_files *v, int voice)
{
    return &v->settings->prompts[voice % v->settings->prompt_count];
}

static void prompt_job(void *context, int group)
{
    voice_files *v = context;
    const float *samples[64] = {0};
    if (!v->groups[group])
        return;
    for (int i = v->first[group]; i < v->first[group + 1]; i++)
        samples[i - v->first[group]] = prompt_of(v, i)->samples;
    tb_generator_prompt(v->groups[group], samples, prompt_of(v, 0)->frames);
}

static void run_job(void *context, int group)
{
    voice_files *v = context;
    if (!v->groups[group])
        return;
    const cli_voices_settings *s = v->settings;
    double at = (double)v->made / tb_model_sample_rate(s->model);
    if (!tb_ramp_is_constant(&s->temperature))
        tb_generator_temperature(
            v->groups[group], -1,
            (float)tb_ramp_at(&s->temperature, at, s->seconds));
    tb_generator_run(v->groups[group], v->blocks + v->first[group], v->frames);
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

static tb_status write_blocks(voice_files *v, float *const *blocks,
                              int64_t frames, tb_error *error)
{
    tb_status status = TB_OK;
    if (v->settings->mix)
        mix(v, blocks, frames);
    for (int i = 0; i < v->output_count && !status; i++) {
        float *x = v->settings->mix ? v->mixed : blocks[i];
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

static tb_status open_output(voice_files *v, int i, tb_error *error)
{
    const cli_voices_settings *s = v->settings;
    double rate = tb_model_sample_rate(s->model);
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
    v->outputs[i].encoder = tb_encoder_open(s->paths[i], &encode, error);
    return v->outputs[i].encoder ? TB_OK : error->status;
}

static tb_status close_outputs(voice_files *v, tb_status status,
                               int64_t *clipped, tb_error *error)
{
    for (int i = 0; i < v->output_count; i++) {
        voice_file *o = &v->outputs[i];
        tb_encode_report report = {0};
        if (!o->encoder)
            continue;
        if (!status && o->resampler)
            status = write_frames(v, o, NULL, 0, error);
        tb_status closed =
            tb_encoder_close(o->encoder, &report, status ? NULL : error);
        status = status ? status : closed;
        *clipped += report.clipped;
    }
    return status;
}

/* ---- all of it ---- */

static tb_status allocate(voice_files *v, tb_error *error)
{
    const cli_voices_settings *s = v->settings;
    size_t samples = (size_t)BLOCK * (size_t)v->channels;
    double ratio = s->rate / tb_model_sample_rate(s->model);
    v->room = (int64_t)ceil(BLOCK * ratio) + 16;
    v->output_count = s->mix ? 1 : s->voices;
    v->blocks = tb_alloc_array((size_t)s->voices, sizeof *v->blocks);
    v->outputs = tb_alloc_array((size_t)v->output_count, sizeof *v->outputs);
    v->mixed = tb_alloc_array(samples, sizeof *v->mixed);
    v->resampled =
        tb_alloc_array((size_t)v->room * (size_t)v->channels, sizeof(float));
    v->pool = tb_pool_new(s->threads);
    if (!v->blocks || !v->outputs || !v->mixed || !v->resampled)
        return tb_fail_memory(error);
    for (int i = 0; i < s->voices; i++)
        if (!(v->blocks[i] = tb_alloc_array(samples, sizeof(float))))
            return tb_fail_memory(error);
    return TB_OK;
}

static void clear(voice_files *v)
{
    for (int i = 0; i < GROUPS; i++)
        tb_generator_free(v->groups[i]);
    for (int i = 0; v->blocks && i < v->settings->voices; i++)
        tb_free(v->blocks[i]);
    for (int i = 0; v->outputs && i < v->output_count; i++)
        if (v->outputs[i].resampler)
            tb_resampler_free(v->outputs[i].resampler);
    tb_free(v->blocks);
    tb_free(v->outputs);
    tb_free(v->mixed);
    tb_free(v->resampled);
    tb_pool_free(v->pool);
}

static tb_status generate(voice_files *v, cli_voices_progress progress,
                          tb_error *error)
{
    const cli_voices_settings *s = v->settings;
    double rate = tb_model_sample_rate(s->model), start = tb_seconds();
    int64_t all = (int64_t)llrint(s->seconds * rate);
    tb_status status = TB_OK;
    for (v->made = 0; v->made < all && !status; v->made += v->frames) {
        double gone = tb_seconds() - start;
        if (!progress((double)v->made / (double)all,
                      (double)v->made / rate / (gone > 0 ? gone : 1)))
            return tb_fail(error, TB_ERR_STOPPED, "Stopped.");
        v->frames = all - v->made < BLOCK ? all - v->made : BLOCK;
        tb_pool_run(v->pool, GROUPS, run_job, v);
        status = write_blocks(v, v->blocks, v->frames, error);
    }
    return status;
}

tb_status cli_voices_make(const cli_voices_settings *settings,
                          cli_voices_progress progress, int64_t *clipped,
                          tb_error *error)
{
    voice_files v = {.settings = settings,
                     .channels = tb_model_channels(settings->model)};
    *clipped = 0;
    tb_status status = allocate(&v, error);
    if (!status)
        status = make_groups(&v, error);
    for (int i = 0; i < v.output_count && !status; i++)
        status = open_output(&v, i, error);
    if (!status && settings->prompt_count > 0) {
        tb_pool_run(v.pool, GROUPS, prompt_job, &v);
        if (settings->keep_prompt)
            status = write_prompts(&v, error);
    }
    if (!status)
        status = generate(&v, progress, error);
    if (v.outputs)
        status = close_outputs(&v, status, clipped, error);
    clear(&v);
    return status;
}
