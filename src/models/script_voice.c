/* Playing a TorchScript file: copies of its program, the methods in a row. */
#include "models/script_source.h"

#include "base/memory.h"
#include "base/random.h"
#include "base/setting_value.h"
#include "models/script_attributes.h"
#include "models/script_sounds.h"
#include "torchscript/script_trial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of a prompt the last of so many seconds is heard. */
enum { HEARD_SECONDS = 10 };

/* Calls of what improvises are at least so long, where its cycles are shorter.
 */
enum { IMPROVISED_SAMPLES = 64 };

/* A copy of the program with states of its own. */
typedef struct script_player {
    tb_script_model *model;
    tb_script_stream *stream[TB_SCRIPT_LINKS];
} script_player;

/* Priors often know one row alone, and rows draw what they would alone: what
   generates is one player for each row. All else is one player for all. */
typedef struct script_voices {
    const tb_script_file *file;
    tb_native_settings settings;
    const tb_script_method *links[TB_SCRIPT_LINKS];
    int link_count, player_count, rows; /* of each script_player */
    script_player *players;
    tb_pool *pool;  /* for process_wide; null: there is one thread */
    float *numbers; /* of all planes */
    float **planes[TB_SCRIPT_LINKS + 1]; /* [rows * channels][frames], before
                                            and behind each link */
    int channels[TB_SCRIPT_LINKS + 1];
    int64_t frames[TB_SCRIPT_LINKS + 1]; /* of a block */

    /* What improvises is told a prompt, and draws by an attribute of the file.
     */
    bool improvises, seeds;
    float **prompt; /* [settings.rows]: interleaved */
    int64_t prompt_room, prompt_frames, prompt_at; /* at: heard so far */
    int64_t skip; /* frames that answer to what was before */

    bool generates, heated;
    float **made; /* [settings.rows]: a block of sound; generates */
    int64_t left; /* frames of it that nobody had yet */
    double *heat; /* [settings.rows] */

    tb_sound_list sounds;
    tb_attribute_list set;            /* which copies made later get, too */
    double pending[TB_MOST_CONTROLS]; /* attributes, until they are prepared */
    bool is_pending[TB_MOST_CONTROLS];
    uint64_t seed;
    int64_t latency;     /* frames of sound; -1: nobody says */
    int at_link, at_row; /* where a block stopped that was to be prepared */
    bool played, stale;  /* stale: reset after it played */
    bool failed;
    tb_error error;
} script_voices;

/* ---- players ---- */

static void close_players(script_voices *s)
{
    for (int i = 0; s->players && i < s->player_count; i++) {
        for (int k = 0; k < s->link_count; k++)
            tb_script_stream_free(s->players[i].stream[k]);
        tb_script_model_close(s->players[i].model);
        s->players[i] = (script_player){0};
    }
}

static tb_status open_streams(const script_voices *s, script_player *p,
                              tb_error *error)
{
    tb_status status = TB_OK;
    for (int k = 0; k < s->link_count && !status; k++) {
        const tb_script_method *m =
            tb_script_model_method(p->model, s->links[k]->name, error);
        if (m)
            p->stream[k] = tb_script_stream_new(p->model, m, s->rows,
                                                s->settings.block, error);
        status = p->stream[k] ? TB_OK : TB_ERR_UNSUPPORTED;
    }
    return status;
}

/* What the file remembers goes out, before any attribute makes it learn. */
static tb_status settle(const script_voices *s, const script_player *p,
                        tb_error *error)
{
    double rate = s->file->model->sample_rate;
    double all = s->settings.settle * (rate > 0 ? rate : 48000);
    tb_status status = TB_OK;
    for (double at = 0; at < all && !status; at += (double)s->settings.block) {
        for (int i = 0; i < s->rows * s->channels[0]; i++)
            memset(s->planes[0][i], 0,
                   (size_t)s->frames[0] * sizeof **s->planes[0]);
        for (int k = 0; k < s->link_count && !status; k++)
            status = tb_script_stream_play(p->stream[k],
                                           (const float *const *)s->planes[k],
                                           s->planes[k + 1], error);
    }
    return status;
}

/* Of what a file draws by itself. Those that draw nothing have none. */
static tb_status set_seed(tb_script_model *m, uint64_t seed, tb_error *error)
{
    static const uint64_t most = (UINT64_C(1) << 53) - 1;
    char text[32];
    const char *values[] = {text};
    bool has = false;
    for (int i = 0; i < m->attribute_count; i++)
        has |= strcmp(m->attributes[i].name, "seed") == 0;
    snprintf(text, sizeof text, "%llu", (unsigned long long)(seed & most));
    return has ? tb_script_model_set(m, "seed", 1, values, error) : TB_OK;
}

static tb_status open_player(script_voices *s, script_player *p,
                             tb_error *error)
{
    const tb_script_plan_settings settings = {.silent = s->settings.silent,
                                              .half_weights =
                                                  !s->settings.full_weights,
                                              .threads = s->settings.threads};
    bool settles = s->settings.settle > 0 && !s->generates;
    p->model = tb_script_model_open(s->file->path, &settings, error);
    tb_status status = p->model ? TB_OK : TB_ERR_FILE;
    if (!status && s->improvises) /* what was set once may change */
        status = set_seed(p->model, 0, error);
    if (p->model)
        p->model->sounds = &s->sounds.sounds;
    if (!status && settles)
        status = open_streams(s, p, error);
    if (!status && settles)
        status = settle(s, p, error);
    for (int i = 0; i < s->set.count && !status; i++)
        status = tb_attribute_text_set(p->model, &s->set.at[i], error);
    if (!status && !settles)
        status = open_streams(s, p, error);
    for (int k = 0; k < s->link_count && !status; k++)
        status = tb_script_stream_prepare(p->stream[k], error);
    return status;
}

static uint64_t seed_of(const script_voices *s, int player)
{
    uint64_t row = (uint64_t)(s->settings.first_row + player);
    tb_rng rng = {s->seed, row};
    return row ? tb_rng_next(&rng) : s->seed;
}

static void seed_players(script_voices *s)
{
    for (int i = 0; i < s->player_count; i++)
        for (int k = 0; k < s->link_count; k++)
            tb_script_stream_seed(s->players[i].stream[k], seed_of(s, i));
    s->seeds = s->improvises;
}

/* Attributes are set when there is time; one that was named stays. */
static tb_status seed_attributes(script_voices *s, tb_error *error)
{
    tb_status status = TB_OK;
    bool named = tb_attribute_list_has(&s->set, "seed");
    for (int i = 0; i < s->player_count && s->seeds && !named && !status; i++)
        status = set_seed(s->players[i].model, seed_of(s, i), error);
    s->seeds = false;
    return status;
}

/* What a file tells is about all of it, and so about what goes from sound to
   sound. */
static void ask_latency(script_voices *s)
{
    bool sounds = s->links[0]->in_ratio == 1 &&
                  s->links[s->link_count - 1]->out_ratio == 1;
    double all = 0;
    for (int k = 0; k < s->link_count; k++) {
        tb_latency_source source;
        double x = tb_script_stream_latency(s->players[0].stream[k], &source);
        bool told = source == TB_LATENCY_TOLD || source == TB_LATENCY_ASKED;
        all = told ? x : all + x;
        if (source == TB_LATENCY_UNKNOWN || (told && !sounds)) {
            s->latency = -1;
            return;
        }
    }
    s->latency = llround(all);
}

static tb_status open_players(script_voices *s, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < s->player_count && !status; i++)
        status = open_player(s, &s->players[i], error);
    if (status) {
        close_players(s);
        return error && error->status ? error->status : status;
    }
    seed_players(s);
    ask_latency(s);
    s->played = s->stale = false;
    s->left = s->at_link = s->at_row = 0;
    s->skip = s->improvises && s->latency > 0 ? s->latency : 0;
    return TB_OK;
}

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
    script_voices *s = (script_voices *)stream;
    if (!s)
        return;
    close_players(s);
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

static void measure(script_voices *s)
{
    for (int k = 0; k <= s->link_count; k++) {
        const tb_script_method *m = s->links[k < s->link_count ? k : k - 1];
        bool in = k < s->link_count;
        s->channels[k] = in ? m->in_channels : m->out_channels;
        s->frames[k] = s->settings.block / (in ? m->in_ratio : m->out_ratio);
    }
}

static bool allocate_planes(script_voices *s)
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

static bool allocate(script_voices *s)
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
static void begin_improvising(script_voices *s)
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
    script_voices *s = tb_alloc(sizeof *s);
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
        status = open_players(s, error);
    if (status)
        close_stream((tb_native_stream *)s);
    else
        *stream = (tb_native_stream *)s;
    return status;
}

/* ---- between runs ---- */

/* Programs that would do something else now are recorded anew. */
static tb_status record_players(script_voices *s, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0; i < s->player_count; i++)
        for (int k = 0; k < s->link_count && !status; k++)
            status = tb_script_stream_prepare(s->players[i].stream[k], error);
    return status;
}

static void end_trial(script_voices *s, bool keeps)
{
    for (int i = 0; i < s->player_count; i++)
        if (keeps)
            tb_script_trial_keep(s->players[i].model);
        else
            tb_script_trial_undo(s->players[i].model);
}

/* Of all copies, and for those that come. What would be played then is recorded
   now: where that cannot be, all goes on as it was. */
static tb_status set_attributes(script_voices *s, int count,
                                const tb_attribute_text *attributes,
                                tb_error *error)
{
    tb_status status = TB_OK;
    if (s->failed)
        return tb_fail(error, s->error.status, "%s", s->error.text);
    for (int i = 0; i < s->player_count; i++)
        tb_script_trial_begin(s->players[i].model);
    for (int i = 0; i < s->player_count; i++)
        for (int k = 0; k < count && !status; k++)
            status = tb_attribute_text_set(s->players[i].model, &attributes[k],
                                           error);
    if (!status)
        status = record_players(s, error);
    for (int k = 0; k < count && !status; k++)
        status = tb_attribute_list_put(&s->set, &attributes[k], error);
    end_trial(s, !status);
    if (status)
        s->failed = record_players(s, &s->error) != TB_OK;
    return status;
}

static tb_status set_attribute(script_voices *s, const char *name,
                               const char *text, tb_error *error)
{
    const tb_attribute_text a = tb_attribute_text_of(name, text);
    return set_attributes(s, 1, &a, error);
}

static tb_status set_text(tb_native_stream *stream, const char *name,
                          const char *text, tb_error *error)
{
    script_voices *s = (script_voices *)stream;
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
    script_voices *s = (script_voices *)stream;
    return tb_sound_list_put(&s->sounds, name, samples, frames, channels,
                             sample_rate, error);
}

static TB_REALTIME void set(tb_native_stream *stream, int control, int row,
                            double x)
{
    script_voices *s = (script_voices *)stream;
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
    else
        snprintf(text, sizeof text,
                 c->type == TB_CONTROL_REAL ? "%.9g" : "%.0f", x);
    return tb_attribute_text_of(c->name, text);
}

/* All at once, which is one recording; where that is refused each by itself, so
   that those stay that can. */
static tb_status set_pending(script_voices *s, tb_error *error)
{
    tb_attribute_text texts[TB_MOST_CONTROLS];
    int n = 0;
    for (int i = 0; i < s->file->control_count; i++)
        if (s->is_pending[i])
            texts[n++] = text_of_control(&s->file->controls[i], s->pending[i]);
    memset(s->is_pending, 0, sizeof s->is_pending);
    tb_status status = n > 0 ? set_attributes(s, n, texts, error) : TB_OK;
    if (!status || n == 1)
        return status;
    status = TB_OK;
    for (int i = 0; i < n; i++) {
        tb_status refused = set_attributes(s, 1, &texts[i], error);
        status = refused ? refused : status;
    }
    return status;
}

/* What failed once stays so: a copy may stand half way. */
static tb_status prepare(tb_native_stream *stream, tb_error *error)
{
    script_voices *s = (script_voices *)stream;
    tb_status status = s->failed ? TB_OK : set_pending(s, error);
    if (status)
        return status;
    if (s->stale && !s->failed) {
        close_players(s);
        s->failed = open_players(s, &s->error) != TB_OK;
    }
    if (!s->failed)
        s->failed = seed_attributes(s, &s->error) != TB_OK;
    if (!s->failed)
        s->failed = record_players(s, &s->error) != TB_OK;
    return s->failed ? tb_fail(error, s->error.status, "%s", s->error.text)
                     : TB_OK;
}

/* ---- playing ---- */

static TB_REALTIME void reset(tb_native_stream *stream, uint64_t seed)
{
    script_voices *s = (script_voices *)stream;
    s->seed = seed;
    s->stale = s->played;
    s->left = s->at_link = s->at_row = 0;
    s->prompt_frames = s->prompt_at = 0;
    if (!s->stale)
        seed_players(s);
}

/* False: a link wants to be prepared; those before it have played. */
static bool play(script_voices *s, script_player *p)
{
    s->played = true;
    while (s->at_link < s->link_count) {
        int k = s->at_link;
        if (s->failed || s->stale || s->seeds ||
            !tb_script_stream_run(p->stream[k],
                                  (const float *const *)s->planes[k],
                                  s->planes[k + 1]))
            return false;
        s->at_link++;
    }
    s->at_link = 0;
    return true;
}

/* Planes of the last link, interleaved. */
static void take(const script_voices *s, float *const *out)
{
    int channels = s->channels[s->link_count];
    for (int i = 0; i < s->rows * channels; i++)
        for (int64_t j = 0; j < s->frames[s->link_count]; j++)
            out[i / channels][j * channels + i % channels] =
                s->planes[s->link_count][i][j];
}

/* Planes of the first link, unless it has played them already. */
static void give(const script_voices *s, const float *const *in)
{
    int channels = s->channels[0];
    for (int i = 0; s->at_link == 0 && i < s->rows * channels; i++)
        for (int64_t j = 0; j < s->frames[0]; j++)
            s->planes[0][i][j] = in[i / channels][j * channels + i % channels];
}

static bool process_wide(tb_native_stream *stream, const float *const *in,
                         float *const *out)
{
    script_voices *s = (script_voices *)stream;
    give(s, in);
    s->played = true;
    for (; s->at_link < s->link_count; s->at_link++) {
        int k = s->at_link;
        if (s->failed || s->stale ||
            !tb_script_stream_run_wide(s->players[0].stream[k],
                                       (const float *const *)s->planes[k],
                                       s->planes[k + 1], s->pool))
            return false;
    }
    s->at_link = 0;
    take(s, out);
    return true;
}

static TB_REALTIME bool process(tb_native_stream *stream,
                                const float *const *in, float *const *out)
{
    script_voices *s = (script_voices *)stream;
    give(s, in);
    bool good = play(s, &s->players[0]);
    if (good)
        take(s, out);
    return good;
}

/* What softplus(x) / ln 2 makes the temperature. */
static float heat_input(double temperature)
{
    const double coldest = -80, ln2 = 0.69314718055994530942;
    double x = temperature > 0 ? log(expm1(temperature * ln2)) : coldest;
    return (float)(x > coldest ? x : coldest);
}

/* A block of the prompt, with the last input open; nothing once it is over. */
static void hear(const script_voices *s, int row)
{
    int channels = s->channels[0] - 1;
    bool open = s->prompt_at < s->prompt_frames;
    for (int64_t j = 0; j < s->frames[0]; j++) {
        const float *x =
            open ? s->prompt[row] + (s->prompt_at + j) * channels : NULL;
        for (int i = 0; i < channels; i++)
            s->planes[0][i][j] = x ? x[i] : 0;
        s->planes[0][channels][j] = open;
    }
}

static void give_heat(const script_voices *s, int row)
{
    float x = s->heated ? heat_input(s->heat[row]) : 0;
    for (int i = 0; i < s->channels[0]; i++)
        for (int64_t j = 0; j < s->frames[0]; j++)
            s->planes[0][i][j] = x;
}

/* What a block made is not heard: it is the prompt's, or too early. */
static void leave_out(script_voices *s)
{
    if (s->prompt_at < s->prompt_frames) {
        s->prompt_at += s->frames[0];
        s->left = 0;
        return;
    }
    int64_t early = s->skip < s->left ? s->skip : s->left;
    s->skip -= early;
    s->left -= early;
}

/* A block of every row. False: the next call goes on where this one stopped. */
static bool make_block(script_voices *s)
{
    for (; s->at_row < s->player_count; s->at_row++) {
        if (s->at_link == 0 && s->improvises)
            hear(s, s->at_row);
        else if (s->at_link == 0)
            give_heat(s, s->at_row);
        if (!play(s, &s->players[s->at_row]))
            return false;
        take(s, s->made + s->at_row);
    }
    s->at_row = 0;
    s->left = s->frames[s->link_count];
    if (s->improvises)
        leave_out(s);
    return true;
}

/* Whole blocks, the last of what there is room for. */
static TB_REALTIME void prompt(tb_native_stream *stream,
                               const float *const *sound, int64_t frames)
{
    script_voices *s = (script_voices *)stream;
    int64_t channels = s->channels[s->link_count], block = s->frames[0];
    int64_t n = frames < s->prompt_room ? frames / block * block
                                        : s->prompt_room / block * block;
    for (int row = 0; row < s->settings.rows; row++)
        memcpy(s->prompt[row], sound[row] + (frames - n) * channels,
               (size_t)(n * channels) * sizeof(float));
    s->prompt_frames = n;
    s->prompt_at = s->left = 0;
    s->skip = s->latency > 0 ? s->latency : 0;
}

static TB_REALTIME int64_t run(tb_native_stream *stream, float *const *sound,
                               int64_t frames)
{
    script_voices *s = (script_voices *)stream;
    int64_t channels = s->channels[s->link_count];
    int64_t block = s->frames[s->link_count], done = 0;
    while (done < frames && (s->left > 0 || make_block(s))) {
        int64_t n = s->left < frames - done ? s->left : frames - done;
        for (int row = 0; row < s->settings.rows; row++)
            memcpy(sound[row] + done * channels,
                   s->made[row] + (block - s->left) * channels,
                   (size_t)(n * channels) * sizeof(float));
        s->left -= n;
        done += n;
    }
    return done;
}

static TB_REALTIME int64_t latency(const tb_native_stream *stream)
{
    const script_voices *s = (const script_voices *)stream;
    return s->generates ? 0 : s->latency;
}

const tb_native tb_script_native = {.open = open_stream,
                                    .close = close_stream,
                                    .reset = reset,
                                    .run = run,
                                    .process = process,
                                    .process_wide = process_wide,
                                    .latency = latency,
                                    .set = set,
                                    .prepare = prepare,
                                    .set_text = set_text,
                                    .give_sound = give_sound};

const tb_native tb_script_improviser = {.open = open_stream,
                                        .close = close_stream,
                                        .reset = reset,
                                        .prompt = prompt,
                                        .run = run,
                                        .process = process,
                                        .process_wide = process_wide,
                                        .latency = latency,
                                        .set = set,
                                        .prepare = prepare,
                                        .set_text = set_text,
                                        .give_sound = give_sound};
