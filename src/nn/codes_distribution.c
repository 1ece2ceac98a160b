/* Frames of codes, chosen one after the other: before each choice the network
   hears which codes of the frame were chosen already. */
#include "nn/distribution_kinds.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/index.h"
#include "engine/ops/linear.h"
#include "engine/ops/loss.h"
#include "engine/ops/random.h"
#include "engine/ops/shape.h"

#include <stdio.h>
#include <string.h>

enum { NAME = 64 };

/* What one choice is made by: a hidden layer, that of the logits, and the
   vectors of the codes. */
struct tb_code_choice {
    tb_value *weight, *bias, *out, *out_bias, *code;
};

static tb_value *param(tb_graph *g, const char *name, int choice,
                       const char *what, tb_shape shape)
{
    char full[NAME];
    snprintf(full, sizeof full, "%s.%d.%s", name, choice, what);
    return tb_param(g, full, shape);
}

tb_distribution tb_codes_distribution(tb_value *found, const char *name,
                                      int codes, int levels)
{
    tb_distribution d = {
        .kind = TB_CODES, .count = 1, .levels = levels, .codes = codes};
    if (!found)
        return d;
    tb_graph *g = found->graph;
    int64_t n = found->dim[2];
    tb_code_choice *c = tb_graph_alloc(g, (size_t)codes * sizeof *c);
    for (int k = 0; c && k < codes; k++)
        c[k] = (tb_code_choice){
            param(g, name, k, "hidden.weight", tb_dims(n, n)),
            param(g, name, k, "hidden.bias", tb_dims(n)),
            param(g, name, k, "out.weight", tb_dims(levels, n)),
            param(g, name, k, "out.bias", tb_dims(levels)),
            param(g, name, k, "code.weight", tb_dims(levels, n))};
    d.component[0] =
        (tb_distribution_component){.found = c ? found : NULL, .choices = c};
    return d;
}

/* ---- one choice ---- */

/* What each component knows: what the network found and the codes so far. */
typedef struct known {
    tb_value *of[TB_MIXED_MOST];
} known;

static known begin(const tb_distribution *d)
{
    known x = {{NULL}};
    for (int i = 0; i < d->count; i++)
        x.of[i] = d->component[i].found;
    return x;
}

/* [rows, frames, levels] */
static tb_value *logits_of(const tb_distribution *d, const known *x, int i,
                           int k)
{
    const tb_code_choice *c = &d->component[i].choices[k];
    tb_value *hidden = tb_linear(x->of[i], c->weight, c->bias);
    hidden = tb_add(x->of[i], tb_map(hidden, TB_GELU, 0, 0));
    return tb_linear(hidden, c->out, c->out_bias);
}

/* Of a mixture: the logarithms of its probabilities. */
static tb_value *mixed_logits(const tb_distribution *d, const known *x, int k)
{
    tb_value *sum = NULL;
    if (d->count == 1)
        return logits_of(d, x, 0, k);
    for (int i = 0; i < d->count; i++) {
        tb_value *w = tb_slice(d->log_weights, 1, i, i + 1, 1);
        w = w ? tb_reshape(tb_map(w, TB_EXP, 0, 0), tb_dims(w->dim[0], 1, 1))
              : NULL;
        tb_value *p = tb_mul(tb_softmax(logits_of(d, x, i, k), 2), w);
        sum = i ? tb_add(sum, p) : p;
    }
    return tb_log_probability(sum);
}

/* All hear that code k is `code`, i64 [rows, frames]. */
static void hear(const tb_distribution *d, known *x, int k, tb_value *code)
{
    for (int i = 0; i < d->count; i++)
        x->of[i] = tb_add(x->of[i],
                          tb_embedding(d->component[i].choices[k].code, code));
}

/* ---- all of them ---- */

static tb_value *draw(const tb_distribution *d, const tb_draw *how)
{
    tb_value *drawn[TB_CODES_MOST];
    known x = begin(d);
    if (!x.of[0])
        return NULL;
    for (int k = 0; k < d->codes; k++) {
        tb_value *code = tb_sample(mixed_logits(d, &x, k), how->temperature,
                                   how->top_k, how->top_p);
        if (!code)
            return NULL;
        if (k + 1 < d->codes)
            hear(d, &x, k, code);
        drawn[k] = tb_reshape(code, tb_dims(code->dim[0], TB_FRAMES, 1));
    }
    return tb_concat(d->codes, drawn, 2);
}

static tb_value *nats_of(const tb_distribution *d, tb_value *symbols)
{
    known x = begin(d);
    tb_value *sum = NULL;
    if (!x.of[0] || !symbols)
        return NULL;
    for (int k = 0; k < d->codes; k++) {
        tb_value *code = tb_slice(symbols, 2, k, k + 1, 1);
        code = code ? tb_reshape(code, tb_dims(code->dim[0], TB_FRAMES)) : NULL;
        tb_value *nats = tb_cross_entropy(mixed_logits(d, &x, k), code);
        sum = k ? tb_add(sum, nats) : nats;
        if (k + 1 < d->codes)
            hear(d, &x, k, code);
    }
    return sum;
}

static tb_distribution mix(int n, const tb_distribution *d, tb_value *weights)
{
    tb_distribution mixed = d[0];
    for (int i = 0; i < n; i++)
        mixed.component[i] = d[i].component[0];
    mixed.count = n;
    mixed.log_weights = tb_log_probability(weights);
    return mixed;
}

const tb_distribution_rules tb_codes_rules = {
    .ranks = true, .draw = draw, .nats = nats_of, .mix = mix};
