/* What large graphs cost: the time until a plan or a stream is ready, and what
   the nodes of a stream cost while they have nothing to do. All in processor
   seconds on one thread. Case, value, unit and the limit that it must keep. */
#include "bench.h"

#include "engine/grad.h"
#include "engine/ops.h"
#include "engine/plan.h"
#include "engine/stream.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NODES = 2000, CHANNELS = 8, FRAMES = 32, LIMIT_MS = 50 };

static void refuse(const char *what, const tb_error *error)
{
    fprintf(stderr, "%s: %s\n", what, error->text);
    exit(1);
}

/* ---- layers ---- */

static tb_value *param(tb_graph *g, const char *name, const char *of,
                       tb_shape shape)
{
    char text[96];
    snprintf(text, sizeof text, "%s.%s", name, of);
    return tb_param(g, text, shape);
}

static tb_value *normed(tb_graph *g, const char *name, tb_shape shape)
{
    return tb_weight_norm(param(g, name, "v", shape),
                          param(g, name, "g", tb_dims(shape.dim[0])));
}

static tb_value *leaky(tb_value *x)
{
    return tb_map(x, TB_LEAKY_RELU, 0.2, 0);
}

static tb_conv_attr centred(int64_t taps, int64_t stride, int64_t dilation)
{
    tb_conv_attr how = tb_conv_plain(stride, dilation);
    int64_t around = (taps - 1) * dilation + 1 - stride;
    how.left[0] = around - around / 2;
    how.right[0] = around / 2;
    return how;
}

/* ---- a deep graph ---- */

typedef struct deep {
    tb_graph *graph;
    tb_value *y, *loss;
    tb_value *wrt[NODES], *gradients[NODES];
    int n_wrt;
} deep;

/* Residual layers, five nodes each, until there are as many as asked for. */
static void deep_new(deep *d)
{
    *d = (deep){.graph = tb_graph_new()};
    tb_value *x =
        tb_input(d->graph, "x", TB_REAL, tb_dims(1, CHANNELS, TB_FRAMES));
    while (x && tb_graph_nodes(d->graph) < NODES) {
        char name[32];
        snprintf(name, sizeof name, "layer.%d", d->n_wrt / 2);
        tb_value *w =
            param(d->graph, name, "w", tb_dims(CHANNELS, CHANNELS, 3));
        tb_value *b = param(d->graph, name, "b", tb_dims(CHANNELS));
        d->wrt[d->n_wrt++] = w;
        d->wrt[d->n_wrt++] = b;
        x = tb_add(x, leaky(tb_conv(x, w, b, centred(3, 1, 1))));
    }
    d->y = x;
}

static void differentiate(deep *d)
{
    d->loss = tb_sum(d->y, 7, false);
    tb_grad(d->loss, d->n_wrt, d->wrt, d->gradients);
}

typedef struct deep_plan {
    deep *d;
    tb_params *params;
} deep_plan;

static void plan_forward(void *context)
{
    deep_plan *p = context;
    tb_error error = {0};
    tb_output want = {p->d->y, NULL};
    tb_plan_settings how = {.params = p->params, .frames = FRAMES};
    tb_plan *plan = tb_plan_new(p->d->graph, 1, &want, &how, &error);
    if (!plan)
        refuse("plan", &error);
    tb_plan_free(plan);
}

static void plan_training(void *context)
{
    static tb_output want[NODES + 1];
    deep_plan *p = context;
    tb_error error = {0};
    want[0].value = p->d->loss;
    for (int i = 0; i < p->d->n_wrt; i++)
        want[1 + i].value = p->d->gradients[i];
    tb_plan_settings how = {
        .params = p->params, .frames = FRAMES, .training = true};
    tb_plan *plan =
        tb_plan_new(p->d->graph, 1 + p->d->n_wrt, want, &how, &error);
    if (!plan)
        refuse("training plan", &error);
    tb_plan_free(plan);
}

/* From a graph without gradients to a plan that computes them. */
static void derive_and_plan(void *context)
{
    (void)context;
    static deep d;
    tb_error error = {0};
    deep_new(&d);
    differentiate(&d);
    const tb_graph *g = d.graph;
    tb_params *params = tb_params_new(1, &g, sizeof(float), &error);
    if (!params)
        refuse("graph", &error);
    plan_training(&(deep_plan){&d, params});
    tb_params_free(params);
    tb_graph_free(d.graph);
}

typedef struct stream_maker {
    const tb_graph *graph;
    tb_params *params;
    tb_value *y;
    tb_schedule schedule;
    int64_t n_max;
} stream_maker;

static void make_stream(void *context)
{
    stream_maker *m = context;
    tb_error error = {0};
    tb_stream_settings how = {
        .params = m->params, .n_max = m->n_max, .schedule = m->schedule};
    tb_stream_plan *plan = tb_stream_plan_new(m->graph, 1, &m->y, &how, &error);
    tb_stream *s = plan ? tb_stream_new(plan, 0, &error) : NULL;
    if (!s)
        refuse("stream", &error);
    tb_stream_free(s);
    tb_stream_plan_free(plan);
}

static void report_ms(const bench_options *o, const char *name,
                      void (*work)(void *), void *context)
{
    if (bench_wanted(o, name))
        bench_report(name, 1e3 * bench_median(o, work, context), "ms",
                     LIMIT_MS);
}

static void time_plans(const bench_options *o)
{
    static deep forward, training;
    char name[80];
    deep_new(&forward);
    deep_new(&training);
    differentiate(&training);
    const tb_graph *g = forward.graph;
    tb_params *params = tb_params_new(1, &g, sizeof(float), NULL);
    stream_maker paced = {g, params, forward.y, TB_PACED, 64};
    stream_maker eager = {g, params, forward.y, TB_EAGER, 64};
    report_ms(o, "plan of 2000 nodes", plan_forward,
              &(deep_plan){&forward, params});
    snprintf(name, sizeof name, "plan of the same and its gradients, %d nodes",
             tb_graph_nodes(training.graph));
    report_ms(o, name, plan_training, &(deep_plan){&training, params});
    report_ms(o, "graph, gradients and plan of the same", derive_and_plan,
              NULL);
    report_ms(o, "paced stream of 2000 nodes", make_stream, &paced);
    report_ms(o, "eager stream of 2000 nodes", make_stream, &eager);
    tb_params_free(params);
    tb_graph_free(forward.graph);
    tb_graph_free(training.graph);
}

/* ---- a network of v2's depth: every layer of it, narrow ---- */

enum { BANDS = 16, WIDTH = 8, LATENT = 16, STAGES = 4 };

static const int ratios[STAGES] = {4, 4, 4, 2};

static tb_value *conv(tb_value *x, const char *name, int64_t out, int64_t taps,
                      int64_t stride, int64_t dilation)
{
    return x ? tb_conv(x, normed(x->graph, name, tb_dims(out, x->dim[1], taps)),
                       NULL, centred(taps, stride, dilation))
             : NULL;
}

static tb_value *up(tb_value *x, const char *name, int64_t out, int64_t ratio)
{
    tb_conv_attr how = tb_conv_plain(ratio, 1);
    how.left[0] = how.right[0] = ratio / 2;
    return x ? tb_conv_transposed(
                   x,
                   normed(x->graph, name, tb_dims(x->dim[1], out, 2 * ratio)),
                   NULL, how)
             : NULL;
}

/* Dilations 1, 3 and 9; the deepest stage has the first two. */
static tb_value *units(tb_value *x, const char *name, int stage)
{
    int dilation = 1;
    for (int i = 0; x && i < (stage == STAGES - 1 ? 2 : 3); i++) {
        char inner[64], outer[64];
        snprintf(inner, sizeof inner, "%s.%d.%d.in", name, stage, i);
        snprintf(outer, sizeof outer, "%s.%d.%d.out", name, stage, i);
        tb_value *h = conv(leaky(x), inner, x->dim[1], 3, 1, dilation);
        x = tb_add(conv(leaky(h), outer, x->dim[1], 1, 1, 1), x);
        dilation *= 3;
    }
    return x;
}

/* The taps of the bank are as good as any here: 512 of them. */
static tb_value *bank(tb_graph *g)
{
    static double h[BANDS * 512];
    for (int i = 0; i < BANDS * 512; i++)
        h[i] = sin(0.1 * i) / 512;
    return tb_constant(g, tb_dims(BANDS, 1, 512), h);
}

static tb_value *encoder(tb_value *x)
{
    char name[32];
    int64_t width = WIDTH;
    tb_value *h = conv(x, "enc.first", width, 7, 1, 1);
    for (int i = 0; i < STAGES; i++, width *= 2) {
        h = units(h, "enc", i);
        snprintf(name, sizeof name, "enc.%d.down", i);
        h = conv(leaky(h), name, 2 * width, 2 * ratios[i], ratios[i], 1);
    }
    return conv(leaky(h), "enc.last", LATENT, 3, 1, 1);
}

static tb_value *decoder(tb_value *z)
{
    char name[32];
    int64_t width = WIDTH << STAGES;
    tb_value *h = conv(z, "dec.first", width, 3, 1, 1);
    for (int i = STAGES - 1; i >= 0; i--) {
        width /= 2;
        snprintf(name, sizeof name, "dec.%d.up", i);
        h = units(up(leaky(h), name, width, ratios[i]), "dec", i);
    }
    h = conv(leaky(h), "dec.last", 2 * BANDS, 7, 1, 1);
    tb_value *wave = tb_slice(h, 1, 0, BANDS, 1);
    tb_value *loud = tb_slice(h, 1, BANDS, 2 * BANDS, 1);
    return tb_map(tb_mul(wave, tb_map(loud, TB_SIGMOID, 0, 0)), TB_TANH, 0, 0);
}

static stream_maker v2_new(tb_schedule schedule)
{
    tb_graph *g = tb_graph_new();
    tb_conv_attr how = tb_conv_plain(BANDS, 1);
    how.left[0] = how.right[0] = (512 - BANDS) / 2;
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(1, 1, TB_FRAMES));
    tb_value *y = decoder(encoder(tb_conv(x, bank(g), NULL, how)));
    y = tb_conv_transposed(y, bank(g), NULL, how);
    const tb_graph *graphs = g;
    tb_params *params = tb_params_new(1, &graphs, sizeof(float), NULL);
    return (stream_maker){g, params, y, schedule, 2048};
}

static void time_v2(const bench_options *o)
{
    static const char *const names[] = {
        [TB_PACED] = "network of v2's depth ready to stream, paced",
        [TB_EAGER] = "network of v2's depth ready to stream, eager"};
    for (tb_schedule s = TB_PACED; s <= TB_EAGER; s++) {
        stream_maker m = v2_new(s);
        report_ms(o, names[s], make_stream, &m);
        tb_params_free(m.params);
        tb_graph_free((tb_graph *)m.graph);
    }
}

/* ---- nodes that are not due ---- */

enum { SHALLOW = 10, DEEP = 990, PERIOD = 2048, CALLS = 500, ROUNDS = 31 };

typedef tb_value *(*layers_fn)(tb_value *x, const char *name, int n);

typedef struct sparse {
    tb_graph *graph;
    tb_value *x, *outputs[2];
    tb_params *params;
    tb_stream_plan *plan;
    tb_stream *stream;
    bool loop;
} sparse;

static tb_value *layers(tb_value *x, const char *name, int n)
{
    for (int i = 0; x && i < n; i += 2) {
        char text[48];
        snprintf(text, sizeof text, "%s.%d", name, i);
        tb_value *w =
            param(x->graph, text, "w", tb_dims(CHANNELS, CHANNELS, 3));
        x = tb_map(tb_conv(x, w, NULL, tb_conv_causal(3, 1, 1)), TB_TANH, 0, 0);
    }
    return x;
}

/* The same with a state each: [1, frames, CHANNELS]. */
static tb_value *recurrent_layers(tb_value *x, const char *name, int n)
{
    tb_shape state = tb_dims(1, CHANNELS);
    for (int i = 0; x && i < n; i += 2) {
        char text[48];
        snprintf(text, sizeof text, "%s.%d", name, i);
        tb_value *w = param(x->graph, text, "w", tb_dims(CHANNELS, CHANNELS));
        tb_value *u = param(x->graph, text, "u", tb_dims(CHANNELS, CHANNELS));
        tb_value *h = tb_state(x->graph, text, TB_REAL, state, 0);
        tb_rnn_out y =
            tb_rnn(TB_RNN_TANH, tb_linear(x, w, NULL), u, NULL, h, NULL);
        tb_state_next(h, y.hn);
        x = y.y;
    }
    return x;
}

/* Ten nodes that run at every frame and, if asked for, those that run every
   2048 frames. */
static sparse sparse_new(tb_schedule schedule, bool loop, layers_fn slow)
{
    sparse s = {.graph = tb_graph_new(), .loop = loop};
    tb_error error = {0};
    tb_shape shape = tb_dims(1, CHANNELS, TB_FRAMES);
    s.x = loop ? tb_feedback(s.graph, "x", TB_REAL, shape, 1)
               : tb_input(s.graph, "x", TB_REAL, shape);
    tb_value *y = layers(s.x, "shallow", SHALLOW);
    if (loop)
        tb_feedback_close(s.x, tb_pad(y, 2, 1, 0));
    s.outputs[0] = y;
    tb_value *w = tb_param(s.graph, "w", tb_dims(CHANNELS, CHANNELS, 1));
    tb_value *x = tb_conv(y, w, NULL, tb_conv_plain(PERIOD, 1));
    if (slow == recurrent_layers)
        x = tb_transpose(x, 1, 2);
    if (slow)
        s.outputs[1] = slow(x, "slow", DEEP);
    const tb_graph *g = s.graph;
    tb_stream_settings how = {.n_max = 1, .schedule = schedule};
    how.params = s.params = tb_params_new(1, &g, sizeof(float), &error);
    if (s.params)
        s.plan = tb_stream_plan_new(g, slow ? 2 : 1, s.outputs, &how, &error);
    if (s.plan)
        s.stream = tb_stream_new(s.plan, 0, &error);
    if (!s.stream)
        refuse("stream", &error);
    return s;
}

static void sparse_free(sparse *s)
{
    tb_stream_free(s->stream);
    tb_stream_plan_free(s->plan);
    tb_params_free(s->params);
    tb_graph_free(s->graph);
}

/* Processor seconds of CALLS calls of one frame, from just after the deep
   nodes ran. */
static double time_calls(sparse *s)
{
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int i = 0; i < CALLS; i++) {
        if (!s->loop)
            tb_stream_write(s->stream, s->x, 1);
        tb_stream_run(s->stream, 1);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) +
           1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of several rounds, both streams in turn. */
static double ratio_of(sparse *many, sparse *few)
{
    double found[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        while (tb_stream_clock(many->stream) % PERIOD != 1)
            tb_stream_run(many->stream, 1);
        time_calls(few);
        double alone = time_calls(few);
        time_calls(many);
        found[i] = time_calls(many) / alone;
    }
    qsort(found, ROUNDS, sizeof *found, ascending);
    return found[ROUNDS / 2];
}

static void time_idle(const bench_options *o, const char *name,
                      tb_schedule schedule, bool loop, layers_fn slow)
{
    if (!bench_wanted(o, name))
        return;
    sparse many = sparse_new(schedule, loop, slow);
    sparse few = sparse_new(schedule, loop, NULL);
    bench_report(name, ratio_of(&many, &few), "times", 1.2);
    sparse_free(&many);
    sparse_free(&few);
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    o.cpu = true;
    time_plans(&o);
    time_v2(&o);
    time_idle(&o, "990 idle nodes beside 10, paced", TB_PACED, false, layers);
    time_idle(&o, "990 idle nodes beside 10, eager", TB_EAGER, false, layers);
    time_idle(&o, "990 idle nodes beside a loop of 10, paced", TB_PACED, true,
              layers);
    time_idle(&o, "990 idle nodes beside a loop of 10, eager", TB_EAGER, true,
              layers);
    time_idle(&o, "990 idle nodes with states beside 10", TB_PACED, false,
              recurrent_layers);
    bench_end(&o);
    return 0;
}
