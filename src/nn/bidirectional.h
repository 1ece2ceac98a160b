/* LSTM layers that hear each frame of several steps forwards and backwards, as
   PyTorch's LSTM with bidirectional=True does, and with its names of weights:
   name.weight_ih_l0 and, backwards, name.weight_ih_l0_reverse. */
#ifndef TB_NN_BIDIRECTIONAL_H
#define TB_NN_BIDIRECTIONAL_H

#include "nn/layers.h"

enum { TB_FORWARDS, TB_BACKWARDS };

/* What each direction gives, or null. */
typedef struct tb_directions {
    tb_value *y[2];        /* [rows, frames, steps, hidden] */
    tb_value *h[2], *c[2]; /* [rows, frames, hidden], after its last step */
} tb_directions;

typedef struct tb_bidirectional {
    int64_t hidden, steps; /* steps of a frame */
    /* States before the first step of each frame: those of h and c here. Null:
       zeros or, carried on, those after the frame before it. */
    const tb_directions *first;
    bool carried;
    unsigned flags; /* TB_LAYER_WEIGHT_NORM or 0 */
} tb_bidirectional;

/* x [rows, frames, steps, in], or [rows, frames, 1, in], which stands for all
   steps of its frame. The states that are carried are values of tb_state. */
tb_directions tb_bidirectional_layer(tb_value *x, const char *name,
                                     const tb_bidirectional *how);

#endif
