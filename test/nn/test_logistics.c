/* Mixtures of logistic distributions: what they say of a level, with all
   slopes, against PyTorch and finite differences, and what is drawn from them
   against the masses. */
#include "../engine/check.h"
#include "../engine/numbers.h"
#include "engine/ops/random.h"
#include "golden/logistics.h"
#include "nn/distribution.h"

/* ---- what they say ---- */

/* Noise in [-1, 1) as one of q levels. */
static tb_value *level_of(tb_value *x, int q)
{
    return tb_cast(
        tb_map(tb_map(x, TB_AFFINE, q / 2.0, q / 2.0), TB_FLOOR, 0, 0), TB_I64);
}

static tb_distribution spread(tb_value *const *in, double mean, double wide,
                              double scale, int levels)
{
    return tb_logistics_distribution(tb_scale(in[0], 2), tb_scale(in[1], mean),
                                     tb_map(in[2], TB_AFFINE, scale, wide),
                                     levels);
}

static tb_value *few(tb_value *const *in, const void *how)
{
    (void)how;
    tb_distribution d = spread(in, 3, 0, 1, 4);
    return tb_distribution_nats(&d, level_of(in[3], 4));
}

static tb_value *many(tb_value *const *in, const void *how)
{
    (void)how;
    tb_distribution d = spread(in, 3e4, 8, 3, 65536);
    return tb_distribution_nats(&d, level_of(in[3], 65536));
}

static tb_value *far(tb_value *const *in, const void *how)
{
    (void)how;
    tb_distribution d = spread(in, 3e4, 0, 1, 65536);
    return tb_distribution_nats(&d, level_of(in[3], 65536));
}

static tb_value *between(tb_value *const *in, const void *how)
{
    (void)how;
    tb_distribution d =
        tb_logistics_distribution(in[0], tb_scale(in[1], 3), in[2], 100);
    tb_value *low = tb_scale(in[3], 5);
    return tb_logistics_nats_between(&d, low, tb_map(low, TB_AFFINE, 1, 1.5));
}

static tb_value *mixed(tb_value *const *in, const void *how)
{
    static const double w[] = {0.25, 0.75, 0.25, 0.75};
    tb_distribution d[2];
    (void)how;
    for (int i = 0; i < 2; i++)
        d[i] = tb_logistics_distribution(
            tb_scale(in[0], i ? -1 : 1), tb_scale(in[1], 4),
            tb_map(in[2], TB_AFFINE, 1, i ? -1 : 1), 9);
    tb_distribution m =
        tb_distribution_mix(2, d, tb_constant(in[0]->graph, tb_dims(2, 2), w));
    return tb_distribution_nats(&m, level_of(in[3], 9));
}

#define F TB_FRAMES
#define CASE(name, build)                                                      \
    {                                                                          \
        name, build, NULL,                                                     \
            {{3, {2, F, 3}}, {3, {2, F, 3}}, {3, {2, F, 3}}, {2, {2, F}}}, 5,  \
            CHECK_INDEX                                                        \
    }

static const check_case cases[] = {
    CASE("few levels", few), CASE("many levels", many), CASE("far out", far),
    CASE("between", between), CASE("mixed", mixed)};

/* ---- one distribution at all levels ---- */

enum { ROWS = 2, K = 3, LEVELS = 21, MANY = 20000 };

typedef struct known {
    tb_value *in[3];
    double x[3][ROWS * MANY * K];
} known;

static known said;

/* The same in all frames: component k near 7 (k - 1), of scales near 1. */
static tb_distribution known_new(tb_graph *g, int64_t frames)
{
    for (int i = 0; i < 3; i++)
        said.in[i] = tb_input(g, "in", TB_REAL, tb_dims(ROWS, F, K));
    for (int64_t j = 0; j < ROWS * frames; j++)
        for (int k = 0; k < K; k++) {
            double row = (double)(j / frames);
            said.x[0][j * K + k] = 0.8 * sin(1 + 2 * k + row);
            said.x[1][j * K + k] = 7 * (k - 1) + 0.3 * row;
            said.x[2][j * K + k] = 0.2 * k - 0.3;
        }
    return tb_logistics_distribution(said.in[0], said.in[1], said.in[2],
                                     LEVELS);
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* The mass of level q where logits are divided by `heat` and scales multiplied
   by `wide`; of the `best` likeliest components alone. */
static double mass_of(int row, int q, double heat, double wide, int best)
{
    double sum = 0, all = 0, least = -INFINITY;
    const double rows[K] = {0.8 * sin(1 + row), 0.8 * sin(3 + row),
                            0.8 * sin(5 + row)};
    for (int k = 0; best == 1 && k < K; k++)
        least = fmax(least, rows[k]);
    for (int k = 0; k < K; k++) {
        double p = rows[k] >= least ? exp(rows[k] / heat) : 0;
        double s = exp(0.2 * k - 0.3) * wide, m = 7 * (k - 1) + 0.3 * row;
        double low = q == 0 ? 0 : sigmoid((q - 10.5 - m) / s);
        double high = q == LEVELS - 1 ? 1 : sigmoid((q - 9.5 - m) / s);
        sum += p * (high - low);
        all += p;
    }
    return sum / all;
}

static void check_sum(const tb_backend *backend)
{
    double total[ROWS] = {0};
    tb_graph *g = tb_graph_new();
    tb_distribution d = known_new(g, LEVELS);
    tb_value *symbols = tb_input(g, "symbols", TB_I64, tb_dims(ROWS, F));
    tb_value *out = tb_distribution_nats(&d, symbols);
    double x[ROWS * LEVELS], nats[ROWS * LEVELS];
    given in[4] = {{said.in[0], said.x[0]},
                   {said.in[1], said.x[1]},
                   {said.in[2], said.x[2]},
                   {symbols, x}};
    for (int i = 0; i < ROWS * LEVELS; i++)
        x[i] = i % LEVELS;
    EQ(run_whole(g, backend, LEVELS, 0, 4, in, 1, &(taken){out, nats}),
       ROWS * LEVELS);
    for (int i = 0; i < ROWS * LEVELS; i++) {
        total[i / LEVELS] += exp(-nats[i]);
        NEAR(exp(-nats[i]), mass_of(i / LEVELS, i % LEVELS, 1, 1, K), 1e-6);
    }
    NEAR(total[0], 1, 1e-6);
    NEAR(total[1], 1, 1e-6);
    tb_graph_free(g);
}

typedef struct turned {
    double heat, wide; /* of the weights and of the scales */
    int top_k;
    double top_p;
} turned;

static tb_value *draw_from(tb_graph *g, const tb_distribution *d, turned t)
{
    const tb_draw how = {.temperature = tb_fill(g, tb_dims(ROWS), t.heat),
                         .scale_temperature = tb_fill(g, tb_dims(ROWS), t.wide),
                         .top_k = tb_fill(g, tb_dims(ROWS), t.top_k),
                         .top_p = tb_fill(g, tb_dims(ROWS), t.top_p)};
    return tb_distribution_draw(d, &how);
}

static void give(given in[3])
{
    for (int i = 0; i < 3; i++)
        in[i] = (given){said.in[i], said.x[i]};
}

/* What is drawn comes as often as it should; `best` components are left. */
static void check_draws(const tb_backend *backend, turned t, int best)
{
    static double y[ROWS * MANY];
    double worst = 0;
    given in[3];
    tb_graph *g = tb_graph_new();
    tb_distribution d = known_new(g, MANY);
    tb_value *out = draw_from(g, &d, t);
    give(in);
    EQ(run_whole(g, backend, MANY, 4711, 3, in, 1, &(taken){out, y}),
       ROWS * MANY);
    for (int row = 0; row < ROWS; row++)
        for (int q = 0; q < LEVELS; q++) {
            double times = 0;
            for (int64_t j = 0; j < MANY; j++)
                times += y[row * MANY + j] == q;
            worst = fmax(worst, fabs(times / MANY -
                                     mass_of(row, q, t.heat, t.wide, best)));
        }
    OK_NAMED(worst < 0.015, "levels are drawn as often as they are likely");
    tb_graph_free(g);
}

/* The middle of the likeliest component, whatever the seed. */
static void check_coldest(const tb_backend *backend)
{
    static const double likeliest[ROWS] = {10 - 7, 10 - 7};
    double y[ROWS * LEVELS];
    int wrong = 0;
    given in[3];
    tb_graph *g = tb_graph_new();
    tb_distribution d = known_new(g, LEVELS);
    tb_value *out = draw_from(g, &d, (turned){0, 0, 0, 1});
    give(in);
    run_whole(g, backend, LEVELS, 7, 3, in, 1, &(taken){out, y});
    for (int i = 0; i < ROWS * LEVELS; i++)
        wrong += y[i] != likeliest[i / LEVELS];
    OK_NAMED(wrong == 0, "at temperature 0 the middle of the likeliest");
    tb_graph_free(g);
}

/* Outside the levels there are none, however wide and hot. */
static void check_ends(const tb_backend *backend)
{
    static double y[ROWS * MANY];
    int outside = 0, least = 0, most = 0;
    given in[3];
    tb_graph *g = tb_graph_new();
    tb_distribution d = known_new(g, MANY);
    tb_value *out = draw_from(g, &d, (turned){1, 100, 0, 1});
    give(in);
    run_whole(g, backend, MANY, 3, 3, in, 1, &(taken){out, y});
    for (int i = 0; i < ROWS * MANY; i++) {
        outside += !(y[i] >= 0 && y[i] < LEVELS);
        least += y[i] == 0;
        most += y[i] == LEVELS - 1;
    }
    OK_NAMED(outside == 0 && least > MANY / 2 && most > MANY / 2,
             "what lies beyond the levels is the last of them");
    tb_graph_free(g);
}

/* The same symbols from a stream, whatever its blocks. */
static void check_blocks(const tb_backend *backend)
{
    enum { N = 100 };
    static double first[ROWS * N], y[ROWS * N];
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, F, K));
    double *numbers = said.x[0];
    for (int i = 0; i < ROWS * N * K; i++)
        numbers[i] = noise(1, i);
    tb_distribution d = tb_logistics_distribution(
        x, tb_scale(x, 30), tb_map(x, TB_AFFINE, 1, 1), 256);
    tb_value *out = draw_from(g, &d, (turned){0.9, 1.1, 2, 0.9});
    for (int block = 1; block <= N; block = block * 3 + 1) {
        EQ(run_in_blocks(g, backend, (given){x, numbers}, N, block,
                         (taken){out, block == 1 ? first : y}, N),
           N);
        OK_NAMED(block == 1 || memcmp(first, y, sizeof y) == 0,
                 "blocks do not change what is drawn");
    }
    tb_graph_free(g);
}

/* ---- what cannot be ---- */

static void check_errors(void)
{
    tb_error error = {0};
    tb_graph *g = tb_graph_new();
    tb_distribution none = tb_logistics_distribution(NULL, NULL, NULL, 4), d[2];
    tb_value *symbols = tb_input(g, "symbols", TB_I64, tb_dims(ROWS, F));
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, F, K));
    tb_value *w = tb_input(g, "w", TB_REAL, tb_dims(ROWS, 2));
    OK(!tb_distribution_draw(&none, &(tb_draw){0}));
    OK(!tb_distribution_nats(&none, symbols));
    OK(!tb_distribution_nats(&none, NULL));
    d[0] = d[1] = none;
    tb_distribution_mix(2, d, NULL);
    OK(tb_graph_check(g, &error) == TB_OK);
    d[0] = tb_logistics_distribution(x, x, x, 4);
    d[1] = tb_logistics_distribution(x, x, x, 5);
    tb_distribution_mix(2, d, w);
    OK(tb_graph_check(g, &error) != TB_OK && strstr(error.text, "one kind"));
    tb_graph_free(g);
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    check_cases(sizeof cases / sizeof *cases, cases, logistics_golden);
    for (int i = 0; i < 3; i++) {
        check_sum(backends[i]);
        check_draws(backends[i], (turned){1, 1, 0, 1}, K);
        check_draws(backends[i], (turned){0.5, 1, 0, 1}, K);
        check_draws(backends[i], (turned){1, 0.5, 0, 1}, K);
        check_draws(backends[i], (turned){1, 1, 1, 1}, 1);
        check_draws(backends[i], (turned){1, 1, 0, 0.1}, 1);
        check_coldest(backends[i]);
        check_ends(backends[i]);
        check_blocks(backends[i]);
    }
    check_errors();
    return tap_done();
}
