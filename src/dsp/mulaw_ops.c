#include "dsp/mulaw_ops.h"

#include "base/memory.h"
#include "engine/ops/bucketize.h"
#include "engine/ops/index.h"
#include "engine/ops/logic.h"
#include "engine/ops/shape.h"

#include <math.h>

/* Between the centres of two neighbours, halving down to the last bit. */
float tb_mulaw_bound(const tb_mulaw *law, int q)
{
    float below = tb_mulaw_expand(law, q - 1), above = tb_mulaw_expand(law, q);
    while (nextafterf(below, 2) < above) {
        float middle = below + (above - below) / 2;
        if (middle <= below || middle >= above)
            middle = nextafterf(below, 2);
        if (tb_mulaw_quantise(law, middle) >= q)
            above = middle;
        else
            below = middle;
    }
    return above;
}

/* A constant of n numbers, each given by its index. */
static tb_value *table_of(tb_graph *g, tb_shape shape, int n,
                          float (*at)(const tb_mulaw *law, int i), int first,
                          const tb_mulaw *law)
{
    double *x = tb_alloc_array((size_t)n + 1, sizeof *x);
    if (!x)
        return tb_graph_fail(g, "There is not enough memory.");
    for (int i = 0; i < n; i++)
        x[i] = (double)at(law, i + first);
    tb_value *table = tb_constant(g, shape, x);
    tb_free(x);
    return table;
}

tb_value *tb_mulaw_levels(tb_value *x, const tb_mulaw *law)
{
    if (!x)
        return NULL;
    int n = law->levels - 1;
    /* What is not a number equals nothing, and becomes silence. */
    tb_value *silence = tb_fill(x->graph, tb_dims(1), 0);
    tb_value *numbers = tb_where(tb_compare(TB_EQ, x, x), x, silence);
    return tb_bucketize(
        numbers, table_of(x->graph, tb_dims(n), n, tb_mulaw_bound, 1, law));
}

tb_value *tb_mulaw_samples(tb_value *levels, const tb_mulaw *law)
{
    if (!levels)
        return NULL;
    tb_value *table = table_of(levels->graph, tb_dims(law->levels, 1),
                               law->levels, tb_mulaw_expand, 0, law);
    return tb_reshape(tb_embedding(table, levels), tb_value_shape(levels));
}
