/* Frames of codes: their probabilities are some, and add up to 1; each code
   knows those before it and none after; what is drawn comes as often as its
   nats say; voting. */
#include "nn/distribution.h"

#include "../engine/numbers.h"
#include "engine/ops.h"
#include "nn/init.h"

enum {
    CODES = 3,
    LEVELS = 3,
    ALL = LEVELS * LEVELS * LEVELS,
    N = 4,
    DRAWS = 20000
};

static const double one[1] = {1};

/* Code k of frame number t. */
static int code_at(int t, int k)
{
    for (int i = k + 1; i < CODES; i++)
        t /= LEVELS;
    return t % LEVELS;
}

typedef struct network {
    tb_graph *g;
    tb_value *found;
    tb_distribution d;
} network;

/* The same thing found in each frame; with `votes`, of two networks that weigh
   w and 1 - w. */
static network network_new(int votes, double w)
{
    network x = {.g = tb_graph_new()};
    const double weights[2] = {w, 1 - w};
    x.found = tb_input(x.g, "found", TB_REAL, tb_dims(1, TB_FRAMES, N));
    const tb_distribution d[2] = {
        tb_codes_distribution(x.found, "first", CODES, LEVELS),
        tb_codes_distribution(x.found, "second", CODES, LEVELS)};
    x.d = votes ? tb_distribution_mix(2, d,
                                      tb_constant(x.g, tb_dims(1, 2), weights))
                : d[0];
    return x;
}

static void run(const network *x, int64_t frames, tb_value *symbols,
                const double *codes, tb_value *out, double *y)
{
    tb_error error = {0};
    const tb_graph *g = x->g;
    tb_params *p = tb_params_new(1, &g, sizeof(double), &error);
    tb_output want = {out, NULL};
    const tb_plan_settings how = {
        .backend = tb_backend_naive64(), .params = p, .frames = frames};
    if (p)
        tb_init_params(p, 3);
    tb_plan *plan = p ? tb_plan_new(g, 1, &want, &how, &error) : NULL;
    if (!OK_NAMED(plan != NULL, "there is a plan"))
        fprintf(stderr, "# %s\n", error.text);
    const tb_tensor *found = tb_plan_tensor(plan, x->found);
    for (int64_t i = 0; i < frames * N; i++)
        number_put(found, i, sizeof(double), 2 * sin(1.3 * (double)(i % N)));
    for (int64_t i = 0; symbols && i < frames * CODES; i++)
        number_put(tb_plan_tensor(plan, symbols), i, sizeof(double), codes[i]);
    tb_plan_run(plan, 7, NULL);
    const tb_tensor *t = tb_plan_tensor(plan, out);
    for (int64_t i = 0; i < numbers_in(t) * frames / (t->time < 0 ? 1 : frames);
         i++)
        y[i] = number_get(t, i, sizeof(double));
    tb_plan_free(plan);
    tb_params_free(p);
}

/* The nats of all frames that there can be. */
static void nats_of_all(int votes, double w, double nats[ALL])
{
    double codes[ALL * CODES];
    network x = network_new(votes, w);
    tb_value *symbols =
        tb_input(x.g, "symbols", TB_I64, tb_dims(1, TB_FRAMES, CODES));
    for (int i = 0; i < ALL * CODES; i++)
        codes[i] = code_at(i / CODES, i % CODES);
    run(&x, ALL, symbols, codes, tb_distribution_nats(&x.d, symbols), nats);
    tb_graph_free(x.g);
}

static double sum_of(const double nats[ALL], int first, int second)
{
    double sum = 0;
    for (int t = 0; t < ALL; t++)
        if ((first < 0 || code_at(t, 0) == first) &&
            (second < 0 || code_at(t, 1) == second))
            sum += exp(-nats[t]);
    return sum;
}

static void check_nats(void)
{
    double nats[ALL];
    nats_of_all(0, 1, nats);
    NEAR(sum_of(nats, -1, -1), 1, 1e-12);
    double after0 = sum_of(nats, 0, 0) / sum_of(nats, 0, -1);
    double after1 = sum_of(nats, 1, 0) / sum_of(nats, 1, -1);
    fprintf(stderr, "# the second is 0 after 0: %.3f, after 1: %.3f\n", after0,
            after1);
    OK_NAMED(fabs(after0 - after1) > 0.01,
             "what comes second depends on what came first");
}

/* Draws at temperature 1 come as often as is said; at 0 it is always one. */
static void check_draws(void)
{
    static double drawn[DRAWS * CODES];
    double nats[ALL], often[ALL] = {0}, worst = 0;
    nats_of_all(0, 1, nats);
    for (int hot = 0; hot < 2; hot++) {
        network x = network_new(0, 1);
        const double heat[1] = {hot};
        const tb_draw how = {tb_constant(x.g, tb_dims(1), heat),
                             tb_fill(x.g, tb_dims(1), 0),
                             tb_constant(x.g, tb_dims(1), one), NULL};
        run(&x, DRAWS, NULL, NULL, tb_distribution_draw(&x.d, &how), drawn);
        bool same = true;
        for (int j = 0; j < DRAWS; j++) {
            int t = 0;
            for (int k = 0; k < CODES; k++)
                t = t * LEVELS + (int)drawn[j * CODES + k];
            often[t] += hot / (double)DRAWS;
            same &=
                memcmp(drawn + j * CODES, drawn, sizeof *drawn * CODES) == 0;
        }
        OK_NAMED(same == !hot, "without heat all are alike");
        tb_graph_free(x.g);
    }
    for (int t = 0; t < ALL; t++)
        worst = fmax(worst, fabs(often[t] - exp(-nats[t])));
    fprintf(stderr, "# draws are off by %.4f\n", worst);
    OK_NAMED(worst < 0.012, "what is drawn comes as often as is said");
}

static void check_votes(void)
{
    double own[ALL], all[ALL], both[ALL], other[ALL], worst = 0;
    nats_of_all(0, 1, own);
    nats_of_all(1, 1, all);
    nats_of_all(1, 0.5, both);
    nats_of_all(1, 0, other);
    for (int t = 0; t < ALL; t++)
        worst = fmax(worst, fabs(own[t] - all[t]));
    NEAR(worst, 0, 1e-12);
    NEAR(sum_of(both, -1, -1), 1, 1e-12);
    NEAR(sum_of(both, 1, -1), (sum_of(own, 1, -1) + sum_of(other, 1, -1)) / 2,
         1e-12);
}

int main(void)
{
    tb_distribution none = tb_codes_distribution(NULL, "none", 2, 4);
    OK(!tb_distribution_nats(&none, NULL));
    OK(!tb_distribution_draw(&none, &(tb_draw){0}));
    check_nats();
    check_draws();
    check_votes();
    return tap_done();
}
