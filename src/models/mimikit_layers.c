#include "models/mimikit.h"

#include "dsp/mulaw.h"

/* What one output has weights for. */
static int64_t inputs_of(const tb_mimikit_layer *l)
{
    int64_t n = 1;
    for (int i = 1; i < l->shape.rank; i++)
        n *= l->shape.dim[i];
    return n;
}

static bool is_there(const tb_mimikit_layer *l)
{
    return l->weight && l->bias;
}

/* Zeros; both pointers are null after a failure. */
static tb_mimikit_layer make(tb_mimikit *m, tb_shape shape)
{
    tb_mimikit_layer l = {.shape = shape};
    l.weight = tb_mimikit_doubles(m, shape);
    l.bias = tb_mimikit_doubles(m, tb_dims(shape.dim[0]));
    return l;
}

static void copy(const float *from, double *to, int64_t n)
{
    for (int64_t i = 0; from && to && i < n; i++)
        to[i] = from[i];
}

tb_mimikit_layer tb_mimikit_layer_of(tb_mimikit *m, const char *theirs,
                                     tb_shape shape)
{
    const char *weight = tb_mimikit_name(m, "%s.weight", theirs);
    const char *bias = tb_mimikit_name(m, "%s.bias", theirs);
    tb_shape outputs = tb_dims(shape.dim[0]);
    const float *w = tb_mimikit_floats(m, weight, shape);
    const float *b = tb_mimikit_has_tensor(m, bias)
                         ? tb_mimikit_floats(m, bias, outputs)
                         : NULL;
    tb_mimikit_layer l = {0};
    if (!w)
        return l;
    l = make(m, shape);
    copy(w, l.weight, shape.dim[0] * inputs_of(&l));
    copy(b, l.bias, shape.dim[0]);
    return l;
}

static void give(tb_mimikit *m, const double *from, const char *ours,
                 tb_shape shape, int64_t n)
{
    float *to = tb_mimikit_make(m, ours, shape);
    for (int64_t i = 0; to && i < n; i++)
        to[i] = (float)from[i];
}

void tb_mimikit_give(tb_mimikit *m, const tb_mimikit_layer *layer,
                     const char *ours)
{
    if (!is_there(layer))
        return;
    int64_t out = layer->shape.dim[0];
    give(m, layer->weight, tb_mimikit_name(m, "%s.weight", ours), layer->shape,
         out * inputs_of(layer));
    give(m, layer->bias, tb_mimikit_name(m, "%s.bias", ours), tb_dims(out),
         out);
}

void tb_mimikit_take_layer(tb_mimikit *m, const char *theirs, const char *ours,
                           tb_shape shape)
{
    const tb_mimikit_layer l = tb_mimikit_layer_of(m, theirs, shape);
    tb_mimikit_give(m, &l, ours);
}

/* What one output is made of, summed over all chunks. */
static void sum_rows(tb_mimikit_layer *to, const tb_mimikit_layer *from)
{
    int64_t out = to->shape.dim[0], inputs = inputs_of(to);
    for (int64_t i = 0; i < from->shape.dim[0]; i++) {
        to->bias[i % out] += from->bias[i];
        for (int64_t k = 0; k < inputs; k++)
            to->weight[i % out * inputs + k] += from->weight[i * inputs + k];
    }
}

tb_mimikit_layer tb_mimikit_sum_of(tb_mimikit *m, const char *theirs,
                                   int chunks, tb_shape shape)
{
    tb_shape whole = shape;
    whole.dim[0] *= chunks;
    const tb_mimikit_layer all = tb_mimikit_layer_of(m, theirs, whole);
    if (!is_there(&all))
        return all;
    tb_mimikit_layer l = make(m, shape);
    if (is_there(&l))
        sum_rows(&l, &all);
    return l;
}

/* Output `row` of `second` after block `k` of `first`. */
static void join_row(tb_mimikit_layer *to, const tb_mimikit_layer *first,
                     const tb_mimikit_layer *second, int64_t k, int64_t row,
                     bool biased)
{
    int64_t n = second->shape.dim[1], inputs = inputs_of(first);
    int64_t out = k * second->shape.dim[0] + row;
    double bias = biased ? second->bias[row] : 0;
    for (int64_t i = 0; i < n; i++) {
        double by = second->weight[row * n + i];
        const double *from = first->weight + (k * n + i) * inputs;
        for (int64_t c = 0; c < inputs; c++)
            to->weight[out * inputs + c] += by * from[c];
        bias += by * first->bias[k * n + i];
    }
    to->bias[out] = bias;
}

tb_mimikit_layer tb_mimikit_then(tb_mimikit *m, const tb_mimikit_layer *first,
                                 const tb_mimikit_layer *second, int blocks,
                                 bool biased)
{
    tb_mimikit_layer l = {0};
    if (!is_there(first) || !is_there(second))
        return l;
    if (second->shape.rank != 2 ||
        second->shape.dim[1] * blocks != first->shape.dim[0]) {
        tb_mimikit_refuse(m, "its layers do not fit each other");
        return l;
    }
    tb_shape shape = first->shape;
    shape.dim[0] = second->shape.dim[0] * blocks;
    l = make(m, shape);
    for (int64_t k = 0; is_there(&l) && k < blocks; k++)
        for (int64_t row = 0; row < second->shape.dim[0]; row++)
            join_row(&l, first, second, k, row, biased);
    return l;
}

/* Ours reads x = 4 / (Q - 1) (q - s), s being the level of silence, so that
   2q/Q - 1 = (Q - 1) / 2Q x + 2s/Q - 1. */
void tb_mimikit_hear_levels(tb_mimikit *m, tb_mimikit_layer *layer)
{
    tb_mulaw law = {0};
    int levels = m->io.levels;
    if (!is_there(layer) || tb_mulaw_init(&law, levels, m->io.mulaw, NULL))
        return;
    double zero = 2.0 * tb_mulaw_quantise(&law, 0) / levels - 1;
    double scale = (levels - 1) / (2.0 * levels);
    int64_t inputs = inputs_of(layer);
    for (int64_t i = 0; i < layer->shape.dim[0]; i++)
        for (int64_t k = 0; k < inputs; k++) {
            layer->bias[i] += zero * layer->weight[i * inputs + k];
            layer->weight[i * inputs + k] *= scale;
        }
}
