#include "train/example_sounds.h"

#include "base/clock.h"
#include "base/memory.h"
#include "generate/voice_groups.h"
#include "models/model.h"

#include <string.h>

enum { BLOCK = 1600, MOST_EXAMPLES = 64 };

/* ---- which prompt and temperature ---- */

static int temperatures(const tb_example_sounds *s)
{
    int n = s->settings->temperatures.count;
    return n > 0 && s->listening == TB_LISTEN_PROMPTS ? n : 1;
}

int tb_example_prompt(const tb_example_sounds *s, int i)
{
    return i / temperatures(s);
}

double tb_example_temperature(const tb_example_sounds *s, int i)
{
    const tb_float_list *list = &s->settings->temperatures;
    return list->count > 0 && s->listening == TB_LISTEN_PROMPTS
               ? list->at[i % list->count]
               : 1;
}

/* ---- making sound ---- */

/* What prompts become when they go on by themselves: until the length or the
   time is up; `*frames` is the length. */
static tb_status run_on(tb_example_sounds *s, tb_voice_groups *voices,
                        double seconds, double started,
                        const tb_examples_watch *watch, int64_t *frames,
                        tb_error *error)
{
    int channels = s->data->format.channels;
    float *at[MOST_EXAMPLES];
    int64_t start = s->prompts.frames, made = start, n;
    int64_t least = start + (int64_t)(TB_EXAMPLES_LEAST_SECONDS *
                                      s->data->format.sample_rate);
    tb_status status = TB_OK;
    for (; made < s->room && !status; made += n) {
        if (made >= least && tb_seconds() - started >= seconds)
            break;
        n = s->room - made < BLOCK ? s->room - made : BLOCK;
        for (int i = 0; i < s->count; i++)
            at[i] = s->made[i] + made * channels;
        tb_voice_groups_run(voices, at, n);
        if (watch->stop && watch->stop(watch->context))
            status = tb_fail(error, TB_ERR_STOPPED, "Stopped.");
    }
    *frames = made;
    return status;
}

static void hear_prompts(tb_example_sounds *s, tb_voice_groups *voices)
{
    const float *prompts[MOST_EXAMPLES];
    size_t bytes =
        (size_t)(s->prompts.frames * s->data->format.channels) * sizeof(float);
    for (int i = 0; i < s->count; i++) {
        prompts[i] = s->prompts.samples[tb_example_prompt(s, i)];
        memcpy(s->made[i], prompts[i], bytes);
    }
    if (s->prompts.frames > 0)
        tb_voice_groups_prompt(voices, prompts, s->prompts.frames);
}

static tb_status generate(tb_example_sounds *s, tb_model *model, double seconds,
                          double started, const tb_examples_watch *watch,
                          int64_t *frames, tb_error *error)
{
    tb_voices_settings settings = tb_voices_defaults();
    settings.voices = s->count;
    settings.seed = s->settings->seed;
    tb_voice_groups *voices =
        tb_voice_groups_new(model, &settings, s->threads, error);
    if (!voices)
        return error->status;
    int heat = tb_voice_groups_control(voices, "temperature");
    for (int i = 0; i < s->count; i++)
        tb_voice_groups_set(voices, heat, i, tb_example_temperature(s, i));
    tb_voice_groups_reset(voices, settings.seed);
    hear_prompts(s, voices);
    tb_status status =
        run_on(s, voices, seconds, started, watch, frames, error);
    tb_voice_groups_free(voices);
    return status;
}

/* Clips [n] in place, what comes late being waited for: there is room for it
   behind them. */
static void process(tb_example_sounds *s, tb_voices *voices, float *const *in)
{
    int64_t late = tb_voices_latency(voices), n = s->prompts.frames;
    int64_t channels = s->data->format.channels;
    size_t bytes = (size_t)(n * channels) * sizeof(float);
    for (int i = 0; i < s->count; i++)
        memcpy(in[i], s->prompts.samples[i], bytes);
    tb_voices_process(voices, (const float *const *)in, in, n + late);
    for (int i = 0; i < s->count; i++)
        memcpy(s->made[i], in[i] + late * channels, bytes);
}

static tb_status process_all(tb_example_sounds *s, tb_voices *voices,
                             tb_error *error)
{
    float *in[MOST_EXAMPLES] = {0};
    size_t samples = (size_t)((s->prompts.frames + tb_voices_latency(voices)) *
                              s->data->format.channels);
    bool good = true;
    for (int i = 0; i < s->count; i++)
        good &= (in[i] = tb_alloc_array(samples, sizeof(float))) != NULL;
    if (good)
        process(s, voices, in);
    for (int i = 0; i < s->count; i++)
        tb_free(in[i]);
    return good ? TB_OK : tb_fail_memory(error);
}

/* Clips made again, as long as they are. */
static tb_status rebuild(tb_example_sounds *s, tb_model *model, int64_t *frames,
                         tb_error *error)
{
    tb_message message;
    tb_voices_settings settings = tb_voices_defaults();
    settings.method = "forward";
    settings.voices = s->count;
    settings.seed = s->settings->seed;
    tb_voices *voices = tb_voices_new(model, &settings, &message);
    if (!voices)
        return tb_fail(error, TB_ERR_ARGUMENT, "%s", message.text);
    tb_status status = process_all(s, voices, error);
    *frames = s->prompts.frames;
    tb_voices_free(voices);
    return status;
}

tb_status tb_example_sounds_make(tb_example_sounds *s, const char *checkpoint,
                                 double seconds, const tb_examples_watch *watch,
                                 int64_t *frames, tb_error *error)
{
    double started = tb_seconds();
    tb_model *model = tb_model_open_any(checkpoint, error);
    if (!model)
        return error->status;
    tb_status status =
        s->listening == TB_LISTEN_CLIPS
            ? rebuild(s, model, frames, error)
            : generate(s, model, seconds, started, watch, frames, error);
    tb_model_close(model);
    return status;
}

/* ---- opening ---- */

static tb_status make_room(tb_example_sounds *s, tb_error *error)
{
    size_t size = (size_t)s->data->format.channels * sizeof(float);
    s->room = s->prompts.frames;
    if (s->listening == TB_LISTEN_PROMPTS)
        s->room += (int64_t)(s->settings->example_seconds *
                             s->data->format.sample_rate);
    s->made = tb_alloc_array((size_t)s->count, sizeof *s->made);
    for (int i = 0; s->made && i < s->count; i++)
        if (!(s->made[i] = tb_alloc_array((size_t)s->room, size)))
            return tb_fail_memory(error);
    return s->made ? TB_OK : tb_fail_memory(error);
}

tb_status tb_example_sounds_open(tb_example_sounds *s, const char *folder,
                                 tb_error *error)
{
    const tb_training_settings *how = s->settings;
    bool clips = s->listening == TB_LISTEN_CLIPS;
    s->count = how->examples < MOST_EXAMPLES ? how->examples : MOST_EXAMPLES;
    int prompts = (s->count + temperatures(s) - 1) / temperatures(s);
    tb_status status = tb_example_prompts_open(folder, s->data, prompts,
                                               clips ? how->example_seconds
                                                     : how->prompt_seconds,
                                               how->seed, &s->prompts, error);
    return status ? status : make_room(s, error);
}

void tb_example_sounds_clear(tb_example_sounds *s)
{
    for (int i = 0; s->made && i < s->count; i++)
        tb_free(s->made[i]);
    tb_free(s->made);
    tb_example_prompts_clear(&s->prompts);
    *s = (tb_example_sounds){0};
}
