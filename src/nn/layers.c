#include "nn/layers.h"

#include "engine/ops/linear.h"
#include "engine/ops/norm.h"
#include "engine/ops/random.h"
#include "engine/ops/shape.h"

#include <stdio.h>

enum { NAME = 160 };

const char *const tb_activation_names[] = {
    "relu", "leaky_relu", "tanh",     "sigmoid", "mish", "gelu",
    "silu", "elu",        "softplus", "abs",     "none", NULL};
const char *const tb_cell_names[] = {"lstm", "gru", "rnn", "none", NULL};
const char *const tb_first_state_names[] = {"zeros", "ones", "randn", "learned",
                                            NULL};

tb_value *tb_activation(tb_value *x, int index)
{
    static const tb_unary_attr kinds[] = {
        {TB_RELU, 0, 0},    {TB_LEAKY_RELU, 0.01, 0}, {TB_TANH, 0, 0},
        {TB_SIGMOID, 0, 0}, {TB_MISH, 0, 0},          {TB_GELU, 0, 0},
        {TB_SILU, 0, 0},    {TB_ELU, 1, 0},           {TB_SOFTPLUS, 0, 0},
        {TB_ABS, 0, 0}};
    if (index == sizeof kinds / sizeof *kinds)
        return x;
    return tb_map(x, kinds[index].kind, kinds[index].a, kinds[index].b);
}

tb_value *tb_weight(tb_graph *g, const char *name, tb_shape shape,
                    unsigned flags)
{
    char v[NAME], length[NAME];
    tb_shape rows = shape;
    if (!(flags & TB_LAYER_WEIGHT_NORM))
        return tb_param(g, name, shape);
    for (int i = 1; i < rows.rank; i++)
        rows.dim[i] = 1;
    snprintf(v, sizeof v, "%s_v", name);
    snprintf(length, sizeof length, "%s_g", name);
    return tb_weight_norm(tb_param(g, v, shape), tb_param(g, length, rows));
}

/* "name.suffix" or, with a number, "name.suffix_l0". */
static const char *join(char to[NAME], const char *name, const char *suffix,
                        int layer)
{
    if (layer < 0)
        snprintf(to, NAME, "%s.%s", name, suffix);
    else
        snprintf(to, NAME, "%s.%s_l%d", name, suffix, layer);
    return to;
}

static tb_value *bias(tb_graph *g, const char *name, int64_t out,
                      unsigned flags)
{
    char full[NAME];
    return flags & TB_LAYER_NO_BIAS
               ? NULL
               : tb_param(g, join(full, name, "bias", -1), tb_dims(out));
}

tb_value *tb_linear_layer(tb_value *x, const char *name, int64_t out,
                          unsigned flags)
{
    tb_value *y;
    tb_linear_parts(x, name, 1, &out, flags, &y);
    return y;
}

void tb_linear_parts(tb_value *x, const char *name, int n, const int64_t *out,
                     unsigned flags, tb_value **parts)
{
    char full[NAME];
    int64_t all = 0;
    for (int i = 0; i < n; i++)
        all += out[i];
    tb_value *w = NULL, *b = NULL;
    if (x) {
        w = tb_weight(x->graph, join(full, name, "weight", -1),
                      tb_dims(all, x->dim[x->rank - 1]), flags);
        b = bias(x->graph, name, all, flags);
    }
    int64_t at = 0;
    for (int i = 0; i < n; at += out[i++]) {
        int64_t to = at + out[i];
        bool whole = n == 1;
        parts[i] = tb_linear(x, whole ? w : tb_slice(w, 0, at, to, 1),
                             whole || !b ? b : tb_slice(b, 0, at, to, 1));
    }
}

tb_value *tb_conv_layer(tb_value *x, const char *name, int64_t out,
                        int64_t taps, tb_conv_attr how, unsigned flags)
{
    char full[NAME];
    if (!x)
        return NULL;
    tb_value *w = tb_weight(x->graph, join(full, name, "weight", -1),
                            tb_dims(out, x->dim[1] / how.groups, taps), flags);
    return tb_conv(x, w, bias(x->graph, name, out, flags), how);
}

void tb_mlp_layer(tb_value *x, const char *name, const tb_mlp *how, int n,
                  const int64_t *out, tb_value **parts)
{
    char full[NAME];
    for (int i = 0; i < how->layers; i++) {
        snprintf(full, sizeof full, "%s.%d", name, i);
        x = tb_linear_layer(x, full, how->hidden, how->flags);
        x = tb_activation(x, how->activation);
    }
    snprintf(full, sizeof full, "%s.%d", name, how->layers);
    tb_linear_parts(x, full, n, out, how->flags, parts);
}

/* ---- recurrent layers ---- */

/* One layer being built. `started` [batch, 1] is a state that is 0 until the
   layer has run; null where first states need no such thing. */
typedef struct cell_builder {
    const char *name;
    const tb_recurrent *how;
    tb_value *started;
    int layer;
} cell_builder;

static bool needs_start(const tb_recurrent *how)
{
    return how->first == TB_FIRST_RANDN || how->first == TB_FIRST_LEARNED;
}

/* What stands in place of a state that has not been set yet. */
static tb_value *first_value(const cell_builder *b, tb_value *state,
                             const char *suffix)
{
    char name[NAME];
    if (b->how->first == TB_FIRST_RANDN)
        return tb_noise(state, TB_NORMAL_NOISE, tb_value_shape(state));
    return tb_param(state->graph, join(name, b->name, suffix, b->layer),
                    tb_dims(b->how->hidden));
}

static tb_value *cell_state(const cell_builder *b, tb_graph *g, int64_t batch,
                            const char *suffix)
{
    char name[NAME];
    double init = b->how->first == TB_FIRST_ONES;
    return tb_state(g, join(name, b->name, suffix, b->layer), TB_REAL,
                    tb_dims(batch, b->how->hidden), init);
}

/* The state itself, once there is one: state + (1 - started) first. */
static tb_value *read_state(const cell_builder *b, tb_value *state,
                            const char *suffix)
{
    if (!b->started || !state)
        return state;
    tb_value *not_yet = tb_map(b->started, TB_AFFINE, -1, 1);
    return tb_add(state, tb_mul(not_yet, first_value(b, state, suffix)));
}

/* 1 in each row, known once the layer has run. */
static void note_start(tb_value *started, tb_value *hn)
{
    tb_state_next(started, tb_map(tb_slice(hn, 1, 0, 1, 1), TB_AFFINE, 0, 1));
}

static tb_value *cell_weight(const cell_builder *b, tb_graph *g,
                             const char *suffix, int64_t in)
{
    static const tb_rnn_kind kinds[] = {TB_RNN_LSTM, TB_RNN_GRU, TB_RNN_TANH};
    char name[NAME];
    int64_t out = tb_rnn_gates(kinds[b->how->cell]) * b->how->hidden;
    join(name, b->name, suffix, b->layer);
    return in ? tb_weight(g, name, tb_dims(out, in), b->how->flags)
              : tb_param(g, name, tb_dims(out));
}

static tb_value *cell(cell_builder *b, tb_value *x)
{
    static const tb_rnn_kind kinds[] = {TB_RNN_LSTM, TB_RNN_GRU, TB_RNN_TANH};
    tb_graph *g = x->graph;
    bool lstm = b->how->cell == TB_CELL_LSTM;
    tb_value *h = cell_state(b, g, x->dim[0], "h0");
    tb_value *c = lstm ? cell_state(b, g, x->dim[0], "c0") : NULL;
    tb_value *gx = tb_linear(x, cell_weight(b, g, "weight_ih", x->dim[2]),
                             cell_weight(b, g, "bias_ih", 0));
    tb_rnn_out out = tb_rnn(
        kinds[b->how->cell], gx, cell_weight(b, g, "weight_hh", b->how->hidden),
        cell_weight(b, g, "bias_hh", 0), read_state(b, h, "h0"),
        lstm ? read_state(b, c, "c0") : NULL);
    tb_state_next(h, out.hn);
    tb_state_next(c, out.cn);
    if (b->started && b->layer == 0)
        note_start(b->started, out.hn);
    return out.y;
}

static tb_value *plain(const cell_builder *b, tb_value *x)
{
    char name[NAME];
    snprintf(name, sizeof name, "%s.l%d", b->name, b->layer);
    tb_value *y = tb_linear_layer(x, name, b->how->hidden, b->how->flags);
    return tb_map(y, TB_MISH, 0, 0);
}

tb_value *tb_recurrent_layer(tb_value *x, const char *name,
                             const tb_recurrent *how)
{
    char full[NAME];
    cell_builder b = {name, how, NULL, 0};
    if (x && how->layers && how->cell != TB_CELL_NONE && needs_start(how))
        b.started = tb_state(x->graph, join(full, name, "started", -1), TB_REAL,
                             tb_dims(x->dim[0], 1), 0);
    for (; x && b.layer < how->layers; b.layer++) {
        x = how->cell == TB_CELL_NONE ? plain(&b, x) : cell(&b, x);
        x = tb_dropout(x, how->dropout);
    }
    return x;
}
