/* Voices of nearest neighbour: see nearest.h. */
#include "models/nearest.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BANDS = TB_NEAREST_BANDS, AMONG = TB_NEAREST_AMONG };

/* Where chance is drawn from. */
enum { CHANCE_BEGIN, CHANCE_PLACE };

typedef struct nearest_fit {
    int64_t place;
    double distance; /* dB, and what it was played before */
} nearest_fit;

typedef struct nearest_voice {
    float *past; /* [ring]: the mean of the channels, of what was heard */
    int64_t heard;
    double temperature;
    bool speaks; /* since the last prompt */

    int64_t at, left;        /* the next frame, and how many follow it */
    int64_t from, fading;    /* where the last passage goes on, and how long */
    double alike;            /* correlation of both */
    double last[2], step[2]; /* said last; from the prompt to a passage */

    float *played;          /* [hops]: how often */
    float *asked;           /* [match, BANDS]: what is looked for, last first */
    int match;              /* frames of it */
    int64_t scanned, share; /* places looked at; more for each hop */
    int64_t shut, shut_end; /* places that are not taken */
    nearest_fit best[AMONG];
    int found;
} nearest_voice;

struct tb_native_stream {
    const tb_nearest *config;
    const float *recordings, *bands;
    int64_t frames, hops, passage, fade, ring;
    int channels, hop, size, match, rows, first_row;
    uint64_t seed;
    tb_nearest_ear ear;
    nearest_voice *voices;
    float *rings, *played, *asked; /* of all voices */
    float *recent;                 /* [ring] */
    float *around;                 /* [2 hop]: of the recordings */
    float *curve;                  /* [fade], 0 to 1 */
};

/* ---- looking for a passage ---- */

/* A place is a hop that a passage may begin with: enough lies before it to be
   compared, and enough after it to be played and left again. */
static int64_t first_place(const tb_native_stream *s)
{
    return s->match;
}

static int64_t end_of_places(const tb_native_stream *s)
{
    return s->hops - 2 - (2 * s->fade + s->hop - 1) / s->hop;
}

static int64_t hops_of_passage(const tb_native_stream *s)
{
    return (s->passage + s->hop - 1) / s->hop;
}

/* Of a passage from here, on average. */
static double played(const tb_native_stream *s, const nearest_voice *v,
                     int64_t place)
{
    int64_t length = hops_of_passage(s) - 1, most = s->hops - 1 - place;
    if (length > most)
        length = most;
    return (v->played[place] + v->played[place + length / 2] +
            v->played[place + length]) /
           3.0;
}

static double distance(const tb_native_stream *s, const nearest_voice *v,
                       int64_t place)
{
    float sum = 0;
    for (int m = 0; m < v->match; m++) {
        const float *x = v->asked + m * BANDS;
        const float *y = s->bands + (place - 1 - m) * BANDS;
        for (int i = 0; i < BANDS; i++)
            sum += (x[i] - y[i]) * (x[i] - y[i]);
    }
    return sqrt(sum / (float)(v->match * BANDS)) +
           s->config->fresh * played(s, v, place);
}

/* Keeps the best, best first; of neighbours only the better one. */
static void keep(const tb_native_stream *s, nearest_voice *v, nearest_fit fit)
{
    for (int i = 0; i < v->found; i++) {
        if (llabs(v->best[i].place - fit.place) > s->match)
            continue;
        if (v->best[i].distance <= fit.distance)
            return;
        memmove(v->best + i, v->best + i + 1,
                sizeof *v->best * (size_t)(v->found - i - 1));
        v->found--;
        i--;
    }
    int i = v->found, most = s->config->among;
    while (i > 0 && v->best[i - 1].distance > fit.distance)
        i--;
    if (i == most)
        return;
    v->found = v->found < most ? v->found + 1 : most;
    memmove(v->best + i + 1, v->best + i,
            sizeof *v->best * (size_t)(v->found - i - 1));
    v->best[i] = fit;
}

static void scan(const tb_native_stream *s, nearest_voice *v, int64_t places)
{
    int64_t end = end_of_places(s);
    for (; places > 0 && v->scanned < end; places--, v->scanned++)
        if (v->scanned < v->shut || v->scanned >= v->shut_end)
            keep(s, v, (nearest_fit){v->scanned, distance(s, v, v->scanned)});
}

static void begin_scan(const tb_native_stream *s, nearest_voice *v)
{
    v->scanned = first_place(s);
    v->found = 0;
}

/* While a passage plays, what follows its end is looked for. */
static void look_ahead(tb_native_stream *s, nearest_voice *v)
{
    int64_t begin = v->at / s->hop;
    int64_t end = (v->at + v->left + s->hop / 2) / s->hop;
    if (end > s->hops)
        end = s->hops;
    v->match = s->match < end ? s->match : (int)end;
    for (int m = 0; m < v->match; m++)
        memcpy(v->asked + m * BANDS, s->bands + (end - 1 - m) * BANDS,
               sizeof(float) * BANDS);
    for (int64_t i = begin; i < end; i++)
        v->played[i]++;
    v->shut = begin - s->match;
    v->shut_end = end + s->match;
    begin_scan(s, v);
    int64_t hops = v->left / s->hop;
    v->share = (end_of_places(s) - v->scanned) / (hops > 1 ? hops - 1 : 1) + 1;
}

/* What was heard last, in order. */
static void unroll(tb_native_stream *s, const nearest_voice *v)
{
    for (int64_t i = 0; i < s->ring; i++)
        s->recent[i] = v->past[(v->heard + i) % s->ring];
}

/* After a prompt. */
static void look_at_prompt(tb_native_stream *s, nearest_voice *v)
{
    int64_t frames = (v->heard + s->hop - 1) / s->hop;
    v->match = frames < s->match ? (int)frames : s->match;
    for (int m = 0; m < v->match; m++)
        tb_nearest_hear(&s->ear, s->recent, s->ring,
                        s->ring - m * s->hop - s->size, v->asked + m * BANDS);
    v->shut = v->shut_end = 0;
    begin_scan(s, v);
}

/* ---- from passage to passage ---- */

static double chance(const tb_native_stream *s, int row, uint32_t what)
{
    return tb_uniform(s->seed, what, s->voices[row].heard,
                      (uint32_t)(s->first_row + row), 0);
}

/* At temperature 1 a place that fits 2 dB worse is chosen 1/e as often. */
static int64_t choose(const tb_native_stream *s, int row)
{
    const nearest_voice *v = &s->voices[row];
    double sum = 0, weight[AMONG], scale = 2 * v->temperature;
    if (scale <= 0)
        return v->best[0].place;
    for (int i = 0; i < v->found; i++)
        sum += weight[i] =
            exp((v->best[0].distance - v->best[i].distance) / scale);
    int i = 0;
    for (double x = chance(s, row, CHANCE_PLACE) * sum;
         i + 1 < v->found && x >= weight[i]; i++)
        x -= weight[i];
    return v->best[i].place;
}

/* Of the channels of a frame. */
static float mean_of(const tb_native_stream *s, const float *x)
{
    return s->channels == 2 ? (x[0] + x[1]) / 2 : x[0];
}

static double correlation(const float *x, const float *y, int n)
{
    float both = 0, one = 1e-9F, other = 1e-9F;
    for (int i = 0; i < n; i++) {
        both += x[i] * y[i];
        one += x[i] * x[i];
        other += y[i] * y[i];
    }
    return both / sqrt((double)one * other);
}

/* The frame near a place before which the wave is most like the end of what was
   heard; the nearest of equals. */
static int64_t align(tb_native_stream *s, nearest_voice *v, int64_t place)
{
    int half = s->hop / 2;
    int64_t from = place * s->hop - s->hop - half, best = 0;
    const float *end = s->recent + s->ring - s->hop;
    for (int64_t i = 0; i < 2 * s->hop; i++)
        s->around[i] = mean_of(s, s->recordings + (from + i) * s->channels);
    v->alike = -2;
    for (int i = 0; i < s->hop; i++) {
        int shift = i & 1 ? -(i + 1) / 2 : i / 2;
        double r = correlation(end, s->around + half + shift, s->hop);
        if (r <= v->alike)
            continue;
        v->alike = r;
        best = shift;
    }
    return place * s->hop + best;
}

static void enter(tb_native_stream *s, nearest_voice *v, int64_t at)
{
    bool fades = v->speaks && at != v->at;
    v->from = v->at;
    v->fading = fades ? s->fade : 0;
    for (int ch = 0; ch < s->channels; ch++)
        v->step[ch] =
            !v->speaks && v->heard > 0
                ? v->last[ch] - s->recordings[(at - 1) * s->channels + ch]
                : v->step[ch];
    v->at = at;
    v->left = s->frames - s->fade - at;
    v->left = v->left < s->passage ? v->left : s->passage;
    v->speaks = true;
    look_ahead(s, v);
}

/* What is too short for another place goes on as it was recorded, and from its
   end to its beginning. */
static int64_t without_choice(const tb_native_stream *s, const nearest_voice *v)
{
    bool is_over = !v->speaks || v->at + 2 * s->fade >= s->frames;
    return is_over ? first_place(s) * s->hop : v->at;
}

static void jump(tb_native_stream *s, int row)
{
    nearest_voice *v = &s->voices[row];
    int64_t first = first_place(s), end = end_of_places(s);
    if (v->heard == 0) {
        double x = chance(s, row, CHANCE_BEGIN) * (double)(end - first);
        enter(s, v, (first + (int64_t)x) * s->hop);
        return;
    }
    unroll(s, v);
    if (!v->speaks)
        look_at_prompt(s, v);
    scan(s, v, s->hops);
    v->alike = 0;
    enter(s, v,
          v->found > 0 ? align(s, v, choose(s, row)) : without_choice(s, v));
}

/* Equally loud throughout, however alike both are. */
static double crossfade(const tb_native_stream *s, const nearest_voice *v,
                        double old, double new)
{
    double in = s->curve[s->fade - v->fading], out = 1 - in;
    double alike = v->alike > 0 ? v->alike : 0;
    return (out * old + in * new) /
           sqrt(out * out + in * in + 2 * out * in * alike);
}

static void remember(const tb_native_stream *s, nearest_voice *v,
                     const float *x)
{
    for (int ch = 0; ch < s->channels; ch++)
        v->last[ch] = x[ch];
    v->past[v->heard++ % s->ring] = mean_of(s, x);
}

static void say(tb_native_stream *s, int row, float *to)
{
    nearest_voice *v = &s->voices[row];
    if (v->left <= 0)
        jump(s, row);
    if (v->left % s->hop == 0)
        scan(s, v, v->share);
    for (int ch = 0; ch < s->channels; ch++) {
        double y = s->recordings[v->at * s->channels + ch] + v->step[ch];
        if (v->fading > 0)
            y = crossfade(s, v, s->recordings[v->from * s->channels + ch], y);
        v->step[ch] *= 1 - 4 / ((double)s->fade + 4);
        to[ch] = (float)(y < -1 ? -1 : y > 1 ? 1 : y);
    }
    if (v->fading > 0) {
        v->fading--;
        v->from++;
    }
    v->at++;
    v->left--;
    remember(s, v, to);
}

/* ---- a stream of voices ---- */

static void close_stream(tb_native_stream *s)
{
    if (!s)
        return;
    tb_nearest_ear_clear(&s->ear);
    tb_free(s->voices);
    tb_free(s->rings);
    tb_free(s->played);
    tb_free(s->asked);
    tb_free(s->recent);
    tb_free(s->around);
    tb_free(s->curve);
    tb_free(s);
}

static TB_REALTIME void reset(tb_native_stream *s, uint64_t seed)
{
    s->seed = seed;
    for (int i = 0; i < s->rows; i++) {
        nearest_voice *v = &s->voices[i];
        *v = (nearest_voice){.past = v->past,
                             .played = v->played,
                             .asked = v->asked,
                             .temperature = v->temperature};
        memset(v->past, 0, sizeof *v->past * (size_t)s->ring);
        memset(v->played, 0, sizeof *v->played * (size_t)s->hops);
    }
}

static float *floats(int64_t n)
{
    return tb_alloc_array((size_t)n, sizeof(float));
}

static bool allocate(tb_native_stream *s)
{
    int64_t asked = (int64_t)s->match * BANDS;
    s->voices = tb_alloc_array((size_t)s->rows, sizeof *s->voices);
    s->rings = floats(s->rows * s->ring);
    s->played = floats(s->rows * s->hops);
    s->asked = floats(s->rows * asked);
    s->recent = floats(s->ring);
    s->around = floats(2 * s->hop);
    s->curve = floats(s->fade);
    if (!s->voices || !s->rings || !s->played || !s->asked || !s->recent ||
        !s->around || !s->curve)
        return false;
    for (int i = 0; i < s->rows; i++)
        s->voices[i] = (nearest_voice){.past = s->rings + i * s->ring,
                                       .played = s->played + i * s->hops,
                                       .asked = s->asked + i * asked,
                                       .temperature = 1};
    for (int64_t i = 0; i < s->fade; i++)
        s->curve[i] = (float)(0.5 - 0.5 * cos(acos(-1) * ((double)i + 0.5) /
                                              (double)s->fade));
    return true;
}

static int64_t frames_of(const tb_nearest *c, double seconds)
{
    int64_t n = llrint(seconds * c->sample_rate);
    return n > 1 ? n : 1;
}

static tb_native_stream sizes(const tb_nearest *c, const tb_params *params,
                              int rows, int first_row)
{
    int hop = tb_nearest_hop(c), size = 2 * hop;
    int64_t match = (frames_of(c, c->match) + hop / 2) / hop;
    match = match > 2 ? match : 2;
    return (tb_native_stream){
        .config = c,
        .recordings =
            tb_params_value(params, tb_params_find(params, "recordings")),
        .bands = tb_params_value(params, tb_params_find(params, "bands")),
        .frames = c->room / hop * hop,
        .hops = c->room / hop,
        .passage = frames_of(c, c->passage),
        .fade = frames_of(c, c->fade),
        .ring = (match - 1) * hop + size,
        .channels = c->channels,
        .hop = hop,
        .size = size,
        .match = (int)match,
        .rows = rows,
        .first_row = first_row};
}

static tb_status open_stream(const void *config, const tb_params *params,
                             const tb_native_settings *settings,
                             tb_native_stream **stream, tb_error *error)
{
    *stream = NULL;
    tb_native_stream *s = tb_alloc(sizeof *s);
    if (!s)
        return tb_fail_memory(error);
    *s = sizes(config, params, settings->rows, settings->first_row);
    tb_status status = TB_OK;
    if (end_of_places(s) <= first_place(s))
        status = tb_fail(error, TB_ERR_FORMAT,
                         "The checkpoint holds too little sound: %.2g s. Take "
                         "longer recordings, or a shorter match and fade.",
                         (double)s->frames / s->config->sample_rate);
    if (!status)
        status = tb_nearest_ear_init(&s->ear, config, error);
    if (!status && !allocate(s))
        status = tb_fail_memory(error);
    if (status) {
        close_stream(s);
        return status;
    }
    reset(s, 0);
    *stream = s;
    return TB_OK;
}

/* What it says next follows the prompt, whatever it was at. */
static TB_REALTIME void prompt(tb_native_stream *s, const float *const *x,
                               int64_t frames)
{
    for (int row = 0; row < s->rows; row++) {
        nearest_voice *v = &s->voices[row];
        for (int64_t i = 0; i < frames; i++)
            remember(s, v, x[row] + i * s->channels);
        v->left = v->fading = 0;
        v->speaks = false;
    }
}

static TB_REALTIME int64_t run(tb_native_stream *s, float *const *x,
                               int64_t frames)
{
    for (int row = 0; row < s->rows; row++)
        for (int64_t i = 0; i < frames; i++)
            say(s, row, x[row] + i * s->channels);
    return frames;
}

static TB_REALTIME void set(tb_native_stream *s, int control, int row, double x)
{
    if (control == 0)
        s->voices[row].temperature = x;
}

const tb_native tb_nearest_native = {.open = open_stream,
                                     .close = close_stream,
                                     .reset = reset,
                                     .prompt = prompt,
                                     .run = run,
                                     .set = set};
