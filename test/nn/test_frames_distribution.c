/* Frames of normal numbers in groups, and frames said without chance: what they
   say of a symbol against a computation by hand, what is drawn from them, and
   how they vote. */
#include "nn/distribution.h"

#include "../engine/numbers.h"
#include "base/random.h"
#include "engine/ops.h"

enum { ROWS = 2, FRAMES = 5, N = 7, GROUPS = 3, GROUP = 3, K = 2, MANY = 4000 };

static const double weights[ROWS][2] = {{0.75, 0.25}, {0.1, 0.9}};

typedef struct said {
    tb_value *logits, *mean, *deviation;
    double l[ROWS * MANY * GROUPS * K], m[ROWS * MANY * K * N],
        s[ROWS * MANY * K * N];
} said;

static said all[2];

static void fill(double *x, int64_t n, uint64_t seed, double scale)
{
    tb_rng rng = {seed, 0};
    for (int64_t i = 0; i < n; i++)
        x[i] = scale * (2 * tb_rng_uniform(&rng) - 1);
}

static tb_distribution one_of(tb_graph *g, said *s)
{
    s->logits =
        tb_input(g, "logits", TB_REAL, tb_dims(ROWS, TB_FRAMES, GROUPS, K));
    s->mean = tb_input(g, "mean", TB_REAL, tb_dims(ROWS, TB_FRAMES, K, N));
    s->deviation =
        tb_input(g, "deviation", TB_REAL, tb_dims(ROWS, TB_FRAMES, K, N));
    return tb_frames_of_normals(s->logits, s->mean, s->deviation, GROUP);
}

static tb_value *weight_table(tb_graph *g)
{
    return tb_constant(g, tb_dims(ROWS, 2), &weights[0][0]);
}

static tb_distribution frames_of(tb_graph *g, int n)
{
    tb_distribution d[2];
    for (int i = 0; i < n; i++)
        d[i] = one_of(g, &all[i]);
    return n == 1 ? d[0] : tb_distribution_mix(2, d, weight_table(g));
}

static int give(given *in, int n)
{
    for (int i = 0; i < n; i++) {
        in[3 * i] = (given){all[i].logits, all[i].l};
        in[3 * i + 1] = (given){all[i].mean, all[i].m};
        in[3 * i + 2] = (given){all[i].deviation, all[i].s};
    }
    return 3 * n;
}

static tb_draw draw_at(tb_graph *g, double temperature)
{
    return (tb_draw){.temperature = tb_fill(g, tb_dims(ROWS), temperature)};
}

/* ---- foreseeing ---- */

/* The probability that distribution i chooses k for a group of frame j. */
static double chance(const said *s, int64_t j, int group, int k)
{
    const double *l = s->l + (j * GROUPS + group) * K;
    return exp(l[k]) / (exp(l[0]) + exp(l[1]));
}

static double density(const said *s, int64_t j, int group, int k,
                      const double *x)
{
    double p = 1;
    for (int e = group * GROUP; e < N && e < (group + 1) * GROUP; e++) {
        int64_t at = (j * K + k) * N + e;
        double deviation = exp(s->s[at]), off = (x[e] - s->m[at]) / deviation;
        p *= exp(-off * off / 2) / (deviation * sqrt(2 * acos(-1)));
    }
    return p;
}

static double nats_by_hand(int n, int64_t j, const double *x)
{
    double nats = 0;
    for (int group = 0; group < GROUPS; group++) {
        double p = 0;
        for (int i = 0; i < n; i++)
            for (int k = 0; k < K; k++)
                p += (n == 1 ? 1 : weights[j / FRAMES][i]) *
                     chance(&all[i], j, group, k) *
                     density(&all[i], j, group, k, x);
        nats -= log(p);
    }
    return nats;
}

static void check_nats(int n)
{
    double x[ROWS * N * FRAMES], nats[ROWS * FRAMES], mean, worst = 0, sum = 0;
    given in[7];
    tb_graph *g = tb_graph_new();
    tb_distribution d = frames_of(g, n);
    tb_value *symbols = tb_input(g, "x", TB_REAL, tb_dims(ROWS, N, TB_FRAMES));
    tb_value *out = tb_distribution_nats(&d, symbols);
    tb_value *loss = tb_distribution_loss(&d, symbols);
    for (int i = 0; i < n; i++) {
        fill(all[i].l, ROWS * FRAMES * GROUPS * K, 1 + (uint64_t)i, 2);
        fill(all[i].m, ROWS * FRAMES * K * N, 3 + (uint64_t)i, 2);
        fill(all[i].s, ROWS * FRAMES * K * N, 5 + (uint64_t)i, 1);
    }
    fill(x, ROWS * N * FRAMES, 9, 2);
    int ins = give(in, n);
    in[ins] = (given){symbols, x};
    EQ(run_whole(g, tb_backend_naive64(), FRAMES, 0, ins + 1, in, 2,
                 (taken[]){{out, nats}, {loss, &mean}}),
       ROWS * FRAMES);
    for (int64_t j = 0; j < ROWS * FRAMES; j++) {
        double frame[N];
        for (int e = 0; e < N; e++)
            frame[e] = x[(j / FRAMES * N + e) * FRAMES + j % FRAMES];
        worst = fmax(worst, fabs(nats_by_hand(n, j, frame) - nats[j]));
        sum += nats[j] / (ROWS * FRAMES);
    }
    OK_NAMED(worst < 1e-9, "nats of groups are those of their densities");
    NEAR(mean, sum, 1e-9);
    tb_graph_free(g);
}

/* ---- drawing ---- */

/* Every frame alike; vector k of distribution i lies near 10 (2 i + k). */
static void repeat(int n)
{
    for (int i = 0; i < n; i++) {
        for (int64_t q = 0; q < ROWS * MANY * GROUPS * K; q++)
            all[i].l[q] = sin(1 + 2 * i + (double)(q % (GROUPS * K)));
        for (int64_t q = 0; q < ROWS * MANY * K * N; q++) {
            all[i].m[q] =
                10 * (2 * i + (double)(q / N % K)) + 0.1 * (double)(q % N);
            all[i].s[q] = 0.1 * (double)(q % N) - 0.3;
        }
    }
}

static double y[ROWS * N * MANY];

static double drawn(int row, int e, int64_t j)
{
    return y[((int64_t)row * N + e) * MANY + j];
}

static bool draw(const tb_backend *backend, int n, double temperature)
{
    given in[6];
    tb_graph *g = tb_graph_new();
    tb_distribution d = frames_of(g, n);
    tb_draw how = draw_at(g, temperature);
    tb_value *out = tb_distribution_draw(&d, &how);
    repeat(n);
    int ins = give(in, n);
    int64_t count =
        run_whole(g, backend, MANY, 4711, ins, in, 1, &(taken){out, y});
    tb_graph_free(g);
    return OK(count == ROWS * N * MANY);
}

static int vector_of(double x)
{
    return (int)floor(x / 10 + 0.5);
}

static void check_draws(const tb_backend *backend, int n, double temperature)
{
    double worst = 0, off = 0, spread = 0, broken = 0;
    draw(backend, n, temperature);
    for (int row = 0; row < ROWS; row++)
        for (int group = 0; group < GROUPS; group++)
            for (int v = 0; v < K * n; v++) {
                double times = 0;
                const said *s = &all[v / K];
                for (int64_t j = 0; j < MANY; j++)
                    times += vector_of(drawn(row, group * GROUP, j)) == v;
                double p = pow(chance(s, 0, group, v % K), 1 / temperature) /
                           (pow(chance(s, 0, group, 0), 1 / temperature) +
                            pow(chance(s, 0, group, 1), 1 / temperature));
                p *= n == 1 ? 1 : weights[row][v / K];
                /* Hotter votes are no sum of hotter distributions. */
                if (n == 1 || temperature == 1)
                    worst = fmax(worst, fabs(times / MANY - p));
            }
    for (int64_t j = 0; j < MANY; j++)
        for (int e = 0; e < N; e++) {
            double x = drawn(0, e, j), first = drawn(0, e / GROUP * GROUP, j);
            double from = x - 10 * vector_of(x) - 0.1 * e;
            off += from / (MANY * N);
            spread += pow(from / exp(0.1 * e - 0.3), 2) / (MANY * N);
            broken += vector_of(x) != vector_of(first);
        }
    OK_NAMED(worst < 0.03, "vectors come as often as they are likely");
    OK_NAMED(broken == 0, "a group is of one vector");
    NEAR(off, 0, 0.02);
    NEAR(sqrt(spread), temperature, 0.02 * temperature);
}

static void check_coldest(void)
{
    int wrong = 0;
    draw(tb_backend_naive64(), 1, 0);
    for (int64_t j = 0; j < MANY; j++)
        for (int e = 0; e < N; e++) {
            int k = chance(&all[0], 0, e / GROUP, 1) >
                    chance(&all[0], 0, e / GROUP, 0);
            wrong += fabs(drawn(1, e, j) - 10 * k - 0.1 * e) > 1e-12;
        }
    OK_NAMED(wrong == 0, "at temperature 0 the mean of the likeliest");
}

/* ---- without chance ---- */

static void check_plain(void)
{
    double a[ROWS * N * FRAMES], b[ROWS * N * FRAMES], x[ROWS * N * FRAMES];
    double voted[ROWS * N * FRAMES], loss, by_hand = 0, worst = 0;
    tb_graph *g = tb_graph_new();
    tb_value *in[3];
    for (int i = 0; i < 3; i++)
        in[i] = tb_input(g, "x", TB_REAL, tb_dims(ROWS, N, TB_FRAMES));
    tb_distribution d[] = {tb_plain_distribution(in[0]),
                           tb_plain_distribution(in[1])};
    tb_distribution m = tb_distribution_mix(2, d, weight_table(g));
    tb_draw how = {0};
    const taken out[] = {{tb_distribution_draw(&m, &how), voted},
                         {tb_distribution_loss(&d[0], in[2]), &loss}};
    fill(a, ROWS * N * FRAMES, 1, 3);
    fill(b, ROWS * N * FRAMES, 2, 3);
    fill(x, ROWS * N * FRAMES, 3, 3);
    EQ(run_whole(g, tb_backend_naive64(), FRAMES, 0, 3,
                 (given[]){{in[0], a}, {in[1], b}, {in[2], x}}, 2, out),
       ROWS * N * FRAMES);
    for (int j = 0; j < FRAMES; j++) {
        double off = 0, whole = 0;
        for (int q = 0; q < ROWS * N; q++) {
            int at = q * FRAMES + j;
            off += fabs(a[at] - x[at]), whole += fabs(x[at]);
            worst = fmax(worst, fabs(voted[at] - weights[q / N][0] * a[at] -
                                     weights[q / N][1] * b[at]));
        }
        by_hand += off / whole / FRAMES;
    }
    NEAR(loss, by_hand, 1e-8);
    OK_NAMED(worst < 1e-12, "votes of what is plain are a mean");
    tb_graph_free(g);
}

/* Frames of silence are no division by nothing. */
static void check_silence(void)
{
    const double zero[ROWS * N * FRAMES] = {0};
    double loss;
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, N, TB_FRAMES));
    tb_distribution d = tb_plain_distribution(x);
    tb_value *out = tb_distribution_loss(&d, x);
    EQ(run_whole(g, tb_backend_naive(), FRAMES, 0, 1, &(given){x, zero}, 1,
                 &(taken){out, &loss}),
       1);
    NEAR(loss, 0, 0);
    tb_graph_free(g);
}

static void check_errors(void)
{
    tb_error error = {0};
    tb_draw how = {0};
    tb_distribution none = tb_frames_of_normals(NULL, NULL, NULL, 1);
    OK(!tb_distribution_draw(&none, &how) &&
       !tb_distribution_nats(&none, NULL));
    OK(!tb_distribution_loss(&none, NULL));
    none = tb_plain_distribution(NULL);
    OK(!tb_distribution_draw(&none, &how) &&
       !tb_distribution_loss(&none, NULL));
    OK(!tb_distribution_nats(&none, NULL));
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(ROWS, N, TB_FRAMES));
    tb_distribution d = tb_plain_distribution(x);
    tb_distribution_nats(&d, x);
    OK(tb_graph_check(g, &error) != TB_OK && strstr(error.text, "chance"));
    tb_graph_free(g);
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_cpu()};
    for (int n = 1; n <= 2; n++)
        check_nats(n);
    for (int i = 0; i < 2; i++) {
        check_draws(backends[i], 1, 1);
        check_draws(backends[i], 1, 0.5);
        check_draws(backends[i], 2, 1);
    }
    check_coldest();
    check_plain();
    check_silence();
    check_errors();
    return tap_done();
}
