/* A stream, block by block, equals the offline pass bit for bit, later by
   exactly the latency (paced) or at most (eager): on random graphs, over random
   partitions. */
#include "engine/plan.h"
#include "engine/stream.h"
#include "random_graph.h"
#include "tap.h"

#include <stdlib.h>

/* Frames of a value, row by row and channel by channel: [row][channel][frame]
   of `length` frames. */
typedef struct recording {
    int64_t rows, channels, length;
    char *data;
    size_t size;
} recording;

static recording recording_new(const tb_value *v, int64_t length, size_t size)
{
    recording r = {v->dim[0], v->dim[1], length, NULL, size};
    r.data = calloc((size_t)(r.rows * r.channels * (length + 1)), size);
    return r;
}

static char *at(const recording *r, int64_t row, int64_t ch, int64_t frame)
{
    return r->data +
           (size_t)((row * r->channels + ch) * r->length + frame) * r->size;
}

static void copy(recording *r, const tb_tensor *t, int64_t from, int64_t count,
                 bool into_tensor)
{
    for (int64_t i = 0; i < r->rows; i++)
        for (int64_t c = 0; c < r->channels; c++)
            for (int64_t j = 0; j < count; j++) {
                char *there =
                    (char *)t->data +
                    (ptrdiff_t)r->size * (i * t->stride[0] + c * t->stride[1] +
                                          j * t->stride[2]);
                char *here = at(r, i, c, from + j);
                memcpy(into_tensor ? there : here, into_tensor ? here : there,
                       r->size);
            }
}

static void randomise(recording *r, uint64_t seed)
{
    tb_rng rng = {seed, 0};
    int64_t n = r->rows * r->channels * r->length;
    for (int64_t i = 0; i < n; i++) {
        if (r->size == sizeof(float))
            ((float *)r->data)[i] = (float)tb_rng_normal(&rng);
        else
            ((double *)r->data)[i] = tb_rng_normal(&rng);
    }
}

static recording offline(const random_graph *r, tb_value *out,
                         const tb_backend *backend, tb_params *params,
                         recording *x)
{
    tb_error error = {0};
    tb_output o = {out, NULL};
    tb_plan_settings s = {
        .backend = backend, .params = params, .frames = x->length};
    tb_plan *p = tb_plan_new(r->graph, 1, &o, &s, &error);
    if (!p) {
        fprintf(stderr, "# %s\n", error.text);
        return (recording){0};
    }
    copy(x, tb_plan_tensor(p, r->input), 0, x->length, true);
    tb_plan_run(p, 0, NULL);
    const tb_tensor *t = tb_plan_tensor(p, out);
    recording y = recording_new(out, t->dim[2], x->size);
    copy(&y, t, 0, y.length, false);
    tb_plan_free(p);
    return y;
}

static bool take(const tb_stream *s, const tb_value *out, recording *y,
                 int64_t *sent)
{
    tb_tensor t = tb_stream_read(s, out);
    int64_t n = t.dim[2];
    bool fits = *sent + n <= y->length && t.first == *sent;
    if (fits)
        copy(y, &t, *sent, n, false);
    *sent += n;
    return fits;
}

/* Streams x in random blocks; compares all frames and the times they came. */
static bool streams_alike(const random_graph *r, tb_value *out,
                          const tb_backend *backend, tb_params *params,
                          recording *x, const recording *want, uint64_t seed)
{
    tb_error error = {0};
    tb_rng rng = {seed, 0};
    int64_t quantum = (int64_t[]){1, 1, 2, 3, 4, 8}[tb_rng_below(&rng, 6)];
    int64_t n_max = quantum + (int64_t)tb_rng_below(&rng, 40), sent = 0;
    tb_schedule schedule = seed % 2 ? TB_EAGER : TB_PACED;
    tb_stream_settings set = {.schedule = schedule,
                              .backend = backend,
                              .params = params,
                              .n_max = n_max,
                              .quantum = quantum};
    tb_stream_plan *p = tb_stream_plan_new(r->graph, 1, &out, &set, &error);
    tb_stream *s = p ? tb_stream_new(p, 0, &error) : NULL;
    recording y = recording_new(out, want->length, x->size);
    bool good = s != NULL;
    if (!s)
        fprintf(stderr, "# %s\n", error.text);
    good = good && take(s, out, &y, &sent);
    int64_t end = x->length / quantum * quantum;
    while (good && tb_stream_clock(s) < end) {
        int64_t at_frame = tb_stream_clock(s);
        int64_t m =
            (int64_t)tb_rng_below(&rng, (uint64_t)(n_max / quantum) + 1) *
            quantum;
        m = m < end - at_frame ? m : end - at_frame;
        tb_tensor in = tb_stream_write(s, r->input, m);
        copy(x, &in, at_frame, m, true);
        tb_stream_run(s, m);
        good = good && take(s, out, &y, &sent);
        int64_t due =
            tb_time_count(tb_stream_plan_time(p, out), tb_stream_clock(s));
        good = good && (schedule == TB_PACED ? sent == due : sent >= due);
    }
    if (good && end == x->length) {
        tb_stream_finish(s);
        int64_t block = n_max / quantum * quantum;
        do {
            tb_stream_run(s, block);
            good = good && take(s, out, &y, &sent);
        } while (good && !tb_stream_done(s));
        good = good && sent == want->length;
    }
    for (int64_t i = 0; good && i < y.rows; i++)
        for (int64_t c = 0; good && c < y.channels; c++)
            good = memcmp(at(&y, i, c, 0), at(want, i, c, 0),
                          (size_t)(sent < y.length ? sent : y.length) *
                              y.size) == 0;
    free(y.data);
    tb_stream_free(s);
    tb_stream_plan_free(p);
    return good;
}

static bool check(uint64_t seed, const tb_backend *backend)
{
    tb_error error = {0};
    random_graph r = rg_new(seed);
    const tb_graph *graph = r.graph;
    if (tb_graph_check(r.graph, &error)) {
        fprintf(stderr, "# %s\n", error.text);
        tb_graph_free(r.graph);
        return false;
    }
    tb_params *params = tb_params_new(1, &graph, backend->real_size, &error);
    rg_set_params(params, seed + 1);
    int64_t length = rg_below(&r, 120) * 8;
    recording x = recording_new(r.input, length, backend->real_size);
    randomise(&x, seed + 2);
    tb_value *out = r.values[r.n - 1];
    recording want = offline(&r, out, backend, params, &x);
    bool good = want.data != NULL;
    for (int k = 0; good && k < 3; k++)
        good = streams_alike(&r, out, backend, params, &x, &want,
                             seed * 7 + (uint64_t)k);
    free(want.data);
    free(x.data);
    tb_params_free(params);
    tb_graph_free(r.graph);
    return good;
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t last = argc > 2 ? strtoull(argv[2], NULL, 10) : first + 150;
    for (uint64_t seed = first; seed < last; seed++) {
        char name[64];
        snprintf(name, sizeof name, "graph %d streams as offline, double",
                 (int)seed);
        OK_NAMED(check(seed, tb_backend_naive64()), name);
        snprintf(name, sizeof name, "graph %d streams as offline, float",
                 (int)seed);
        OK_NAMED(check(seed, tb_backend_cpu()), name);
    }
    return tap_done();
}
