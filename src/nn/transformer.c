#include "nn/transformer.h"

#include "base/memory.h"
#include "engine/ops/attention.h"
#include "engine/ops/linear.h"
#include "engine/ops/norm.h"
#include "engine/ops/random.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"
#include "nn/layers.h"

#include <math.h>
#include <stdio.h>

enum { NAME = 160, PART = 32 };

const char *const tb_transformer_norms[] = {"layer", "rms", NULL};
const char *const tb_transformer_position_names[] = {"learned", "alibi", "none",
                                                     NULL};

int64_t tb_transformer_past(const tb_transformer_how *how)
{
    return how->layers * (how->window - 1);
}

/* One layer being built. */
typedef struct stage {
    const tb_transformer_how *how;
    const char *name;
    int layer; /* as many as there are: what follows them */
    char full[NAME];
} stage;

static const char *named(stage *s, const char *part)
{
    if (s->layer < s->how->layers)
        snprintf(s->full, NAME, "%s.layers.%d.%s", s->name, s->layer, part);
    else
        snprintf(s->full, NAME, "%s.%s", s->name, part);
    return s->full;
}

static tb_value *parameter(stage *s, tb_graph *g, const char *part,
                           tb_shape shape)
{
    return tb_param(g, named(s, part), shape);
}

static tb_value *without_first(tb_value *x, int64_t frames)
{
    return frames ? tb_pad(x, 1, -frames, 0) : x;
}

/* x in range: divided by its deviation or, with RMS, by its root mean square.
 */
static tb_value *standard(const stage *s, tb_value *x)
{
    if (s->how->norm == TB_NORM_LAYER)
        return tb_layer_norm(x, 2, NULL, NULL, 1e-5);
    tb_value *power = tb_mean(tb_map(x, TB_SQUARE, 0, 0), TB_AXIS(2), true);
    power = tb_map(tb_map(power, TB_AFFINE, 1, 1e-5), TB_POW, -0.5, 0);
    return tb_mul(x, power);
}

/* The gain and the bias of a norm; RMS has no bias. */
static void norm_of(stage *s, tb_value *x, const char *norm, tb_value **gain,
                    tb_value **bias)
{
    char part[PART];
    snprintf(part, PART, "%s.weight", norm);
    *gain = parameter(s, x->graph, part, tb_dims(x->dim[2]));
    snprintf(part, PART, "%s.bias", norm);
    *bias = s->how->norm == TB_NORM_LAYER
                ? parameter(s, x->graph, part, tb_dims(x->dim[2]))
                : NULL;
}

static tb_value *normalised(stage *s, tb_value *x, const char *norm)
{
    tb_value *gain, *bias;
    if (!x)
        return NULL;
    norm_of(s, x, norm, &gain, &bias);
    x = tb_mul(standard(s, x), gain);
    return bias ? tb_add(x, bias) : x;
}

/* A norm and the linear layer that reads it, in parts. Gain and bias are taken
   into the layer's own: W (g x + b) = (W g) x + W b, which a voice computes
   once. */
static void normalised_parts(stage *s, tb_value *x, const char *norm,
                             const char *layer, int n, const int64_t *out,
                             tb_value **parts)
{
    char part[PART];
    tb_value *gain, *bias;
    int64_t all = 0, at = 0, in = x->dim[2];
    for (int i = 0; i < n; i++)
        all += out[i];
    norm_of(s, x, norm, &gain, &bias);
    snprintf(part, PART, "%s.weight", layer);
    tb_value *w = parameter(s, x->graph, part, tb_dims(all, in));
    snprintf(part, PART, "%s.bias", layer);
    tb_value *b = parameter(s, x->graph, part, tb_dims(all));
    if (bias)
        b = tb_add(
            b, tb_reshape(tb_linear(tb_reshape(bias, tb_dims(1, in)), w, NULL),
                          tb_dims(all)));
    w = tb_mul(w, gain);
    x = standard(s, x);
    for (int i = 0; i < n; at += out[i++])
        parts[i] = tb_linear(x, tb_slice(w, 0, at, at + out[i], 1),
                             tb_slice(b, 0, at, at + out[i], 1));
}

/* x [rows, frames, n] as heads. */
static tb_value *heads_of(const stage *s, tb_value *x)
{
    int64_t heads = s->how->heads;
    return x ? tb_reshape(
                   x, tb_dims(x->dim[0], TB_FRAMES, heads, x->dim[2] / heads))
             : NULL;
}

static tb_value *attention(stage *s, tb_value *x, int64_t skip)
{
    static const tb_attention_bias biases[] = {
        TB_ATTENTION_RELATIVE, TB_ATTENTION_ALIBI, TB_ATTENTION_PLAIN};
    const tb_transformer_how *how = s->how;
    tb_attention_attr attr = {true, how->window, biases[how->positions], skip};
    tb_value *part[3], *table = NULL;
    if (!x)
        return NULL;
    int64_t n = x->dim[2], sizes[] = {n, n, n};
    normalised_parts(s, x, "norm1", "attention.in", 3, sizes, part);
    if (how->positions == TB_POSITIONS_LEARNED)
        table = parameter(s, x->graph, "attention.distances",
                          tb_dims(how->heads, how->window));
    tb_value *y = tb_attention(heads_of(s, part[0]), heads_of(s, part[1]),
                               heads_of(s, part[2]), table, attr);
    y = y ? tb_reshape(y, tb_dims(x->dim[0], TB_FRAMES, n)) : NULL;
    return tb_linear_layer(y, named(s, "attention.out"), n, 0);
}

static tb_value *between(stage *s, tb_value *x)
{
    int64_t hidden = s->how->hidden, sizes[] = {hidden, hidden};
    tb_value *part[2] = {NULL, NULL};
    if (!x)
        return NULL;
    normalised_parts(s, x, "norm2", "linear1", 1 + s->how->gated, sizes, part);
    tb_value *y = tb_map(part[0], s->how->gated ? TB_SILU : TB_GELU, 0, 0);
    if (s->how->gated)
        y = tb_mul(y, part[1]);
    return tb_linear_layer(y, named(s, "linear2"), x->dim[2], 0);
}

tb_value *tb_transformer_layers(tb_value *x, const char *name,
                                const tb_transformer_how *how, int64_t spare)
{
    stage s = {.how = how, .name = name};
    int64_t past = tb_transformer_past(how);
    if (spare > past) {
        x = without_first(x, spare - past);
        spare = past;
    }
    for (; s.layer < how->layers; s.layer++) {
        int64_t gone = spare < how->window - 1 ? spare : how->window - 1;
        spare -= gone;
        tb_value *y = tb_dropout(attention(&s, x, gone), how->dropout);
        x = tb_add(without_first(x, gone), y);
        x = tb_add(x, tb_dropout(between(&s, x), how->dropout));
    }
    return normalised(&s, x, "norm");
}

/* ---- fresh values ---- */

static void scale(tb_params *params, const char *name, double factor)
{
    int i = tb_params_find(params, name);
    int64_t n = i < 0 ? 0 : tb_params_at(params, i)->n;
    double *x = n ? tb_alloc_array((size_t)n, sizeof *x) : NULL;
    if (!x)
        return;
    tb_params_get(params, i, x);
    for (int64_t k = 0; k < n; k++)
        x[k] *= factor;
    tb_params_set(params, i, x);
    tb_free(x);
}

/* Heads fall to a fiftieth at distances from near to all of the window. */
static void slope(tb_params *params, const char *name,
                  const tb_transformer_how *how)
{
    int i = tb_params_find(params, name);
    double window = (double)how->window, heads = (double)how->heads;
    int64_t n = how->heads * how->window;
    double *x = i < 0 ? NULL : tb_alloc_array((size_t)n, sizeof *x);
    if (!x)
        return;
    for (int64_t k = 0; k < n; k++) {
        double head = (double)(k / how->window + 1);
        x[k] = -4 * (double)(k % how->window) / pow(window, head / heads);
    }
    tb_params_set(params, i, x);
    tb_free(x);
}

void tb_transformer_init(tb_params *params, const char *name,
                         const tb_transformer_how *how)
{
    stage s = {.how = how, .name = name};
    double less = 1 / sqrt(2.0 * how->layers);
    for (; s.layer < how->layers; s.layer++) {
        scale(params, named(&s, "attention.out.weight"), less);
        scale(params, named(&s, "linear2.weight"), less);
        slope(params, named(&s, "attention.distances"), how);
    }
    tb_params_touch(params);
}
