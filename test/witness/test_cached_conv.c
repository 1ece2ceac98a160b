/* Convolutions that keep their past in a buffer, written as TorchScript writes
   them:

       x = torch.cat([cache[:B], x], -1)
       cache[:B].copy_(x[..., -P:])
       return conv(x)

   Each block size has a static plan of its own. Blocks one after another give
   the offline causal convolution bit for bit; the write happens in the state's
   own memory; and who looks at the old buffer after the write still sees it. */
#include "witness.h"

/* Rows of the signal, rows that the cache has room for, channels. */
enum { ROWS = 2, ROOM = 64, IN = 3, HIDDEN = 5, OUT = 4, LENGTH = 96 };

typedef struct layer {
    const char *name;
    int64_t in, out, taps, dilation;
} layer;

static const layer layers[] = {{"first", IN, HIDDEN, 3, 4},
                               {"second", HIDDEN, OUT, 5, 2}};

enum { LAYERS = sizeof layers / sizeof *layers };

static int64_t past_of(const layer *l)
{
    return (l->taps - 1) * l->dilation;
}

static tb_value *weight(tb_graph *g, const layer *l)
{
    char name[32];
    snprintf(name, sizeof name, "%s.weight", l->name);
    return tb_param(g, name, tb_dims(l->out, l->in, l->taps));
}

static tb_value *bias(tb_graph *g, const layer *l)
{
    char name[32];
    snprintf(name, sizeof name, "%s.bias", l->name);
    return tb_param(g, name, tb_dims(l->out));
}

/* One version of the network for blocks of n frames. */
typedef struct block_plan {
    tb_graph *graph;
    tb_plan *plan;
    tb_value *x, *y, *caches[LAYERS];
    tb_value *late; /* of the old buffer, made after the write; or null */
} block_plan;

typedef enum reading { ALONE, LATE } reading;

static tb_value *cached_conv(block_plan *b, int i, tb_value *x, reading how)
{
    const layer *l = &layers[i];
    int64_t past = past_of(l), n = x ? x->dim[2] : 0;
    int64_t strides[] = {l->in * past, past, 1};
    tb_shape seen = tb_dims(ROWS, l->in, past);
    tb_value *cache =
        tb_state(b->graph, l->name, TB_REAL, tb_dims(ROOM, l->in, past), 0);
    tb_value *before = tb_as_strided(cache, seen, strides, 0);
    tb_value *both = tb_concat(2, (tb_value *[]){before, x}, 2);
    tb_value *rest = tb_slice(both, 2, n, n + past, 1);
    tb_value *after = tb_write_view(cache, seen, strides, 0, rest);
    tb_state_next(cache, after);
    b->caches[i] = cache;
    if (how == LATE && i == 0)
        b->late = tb_add(tb_sum(before, TB_ALL_AXES, false),
                         tb_sum(after, TB_ALL_AXES, false));
    return tb_conv(both, weight(b->graph, l), bias(b->graph, l),
                   tb_conv_plain(1, l->dilation));
}

static block_plan block_graph(int64_t n, reading how)
{
    block_plan b = {.graph = tb_graph_new()};
    b.x = tb_input(b.graph, "x", TB_REAL, tb_dims(ROWS, IN, n));
    tb_value *h = cached_conv(&b, 0, b.x, how);
    b.y = cached_conv(&b, 1, tb_map(h, TB_LEAKY_RELU, 0.2, 0), how);
    return b;
}

static bool block_compile(block_plan *b, const tb_backend *backend,
                          tb_params *params)
{
    tb_error error = {0};
    tb_output want[] = {{b->y, NULL}, {b->late, NULL}};
    tb_plan_settings how = {.backend = backend, .params = params};
    b->plan = tb_plan_new(b->graph, b->late ? 2 : 1, want, &how, &error);
    return no_error(&error, b->plan != NULL);
}

static void block_free(block_plan *b)
{
    tb_plan_free(b->plan);
    tb_graph_free(b->graph);
}

/* Copies frames between a static tensor [rows, channels, n], at frame `from`,
   and a whole signal [rows][channels][LENGTH], at frame `at`. */
static void copy(const tb_tensor *t, double *whole, int64_t at, size_t size,
                 bool into_tensor)
{
    for (int64_t r = 0; r < t->dim[0]; r++)
        for (int64_t c = 0; c < t->dim[1]; c++)
            for (int64_t j = 0; j < t->dim[2]; j++) {
                int64_t o =
                    r * t->stride[0] + c * t->stride[1] + j * t->stride[2];
                double *w = &whole[(r * t->dim[1] + c) * LENGTH + at + j];
                if (into_tensor)
                    set_real(t->data, o, *w, size);
                else
                    *w = real_at(t->data, o, size);
            }
}

/* The same network with causal padding over the whole signal. */
static bool offline(const tb_backend *backend, double *x, double *y)
{
    tb_error error = {0};
    tb_graph *g = tb_graph_new();
    tb_value *in = tb_input(g, "x", TB_REAL, tb_dims(ROWS, IN, TB_FRAMES));
    tb_value *h = in;
    for (int i = 0; i < LAYERS; i++) {
        const layer *l = &layers[i];
        h = tb_conv(i ? tb_map(h, TB_LEAKY_RELU, 0.2, 0) : h, weight(g, l),
                    bias(g, l), tb_conv_causal(l->taps, 1, l->dilation));
    }
    tb_params *params = witness_params(g, g, backend);
    tb_output want = {h, NULL};
    tb_plan_settings how = {
        .backend = backend, .params = params, .frames = LENGTH};
    tb_plan *p = tb_plan_new(g, 1, &want, &how, &error);
    if (no_error(&error, p != NULL)) {
        copy(tb_plan_tensor(p, in), x, 0, backend->real_size, true);
        run_plan(p, 0);
        copy(tb_plan_tensor(p, h), y, 0, backend->real_size, false);
    }
    bool good = p != NULL;
    tb_plan_free(p);
    tb_params_free(params);
    tb_graph_free(g);
    return good;
}

/* The states of one plan go on in another of the same method. */
static void hand_over(const block_plan *from, const block_plan *to,
                      size_t real_size)
{
    for (int i = 0; i < LAYERS; i++) {
        const tb_tensor *a = tb_plan_tensor(from->plan, from->caches[i]);
        const tb_tensor *b = tb_plan_tensor(to->plan, to->caches[i]);
        if (a->data != b->data)
            memcpy(b->data, a->data, (size_t)count_of(a) * real_size);
    }
}

/* Blocks of two sizes in turn: every third is a short one. */
static bool in_blocks(const tb_backend *backend, double *x, double *y,
                      reading how)
{
    block_plan plans[] = {block_graph(7, how), block_graph(2, how)};
    tb_params *params = witness_params(plans[0].graph, plans[1].graph, backend);
    bool good = block_compile(&plans[0], backend, params) &&
                block_compile(&plans[1], backend, params);
    const block_plan *last = &plans[0];
    for (int64_t at = 0, k = 0; good && at < LENGTH; k++) {
        const block_plan *b =
            &plans[k % 3 == 2 || LENGTH - at < plans[0].x->dim[2]];
        hand_over(last, b, backend->real_size);
        copy(tb_plan_tensor(b->plan, b->x), x, at, backend->real_size, true);
        run_plan(b->plan, 0);
        copy(tb_plan_tensor(b->plan, b->y), y, at, backend->real_size, false);
        at += b->x->dim[2];
        last = b;
    }
    block_free(&plans[0]);
    block_free(&plans[1]);
    tb_params_free(params);
    return good;
}

static void blocks_equal_offline(const tb_backend *backend)
{
    static double x[ROWS * IN * LENGTH], whole[ROWS * OUT * LENGTH],
        blocks[ROWS * OUT * LENGTH];
    char name[96];
    for (int i = 0; i < ROWS * IN * LENGTH; i++)
        x[i] = noise(1, i);
    snprintf(name, sizeof name, "%s: there is an offline pass", backend->name);
    OK_NAMED(offline(backend, x, whole) && whole[0] != 0, name);
    for (reading how = ALONE; how <= LATE; how++) {
        memset(blocks, 0, sizeof blocks);
        snprintf(name, sizeof name, "%s: blocks are the offline pass%s",
                 backend->name, how ? ", with a late reader too" : "");
        OK_NAMED(in_blocks(backend, x, blocks, how) &&
                     memcmp(whole, blocks, sizeof whole) == 0,
                 name);
    }
}

/* Bytes of all caches of a plan. */
static size_t cache_bytes(const block_plan *b, size_t real_size)
{
    size_t bytes = 0;
    for (int i = 0; i < LAYERS; i++)
        bytes +=
            (size_t)count_of(tb_plan_tensor(b->plan, b->caches[i])) * real_size;
    return bytes;
}

/* Caches have room for many rows: a copy of one would show in the bytes. */
static void writes_in_place(void)
{
    const tb_backend *backend = tb_backend_naive();
    block_plan alone = block_graph(4, ALONE), late = block_graph(4, LATE);
    tb_params *params = witness_params(alone.graph, late.graph, backend);
    if (block_compile(&alone, backend, params) &&
        block_compile(&late, backend, params)) {
        size_t caches = cache_bytes(&alone, backend->real_size);
        size_t first = ROOM * IN * 8 * backend->real_size;
        OK(tb_plan_bytes(alone.plan) < caches + caches / 4);
        OK(tb_plan_bytes(late.plan) >= caches + first);
    }
    block_free(&alone);
    block_free(&late);
    tb_params_free(params);
}

/* The late reader: the sum of the old rows and of the new buffer. */
static void late_reader_sees_the_old_version(void)
{
    const tb_backend *backend = tb_backend_naive64();
    block_plan b = block_graph(8, LATE);
    tb_params *params = witness_params(b.graph, b.graph, backend);
    double old = 0;
    for (int k = 0; k < 3 && (b.plan || block_compile(&b, backend, params));
         k++) {
        const tb_tensor *x = tb_plan_tensor(b.plan, b.x);
        const tb_tensor *cache = tb_plan_tensor(b.plan, b.caches[0]);
        void *where = cache->data;
        double now = 0;
        write_noise(x, 3 + k);
        for (int64_t i = 0; i < count_of(x); i++)
            now += *element(x, i);
        run_plan(b.plan, 0);
        NEAR(*element(tb_plan_tensor(b.plan, b.late), 0), old + now, 1e-12);
        OK_NAMED(cache->data == where, "a state stays where it is");
        old = 0;
        for (int64_t i = 0; i < count_of(cache); i++)
            old += *element(cache, i);
        NEAR(old, now, 1e-12);
    }
    block_free(&b);
    tb_params_free(params);
}

/* ---- copies ---- */

/* The gradients of the energy of y, for the weights and the signal. */
static int add_gradients(const block_plan *b, tb_output *want)
{
    tb_value *wrt[2 * LAYERS + 1] = {b->x}, *gradients[2 * LAYERS + 1];
    for (int i = 0; i < LAYERS; i++) {
        wrt[1 + 2 * i] = weight(b->graph, &layers[i]);
        wrt[2 + 2 * i] = bias(b->graph, &layers[i]);
    }
    tb_grad(tb_sum(tb_map(b->y, TB_SQUARE, 0, 0), TB_ALL_AXES, false),
            2 * LAYERS + 1, wrt, gradients);
    for (int i = 0; i < 2 * LAYERS + 1; i++)
        want[1 + i].value = i ? gradients[i] : tb_scale(gradients[i], 2);
    return 2 * LAYERS + 1;
}

/* Concatenation and the write into the cache move what there is to move;
   nothing else is turned round, padded or cut out. */
static void copies_nothing(void)
{
    for (int training = 0; training < 2; training++) {
        tb_error error = {0};
        block_plan b = block_graph(7, ALONE);
        tb_output want[2 * LAYERS + 2] = {{b.y, NULL}};
        int n = 1 + (training ? add_gradients(&b, want) : 0);
        tb_params *params = witness_params(b.graph, b.graph, tb_backend_cpu());
        tb_plan_settings how = {.params = params, .training = training};
        tb_plan *p = tb_plan_new(b.graph, n, want, &how, &error);
        if (no_error(&error, p != NULL))
            EQ(tb_plan_copies(p), 0);
        tb_plan_free(p);
        tb_params_free(params);
        block_free(&b);
    }
}

static void copies_nothing_in_streams(void)
{
    tb_error error = {0};
    block_plan b = block_graph(7, ALONE);
    tb_params *params = witness_params(b.graph, b.graph, tb_backend_cpu());
    tb_stream_settings how = {.params = params, .n_max = 1};
    tb_stream_plan *p = tb_stream_plan_new(b.graph, 1, &b.y, &how, &error);
    if (no_error(&error, p != NULL))
        EQ(tb_stream_plan_copies(p), 0);
    tb_stream_plan_free(p);
    tb_params_free(params);
    block_free(&b);
}

/* ---- upsampling ---- */

/* y = conv_transpose(x); y[..., :T] += tail; tail.copy_(y[..., -T:]); what is
   said is y[..., :-T], T frames being what one block adds to the next. */
enum { RATIO = 4, UP_TAPS = 11, TAIL = UP_TAPS - RATIO, UP_BLOCK = 6 };

static tb_value *upsample(tb_value *x)
{
    return tb_conv_transposed(
        x, tb_param(x->graph, "up.weight", tb_dims(IN, OUT, UP_TAPS)), NULL,
        tb_conv_plain(RATIO, 1));
}

static tb_value *overlapped(tb_graph *g, tb_value *x)
{
    int64_t n = UP_BLOCK * RATIO;
    int64_t whole[] = {OUT * (n + TAIL), n + TAIL, 1};
    int64_t kept[] = {OUT * TAIL, TAIL, 1};
    tb_shape ends = tb_dims(ROWS, OUT, TAIL);
    tb_value *tail = tb_state(g, "tail", TB_REAL, tb_dims(ROOM, OUT, TAIL), 0);
    tb_value *y = tb_contiguous(upsample(x));
    tb_value *sum = tb_add(tb_as_strided(y, ends, whole, 0),
                           tb_as_strided(tail, ends, kept, 0));
    y = tb_write_view(y, ends, whole, 0, sum);
    tb_state_next(tail, tb_write_view(tail, ends, kept, 0,
                                      tb_slice(y, 2, n, n + TAIL, 1)));
    return tb_slice(y, 2, 0, n, 1);
}

static double *upsampled(const tb_backend *backend, int64_t block)
{
    tb_error error = {0};
    enum { ALL = 4 * UP_BLOCK };
    double *all = calloc(ROWS * OUT * ALL * RATIO, sizeof *all);
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, IN, block));
    tb_value *y = block < ALL ? overlapped(g, x) : upsample(x);
    tb_params *params = witness_params(g, g, backend);
    tb_output want = {y, NULL};
    tb_plan_settings how = {.backend = backend, .params = params};
    tb_plan *p = tb_plan_new(g, 1, &want, &how, &error);
    for (int64_t at = 0; no_error(&error, p != NULL) && at < ALL; at += block) {
        const tb_tensor *in = tb_plan_tensor(p, x), *out = tb_plan_tensor(p, y);
        for (int64_t i = 0; i < count_of(in); i++)
            set_real(in->data, place_of(in, i),
                     noise(5, i / block * ALL + at + i % block),
                     backend->real_size);
        run_plan(p, 0);
        int64_t n = out->dim[2];
        for (int64_t i = 0; i < count_of(out); i++)
            if (at * RATIO + i % n < ALL * RATIO)
                all[i / n * ALL * RATIO + at * RATIO + i % n] =
                    real_at(out->data, place_of(out, i), backend->real_size);
    }
    tb_plan_free(p);
    tb_params_free(params);
    tb_graph_free(g);
    return all;
}

static void overlaps_add_up(const tb_backend *backend, double tolerance)
{
    double *exact = upsampled(tb_backend_naive64(), 4 * UP_BLOCK);
    double *whole = upsampled(backend, 4 * UP_BLOCK);
    double *blocks = upsampled(backend, UP_BLOCK), worst = 0, norm = 0;
    for (int i = 0; i < ROWS * OUT * 4 * UP_BLOCK * RATIO; i++) {
        double d = fmax(fabs(whole[i] - exact[i]), fabs(blocks[i] - exact[i]));
        worst = d <= worst ? worst : d;
        norm = fmax(norm, fabs(exact[i]));
    }
    OK(norm > 0.1);
    NEAR(worst / norm, 0, tolerance);
    free(exact);
    free(whole);
    free(blocks);
}

/* ---- versions ---- */

/* A ring of four slots, into which two writes go one after the other; the
   version between them is read before the second. */
static void two_writes(void)
{
    enum { SLOTS = 4, WIDE = 512 };
    tb_error error = {0};
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(WIDE));
    tb_value *ring = tb_state(g, "ring", TB_REAL, tb_dims(SLOTS, WIDE), 0);
    tb_value *one = tb_write_view(ring, tb_dims(WIDE), (int64_t[]){1}, WIDE, x);
    tb_value *between = tb_sum(one, TB_ALL_AXES, false);
    tb_value *slot = tb_as_strided(one, tb_dims(WIDE), (int64_t[]){1}, WIDE);
    tb_value *two = tb_write_view(one, tb_dims(WIDE), (int64_t[]){1}, 3 * WIDE,
                                  tb_scale(slot, 2));
    tb_state_next(ring, two);
    tb_output want = {between, NULL};
    tb_plan_settings how = {.backend = tb_backend_naive64()};
    tb_plan *p = tb_plan_new(g, 1, &want, &how, &error);
    if (no_error(&error, p != NULL)) {
        const tb_tensor *t = tb_plan_tensor(p, ring);
        double *in = tb_plan_tensor(p, x)->data;
        for (int i = 0; i < WIDE; i++)
            in[i] = 1;
        for (int k = 0; k < 2; k++) {
            run_plan(p, 0);
            NEAR(*element(tb_plan_tensor(p, between), 0), WIDE * (1 + 2 * k),
                 0);
        }
        const double expected[SLOTS] = {0, 1, 0, 2};
        for (int k = 0; k < SLOTS; k++)
            NEAR(*element(t, k * WIDE), expected[k], 0);
        /* ring, x, and one slot of work: no copy of the ring */
        OK(tb_plan_bytes(p) < (SLOTS + 2) * WIDE * sizeof(double) + 512);
    }
    OK(p != NULL);
    tb_plan_free(p);
    tb_graph_free(g);
}

/* States that hand on to one another move by one place a run, whichever was
   built first. */
static void delay_line(void)
{
    tb_error error = {0};
    for (int turned = 0; turned < 2; turned++) {
        tb_graph *g = tb_graph_new();
        tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(1));
        tb_value *s[3];
        for (int i = 0; i < 3; i++)
            s[i] = tb_state(g, "s", TB_REAL, tb_dims(1), -1 - i);
        tb_value *first = s[turned ? 2 : 0], *last = s[turned ? 0 : 2];
        tb_state_next(first, tb_scale(x, 1));
        tb_state_next(s[1], first);
        tb_state_next(last, s[1]);
        tb_value *y = tb_scale(last, 1);
        tb_output want = {y, NULL};
        tb_plan_settings how = {.backend = tb_backend_naive64()};
        tb_plan *p = tb_plan_new(g, 1, &want, &how, &error);
        for (int k = 0; p && k < 6; k++) {
            *element(tb_plan_tensor(p, x), 0) = 10 + k;
            run_plan(p, 0);
            double begun[] = {turned ? -1 : -3, -2, turned ? -3 : -1};
            NEAR(*element(tb_plan_tensor(p, y), 0),
                 k < 3 ? begun[k] : 10 + k - 3, 0);
        }
        OK(no_error(&error, p != NULL));
        tb_plan_free(p);
        tb_graph_free(g);
    }
}

int main(void)
{
    blocks_equal_offline(tb_backend_naive64());
    blocks_equal_offline(tb_backend_naive());
    blocks_equal_offline(tb_backend_cpu());
    writes_in_place();
    copies_nothing();
    copies_nothing_in_streams();
    late_reader_sees_the_old_version();
    overlaps_add_up(tb_backend_naive64(), 1e-14);
    overlaps_add_up(tb_backend_naive(), TOL_FLOAT);
    overlaps_add_up(tb_backend_cpu(), TOL_FLOAT);
    two_writes();
    delay_line();
    return witness_done();
}
