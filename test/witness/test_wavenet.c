/* The layers and the head of WaveNet, small and with a conditioning signal, in
   a graph that draws its next sample itself and hears it by feedback: PyTorch's
   numbers. One graph learns, is heard over given samples, and generates. */
#include "engine/grad.h"
#include "engine/source.h"
#include "golden/wavenet.h"
#include "models/wavenet.h"
#include "nn/layers.h"
#include "witness.h"

enum { ROWS = 2, LEVELS = 12, WIDE = 6, SKIPS = 8, OUTSIDE = 3, LENGTH = 96 };

/* Dilations 1, 2, 4, 8, 1, 2. */
static const tb_wavenet config = {.sound = {.levels = LEVELS, .channels = 1},
                                  .kernel_sizes = {1, {2}},
                                  .blocks = {2, {4, 2}},
                                  .gated = true,
                                  .dims_dilated = WIDE,
                                  .residuals_dim = WIDE,
                                  .skips_dim = SKIPS,
                                  .groups = 1,
                                  .head_size = SKIPS,
                                  .head_layers = 1};

/* What the golden numbers call a parameter: "dilated0.w". */
static const char *golden_name(const char *name)
{
    static const char *const names[][2] = {{"dilated", "dilated"},
                                           {"condition", "outside"},
                                           {"skip", "skip"},
                                           {"residual", "residual"}};
    static char golden[48];
    int layer = 0;
    char what[16] = "", kind = 0;
    if (sscanf(name, "head.%d.%c", &layer, &kind) == 2)
        snprintf(golden, sizeof golden, "last%d.%c", layer, kind);
    else if (sscanf(name, "layers.%d.%15[a-z].%c", &layer, what, &kind) == 3)
        for (int i = 0; i < 4; i++) {
            if (strcmp(what, names[i][0]) == 0)
                snprintf(golden, sizeof golden, "%s%d.%c", names[i][1], layer,
                         kind);
        }
    else
        snprintf(golden, sizeof golden, "%s", name);
    return golden;
}

static tb_params *golden_params(const tb_graph *g, const tb_backend *backend)
{
    tb_params *p = witness_params(g, g, backend);
    for (int i = 0; p && i < tb_params_count(p); i++) {
        tb_parameter q = *tb_params_at(p, i);
        double *x = calloc((size_t)q.n, sizeof *x);
        q.name = golden_name(q.name);
        for (int64_t k = 0; k < q.n; k++)
            x[k] = weight_at(&q, k);
        tb_params_set(p, i, x);
        free(x);
    }
    return p;
}

typedef struct wavenet {
    tb_graph *graph;
    tb_value *heard;       /* feedback, i64 [rows, frames] */
    tb_value *outside;     /* [rows, OUTSIDE, frames] */
    tb_value *temperature; /* [rows] */
    tb_value *logits;      /* [rows, frames, levels] */
    tb_value *said;        /* i64 [rows, frames] */
    tb_value *target, *loss;
} wavenet;

/* Frame j hears samples before j: the loop's delay is one. */
static wavenet wavenet_new(void)
{
    wavenet n = {.graph = tb_graph_new()};
    tb_graph *g = n.graph;
    tb_shape samples = tb_dims(ROWS, TB_FRAMES);
    n.heard = tb_feedback(g, "heard", TB_I64, samples, 1);
    n.outside =
        tb_input(g, "outside", TB_REAL, tb_dims(ROWS, OUTSIDE, TB_FRAMES));
    n.temperature = tb_input(g, "temperature", TB_REAL, tb_dims(ROWS));
    tb_value *h =
        tb_embedding(tb_param(g, "table.w", tb_dims(LEVELS, WIDE)), n.heard);
    h = tb_wavenet_layers(&config, tb_transpose(h, 1, 2), n.outside, 0);
    n.logits =
        tb_scale(tb_wavenet_head(&config, h, NULL, 0).component[0].logits, 6);
    n.said = tb_sample(n.logits, n.temperature, tb_fill(g, tb_dims(ROWS), 0),
                       tb_fill(g, tb_dims(ROWS), 0));
    tb_feedback_close(n.heard, tb_pad(n.said, 1, 1, 0));
    n.target = tb_input(g, "target", TB_I64, samples);
    n.loss = tb_mean(tb_cross_entropy(n.logits, n.target), TB_ALL_AXES, false);
    return n;
}

/* ---- signals ---- */

static int64_t level_of(int seed, int64_t i)
{
    return (int64_t)((noise(seed, i) + 1) / 2 * LEVELS);
}

/* Sample `frame` of a row, and what was there before it. */
static int64_t given(int64_t row, int64_t frame)
{
    return frame < 0 ? 0 : level_of(1, row * LENGTH + frame);
}

static void give_samples(const tb_tensor *t, int64_t first, int64_t delay)
{
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t j = 0; j < t->dim[1]; j++)
            ((int64_t *)t->data)[i * t->stride[0] + j * t->stride[1]] =
                given(i, first + j - delay);
}

static void give_outside(const tb_tensor *t, int64_t first, size_t size)
{
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t c = 0; c < OUTSIDE; c++)
            for (int64_t j = 0; j < t->dim[2]; j++)
                set_real(t->data,
                         i * t->stride[0] + c * t->stride[1] + j * t->stride[2],
                         noise(2, (i * OUTSIDE + c) * LENGTH + first + j),
                         size);
}

static void give_temperature(const tb_tensor *t, double x, size_t size)
{
    for (int64_t i = 0; i < ROWS; i++)
        set_real(t->data, i * t->stride[0], x, size);
}

/* ---- learning ---- */

enum { MOST_PARAMS = 64 };

/* All that PyTorch has: no parameter leads nowhere. */
enum {
    GOLDEN_GRADIENTS = sizeof wavenet_gradients / sizeof *wavenet_gradients - 1
};

static tb_plan *whole_plan(const wavenet *n, const tb_backend *backend,
                           tb_params *params, int outputs,
                           const tb_output *want)
{
    tb_error error = {0};
    tb_plan_settings how = {
        .backend = backend, .params = params, .frames = LENGTH};
    tb_plan *p = tb_plan_new(n->graph, outputs, want, &how, &error);
    if (!no_error(&error, p != NULL))
        return NULL;
    const tb_tensor *target = tb_plan_tensor(p, n->target);
    give_samples(tb_plan_tensor(p, n->heard), 0, 1);
    give_outside(tb_plan_tensor(p, n->outside), 0, backend->real_size);
    give_temperature(tb_plan_tensor(p, n->temperature), 0, backend->real_size);
    if (target)
        give_samples(target, 0, 0);
    run_plan(p, 0);
    return p;
}

static void gradients_are_pytorchs(const wavenet *n, const tb_backend *backend,
                                   tb_params *params, int count,
                                   tb_value *const *wrt,
                                   tb_value *const *gradients)
{
    size_t size = backend->real_size;
    tb_output want[MOST_PARAMS + 2] = {{n->loss, NULL}, {n->logits, NULL}};
    int outputs = 2;
    for (int i = 0; i < count; i++)
        if (gradients[i])
            want[outputs++].value = gradients[i];
    tb_plan *p = whole_plan(n, backend, params, outputs, want);
    if (!OK(p))
        return;
    NEAR(real_at(tb_plan_tensor(p, n->loss)->data, 0, size), wavenet_loss[0],
         tolerance_of(size) * wavenet_loss[0]);
    expect_tensor("logits", tb_plan_tensor(p, n->logits), size, wavenet_values,
                  "value");
    for (int i = 0; i < count; i++)
        if (OK_NAMED(gradients[i] != NULL, wrt[i]->node->name))
            expect_tensor(golden_name(wrt[i]->node->name),
                          tb_plan_tensor(p, gradients[i]), size,
                          wavenet_gradients, "gradient");
    EQ(count, GOLDEN_GRADIENTS);
    tb_plan_free(p);
}

/* ---- streams ---- */

typedef struct voice {
    tb_stream_plan *plan;
    tb_stream *stream;
    size_t size;
} voice;

static voice voice_new(const wavenet *n, const tb_backend *backend,
                       tb_params *params, tb_value *out, uint64_t seed,
                       double temperature)
{
    voice v = {.size = backend->real_size};
    tb_error error = {0};
    tb_value *outputs[] = {out, n->heard};
    tb_stream_settings how = {
        .backend = backend, .params = params, .n_max = LENGTH};
    v.plan = tb_stream_plan_new(n->graph, 2, outputs, &how, &error);
    v.stream = v.plan ? tb_stream_new(v.plan, seed, &error) : NULL;
    if (no_error(&error, v.stream != NULL))
        give_temperature(tb_stream_control(v.stream, n->temperature),
                         temperature, v.size);
    return v;
}

static void voice_free(voice *v)
{
    tb_stream_free(v->stream);
    tb_stream_plan_free(v->plan);
}

static void run(const wavenet *n, voice *v, int64_t frames)
{
    tb_tensor t = tb_stream_write(v->stream, n->outside, frames);
    give_outside(&t, tb_stream_clock(v->stream), v->size);
    run_stream(v->stream, frames);
}

/* Samples set from outside take the place of what was said: the stream gives
   the logits of training, bit for bit. */
static bool forced_is_training(const wavenet *n, const tb_backend *backend,
                               tb_params *params, uint64_t seed)
{
    tb_output want = {n->logits, NULL};
    tb_rng rng = {seed, 0};
    tb_plan *p = whole_plan(n, backend, params, 1, &want);
    voice v = voice_new(n, backend, params, n->logits, 0, 1);
    double *whole =
        numbers_of(p ? tb_plan_tensor(p, n->logits) : NULL, backend->real_size);
    bool good = p && v.stream;
    while (good && tb_stream_clock(v.stream) < LENGTH) {
        int64_t at = tb_stream_clock(v.stream);
        int64_t m = (int64_t)tb_rng_below(&rng, 20);
        m = m < LENGTH - at ? m : LENGTH - at;
        tb_tensor heard = tb_stream_write(v.stream, n->heard, m);
        give_samples(&heard, heard.first, 1);
        run(n, &v, m);
        tb_tensor y = tb_stream_read(v.stream, n->logits);
        double *x = numbers_of(&y, backend->real_size);
        good = y.first == at && y.dim[1] == m;
        for (int64_t i = 0; good && i < ROWS; i++)
            good =
                memcmp(x + i * m * LEVELS, whole + (i * LENGTH + at) * LEVELS,
                       sizeof *x * (size_t)(m * LEVELS)) == 0;
        free(x);
    }
    free(whole);
    voice_free(&v);
    tb_plan_free(p);
    return good;
}

/* Samples [row][frame] said in blocks of one size. */
static bool generate(const wavenet *n, const tb_backend *backend,
                     tb_params *params, int64_t block, uint64_t seed,
                     double temperature, int64_t *said)
{
    voice v = voice_new(n, backend, params, n->said, seed, temperature);
    bool good = v.stream != NULL;
    for (int64_t at = 0; good && at < LENGTH;) {
        int64_t m = LENGTH - at < block ? LENGTH - at : block;
        run(n, &v, m);
        tb_tensor y = tb_stream_read(v.stream, n->said);
        good = y.first == at && y.dim[1] == m;
        for (int64_t i = 0; good && i < ROWS; i++)
            for (int64_t j = 0; j < m; j++)
                said[i * LENGTH + at + j] =
                    ((int64_t *)y.data)[i * y.stride[0] + j * y.stride[1]];
        at += m;
    }
    voice_free(&v);
    return good;
}

static void blocks_do_not_matter(const wavenet *n, const tb_backend *backend,
                                 tb_params *params)
{
    static int64_t one[ROWS * LENGTH], other[ROWS * LENGTH];
    char name[96];
    OK(generate(n, backend, params, 1, 4711, 1, one));
    for (int64_t block = 7; block <= 64; block += 57) {
        snprintf(name, sizeof name, "%s: blocks of %d say the same",
                 backend->name, (int)block);
        OK_NAMED(generate(n, backend, params, block, 4711, 1, other) &&
                     memcmp(one, other, sizeof one) == 0,
                 name);
    }
    snprintf(name, sizeof name, "%s: another seed says something else",
             backend->name);
    OK_NAMED(generate(n, backend, params, 7, 4712, 1, other) &&
                 memcmp(one, other, sizeof one) != 0,
             name);
    snprintf(name, sizeof name, "%s: rows differ", backend->name);
    OK_NAMED(memcmp(one, one + LENGTH, sizeof(int64_t) * LENGTH) != 0, name);
}

/* PyTorch ran the whole past through the network for each sample. */
static void greedy_is_pytorchs(const wavenet *n, const tb_backend *backend,
                               tb_params *params, int64_t block)
{
    static int64_t said[ROWS * LENGTH];
    int wrong = 0;
    bool good = generate(n, backend, params, block, 1, 0, said);
    for (int i = 0; i < ROWS * LENGTH; i++)
        wrong += said[i] != wavenet_greedy[i];
    OK(good);
    EQ(wrong, 0);
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    tb_value *wrt[MOST_PARAMS], *gradients[MOST_PARAMS];
    wavenet n = wavenet_new();
    int count = 0;
    for (tb_node *k = tb_graph_first(n.graph); k; k = k->next)
        if (k->op == &tb_op_param)
            wrt[count++] = k->out[0];
    tb_grad(n.loss, count, wrt, gradients);
    for (int i = 0; i < 3; i++) {
        tb_params *params = golden_params(n.graph, backends[i]);
        char name[96];
        for (uint64_t seed = 1; seed <= 4; seed++) {
            snprintf(name, sizeof name, "%s: forced samples, partition %d",
                     backends[i]->name, (int)seed);
            OK_NAMED(forced_is_training(&n, backends[i], params, seed), name);
        }
        blocks_do_not_matter(&n, backends[i], params);
        greedy_is_pytorchs(&n, backends[i], params, 1);
        greedy_is_pytorchs(&n, backends[i], params, 40);
        gradients_are_pytorchs(&n, backends[i], params, count, wrt, gradients);
        tb_params_free(params);
    }
    tb_graph_free(n.graph);
    return witness_done();
}
