/* Distributions: what they say of a symbol against a computation by hand, and
   what is drawn from them against that. */
#include "nn/distribution.h"

#include "../engine/numbers.h"
#include "base/random.h"
#include "engine/ops.h"

enum { ROWS = 2, FRAMES = 6, MANY = 6000, EACH = 3, LEVELS = 5, MOST = 3 };

static const double weights[ROWS][MOST] = {{0.5, 0.3, 0.2}, {0.1, 0, 0.9}};

static void fill(double *x, int64_t n, uint64_t seed, double scale)
{
    tb_rng rng = {seed, 0};
    for (int64_t i = 0; i < n; i++)
        x[i] = scale * (2 * tb_rng_uniform(&rng) - 1);
}

/* Controls as constants; top_k and top_p leave all in. */
static tb_draw draw_at(tb_graph *g, double temperature, double second)
{
    const double heat[ROWS] = {temperature, second};
    return (tb_draw){.temperature = tb_constant(g, tb_dims(ROWS), heat),
                     .top_k = tb_fill(g, tb_dims(ROWS), 0),
                     .top_p = tb_fill(g, tb_dims(ROWS), 1)};
}

static tb_value *weight_table(tb_graph *g, int n)
{
    double w[ROWS * MOST];
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < n; i++)
            w[row * n + i] = weights[row][i];
    return tb_constant(g, tb_dims(ROWS, n), w);
}

/* ---- levels ---- */

static void softmax(const double *logits, double *p)
{
    double sum = 0;
    for (int q = 0; q < LEVELS; q++)
        sum += p[q] = exp(logits[q]);
    for (int q = 0; q < LEVELS; q++)
        p[q] /= sum;
}

typedef struct levels {
    tb_value *in[MOST];
    double x[MOST][ROWS * MANY * EACH * LEVELS];
} levels;

static levels said;

static tb_distribution levels_of(tb_graph *g, int n)
{
    tb_distribution d[MOST];
    for (int i = 0; i < n; i++) {
        said.in[i] = tb_input(g, "logits", TB_REAL,
                              tb_dims(ROWS, TB_FRAMES, EACH, LEVELS));
        d[i] = tb_levels_distribution(said.in[i]);
    }
    return n == 1 ? d[0] : tb_distribution_mix(n, d, weight_table(g, n));
}

static void give_levels(given *in, int n)
{
    for (int i = 0; i < n; i++)
        in[i] = (given){said.in[i], said.x[i]};
}

/* Logits of which every frame has the same, for what is drawn often. */
static void repeat_levels(int n)
{
    for (int i = 0; i < n; i++)
        for (int row = 0; row < ROWS; row++)
            for (int64_t k = 0; k < MANY * EACH * LEVELS; k++)
                said.x[i][row * MANY * EACH * LEVELS + k] =
                    2 * sin(1 + 3 * i + 2 * row +
                            0.7 * (double)(k % (EACH * LEVELS)));
}

/* The probability of level q at element k ([rows, frames, each]). */
static double level_probability(int n, int64_t row, int64_t k, int q)
{
    double sum = 0, p[LEVELS];
    for (int i = 0; i < n; i++) {
        softmax(said.x[i] + k * LEVELS, p);
        sum += (n == 1 ? 1 : weights[row][i]) * p[q];
    }
    return sum;
}

static void check_level_nats(int n)
{
    double q[ROWS * FRAMES * EACH], nats[ROWS * FRAMES];
    given in[MOST + 1];
    double worst = 0;
    tb_graph *g = tb_graph_new();
    tb_distribution d = levels_of(g, n);
    tb_value *symbols =
        tb_input(g, "symbols", TB_I64, tb_dims(ROWS, TB_FRAMES, EACH));
    tb_value *out = tb_distribution_nats(&d, symbols);
    for (int i = 0; i < n; i++)
        fill(said.x[i], ROWS * FRAMES * EACH * LEVELS, 1 + (uint64_t)i, 3);
    for (int k = 0; k < ROWS * FRAMES * EACH; k++)
        q[k] = k * 7 % LEVELS;
    give_levels(in, n);
    in[n] = (given){symbols, q};
    EQ(run_whole(g, tb_backend_naive64(), FRAMES, 0, n + 1, in, 1,
                 &(taken){out, nats}),
       ROWS * FRAMES);
    for (int j = 0; j < ROWS * FRAMES; j++) {
        double sum = 0;
        for (int e = 0; e < EACH; e++)
            sum -= log(level_probability(n, j / FRAMES, j * EACH + e,
                                         (int)q[j * EACH + e]));
        worst = fmax(worst, fabs(sum - nats[j]));
    }
    OK_NAMED(worst < 1e-10, "nats of several levels are their sum");
    tb_graph_free(g);
}

/* exp(-nats) of one level each, over all levels. */
static void check_level_sum(int n)
{
    double total[FRAMES * ROWS] = {0}, worst = 0;
    tb_graph *g = tb_graph_new();
    tb_distribution d[MOST];
    given in[MOST + 1];
    for (int i = 0; i < n; i++) {
        said.in[i] =
            tb_input(g, "logits", TB_REAL, tb_dims(ROWS, TB_FRAMES, LEVELS));
        d[i] = tb_levels_distribution(said.in[i]);
        fill(said.x[i], ROWS * FRAMES * LEVELS, 5 + (uint64_t)i, 4);
    }
    tb_distribution m =
        n == 1 ? d[0] : tb_distribution_mix(n, d, weight_table(g, n));
    tb_value *symbols =
        tb_input(g, "symbols", TB_I64, tb_dims(ROWS, TB_FRAMES));
    tb_value *out = tb_distribution_nats(&m, symbols);
    give_levels(in, n);
    for (int q = 0; q < LEVELS; q++) {
        double x[ROWS * FRAMES], nats[ROWS * FRAMES];
        for (int k = 0; k < ROWS * FRAMES; k++)
            x[k] = q;
        in[n] = (given){symbols, x};
        run_whole(g, tb_backend_naive64(), FRAMES, 0, n + 1, in, 1,
                  &(taken){out, nats});
        for (int k = 0; k < ROWS * FRAMES; k++)
            total[k] += exp(-nats[k]);
    }
    for (int k = 0; k < ROWS * FRAMES; k++)
        worst = fmax(worst, fabs(total[k] - 1));
    OK_NAMED(worst < 1e-10, "probabilities of levels sum to 1");
    tb_graph_free(g);
}

static void check_level_draws(int n, const tb_backend *backend)
{
    static double y[ROWS * MANY * EACH];
    double worst = 0;
    given in[MOST];
    tb_graph *g = tb_graph_new();
    tb_distribution d = levels_of(g, n);
    tb_draw how = draw_at(g, 1, 1);
    tb_value *out = tb_distribution_draw(&d, &how);
    repeat_levels(n);
    give_levels(in, n);
    EQ(run_whole(g, backend, MANY, 4711, n, in, 1, &(taken){out, y}),
       ROWS * MANY * EACH);
    for (int row = 0; row < ROWS; row++)
        for (int e = 0; e < EACH; e++)
            for (int q = 0; q < LEVELS; q++) {
                double times = 0;
                for (int64_t j = 0; j < MANY; j++)
                    times += y[(row * MANY + j) * EACH + e] == q;
                int64_t k = (int64_t)row * MANY * EACH + e;
                worst = fmax(worst, fabs(times / MANY -
                                         level_probability(n, row, k, q)));
            }
    OK_NAMED(worst < 0.03, "levels are drawn as often as they are likely");
    tb_graph_free(g);
}

static void check_coldest_levels(int n)
{
    static double y[ROWS * FRAMES * EACH];
    int wrong = 0;
    given in[MOST];
    tb_graph *g = tb_graph_new();
    tb_distribution d = levels_of(g, n);
    tb_draw how = draw_at(g, 0, 0);
    tb_value *out = tb_distribution_draw(&d, &how);
    for (int i = 0; i < n; i++)
        fill(said.x[i], ROWS * FRAMES * EACH * LEVELS, 11 + (uint64_t)i, 3);
    give_levels(in, n);
    run_whole(g, tb_backend_naive64(), FRAMES, 1, n, in, 1, &(taken){out, y});
    for (int64_t k = 0; k < ROWS * FRAMES * EACH; k++)
        for (int q = 0; q < LEVELS; q++)
            wrong +=
                level_probability(n, k / (FRAMES * EACH), k, q) >
                level_probability(n, k / (FRAMES * EACH), k, (int)y[k]) + 1e-12;
    OK_NAMED(wrong == 0, "at temperature 0 the likeliest level");
    tb_graph_free(g);
}

/* ---- normal vectors ---- */

typedef struct normals {
    tb_value *mean[MOST], *log_deviation[MOST];
    double m[MOST][ROWS * EACH * MANY], s[MOST][ROWS * EACH * MANY];
} normals;

static normals vectors;

static tb_distribution normals_of(tb_graph *g, int n, int each)
{
    tb_distribution d[MOST];
    tb_shape shape = tb_dims(ROWS, each, TB_FRAMES);
    for (int i = 0; i < n; i++) {
        vectors.mean[i] = tb_input(g, "mean", TB_REAL, shape);
        vectors.log_deviation[i] = tb_input(g, "deviation", TB_REAL, shape);
        d[i] =
            tb_normal_distribution(vectors.mean[i], vectors.log_deviation[i]);
    }
    return n == 1 ? d[0] : tb_distribution_mix(n, d, weight_table(g, n));
}

static int give_normals(given *in, int n)
{
    for (int i = 0; i < n; i++) {
        in[2 * i] = (given){vectors.mean[i], vectors.m[i]};
        in[2 * i + 1] = (given){vectors.log_deviation[i], vectors.s[i]};
    }
    return 2 * n;
}

/* Every frame alike: component i lies round 10 i, its deviations near 1. */
static void repeat_normals(int n, int64_t frames)
{
    for (int i = 0; i < n; i++)
        for (int64_t k = 0; k < ROWS * EACH * frames; k++) {
            int64_t which = k / frames;
            vectors.m[i][k] = 10 * i + 0.3 * (double)which;
            vectors.s[i][k] = 0.1 * (double)(which % EACH) - 0.2;
        }
}

static double density(int n, int row, int64_t frames, int64_t j,
                      const double *x)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double p = n == 1 ? 1 : weights[row][i];
        for (int e = 0; e < EACH; e++) {
            int64_t k = ((int64_t)row * EACH + e) * frames + j;
            double s = exp(vectors.s[i][k]);
            double off = (x[k] - vectors.m[i][k]) / s;
            p *= exp(-off * off / 2) / (s * sqrt(2 * acos(-1)));
        }
        sum += p;
    }
    return sum;
}

static void check_normal_nats(int n)
{
    double x[ROWS * EACH * FRAMES], nats[ROWS * FRAMES], worst = 0;
    given in[2 * MOST + 1];
    tb_graph *g = tb_graph_new();
    tb_distribution d = normals_of(g, n, EACH);
    tb_value *symbols =
        tb_input(g, "x", TB_REAL, tb_dims(ROWS, EACH, TB_FRAMES));
    tb_value *out = tb_distribution_nats(&d, symbols);
    for (int i = 0; i < n; i++) {
        fill(vectors.m[i], ROWS * EACH * FRAMES, 1 + (uint64_t)i, 2);
        fill(vectors.s[i], ROWS * EACH * FRAMES, 21 + (uint64_t)i, 1);
    }
    fill(x, ROWS * EACH * FRAMES, 31, 2);
    int ins = give_normals(in, n);
    in[ins] = (given){symbols, x};
    EQ(run_whole(g, tb_backend_naive64(), FRAMES, 0, ins + 1, in, 1,
                 &(taken){out, nats}),
       ROWS * FRAMES);
    for (int row = 0; row < ROWS; row++)
        for (int j = 0; j < FRAMES; j++)
            worst = fmax(worst, fabs(-log(density(n, row, FRAMES, j, x)) -
                                     nats[row * FRAMES + j]));
    OK_NAMED(worst < 1e-9, "nats of vectors are those of the density");
    tb_graph_free(g);
}

/* The density of one number, over a grid that reaches far. */
static void check_normal_sum(int n)
{
    enum { GRID = 8000 };
    static double x[ROWS * GRID], nats[ROWS * GRID];
    const double step = 80.0 / GRID;
    given in[2 * MOST + 1];
    tb_graph *g = tb_graph_new();
    tb_distribution d = normals_of(g, n, 1);
    tb_value *symbols = tb_input(g, "x", TB_REAL, tb_dims(ROWS, 1, TB_FRAMES));
    tb_value *out = tb_distribution_nats(&d, symbols);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < ROWS * GRID; k++) {
            vectors.m[i][k] = 5 * i - 3;
            vectors.s[i][k] = 0.5 * i - 0.4;
        }
    for (int k = 0; k < ROWS * GRID; k++)
        x[k] = step * (k % GRID) - 40;
    int ins = give_normals(in, n);
    in[ins] = (given){symbols, x};
    run_whole(g, tb_backend_naive64(), GRID, 0, ins + 1, in, 1,
              &(taken){out, nats});
    for (int row = 0; row < ROWS; row++) {
        double sum = 0;
        for (int k = 0; k < GRID; k++)
            sum += step * exp(-nats[row * GRID + k]);
        NEAR(sum, 1, 1e-6);
    }
    tb_graph_free(g);
}

/* Which component a drawn number is of. */
static int component_of(double x)
{
    return (int)floor(x / 10 + 0.5);
}

static void check_normal_draws(int n, const tb_backend *backend)
{
    static double y[ROWS * EACH * MANY];
    const double heat[ROWS] = {1, 0.5};
    given in[2 * MOST];
    tb_graph *g = tb_graph_new();
    tb_distribution d = normals_of(g, n, EACH);
    tb_draw how = draw_at(g, heat[0], heat[1]);
    tb_value *out = tb_distribution_draw(&d, &how);
    repeat_normals(n, MANY);
    int ins = give_normals(in, n);
    EQ(run_whole(g, backend, MANY, 4711, ins, in, 1, &(taken){out, y}),
       ROWS * EACH * MANY);
    for (int64_t which = 0; which < ROWS * EACH; which++) {
        double times[MOST] = {0}, square = 0, sum = 0;
        int64_t row = which / EACH;
        for (int64_t j = 0; j < MANY; j++) {
            int i = n == 1 ? 0 : component_of(y[which * MANY + j]);
            double off = y[which * MANY + j] - 10 * i - 0.3 * (double)which;
            bool known = i >= 0 && i < n;
            times[known ? i : 0] += known;
            sum += off / MANY;
            square += off * off / MANY;
        }
        double s = heat[row] * exp(vectors.s[0][which * MANY]);
        NEAR(sum, 0, 0.06);
        NEAR(sqrt(square), s, 0.05 * s);
        for (int i = 0; i < n; i++)
            NEAR(times[i] / MANY, n == 1 ? 1 : weights[row][i], 0.03);
    }
    tb_graph_free(g);
}

/* All numbers of a frame come from one component, at temperature 0 its mean. */
static void check_coldest_normals(int n)
{
    static double y[ROWS * EACH * MANY];
    int wrong = 0;
    given in[2 * MOST];
    tb_graph *g = tb_graph_new();
    tb_distribution d = normals_of(g, n, EACH);
    tb_draw how = draw_at(g, 0, 0);
    tb_value *out = tb_distribution_draw(&d, &how);
    repeat_normals(n, MANY);
    int ins = give_normals(in, n);
    run_whole(g, tb_backend_naive64(), MANY, 3, ins, in, 1, &(taken){out, y});
    for (int row = 0; row < ROWS; row++)
        for (int64_t j = 0; j < MANY; j++) {
            const double *x = y + (int64_t)row * EACH * MANY + j;
            int i = n == 1 ? 0 : component_of(x[0]);
            for (int e = 0; e < EACH; e++)
                wrong +=
                    i < 0 || i >= n ||
                    fabs(x[e * MANY] - 10 * i - 0.3 * (row * EACH + e)) > 1e-12;
        }
    OK_NAMED(wrong == 0, "at temperature 0 one of the means");
    tb_graph_free(g);
}

/* ---- voting that changes while it plays ---- */

/* Weights [rows, 2] that are turned between runs of a stream: the voices
   follow, each its own. */
static void check_moved(tb_distribution_kind kind)
{
    static const double turned[3][ROWS][2] = {
        {{1, 0}, {0, 1}}, {{0, 1}, {0, 1}}, {{0, 1}, {1, 0}}};
    tb_graph *g = tb_graph_new();
    tb_error error = {0};
    tb_value *w = tb_input(g, "weights", TB_REAL, tb_dims(ROWS, 2));
    tb_value *clock =
        tb_input(g, "clock", TB_REAL, tb_dims(ROWS, 1, TB_FRAMES));
    tb_distribution d[2];
    for (int i = 0; i < 2; i++) {
        /* Level i alone, or vectors near 10 i. */
        const double one[2] = {i ? -40 : 40, i ? 40 : -40};
        tb_value *still = tb_scale(clock, 0);
        tb_value *logits = tb_add(tb_transpose(still, 1, 2),
                                  tb_constant(g, tb_dims(1, 1, 2), one));
        d[i] = kind == TB_LEVELS
                   ? tb_levels_distribution(logits)
                   : tb_normal_distribution(tb_map(still, TB_AFFINE, 1, 10 * i),
                                            still);
    }
    tb_distribution m = tb_distribution_mix(2, d, w);
    tb_draw how = draw_at(g, 1, 1);
    tb_value *out = tb_distribution_draw(&m, &how);
    const tb_stream_settings s = {.backend = tb_backend_naive64(), .n_max = 40};
    tb_stream_plan *p = tb_stream_plan_new(g, 1, &out, &s, &error);
    tb_stream *t = p ? tb_stream_new(p, 1, &error) : NULL;
    if (!OK_NAMED(t != NULL, "voting streams"))
        fprintf(stderr, "# %s\n", error.text);
    for (int k = 0; t && k < 3; k++) {
        const tb_tensor *control = tb_stream_control(t, w);
        int wrong = 0;
        for (int i = 0; i < ROWS * 2; i++)
            number_put(control, i, sizeof(double), turned[k][i / 2][i % 2]);
        tb_stream_write(t, clock, 40);
        tb_stream_run(t, 40);
        tb_tensor y = tb_stream_read(t, out);
        EQ(y.dim[y.time], 40);
        for (int64_t i = 0; i < numbers_in(&y); i++) {
            double x = number_get(&y, i, sizeof(double));
            int which = kind == TB_LEVELS ? (int)x : component_of(x);
            wrong += which != (int)turned[k][i / 40][1];
        }
        OK_NAMED(wrong == 0, "who is voted for speaks");
    }
    tb_stream_free(t);
    tb_stream_plan_free(p);
    tb_graph_free(g);
}

/* ---- what cannot be ---- */

static void check_errors(void)
{
    tb_graph *g = tb_graph_new();
    tb_error error = {0};
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, 1, TB_FRAMES));
    tb_value *w = tb_input(g, "w", TB_REAL, tb_dims(ROWS, TB_MIXED_MOST + 1));
    tb_distribution none = tb_levels_distribution(NULL), d[TB_MIXED_MOST + 1];
    tb_draw how = {0};
    OK(!tb_distribution_draw(&none, &how) && !tb_distribution_nats(&none, x));
    none = tb_normal_distribution(NULL, NULL);
    OK(!tb_distribution_draw(&none, &how) && !tb_distribution_nats(&none, x));
    for (int i = 0; i <= TB_MIXED_MOST; i++)
        d[i] = tb_normal_distribution(x, x);
    tb_distribution_mix(2, d, NULL);
    OK(tb_graph_check(g, &error) == TB_OK);
    tb_distribution_mix(TB_MIXED_MOST + 1, d, w);
    OK(tb_graph_check(g, &error) != TB_OK && strstr(error.text, "mixed"));
    tb_graph_free(g);
    g = tb_graph_new();
    x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, 1, TB_FRAMES));
    w = tb_input(g, "w", TB_REAL, tb_dims(ROWS, 2));
    d[0] = tb_levels_distribution(x);
    d[1] = tb_normal_distribution(x, x);
    tb_distribution_mix(2, d, w);
    OK(tb_graph_check(g, &error) != TB_OK && strstr(error.text, "one kind"));
    tb_graph_free(g);
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_cpu()};
    for (int n = 1; n <= MOST; n += 2) {
        check_level_nats(n);
        check_level_sum(n);
        check_coldest_levels(n);
        check_normal_nats(n);
        check_normal_sum(n);
        check_coldest_normals(n);
    }
    for (int i = 0; i < 2; i++)
        for (int n = 1; n <= MOST; n += 2) {
            check_level_draws(n, backends[i]);
            check_normal_draws(n, backends[i]);
        }
    check_moved(TB_LEVELS);
    check_moved(TB_NORMAL);
    check_errors();
    return tap_done();
}
