/* An instrument of native code without weights: it goes on with that passage of
   its recordings before which they sound most like the end of what was heard,
   and looks for the next one when that is over. "Learning" is hearing them:
   each step adds what it hears to the checkpoint, until that is full.

   Likeness is the correlation of the last samples with those at each place.
   Temperature 0 takes the best place; above it, chance decides among the best
   few, the more evenly the higher it is. Passages are crossfaded. */
#ifndef TB_TEST_NEAREST_H
#define TB_TEST_NEAREST_H

#include "base/memory.h"
#include "base/random.h"
#include "engine/ops.h"
#include "models/instrument.h"

#include <math.h>
#include <string.h>

enum { NEAREST_MOST = 16 };

typedef struct nearest {
    double sample_rate;
    int room, likeness, passage, fade, among;
} nearest;

static const tb_setting nearest_rows[] = {
    TB_SETTING_FLOAT(nearest, sample_rate, "8000", 1000, 192000, "Hz",
                     "Sample rate of the recordings."),
    TB_SETTING_INT(nearest, room, "8000", 64, 100000000, "samples",
                   "How much of the recordings is kept."),
    TB_SETTING_INT(nearest, likeness, "64", 2, 65536, "samples",
                   "What is compared."),
    TB_SETTING_INT(nearest, passage, "1000", 1, 10000000, "samples",
                   "How long one passage goes on."),
    TB_SETTING_INT(nearest, fade, "32", 1, 65536, "samples",
                   "Crossfade from passage to passage."),
    TB_SETTING_INT(nearest, among, "4", 1, NEAREST_MOST, NULL,
                   "How many places chance chooses from."),
};

static const tb_settings nearest_settings = {
    "network", nearest_rows, sizeof nearest_rows / sizeof *nearest_rows, NULL,
    0};

static inline tb_sound_format nearest_format(const void *config)
{
    return (tb_sound_format){((const nearest *)config)->sample_rate, 1};
}

/* ---- what it keeps ---- */

static inline void nearest_declare(const void *config, tb_graph *g)
{
    tb_param(g, "recordings", tb_dims(((const nearest *)config)->room));
    tb_param(g, "heard", tb_dims(1)); /* samples of them */
}

static inline void nearest_init(const void *config, tb_params *params,
                                uint64_t seed)
{
    (void)config;
    (void)params; /* all zero */
    (void)seed;
}

static inline float *nearest_values(tb_params *params, const char *name)
{
    const tb_parameter *p = tb_params_at(params, tb_params_find(params, name));
    return (float *)tb_params_data(params) + p->offset;
}

static inline const float *nearest_stored(const tb_params *params,
                                          const char *name)
{
    return tb_params_value(params, tb_params_find(params, name));
}

static inline tb_status nearest_hear(const void *config, tb_params *params,
                                     const double *x, int64_t n, uint64_t seed,
                                     tb_error *error)
{
    const nearest *c = config;
    float *to = nearest_values(params, "recordings");
    float *heard = nearest_values(params, "heard");
    int64_t at = (int64_t)*heard;
    (void)seed;
    (void)error;
    for (int64_t i = 0; i < n && at < c->room; i++)
        to[at++] = (float)x[i];
    *heard = (float)at;
    return TB_OK;
}

/* The level of what it hears is all that is measured. */
static inline tb_status nearest_learn(const void *config,
                                      const tb_learning_size *size,
                                      tb_learning *l, tb_error *error)
{
    (void)config;
    *l = (tb_learning){.objective_count = 1};
    tb_graph *g = tb_graph_new();
    if (!g)
        return tb_fail_memory(error);
    tb_value *sound =
        tb_input(g, "sound", TB_REAL, tb_dims(size->rows, 1, TB_FRAMES));
    tb_value *level =
        tb_mean(tb_map(sound, TB_SQUARE, 0, 0), TB_ALL_AXES, false);
    level = tb_reshape(tb_map(level, TB_SQRT, 0, 0), tb_dims(1));
    l->feed_count = l->phase_count = l->metric_count = 1;
    l->feed[0] = (tb_feed){.name = "sound", .window = size->window};
    l->objective[0] = (tb_objective){.name = "hear",
                                     .graph = g,
                                     .input_count = 1,
                                     .input = {{sound, TB_INPUT_FEED, 0, 0}}};
    l->phase[0] = (tb_learning_phase){
        .name = "hearing", .turn_count = 1, .turn = {{0, 1, 0}}};
    l->metric[0] = (tb_metric){
        .name = "level", .title = "level of what is heard", .value = level};
    for (int i = 0; i < 2; i++)
        l->hook[l->hook_count++] =
            (tb_hook){.name = "hear",
                      .time = i ? TB_HOOK_EVERY : TB_HOOK_START,
                      .steps = 1,
                      .value = sound,
                      .run = nearest_hear};
    tb_status status = tb_graph_check(g, error);
    if (status)
        tb_learning_clear(l);
    return status;
}

/* ---- one voice ---- */

typedef struct nearest_voice {
    float *past; /* [likeness]: a ring of what was heard and said */
    int64_t count;
    double temperature;
    int64_t at, left;     /* the next sample, and how many follow it */
    int64_t from, fading; /* where the last passage goes on, and how long */
    double step;          /* from the prompt to the first passage */
    bool speaks;          /* since the last prompt */
} nearest_voice;

struct tb_native_stream {
    const nearest *config;
    const float *recordings;
    int64_t heard;
    int rows, first_row;
    uint64_t seed;
    nearest_voice *voices;
    float *rings; /* [rows, likeness] */
};

typedef struct nearest_place {
    int64_t at;
    double likeness;
} nearest_place;

/* Of the samples before `at` with the last ones of the voice, -1 to 1. */
static inline double nearest_likeness(const tb_native_stream *s,
                                      const nearest_voice *v, int64_t at)
{
    int n = s->config->likeness;
    double both = 0, one = 1e-12, other = 1e-12;
    for (int i = 0; i < n; i++) {
        double x = v->past[(v->count + i) % n];
        double y = s->recordings[at - n + i];
        both += x * y;
        one += x * x;
        other += y * y;
    }
    return both / sqrt(one * other);
}

/* Keeps the best places, best first; of neighbours only the better one. */
static inline int nearest_add(nearest_place *best, int count, int most,
                              nearest_place p, int64_t apart)
{
    for (int i = 0; i < count; i++)
        if (p.at - best[i].at < apart && best[i].at - p.at < apart) {
            if (best[i].likeness >= p.likeness)
                return count;
            memmove(best + i, best + i + 1,
                    sizeof *best * (size_t)(count - i - 1));
            count--;
            break;
        }
    int i = count < most ? count : most;
    while (i > 0 && best[i - 1].likeness < p.likeness)
        i--;
    if (i == most)
        return count;
    count = count < most ? count + 1 : most;
    memmove(best + i + 1, best + i, sizeof *best * (size_t)(count - i - 1));
    best[i] = p;
    return count;
}

static inline int64_t nearest_choose(const tb_native_stream *s, int row,
                                     const nearest_voice *v,
                                     const nearest_place *best, int count)
{
    double sum = 0, weight[NEAREST_MOST];
    float chance =
        tb_uniform(s->seed, 1, v->count, (uint32_t)(s->first_row + row), 0);
    if (v->temperature <= 0)
        return best[0].at;
    for (int i = 0; i < count; i++)
        sum += weight[i] =
            exp((best[i].likeness - best[0].likeness) * 8 / v->temperature);
    int i = 0;
    for (double x = chance * sum; i + 1 < count && x >= weight[i]; i++)
        x -= weight[i];
    return best[i].at;
}

/* The next passage: from the place that follows best, or, before anything was
   heard, from anywhere. */
static inline void nearest_jump(tb_native_stream *s, int row)
{
    const nearest *c = s->config;
    nearest_voice *v = &s->voices[row];
    nearest_place best[NEAREST_MOST];
    int count = 0;
    int64_t last = s->heard - c->fade - 1, first = c->likeness;
    bool first_of_all = v->count == 0, goes_on = v->speaks;
    v->from = v->at;
    if (first_of_all)
        v->at =
            first + (int64_t)(tb_uniform(s->seed, 0, 0,
                                         (uint32_t)(s->first_row + row), 0) *
                              (float)(last - first));
    for (int64_t at = first; at < last && !first_of_all; at++)
        count = nearest_add(best, count, c->among,
                            (nearest_place){at, nearest_likeness(s, v, at)},
                            c->fade);
    if (count > 0)
        v->at = nearest_choose(s, row, v, best, count);
    v->left = s->heard - c->fade - v->at;
    v->left = v->left < c->passage ? v->left : c->passage;
    v->fading = goes_on && v->from + c->fade < s->heard && v->from != v->at
                    ? c->fade
                    : 0;
    v->step =
        !goes_on && !first_of_all
            ? v->past[(v->count - 1) % c->likeness] - s->recordings[v->at - 1]
            : 0;
    v->speaks = true;
}

static inline void nearest_remember(const tb_native_stream *s, nearest_voice *v,
                                    float x)
{
    v->past[v->count++ % s->config->likeness] = x;
}

static inline float nearest_next(tb_native_stream *s, int row)
{
    nearest_voice *v = &s->voices[row];
    double fade = s->config->fade;
    if (v->left <= 0)
        nearest_jump(s, row);
    double y = s->recordings[v->at++] + v->step;
    v->left--;
    v->step *= 1 - 4 / (fade + 4);
    if (v->fading > 0) {
        double old = (double)v->fading-- / (fade + 1);
        y += old * (s->recordings[v->from++] - y);
    }
    y = y < -1 ? -1 : y > 1 ? 1 : y;
    nearest_remember(s, v, (float)y);
    return (float)y;
}

/* ---- a stream of voices ---- */

static inline void nearest_close(tb_native_stream *s)
{
    if (!s)
        return;
    tb_free(s->voices);
    tb_free(s->rings);
    tb_free(s);
}

static inline void nearest_reset(tb_native_stream *s, uint64_t seed)
{
    s->seed = seed;
    for (int i = 0; i < s->rows; i++) {
        nearest_voice *v = &s->voices[i];
        *v = (nearest_voice){.past = v->past, .temperature = v->temperature};
        memset(v->past, 0, sizeof *v->past * (size_t)s->config->likeness);
    }
}

static inline tb_status nearest_open(const void *config,
                                     const tb_params *params,
                                     const tb_native_settings *settings,
                                     tb_native_stream **stream, tb_error *error)
{
    const nearest *c = config;
    int64_t heard = (int64_t)*nearest_stored(params, "heard");
    *stream = NULL;
    if (heard < c->likeness + 2 * c->fade + 2 || heard > c->room)
        return tb_fail(error, TB_ERR_FORMAT,
                       "The checkpoint holds too little sound: %lld samples. "
                       "Train it on more.",
                       (long long)heard);
    tb_native_stream *s = tb_alloc(sizeof *s);
    if (!s)
        return tb_fail_memory(error);
    *s = (tb_native_stream){.config = c,
                            .recordings = nearest_stored(params, "recordings"),
                            .heard = heard,
                            .rows = settings->rows,
                            .first_row = settings->first_row};
    s->voices = tb_alloc_array((size_t)settings->rows, sizeof *s->voices);
    s->rings = tb_alloc_array((size_t)settings->rows * (size_t)c->likeness,
                              sizeof(float));
    if (!s->voices || !s->rings) {
        nearest_close(s);
        return tb_fail_memory(error);
    }
    for (int i = 0; i < settings->rows; i++)
        s->voices[i].past = s->rings + (int64_t)i * c->likeness;
    nearest_reset(s, 0);
    *stream = s;
    return TB_OK;
}

/* What it says next follows the prompt, whatever it was at. */
static inline void nearest_prompt(tb_native_stream *s, const float *const *x,
                                  int64_t frames)
{
    for (int row = 0; row < s->rows; row++) {
        nearest_voice *v = &s->voices[row];
        for (int64_t i = 0; i < frames; i++)
            nearest_remember(s, v, x[row][i]);
        v->left = v->fading = 0;
        v->speaks = false;
    }
}

static inline int64_t nearest_run(tb_native_stream *s, float *const *x,
                                  int64_t frames)
{
    for (int row = 0; row < s->rows; row++)
        for (int64_t i = 0; i < frames; i++)
            x[row][i] = nearest_next(s, row);
    return frames;
}

static inline void nearest_set(tb_native_stream *s, int control, int row,
                               double x)
{
    if (control == 0)
        s->voices[row].temperature = x;
}

static const tb_native nearest_native = {.open = nearest_open,
                                         .close = nearest_close,
                                         .reset = nearest_reset,
                                         .prompt = nearest_prompt,
                                         .run = nearest_run,
                                         .set = nearest_set};

static const tb_control *const nearest_controls[] = {&tb_control_temperature,
                                                     NULL};

static const tb_buffer_row nearest_buffers[] = {
    {"recordings", TB_WRITER_HOOK}, {"heard", TB_WRITER_HOOK}, {NULL, 0}};

static const tb_instrument nearest_instrument = {
    .name = "recall",
    .about = "Goes on with what followed in the recordings.",
    .settings = &nearest_settings,
    .config_size = sizeof(nearest),
    .format = nearest_format,
    .native = &nearest_native,
    .native_controls = nearest_controls,
    .declare = nearest_declare,
    .buffers = nearest_buffers,
    .init = nearest_init,
    .learn = nearest_learn,
};

#endif
