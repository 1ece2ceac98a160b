#include "engine/ops/random.h"

static tb_value *dropout(tb_value *x, tb_dropout_attr attr)
{
    tb_node *n =
        tb_node_new(x->graph, &tb_op_dropout, 1, &x, &attr, sizeof attr);
    return tb_node_output_like(n, x);
}

tb_value *tb_dropout(tb_value *x, double p)
{
    if (!x)
        return NULL;
    if (!(p >= 0 && p <= 1) || x->type != TB_REAL)
        return tb_graph_fail(x->graph,
                             "Dropout needs real numbers and a "
                             "probability from 0 to 1, not %g.",
                             p);
    if (p == 0)
        return x;
    return dropout(x, (tb_dropout_attr){p, tb_graph_nodes(x->graph)});
}

static void dropout_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                        const bool *want, tb_value **din)
{
    (void)g, (void)want;
    din[0] = dropout(dout[0], *TB_ATTR(tb_dropout_attr, n));
}

tb_value *tb_noise(tb_value *frames, tb_noise_kind kind, tb_shape shape)
{
    if (!frames)
        return NULL;
    bool timed = false;
    for (int i = 0; i < shape.rank && i < TB_RANK; i++)
        timed |= shape.dim[i] == TB_FRAMES;
    if (timed && frames->time < 0)
        return tb_graph_fail(frames->graph,
                             "Noise along time needs a value with frames.");
    tb_noise_attr attr = {kind};
    tb_node *n = tb_node_new(frames->graph, &tb_op_noise, timed ? 1 : 0,
                             &frames, &attr, sizeof attr);
    return tb_node_output(n, TB_REAL, shape);
}

/* ---- sampling ---- */

/* `control` against the result's shape [...]: see the header. */
static bool controls(const tb_value *control, const tb_value *logits)
{
    int rank = logits->rank - 1;
    if (control->rank == 0)
        return true;
    if (control->rank == 1 && control->time < 0)
        return rank > 0 && control->dim[0] == logits->dim[0];
    bool fits = control->rank == rank;
    for (int i = 0; fits && i < rank; i++)
        fits = control->dim[i] == 1 || control->dim[i] == logits->dim[i];
    return fits;
}

/* Apart from the ids of nodes, which are small. */
static const uint32_t FIRST_CHANCE = 0x5a000000;

static tb_sample_attr next_chance(const tb_graph *g)
{
    tb_sample_attr attr = {FIRST_CHANCE};
    for (const tb_node *n = tb_graph_first(g); n; n = n->next)
        attr.chance += n->op == &tb_op_sample;
    return attr;
}

tb_value *tb_sample(tb_value *logits, tb_value *temperature, tb_value *top_k,
                    tb_value *top_p)
{
    tb_value *in[] = {logits, temperature, top_k, top_p};
    if (!logits || !temperature || !top_k || !top_p)
        return NULL;
    if (logits->type != TB_REAL || logits->rank < 1 ||
        logits->time == logits->rank - 1 || logits->dim[logits->rank - 1] < 1)
        return tb_graph_fail(logits->graph,
                             "Sampling needs logits [..., classes].");
    for (int i = 1; i < 4; i++)
        if (!controls(in[i], logits))
            return tb_graph_fail(logits->graph,
                                 "Sampling: temperature, top_k "
                                 "and top_p are one number per row.");
    tb_shape shape = tb_value_shape(logits);
    shape.rank--;
    const tb_sample_attr attr = next_chance(logits->graph);
    tb_node *n =
        tb_node_new(logits->graph, &tb_op_sample, 4, in, &attr, sizeof attr);
    return tb_node_output(n, TB_I64, shape);
}

const tb_op tb_op_dropout = {
    .name = "dropout", .vjp = dropout_vjp, .in_place = 1};
const tb_op tb_op_noise = {.name = "noise"};
const tb_op tb_op_sample = {.name = "sample"};
