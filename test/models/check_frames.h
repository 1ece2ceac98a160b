/* Networks on frames of real numbers under test: what they say of given frames,
   over a whole length or as a stream, with one store of parameters.
   CHECK_INSTRUMENT and CHECK_CONFIG name the instrument and its configuration,
   which begins with a tb_spectral_frames. */
#ifndef TB_TEST_MODELS_CHECK_FRAMES_H
#define TB_TEST_MODELS_CHECK_FRAMES_H

#include "../engine/numbers.h"
#include "base/random.h"
#include "base/settings.h"
#include "engine/ops/shape.h"
#include "models/spectral_frames.h"

#include <string.h>

typedef struct frame_network {
    CHECK_CONFIG config;
    const tb_backend *backend;
    tb_params *params;
    int rows;
    int64_t n;  /* numbers of a frame */
    int levels; /* that they can be; 0: they are real */
} frame_network;

/* A configuration of defaults with changes, "key=value" separated by spaces,
   and presets as "preset=name". */
static inline CHECK_CONFIG configured(const char *changes)
{
    CHECK_CONFIG c = {0};
    tb_settings_part part = {CHECK_INSTRUMENT.settings, &c};
    tb_error error = {0};
    char text[512], *rest = text;
    tb_settings_defaults(&part, 1);
    snprintf(text, sizeof text, "%s", changes);
    for (char *word; (word = strtok_r(rest, " ", &rest));) {
        bool preset = strncmp(word, "preset=", 7) == 0;
        if (preset ? tb_settings_preset(&part, 1, word + 7, &error)
                   : tb_settings_assign(&part, 1, word, &error)) {
            fprintf(stderr, "# %s\n", error.text);
            OK_NAMED(0, "the settings of a test are right");
        }
    }
    return c;
}

static inline tb_params *fresh_params(const CHECK_CONFIG *config, size_t real,
                                      uint64_t seed)
{
    tb_error error = {0};
    tb_graph *g =
        tb_instrument_declare(&CHECK_INSTRUMENT, config, NULL, &error);
    const tb_graph *graph = g;
    tb_params *p = g ? tb_params_new(1, &graph, real, &error) : NULL;
    if (OK_NAMED(p != NULL, "there are parameters"))
        tb_instrument_init(&CHECK_INSTRUMENT, config, p, seed);
    else
        fprintf(stderr, "# %s\n", error.text);
    tb_graph_free(g);
    return p;
}

static inline frame_network frame_network_new(const char *changes, int rows,
                                              const tb_backend *backend)
{
    frame_network s = {
        .config = configured(changes), .backend = backend, .rows = rows};
    s.params = fresh_params(&s.config, backend->real_size, 7);
    tb_symbols symbols = CHECK_INSTRUMENT.network->symbols(&s.config);
    s.n = symbols.channels;
    s.levels = symbols.type == TB_I64 ? symbols.levels : 0;
    return s;
}

/* Frames [rows, frames, n], near 0. */
static inline double *frame_material(const frame_network *s, int64_t frames)
{
    double *x = malloc(sizeof *x * (size_t)(s->rows * frames * s->n));
    tb_rng rng = {3, 0};
    for (int64_t i = 0; i < s->rows * frames * s->n; i++)
        x[i] = s->levels ? (double)tb_rng_below(&rng, (uint64_t)s->levels)
                         : (double)(float)tb_rng_normal(&rng);
    return x;
}

/* All that a distribution says of a frame: [rows, frames, any]. */
static inline tb_value *all_said(const tb_distribution *d, int rows)
{
    const tb_distribution_component *c = &d->component[0];
    tb_value *each[3] = {c->mean, c->log_deviation, c->logits};
    if (d->kind == TB_CODES)
        return tb_contiguous(c->found);
    if (d->kind == TB_PLAIN || !c->mean)
        return tb_contiguous(tb_transpose(c->mean, 1, 2));
    for (int i = 0; i < 3; i++)
        each[i] =
            tb_reshape(each[i], tb_dims(rows, TB_FRAMES,
                                        each[i]->dim[2] * each[i]->dim[3]));
    return tb_concat(3, each, 2);
}

typedef struct frame_graph {
    tb_graph *g;
    tb_value *in, *out;
} frame_graph;

static inline frame_graph frame_graph_new(const frame_network *s,
                                          int64_t context, bool learning)
{
    frame_graph f = {.g = tb_graph_new()};
    tb_builder b = {.graph = f.g,
                    .config = &s->config,
                    .rows = s->rows,
                    .learning = learning};
    tb_symbols symbols = CHECK_INSTRUMENT.network->symbols(&s->config);
    f.in = tb_input(f.g, "symbols", symbols.type,
                    tb_symbols_shape(&symbols, s->rows));
    tb_distribution d = CHECK_INSTRUMENT.network->loop(&b, f.in, context);
    f.out = all_said(&d, s->rows);
    return f;
}

/* Into a tensor of frames whose time axis is 1 or 2. */
static inline void put_frames(const tb_tensor *t, const double *x, int64_t from,
                              int64_t all, int64_t frames, int64_t n,
                              size_t real)
{
    for (int64_t r = 0; r < t->dim[0]; r++)
        for (int64_t e = 0; e < n; e++)
            for (int64_t j = 0; j < frames; j++)
                number_put(t,
                           t->time == 1 ? (r * frames + j) * n + e
                                        : (r * n + e) * frames + j,
                           real, x[(r * all + from + j) * n + e]);
}

/* What is said of frames [rows, frames, n] of which `context` are only heard,
   in windows of so many frames (0: all at once) with the state carried on:
   [rows, frames - context, any]. The caller frees. */
static inline double *said_offline(const frame_network *s, const double *x,
                                   int64_t frames, int64_t context,
                                   int64_t window, bool learning,
                                   int64_t *numbers)
{
    tb_error error = {0};
    frame_graph f = frame_graph_new(s, context, learning);
    tb_output out = {f.out, NULL};
    window = window ? window : frames - context;
    const tb_plan_settings set = {.backend = s->backend,
                                  .params = s->params,
                                  .frames = context + window,
                                  .training = learning};
    tb_plan *p = tb_plan_new(f.g, 1, &out, &set, &error);
    double *y = NULL;
    if (!OK_NAMED(p != NULL, "there is a plan"))
        fprintf(stderr, "# %s\n", error.text);
    for (int64_t j = 0; p && j < frames - context; j += window) {
        put_frames(tb_plan_tensor(p, f.in), x, j, frames, context + window,
                   s->n, s->backend->real_size);
        tb_plan_run(p, 5, NULL);
        const tb_tensor *t = tb_plan_tensor(p, out.value);
        *numbers = t->dim[2];
        OK_NAMED(t->dim[1] == window, "a frame for each that is learned");
        if (!y)
            y = malloc(sizeof *y *
                       (size_t)(s->rows * (frames - context) * *numbers));
        for (int64_t r = 0; r < s->rows; r++)
            for (int64_t i = 0; i < window * *numbers; i++)
                y[(r * (frames - context) + j) * *numbers + i] = number_get(
                    t, r * window * *numbers + i, s->backend->real_size);
    }
    tb_plan_free(p);
    tb_graph_free(f.g);
    return y;
}

/* The same of a stream that hears them in blocks, to its end. */
static inline double *said_streamed(const frame_network *s, const double *x,
                                    int64_t frames, int64_t block,
                                    int64_t numbers)
{
    tb_error error = {0};
    frame_graph f = frame_graph_new(s, 0, false);
    const tb_stream_settings set = {
        .backend = s->backend, .params = s->params, .n_max = block};
    tb_stream_plan *p = tb_stream_plan_new(f.g, 1, &f.out, &set, &error);
    tb_stream *stream = p ? tb_stream_new(p, 5, &error) : NULL;
    double *y = calloc((size_t)(s->rows * frames * numbers), sizeof *y);
    int64_t come = 0;
    if (!OK_NAMED(stream != NULL, "there is a stream"))
        fprintf(stderr, "# %s\n", error.text);
    for (int64_t at = 0; stream && !tb_stream_done(stream); at += block) {
        int64_t n = frames - at < block ? frames - at : block;
        if (n > 0) {
            tb_tensor in = tb_stream_write(stream, f.in, n);
            in.dim[in.time] = n;
            put_frames(&in, x, at, frames, n, s->n, s->backend->real_size);
        } else {
            tb_stream_finish(stream);
        }
        tb_stream_run(stream, n > 0 ? n : block);
        tb_tensor t = tb_stream_read(stream, f.out);
        for (int64_t r = 0; r < s->rows; r++)
            for (int64_t i = 0; i < t.dim[1] * numbers; i++)
                if (come * numbers + i < frames * numbers)
                    y[(r * frames + come) * numbers + i] = number_get(
                        &t, r * t.dim[1] * numbers + i, s->backend->real_size);
        come += t.dim[1];
    }
    OK_NAMED(come == frames, "a stream says as many frames as it hears");
    tb_stream_free(stream);
    tb_stream_plan_free(p);
    tb_graph_free(f.g);
    return y;
}

/* Frames from ... of [rows, frames, numbers] are those of another. */
static inline bool same_frames(const double *a, int64_t frames, int64_t from,
                               const double *b, int rows, int64_t numbers)
{
    bool same = a && b;
    for (int64_t r = 0; same && r < rows; r++)
        same &= memcmp(a + (r * frames + from) * numbers,
                       b + r * (frames - from) * numbers,
                       sizeof *a * (size_t)((frames - from) * numbers)) == 0;
    return same;
}

/* Says by name whether frames from ... of one are those of the other. */
static inline void check_frames(const frame_network *s, const char *changes,
                                const char *what, const double *a,
                                int64_t frames, int64_t from, const double *b,
                                int64_t numbers)
{
    char name[512];
    snprintf(name, sizeof name, "%s: %s: %s", s->backend->name, changes, what);
    OK_NAMED(same_frames(a, frames, from, b, s->rows, numbers), name);
}

enum { CHECKED_FRAMES = 40 };

/* A stream in blocks of any size says what the whole length `all` says. */
static inline void check_frame_streams(const frame_network *s,
                                       const char *changes, const double *x,
                                       const double *all, int64_t n,
                                       int64_t numbers)
{
    static const int64_t blocks[] = {1, 5, 40};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        double *y = said_streamed(s, x, n, blocks[i], numbers);
        char what[64];
        snprintf(what, sizeof what, "so is a stream in blocks of %d",
                 (int)blocks[i]);
        check_frames(s, changes, what, all, n, 0, y, numbers);
        free(y);
    }
}

/* Learning says what the whole length says, and so does a stream in blocks of
   any size: of networks that look back on a fixed stretch. */
static inline void check_frame_bits(const tb_backend *backend,
                                    const char *changes, int rows)
{
    frame_network s = frame_network_new(changes, rows, backend);
    int64_t c = CHECK_INSTRUMENT.network->context(&s.config);
    int64_t n = c + CHECKED_FRAMES, numbers = 0;
    double *x = frame_material(&s, n);
    double *all = said_offline(&s, x, n, 0, 0, false, &numbers);
    double *learned = said_offline(&s, x, n, c, 0, true, &numbers);
    check_frames(&s, changes, "learning is the offline pass", all, n, c,
                 learned, numbers);
    check_frame_streams(&s, changes, x, all, n, numbers);
    free(x), free(all), free(learned);
    tb_params_free(s.params);
}

/* The same of networks that remember: learning, in one window or in several
   with the memory carried on, is the pass over the same length. */
static inline void check_frame_memory(const tb_backend *backend,
                                      const char *changes, int rows)
{
    frame_network s = frame_network_new(changes, rows, backend);
    int64_t c = CHECK_INSTRUMENT.network->context(&s.config);
    int64_t n = c + CHECKED_FRAMES, numbers = 0;
    double *x = frame_material(&s, n);
    double *all = said_offline(&s, x, n, 0, 0, false, &numbers);
    double *whole = said_offline(&s, x, n, c, 0, false, &numbers);
    double *learned = said_offline(&s, x, n, c, 0, true, &numbers);
    double *windows = said_offline(&s, x, n, c, 8, true, &numbers);
    check_frames(&s, changes, "learning is the offline pass", learned,
                 CHECKED_FRAMES, 0, whole, numbers);
    check_frames(&s, changes, "so is learning in windows", learned,
                 CHECKED_FRAMES, 0, windows, numbers);
    check_frame_streams(&s, changes, x, all, n, numbers);
    free(x), free(all), free(whole), free(learned), free(windows);
    tb_params_free(s.params);
}

/* ---- labels ---- */

/* What is said after sound of which the first frames are only heard: [any]. Its
   label is `one`, and `two` from frame `from` of those that are learned on;
   below 0: it has none, and controls say so. The caller frees. */
static inline double *said_of_labels(const frame_network *s, int64_t from,
                                     int one, int two, int64_t *numbers)
{
    tb_error error = {0};
    const tb_network *n = CHECK_INSTRUMENT.network;
    int64_t hop = n->symbols(&s->config).per;
    int64_t heard = n->context(&s->config);
    int64_t frames = (heard + CHECKED_FRAMES) * hop;
    int channels = CHECK_INSTRUMENT.format(&s->config).channels;
    tb_graph *g = tb_graph_new();
    tb_builder b = {.graph = g, .config = &s->config, .rows = s->rows};
    tb_value *sound =
        tb_input(g, "sound", TB_REAL, tb_dims(s->rows, channels, TB_FRAMES));
    if (one >= 0)
        b.labels = tb_input(g, "labels", TB_I64, tb_dims(s->rows, TB_FRAMES));
    tb_distribution d = n->loop(&b, n->encode(&b, sound), heard);
    tb_output out = {all_said(&d, s->rows), NULL};
    const tb_plan_settings set = {
        .backend = s->backend, .params = s->params, .frames = frames};
    tb_plan *p = tb_plan_new(g, 1, &out, &set, &error);
    double *y = NULL;
    if (!OK_NAMED(p != NULL, "there is a plan with labels"))
        fprintf(stderr, "# %s\n", error.text);
    for (int64_t i = 0; p && i < s->rows * channels * frames; i++)
        number_put(tb_plan_tensor(p, sound), i, s->backend->real_size,
                   0.5 * sin(0.3 * (double)i));
    for (int64_t i = 0; p && b.labels && i < s->rows * frames; i++)
        ((int64_t *)tb_plan_tensor(p, b.labels)->data)[i] =
            i % frames < (heard + from) * hop ? one : two;
    if (p) {
        tb_plan_run(p, 5, NULL);
        const tb_tensor *t = tb_plan_tensor(p, out.value);
        *numbers = t->dim[0] * t->dim[1] * t->dim[2];
        y = malloc(sizeof *y * (size_t)*numbers);
        for (int64_t i = 0; i < *numbers; i++)
            y[i] = number_get(t, i, s->backend->real_size);
    }
    tb_plan_free(p);
    tb_graph_free(g);
    return y;
}

/* Numbers from ... to ... of which some differ by more than a trifle. */
static inline bool is_other(const double *a, const double *b, int64_t from,
                            int64_t to)
{
    bool other = false;
    for (int64_t i = from; a && b && i < to; i++)
        other |= !(fabs(a[i] - b[i]) < 1e-6);
    return other;
}

/* No label is what no control is; a label changes what is said from its frame
   on, and nothing before. Labels of chunks are those of their first frames.
   `changes` has labels=a,b. */
static inline void check_frame_labels(const char *changes)
{
    enum { FROM = 12 };
    frame_network s = frame_network_new(changes, 1, tb_backend_naive64());
    int64_t n = 0;
    double *controls = said_of_labels(&s, 0, -1, -1, &n);
    double *none = said_of_labels(&s, 0, 0, 0, &n);
    double *a = said_of_labels(&s, 0, 1, 1, &n);
    double *b = said_of_labels(&s, FROM, 1, 2, &n);
    int64_t each = n / CHECKED_FRAMES;
    OK_NAMED(none && !is_other(controls, none, 0, n), "no label, no control");
    OK_NAMED(is_other(none, a, 0, each), "a label is heard");
    OK_NAMED(b && !is_other(a, b, 0, FROM * each), "nothing before it comes");
    OK_NAMED(is_other(a, b, FROM * each, (FROM + 1) * each), "at once");
    free(controls), free(none), free(a), free(b);
    tb_params_free(s.params);
}

/* Each frame that is said knows all `field` frames before it, and none else. */
static inline void check_frame_past(const char *changes, int64_t field)
{
    frame_network s = frame_network_new(changes, 1, tb_backend_naive64());
    int64_t n = 2 * field + 6, numbers = 0;
    double *x = frame_material(&s, n);
    double *y = said_offline(&s, x, n, 0, 0, false, &numbers);
    bool before = y != NULL, after = before, known = before;
    for (int64_t t = 0; before && t < n - 1; t++) {
        double was = x[t * s.n];
        x[t * s.n] += 1;
        double *z = said_offline(&s, x, n, 0, 0, false, &numbers);
        x[t * s.n] = was;
        for (int64_t j = 0; j < n; j++) {
            bool same = memcmp(y + j * numbers, z + j * numbers,
                               sizeof *y * (size_t)numbers) == 0;
            before &= j > t || same;
            known &= j <= t || j > t + field || !same;
            after &= j <= t + field || same;
        }
        free(z);
    }
    OK_NAMED(before, "what is said up to frame t does not know frame t");
    OK_NAMED(known, "what is said after it does");
    OK_NAMED(after, "and what lies behind its field does not");
    free(x), free(y);
    tb_params_free(s.params);
}

#endif
