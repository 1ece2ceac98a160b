/* An instrument on spectra: training, offline pass and stream agree, and where
   it goes on from a prompt nothing clicks. */
#include "../engine/check.h"
#include "engine/params.h"
#include "spectral.h"

static const spectral small = {8000, 1, 32, 8, 6};
static const spectral usual = {8000, 1, 256, 64, 6};
static const double TURN = 6.283185307179586;

/* ---- offline and in blocks ---- */

/* Lines of one input: a sound, a prompt and where that holds. */
static tb_value *line_at(tb_value *x, int i)
{
    return tb_slice(x, 1, i, i + 1, 1);
}

static tb_value *encoded(tb_value *const *in, const void *how)
{
    tb_builder b = {
        .graph = in[0]->graph, .config = how, .rows = 1, .learning = false};
    return spectral_encode(&b, line_at(in[0], 0));
}

/* Decoded with a prompt that holds here and there. */
static tb_value *decoded(tb_value *const *in, const void *how)
{
    tb_builder b = {
        .graph = in[0]->graph, .config = how, .rows = 1, .learning = false};
    tb_value *holds = tb_map(line_at(in[0], 2), TB_AFFINE, 1, 0.7);
    holds = tb_map(tb_map(holds, TB_SIGN, 0, 0), TB_RELU, 0, 0);
    tb_prime prime = {line_at(in[0], 1), holds};
    return spectral_decode(&b, spectral_encode(&b, line_at(in[0], 0)), &prime);
}

static void check_streams(const char *name,
                          tb_value *(*build)(tb_value *const *, const void *))
{
    static const int64_t blocks[] = {1, 5, 8, 50};
    for (int i = 0; i < 4; i++) {
        subject s = subject_new();
        char what[64];
        tb_value *x = subject_in(&s, 1, tb_dims(1, 3, TB_FRAMES));
        snprintf(what, sizeof what, "%s in blocks of %d", name, (int)blocks[i]);
        OK_NAMED(streams_like_offline(&s, build(&x, &small), 203, blocks[i]),
                 what);
        subject_free(&s);
    }
}

/* The same numbers, nearly, from the processor's own kernels. */
static void check_fast(tb_value *(*build)(tb_value *const *, const void *))
{
    enum { LENGTH = 400 };
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(1, 3, TB_FRAMES));
    tb_value *y = build(&x, &small);
    tb_plan *slow = offline_plan(&s, y, LENGTH);
    tb_output want = {y, NULL};
    tb_plan_settings how = {.frames = LENGTH};
    tb_plan *fast = tb_plan_new(s.graph, 1, &want, &how, NULL);
    if (OK(slow && fast)) {
        write_float_noise(tb_plan_tensor(fast, x), 1);
        tb_plan_run(fast, 0, NULL);
        double off = 0, norm = 0;
        const tb_tensor *a = tb_plan_tensor(slow, y);
        const tb_tensor *b = tb_plan_tensor(fast, y);
        for (int64_t i = 0; i < count_of(a); i++) {
            double d = *element(a, i);
            off += pow(d - (double)((float *)b->data)[place_of(b, i)], 2);
            norm += d * d;
        }
        OK(sqrt(off) <= TOL_FLOAT_DEEP * sqrt(norm));
        if (sqrt(off) > TOL_FLOAT_DEEP * sqrt(norm))
            fprintf(stderr, "# off by %g\n", sqrt(off / norm));
    }
    tb_plan_free(slow);
    tb_plan_free(fast);
    subject_free(&s);
}

/* Frame j hears nothing from (j + 1) * hop on. */
static void check_causal(void)
{
    enum { LENGTH = 160, CHANGED = 83 };
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(1, 3, TB_FRAMES));
    tb_value *y = encoded(&x, &small);
    tb_plan *p = offline_plan(&s, y, LENGTH);
    const tb_tensor *t = tb_plan_tensor(p, y);
    double before[17 * 20];
    EQ(t->dim[1], 17);
    EQ(t->dim[2], LENGTH / 8);
    for (int64_t i = 0; i < 17 * 20; i++)
        before[i] = *element(t, i);
    *element(tb_plan_tensor(p, x), CHANGED) += 1;
    tb_plan_run(p, 0, NULL);
    int64_t first = 1000;
    for (int64_t i = 0; i < 17 * 20; i++)
        if (*element(t, i) != before[i] && i % 20 < first)
            first = i % 20;
    EQ(first, CHANGED / 8);
    tb_plan_free(p);
    subject_free(&s);
}

/* ---- the loop: as in training ---- */

typedef struct taught {
    tb_method method;
    tb_params *params;
    tb_stream_plan *plan;
    tb_stream *stream;
} taught;

static taught taught_new(const spectral *c, const tb_instrument *instrument,
                         const tb_backend *backend, int64_t block)
{
    taught t = {0};
    tb_error error = {0};
    if (tb_instrument_method(instrument, c, NULL, "generate", 1, &t.method,
                             &error) == TB_OK) {
        const tb_graph *g = t.method.graph;
        tb_value *outputs[] = {t.method.output[0].value,
                               t.method.output[1].value};
        t.params = tb_params_new(1, &g, backend->real_size, &error);
        tb_instrument_init(instrument, c, t.params, 3);
        tb_stream_settings how = {
            .backend = backend, .params = t.params, .n_max = block};
        t.plan = tb_stream_plan_new(g, 2, outputs, &how, &error);
        t.stream = t.plan ? tb_stream_new(t.plan, 1, &error) : NULL;
    }
    if (!OK_NAMED(t.stream != NULL, "there is a stream"))
        fprintf(stderr, "# %s\n", error.text);
    return t;
}

static void taught_free(taught *t)
{
    tb_stream_free(t->stream);
    tb_stream_plan_free(t->plan);
    tb_params_free(t->params);
    tb_method_clear(&t->method);
}

static void put(const tb_tensor *t, int64_t ch, int64_t i, double x,
                size_t size)
{
    int64_t o = ch * t->stride[1] + i * t->stride[2];
    if (size == sizeof(float))
        ((float *)t->data)[o] = (float)x;
    else
        ((double *)t->data)[o] = x;
}

static double get(const tb_tensor *t, int64_t ch, int64_t i, size_t size)
{
    int64_t o = ch * t->stride[1] + i * t->stride[2];
    return size == sizeof(float) ? (double)((float *)t->data)[o]
                                 : ((double *)t->data)[o];
}

/* Levels of frame j, as they might be. */
static double level_at(int64_t bin, int64_t j)
{
    return 2 + noise(5, bin * 1000 + j);
}

enum { BINS = 17, SAID = 30 };

/* What the graph of training foresees, with one frame of context. */
static void foresee(const taught *t, const tb_backend *backend,
                    double said[BINS][SAID])
{
    tb_graph *g = tb_graph_new();
    tb_builder b = {.graph = g, .config = &small, .rows = 1, .learning = true};
    tb_value *in = tb_input(g, "in", TB_REAL, tb_dims(1, BINS, TB_FRAMES));
    tb_distribution d = spectral_loop(&b, in, 1);
    tb_output want = {d.component[0].mean, NULL};
    tb_plan_settings how = {.backend = backend,
                            .params = t->params,
                            .frames = SAID + 1,
                            .training = true};
    tb_plan *p = tb_plan_new(g, 1, &want, &how, NULL);
    const tb_tensor *x = tb_plan_tensor(p, in);
    for (int64_t k = 0; k < BINS; k++)
        for (int64_t j = 0; j <= SAID; j++)
            put(x, k, j, j ? level_at(k, j - 1) : 0, backend->real_size);
    tb_plan_run(p, 1, NULL);
    const tb_tensor *y = tb_plan_tensor(p, want.value);
    EQ(y->dim[2], SAID);
    for (int64_t k = 0; k < BINS; k++)
        for (int64_t j = 0; j < SAID; j++)
            said[k][j] = get(y, k, j, backend->real_size);
    tb_plan_free(p);
    tb_graph_free(g);
}

/* With temperature 0 a stream that is told what it said says the means. */
static void check_loop(const tb_backend *backend, int64_t frames,
                       double tolerance)
{
    taught t = taught_new(&small, &spectral_instrument, backend, 8 * SAID);
    static double want[BINS][SAID];
    double worst = 0;
    if (!t.stream)
        return;
    foresee(&t, backend, want);
    for (int i = 0; i < t.method.control_count; i++)
        if (t.method.control[i] == &tb_control_temperature) {
            const tb_tensor *heat =
                tb_stream_control(t.stream, t.method.control_value[i]);
            memset(heat->data, 0, backend->real_size);
        }
    tb_stream_reset(t.stream, 1);
    for (int64_t at = 0; at < SAID; at += frames) {
        tb_tensor heard = tb_stream_write(t.stream, t.method.heard, 8 * frames);
        tb_tensor prime = tb_stream_write(t.stream, t.method.prime, 8 * frames);
        tb_tensor primed =
            tb_stream_write(t.stream, t.method.primed, 8 * frames);
        for (int64_t k = 0; k < BINS; k++)
            for (int64_t j = 0; j < frames; j++)
                put(&heard, k, j, level_at(k, at + j), backend->real_size);
        for (int64_t j = 0; j < 8 * frames; j++) {
            put(&prime, 0, j, 0, backend->real_size);
            put(&primed, 0, j, 0, backend->real_size);
        }
        tb_stream_run(t.stream, 8 * frames);
        tb_tensor y = tb_stream_read(t.stream, t.method.output[1].value);
        for (int64_t k = 0; k < BINS; k++)
            for (int64_t j = 0; j < y.dim[2]; j++)
                if (y.first + j < SAID)
                    worst = fmax(worst, fabs(get(&y, k, j, backend->real_size) -
                                             want[k][y.first + j]));
    }
    OK_NAMED(worst <= tolerance, "a stream foresees what training does");
    if (worst > tolerance)
        fprintf(stderr, "# %s: off by %g\n", backend->name, worst);
    taught_free(&t);
}

/* ---- seams ---- */

enum { LENGTH = 8000 };

/* A chord that swells, with a little hiss. */
static void fill_chord(double *x, double phase)
{
    for (int64_t i = 0; i < LENGTH; i++) {
        double t = (double)i, swell = 0.7 + 0.3 * sin(t * 0.0011);
        x[i] = swell * (0.4 * cos(0.1137 * t + phase) +
                        0.2 * cos(0.271 * t + 2 * phase) +
                        0.1 * cos(0.433 * t + 3 * phase)) +
               0.001 * noise(3, i);
    }
}

/* The largest second difference from sample `from` to `to`. */
static double bend(const double *x, int64_t from, int64_t to)
{
    double most = 0;
    for (int64_t i = from; i <= to; i++)
        most = fmax(most, fabs(x[i + 1] - 2 * x[i] + x[i - 1]));
    return most;
}

/* The levels of a sound's frames, [bin][frame]. */
static double *levels_of(const spectral *c, const double *sound,
                         int64_t *frames)
{
    subject s = subject_new();
    tb_builder b = {
        .graph = s.graph, .config = c, .rows = 1, .learning = false};
    tb_value *x = subject_in(&s, 1, tb_dims(1, 1, TB_FRAMES));
    tb_value *y = spectral_encode(&b, x);
    tb_plan *p = offline_plan(&s, y, LENGTH);
    for (int64_t i = 0; i < LENGTH; i++)
        *element(tb_plan_tensor(p, x), i) = sound[i];
    tb_plan_run(p, 0, NULL);
    const tb_tensor *t = tb_plan_tensor(p, y);
    double *levels = calloc((size_t)count_of(t), sizeof *levels);
    for (int64_t i = 0; i < count_of(t); i++)
        levels[i] = *element(t, i);
    *frames = t->dim[2];
    tb_plan_free(p);
    subject_free(&s);
    return levels;
}

/* A prompt, and then sound decoded from the levels of its true continuation,
   as voices make it: `y` is what is heard. */
static void go_on(const tb_instrument *instrument, const double *sound,
                  int64_t seam, double *y)
{
    const tb_backend *backend = tb_backend_cpu();
    const int64_t hop = usual.hop;
    taught t = taught_new(&usual, instrument, backend, hop);
    int64_t frames, count = 0;
    double *levels = levels_of(&usual, sound, &frames);
    for (int64_t j = 0; t.stream && j < frames; j++) {
        tb_tensor heard = tb_stream_write(t.stream, t.method.heard, hop);
        for (int64_t k = 0; k < heard.dim[1]; k++)
            put(&heard, k, 0, levels[k * frames + j], sizeof(float));
        if (t.method.prime) {
            tb_tensor prime = tb_stream_write(t.stream, t.method.prime, hop);
            tb_tensor primed = tb_stream_write(t.stream, t.method.primed, hop);
            for (int64_t i = 0; i < hop; i++) {
                bool holds = j * hop + i < seam;
                put(&prime, 0, i, holds ? sound[j * hop + i] : 0,
                    sizeof(float));
                put(&primed, 0, i, holds, sizeof(float));
            }
        }
        tb_stream_run(t.stream, hop);
        tb_tensor out = tb_stream_read(t.stream, t.method.output[0].value);
        for (int64_t i = 0; i < out.dim[2]; i++)
            y[out.first + i] = get(&out, 0, i, sizeof(float));
        count = out.first + out.dim[2];
    }
    OK(count > LENGTH - 400 - tb_recovery_usual.ahead * hop);
    memcpy(y, sound, sizeof *y * (size_t)seam);
    free(levels);
    taught_free(&t);
}

/* How far y is from x, over the level of x. */
static double difference(const double *x, const double *y, int64_t from,
                         int64_t n)
{
    double off = 0, norm = 0;
    for (int64_t i = from; i < from + n; i++) {
        off += (x[i] - y[i]) * (x[i] - y[i]);
        norm += x[i] * x[i];
    }
    return sqrt(off / norm);
}

/* Without a click: round the seam nothing bends more than inside the sound, and
   the waves go on where they were. A decoder that does not know the prompt
   clicks at most seams, which shows that clicks are found: *clicks counts
   them. */
static void check_seam(double phase, int64_t seam, int *clicks)
{
    static double x[LENGTH], y[LENGTH];
    tb_network plain = spectral_network;
    tb_instrument unprimed = spectral_instrument;
    plain.primes = false;
    unprimed.network = &plain;
    fill_chord(x, phase);
    double inside = bend(x, 100, LENGTH - 100);
    double nearby = bend(x, seam - 300, seam + 300);
    go_on(&spectral_instrument, x, seam, y);
    double at_seam = bend(y, seam - 2, seam + 300);
    double later = bend(y, seam + 300, LENGTH - 500);
    double off = difference(x, y, seam, 256);
    go_on(&unprimed, x, seam, y);
    double clicked = bend(y, seam - 2, seam + 2);
    fprintf(stderr,
            "# bends inside %.4f, nearby %.4f, at the seam %.4f, later %.4f, "
            "unprimed %.4f; off by %.3f\n",
            inside, nearby, at_seam, later, clicked, off);
    OK_NAMED(at_seam <= 1.1 * nearby, "no click where the network goes on");
    OK_NAMED(later <= 1.1 * inside, "nor afterwards");
    OK_NAMED(off < 0.05, "phases go on");
    *clicks += clicked > inside;
}

int main(void)
{
    check_causal();
    check_streams("encoded", encoded);
    check_streams("decoded", decoded);
    check_fast(encoded);
    check_fast(decoded);
    check_loop(tb_backend_naive64(), SAID, 0);
    check_loop(tb_backend_naive(), 3, 0);
    check_loop(tb_backend_cpu(), 2, 5 * TOL_FLOAT_DEEP);
    int clicks = 0;
    for (int i = 0; i < 10; i++)
        check_seam(TURN * i / 10, 3200 + 64 * i + (i > 5 ? 7 * i : 0), &clicks);
    OK_NAMED(clicks >= 6, "without the prompt's phases, clicks");
    return tap_done();
}
