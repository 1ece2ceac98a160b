/* Two recurrent tiers over a layer of samples (Mehri et al. 2017): LSTMs that
   run every 8 and every 2 samples, whose states go on from one window to the
   next. Gradients are PyTorch's, those of the states too, with windows apart
   and with gradients flowing from the second to the first; and sample by
   sample the network says what it said in training. */
#include "engine/grad.h"
#include "engine/source.h"
#include "golden/tiers.h"
#include "witness.h"

enum { ROWS = 2, LEVELS = 10, HIDDEN = 6, WINDOW = 32, CONTEXT = 8 };
enum { TIERS = 2, WINDOWS = 2, MOST_PARAMS = 32, TOTAL = WINDOWS * WINDOW };

static const int sizes[] = {8, 2, 4}; /* samples that each level hears */
static const int rates[] = {8, 2, 1}; /* and how often it runs */

/* States before a window and after. */
typedef struct memory {
    tb_value *h[TIERS], *c[TIERS];
} memory;

/* The network over one window: x [rows, 1, context + frames]. */
typedef struct window {
    tb_value *x, *target;
    tb_value *logits; /* [rows, frames, levels] */
    tb_value *loss;
    memory after;
} window;

static tb_value *param(tb_graph *g, const char *part, int tier,
                       const char *which, tb_shape shape)
{
    char name[48];
    snprintf(name, sizeof name, "%s%d.%s", part, tier, which);
    return tb_param(g, name, shape);
}

/* The samples strictly before each frame of a level. */
static tb_value *hear(tb_value *x, int level, int64_t context)
{
    tb_graph *g = x ? x->graph : NULL;
    tb_conv_attr how = tb_conv_plain(rates[level], 1);
    how.left[0] = sizes[level] - context;
    how.right[0] = -1;
    return tb_conv(
        x, param(g, "hear", level, "w", tb_dims(HIDDEN, 1, sizes[level])),
        param(g, "hear", level, "b", tb_dims(HIDDEN)), how);
}

/* One LSTM, and what it tells the level below at that level's rate. */
static tb_value *tier(tb_value *x, int level, const memory *before,
                      memory *after)
{
    tb_graph *g = x ? x->graph : NULL;
    int up = rates[level] / rates[level + 1];
    tb_shape gates = tb_dims(4 * HIDDEN, HIDDEN), bias = tb_dims(4 * HIDDEN);
    tb_value *gx =
        tb_linear(tb_transpose(x, 1, 2), param(g, "rnn", level, "ih", gates),
                  param(g, "rnn", level, "ih_b", bias));
    tb_rnn_out y = tb_rnn(TB_RNN_LSTM, gx, param(g, "rnn", level, "hh", gates),
                          param(g, "rnn", level, "hh_b", bias),
                          before->h[level], before->c[level]);
    after->h[level] = y.hn;
    after->c[level] = y.cn;
    return tb_conv_transposed(
        tb_transpose(y.y, 1, 2),
        param(g, "up", level, "w", tb_dims(HIDDEN, HIDDEN, up)),
        param(g, "up", level, "b", tb_dims(HIDDEN)), tb_conv_plain(up, 1));
}

static window window_new(tb_graph *g, const memory *before, int64_t context)
{
    window w = {0};
    w.x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, 1, TB_FRAMES));
    tb_value *h = tier(hear(w.x, 0, context), 0, before, &w.after);
    h = tier(tb_add(hear(w.x, 1, context), h), 1, before, &w.after);
    h = tb_map(tb_add(hear(w.x, 2, context), h), TB_RELU, 0, 0);
    w.logits =
        tb_scale(tb_linear(tb_transpose(h, 1, 2),
                           param(g, "out", 0, "w", tb_dims(LEVELS, HIDDEN)),
                           param(g, "out", 0, "b", tb_dims(LEVELS))),
                 4);
    w.target = tb_input(g, "target", TB_I64, tb_dims(ROWS, TB_FRAMES));
    w.loss =
        tb_mean(tb_cross_entropy(w.logits, tb_pad(w.target, 1, -context, 0)),
                TB_ALL_AXES, false);
    return w;
}

static memory states_new(tb_graph *g)
{
    memory m;
    for (int i = 0; i < TIERS; i++) {
        m.h[i] = tb_state(g, "h", TB_REAL, tb_dims(ROWS, HIDDEN), 0.1);
        m.c[i] = tb_state(g, "c", TB_REAL, tb_dims(ROWS, HIDDEN), -0.2);
    }
    return m;
}

static void carry_on(const memory *before, const memory *after)
{
    for (int i = 0; i < TIERS; i++) {
        tb_state_next(before->h[i], after->h[i]);
        tb_state_next(before->c[i], after->c[i]);
    }
}

/* ---- material ---- */

static int64_t level_at(int64_t row, int64_t frame)
{
    double u = frame < 0 ? 0 : (noise(1, row * TOTAL + frame) + 1) / 2;
    return (int64_t)(u * LEVELS);
}

/* 0 before the beginning. */
static double sample_at(int64_t row, int64_t frame)
{
    return frame < 0 ? 0 : (level_at(row, frame) - 4.5) / 5;
}

static void give_samples(const tb_tensor *x, int64_t first, size_t size)
{
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t j = 0; j < x->dim[2]; j++)
            set_real(x->data, i * x->stride[0] + j * x->stride[2],
                     sample_at(i, first + j), size);
}

static void give_targets(const tb_tensor *t, int64_t first)
{
    for (int64_t i = 0; t && i < ROWS; i++)
        for (int64_t j = 0; j < t->dim[1]; j++)
            ((int64_t *)t->data)[i * t->stride[0] + j * t->stride[1]] =
                level_at(i, first + j);
}

/* ---- learning ---- */

static int list_params(tb_graph *g, tb_value **params)
{
    int n = 0;
    for (tb_node *k = tb_graph_first(g); k; k = k->next)
        if (k->op == &tb_op_param)
            params[n++] = k->out[0];
    return n;
}

static tb_plan *plan_new(tb_graph *g, int n, const tb_output *want,
                         const tb_backend *backend, tb_params *params)
{
    tb_error error = {0};
    tb_plan_settings how = {
        .backend = backend, .params = params, .frames = CONTEXT + WINDOW};
    tb_plan *p = tb_plan_new(g, n, want, &how, &error);
    no_error(&error, p != NULL);
    return p;
}

static void expect_gradients(const tb_plan *p, int n, tb_value *const *params,
                             tb_value *const *gradients, size_t size,
                             const golden_summary *table)
{
    for (int i = 0; i < n; i++)
        expect_tensor(params[i]->node->name, tb_plan_tensor(p, gradients[i]),
                      size, table, "gradient");
}

static void run_window(tb_plan *p, const window *w, int number, size_t size)
{
    give_samples(tb_plan_tensor(p, w->x), number * WINDOW - CONTEXT, size);
    give_targets(tb_plan_tensor(p, w->target), number * WINDOW - CONTEXT);
    run_plan(p, 0);
}

static void expect_states(const tb_plan *p, tb_value *const *gradients,
                          size_t size, const golden_summary *table)
{
    static const char *const names[] = {"h0", "c0", "h1", "c1"};
    for (int i = 0; i < 2 * TIERS; i++)
        expect_tensor(names[i], tb_plan_tensor(p, gradients[i]), size, table,
                      "gradient of state");
}

/* Each window begins with the states that the last one left, and its gradients
   end there. */
static void windows_apart(const tb_backend *backend)
{
    size_t size = backend->real_size;
    const golden_summary *tables[] = {tiers_first, tiers_second};
    tb_value *wrt[MOST_PARAMS + 4], *gradients[MOST_PARAMS + 4];
    tb_output want[MOST_PARAMS + 6];
    tb_graph *g = tb_graph_new();
    memory before = states_new(g);
    window w = window_new(g, &before, CONTEXT);
    carry_on(&before, &w.after);
    int n = list_params(g, wrt), outputs = 0;
    for (int i = 0; i < TIERS; i++) {
        wrt[n + 2 * i] = before.h[i];
        wrt[n + 2 * i + 1] = before.c[i];
    }
    tb_grad(w.loss, n + 2 * TIERS, wrt, gradients);
    want[outputs++] = (tb_output){w.loss, NULL};
    for (int i = 0; i < n + 2 * TIERS; i++)
        want[outputs++] = (tb_output){gradients[i], NULL};
    tb_params *params = witness_params(g, g, backend);
    tb_plan *p = plan_new(g, outputs, want, backend, params);
    for (int again = 0; OK(p) && again < 2; again++) {
        for (int k = 0; k < WINDOWS; k++) {
            run_window(p, &w, k, size);
            NEAR(real_at(tb_plan_tensor(p, w.loss)->data, 0, size),
                 tiers_losses[k], tolerance_of(size) * tiers_losses[k]);
            expect_gradients(p, n, wrt, gradients, size, tables[k]);
            expect_states(p, gradients + n, size, tables[k]);
        }
        tb_plan_reset(p);
    }
    tb_plan_free(p);
    tb_params_free(params);
    tb_graph_free(g);
}

/* Both windows in one graph: gradients flow back through the states. */
static void windows_together(const tb_backend *backend)
{
    size_t size = backend->real_size;
    tb_value *wrt[MOST_PARAMS], *gradients[MOST_PARAMS];
    tb_output want[MOST_PARAMS + 1];
    tb_graph *g = tb_graph_new();
    memory before = states_new(g);
    window first = window_new(g, &before, CONTEXT);
    window second = window_new(g, &first.after, CONTEXT);
    tb_value *loss = tb_add(first.loss, second.loss);
    int n = list_params(g, wrt);
    tb_grad(loss, n, wrt, gradients);
    want[0] = (tb_output){loss, NULL};
    for (int i = 0; i < n; i++)
        want[1 + i] = (tb_output){gradients[i], NULL};
    tb_params *params = witness_params(g, g, backend);
    tb_plan *p = plan_new(g, 1 + n, want, backend, params);
    if (OK(p)) {
        give_samples(tb_plan_tensor(p, first.x), -CONTEXT, size);
        give_targets(tb_plan_tensor(p, first.target), -CONTEXT);
        run_window(p, &second, 1, size);
        NEAR(real_at(tb_plan_tensor(p, loss)->data, 0, size),
             tiers_losses[0] + tiers_losses[1],
             tolerance_of(size) * tiers_losses[0]);
        expect_gradients(p, n, wrt, gradients, size, tiers_together);
    }
    tb_plan_free(p);
    tb_params_free(params);
    tb_graph_free(g);
}

/* ---- sample by sample ---- */

/* Logits [row][frame][level] of all windows, as in training. */
static bool trained_logits(const tb_backend *backend, double *to)
{
    tb_graph *g = tb_graph_new();
    memory before = states_new(g);
    window w = window_new(g, &before, CONTEXT);
    carry_on(&before, &w.after);
    tb_output want = {w.logits, NULL};
    tb_params *params = witness_params(g, g, backend);
    tb_plan *p = plan_new(g, 1, &want, backend, params);
    for (int k = 0; p && k < WINDOWS; k++) {
        give_samples(tb_plan_tensor(p, w.x), k * WINDOW - CONTEXT,
                     backend->real_size);
        run_plan(p, 0);
        double *x = numbers_of(tb_plan_tensor(p, w.logits), backend->real_size);
        for (int i = 0; i < ROWS; i++)
            memcpy(to + (i * TOTAL + k * WINDOW) * LEVELS,
                   x + i * WINDOW * LEVELS, sizeof *x * WINDOW * LEVELS);
        free(x);
    }
    bool good = p != NULL;
    tb_plan_free(p);
    tb_params_free(params);
    tb_graph_free(g);
    return good;
}

static bool same_as_trained(const tb_tensor *y, const double *trained,
                            int64_t at, size_t size)
{
    double *x = numbers_of(y, size);
    int64_t m = y->dim[1];
    bool same = y->first == at;
    for (int64_t i = 0; same && i < ROWS; i++)
        same = memcmp(x + i * m * LEVELS, trained + (i * TOTAL + at) * LEVELS,
                      sizeof *x * (size_t)(m * LEVELS)) == 0;
    free(x);
    return same;
}

/* In blocks of up to `most` frames; the windows' borders mean nothing. */
static bool stepwise(const tb_backend *backend, const double *trained,
                     int64_t most)
{
    tb_error error = {0};
    tb_rng rng = {(uint64_t)most, 0};
    tb_graph *g = tb_graph_new();
    memory before = states_new(g);
    window w = window_new(g, &before, 0);
    carry_on(&before, &w.after);
    tb_params *params = witness_params(g, g, backend);
    tb_stream_settings how = {
        .backend = backend, .params = params, .n_max = most};
    tb_stream_plan *plan = tb_stream_plan_new(g, 1, &w.logits, &how, &error);
    tb_stream *s = plan ? tb_stream_new(plan, 0, &error) : NULL;
    bool good = no_error(&error, s != NULL);
    while (good && tb_stream_clock(s) < TOTAL) {
        int64_t at = tb_stream_clock(s), left = TOTAL - at;
        int64_t m = 1 + (int64_t)tb_rng_below(&rng, (uint64_t)most);
        tb_tensor x = tb_stream_write(s, w.x, m < left ? m : left);
        give_samples(&x, at, backend->real_size);
        run_stream(s, m < left ? m : left);
        tb_tensor y = tb_stream_read(s, w.logits);
        good = y.dim[1] == (m < left ? m : left) &&
               same_as_trained(&y, trained, at, backend->real_size);
    }
    tb_stream_free(s);
    tb_stream_plan_free(plan);
    tb_params_free(params);
    tb_graph_free(g);
    return good;
}

static void stepwise_is_training(const tb_backend *backend)
{
    static double trained[ROWS * TOTAL * LEVELS];
    OK(trained_logits(backend, trained) && trained[0] != 0);
    for (int64_t most = 1; most <= 25; most += 8) {
        char name[96];
        snprintf(name, sizeof name, "%s: training in blocks of up to %d",
                 backend->name, (int)most);
        OK_NAMED(stepwise(backend, trained, most), name);
    }
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    for (int i = 0; i < 3; i++) {
        windows_apart(backends[i]);
        windows_together(backends[i]);
        stepwise_is_training(backends[i]);
    }
    return witness_done();
}
