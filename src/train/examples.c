#include "train/examples.h"

#include "audio/encode.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/pool.h"
#include "base/setting_value.h"
#include "judge/tags.h"
#include "picture/picture.h"
#include "run/run_folder.h"
#include "train/example_prompts.h"
#include "train/example_quotes.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <timbrel/generate.h>

/* Two generators share the examples, so that two threads have work. */
enum { GROUPS = 2, BLOCK = 1600, MOST_EXAMPLES = 64 };

struct tb_examples {
    char *folder;
    const tb_data *data;
    const tb_training_settings *settings;
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
    return n > 0 ? n : 1;
}

static int prompt_of(const tb_examples *x, int i)
{
    return i / temperatures(x);
}

static double temperature_of(const tb_examples *x, int i)
{
    const tb_float_list *list = &x->settings->temperatures;
    return list->count > 0 ? list->at[i % list->count] : 1;
}

/* ---- making sound ---- */

typedef struct session {
    tb_examples *x;
    tb_model *model;
    tb_generator *groups[GROUPS];
    int first[GROUPS + 1];
    int64_t at, frames; /* of the block; where in each sound it starts */
} session;

static void prompt_job(void *context, int group)
{
    session *s = context;
    const float *samples[MOST_EXAMPLES];
    if (!s->groups[group])
        return;
    for (int i = s->first[group]; i < s->first[group + 1]; i++)
        samples[i - s->first[group]] =
            s->x->prompts.samples[prompt_of(s->x, i)];
    tb_generator_prompt(s->groups[group], samples, s->x->prompts.frames);
}

static void run_job(void *context, int group)
{
    session *s = context;
    float *samples[MOST_EXAMPLES];
    if (!s->groups[group])
        return;
    for (int i = s->first[group]; i < s->first[group + 1]; i++)
        samples[i - s->first[group]] =
            s->x->sounds[i] + s->at * s->x->data->format.channels;
    tb_generator_run(s->groups[group], samples, s->frames);
}

static tb_status open_session(session *s, const char *checkpoint,
                              tb_error *error)
{
    tb_examples *x = s->x;
    tb_message message;
    s->model = tb_model_open(checkpoint, &message);
    if (!s->model)
        return tb_fail(error, TB_ERR_FORMAT, "%s", message.text);
    s->first[1] = (x->count + 1) / 2;
    s->first[2] = x->count;
    for (int g = 0; g < GROUPS; g++) {
        tb_generator_settings settings = tb_generator_defaults();
        settings.voices = s->first[g + 1] - s->first[g];
        settings.seed = x->settings->seed + (uint64_t)g;
        if (settings.voices == 0)
            continue;
        s->groups[g] = tb_generator_new(s->model, &settings, &message);
        if (!s->groups[g])
            return tb_fail(error, TB_ERR_FORMAT, "%s", message.text);
        for (int i = 0; i < settings.voices; i++)
            tb_generator_temperature(s->groups[g], i,
                                     (float)temperature_of(x, s->first[g] + i));
    }
    return TB_OK;
}

static void close_session(session *s)
{
    for (int g = 0; g < GROUPS; g++)
        tb_generator_free(s->groups[g]);
    tb_model_close(s->model);
}

/* Generates until the length or the time is up; `*frames` is the length. */
static tb_status generate(session *s, double seconds, double started,
                          const tb_examples_watch *watch, int64_t *frames,
                          tb_error *error)
{
    tb_examples *x = s->x;
    double rate = x->data->format.sample_rate;
    int64_t start = x->prompts.frames;
    int64_t least = start + (int64_t)(TB_EXAMPLES_LEAST_SECONDS * rate);
    tb_pool *pool = tb_pool_new(x->threads > 1 ? GROUPS : 1);
    tb_status status = TB_OK;
    for (int i = 0; i < x->count; i++)
        memcpy(x->sounds[i], x->prompts.samples[prompt_of(x, i)],
               (size_t)(start * x->data->format.channels) * sizeof(float));
    if (start > 0)
        tb_pool_run(pool, GROUPS, prompt_job, s);
    for (s->at = start; s->at < x->room && !status; s->at += s->frames) {
        if (s->at >= least && tb_seconds() - started >= seconds)
            break;
        s->frames = x->room - s->at < BLOCK ? x->room - s->at : BLOCK;
        tb_pool_run(pool, GROUPS, run_job, s);
        if (watch->stop && watch->stop(watch->context))
            status = tb_fail(error, TB_ERR_STOPPED, "Stopped.");
    }
    *frames = s->at;
    tb_pool_free(pool);
    return status;
}

/* ---- keeping it ---- */

/* The path as the page sees it, which lies in the run's folder. */
static const char *relative(const tb_examples *x, const char *path)
{
    return path + strlen(x->folder) + 1;
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
                                          (double)x->prompts.frames / rate};
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
    const float *made = x->mono + x->prompts.frames;
    int64_t n = frames - x->prompts.frames;
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
    char *path, picture[4200], tag[256];
    bool may_quote = false;
    tb_status status =
        tb_run_example(x->folder, prompt_of(x, i) + 1, temperature_of(x, i),
                       epoch, &path, error);
    if (status)
        return status;
    mix_down(x, i, frames);
    status = save_sound(x, i, epoch, path, frames, error);
    if (!status)
        status = describe(x, frames, tag, sizeof tag, &may_quote, error);
    if (!status) {
        bool drawn = save_picture(x, path, frames, picture, sizeof picture);
        const tb_example example = {
            .epoch = epoch,
            .prompt = prompt_of(x, i) + 1,
            .temperature = temperature_of(x, i),
            .sound = relative(x, path),
            .picture = drawn ? relative(x, picture) : NULL,
            .tag = tag[0] ? tag : NULL,
            .unsearched = may_quote,
            .prompt_seconds =
                (double)x->prompts.frames / x->data->format.sample_rate};
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

tb_status tb_examples_make(tb_examples *x, const char *checkpoint, int epoch,
                           double seconds, const tb_examples_watch *watch,
                           tb_error *error)
{
    double started = tb_seconds();
    const tb_examples_watch none = {0};
    session s = {.x = x};
    int64_t frames = 0;
    watch = watch ? watch : &none;
    tb_status status = open_session(&s, checkpoint, error);
    if (!status)
        status = generate(&s, seconds, started, watch, &frames, error);
    close_session(&s);
    if (!status)
        status = keep_all(x, epoch, frames, watch, error);
    double made =
        (double)(frames - x->prompts.frames) / x->data->format.sample_rate;
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
    x->folder = tb_path_join(NULL, folder);
    if (!x->folder)
        return tb_fail_memory(error);
    tb_status status = tb_example_list_read(folder, &x->list, error);
    if (!status)
        status =
            tb_example_prompts_open(folder, x->data, prompts, s->prompt_seconds,
                                    s->seed, &x->prompts, error);
    if (status)
        return status;
    x->room = x->prompts.frames +
              (int64_t)(s->example_seconds * x->data->format.sample_rate);
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
                              const tb_training_settings *settings, int threads,
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
