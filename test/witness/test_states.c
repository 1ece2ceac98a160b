/* States that are kept in another form than the layers give them: turned
   round, packed into one value, or handed on from one to the next. A static
   plan of one frame, run again and again, and a stream agree. */
#include "witness.h"

enum { ROWS = 2, IN = 3, HIDDEN = 4, LENGTH = 12 };

typedef struct kept {
    const char *name;
    tb_value *(*build)(tb_value *gx, tb_value *w);
} kept;

static tb_value *state(tb_value *x, const char *name, tb_shape shape,
                       double init)
{
    return x ? tb_state(x->graph, name, TB_REAL, shape, init) : NULL;
}

static tb_value *plain(tb_value *gx, tb_value *w)
{
    tb_value *h = state(gx, "h", tb_dims(ROWS, HIDDEN), 0.5);
    tb_rnn_out y = tb_rnn(TB_RNN_TANH, gx, w, NULL, h, NULL);
    tb_state_next(h, y.hn);
    return y.y;
}

static tb_value *turned(tb_value *gx, tb_value *w)
{
    tb_value *h = state(gx, "h", tb_dims(HIDDEN, ROWS), 0.5);
    tb_rnn_out y =
        tb_rnn(TB_RNN_TANH, gx, w, NULL, tb_transpose(h, 0, 1), NULL);
    tb_state_next(h, tb_transpose(y.hn, 0, 1));
    return y.y;
}

/* Two layers' states in one value, as PyTorch keeps them. */
static tb_value *packed(tb_value *gx, tb_value *w)
{
    tb_shape one = tb_dims(ROWS, HIDDEN), row = tb_dims(1, ROWS, HIDDEN);
    tb_value *h = state(gx, "h", tb_dims(2, ROWS, HIDDEN), 0.5);
    tb_value *first = tb_reshape(tb_slice(h, 0, 0, 1, 1), one);
    tb_value *second = tb_reshape(tb_slice(h, 0, 1, 2, 1), one);
    tb_rnn_out y = tb_rnn(TB_RNN_TANH, gx, w, NULL, first, NULL);
    tb_rnn_out z = tb_rnn(TB_RNN_TANH, y.y, w, NULL, second, NULL);
    tb_value *next[] = {tb_reshape(y.hn, row), tb_reshape(z.hn, row)};
    tb_state_next(h, tb_concat(2, next, 0));
    return z.y;
}

/* Part of a larger value: rows lie further apart than in the state. */
static tb_value *cut(tb_value *gx, tb_value *w)
{
    tb_value *h = state(gx, "h", tb_dims(ROWS, HIDDEN), 0.5);
    tb_rnn_out y = tb_rnn(TB_RNN_TANH, gx, w, NULL, h, NULL);
    tb_value *both[] = {y.hn, tb_scale(y.hn, 2)};
    tb_value *wide = tb_concat(2, both, 1);
    tb_state_next(h, tb_slice(wide, 1, 2, 2 + HIDDEN, 1));
    return y.y;
}

/* Through two states: what is heard now is said three frames later. */
static tb_value *handed_on(tb_value *gx, tb_value *w)
{
    tb_shape shape = tb_dims(ROWS, HIDDEN);
    tb_value *new = state(gx, "new", shape, 0.25);
    tb_value *old = state(gx, "old", shape, 0.5);
    tb_rnn_out y = tb_rnn(TB_RNN_TANH, gx, w, NULL, old, NULL);
    tb_state_next(new, y.hn);
    tb_state_next(old, new);
    return y.y;
}

/* The same, with the younger state seen turned round on its way. */
static tb_value *handed_on_turned(tb_value *gx, tb_value *w)
{
    tb_value *new = state(gx, "new", tb_dims(ROWS, HIDDEN), 0.25);
    tb_value *old = state(gx, "old", tb_dims(HIDDEN, ROWS), 0.5);
    tb_rnn_out y =
        tb_rnn(TB_RNN_TANH, gx, w, NULL, tb_transpose(old, 0, 1), NULL);
    tb_state_next(new, y.hn);
    tb_state_next(old, tb_transpose(new, 0, 1));
    return y.y;
}

typedef struct said {
    double x[LENGTH][ROWS * HIDDEN];
} said;

static void hear(const tb_tensor *x, int frame, size_t size)
{
    for (int64_t i = 0; i < ROWS * IN; i++)
        set_real(x->data, place_of(x, i), noise(frame, i), size);
}

static void note(const tb_tensor *y, said *to, int frame, size_t size)
{
    for (int64_t i = 0; i < ROWS * HIDDEN; i++)
        to->x[frame][i] = real_at(y->data, place_of(y, i), size);
}

static bool as_plan(const tb_graph *g, const tb_value *x, tb_value *y,
                    tb_params *params, const tb_backend *backend, said *to)
{
    tb_error error = {0};
    tb_output want = {y, NULL};
    tb_plan_settings how = {.backend = backend, .params = params, .frames = 1};
    tb_plan *p = tb_plan_new(g, 1, &want, &how, &error);
    for (int k = 0; p && k < LENGTH; k++) {
        hear(tb_plan_tensor(p, x), k, backend->real_size);
        run_plan(p, 0);
        note(tb_plan_tensor(p, y), to, k, backend->real_size);
    }
    tb_plan_free(p);
    return no_error(&error, p != NULL);
}

static bool as_stream(const tb_graph *g, const tb_value *x, tb_value *y,
                      tb_params *params, const tb_backend *backend, said *to)
{
    tb_error error = {0};
    tb_stream_settings how = {.backend = backend, .params = params, .n_max = 1};
    tb_stream_plan *plan = tb_stream_plan_new(g, 1, &y, &how, &error);
    tb_stream *s = plan ? tb_stream_new(plan, 0, &error) : NULL;
    for (int k = 0; s && k < LENGTH; k++) {
        tb_tensor in = tb_stream_write(s, x, 1);
        hear(&in, k, backend->real_size);
        run_stream(s, 1);
        tb_tensor out = tb_stream_read(s, y);
        note(&out, to, k, backend->real_size);
    }
    tb_stream_free(s);
    tb_stream_plan_free(plan);
    return no_error(&error, s != NULL);
}

/* Frames of the plain layer, each from the state that its form of keeping
   gives, worked out by hand in double precision. */
static void by_hand(const kept *k, const double *w_in, const double *w,
                    said *to)
{
    double old[2][ROWS][HIDDEN], mine[ROWS][HIDDEN];
    bool waits = k->build == handed_on || k->build == handed_on_turned;
    for (int i = 0; i < ROWS * HIDDEN; i++) {
        old[0][i / HIDDEN][i % HIDDEN] = 0.5;
        old[1][i / HIDDEN][i % HIDDEN] = waits ? 0.25 : 0.5;
    }
    for (int t = 0; t < LENGTH; t++) {
        for (int r = 0; r < ROWS; r++)
            for (int o = 0; o < HIDDEN; o++) {
                double sum = 0;
                for (int i = 0; i < IN; i++)
                    sum += w_in[o * IN + i] * noise(t, r * IN + i);
                for (int i = 0; i < HIDDEN; i++)
                    sum += w[o * HIDDEN + i] * old[0][r][i];
                mine[r][o] = to->x[t][r * HIDDEN + o] = tanh(sum);
            }
        for (int r = 0; r < ROWS; r++)
            for (int o = 0; o < HIDDEN; o++) {
                double next = mine[r][o];
                if (k->build == cut)
                    next = o + 2 < HIDDEN ? mine[r][o + 2]
                                          : 2 * mine[r][o + 2 - HIDDEN];
                old[0][r][o] = waits ? old[1][r][o] : next;
                old[1][r][o] = next;
            }
    }
}

static double farthest(const said *a, const said *b)
{
    double worst = 0;
    for (int i = 0; i < LENGTH * ROWS * HIDDEN; i++) {
        int t = i / (ROWS * HIDDEN), k = i % (ROWS * HIDDEN);
        double d = fabs(a->x[t][k] - b->x[t][k]);
        worst = d <= worst ? worst : d;
    }
    return worst;
}

static void agree(const kept *k, const tb_backend *backend)
{
    static said plan, stream, hand;
    char name[96];
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, TB_FRAMES, IN));
    tb_value *w = tb_param(g, "w", tb_dims(HIDDEN, HIDDEN));
    tb_value *w_in = tb_param(g, "in", tb_dims(HIDDEN, IN));
    tb_value *y = k->build(tb_linear(x, w_in, NULL), w);
    tb_params *params = witness_params(g, g, backend);
    double in[HIDDEN * IN], square[HIDDEN * HIDDEN];
    tb_params_get(params, tb_params_find(params, "in"), in);
    tb_params_get(params, tb_params_find(params, "w"), square);
    by_hand(k, in, square, &hand);
    snprintf(name, sizeof name, "%s, %s: the stream is the plan", backend->name,
             k->name);
    OK_NAMED(as_plan(g, x, y, params, backend, &plan) &&
                 as_stream(g, x, y, params, backend, &stream) &&
                 memcmp(&plan, &stream, sizeof plan) == 0,
             name);
    if (k->build != packed)
        NEAR(farthest(&plan, &hand), 0, backend->real_size == 4 ? 1e-5 : 1e-12);
    tb_params_free(params);
    tb_graph_free(g);
}

int main(void)
{
    const kept ways[] = {
        {"plain", plain},         {"turned round", turned},
        {"two in one", packed},   {"cut out", cut},
        {"handed on", handed_on}, {"handed on turned", handed_on_turned}};
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_cpu()};
    for (int b = 0; b < 2; b++)
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
            agree(&ways[i], backends[b]);
    return witness_done();
}
