/* Networks under test: what their distributions are made of (logits; of
   logistics means and scales, too) for given levels, over a whole length or as
   a stream, with one store of parameters. SampleRNN, if CHECK_INSTRUMENT and
   CHECK_CONFIG do not name another instrument and its configuration. */
#ifndef TB_TEST_MODELS_CHECK_NETWORK_H
#define TB_TEST_MODELS_CHECK_NETWORK_H

#include "base/random.h"
#include "base/settings.h"
#include "engine/ops/index.h"
#include "engine/ops/random.h"
#include "engine/plan.h"
#include "engine/stream.h"
#include "models/samplernn.h"
#include "nn/init.h"
#include "tap.h"

#include <stdlib.h>

#ifndef CHECK_INSTRUMENT
#define CHECK_INSTRUMENT tb_samplernn_instrument
#define CHECK_CONFIG tb_samplernn
#endif

enum { CHECK_SEED = 3 };

typedef struct network {
    CHECK_CONFIG config;
    const tb_backend *backend;
    int rows;
    tb_method voices;
    tb_value *levels, *next, *said[3]; /* of its loop */
    int said_count;
    int64_t width; /* numbers that are said in a frame */
    tb_params *params;
} network;

/* Numbers [rows][frames][n], as they lie in tensors of such axes. */
typedef struct recording {
    int64_t rows, frames, n;
    size_t size; /* of an element */
    char *data;
} recording;

/* A configuration of defaults with changes: "key=value" separated by spaces,
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

static inline recording recording_new(int64_t rows, int64_t frames, int64_t n,
                                      size_t size)
{
    recording r = {rows, frames, n, size, NULL};
    r.data = calloc((size_t)(rows * frames * n) + 1, size);
    return r;
}

static inline void *at(const recording *r, int64_t row, int64_t frame,
                       int64_t k)
{
    return r->data + (size_t)((row * r->frames + frame) * r->n + k) * r->size;
}

static inline double number(const recording *r, int64_t row, int64_t frame,
                            int64_t k)
{
    void *p = at(r, row, frame, k);
    return r->size == sizeof(float) ? *(float *)p : *(double *)p;
}

/* Copies frames `from` and following between a recording, from `column` on, and
   a tensor [rows, frames] or [rows, frames, n]. */
static inline void copy(recording *r, int64_t from, int64_t column,
                        const tb_tensor *t, int64_t count, bool into_tensor)
{
    int64_t n = t->rank > 2 ? t->dim[2] : 1;
    for (int64_t i = 0; i < r->rows; i++)
        for (int64_t j = 0; j < count; j++)
            for (int64_t k = 0; k < n; k++) {
                int64_t o = i * t->stride[0] + j * t->stride[1] +
                            (t->rank > 2 ? k * t->stride[2] : 0);
                char *there = (char *)t->data + (ptrdiff_t)r->size * o;
                char *here = at(r, i, from + j, column + k);
                memcpy(into_tensor ? there : here, into_tensor ? here : there,
                       r->size);
            }
}

/* Levels that a symbol can have. */
static inline int64_t levels_of(const CHECK_CONFIG *c)
{
    return CHECK_INSTRUMENT.network->symbols(c).levels;
}

/* Random levels. */
static inline recording material(const CHECK_CONFIG *c, int rows,
                                 int64_t frames, uint64_t seed)
{
    recording r = recording_new(rows, frames, 1, sizeof(int64_t));
    tb_rng rng = {seed, 0};
    for (int64_t i = 0; i < rows * frames; i++)
        ((int64_t *)r.data)[i] =
            (int64_t)tb_rng_below(&rng, (uint64_t)levels_of(c));
    return r;
}

/* Frames from ... from + count - 1. */
static inline recording part_of(const recording *r, int64_t from, int64_t count)
{
    recording p = recording_new(r->rows, count, r->n, r->size);
    for (int64_t i = 0; i < r->rows; i++)
        memcpy(at(&p, i, 0, 0), at(r, i, from, 0),
               (size_t)(count * r->n) * r->size);
    return p;
}

static inline bool same_bits(const recording *a, const recording *b)
{
    return a->data && b->data && a->rows == b->rows && a->frames == b->frames &&
           a->n == b->n &&
           memcmp(a->data, b->data,
                  (size_t)(a->rows * a->frames * a->n) * a->size) == 0;
}

/* The largest difference; infinite when shapes differ or with NaN. */
static inline double distance(const recording *a, const recording *b)
{
    double worst = 0;
    if (!a->data || !b->data || a->frames != b->frames || a->rows != b->rows)
        return INFINITY;
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t j = 0; j < a->frames; j++)
            for (int64_t k = 0; k < a->n; k++) {
                double d = fabs(number(a, i, j, k) - number(b, i, j, k));
                if (!(d <= worst))
                    worst = d == d ? d : INFINITY;
            }
    return worst;
}

/* What is drawn from in the graph of the voices: logits, and what is picked of
   a component, scale first. */
static inline void find_said(network *s)
{
    const tb_graph *g = s->voices.graph;
    for (const tb_node *n = tb_graph_first(g); n; n = n->next) {
        if (n->op == &tb_op_sample)
            s->said[0] = n->in[0];
        if (n->op == &tb_op_pick)
            s->said[s->said[2] ? 1 : 2] = n->in[0];
    }
    s->said_count = s->said[1] ? 3 : 1;
    for (int i = 0; i < s->said_count; i++)
        s->width += s->said[i]->dim[2];
}

static inline network network_new(const char *changes, int rows,
                                  const tb_backend *backend)
{
    network s = {
        .config = configured(changes), .backend = backend, .rows = rows};
    tb_error error = {0};
    if (tb_instrument_method(&CHECK_INSTRUMENT, &s.config, NULL, "generate",
                             rows, &s.voices, &error) == TB_OK) {
        const tb_graph *g = s.voices.graph;
        s.levels = s.voices.heard;
        s.next = s.voices.output[1].value;
        find_said(&s);
        s.params = tb_params_new(1, &g, backend->real_size, &error);
    }
    if (s.params) {
        tb_instrument_init(&CHECK_INSTRUMENT, &s.config, s.params, 7);
        tb_init_fill(s.params, "head.guess.weight", 0.3);
    } else {
        fprintf(stderr, "# %s: %s\n", changes, error.text);
    }
    return s;
}

static inline void network_free(network *s)
{
    tb_method_clear(&s->voices);
    tb_params_free(s->params);
}

/* What is said over a whole length, in pieces of `window` frames with the state
   carried on (0: in one), after `context` frames that are only heard. */
static inline recording whole(const network *s, recording *levels,
                              int64_t context, int64_t window, bool training)
{
    tb_error error = {0};
    tb_graph *g = tb_graph_new();
    tb_value *in = tb_input(g, "levels", TB_I64, tb_dims(s->rows, TB_FRAMES));
    tb_builder b = {.graph = g,
                    .config = &s->config,
                    .rows = s->rows,
                    .learning = training};
    tb_distribution next = CHECK_INSTRUMENT.network->loop(&b, in, context);
    const tb_distribution_component *c = &next.component[0];
    tb_output out[3] = {
        {c->logits, NULL}, {c->mean, NULL}, {c->log_deviation, NULL}};
    int64_t frames = levels->frames - context;
    window = window ? window : frames;
    recording y =
        recording_new(s->rows, frames, s->width, s->backend->real_size);
    tb_plan_settings set = {.backend = s->backend,
                            .params = s->params,
                            .frames = context + window,
                            .training = training};
    tb_plan *p = tb_plan_new(g, s->said_count, out, &set, &error);
    if (!p)
        fprintf(stderr, "# %s\n", error.text);
    for (int64_t j = 0; p && j < frames; j += window) {
        copy(levels, j, 0, tb_plan_tensor(p, in), context + window, true);
        tb_plan_run(p, CHECK_SEED, NULL);
        int64_t column = 0;
        for (int i = 0; i < s->said_count; i++) {
            const tb_tensor *t = tb_plan_tensor(p, out[i].value);
            OK_NAMED(t->dim[1] == window, "as much is said as there is new");
            copy(&y, j, column, t, window, false);
            column += t->dim[2];
        }
    }
    if (!p)
        free(y.data), y.data = NULL;
    tb_plan_free(p);
    tb_graph_free(g);
    return y;
}

/* Every control at its standard. */
static inline void set_controls(const network *s, const tb_stream *stream)
{
    const tb_method *m = &s->voices;
    for (int i = 0; stream && i < m->control_count; i++) {
        const tb_tensor *t = tb_stream_control(stream, m->control_value[i]);
        double x = m->control[i]->standard;
        for (int64_t k = 0; t && k < t->dim[0]; k++)
            if (t->type == TB_I64)
                ((int64_t *)t->data)[k * t->stride[0]] = (int64_t)x;
            else if (s->backend->real_size == sizeof(float))
                ((float *)t->data)[k * t->stride[0]] = (float)x;
            else
                ((double *)t->data)[k * t->stride[0]] = x;
    }
}

/* What the stream says that hears `levels` in blocks. */
static inline recording streamed(const network *s, recording *levels,
                                 int64_t block, bool half)
{
    tb_error error = {0};
    tb_value *out[] = {s->next, s->said[0], s->said[1], s->said[2]};
    tb_stream_settings set = {.backend = s->backend,
                              .params = s->params,
                              .n_max = block,
                              .half_weights = half};
    tb_stream_plan *p = tb_stream_plan_new(s->voices.graph, 1 + s->said_count,
                                           out, &set, &error);
    tb_stream *stream = p ? tb_stream_new(p, CHECK_SEED, &error) : NULL;
    recording y = recording_new(s->rows, levels->frames + 1, s->width,
                                s->backend->real_size);
    int64_t sent = 0, heard = 0;
    set_controls(s, stream);
    if (stream)
        tb_stream_reset(stream, CHECK_SEED);
    else
        fprintf(stderr, "# %s\n", error.text);
    while (stream) {
        int64_t column = 0, came = 0;
        for (int i = 0; i < s->said_count; i++) {
            tb_tensor t = tb_stream_read(stream, s->said[i]);
            copy(&y, sent, column, &t, t.dim[1], false);
            column += t.dim[2];
            came = t.dim[1];
        }
        sent += came;
        int64_t n = levels->frames - heard;
        n = n < block ? n : block;
        if (n == 0)
            break;
        tb_tensor in = tb_stream_write(stream, s->levels, n);
        copy(levels, heard, 0, &in, n, true);
        tb_stream_run(stream, n);
        heard += n;
    }
    OK_NAMED(sent == levels->frames + 1, "a stream is one logit ahead");
    recording cut = part_of(&y, 0, levels->frames);
    free(y.data);
    tb_stream_free(stream);
    tb_stream_plan_free(p);
    return cut;
}

#endif
