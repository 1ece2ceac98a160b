/* Layers: names and shapes of their parameters, fresh values. */
#include "nn/init.h"
#include "nn/layers.h"
#include "tap.h"

#include <stdlib.h>

static tb_params *params_of(const tb_graph *g)
{
    tb_error error = {0};
    tb_params *p = tb_params_new(1, &g, sizeof(double), &error);
    if (!p)
        fprintf(stderr, "# %s\n", error.text);
    return p;
}

static const double *values(tb_params *p, const char *name, int64_t n)
{
    int i = tb_params_find(p, name);
    bool good = i >= 0 && tb_params_at(p, i)->n == n;
    OK_NAMED(good, name);
    return good ? (double *)tb_params_data(p) + tb_params_at(p, i)->offset
                : NULL;
}

/* Uniform within a bound: nothing beyond it, something near it, mean near 0. */
static bool fills(const double *x, int64_t n, double bound)
{
    double largest = 0, sum = 0;
    for (int64_t i = 0; x && i < n; i++) {
        largest = fmax(largest, fabs(x[i]));
        sum += x[i];
    }
    return x && largest <= bound && largest > 0.85 * bound &&
           fabs(sum) < bound * 3 * sqrt((double)n);
}

static void check_bounds(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, TB_FRAMES, 25));
    tb_recurrent how = {TB_CELL_GRU, 2, 16, TB_FIRST_LEARNED, 0, 0};
    tb_linear_layer(x, "a", 32, 0);
    tb_recurrent_layer(x, "r", &how);
    tb_param(g, "e.embedding.weight", tb_dims(40, 10));
    tb_param(g, "norm.weight", tb_dims(8));
    tb_param(g, "norm.bias", tb_dims(8));
    tb_params *p = params_of(g);
    tb_init_params(p, 1);
    OK(fills(values(p, "a.weight", 32 * 25), 800, 0.2));
    OK(fills(values(p, "a.bias", 32), 32, 0.2));
    OK(fills(values(p, "r.weight_ih_l0", 48 * 25), 48 * 25, 0.25));
    OK(fills(values(p, "r.weight_hh_l1", 48 * 16), 48 * 16, 0.25));
    OK(fills(values(p, "r.bias_ih_l1", 48), 48, 0.25));
    OK(*values(p, "r.h0_l0", 16) == 0);
    OK(*values(p, "norm.weight", 8) == 1);
    OK(*values(p, "norm.bias", 8) == 0);
    const double *e = values(p, "e.embedding.weight", 400);
    double square = 0;
    for (int i = 0; i < 400; i++)
        square += e[i] * e[i] / 400;
    NEAR(square, 1, 0.2);
    tb_params_free(p);
    tb_graph_free(g);
}

/* The same name and seed give the same numbers in another network. */
static void check_order(void)
{
    double first[12];
    for (int k = 0; k < 3; k++) {
        tb_graph *g = tb_graph_new();
        tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, 4));
        if (k == 1)
            tb_linear_layer(x, "other", 5, 0);
        tb_linear_layer(x, "a", 3, 0);
        tb_params *p = params_of(g);
        tb_init_params(p, k == 2 ? 8 : 7);
        const double *w = values(p, "a.weight", 12);
        if (k == 0)
            memcpy(first, w, sizeof first);
        OK((memcmp(first, w, sizeof first) == 0) == (k < 2));
        tb_params_free(p);
        tb_graph_free(g);
    }
}

static void check_lengths(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, 4));
    tb_linear_layer(x, "a", 3, TB_LAYER_WEIGHT_NORM);
    tb_params *p = params_of(g);
    tb_init_params(p, 1);
    const double *v = values(p, "a.weight_v", 12);
    const double *length = values(p, "a.weight_g", 3);
    for (int i = 0; i < 3; i++) {
        double sum = 0;
        for (int k = 0; k < 4; k++)
            sum += v[4 * i + k] * v[4 * i + k];
        NEAR(length[i], sqrt(sum), 1e-12);
    }
    OK(fabs(*values(p, "a.bias", 3)) > 0);
    tb_params_free(p);
    tb_graph_free(g);
}

static void check_shapes(void)
{
    static const tb_recurrent how = {TB_CELL_NONE, 2, 5, 0, 0, 0};
    static const tb_mlp mlp = {2, 7, 0, TB_LAYER_NO_BIAS};
    static const int64_t out[] = {2, 1};
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, TB_FRAMES, 4));
    tb_value *y[2], *r = tb_recurrent_layer(x, "r", &how);
    tb_mlp_layer(r, "m", &mlp, 2, out, y);
    OK(y[0] && y[0]->dim[2] == 2 && y[1] && y[1]->dim[2] == 1);
    tb_params *p = params_of(g);
    values(p, "r.l1.weight", 25);
    values(p, "m.0.weight", 35);
    values(p, "m.2.weight", 21);
    OK(tb_params_find(p, "m.0.bias") < 0);
    EQ(tb_params_count(p), 7);
    tb_mlp_layer(NULL, "m", &mlp, 2, out, y);
    OK(!y[0] && !y[1] && !tb_recurrent_layer(NULL, "r", &how));
    tb_params_free(p);
    tb_graph_free(g);
}

int main(void)
{
    check_bounds();
    check_order();
    check_lengths();
    check_shapes();
    return tap_done();
}
