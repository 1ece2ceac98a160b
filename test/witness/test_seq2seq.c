/* Encoder and decoder of Seq2Seq: PyTorch's numbers and gradients, and chunk by
   chunk what all chunks together give. */
#include "engine/grad.h"
#include "engine/source.h"
#include "golden/seq2seq.h"
#include "models/seq2seq.h"
#include "witness.h"

enum { ROWS = 2, CHUNKS = 3, IN = 5, MOST = 64 };

typedef struct sample {
    const char *name;
    tb_seq2seq config;
    const golden_summary *values, *gradients;
} sample;

#define GOLDEN(name) name##_values, name##_gradients
#define RESIDUALS .encoder_residuals = true, .decoder_residuals = true
#define NORMED .encoder_weight_norm = true, .decoder_weight_norm = true

static const sample samples[] = {
    {"demo",
     {.chunk = 4,
      .hidden = 6,
      .encoder_layers = 2,
      .decoder_layers = 2,
      RESIDUALS},
     GOLDEN(demo)},
    {"linear",
     {.chunk = 3,
      .hidden = 6,
      .encoder_layers = 1,
      .decoder_layers = 1,
      .downsampling = TB_DOWN_LINEAR,
      .upsampling = TB_UP_LINEAR},
     GOLDEN(linear)},
    {"normed",
     {.chunk = 5,
      .hidden = 4,
      .encoder_layers = 2,
      .decoder_layers = 1,
      .downsampling = TB_DOWN_MEAN,
      .upsampling = TB_UP_INTERPOLATE,
      RESIDUALS,
      NORMED},
     GOLDEN(normed)},
    {"carried",
     {.chunk = 4,
      .hidden = 5,
      .encoder_layers = 2,
      .decoder_layers = 2,
      .downsampling = TB_DOWN_SUM,
      .carried = true,
      RESIDUALS},
     GOLDEN(carried)},
    {"adjacent",
     {.chunk = 4,
      .hidden = 4,
      .encoder_layers = 2,
      .decoder_layers = 1,
      .downsampling = TB_DOWN_EDGE_MEAN,
      .upsampling = TB_UP_INTERPOLATE,
      .adjacent_units = true},
     GOLDEN(adjacent)},
    {"single",
     {.chunk = 1,
      .hidden = 4,
      .encoder_layers = 1,
      .decoder_layers = 2,
      .upsampling = TB_UP_INTERPOLATE,
      .carried = true,
      RESIDUALS},
     GOLDEN(single)},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static int list_params(tb_graph *g, tb_value **params)
{
    int n = 0;
    for (tb_node *k = tb_graph_first(g); k; k = k->next)
        if (k->op == &tb_op_param && n < MOST)
            params[n++] = k->out[0];
    return n;
}

static void check_golden(const sample *s, const tb_backend *backend)
{
    tb_value *wrt[MOST + 1], *gradients[MOST + 1];
    tb_output want[MOST + 2] = {{NULL, NULL}};
    tb_graph *g = tb_graph_new();
    tb_shape shape = tb_dims(ROWS, TB_FRAMES, s->config.chunk, IN);
    tb_value *x = tb_input(g, "x", TB_REAL, shape);
    tb_value *y = tb_seq2seq_chunks(&s->config, x, NULL);
    tb_value *dy = y ? tb_input(g, "dy", TB_REAL, tb_value_shape(y)) : NULL;
    if (dy)
        dy->like = y;
    int n = list_params(g, wrt), outputs = 1;
    wrt[n] = x;
    tb_grad(tb_sum(tb_mul(y, dy), TB_ALL_AXES, false), n + 1, wrt, gradients);
    want[0].value = y;
    for (int i = 0; i <= n; i++)
        want[outputs++].value = gradients[i];
    tb_params *params = witness_params(g, g, backend);
    tb_plan_settings how = {
        .backend = backend, .params = params, .frames = CHUNKS};
    tb_error error = {0};
    tb_plan *p = tb_plan_new(g, outputs, want, &how, &error);
    if (no_error(&error, p != NULL)) {
        size_t size = backend->real_size;
        fill_noise(tb_plan_tensor(p, x), 1, size);
        fill_noise(tb_plan_tensor(p, dy), 2, size);
        run_plan(p, 0);
        expect_tensor("y", tb_plan_tensor(p, y), size, s->values, s->name);
        expect_tensor("dx", tb_plan_tensor(p, gradients[n]), size, s->values,
                      s->name);
        for (int i = 0; i < n; i++)
            expect_tensor(wrt[i]->node->name, tb_plan_tensor(p, gradients[i]),
                          size, s->gradients, "gradient");
    }
    OK_NAMED(p != NULL, s->name);
    tb_plan_free(p);
    tb_params_free(params);
    tb_graph_free(g);
}

/* ---- frame by frame ---- */

/* What is said of `frames` frames of noise; the caller frees. */
static double *offline(const sample *s, const tb_backend *backend,
                       tb_params *params, int64_t frames, int64_t context)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, IN, TB_FRAMES));
    tb_output want = {tb_seq2seq_frames(&s->config, x, NULL, context), NULL};
    tb_plan_settings how = {
        .backend = backend, .params = params, .frames = frames};
    tb_error error = {0};
    tb_plan *p = tb_plan_new(g, 1, &want, &how, &error);
    double *y = NULL;
    if (no_error(&error, p != NULL)) {
        fill_noise(tb_plan_tensor(p, x), 1, backend->real_size);
        run_plan(p, 0);
        y = numbers_of(tb_plan_tensor(p, want.value), backend->real_size);
    }
    tb_plan_free(p);
    tb_graph_free(g);
    return y;
}

static void write_frames(const tb_tensor *t, int64_t from, int64_t total,
                         size_t size)
{
    for (int64_t i = 0; i < ROWS * IN; i++)
        for (int64_t j = 0; j < t->dim[2]; j++)
            set_real(t->data,
                     i / IN * t->stride[0] + i % IN * t->stride[1] +
                         j * t->stride[2],
                     noise(1, i * total + from + j), size);
}

/* Frames of a stream that hears `total` in blocks; false where one is another
   than that of the whole. */
static bool streams(const sample *s, const tb_backend *backend,
                    tb_params *params, int64_t total, int64_t block,
                    const double *whole)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, IN, TB_FRAMES));
    tb_value *y = tb_seq2seq_frames(&s->config, x, NULL, 0);
    tb_stream_settings set = {
        .backend = backend, .params = params, .n_max = block};
    tb_error error = {0};
    tb_stream_plan *p = tb_stream_plan_new(g, 1, &y, &set, &error);
    tb_stream *stream = p ? tb_stream_new(p, 0, &error) : NULL;
    bool same = no_error(&error, stream != NULL);
    int64_t sent = 0, n = s->config.hidden, heard = 0;
    size_t size = backend->real_size;
    while (same) {
        tb_tensor t = tb_stream_read(stream, y);
        for (int64_t i = 0; i < ROWS * t.dim[1] * n; i++) {
            int64_t row = i / n / t.dim[1], j = sent + i / n % t.dim[1];
            same &= j >= total || real_at(t.data, place_of(&t, i), size) ==
                                      whole[(row * total + j) * n + i % n];
        }
        sent += t.dim[1];
        if (heard == total && tb_stream_done(stream))
            break;
        if (heard < total) {
            tb_tensor in = tb_stream_write(stream, x, block);
            write_frames(&in, heard, total, size);
            heard += block;
        } else {
            tb_stream_finish(stream);
        }
        run_stream(stream, block);
    }
    same &= sent == total;
    tb_stream_free(stream);
    tb_stream_plan_free(p);
    tb_graph_free(g);
    return same;
}

static void check_stream(const sample *s, const tb_backend *backend)
{
    char text[96];
    int64_t chunk = s->config.chunk, total = 12 * chunk, n = s->config.hidden;
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, IN, TB_FRAMES));
    tb_seq2seq_frames(&s->config, x, NULL, 0);
    tb_params *params = witness_params(g, g, backend);
    double *whole = offline(s, backend, params, total, 0);
    double *learned = offline(s, backend, params, total, 2 * chunk);
    const int64_t blocks[] = {1, 2, 3 * chunk, total};
    for (int i = 0; whole && i < 4; i++)
        if (total % blocks[i] == 0) {
            snprintf(text, sizeof text, "%s: %s in blocks of %d", backend->name,
                     s->name, (int)blocks[i]);
            OK_NAMED(streams(s, backend, params, total, blocks[i], whole),
                     text);
        }
    bool same = whole && learned;
    int64_t later = s->config.carried ? -1 : total - 2 * chunk;
    for (int64_t i = 0; same && i < ROWS * later * n; i++)
        same = learned[i] ==
               whole[(i / n / later * total + 2 * chunk + i / n % later) * n +
                     i % n];
    OK_NAMED(same, "learning hears the chunk before");
    free(whole);
    free(learned);
    tb_params_free(params);
    tb_graph_free(g);
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < SAMPLES; i++) {
            check_golden(&samples[i], backends[k]);
            check_stream(&samples[i], backends[k]);
        }
    return witness_done();
}
