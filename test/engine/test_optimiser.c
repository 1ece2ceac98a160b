/* Optimisers and learning rates against PyTorch. */
#include "engine/optimiser.h"

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

static void step(tb_optimiser *o, float *p, float *g, const bool *active,
                 double rate, tb_pool *pool)
{
    double norm = tb_optimiser_norm(o, g, active, pool);
    tb_optimiser_step(o, p, g, active, norm, rate, pool);
}

static void check(const char *name, tb_optimiser_settings settings,
                  const double *weights, const double *average)
{
    float p[N], g[N];
    for (int i = 0; i < N; i++)
        p[i] = noise(0, i);
    settings.average = 0.5;
    tb_optimiser *o =
        tb_optimiser_new(&settings, &(tb_weight_range){0, N}, 1, p, NULL);
    for (int k = 0; k < STEPS; k++) {
        for (int i = 0; i < N; i++)
            g[i] = 3 * noise(k + 1, i);
        step(o, p, g, NULL, 0.01 * (1 + k), NULL);
    }
    expect(name, p, weights);
    tb_optimiser_swap_average(o, p);
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
        step(o, p, g, NULL, 0.01, pool);
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
    tb_optimiser *a =
        tb_optimiser_new(&s, &(tb_weight_range){0, MANY}, 1, one, NULL);
    tb_optimiser *b =
        tb_optimiser_new(&s, &(tb_weight_range){0, MANY}, 1, two, NULL);
    many_steps(1, 0, 5, one, a);
    many_steps(3, 0, 3, two, b);

    tb_optimiser *c =
        tb_optimiser_new(&s, &(tb_weight_range){0, MANY}, 1, two, NULL);
    tb_optimiser_block from[TB_OPTIMISER_BLOCKS], to[TB_OPTIMISER_BLOCKS];
    EQ(tb_optimiser_blocks(b, from), 3);
    EQ(tb_optimiser_blocks(c, to), 3);
    for (int i = 0; i < 3; i++)
        memcpy(to[i].data, from[i].data, MANY * sizeof(float));
    tb_optimiser_set_steps(c, tb_optimiser_steps(b));
    many_steps(2, 3, 5, two, c);

    OK(memcmp(one, two, MANY * sizeof *one) == 0);
    tb_optimiser_swap_average(a, one);
    tb_optimiser_swap_average(c, two);
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
    tb_optimiser *a = tb_optimiser_new(&s, ranges, 2, both, NULL);
    tb_optimiser *b = tb_optimiser_new(&s, &alone, 1, one, NULL);
    EQ(tb_optimiser_weights(a), 19);
    for (int k = 0; k < STEPS; k++) {
        bool active[] = {k < 2, true};
        float held = both[3];
        for (int i = 0; i < N; i++)
            g[i] = noise(k + 1, i);
        step(b, one, g, NULL, 0.01, NULL);
        step(a, both, g, active, 0.01, NULL);
        OK((both[3] != held) == (k < 2));
    }
    OK(memcmp(both + 9, one + 9, 12 * sizeof *one) == 0);
    OK(memcmp(both + 7, start + 7, 2 * sizeof *one) == 0);
    OK(memcmp(both + 21, start + 21, (N - 21) * sizeof *one) == 0);
    tb_optimiser_free(a);
    tb_optimiser_free(b);
}

static void test_not_a_number(void)
{
    tb_optimiser_settings s = {TB_OPTIMISER_ADAM, 0.9, 0.999, 1e-8, 0, 0, 1, 0};
    float p[N], before[N], g[N] = {1};
    for (int i = 0; i < N; i++)
        before[i] = p[i] = noise(0, i);
    tb_optimiser *o =
        tb_optimiser_new(&s, &(tb_weight_range){0, N}, 1, p, NULL);
    g[20] = NAN;
    OK(isnan(tb_optimiser_norm(o, g, NULL, NULL)));
    OK_NAMED(memcmp(p, before, sizeof p) == 0, "the weights are untouched");
    EQ(tb_optimiser_steps(o), 0);
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
