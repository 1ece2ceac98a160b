/* One plan's output is another's input where it lies: the bits are those of
   plans that are handed copies, whoever reads around the frames that are
   shared, and whatever the order of the axes. */
#include "engine/ops.h"
#include "engine/plan.h"
#include "engine/source.h"

#include "golden.h"
#include "tap.h"

#include <string.h>

enum { ROWS = 2, WIDE = 6, FRAMES = 37 };

/* How the value that is shared lies, and whether its maker and its readers
   look around its frames. */
typedef struct shared_case {
    const char *name;
    bool turned; /* frames lie last, as no reader was built for */
    bool maker_around, reader_around;
} shared_case;

static const shared_case cases[] = {
    {"nobody", false, false, false},
    {"the reader", false, false, true},
    {"the maker", false, true, false},
    {"both", false, true, true},
    {"nobody, frames last", true, false, false},
    {"the reader, frames last", true, false, true},
    {"the maker, frames last", true, true, false},
    {"both, frames last", true, true, true},
};

enum { N_CASES = sizeof cases / sizeof *cases };

/* A graph, a loss and the gradients of its weights. */
typedef struct half {
    tb_graph *graph;
    tb_value *in, *out; /* of the maker: what is shared */
    tb_value *loss, *gradient[2];
    int n_gradients;
    tb_params *params;
} half;

static tb_value *kernel(tb_graph *g, const char *name, int64_t taps)
{
    return tb_param(g, name, tb_dims(WIDE, WIDE, taps));
}

static tb_value *around(tb_value *x, const char *name, int64_t taps)
{
    tb_value *w = kernel(x->graph, name, taps);
    return tb_conv(x, w, NULL, tb_conv_centred(taps, 1, 2));
}

static tb_value *loss_of(tb_value *x)
{
    return tb_reshape(tb_mean(tb_map(x, TB_SQUARE, 0, 0), TB_ALL_AXES, false),
                      tb_dims(1));
}

/* With the gradients of its weights. */
static void finish(half *h)
{
    tb_value *weights[2];
    for (tb_node *n = tb_graph_first(h->graph); n; n = n->next)
        if (n->op == &tb_op_param)
            weights[h->n_gradients++] = n->out[0];
    tb_grad(h->loss, h->n_gradients, weights, h->gradient);
    h->params =
        tb_params_new(1, (const tb_graph *[]){h->graph}, sizeof(float), NULL);
    float *w = tb_params_data(h->params);
    for (int64_t i = 0; i < tb_params_total(h->params); i++)
        w[i] = (float)noise(7, i);
    tb_params_touch(h->params);
}

static half maker(const shared_case *c)
{
    half h = {.graph = tb_graph_new()};
    h.in = tb_input(h.graph, "x", TB_REAL, tb_dims(ROWS, WIDE, TB_FRAMES));
    h.out = tb_map(around(h.in, "own", 3), TB_TANH, 0, 0);
    if (c->turned)
        tb_value_order_last(h.out, 2);
    tb_value *more =
        c->maker_around ? around(h.out, "more", 5) : tb_scale(h.out, 3);
    h.loss = loss_of(more);
    finish(&h);
    return h;
}

static half reader(const shared_case *c)
{
    half h = {.graph = tb_graph_new()};
    h.in = tb_input(h.graph, "y", TB_REAL, tb_dims(ROWS, WIDE, TB_FRAMES));
    h.out = tb_map(c->reader_around ? around(h.in, "read", 9) : h.in, TB_TANH,
                   0, 0);
    h.loss = loss_of(h.out);
    finish(&h);
    return h;
}

static void clear(half *h)
{
    tb_params_free(h->params);
    tb_graph_free(h->graph);
}

/* ---- plans ---- */

/* Its outputs: the loss, then gradients. */
static int list(const half *h, tb_output *want)
{
    int n = 0;
    want[n++] = (tb_output){h->loss, NULL};
    for (int i = 0; i < h->n_gradients; i++)
        want[n++] = (tb_output){h->gradient[i], NULL};
    return n;
}

static tb_plan_settings settings_of(const half *h, tb_workspace *w, int n,
                                    const tb_binding *bindings)
{
    return (tb_plan_settings){.params = h->params,
                              .workspace = w,
                              .frames = FRAMES,
                              .n_bindings = n,
                              .bindings = bindings};
}

static tb_plan *plan_on(const tb_backend *backend, const half *h,
                        tb_workspace *w, int n, const tb_binding *bindings)
{
    tb_output want[4];
    tb_error error = {0};
    tb_plan_settings s = settings_of(h, w, n, bindings);
    s.backend = backend;
    tb_plan *p = tb_plan_new(h->graph, list(h, want), want, &s, &error);
    if (!OK(p != NULL))
        fprintf(stderr, "# %s\n", error.text);
    return p;
}

static tb_plan *plan_of(const half *h, tb_workspace *w, int n,
                        const tb_binding *bindings)
{
    return plan_on(NULL, h, w, n, bindings);
}

static tb_halo asked(const half *h)
{
    tb_output want[4];
    tb_halo halo = {-1, -1};
    const tb_plan_settings s = settings_of(h, NULL, 0, NULL);
    OK(tb_plan_around(h->graph, list(h, want), want, &s, h->in, &halo, NULL) ==
       TB_OK);
    return halo;
}

/* ---- what the host sees ---- */

static float *float_at(const tb_tensor *t, int64_t i)
{
    int64_t at = 0;
    for (int a = t->rank - 1; a >= 0; a--) {
        at += i % t->dim[a] * t->stride[a];
        i /= t->dim[a];
    }
    return (float *)t->data + at;
}

static int64_t count(const tb_tensor *t)
{
    return tb_elements(t, t->time < 0 ? 1 : t->dim[t->time]);
}

static void write_input(const tb_plan *p, const tb_value *v, int seed)
{
    const tb_tensor *t = tb_plan_tensor(p, v);
    for (int64_t i = 0; i < count(t); i++)
        *float_at(t, i) = (float)noise(seed, i);
}

static bool same(const tb_plan *p, const tb_value *v, const tb_plan *q,
                 const tb_value *w)
{
    const tb_tensor *a = tb_plan_tensor(p, v), *b = tb_plan_tensor(q, w);
    bool equal = a && b && count(a) == count(b);
    for (int64_t i = 0; equal && i < count(a); i++)
        equal = memcmp(float_at(a, i), float_at(b, i), sizeof(float)) == 0;
    return equal;
}

static void hand_over(const tb_plan *p, const tb_value *v, const tb_plan *q,
                      const tb_value *w)
{
    const tb_tensor *from = tb_plan_tensor(p, v), *to = tb_plan_tensor(q, w);
    for (int64_t i = 0; i < count(to); i++)
        *float_at(to, i) = *float_at(from, i);
}

static bool same_results(const half *h, const tb_plan *p, const tb_plan *q)
{
    bool equal = same(p, h->loss, q, h->loss);
    for (int i = 0; i < h->n_gradients; i++)
        equal &= same(p, h->gradient[i], q, h->gradient[i]);
    return equal;
}

/* ---- the same bits ---- */

/* A maker, a second one that makes it without a loss, and two readers; and
   those who are handed copies. */
typedef struct pair {
    half maker, reader;
    tb_workspace *workspace;
    tb_plan *makes, *gives, *reads[2], *apart, *copied;
} pair;

static void open_pair(pair *p, const shared_case *c)
{
    p->maker = maker(c);
    p->reader = reader(c);
    p->workspace = tb_workspace_new();
    const tb_binding own = {.value = p->maker.out, .around = asked(&p->reader)};
    p->makes = plan_of(&p->maker, p->workspace, 1, &own);
    const tb_binding there = {
        .value = p->maker.out, .plan = p->makes, .there = p->maker.out};
    tb_plan_settings s = settings_of(&p->maker, p->workspace, 1, &there);
    p->gives = tb_plan_new(p->maker.graph, 0, NULL, &s, NULL);
    const tb_binding in = {
        .value = p->reader.in, .plan = p->makes, .there = p->maker.out};
    for (int i = 0; i < 2; i++)
        p->reads[i] = plan_of(&p->reader, p->workspace, 1, &in);
    tb_output want[4];
    int n = list(&p->maker, want);
    want[n++] = (tb_output){p->maker.out, NULL};
    s = settings_of(&p->maker, NULL, 0, NULL);
    p->apart = tb_plan_new(p->maker.graph, n, want, &s, NULL);
    p->copied = plan_of(&p->reader, NULL, 0, NULL);
}

static void close_pair(pair *p)
{
    tb_plan_free(p->makes);
    tb_plan_free(p->gives);
    tb_plan_free(p->reads[0]);
    tb_plan_free(p->reads[1]);
    tb_plan_free(p->apart);
    tb_plan_free(p->copied);
    tb_workspace_free(p->workspace);
    clear(&p->maker);
    clear(&p->reader);
}

static void run_apart(pair *p, int seed)
{
    write_input(p->apart, p->maker.in, seed);
    tb_plan_run(p->apart, 0, NULL);
    hand_over(p->apart, p->maker.out, p->copied, p->reader.in);
    tb_plan_run(p->copied, 0, NULL);
}

static void expect_reads(const pair *p, const tb_plan *ran, const char *name)
{
    OK_NAMED(same(ran, p->maker.out, p->apart, p->maker.out), name);
    for (int i = 0; i < 2; i++) {
        tb_plan_run(p->reads[i], 0, NULL);
        OK_NAMED(same_results(&p->reader, p->reads[i], p->copied), name);
    }
}

/* The workspace moves in between. */
static void make_larger(tb_workspace *w)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(64, 64, TB_FRAMES));
    tb_value *y = loss_of(tb_softmax(tb_map(x, TB_TANH, 0, 0), 1));
    tb_plan_settings s = {.workspace = w, .frames = FRAMES};
    size_t before = tb_workspace_bytes(w);
    tb_plan_free(tb_plan_new(g, 1, &(tb_output){y, NULL}, &s, NULL));
    OK(tb_workspace_bytes(w) > before);
    tb_graph_free(g);
}

static void test_same_bits(const shared_case *c)
{
    pair p = {0};
    open_pair(&p, c);
    if (!OK(p.makes && p.gives && p.reads[0] && p.reads[1] && p.apart &&
            p.copied)) {
        close_pair(&p);
        return;
    }
    const void *there = tb_plan_value(p.makes, p.maker.out)->data;
    OK(tb_plan_value(p.gives, p.maker.out)->data == there);
    for (int i = 0; i < 2; i++) {
        OK((tb_plan_value(p.reads[i], p.reader.in)->data == there) !=
           c->turned);
        EQ(tb_plan_fetches(p.reads[i]), c->turned);
    }
    for (int seed = 1; seed < 4; seed++) {
        run_apart(&p, seed);
        write_input(p.makes, p.maker.in, seed);
        tb_plan_run(p.makes, 0, NULL);
        OK_NAMED(same_results(&p.maker, p.makes, p.apart), c->name);
        expect_reads(&p, p.makes, c->name);
        run_apart(&p, 10 + seed);
        write_input(p.gives, p.maker.in, 10 + seed);
        tb_plan_run(p.gives, 0, NULL);
        expect_reads(&p, p.gives, c->name);
        if (seed == 2)
            make_larger(p.workspace);
    }
    close_pair(&p);
}

/* ---- the host ---- */

/* What it exchanges with the storage, from `watched` on. */
static tb_storage counted, plain;
static const char *watched;
static size_t watched_bytes, exchanged;

static void count_exchange(const void *there, size_t bytes)
{
    const char *at = there;
    if (watched && at < watched + watched_bytes && at + bytes > watched)
        exchanged += bytes;
}

static TB_REALTIME void counted_write(void *to, const void *from, size_t bytes)
{
    count_exchange(to, bytes);
    plain.write(to, from, bytes);
}

static TB_REALTIME void counted_read(void *to, const void *from, size_t bytes)
{
    count_exchange(from, bytes);
    plain.read(to, from, bytes);
}

/* Shared values stay in the storage of a device. */
static void test_not_through_the_host(void)
{
    half m = maker(&cases[7]), r = reader(&cases[7]);
    tb_backend device = *tb_backend_cpu();
    counted = plain = *device.storage;
    counted.is_host = false;
    counted.write = counted_write;
    counted.read = counted_read;
    device.storage = &counted;
    const tb_binding own = {.value = m.out, .around = asked(&r)};
    tb_plan *makes = plan_on(&device, &m, NULL, 1, &own);
    const tb_binding in = {.value = r.in, .plan = makes, .there = m.out};
    tb_plan *reads = plan_on(&device, &r, NULL, 1, &in);
    if (OK(makes && reads)) {
        const tb_tensor *t = tb_plan_value(makes, m.out);
        watched = t->data;
        watched_bytes = sizeof(float) * ROWS * WIDE * FRAMES;
        write_input(makes, m.in, 1);
        tb_plan_run(makes, 0, NULL);
        tb_plan_run(reads, 0, NULL);
        EQ(exchanged, 0);
        OK_NAMED(tb_plan_tensor(makes, m.out) && exchanged >= watched_bytes,
                 "it may be looked at");
    }
    tb_plan_free(reads);
    tb_plan_free(makes);
    clear(&m);
    clear(&r);
}

/* ---- an input that is passed on ---- */

/* The first plan's input is the second's, which the host writes through
   either plan of the first graph, and a third reads what the second does. */
static void test_passed_on(void)
{
    const shared_case *c = &cases[3];
    half h[3] = {reader(c), reader(c), reader(c)};
    tb_binding own = {.value = h[0].in, .around = asked(&h[2])};
    tb_plan *first = plan_of(&h[0], NULL, 1, &own);
    tb_binding again = {.value = h[0].in, .plan = first, .there = h[0].in};
    tb_plan *second = plan_of(&h[0], NULL, 1, &again);
    tb_binding in = {.value = h[1].in, .plan = second, .there = h[0].in};
    tb_plan *middle = plan_of(&h[1], NULL, 1, &in);
    in = (tb_binding){.value = h[2].in, .plan = middle, .there = h[1].in};
    tb_plan *last = plan_of(&h[2], NULL, 1, &in);
    tb_plan *alone = plan_of(&h[2], NULL, 0, NULL);
    tb_plan *writers[] = {first, second};
    for (int i = 0; i < 2 && first && second && middle && last && alone; i++) {
        write_input(writers[i], h[0].in, 20 + i);
        write_input(alone, h[2].in, 20 + i);
        tb_plan_run(writers[i], 0, NULL);
        tb_plan_run(middle, 0, NULL);
        tb_plan_run(last, 0, NULL);
        tb_plan_run(alone, 0, NULL);
        OK(same_results(&h[2], last, alone));
    }
    tb_plan *all[] = {first, second, middle, last, alone};
    for (int i = 0; i < 5; i++)
        tb_plan_free(all[i]);
    for (int i = 0; i < 3; i++)
        clear(&h[i]);
}

/* ---- what cannot lie there ---- */

static void refused(const half *h, const tb_plan *plan, const tb_value *there)
{
    tb_output want[4];
    tb_error error = {0};
    const tb_binding b = {.value = h->in, .plan = plan, .there = there};
    const tb_plan_settings s = settings_of(h, NULL, 1, &b);
    OK(!tb_plan_new(h->graph, list(h, want), want, &s, &error));
    OK(strstr(error.text, "another shape") != NULL);
}

static void test_refusals(void)
{
    half m = maker(&cases[1]), r = reader(&cases[1]);
    const tb_binding own = {.value = m.out};
    tb_plan *p = plan_of(&m, NULL, 1, &own);
    OK(asked(&r).left == 8 && asked(&r).right == 8);
    refused(&r, p, m.out); /* there is no room around it */
    refused(&r, p, m.loss);
    refused(&r, p, m.loss->node->in[0]); /* it is not there for good */
    tb_plan_free(p);
    clear(&m);
    clear(&r);
}

int main(void)
{
    for (int i = 0; i < N_CASES; i++)
        test_same_bits(&cases[i]);
    test_not_through_the_host();
    test_passed_on();
    test_refusals();
    return tap_done();
}
