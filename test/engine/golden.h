/* Layers against numbers from PyTorch and against finite differences: a
   subject is a graph with inputs of noise, outputs weighted by more noise and
   the gradients of all inputs, run by the naive kernels in double precision.

       subject s = subject_new();
       tb_value *x = subject_in(&s, 1, tb_dims(2, 3, TB_FRAMES));
       subject_out(&s, 2, tb_conv(x, ...));
       if (subject_run(&s, 9))
           subject_expect(&s, s.out[0], golden, "y");
       subject_free(&s);

   Seeds are those of the script that made the numbers. */
#ifndef TB_TEST_ENGINE_GOLDEN_H
#define TB_TEST_ENGINE_GOLDEN_H

#include "engine/grad.h"
#include "engine/ops/cast.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduce.h"
#include "engine/plan.h"
#include "tap.h"

#include <stdlib.h>

enum { SUBJECT_MAX = 8 };

typedef struct subject {
    tb_graph *graph;
    tb_plan *plan;
    int n_in, n_out;
    tb_value *in[SUBJECT_MAX], *din[SUBJECT_MAX];
    tb_value *out[SUBJECT_MAX], *dout[SUBJECT_MAX];
    int in_seed[SUBJECT_MAX], out_seed[SUBJECT_MAX];
    unsigned constant; /* bit i: no gradient of input i is asked for */
} subject;

/* Number i of the noise of a seed: uniform in [-1, 1). */
static inline double noise(int seed, int64_t i)
{
    uint32_t u = (uint32_t)i * 2654435761u + (uint32_t)seed * 40503u + 12345u;
    u = (u ^ u >> 15) * 2246822519u;
    u = (u ^ u >> 13) * 3266489917u;
    return (u ^ u >> 16) / 2147483648.0 - 1;
}

/* A seed of its own for what is called so, as test scripts compute it too. */
static inline int seed_of(const char *name)
{
    uint32_t h = 7;
    for (; *name; name++)
        h = (h * 31 + (unsigned char)*name) % 65521;
    return (int)h;
}

static inline subject subject_new(void)
{
    return (subject){.graph = tb_graph_new()};
}

static inline void subject_free(subject *s)
{
    tb_plan_free(s->plan);
    tb_graph_free(s->graph);
}

static inline tb_value *subject_in(subject *s, int seed, tb_shape shape)
{
    tb_value *x = tb_input(s->graph, "in", TB_REAL, shape);
    s->in[s->n_in] = x;
    s->in_seed[s->n_in++] = seed;
    return x;
}

static inline void subject_out(subject *s, int seed, tb_value *y)
{
    tb_value *dy =
        y ? tb_input(s->graph, "dy", TB_REAL, tb_value_shape(y)) : NULL;
    if (dy && dy->time >= 0)
        dy->like = y;
    s->out[s->n_out] = y;
    s->dout[s->n_out] = dy;
    s->out_seed[s->n_out++] = seed;
}

static inline int64_t count_of(const tb_tensor *t)
{
    return tb_elements(t, t->time < 0 ? 1 : t->dim[t->time]);
}

/* Element i in logical order. */
static inline double *element(const tb_tensor *t, int64_t i)
{
    double *p = t->data;
    for (int k = t->rank - 1; k >= 0; k--) {
        p += i % t->dim[k] * t->stride[k];
        i /= t->dim[k];
    }
    return p;
}

static inline void write_noise(const tb_tensor *t, int seed)
{
    for (int64_t i = 0; t && i < count_of(t); i++)
        *element(t, i) = noise(seed, i);
}

static inline tb_value *subject_loss(subject *s)
{
    tb_value *loss = NULL;
    for (int i = 0; i < s->n_out; i++) {
        tb_value *l = tb_sum(tb_mul(s->out[i], s->dout[i]), TB_ALL_AXES, false);
        loss = i ? tb_add(loss, l) : l;
    }
    return loss;
}

/* The gradient of y with respect to x, with an input of noise for that of y:
   a value like others, so that its own gradients can be tried. */
static inline tb_value *subject_gradient(subject *s, int seed, tb_value *y,
                                         tb_value *x)
{
    tb_value *dx = NULL;
    tb_value *dy = subject_in(s, seed, tb_value_shape(y));
    if (dy && y->time >= 0)
        dy->like = y;
    tb_grad(tb_mul(y, dy), 1, &x, &dx);
    return dx;
}

/* Builds gradients and plan, writes the noise and runs; false (and a failed
   test) if anything goes wrong. */
static inline bool subject_run(subject *s, int64_t frames)
{
    tb_output want[2 * SUBJECT_MAX] = {0};
    tb_error error = {0};
    tb_value *wrt[SUBJECT_MAX] = {0};
    int n = 0;
    for (int i = 0; i < s->n_in; i++)
        wrt[i] = s->constant >> i & 1 ? NULL : s->in[i];
    tb_grad(subject_loss(s), s->n_in, wrt, s->din);
    for (int i = 0; i < s->n_out; i++)
        want[n++].value = s->out[i];
    for (int i = 0; i < s->n_in; i++)
        if (s->din[i])
            want[n++].value = s->din[i];
    s->plan = tb_plan_new(
        s->graph, n, want,
        &(tb_plan_settings){.backend = tb_backend_naive64(), .frames = frames},
        &error);
    if (!s->plan) {
        fprintf(stderr, "# %s\n", error.text);
        return OK_NAMED(0, "there is a plan");
    }
    for (int i = 0; i < s->n_in; i++)
        write_noise(tb_plan_tensor(s->plan, s->in[i]), s->in_seed[i]);
    for (int i = 0; i < s->n_out; i++)
        write_noise(tb_plan_tensor(s->plan, s->dout[i]), s->out_seed[i]);
    tb_plan_run(s->plan, 0, NULL);
    return true;
}

/* Compares with `n` golden numbers to 1e-6 of their norm. */
static inline void expect_numbers(const tb_tensor *t, const double *golden,
                                  int64_t n, const char *name)
{
    double distance = 0, norm = 0;
    bool good = t && count_of(t) == n;
    if (!good)
        fprintf(stderr, "# %s: %lld numbers, not %lld\n", name,
                t ? (long long)count_of(t) : -1LL, (long long)n);
    for (int64_t i = 0; good && i < n; i++) {
        double d = *element(t, i) - golden[i];
        distance += d * d;
        norm += golden[i] * golden[i];
    }
    good = good && distance <= 1e-12 * norm;
    if (!good)
        fprintf(stderr, "# %s: distance %g, norm %g\n", name, sqrt(distance),
                sqrt(norm));
    OK_NAMED(good, name);
}

#define subject_expect(s, value, golden, name)                                 \
    expect_numbers(tb_plan_tensor((s)->plan, value), golden,                   \
                   (int64_t)(sizeof(golden) / sizeof *(golden)), name)

/* The weighted sum of all outputs after a run. */
static inline double run_loss(const subject *s)
{
    double sum = 0;
    tb_plan_run(s->plan, 0, NULL);
    for (int i = 0; i < s->n_out; i++) {
        const tb_tensor *y = tb_plan_tensor(s->plan, s->out[i]);
        for (int64_t k = 0; k < count_of(y); k++)
            sum += *element(y, k) * noise(s->out_seed[i], k);
    }
    return sum;
}

/* The largest distance between gradient and finite differences, over at most
   some 50 elements of input i; relative to the largest of these. */
static inline double difference_of(const subject *s, int i)
{
    const tb_tensor *x = tb_plan_tensor(s->plan, s->in[i]);
    const tb_tensor *dx = tb_plan_tensor(s->plan, s->din[i]);
    int64_t n = count_of(x), step = n / 50 + 1;
    double worst = 0, largest = 1e-3, h = 1e-5;
    double *gradient = calloc((size_t)n + 1, sizeof *gradient);
    run_loss(s);
    for (int64_t k = 0; k < n; k += step)
        gradient[k] = *element(dx, k);
    for (int64_t k = 0; k < n; k += step) {
        double *at = element(x, k), before = *at;
        *at = before + h;
        double more = run_loss(s);
        *at = before - h;
        double slope = (more - run_loss(s)) / (2 * h);
        *at = before;
        double off = fabs(slope - gradient[k]);
        worst = !(off <= worst) ? off : worst;
        largest = fmax(largest, fabs(slope));
    }
    free(gradient);
    return worst / largest;
}

/* Every gradient against finite differences. */
static inline void subject_differences(const subject *s, const char *name)
{
    for (int i = 0; i < s->n_in; i++) {
        if (s->constant >> i & 1)
            continue;
        double off = s->din[i] ? difference_of(s, i) : INFINITY;
        if (!(off <= 1e-6))
            fprintf(stderr, "# input %d is off by %g\n", i, off);
        OK_NAMED(off <= 1e-6, name);
    }
}

#endif
