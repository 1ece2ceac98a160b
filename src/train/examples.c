#include "train/examples.h"

#include "audio/encode.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/setting_value.h"
#include "dsp/highpass.h"
#include "generate/voice_groups.h"
#include "judge/tags.h"
#include "models/model.h"
#include "picture/picture.h"
#include "run/run_folder.h"
#include "train/example_prompts.h"
#include "train/example_quotes.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 1600, MOST_EXAMPLES = 64 };

struct tb_examples {
    char *folder;
    const tb_data *data;
    const tb_training_settings *settings;
    tb_listening listening;
    int threads, count;
    tb_example_prompts prompts;
    tb_example_list list;
    tb_quote_finder *quotes; /* null: quotes are not looked for */
    float *mono;             /* of one example */
    float **sounds;          /* [count]: prompt and continuation */
    int64_t room;            /* frames of each */
    double cost;
    bool pictures;
    double quoted_share, quoted_longest;
};

/* ---- which prompt and temperature ---- */

static int temperatures(const tb_examples *x)
{
    int n = x->settings->temperatures.count;
    return n > 0 && x->listening == TB_LISTEN_PROMPTS ? n : 1;
}

static int prompt_of(const tb_examples *x, int i)
{
    return i / temperatures(x);
}

static double temperature_of(const tb_examples *x, int i)
{
    const tb_float_list *list = &x->settings->temperatures;
    return list->count > 0 && x->listening == TB_LISTEN_PROMPTS
               ? list->at[i % list->count]
               : 1;
}

/* ---- making sound ---- */

/* What prompts become when they go on by themselves: until the length or the
   time is up; `*frames` is the length. */
static tb_status run_on(tb_examples *x, tb_voice_groups *voices, double seconds,
                        double started, const tb_examples_watch *watch,
                        int64_t *frames, tb_error *error)
{
    int channels = x->data->format.channels;
    float *at[MOST_EXAMPLES];
    int64_t start = x->prompts.frames, made = start, n;
    int64_t least = start + (int64_t)(TB_EXAMPLES_LEAST_SECONDS *
                                      x->data->format.sample_rate);
    tb_status status = TB_OK;
    for (; made < x->room && !status; made += n) {
        if (made >= least && tb_seconds() - started >= seconds)
            break;
        n = x->room - made < BLOCK ? x->room - made : BLOCK;
        for (int i = 0; i < x->count; i++)
            at[i] = x->sounds[i] + made * channels;
        tb_voice_groups_run(voices, at, n);
        if (watch->stop && watch->stop(watch->context))
            status = tb_fail(error, TB_ERR_STOPPED, "Stopped.");
    }
    *frames = made;
    return status;
}

static void hear_prompts(tb_examples *x, tb_voice_groups *voices)
{
    const float *prompts[MOST_EXAMPLES];
    size_t bytes =
        (size_t)(x->prompts.frames * x->data->format.channels) * sizeof(float);
    for (int i = 0; i < x->count; i++) {
        prompts[i] = x->prompts.samples[prompt_of(x, i)];
        memcpy(x->sounds[i], prompts[i], bytes);
    }
    if (x->prompts.frames > 0)
        tb_voice_groups_prompt(voices, prompts, x->prompts.frames);
}

static tb_status generate(tb_examples *x, tb_model *model, double seconds,
                          double started, const tb_examples_watch *watch,
                          int64_t *frames, tb_error *error)
{
    tb_voices_settings settings = tb_voices_defaults();
    settings.voices = x->count;
    settings.seed = x->settings->seed;
    tb_voice_groups *voices =
        tb_voice_groups_new(model, &settings, x->threads, error);
    if (!voices)
        return error->status;
    int heat = tb_voice_groups_control(voices, "temperature");
    for (int i = 0; i < x->count; i++)
        tb_voice_groups_set(voices, heat, i, temperature_of(x, i));
    tb_voice_groups_reset(voices, settings.seed);
    hear_prompts(x, voices);
    tb_status status =
        run_on(x, voices, seconds, started, watch, frames, error);
    tb_voice_groups_free(voices);
    return status;
}

/* Clips made again, as long as they are: what comes late is waited for. */
static tb_status rebuild(tb_examples *x, tb_model *model, int64_t *frames,
                         tb_error *error)
{
    tb_message message;
    tb_voices_settings settings = tb_voices_defaults();
    int channels = x->data->format.channels;
    settings.method = "forward";
    settings.voices = x->count;
    settings.seed = x->settings->seed;
    tb_voices *voices = tb_voices_new(model, &settings, &message);
    if (!voices)
        return tb_fail(error, TB_ERR_ARGUMENT, "%s", message.text);
    int64_t late = tb_voices_latency(voices), n = x->prompts.frames;
    size_t samples = (size_t)((n + late) * channels);
    float *in[MOST_EXAMPLES] = {0};
    tb_status status = TB_OK;
    for (int i = 0; i < x->count && !status; i++) {
        in[i] = tb_alloc_array(samples, sizeof(float));
        if (!in[i])
            status = tb_fail_memory(error);
        else
            memcpy(in[i], x->prompts.samples[i],
                   (size_t)(n * channels) * sizeof(float));
    }
    if (!status)
        tb_voices_process(voices, (const float *const *)in, in, n + late);
    for (int i = 0; i < x->count; i++) {
        if (!status)
            memcpy(x->sounds[i], in[i] + late * channels,
                   (size_t)(n * channels) * sizeof(float));
        tb_free(in[i]);
    }
    *frames = n;
    tb_voices_free(voices);
    return status;
}

static tb_status make_sounds(tb_examples *x, const char *checkpoint,
                             double seconds, double started,
                             const tb_examples_watch *watch, int64_t *frames,
                             tb_error *error)
{
    tb_model *model = tb_model_open_checkpoint(checkpoint, error);
    if (!model)
        return error->status;
    tb_status status =
        x->listening == TB_LISTEN_CLIPS
            ? rebuild(x, model, frames, error)
            : generate(x, model, seconds, started, watch, frames, error);
    tb_model_close(model);
    return status;
}

/* ---- keeping it ---- */

/* Frames at the start of a sound that the network did not make. */
static int64_t own_frames(const tb_examples *x)
{
    return x->listening == TB_LISTEN_PROMPTS ? x->prompts.frames : 0;
}

/* The path as the page sees it, which lies in the run's folder. */
static const char *relative(const tb_examples *x, const char *path)
{
    return path + strlen(x->folder) + 1;
}

/* In place: what is judged and drawn has been mixed down before. */
static void high_pass(const tb_examples *x, float *sound, int64_t frames)
{
    int channels = x->data->format.channels;
    tb_highpass filter;
    for (int ch = 0; x->settings->high_pass > 0 && ch < channels; ch++) {
        tb_highpass_init(&filter, x->settings->high_pass,
                         x->data->format.sample_rate);
        tb_highpass_run(&filter, sound + ch, frames, channels, sound + ch);
    }
}

static tb_status save_sound(const tb_examples *x, int i, int epoch,
                            const char *path, int64_t frames, tb_error *error)
{
    tb_tags tags = {0};
    char *run = tb_path_stem(x->folder);
    const tb_encode_settings encode = {.sample_rate =
                                           x->data->format.sample_rate,
                                       .channels = x->data->format.channels,
                                       .replace = true,
                                       .tags = &tags};
    snprintf(tags.title, sizeof tags.title, "%.150s, epoch %d, prompt %d",
             run ? run : "", epoch, prompt_of(x, i) + 1);
    tb_tags_add(&tags, NULL, "run", "%s", run ? run : "");
    tb_tags_add(&tags, NULL, "epoch", "%d", epoch);
    tb_tags_add(&tags, NULL, "prompt", "%d", prompt_of(x, i) + 1);
    tb_tags_add(&tags, NULL, "temperature", "%g", temperature_of(x, i));
    tb_tags_add(&tags, NULL, "seed", "%llu",
                (unsigned long long)x->settings->seed);
    tb_free(run);
    high_pass(x, x->sounds[i], frames);
    return tb_save_audio(path, &encode, x->sounds[i], frames, NULL, error);
}

/* Beside the sound; false where pictures cannot be drawn. */
static bool save_picture(tb_examples *x, const char *sound, int64_t frames,
                         char *path, size_t size)
{
    double rate = x->data->format.sample_rate;
    const tb_picture_sound picture = {.mono = x->mono,
                                      .frames = frames,
                                      .sample_rate = rate,
                                      .prompt_seconds =
                                          (double)own_frames(x) / rate};
    snprintf(path, size, "%.*spng", (int)(tb_path_extension(sound) - sound),
             sound);
    return x->pictures && tb_picture_write_sound(path, &picture, NULL) == TB_OK;
}

static void mix_down(tb_examples *x, int i, int64_t frames)
{
    int channels = x->data->format.channels;
    for (int64_t k = 0; k < frames; k++) {
        float sum = 0;
        for (int ch = 0; ch < channels; ch++)
            sum += x->sounds[i][k * channels + ch];
        x->mono[k] = sum / (float)channels;
    }
}

/* What it has become, without its prompt. Sounds of a rate that is too low to
   judge have no tag; what moves or loops may quote. */
static tb_status describe(tb_examples *x, int64_t frames, char *tag,
                          size_t size, bool *may_quote, tb_error *error)
{
    tb_tag_report report;
    int64_t heard = own_frames(x), n = frames - heard;
    const float *made = x->mono + heard;
    tb_status status =
        tb_tag_sound(made, n, x->data->format.sample_rate, &report, error);
    tag[0] = 0;
    if (status)
        return status == TB_ERR_ARGUMENT ? TB_OK : status;
    tb_tag_words(&report, tag, size);
    *may_quote =
        x->quotes && (report.tag == TB_TAG_MOVING || report.tag == TB_TAG_LOOP);
    return TB_OK;
}

static tb_status keep(tb_examples *x, int i, int epoch, int64_t frames,
                      tb_error *error)
{
    char *path, picture[4200], tag[256], clip[32];
    bool may_quote = false;
    tb_status status =
        tb_run_example(x->folder, prompt_of(x, i) + 1, temperature_of(x, i),
                       epoch, &path, error);
    if (status)
        return status;
    mix_down(x, i, frames);
    snprintf(clip, sizeof clip, "clip %d", prompt_of(x, i) + 1);
    status = save_sound(x, i, epoch, path, frames, error);
    if (!status)
        status = describe(x, frames, tag, sizeof tag, &may_quote, error);
    if (!status) {
        bool drawn = save_picture(x, path, frames, picture, sizeof picture);
        const tb_example example = {
            .epoch = epoch,
            .prompt = prompt_of(x, i) + 1,
            .temperature = temperature_of(x, i),
            .clip = x->listening == TB_LISTEN_CLIPS ? clip : NULL,
            .sound = relative(x, path),
            .picture = drawn ? relative(x, picture) : NULL,
            .tag = tag[0] ? tag : NULL,
            .unsearched = may_quote,
            .prompt_seconds =
                (double)own_frames(x) / x->data->format.sample_rate};
        status = tb_example_list_add(&x->list, &example, error);
    }
    tb_free(path);
    return status;
}

/* ---- quotes ---- */

/* Of the examples from epoch `first` on. */
static void sum_up(tb_examples *x, int first, double share, double longest)
{
    int count = 0;
    for (int i = 0; i < x->list.count; i++)
        count += x->list.examples[i].epoch >= first;
    x->quoted_share = count > 0 ? share / count : 0;
    x->quoted_longest = longest;
}

/* Searches all that is not searched yet, until the watch says stop. */
static tb_status search(tb_examples *x, const tb_examples_watch *watch,
                        bool late, tb_error *error)
{
    int first = INT_MAX;
    double share = 0, longest = 0;
    tb_status status = TB_OK;
    for (int i = 0; i < x->list.count && !status; i++) {
        const tb_example *e = &x->list.examples[i];
        tb_quotes_report found;
        if (!e->unsearched || (watch->stop && watch->stop(watch->context)))
            continue;
        status = tb_quote_finder_search(x->quotes, x->folder, &x->list, i,
                                        &found, error);
        if (!status && late && e->quotes && watch->quoted)
            watch->quoted(watch->context, e);
        first = e->epoch < first ? e->epoch : first;
        share += found.share;
        longest = fmax(longest, found.longest.seconds);
    }
    sum_up(x, first, share, longest);
    return status;
}

int tb_examples_unsearched(const tb_examples *x)
{
    int count = 0;
    for (int i = 0; x->quotes && i < x->list.count; i++)
        count += x->list.examples[i].unsearched;
    return count;
}

double tb_examples_indexed(const tb_examples *x)
{
    return x->quotes ? tb_quote_finder_done(x->quotes) : 1;
}

tb_status tb_examples_search(tb_examples *x, const tb_examples_watch *watch,
                             bool *searched, tb_error *error)
{
    bool ready;
    *searched = false;
    if (!x->quotes)
        return TB_OK;
    tb_status status = tb_quote_finder_check(x->quotes, &ready, error);
    if (status) {
        tb_quote_finder_free(x->quotes);
        x->quotes = NULL;
        return status;
    }
    int waiting = ready ? tb_examples_unsearched(x) : 0;
    if (!waiting)
        return TB_OK;
    status = search(x, watch, true, error);
    *searched = tb_examples_unsearched(x) < waiting;
    return status ? status : tb_example_list_write(x->folder, &x->list, error);
}

/* ---- all of an epoch ---- */

static void tell(const tb_examples *x, const tb_example *e,
                 const tb_examples_watch *watch)
{
    char words[640];
    char *path = tb_path_join(x->folder, e->sound);
    snprintf(words, sizeof words, "prompt %d, temperature %g%s%s%s%s",
             e->prompt, e->temperature, e->tag ? ": " : "",
             e->tag ? e->tag : "", e->quotes ? ", " : "",
             e->quotes ? e->quotes : "");
    if (path && watch->made)
        watch->made(watch->context, path, words);
    tb_free(path);
}

static tb_status keep_all(tb_examples *x, int epoch, int64_t frames,
                          const tb_examples_watch *watch, tb_error *error)
{
    bool ready = false;
    tb_status status = TB_OK;
    for (int i = 0; i < x->count && !status; i++)
        status = keep(x, i, epoch, frames, error);
    x->quoted_share = x->quoted_longest = 0;
    if (!status && x->quotes)
        tb_quote_finder_check(x->quotes, &ready, NULL);
    if (ready)
        status = search(x, watch, false, error);
    for (int i = 0; i < x->list.count && !status; i++)
        if (x->list.examples[i].epoch == epoch)
            tell(x, &x->list.examples[i], watch);
    return status ? status : tb_example_list_write(x->folder, &x->list, error);
}

/* Beside which clips are heard: as epoch 0. */
static tb_status keep_originals(tb_examples *x, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < x->count && !status; i++) {
        float *made = x->sounds[i];
        x->sounds[i] = x->prompts.samples[i];
        status = keep(x, i, 0, x->prompts.frames, error);
        x->sounds[i] = made;
    }
    return status;
}

tb_status tb_examples_make(tb_examples *x, const char *checkpoint, int epoch,
                           double seconds, const tb_examples_watch *watch,
                           tb_error *error)
{
    double started = tb_seconds();
    const tb_examples_watch none = {0};
    int64_t frames = 0;
    watch = watch ? watch : &none;
    tb_status status =
        make_sounds(x, checkpoint, seconds, started, watch, &frames, error);
    if (!status && x->listening == TB_LISTEN_CLIPS && x->list.count == 0)
        status = keep_originals(x, error);
    if (!status)
        status = keep_all(x, epoch, frames, watch, error);
    double made =
        (double)(frames - own_frames(x)) / x->data->format.sample_rate;
    if (made > 0)
        x->cost = (tb_seconds() - started) * TB_EXAMPLES_LEAST_SECONDS / made;
    return status;
}

/* ---- opening ---- */

static tb_status open_quotes(tb_examples *x, tb_error *error)
{
    tb_error why = {0};
    x->quotes = tb_quote_finder_new(x->data, 0, &why);
    if (x->quotes || why.status == TB_ERR_ARGUMENT)
        return TB_OK;
    return tb_fail(error, why.status, "%s", why.text);
}

static tb_status set_up(tb_examples *x, const char *folder, tb_error *error)
{
    const tb_training_settings *s = x->settings;
    size_t channels = (size_t)x->data->format.channels;
    int prompts = (x->count + temperatures(x) - 1) / temperatures(x);
    double seconds = x->listening == TB_LISTEN_CLIPS ? s->example_seconds
                                                     : s->prompt_seconds;
    x->folder = tb_path_join(NULL, folder);
    if (!x->folder)
        return tb_fail_memory(error);
    tb_status status = tb_example_list_read(folder, &x->list, error);
    if (!status)
        status = tb_example_prompts_open(folder, x->data, prompts, seconds,
                                         s->seed, &x->prompts, error);
    if (status)
        return status;
    x->room = x->prompts.frames;
    if (x->listening == TB_LISTEN_PROMPTS)
        x->room += (int64_t)(s->example_seconds * x->data->format.sample_rate);
    x->mono = tb_alloc_array((size_t)x->room, sizeof *x->mono);
    x->sounds = tb_alloc_array((size_t)x->count, sizeof *x->sounds);
    if (!x->mono || !x->sounds)
        return tb_fail_memory(error);
    for (int i = 0; i < x->count; i++)
        if (!(x->sounds[i] =
                  tb_alloc_array((size_t)x->room, channels * sizeof(float))))
            return tb_fail_memory(error);
    return open_quotes(x, error);
}

tb_examples *tb_examples_open(const char *folder, const tb_data *data,
                              const tb_training_settings *settings,
                              tb_listening listening, int threads,
                              tb_error *error)
{
    tb_examples *x = tb_alloc(sizeof *x);
    if (!x) {
        tb_fail_memory(error);
        return NULL;
    }
    x->data = data;
    x->settings = settings;
    x->threads = threads;
    x->listening = listening;
    x->count =
        settings->examples < MOST_EXAMPLES ? settings->examples : MOST_EXAMPLES;
    x->pictures = tb_picture_possible(NULL) == TB_OK;
    if (set_up(x, folder, error)) {
        tb_examples_free(x);
        return NULL;
    }
    return x;
}

void tb_examples_free(tb_examples *x)
{
    if (!x)
        return;
    for (int i = 0; x->sounds && i < x->count; i++)
        tb_free(x->sounds[i]);
    tb_free(x->sounds);
    tb_free(x->mono);
    tb_quote_finder_free(x->quotes);
    tb_example_prompts_clear(&x->prompts);
    tb_example_list_clear(&x->list);
    tb_free(x->folder);
    tb_free(x);
}

const tb_example_list *tb_examples_list(const tb_examples *x)
{
    return &x->list;
}

double tb_examples_cost(const tb_examples *x)
{
    return x->cost;
}

tb_examples_quoting tb_examples_quoted(const tb_examples *x)
{
    return (tb_examples_quoting){x->quoted_share, x->quoted_longest,
                                 x->quotes ? tb_quote_finder_coverage(x->quotes)
                                           : 1};
}
