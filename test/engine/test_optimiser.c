/* Optimisers and learning rates against PyTorch. */
#include "engine/optimiser.h"

#include "engine/backend.h"
#include "engine/rate_schedule.h"
#include "golden/optimiser.h"
#include "tap.h"

#include <stdlib.h>

enum { N = 37, STEPS = 10, MANY = 100003 };

/* Number i of the noise of a seed: uniform in [-1, 1). */
static float noise(int seed, int64_t i)
{
    uint32_t u = (uint32_t)i * 2654435761u + (uint32_t)seed * 40503u + 12345u;
    u = (u ^ u >> 15) * 2246822519u;
    u = (u ^ u >> 13) * 3266489917u;
    return (float)((u ^ u >> 16) / 2147483648.0 - 1);
}

static void expect(const char *name, const float *x, const double *golden)
{
    double worst = 0;
    for (int i = 0; i < N; i++) {
        double off = fabs(x[i] - golden[i]);
        worst = off <= worst ? worst : off;
    }
    if (!(worst <= 2e-6))
        fprintf(stderr, "# %s: %g\n", name, worst);
    OK_NAMED(worst <= 2e-6, name);
}

/* ---- where optimisers work ---- */

static const tb_storage *storage(void)
{
    return tb_backend_cpu()->storage;
}

/* Numbers in that memory, which the caller gives back. */
static void *there(const void *from, size_t bytes)
{
    void *memory = storage()->alloc(bytes);
    storage()->write(memory, from, bytes);
    return memory;
}

static tb_optimiser *optimiser(const tb_optimiser_settings *settings,
                               const tb_weight_range *ranges, int count,
                               const float *p)
{
    int64_t n = 0;
    for (int i = 0; i < count; i++)
        n = ranges[i].from + ranges[i].count;
    float *weights = there(p, (size_t)n * sizeof *p);
    tb_optimiser *o =
        tb_optimiser_new(settings, ranges, count, storage(), weights, NULL);
    storage()->free(weights);
    return o;
}

/* One of `n` weights beside a loss; returns the norm. */
static double guarded_step(tb_optimiser *o, int n, float *p, float *g,
                           const bool *active, double rate, float loss,
                           tb_pool *pool)
{
    double norm = 0;
    size_t bytes = (size_t)n * sizeof *p;
    float *weights = there(p, bytes), *gradients = there(g, bytes);
    float *losses = there(&loss, sizeof loss);
    double *norms = there(&norm, sizeof norm);
    const tb_step_guard guard = {losses, 1, norms, 1};
    tb_optimiser_norm(o, gradients, active, norms, pool);
    tb_optimiser_step(o, weights, gradients, active, norms, rate, &guard, pool);
    storage()->read(p, weights, bytes);
    storage()->read(&norm, norms, sizeof norm);
    storage()->free(weights);
    storage()->free(gradients);
    storage()->free(losses);
    storage()->free(norms);
    return norm;
}

static void step(tb_optimiser *o, int n, float *p, float *g, const bool *active,
                 double rate, tb_pool *pool)
{
    guarded_step(o, n, p, g, active, rate, 1, pool);
}

static void swap_average(tb_optimiser *o, int n, float *p)
{
    float *weights = there(p, (size_t)n * sizeof *p);
    tb_optimiser_swap_average(o, weights);
    storage()->read(p, weights, (size_t)n * sizeof *p);
    storage()->free(weights);
}

/* ---- against PyTorch ---- */

static void check(const char *name, tb_optimiser_settings settings,
                  const double *weights, const double *average)
{
    float p[N], g[N];
    for (int i = 0; i < N; i++)
        p[i] = noise(0, i);
    settings.average = 0.5;
    tb_optimiser *o = optimiser(&settings, &(tb_weight_range){0, N}, 1, p);
    for (int k = 0; k < STEPS; k++) {
        for (int i = 0; i < N; i++)
            g[i] = 3 * noise(k + 1, i);
        step(o, N, p, g, NULL, 0.01 * (1 + k), NULL);
    }
    expect(name, p, weights);
    swap_average(o, N, p);
    expect("its average", p, average);
    EQ(tb_optimiser_steps(o), STEPS);
    tb_optimiser_free(o);
}

static void test_optimisers(void)
{
    tb_optimiser_settings a = {TB_OPTIMISER_ADAM, 0.9, 0.95, 1e-6, 0, 0, 0, 0};
    check("adam", a, adam, adam_average);
    a.decay = 0.1;
    check("adam with decay", a, adam_decay, adam_decay_average);
    a.kind = TB_OPTIMISER_ADAMW;
    check("adamw", a, adamw, adamw_average);
    a.clip = 0.5;
    check("adamw, clipped", a, adamw_clip, adamw_clip_average);
    tb_optimiser_settings s = {.kind = TB_OPTIMISER_SGD};
    check("sgd", s, sgd, sgd_average);
    s.clip = 0.5;
    check("sgd, clipped", s, sgd_clip, sgd_clip_average);
    s = (tb_optimiser_settings){
        .kind = TB_OPTIMISER_SGD, .momentum = 0.8, .decay = 0.1};
    check("sgd with momentum and decay", s, sgd_decay, sgd_decay_average);
}

static void check_rates(const char *name, tb_rate_schedule s, int steps,
                        const double *golden)
{
    double worst = 0;
    for (int k = 0; k < steps; k++) {
        double off = fabs(tb_schedule_rate(&s, k) - golden[k]);
        worst = off <= worst ? worst : off;
    }
    OK_NAMED(worst <= 1e-10, name);
}

static void test_schedules(void)
{
    tb_rate_schedule s = {TB_SCHEDULE_LINEAR, 0.01, 0.1, 0.3, 25, 100, 12};
    check_rates("linear", s, 16, linear);
    s.kind = TB_SCHEDULE_COSINE;
    check_rates("cosine", s, 13, cosine);
    NEAR(tb_schedule_rate(&s, 1000), 0.001, 1e-10);
    s.kind = TB_SCHEDULE_ONE_CYCLE;
    s.steps = 13;
    check_rates("one-cycle", s, 13, one_cycle);
    NEAR(tb_schedule_rate(&s, 1000), one_cycle[12], 1e-10);
    s.rise = 0;
    s.div = 3;
    s.end = 1;
    check_rates("one-cycle, downwards only", s, 13, one_cycle_down);
    s.kind = TB_SCHEDULE_CONSTANT;
    NEAR(tb_schedule_rate(&s, 7), 0.01, 0);
    s = (tb_rate_schedule){TB_SCHEDULE_ONE_CYCLE, 0.01, 0, 0.5, 25, 100, 1};
    OK(isfinite(tb_schedule_rate(&s, 0)));
}

static void many_steps(int threads, int from, int to, float *p, tb_optimiser *o)
{
    tb_pool *pool = tb_pool_new(threads);
    float *g = malloc(MANY * sizeof *g);
    for (int k = from; k < to; k++) {
        for (int i = 0; i < MANY; i++)
            g[i] = noise(k, i);
        step(o, MANY, p, g, NULL, 0.01, pool);
    }
    free(g);
    tb_pool_free(pool);
}

static float *fresh(int n)
{
    float *p = malloc((size_t)n * sizeof *p);
    for (int i = 0; i < n; i++)
        p[i] = noise(1000, i);
    return p;
}

/* Threads do not change a bit, nor does saving and going on. */
static void test_bits(void)
{
    tb_optimiser_settings s = {
        TB_OPTIMISER_ADAMW, 0.9, 0.999, 1e-8, 0, 0.01, 1, 0.99};
    float *one = fresh(MANY), *two = fresh(MANY);
    tb_optimiser *a = optimiser(&s, &(tb_weight_range){0, MANY}, 1, one);
    tb_optimiser *b = optimiser(&s, &(tb_weight_range){0, MANY}, 1, two);
    many_steps(1, 0, 5, one, a);
    many_steps(3, 0, 3, two, b);

    tb_optimiser *c = optimiser(&s, &(tb_weight_range){0, MANY}, 1, two);
    tb_optimiser_block from[TB_OPTIMISER_BLOCKS], to[TB_OPTIMISER_BLOCKS];
    EQ(tb_optimiser_blocks(b, from), 3);
    EQ(tb_optimiser_blocks(c, to), 3);
    for (int i = 0; i < 3; i++)
        storage()->move(to[i].data, from[i].data, MANY * sizeof(float));
    tb_optimiser_set_steps(c, tb_optimiser_steps(b));
    many_steps(2, 3, 5, two, c);

    OK(memcmp(one, two, MANY * sizeof *one) == 0);
    swap_average(a, MANY, one);
    swap_average(c, MANY, two);
    OK(memcmp(one, two, MANY * sizeof *one) == 0);
    tb_optimiser_free(a);
    tb_optimiser_free(b);
    tb_optimiser_free(c);
    free(one);
    free(two);
}

/* Two ranges of a block: each moves as it would alone, one that is not active
   keeps weights and moments, and what lies between is never touched. */
static void test_ranges(void)
{
    tb_optimiser_settings s = {TB_OPTIMISER_ADAM, 0.9, 0.95, 1e-6, 0, 0, 0, 0};
    const tb_weight_range ranges[] = {{0, 7}, {9, 12}}, alone = {9, 12};
    float both[N], one[N], start[N], g[N];
    for (int i = 0; i < N; i++)
        both[i] = one[i] = start[i] = noise(0, i);
    tb_optimiser *a = optimiser(&s, ranges, 2, both);
    tb_optimiser *b = optimiser(&s, &alone, 1, one);
    EQ(tb_optimiser_weights(a), 19);
    for (int k = 0; k < STEPS; k++) {
        bool active[] = {k < 2, true};
        float held = both[3];
        for (int i = 0; i < N; i++)
            g[i] = noise(k + 1, i);
        step(b, N, one, g, NULL, 0.01, NULL);
        step(a, N, both, g, active, 0.01, NULL);
        OK((both[3] != held) == (k < 2));
    }
    OK(memcmp(both + 9, one + 9, 12 * sizeof *one) == 0);
    OK(memcmp(both + 7, start + 7, 2 * sizeof *one) == 0);
    OK(memcmp(both + 21, start + 21, (N - 21) * sizeof *one) == 0);
    tb_optimiser_free(a);
    tb_optimiser_free(b);
}

static bool same_blocks(tb_optimiser *a, tb_optimiser *b)
{
    tb_optimiser_block x[TB_OPTIMISER_BLOCKS], y[TB_OPTIMISER_BLOCKS];
    int n = tb_optimiser_blocks(a, x);
    bool same = n == tb_optimiser_blocks(b, y);
    for (int i = 0; same && i < n; i++) {
        float p[N], q[N];
        storage()->read(p, x[i].data, sizeof p);
        storage()->read(q, y[i].data, sizeof q);
        same = memcmp(p, q, sizeof p) == 0;
    }
    return same;
}

/* A gradient or a loss that is not a number changes nothing, and after the
   steps are counted back all goes on as if it had not been. */
static void test_not_a_number(void)
{
    tb_optimiser_settings s = {
        TB_OPTIMISER_ADAM, 0.9, 0.999, 1e-8, 0, 0, 1, 0.9};
    float p[N], other[N], before[N], g[N], bad[N];
    for (int i = 0; i < N; i++)
        other[i] = p[i] = noise(0, i);
    tb_optimiser *o = optimiser(&s, &(tb_weight_range){0, N}, 1, p);
    tb_optimiser *same = optimiser(&s, &(tb_weight_range){0, N}, 1, p);
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < N; i++)
            bad[i] = g[i] = noise(k + 1, i);
        if (k % 2)
            bad[20] = NAN;
        memcpy(before, p, sizeof p);
        double norm =
            guarded_step(o, N, p, bad, NULL, 0.01, k % 2 ? 1 : -INFINITY, NULL);
        OK(isnan(norm) == (k % 2 == 1));
        OK_NAMED(memcmp(p, before, sizeof p) == 0 && same_blocks(o, same),
                 "weights, moments and average are untouched");
        EQ(tb_optimiser_steps(o), k + 1);
        tb_optimiser_set_steps(o, k);
        step(o, N, p, memcpy(bad, g, sizeof g), NULL, 0.01, NULL);
        step(same, N, other, g, NULL, 0.01, NULL);
        OK(memcmp(p, other, sizeof p) == 0);
    }
    tb_optimiser_free(o);
    tb_optimiser_free(same);
    s.average = 0;
    o = optimiser(&s, &(tb_weight_range){0, N}, 1, p);
    OK(!tb_optimiser_has_average(o));
    tb_optimiser_free(o);
    tb_optimiser_free(NULL);
}

int main(void)
{
    test_optimisers();
    test_schedules();
    test_bits();
    test_ranges();
    test_not_a_number();
    return tap_done();
}
