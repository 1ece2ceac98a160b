/* Layers: ops together with their parameters, which are called as PyTorch
   calls them ("head.0.weight", "rnn.weight_ih_l0"), so that checkpoints read
   the same. `name` is the layer's own; parameters add their suffix. As all
   builders they take null for null and leave errors in the graph. */
#ifndef TB_NN_LAYERS_H
#define TB_NN_LAYERS_H

#include "engine/ops/conv.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/rnn.h"

enum {
    TB_LAYER_NO_BIAS = 1,
    /* Weights as direction and length: weight_v and weight_g (Salimans and
       Kingma 2016). */
    TB_LAYER_WEIGHT_NORM = 2
};

/* Activations by name, ends with null: relu, leaky_relu, tanh, sigmoid, mish,
   gelu, silu, elu, softplus, abs, none. */
extern const char *const tb_activation_names[];

/* The activation with this index. */
tb_value *tb_activation(tb_value *x, int index);

/* The parameter `name`, or name_v and name_g with weight normalisation. */
tb_value *tb_weight(tb_graph *g, const char *name, tb_shape shape,
                    unsigned flags);

/* x [..., in] to [..., out]. */
tb_value *tb_linear_layer(tb_value *x, const char *name, int64_t out,
                          unsigned flags);

/* The outputs of one such layer as `n` values of sizes `out`: what they are is
   told apart without a copy. */
void tb_linear_parts(tb_value *x, const char *name, int n, const int64_t *out,
                     unsigned flags, tb_value **parts);

/* x [batch, in, frames] to [batch, out, frames']; `how` as for tb_conv. */
tb_value *tb_conv_layer(tb_value *x, const char *name, int64_t out,
                        int64_t taps, tb_conv_attr how, unsigned flags);

/* Hidden layers, each followed by an activation, and one more layer, in parts.
   Their names are name.0, name.1... */
typedef struct tb_mlp {
    int layers; /* hidden ones; may be 0 */
    int64_t hidden;
    int activation; /* index in tb_activation_names */
    unsigned flags;
} tb_mlp;

void tb_mlp_layer(tb_value *x, const char *name, const tb_mlp *how, int n,
                  const int64_t *out, tb_value **parts);

/* ---- recurrent layers ---- */

typedef enum tb_cell {
    TB_CELL_LSTM,
    TB_CELL_GRU,
    TB_CELL_RNN,
    TB_CELL_NONE /* no memory: a linear layer and Mish */
} tb_cell;

extern const char *const tb_cell_names[]; /* lstm, gru, rnn, none; null */

/* What a cell remembers before it has heard anything. */
typedef enum tb_first_state {
    TB_FIRST_ZEROS,
    TB_FIRST_ONES,
    TB_FIRST_RANDN,  /* drawn anew from the run's seed */
    TB_FIRST_LEARNED /* parameters h0_l0 (and c0_l0) */
} tb_first_state;

extern const char *const tb_first_state_names[]; /* in this order; null */

typedef struct tb_recurrent {
    int cell, layers; /* tb_cell; 0: x stays as it is */
    int64_t hidden;
    int first;      /* tb_first_state */
    double dropout; /* in training, on what each layer gives */
    unsigned flags; /* TB_LAYER_NO_BIAS is not known here */
} tb_recurrent;

/* x [batch, frames, in] to [batch, frames, hidden]. The states are values of
   tb_state [batch, ...], carried from run to run. A row whose states are all
   set back to their first values begins anew. */
tb_value *tb_recurrent_layer(tb_value *x, const char *name,
                             const tb_recurrent *how);

#endif
