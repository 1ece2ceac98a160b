/* Random graphs as training sees them: gradients against finite differences
   in double, every backend against the naive one, any number of threads with
   the same bits, memory within what the plan said. */
#include "engine/grad.h"
#include "engine/op.h"
#include "engine/plan.h"
#include "random_graph.h"
#include "tap.h"
#include "tolerance.h"

#include <stdlib.h>

enum { FRAMES = 48, MOST_PARAMS = 64 };

typedef struct training {
    random_graph r;
    tb_value *loss;
    tb_value *params[MOST_PARAMS], *grads[MOST_PARAMS];
    int n_params;
} training;

/* loss = sum of sin(i) * out[i]^2-like weights: nothing cancels. */
static tb_value *loss_of(tb_value *out)
{
    unsigned all = (1u << out->rank) - 1;
    return tb_sum(tb_map(tb_map(out, TB_AFFINE, 0.7, 0.3), TB_TANH, 0, 0), all,
                  false);
}

static training training_new(uint64_t seed)
{
    training t = {.r = rg_new(seed)};
    t.loss = loss_of(t.r.values[t.r.n - 1]);
    for (tb_node *n = tb_graph_first(t.r.graph); n; n = n->next)
        if (strcmp(n->op->name, "param") == 0)
            t.params[t.n_params++] = n->out[0];
    tb_grad(t.loss, t.n_params, t.params, t.grads);
    return t;
}

static double get(const tb_tensor *t, int64_t i, size_t size)
{
    return size == sizeof(float) ? ((const float *)t->data)[i]
                                 : ((const double *)t->data)[i];
}

typedef struct result {
    double loss;
    double *grad; /* all gradients behind each other */
    int64_t n;
} result;

static void fill_input(const tb_plan *p, const tb_value *input, size_t size,
                       uint64_t seed)
{
    const tb_tensor *t = tb_plan_tensor(p, input);
    tb_rng rng = {seed, 0};
    for (int64_t b = 0; b < t->dim[0]; b++)
        for (int64_t c = 0; c < t->dim[1]; c++)
            for (int64_t j = 0; j < t->dim[2]; j++) {
                int64_t o =
                    b * t->stride[0] + c * t->stride[1] + j * t->stride[2];
                double x = (float)tb_rng_normal(&rng);
                if (size == sizeof(float))
                    ((float *)t->data)[o] = (float)x;
                else
                    ((double *)t->data)[o] = x;
            }
}

static result run(const training *t, const tb_backend *backend,
                  tb_params *params, int threads, uint64_t seed)
{
    tb_error error = {0};
    tb_output outputs[MOST_PARAMS + 1] = {{t->loss, NULL}};
    tb_value *of[MOST_PARAMS];
    int n = 1;
    result res = {
        NAN, calloc((size_t)tb_params_total(params) + 1, sizeof(double)), 0};
    for (int i = 0; i < t->n_params; i++)
        if (t->grads[i]) {
            of[n] = t->params[i];
            outputs[n++].value = t->grads[i];
        }
    tb_plan_settings set = {.backend = backend,
                            .params = params,
                            .frames = FRAMES,
                            .threads = threads};
    tb_plan *p = tb_plan_new(t->r.graph, n, outputs, &set, &error);
    if (!p) {
        fprintf(stderr, "# %s\n", error.text);
        return res;
    }
    tb_pool *pool = threads > 1 ? tb_pool_new(threads) : NULL;
    /* a first run on other sounds leaves its traces in memory */
    fill_input(p, t->r.input, backend->real_size, seed + 77);
    tb_plan_run(p, 0, pool);
    tb_plan_reset(p);
    fill_input(p, t->r.input, backend->real_size, seed);
    tb_plan_run(p, 0, pool);
    res.loss = get(tb_plan_tensor(p, t->loss), 0, backend->real_size);
    for (int i = 1; i < n; i++) {
        const tb_tensor *g = tb_plan_tensor(p, outputs[i].value);
        int64_t count = tb_elements(g, 1);
        for (int64_t k = 0; k < count; k++)
            res.grad[res.n++] = get(g, k, backend->real_size);
        (void)of;
    }
    tb_pool_free(pool);
    tb_plan_free(p);
    return res;
}

static tb_params *params_of(const training *t, const tb_backend *backend,
                            uint64_t seed)
{
    const tb_graph *g = t->r.graph;
    tb_params *p = tb_params_new(1, &g, backend->real_size, NULL);
    rg_set_params(p, seed);
    /* what float cannot hold would be a difference of its own */
    for (int i = 0; i < tb_params_count(p); i++) {
        double x[40 * 40 * 16];
        tb_params_get(p, i, x);
        for (int64_t k = 0; k < tb_params_at(p, i)->n; k++)
            x[k] = (float)x[k];
        tb_params_set(p, i, x);
    }
    return p;
}

static bool alike(const result *a, const result *b, double tolerance)
{
    double apart = 0, norm = 0;
    if (a->n != b->n)
        return false;
    for (int64_t i = 0; i < a->n; i++) {
        apart += (a->grad[i] - b->grad[i]) * (a->grad[i] - b->grad[i]);
        norm += a->grad[i] * a->grad[i];
    }
    bool good = sqrt(apart) <= tolerance * (sqrt(norm) + 1e-3) &&
                fabs(a->loss - b->loss) <= tolerance * (fabs(a->loss) + FRAMES);
    if (!good)
        fprintf(stderr, "# %g of %g apart, loss %g and %g\n", sqrt(apart),
                sqrt(norm), a->loss, b->loss);
    return good;
}

static bool same_bits(const result *a, const result *b)
{
    return a->n == b->n && a->loss == b->loss &&
           memcmp(a->grad, b->grad, sizeof(double) * (size_t)a->n) == 0;
}

/* The loss's derivative along a direction by differences of that step. */
static double slope_by_differences(const training *t, tb_params *p,
                                   const double *direction, double step,
                                   uint64_t seed)
{
    double *data = tb_params_data(p), loss[2];
    int64_t total = tb_params_total(p);
    for (int side = 0; side < 2; side++) {
        for (int64_t i = 0; i < total; i++)
            data[i] += (side ? -2 : 1) * step * direction[i];
        tb_params_touch(p);
        result r = run(t, tb_backend_naive64(), p, 1, seed);
        loss[side] = r.loss;
        free(r.grad);
    }
    for (int64_t i = 0; i < total; i++)
        data[i] += step * direction[i];
    return (loss[0] - loss[1]) / (2 * step);
}

/* The derivative along a random direction, both ways. A kink that lies within
   the larger step spoils its differences, and is left behind by the smaller. */
static bool gradient_right(const training *t, uint64_t seed)
{
    const tb_backend *backend = tb_backend_naive64();
    tb_params *p = params_of(t, backend, seed + 1);
    double slope = 0, norm = 0;
    double *direction =
        calloc((size_t)tb_params_total(p) + 1, sizeof *direction);
    tb_rng rng = {seed, 5};
    result at = run(t, backend, p, 1, seed);
    int64_t k = 0;
    for (int i = 0; i < t->n_params; i++) {
        if (!t->grads[i])
            continue;
        const tb_parameter *q =
            tb_params_at(p, tb_params_find(p, t->params[i]->node->name));
        for (int64_t j = 0; j < q->n; j++, k++) {
            direction[q->offset + j] = tb_rng_normal(&rng);
            slope += at.grad[k] * direction[q->offset + j];
            norm += fabs(at.grad[k] * direction[q->offset + j]);
        }
    }
    bool good = false;
    for (double step = 1e-5; !good && step > 1e-8; step /= 100) {
        double found = slope_by_differences(t, p, direction, step, seed);
        good = fabs(found - slope) <= TOL_DIFFERENCE * (norm + 1e-2);
        if (!good)
            fprintf(stderr, "# slope %g, differences of %g give %g\n", slope,
                    step, found);
    }
    free(at.grad);
    free(direction);
    tb_params_free(p);
    return good;
}

static void check(uint64_t seed)
{
    char name[80];
    tb_error error = {0};
    training t = training_new(seed);
    if (tb_graph_check(t.r.graph, &error))
        fprintf(stderr, "# %s\n", error.text);
    tb_params *p64 = params_of(&t, tb_backend_naive64(), seed + 1);
    tb_params *p32 = params_of(&t, tb_backend_cpu(), seed + 1);
    result a = run(&t, tb_backend_naive64(), p64, 1, seed);
    result b = run(&t, tb_backend_cpu(), p32, 1, seed);
    result c = run(&t, tb_backend_cpu(), p32, 3, seed);
    snprintf(name, sizeof name, "graph %d: gradients as differences",
             (int)seed);
    OK_NAMED(gradient_right(&t, seed), name);
    snprintf(name, sizeof name, "graph %d: float as double", (int)seed);
    OK_NAMED(alike(&a, &b, TOL_FLOAT_DEEP), name);
    snprintf(name, sizeof name, "graph %d: same bits on 3 threads", (int)seed);
    OK_NAMED(same_bits(&b, &c), name);
    free(a.grad);
    free(b.grad);
    free(c.grad);
    tb_params_free(p64);
    tb_params_free(p32);
    tb_graph_free(t.r.graph);
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t last = argc > 2 ? strtoull(argv[2], NULL, 10) : first + 80;
    for (uint64_t seed = first; seed < last; seed++)
        check(seed);
    return tap_done();
}
