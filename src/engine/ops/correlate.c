#include "engine/ops/correlate.h"

#include "engine/ops/shape.h"

static bool fit(const tb_value *taps, const tb_value *x)
{
    int last = x->rank - 1;
    bool fit = taps->type == TB_REAL && x->type == TB_REAL && x->rank > 0 &&
               taps->rank == x->rank && taps->time == x->time &&
               x->time != last && taps->dim[last] >= 1 &&
               taps->dim[last] <= x->dim[last];
    for (int i = 0; fit && i < last; i++)
        fit = taps->dim[i] == x->dim[i];
    return fit;
}

tb_value *tb_correlate(tb_value *taps, tb_value *x)
{
    if (!taps || !x)
        return NULL;
    if (!fit(taps, x))
        return tb_graph_fail(x->graph, "Filters of rows: there must be one for "
                                       "each row, and no longer than it.");
    int last = x->rank - 1;
    tb_shape shape = tb_value_shape(x);
    shape.dim[last] -= taps->dim[last] - 1;
    tb_value *in[] = {tb_arrange_last(taps, last), tb_arrange_last(x, last)};
    if (!in[0] || !in[1])
        return NULL;
    tb_node *n = tb_node_new(x->graph, &tb_op_correlate, 2, in, NULL, 0);
    tb_value *y = tb_node_output(n, TB_REAL, shape);
    if (y)
        tb_value_order_as(y, in[1]);
    return y;
}

static void correlate_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                          const bool *want, tb_value **din)
{
    tb_value *taps = n->in[0], *x = n->in[1], *dy = dout[0];
    int last = x->rank - 1;
    int64_t around = taps->dim[last] - 1;
    (void)g;
    if (want[0])
        din[0] = tb_correlate(dy, x);
    if (want[1])
        din[1] =
            tb_correlate(tb_flip(taps, last), tb_pad(dy, last, around, around));
}

const tb_op tb_op_correlate = {.name = "correlate", .vjp = correlate_vjp};
