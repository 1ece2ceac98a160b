/* Graphs over numbers that a test gives, whatever the type and the backend:
   numbers go in and come out as doubles in logical order. */
#ifndef TB_TEST_ENGINE_NUMBERS_H
#define TB_TEST_ENGINE_NUMBERS_H

#include "engine/plan.h"
#include "engine/stream.h"
#include "tap.h"

#include <stdlib.h>

static inline int64_t numbers_in(const tb_tensor *t)
{
    return tb_elements(t, t->time < 0 ? 1 : t->dim[t->time]);
}

static inline int64_t number_place(const tb_tensor *t, int64_t i)
{
    int64_t at = 0;
    for (int k = t->rank - 1; k >= 0; k--) {
        at += i % t->dim[k] * t->stride[k];
        i /= t->dim[k];
    }
    return at;
}

static inline double number_get(const tb_tensor *t, int64_t i, size_t real)
{
    int64_t at = number_place(t, i);
    if (t->type == TB_I64)
        return (double)((const int64_t *)t->data)[at];
    return real == sizeof(float) ? (double)((const float *)t->data)[at]
                                 : ((const double *)t->data)[at];
}

static inline void number_put(const tb_tensor *t, int64_t i, size_t real,
                              double x)
{
    int64_t at = number_place(t, i);
    if (t->type == TB_I64)
        ((int64_t *)t->data)[at] = (int64_t)x;
    else if (real == sizeof(float))
        ((float *)t->data)[at] = (float)x;
    else
        ((double *)t->data)[at] = x;
}

/* A value and its numbers; `y` has room for all of them. */
typedef struct given {
    tb_value *value;
    const double *x;
} given;

typedef struct taken {
    tb_value *value;
    double *y;
} taken;

/* A whole run; the number of elements of the first that is taken, or -1. */
static inline int64_t run_whole(const tb_graph *g, const tb_backend *backend,
                                int64_t frames, uint64_t seed, int ins,
                                const given *in, int outs, const taken *out)
{
    tb_output want[8];
    tb_error error = {0};
    const tb_plan_settings how = {.backend = backend, .frames = frames};
    for (int i = 0; i < outs; i++)
        want[i] = (tb_output){out[i].value, NULL};
    tb_plan *p = tb_plan_new(g, outs, want, &how, &error);
    if (!p) {
        fprintf(stderr, "# %s\n", error.text);
        return -1;
    }
    for (int i = 0; i < ins; i++) {
        const tb_tensor *t = tb_plan_tensor(p, in[i].value);
        for (int64_t k = 0; t && k < numbers_in(t); k++)
            number_put(t, k, backend->real_size, in[i].x[k]);
    }
    tb_plan_run(p, seed, NULL);
    for (int i = 0; i < outs; i++) {
        const tb_tensor *t = tb_plan_tensor(p, out[i].value);
        for (int64_t k = 0; k < numbers_in(t); k++)
            out[i].y[k] = number_get(t, k, backend->real_size);
    }
    int64_t n = numbers_in(tb_plan_tensor(p, out[0].value));
    tb_plan_free(p);
    return n;
}

/* Index in logical order of element i of a frame, where a signal has `frames`
   frames. */
static inline int64_t place_in_signal(const tb_tensor *t, int64_t i,
                                      int64_t frame, int64_t frames)
{
    int64_t inner = 1;
    for (int k = t->time + 1; k < t->rank; k++)
        inner *= t->dim[k];
    return (i / inner * frames + frame) * inner + i % inner;
}

/* The signal x of `frames` frames through a stream, block by block; `y` has
   room for `out_frames`. How many came, or -1. */
static inline int64_t run_in_blocks(const tb_graph *g,
                                    const tb_backend *backend, given in,
                                    int64_t frames, int64_t block, taken out,
                                    int64_t out_frames)
{
    tb_error error = {0};
    const tb_stream_settings how = {.backend = backend, .n_max = block};
    tb_stream_plan *p = tb_stream_plan_new(g, 1, &out.value, &how, &error);
    tb_stream *s = p ? tb_stream_new(p, 1, &error) : NULL;
    int64_t come = s ? 0 : -1;
    if (!s)
        fprintf(stderr, "# %s\n", error.text);
    for (int64_t at = 0; s && at < frames; at += block) {
        int64_t n = frames - at < block ? frames - at : block;
        tb_tensor x = tb_stream_write(s, in.value, n);
        x.dim[x.time] = n;
        for (int64_t k = 0; k < numbers_in(&x); k++)
            number_put(&x, k, backend->real_size, 0);
        for (int64_t j = 0; j < n; j++)
            for (int64_t i = 0; i < tb_elements(&x, 1); i++)
                number_put(&x, place_in_signal(&x, i, j, n), backend->real_size,
                           in.x[place_in_signal(&x, i, at + j, frames)]);
        tb_stream_run(s, n);
        tb_tensor y = tb_stream_read(s, out.value);
        for (int64_t j = 0; j < y.dim[y.time] && come + j < out_frames; j++)
            for (int64_t i = 0; i < tb_elements(&y, 1); i++)
                out.y[place_in_signal(&y, i, come + j, out_frames)] =
                    number_get(&y, place_in_signal(&y, i, j, y.dim[y.time]),
                               backend->real_size);
        come += y.dim[y.time];
    }
    tb_stream_free(s);
    tb_stream_plan_free(p);
    return come;
}

#endif
