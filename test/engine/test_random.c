#include "base/random.h"

#include "check.h"
#include "engine/ops/random.h"

enum { FRAMES = 6, SEED = 1234 };

static tb_plan *plan_of(tb_graph *g, int n, tb_value *const *y, bool training,
                        int64_t frames)
{
    tb_error error = {0};
    tb_output want[3] = {0};
    tb_plan_settings settings = {.backend = tb_backend_naive64(),
                                 .frames = frames,
                                 .training = training};
    for (int i = 0; i < n; i++)
        want[i].value = y[i];
    tb_plan *p = tb_plan_new(g, n, want, &settings, &error);
    if (!OK(p != NULL))
        fprintf(stderr, "# %s\n", error.text);
    return p;
}

/* Which elements stay is a function of node, frame, row and channel; the
   gradient meets the same zeros. x is [rows, channels, frames]. */
static void check_dropout(bool training)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, 3, TB_FRAMES)), *dx;
    tb_value *y = tb_dropout(x, 0.25), *out[2] = {y};
    int node = y->node->id;
    tb_grad(tb_sum(y, TB_ALL_AXES, false), 1, &x, &dx);
    out[1] = dx;
    tb_plan *p = plan_of(g, 2, out, training, FRAMES);
    if (p) {
        write_noise(tb_plan_tensor(p, x), 1);
        tb_plan_run(p, SEED, NULL);
        for (int64_t k = 0; k < 2 * 3 * FRAMES; k++) {
            int64_t frame = k % FRAMES, row = k / FRAMES / 3;
            float u = tb_uniform(SEED, (uint32_t)node, frame, (uint32_t)row,
                                 (uint32_t)(k / FRAMES % 3));
            double scale = !training ? 1 : u >= 0.25f ? 1 / 0.75 : 0;
            NEAR(*element(tb_plan_tensor(p, y), k), noise(1, k) * scale, 1e-15);
            NEAR(*element(tb_plan_tensor(p, dx), k), scale, 1e-15);
        }
    }
    tb_plan_free(p);
    tb_graph_free(g);
}

/* p = 1 leaves nothing, p = 0 everything. */
static void check_extremes(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(5));
    OK(tb_dropout(x, 0) == x);
    tb_value *y = tb_dropout(x, 1);
    tb_plan *p = plan_of(g, 1, &y, true, 1);
    if (p) {
        write_noise(tb_plan_tensor(p, x), 1);
        tb_plan_run(p, SEED, NULL);
        for (int64_t k = 0; k < 5; k++)
            EQ(*element(tb_plan_tensor(p, y), k) == 0, 1);
    }
    tb_plan_free(p);
    OK(!tb_dropout(x, 1.5));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

static void check_noise(tb_noise_kind kind)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(1, TB_FRAMES));
    tb_value *y[] = {tb_noise(x, kind, tb_dims(2, TB_FRAMES, 3)),
                     tb_noise(x, kind, tb_dims(4))};
    tb_plan *p = plan_of(g, 2, y, false, FRAMES);
    for (int64_t k = 0; p && k < 2 * FRAMES * 3; k++) {
        if (k == 0)
            tb_plan_run(p, SEED, NULL);
        uint32_t node = (uint32_t)y[0]->node->id, row = k >= FRAMES * 3;
        int64_t frame = k / 3 % FRAMES;
        uint32_t ch = (uint32_t)(k % 3);
        NEAR(*element(tb_plan_tensor(p, y[0]), k),
             kind == TB_NORMAL_NOISE ? tb_normal(SEED, node, frame, row, ch)
                                     : tb_uniform(SEED, node, frame, row, ch),
             0);
    }
    for (int64_t k = 0; p && k < 4; k++) {
        uint32_t node = (uint32_t)y[1]->node->id, row = (uint32_t)k;
        NEAR(*element(tb_plan_tensor(p, y[1]), k),
             kind == TB_NORMAL_NOISE ? tb_normal(SEED, node, 0, row, 0)
                                     : tb_uniform(SEED, node, 0, row, 0),
             0);
    }
    tb_plan_free(p);
    tb_graph_free(g);
}

/* ---- sampling ---- */

enum { Q = 6, DRAWS = 4000 };

/* Logits, the same in every frame, are logarithms of these. */
static const double weights[2][Q] = {{0.1, 0.3, 0, 0.3, 0.2, 0.1},
                                     {0.05, 0.05, 0.5, 0.1, 0.3, 0}};

typedef struct sampler {
    tb_graph *graph;
    tb_plan *plan;
    tb_value *logits, *temperature, *top_k, *top_p, *y;
} sampler;

/* Two rows, each with controls of its own. */
static sampler sampler_new(int64_t frames)
{
    sampler s = {tb_graph_new(), NULL, NULL, NULL, NULL, NULL, NULL};
    tb_graph *g = s.graph;
    s.logits = tb_input(g, "logits", TB_REAL, tb_dims(2, TB_FRAMES, Q));
    s.temperature = tb_input(g, "temperature", TB_REAL, tb_dims(2));
    s.top_k = tb_input(g, "top k", TB_I64, tb_dims(2));
    s.top_p = tb_input(g, "top p", TB_REAL, tb_dims(2));
    s.y = tb_sample(s.logits, s.temperature, s.top_k, s.top_p);
    s.plan = plan_of(g, 1, &s.y, false, frames);
    for (int64_t k = 0; s.plan && k < 2 * frames * Q; k++)
        *element(tb_plan_tensor(s.plan, s.logits), k) =
            log(weights[k / Q / frames][k % Q]);
    return s;
}

static void sampler_free(sampler *s)
{
    tb_plan_free(s->plan);
    tb_graph_free(s->graph);
}

static int64_t *index_at(const sampler *s, int64_t k)
{
    return (int64_t *)tb_plan_tensor(s->plan, s->y)->data + k;
}

static void set(const sampler *s, int row, double temperature, int64_t top_k,
                double top_p)
{
    ((double *)tb_plan_tensor(s->plan, s->temperature)->data)[row] =
        temperature;
    ((int64_t *)tb_plan_tensor(s->plan, s->top_k)->data)[row] = top_k;
    ((double *)tb_plan_tensor(s->plan, s->top_p)->data)[row] = top_p;
}

/* Counts of one row come within five deviations of what they should be; what
   has no probability never comes. */
static void expect_shares(const sampler *s, int row, const double *share)
{
    int count[Q] = {0};
    for (int64_t t = 0; t < DRAWS; t++) {
        int64_t i = *index_at(s, row * DRAWS + t);
        if (!(i >= 0 && i < Q)) {
            EQ(i, -1);
            return;
        }
        count[i]++;
    }
    for (int q = 0; q < Q; q++) {
        double mean = DRAWS * share[q];
        NEAR(count[q], mean, 5 * sqrt(mean * (1 - share[q])));
    }
}

static void check_shares(void)
{
    sampler s = sampler_new(DRAWS);
    if (s.plan) {
        set(&s, 0, 1, 0, 0);
        set(&s, 1, 1, 2, 0);
        tb_plan_run(s.plan, SEED, NULL);
        expect_shares(&s, 0, weights[0]);
        expect_shares(&s, 1, (double[]){0, 0, 0.625, 0, 0.375, 0});
        set(&s, 0, 1, 1, 0); /* of two equals the first */
        set(&s, 1, 1, 0, 0.85);
        tb_plan_run(s.plan, SEED, NULL);
        expect_shares(&s, 0, (double[]){0, 1, 0, 0, 0, 0});
        expect_shares(&s, 1, (double[]){0, 0, 5 / 9.0, 1 / 9.0, 3 / 9.0, 0});
        set(&s, 0, 0, 0, 0); /* the largest */
        set(&s, 1, 0.5, 4, 0.8);
        tb_plan_run(s.plan, SEED, NULL);
        expect_shares(&s, 0, (double[]){0, 1, 0, 0, 0, 0});
        expect_shares(&s, 1, (double[]){0, 0, 25 / 34.0, 0, 9 / 34.0, 0});
    }
    sampler_free(&s);
}

/* The luck of a draw is the same alone and among other nodes, and another than
   that of the draw before it. */
static void check_chance(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *one = tb_fill(g, tb_dims(2), 1), *all = tb_cast(one, TB_I64);
    tb_value *x = tb_fill(g, tb_dims(2, 5), 1);
    tb_value *first = tb_sample(tb_add(tb_add(x, x), x), one, all, one);
    tb_value *second = tb_sample(x, one, all, one);
    sampler s = sampler_new(50);
    uint32_t alone = TB_ATTR(tb_sample_attr, s.y->node)->chance;
    EQ(TB_ATTR(tb_sample_attr, first->node)->chance, alone);
    OK(first->node->id != s.y->node->id);
    OK(TB_ATTR(tb_sample_attr, second->node)->chance != alone);
    sampler_free(&s);
    tb_graph_free(g);
}

/* One uniform number through the inverse of the cumulated weights. */
static void check_inverse(void)
{
    sampler s = sampler_new(50);
    if (s.plan) {
        set(&s, 0, 1, 0, 1);
        set(&s, 1, 1, 100, 0);
        tb_plan_run(s.plan, SEED, NULL);
        for (int64_t k = 0; k < 100; k++) {
            uint32_t chance = TB_ATTR(tb_sample_attr, s.y->node)->chance;
            double u =
                0x1p-32 * tb_random_bits(SEED, chance, k % 50, k >= 50, 0);
            int q = 0;
            for (double sum = weights[k / 50][0]; sum <= u; q++)
                sum += weights[k / 50][q + 1];
            EQ(*index_at(&s, k), q);
        }
    }
    sampler_free(&s);
}

/* Logits that are no numbers, or infinite, still give an index. */
static void check_strange_logits(void)
{
    sampler s = sampler_new(2);
    double nothing[Q], one[Q];
    for (int q = 0; q < Q; q++) {
        nothing[q] = NAN;
        one[q] = q == 4 ? INFINITY : -q;
    }
    for (int cold = 0; s.plan && cold < 2; cold++) {
        double *x = tb_plan_tensor(s.plan, s.logits)->data;
        memcpy(x, nothing, sizeof nothing);
        memcpy(x + Q, one, sizeof one);
        set(&s, 0, 1 - cold, 3, 0.9);
        set(&s, 1, 1e-30, 0, 0);
        tb_plan_run(s.plan, SEED, NULL);
        OK(*index_at(&s, 0) >= 0 && *index_at(&s, 0) < Q);
        EQ(*index_at(&s, 1), 4);
        EQ(*index_at(&s, 2), 2);
        EQ(*index_at(&s, 3), 2);
    }
    sampler_free(&s);
}

/* Blocks and threads aside: the same seed gives the same indices. */
static void check_repeats(void)
{
    sampler s = sampler_new(100);
    int64_t first[200];
    int same = 0, other = 0;
    if (s.plan) {
        set(&s, 0, 1, 0, 0);
        set(&s, 1, 1, 0, 0);
        tb_plan_run(s.plan, SEED, NULL);
        memcpy(first, index_at(&s, 0), sizeof first);
        tb_plan_run(s.plan, SEED, NULL);
        for (int64_t k = 0; k < 200; k++)
            same += *index_at(&s, k) == first[k];
        tb_plan_run(s.plan, SEED + 1, NULL);
        for (int64_t k = 0; k < 200; k++)
            other += *index_at(&s, k) == first[k];
    }
    EQ(same, 200);
    OK(other < 120);
    sampler_free(&s);
}

/* Random numbers do not know where blocks begin. */
static void check_streams(void)
{
    for (int64_t block = 1; block <= 7; block += 3) {
        subject s = subject_new();
        tb_value *x = subject_in(&s, 1, tb_dims(2, TB_FRAMES, Q));
        tb_value *one = tb_fill(s.graph, tb_dims(2), 1);
        tb_value *off = tb_fill(s.graph, tb_dims(2), 0);
        tb_value *k = tb_fill(s.graph, tb_dims_of(0, NULL), 4);
        tb_value *late = tb_pad(tb_scale(x, 2), 1, 1, 0);
        tb_value *drawn = tb_cast(tb_sample(late, one, k, off), TB_REAL);
        tb_value *noisy =
            tb_noise(tb_repeat(x, 2), TB_NORMAL_NOISE, tb_dims(2, TB_FRAMES));
        OK(streams_like_offline(&s, drawn, 20, block));
        OK(streams_like_offline(&s, noisy, 20, block));
        subject_free(&s);
    }
}

static void check_refusals(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, TB_FRAMES, Q));
    tb_value *one = tb_fill(g, tb_dims(2), 1);
    OK(!tb_sample(x, one, one, NULL) && !tb_dropout(NULL, 0.5));
    OK(tb_graph_check(g, NULL) == TB_OK);
    OK(tb_sample(x, one, tb_fill(g, tb_dims_of(0, NULL), 1), one) != NULL);
    OK(!tb_sample(x, tb_fill(g, tb_dims(3), 1), one, one));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

int main(void)
{
    check_dropout(false);
    check_dropout(true);
    check_extremes();
    check_noise(TB_UNIFORM_NOISE);
    check_noise(TB_NORMAL_NOISE);
    check_shares();
    check_inverse();
    check_chance();
    check_strange_logits();
    check_repeats();
    check_streams();
    check_refusals();
    return tap_done();
}
