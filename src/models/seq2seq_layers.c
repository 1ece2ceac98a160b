/* Encoder and decoder. Chunks are frames of several steps: everything that is
   one chunk's is computed once for it. */
#include "models/seq2seq.h"

#include "engine/ops/frames.h"
#include "engine/ops/reduce.h"
#include "nn/bidirectional.h"

#include <stdio.h>

enum { NAME = 48 };

/* What both directions give as one. */
static tb_value *both(const tb_seq2seq *c, const tb_directions *d)
{
    if (!c->adjacent_units)
        return tb_add(d->y[TB_FORWARDS], d->y[TB_BACKWARDS]);
    tb_value *y = tb_concat(2, (tb_value *[]){d->y[0], d->y[1]}, 3);
    if (!y)
        return NULL;
    y = tb_reshape(y, tb_dims(y->dim[0], y->dim[1], y->dim[2], c->hidden, 2));
    return tb_sum(y, TB_AXIS(4), false);
}

static tb_directions layer(const tb_seq2seq *c, tb_value *x, const char *part,
                           int i, const tb_directions *first)
{
    char name[NAME];
    bool encodes = first == NULL;
    bool normed = encodes ? c->encoder_weight_norm : c->decoder_weight_norm;
    tb_bidirectional how = {.hidden = c->hidden,
                            .steps = c->chunk,
                            .first = first,
                            .carried = encodes && c->carried,
                            .flags = normed ? TB_LAYER_WEIGHT_NORM : 0};
    snprintf(name, sizeof name, "%s.%d", part, i);
    return tb_bidirectional_layer(x, name, &how);
}

/* ---- the encoder ---- */

static tb_value *step_of(tb_value *x, int64_t i)
{
    return tb_slice(x, 2, i, i + 1, 1);
}

/* [rows, chunks, chunk, hidden] to [rows, chunks, 1, hidden]. */
static tb_value *summary(const tb_seq2seq *c, tb_value *x)
{
    tb_value *edges;
    if (!x)
        return NULL;
    switch ((tb_seq2seq_down)c->downsampling) {
    case TB_DOWN_SUM:
        return tb_sum(x, TB_AXIS(2), true);
    case TB_DOWN_MEAN:
        return tb_mean(x, TB_AXIS(2), true);
    case TB_DOWN_LINEAR:
        x = tb_linear_layer(x, "encoder.down", c->hidden / c->chunk, 0);
        return x ? tb_reshape(x, tb_dims(x->dim[0], x->dim[1], 1, c->hidden))
                 : NULL;
    default:
        edges = tb_add(step_of(x, 0), step_of(x, c->chunk - 1));
        return c->downsampling == TB_DOWN_EDGE_MEAN ? tb_scale(edges, 0.5)
                                                    : edges;
    }
}

/* The chunk as one vector; `last` becomes the states of the last layer. */
static tb_value *encoded(const tb_seq2seq *c, tb_value *x, tb_directions *last)
{
    for (int i = 0; i < c->encoder_layers; i++) {
        *last = layer(c, x, "encoder.lstm", i, NULL);
        tb_value *y = both(c, last);
        x = i > 0 && c->encoder_residuals ? tb_add(x, y) : y;
    }
    unsigned flags = c->encoder_weight_norm ? TB_LAYER_WEIGHT_NORM : 0;
    return tb_linear_layer(summary(c, x), "encoder.out", c->hidden,
                           flags | TB_LAYER_NO_BIAS);
}

/* ---- the decoder ---- */

/* A state of each chunk in the steps from `from` to `to`, 0 elsewhere. */
static tb_value *held(const tb_seq2seq *c, tb_value *state, int64_t from,
                      int64_t to)
{
    double there[TB_SEQ2SEQ_LONGEST] = {0};
    if (!state)
        return NULL;
    for (int64_t i = from; i < to; i++)
        there[i] = 1;
    tb_value *steps =
        tb_constant(state->graph, tb_dims(1, 1, c->chunk, 1), there);
    state = tb_reshape(state,
                       tb_dims(state->dim[0], state->dim[1], 1, state->dim[2]));
    return tb_mul(state, steps);
}

/* [rows, chunks, 1, hidden] to as many steps as a chunk has, or to one that
   stands for them all. */
static tb_value *spread(const tb_seq2seq *c, tb_value *x,
                        const tb_directions *last)
{
    int64_t half = (c->chunk + 1) / 2;
    switch ((tb_seq2seq_up)c->upsampling) {
    case TB_UP_LINEAR:
        x = tb_linear_layer(x, "decoder.up", (int64_t)c->hidden * c->chunk, 0);
        return x ? tb_reshape(
                       x, tb_dims(x->dim[0], x->dim[1], c->chunk, c->hidden))
                 : NULL;
    case TB_UP_INTERPOLATE:
        return tb_add(x,
                      tb_add(held(c, last->h[TB_FORWARDS], 0, half),
                             held(c, last->h[TB_BACKWARDS], half, c->chunk)));
    default:
        return x;
    }
}

static tb_value *decoded(const tb_seq2seq *c, tb_value *x,
                         const tb_directions *last)
{
    x = spread(c, x, last);
    for (int i = 0; i < c->decoder_layers; i++) {
        tb_directions d = layer(c, x, "decoder.lstm", i, last);
        tb_value *y = both(c, &d);
        x = c->decoder_residuals ? tb_add(x, y) : y;
    }
    return x;
}

/* ---- both ---- */

/* z [rows, chunks, 1, hidden] with a vector of the label of what follows. */
static tb_value *labelled(const tb_seq2seq *c, tb_value *z, tb_value *label)
{
    if (!label)
        return z;
    tb_value *v = tb_label_vectors(label, "labels", c->hidden);
    if (!v)
        return NULL;
    v = tb_reshape(v, tb_dims(v->dim[0], v->dim[1], 1, v->dim[2]));
    return tb_add(z, v);
}

tb_value *tb_seq2seq_chunks(const tb_seq2seq *c, tb_value *x, tb_value *label)
{
    tb_directions last = {{NULL}, {NULL}, {NULL}};
    tb_value *z = labelled(c, encoded(c, x, &last), label);
    return decoded(c, z, &last);
}

tb_value *tb_seq2seq_heard(const tb_seq2seq *c, tb_value *x, int64_t context)
{
    x = tb_fold(tb_transpose(x, 1, 2), c->chunk);
    return tb_pad(x, 1, 1 - context / c->chunk, -1);
}

tb_value *tb_seq2seq_frames(const tb_seq2seq *c, tb_value *x, tb_value *label,
                            int64_t context)
{
    x = tb_seq2seq_heard(c, x, context);
    return tb_unfold(tb_seq2seq_chunks(c, x, label));
}
