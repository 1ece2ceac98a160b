#include "engine/ops/fourier.h"

#include "engine/fft.h"

#include <math.h>

/* Turns for the definition, which double precision follows. */
static bool make_turns(tb_graph *g, tb_fourier_attr *how)
{
    double *turn = tb_graph_alloc(g, 2 * (size_t)how->n * sizeof *turn);
    for (int64_t k = 0; turn && k < how->n; k++) {
        double angle = 2 * acos(-1) * (double)k / (double)how->n;
        turn[2 * k] = cos(angle);
        turn[2 * k + 1] = sin(angle);
    }
    how->turn = turn;
    return turn != NULL;
}

static double scale_of(int64_t n, bool inverse, tb_fourier_norm norm)
{
    if (norm == TB_FOURIER_ORTHO)
        return 1 / sqrt((double)n);
    return (norm == TB_FOURIER_BACKWARD) == inverse ? 1 / (double)n : 1;
}

static tb_value *transform(tb_value *x, const tb_op *op,
                           const tb_fourier_attr *how, int64_t last)
{
    tb_node *n = tb_node_new(x->graph, op, 1, &x, how, sizeof *how);
    tb_shape shape = tb_value_shape(x);
    shape.dim[x->rank - 1] = last;
    tb_value *y = tb_node_output(
        n, op == &tb_op_real_fourier_back ? TB_REAL : TB_C64, shape);
    tb_value_order_as(y, x);
    tb_value_order_last(y, x->rank - 1);
    return y;
}

static bool has_rows(const tb_value *x, tb_type type, int64_t n)
{
    if (x->type == type && x->rank >= 1 && x->time != x->rank - 1 && n >= 1 &&
        n <= TB_FFT_MOST)
        return true;
    tb_graph_fail(x->graph,
                  "A Fourier transform takes %s numbers along the last axis, "
                  "at least one, which are not time.",
                  type == TB_REAL ? "real" : "complex");
    return false;
}

static int64_t last_dim(const tb_value *x)
{
    return x->rank ? x->dim[x->rank - 1] : 0;
}

tb_value *tb_fourier(tb_value *z, bool inverse, tb_fourier_norm norm)
{
    if (!z || !has_rows(z, TB_C64, last_dim(z)))
        return NULL;
    int64_t n = last_dim(z);
    double scale = scale_of(n, inverse, norm);
    tb_fourier_attr how = {n, scale, scale, inverse, NULL};
    return make_turns(z->graph, &how) ? transform(z, &tb_op_fourier, &how, n)
                                      : NULL;
}

tb_value *tb_real_fourier(tb_value *x, tb_fourier_norm norm)
{
    if (!x || !has_rows(x, TB_REAL, last_dim(x)))
        return NULL;
    int64_t n = last_dim(x);
    double scale = scale_of(n, false, norm);
    tb_fourier_attr how = {n, scale, scale, false, NULL};
    return make_turns(x->graph, &how)
               ? transform(x, &tb_op_real_fourier, &how, n / 2 + 1)
               : NULL;
}

tb_value *tb_real_fourier_back(tb_value *z, int64_t n, tb_fourier_norm norm)
{
    if (!z || !has_rows(z, TB_C64, n))
        return NULL;
    if (last_dim(z) != n / 2 + 1)
        return tb_graph_fail(
            z->graph, "%lld reals come from %lld bins, not from %lld.",
            (long long)n, (long long)(n / 2 + 1), (long long)last_dim(z));
    double scale = scale_of(n, true, norm);
    tb_fourier_attr how = {n, scale, 2 * scale, true, NULL};
    return make_turns(z->graph, &how)
               ? transform(z, &tb_op_real_fourier_back, &how, n)
               : NULL;
}

static void fourier_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                        const bool *want, tb_value **din)
{
    tb_fourier_attr how = *TB_ATTR(tb_fourier_attr, n);
    const tb_op *op = n->op == &tb_op_real_fourier ? &tb_op_real_fourier_back
                      : n->op == &tb_op_real_fourier_back ? &tb_op_real_fourier
                                                          : n->op;
    (void)g, (void)want;
    how.inverse = !how.inverse;
    din[0] = transform(dout[0], op, &how, last_dim(n->in[0]));
}

const tb_op tb_op_fourier = {
    .name = "fourier", .vjp = fourier_vjp, .types = TB_ANY_TYPE};
const tb_op tb_op_real_fourier = {.name = "real_fourier", .vjp = fourier_vjp};
const tb_op tb_op_real_fourier_back = {
    .name = "real_fourier_back", .vjp = fourier_vjp, .types = TB_ANY_TYPE};
