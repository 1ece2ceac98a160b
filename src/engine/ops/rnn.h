/* Recurrent layers with PyTorch's formulas, gate order and weights. The part
   that needs no recurrence, gx = tb_linear(x, w_ih, b_ih), is made for all
   frames at once beforehand. With p = w_hh h + b_hh, cut into gates as gx is:
     TANH  h' = tanh(gx + p)
     LSTM  i, f, o = sigmoid(gx + p), g = tanh(gx + p) (in the order i f g o),
           c' = f c + i g, h' = o tanh(c')
     GRU   r, z = sigmoid(gx + p), n = tanh(gx_n + r p_n), h' = (1-z) n + z h */
#ifndef TB_ENGINE_OPS_RNN_H
#define TB_ENGINE_OPS_RNN_H

#include "engine/op.h"

typedef enum tb_rnn_kind { TB_RNN_TANH, TB_RNN_LSTM, TB_RNN_GRU } tb_rnn_kind;

/* Gates of a kind: 1, 4, 3. */
int tb_rnn_gates(tb_rnn_kind kind);

/* What a run over frames gives. */
typedef struct tb_rnn_out {
    tb_value *y;     /* [batch, frames, hidden] */
    tb_value *hn;    /* [batch, hidden], after the last frame */
    tb_value *cn;    /* the same; null unless LSTM */
    tb_value *cells; /* c after each frame, as y; null unless LSTM */
} tb_rnn_out;

/* gx [batch, frames, gates*hidden], w_hh [gates*hidden, hidden], b_hh
   [gates*hidden] or null, which stands for none, h0 [batch, hidden] and, for
   LSTM alone, c0 of the same shape (else null): the states before the first
   frame of each run. In a stream, h0 and c0 are states whose next values are
   hn and cn. All null after an error.

   A frame may hold several steps: gx [batch, frames, steps, gates*hidden], and
   y and cells likewise. With h0 [batch, hidden] the steps go on from frame to
   frame. With h0 [batch, frames, hidden] each frame is a run of its own, from
   its own h0 and c0, and has its own hn and cn of that shape. */
tb_rnn_out tb_rnn(tb_rnn_kind kind, tb_value *gx, tb_value *w_hh,
                  tb_value *b_hh, tb_value *h0, tb_value *c0);

/* The node's outputs are y, hn[, cn][, saved][, cells]. `saved` is what the
   gradient needs of each step: LSTM i f g o c', GRU r z n p_n; TANH needs
   nothing. */
typedef struct tb_rnn_attr {
    tb_rnn_kind kind;
    bool bias; /* inputs are gx, w_hh[, b_hh], h0[, c0] */
} tb_rnn_attr;

/* The most inputs or outputs that a node of these ops has. */
enum { TB_RNN_MOST = 9 };

/* Backwards through all frames. Inputs: y, w_hh, h0[, saved][, c0][, dy][,
   dhn][, dcn][, dcells]; the index of each optional one, or -1. Outputs: dgx,
   dh0,
   then (LSTM) dc0 or (GRU) dp, the gradient of p where it differs from dgx. */
typedef struct tb_rnn_grad_attr {
    tb_rnn_kind kind;
    int saved, c0, dy, dhn, dcn, dcells;
} tb_rnn_grad_attr;

extern const tb_op tb_op_rnn;       /* goes on from frame to frame */
extern const tb_op tb_op_rnn_apart; /* each frame is a run of its own */
extern const tb_op tb_op_rnn_grad;

/* dw_hh[g, i] = sum over batch and frames of dp[b, t, g] h[b, t-1, i]; inputs
   dp, y, h0. */
extern const tb_op tb_op_rnn_wgrad;

#endif
