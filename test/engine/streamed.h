/* Whether a graph over one signal gives, block by block, the numbers of the
   offline pass, bit for bit. */
#ifndef TB_TEST_ENGINE_STREAMED_H
#define TB_TEST_ENGINE_STREAMED_H

#include "engine/stream.h"
#include "golden.h"

/* Runs the subject (input 0 is the signal, others are fixed) offline. */
static inline tb_plan *offline_plan(const subject *s, tb_value *y,
                                    int64_t frames)
{
    tb_output want = {y, NULL};
    tb_plan_settings how = {.backend = tb_backend_naive64(), .frames = frames};
    tb_plan *p = tb_plan_new(s->graph, 1, &want, &how, NULL);
    for (int i = 0; p && i < s->n_in; i++)
        write_noise(tb_plan_tensor(p, s->in[i]), s->in_seed[i]);
    if (p)
        tb_plan_run(p, 0, NULL);
    return p;
}

/* Where in logical order element `i` of frame `frame` stands. */
static inline int64_t index_at_frame(const tb_tensor *t, int64_t i,
                                     int64_t frame)
{
    int64_t inner = 1;
    for (int k = t->time + 1; k < t->rank; k++)
        inner *= t->dim[k];
    return (i / inner * t->dim[t->time] + frame) * inner + i % inner;
}

static inline int64_t elements_per_frame(const tb_tensor *t)
{
    return tb_elements(t, 1);
}

/* Frame `from` of one tensor, frame `to` of another. */
static inline void copy_frame(const tb_tensor *x, int64_t from,
                              const tb_tensor *y, int64_t to)
{
    for (int64_t i = 0; i < elements_per_frame(x); i++)
        *element(y, index_at_frame(y, i, to)) =
            *element(x, index_at_frame(x, i, from));
}

static inline bool same_frame(const tb_tensor *x, int64_t from,
                              const tb_tensor *y, int64_t to)
{
    bool same = true;
    for (int64_t i = 0; i < elements_per_frame(x); i++)
        same &= *element(y, index_at_frame(y, i, to)) ==
                *element(x, index_at_frame(x, i, from));
    return same;
}

/* Compares what has come out, and gives its frames; -1: not the same. */
static inline int64_t compare_new(const tb_tensor *fresh,
                                  const tb_tensor *whole, int64_t at)
{
    int64_t n = fresh->dim[fresh->time];
    for (int64_t j = 0; j < n; j++)
        if (at + j >= whole->dim[whole->time] ||
            !same_frame(fresh, j, whole, at + j))
            return -1;
    return n;
}

/* Feeds `x` in blocks and takes all that comes; false at the first difference
   or when frames are missing in the end. */
static inline bool run_stream(tb_stream *t, const tb_value *in,
                              const tb_value *out, const tb_tensor *x,
                              const tb_tensor *whole, int64_t block)
{
    int64_t fed = 0, come = 0, frames = x->dim[x->time];
    tb_tensor fresh = tb_stream_read(t, out);
    int64_t n = compare_new(&fresh, whole, 0);
    for (int more = 0; n >= 0 && more < 1000 && !tb_stream_done(t); more++) {
        int64_t now = frames - fed < block ? frames - fed : block;
        come += n;
        if (now > 0) {
            tb_tensor to = tb_stream_write(t, in, now);
            to.dim[to.time] = now;
            for (int64_t j = 0; j < now; j++)
                copy_frame(x, fed + j, &to, j);
        } else {
            tb_stream_finish(t);
        }
        fed += now;
        tb_stream_run(t, now > 0 ? now : block);
        fresh = tb_stream_read(t, out);
        n = compare_new(&fresh, whole, come);
    }
    return n >= 0 && come + n == whole->dim[whole->time];
}

/* False too if the graph does not stream. */
static inline bool streams_like_offline(const subject *s, tb_value *y,
                                        int64_t frames, int64_t block)
{
    tb_stream_settings how = {.backend = tb_backend_naive64(), .n_max = block};
    tb_plan *offline = offline_plan(s, y, frames);
    tb_stream_plan *plan = tb_stream_plan_new(s->graph, 1, &y, &how, NULL);
    tb_stream *t = plan ? tb_stream_new(plan, 0, NULL) : NULL;
    bool same = false;
    for (int i = 1; t && i < s->n_in; i++)
        write_noise(tb_stream_control(t, s->in[i]), s->in_seed[i]);
    if (offline && t)
        same = run_stream(t, s->in[0], y, tb_plan_tensor(offline, s->in[0]),
                          tb_plan_tensor(offline, y), block);
    tb_stream_free(t);
    tb_stream_plan_free(plan);
    tb_plan_free(offline);
    return same;
}

#endif
