/* What the witnesses share: small networks, built as instruments are, that
   show that the engine's parts work together. Weights are a formula of name
   and index, which the scripts beside the golden numbers know too, so that
   only results are stored. */
#ifndef TB_TEST_WITNESS_H
#define TB_TEST_WITNESS_H

#include "../engine/golden.h"
#include "../engine/tolerance.h"
#include "base/random.h"
#include "counted.h"
#include "engine/ops.h"
#include "engine/params.h"
#include "engine/plan.h"
#include "engine/stream.h"
#include "tap.h"

#include <stdlib.h>

/* Says what went wrong, if anything did. */
static inline bool no_error(const tb_error *error, bool good)
{
    if (!good)
        fprintf(stderr, "# %s\n", error->text);
    return good;
}

/* Element i of a parameter: weights by the root of what they sum, gains near
   1, biases small. */
static inline double weight_at(const tb_parameter *p, int64_t i)
{
    double x = noise(seed_of(p->name), i);
    size_t length = strlen(p->name);
    if (p->shape.rank > 1)
        return x / sqrt((double)(p->n / p->shape.dim[0]));
    bool gain = length > 2 && strcmp(p->name + length - 2, ".g") == 0;
    return gain ? 1 + 0.2 * x : 0.2 * x;
}

/* A store for two graphs (or one twice) with its weights. */
static inline tb_params *witness_params(const tb_graph *a, const tb_graph *b,
                                        const tb_backend *backend)
{
    const tb_graph *graphs[] = {a, b};
    tb_error error = {0};
    tb_params *p = tb_params_new(2, graphs, backend->real_size, &error);
    no_error(&error, p != NULL);
    for (int i = 0; p && i < tb_params_count(p); i++) {
        const tb_parameter *q = tb_params_at(p, i);
        double *x = calloc((size_t)q->n, sizeof *x);
        for (int64_t k = 0; k < q->n; k++)
            x[k] = weight_at(q, k);
        tb_params_set(p, i, x);
        free(x);
    }
    return p;
}

/* One real of float or double. */
static inline double real_at(const void *data, int64_t i, size_t size)
{
    return size == sizeof(float) ? ((const float *)data)[i]
                                 : ((const double *)data)[i];
}

static inline void set_real(void *data, int64_t i, double x, size_t size)
{
    if (size == sizeof(float))
        ((float *)data)[i] = (float)x;
    else
        ((double *)data)[i] = x;
}

/* Where element i in logical order lies, seen from data. */
static inline int64_t place_of(const tb_tensor *t, int64_t i)
{
    int64_t at = 0;
    for (int k = t->rank - 1; k >= 0; k--) {
        at += i % t->dim[k] * t->stride[k];
        i /= t->dim[k];
    }
    return at;
}

/* What stands in for many numbers: their norm, sums of them times noise, and a
   few of them, as the scripts' `summary` makes it. */
enum { SUMMARY_SIGNS = 3, SUMMARY_ELEMENTS = 6 };

typedef struct golden_summary {
    const char *name;
    double x[1 + SUMMARY_SIGNS + SUMMARY_ELEMENTS];
} golden_summary;

static inline golden_summary summary_of(const char *name, const double *x,
                                        int64_t n)
{
    golden_summary s = {.name = name};
    for (int64_t i = 0; i < n; i++) {
        s.x[0] += x[i] * x[i];
        for (int k = 1; k <= SUMMARY_SIGNS; k++)
            s.x[k] += x[i] * noise(seed_of(name) + k, i);
    }
    s.x[0] = sqrt(s.x[0]);
    for (int k = 0; k < SUMMARY_ELEMENTS; k++)
        s.x[1 + SUMMARY_SIGNS + k] =
            x[(2 * k + 1) * n / (2 * SUMMARY_ELEMENTS)];
    return s;
}

/* How near results of a precision come, relative to their norm. */
static inline double tolerance_of(size_t real_size)
{
    return real_size == sizeof(double) ? TOL_GOLDEN : TOL_FLOAT_DEEP;
}

/* Compares with what the table holds under that name. */
static inline void expect_summary(const char *name, const double *x, int64_t n,
                                  double tolerance, const golden_summary *table,
                                  const char *what)
{
    char text[128];
    golden_summary s = summary_of(name, x, n);
    double worst = 0;
    while (table->name && strcmp(table->name, name) != 0)
        table++;
    for (size_t k = 0; k < sizeof s.x / sizeof *s.x; k++) {
        double off = fabs(s.x[k] - table->x[k]) / table->x[0];
        worst = off <= worst ? worst : off;
    }
    snprintf(text, sizeof text, "%s of %s is PyTorch's%s", what, name,
             tolerance <= TOL_GOLDEN ? "" : ", nearly");
    if (!OK_NAMED(table->name && worst <= tolerance, text))
        fprintf(stderr, "# off by %g of its norm\n", worst);
}

/* The numbers of a tensor in logical order, as doubles; the caller frees. */
static inline double *numbers_of(const tb_tensor *t, size_t size)
{
    int64_t n = t ? count_of(t) : 0;
    double *x = calloc((size_t)n + 1, sizeof *x);
    for (int64_t i = 0; i < n; i++)
        x[i] = real_at(t->data, place_of(t, i), size);
    return x;
}

static inline void expect_tensor(const char *name, const tb_tensor *t,
                                 size_t real_size, const golden_summary *table,
                                 const char *what)
{
    double *x = numbers_of(t, real_size);
    expect_summary(name, x, t ? count_of(t) : 0, tolerance_of(real_size), table,
                   what);
    free(x);
}

/* Runs on one thread, each of which must neither allocate nor lock. */
static int counted_in_runs;

static inline void run_plan(tb_plan *p, uint64_t seed)
{
    int before = counted;
    tb_plan_run(p, seed, NULL);
    counted_in_runs += counted - before;
}

static inline void run_stream(tb_stream *s, int64_t n)
{
    int before = counted;
    tb_stream_run(s, n);
    counted_in_runs += counted - before;
}

/* Ends a witness: plans were made, which shows that counting works, and no run
   allocated or locked. */
static inline int witness_done(void)
{
    OK_NAMED(counted > 0, "allocations are counted");
    EQ(counted_in_runs, 0);
    return tap_done();
}

/* Noise into a tensor of either precision. */
static inline void fill_noise(const tb_tensor *t, int seed, size_t size)
{
    for (int64_t i = 0; t && i < count_of(t); i++)
        set_real(t->data, place_of(t, i), noise(seed, i), size);
}

#endif
