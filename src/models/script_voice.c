#include "models/script_voice.h"

#include "base/memory.h"
#include "base/setting_value.h"

#include <stdio.h>
#include <string.h>

/* Of a prompt the last of so many seconds is heard. */
enum { HEARD_SECONDS = 10 };

/* Calls of what improvises are at least so long, where its cycles are shorter.
 */
enum { IMPROVISED_SAMPLES = 64 };

/* ---- making ---- */

/* [rows] of so many numbers; null without memory. */
static float **lines_new(int rows, int64_t numbers)
{
    float **lines = tb_alloc_array((size_t)rows, sizeof *lines);
    float *all = tb_alloc_array((size_t)rows * (size_t)numbers, sizeof *all);
    for (int i = 0; lines && all && i < rows; i++)
        lines[i] = all + i * numbers;
    if (lines && all)
        return lines;
    tb_free(lines);
    tb_free(all);
    return NULL;
}

static void free_lines(float **lines)
{
    tb_free(lines ? lines[0] : NULL);
    tb_free(lines);
}

static void close_stream(tb_native_stream *stream)
{
    tb_script_voices *s = (tb_script_voices *)stream;
    if (!s)
        return;
    tb_script_players_close(s);
    tb_pool_free(s->pool);
    for (int k = 0; k <= s->link_count; k++)
        tb_free(s->planes[k]);
    free_lines(s->made);
    free_lines(s->prompt);
    tb_free(s->heat);
    tb_free(s->numbers);
    tb_free(s->players);
    tb_attribute_list_clear(&s->set);
    tb_sound_list_clear(&s->sounds);
    tb_free(s);
}

static void measure(tb_script_voices *s)
{
    for (int k = 0; k <= s->link_count; k++) {
        const tb_script_method *m = s->links[k < s->link_count ? k : k - 1];
        bool in = k < s->link_count;
        s->channels[k] = in ? m->in_channels : m->out_channels;
        s->frames[k] = s->settings.block / (in ? m->in_ratio : m->out_ratio);
    }
}

static bool allocate_planes(tb_script_voices *s)
{
    int64_t all = 0;
    for (int k = 0; k <= s->link_count; k++)
        all += s->rows * s->channels[k] * s->frames[k];
    s->numbers = tb_alloc_array((size_t)all, sizeof *s->numbers);
    float *next = s->numbers;
    for (int k = 0; k <= s->link_count && next; k++) {
        int count = s->rows * s->channels[k];
        s->planes[k] = tb_alloc_array((size_t)count, sizeof *s->planes[k]);
        if (!s->planes[k])
            return false;
        for (int i = 0; i < count; i++, next += s->frames[k])
            s->planes[k][i] = next;
    }
    return s->numbers != NULL;
}

static bool allocate(tb_script_voices *s)
{
    int rows = s->settings.rows;
    int64_t sound = s->channels[s->link_count] * s->frames[s->link_count];
    s->players = tb_alloc_array((size_t)s->player_count, sizeof *s->players);
    s->heat = tb_alloc_array((size_t)rows, sizeof *s->heat);
    if (!s->players || !s->heat || !allocate_planes(s))
        return false;
    for (int i = 0; i < rows; i++)
        s->heat[i] = tb_script_temperature.standard;
    if (!s->generates)
        return true;
    s->made = lines_new(rows, sound);
    if (s->improvises)
        s->prompt =
            lines_new(rows, s->prompt_room * s->channels[s->link_count]);
    return s->made && (s->prompt || !s->improvises);
}

/* Short blocks: a prompt begins with a whole one. */
static void begin_improvising(tb_script_voices *s)
{
    int64_t ratio = s->file->model->ratio;
    double rate = s->file->model->sample_rate;
    s->settings.block = (IMPROVISED_SAMPLES + ratio - 1) / ratio * ratio;
    s->prompt_room = (int64_t)(HEARD_SECONDS * (rate > 0 ? rate : 48000));
}

static tb_status open_stream(const void *config, const tb_params *params,
                             const tb_native_settings *settings,
                             tb_native_stream **stream, tb_error *error)
{
    (void)params;
    *stream = NULL;
    tb_script_voices *s = tb_alloc(sizeof *s);
    if (!s)
        return tb_fail_memory(error);
    s->file = config;
    s->settings = *settings;
    s->link_count = tb_script_chain(s->file, settings->method->name, s->links);
    s->generates = settings->method->input_count == 0;
    s->heated = tb_script_is_heated(s->file, settings->method->name);
    s->improvises = tb_script_improvises(s->file, settings->method->name);
    if (s->improvises)
        begin_improvising(s);
    s->player_count = s->generates ? settings->rows : 1;
    s->rows = s->generates ? 1 : settings->rows;
    measure(s);
    if (s->settings.threads > 1)
        s->pool = tb_pool_new(s->settings.threads);
    tb_status status = allocate(s) ? TB_OK : tb_fail_memory(error);
    if (!status)
        status = tb_script_players_open(s, error);
    if (status)
        close_stream((tb_native_stream *)s);
    else
        *stream = (tb_native_stream *)s;
    return status;
}

/* ---- between runs ---- */

static tb_status set_attribute(tb_script_voices *s, const char *name,
                               const char *text, tb_error *error)
{
    const tb_attribute_text a = tb_attribute_text_of(name, text);
    return tb_script_players_set(s, 1, &a, error);
}

static tb_status set_text(tb_native_stream *stream, const char *name,
                          const char *text, tb_error *error)
{
    tb_script_voices *s = (tb_script_voices *)stream;
    const char *end;
    double x;
    if (!s->heated || !tb_control_is_named(&tb_script_temperature, name))
        return set_attribute(s, name, text, error);
    if (!tb_number_parse(text, &end, &x) || *end || !(x >= 0 && x <= 100))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "temperature=%s: it takes a number from 0 to 100.",
                       text);
    for (int i = 0; i < s->settings.rows; i++)
        s->heat[i] = x;
    return TB_OK;
}

static tb_status give_sound(tb_native_stream *stream, const char *name,
                            const float *samples, int64_t frames, int channels,
                            double sample_rate, tb_error *error)
{
    tb_script_voices *s = (tb_script_voices *)stream;
    return tb_sound_list_put(&s->sounds, name, samples, frames, channels,
                             sample_rate, error);
}

static TB_REALTIME void set(tb_native_stream *stream, int control, int row,
                            double x)
{
    tb_script_voices *s = (tb_script_voices *)stream;
    int attribute = control - s->heated;
    if (attribute < 0) {
        s->heat[row] = x;
        return;
    }
    s->pending[attribute] = x;
    s->is_pending[attribute] = true;
}

static tb_attribute_text text_of_control(const tb_control *c, double x)
{
    char text[32];
    if (c->type == TB_CONTROL_BOOL)
        snprintf(text, sizeof text, "%s", x >= 0.5 ? "true" : "false");
    else if (c->type == TB_CONTROL_REAL)
        tb_number_digits(x, 9, text);
    else
        snprintf(text, sizeof text, "%.0f", x);
    return tb_attribute_text_of(c->name, text);
}

/* All at once, which is one recording; where that is refused each by itself, so
   that those stay that can. */
static tb_status set_pending(tb_script_voices *s, tb_error *error)
{
    tb_attribute_text texts[TB_MOST_CONTROLS];
    int n = 0;
    for (int i = 0; i < s->file->control_count; i++)
        if (s->is_pending[i])
            texts[n++] = text_of_control(&s->file->controls[i], s->pending[i]);
    memset(s->is_pending, 0, sizeof s->is_pending);
    tb_status status =
        n > 0 ? tb_script_players_set(s, n, texts, error) : TB_OK;
    if (!status || n == 1)
        return status;
    status = TB_OK;
    for (int i = 0; i < n; i++) {
        tb_status refused = tb_script_players_set(s, 1, &texts[i], error);
        status = refused ? refused : status;
    }
    return status;
}

/* What failed once stays so: a copy may stand half way. */
static tb_status prepare(tb_native_stream *stream, tb_error *error)
{
    tb_script_voices *s = (tb_script_voices *)stream;
    tb_status status = s->failed ? TB_OK : set_pending(s, error);
    if (status)
        return status;
    if (s->stale && !s->failed) {
        tb_script_players_close(s);
        s->failed = tb_script_players_open(s, &s->error) != TB_OK;
    }
    if (!s->failed)
        s->failed = tb_script_players_seed_attributes(s, &s->error) != TB_OK;
    if (!s->failed)
        s->failed = tb_script_players_record(s, &s->error) != TB_OK;
    return s->failed ? tb_fail(error, s->error.status, "%s", s->error.text)
                     : TB_OK;
}

/* ---- in a run ---- */

static TB_REALTIME void reset(tb_native_stream *stream, uint64_t seed)
{
    tb_script_voices *s = (tb_script_voices *)stream;
    s->seed = seed;
    s->stale = s->played;
    s->left = s->at_link = s->at_row = 0;
    s->prompt_frames = s->prompt_at = 0;
    if (!s->stale)
        tb_script_players_seed(s);
}

static TB_REALTIME int64_t latency(const tb_native_stream *stream)
{
    const tb_script_voices *s = (const tb_script_voices *)stream;
    return s->generates ? 0 : s->latency;
}

const tb_native tb_script_native = {.open = open_stream,
                                    .close = close_stream,
                                    .reset = reset,
                                    .prompt = tb_script_prompt,
                                    .run = tb_script_run,
                                    .process = tb_script_process,
                                    .process_wide = tb_script_process_wide,
                                    .latency = latency,
                                    .set = set,
                                    .prepare = prepare,
                                    .set_text = set_text,
                                    .give_sound = give_sound};
