#include "engine/ops/rnn.h"

#include "engine/ops/reduce.h"

int tb_rnn_gates(tb_rnn_kind kind)
{
    static const int gates[] = {1, 4, 3};
    return gates[kind];
}

/* Numbers per frame and hidden unit that the gradient needs, and the output
   that holds them. */
static int saved_numbers(tb_rnn_kind kind)
{
    static const int saved[] = {0, 5, 4};
    return saved[kind];
}

static tb_value *saved_output(const tb_node *n, tb_rnn_kind kind)
{
    return kind == TB_RNN_TANH ? NULL : n->out[kind == TB_RNN_LSTM ? 3 : 2];
}

/* A state for each row, or for each frame of each row. */
static bool is_state(const tb_value *s, const tb_value *gx, int64_t hidden)
{
    return s->dim[0] == gx->dim[0] && s->dim[s->rank - 1] == hidden &&
           (s->rank == 2 || (s->rank == 3 && gx->rank == 4 &&
                             s->dim[1] == gx->dim[1] && s->time == gx->time));
}

static bool shapes_fit(tb_rnn_kind kind, const tb_value *gx, const tb_value *w,
                       const tb_value *b, const tb_value *h0,
                       const tb_value *c0)
{
    if (gx->rank < 3 || gx->rank > 4 || w->rank != 2 || w->time >= 0 ||
        (gx->time >= 0 && gx->time != 1))
        return false;
    int64_t hidden = w->dim[1], rows = hidden * tb_rnn_gates(kind);
    return gx->dim[gx->rank - 1] == rows && w->dim[0] == rows &&
           (!b || (b->rank == 1 && b->dim[0] == rows)) &&
           is_state(h0, gx, hidden) && (kind == TB_RNN_LSTM) == !!c0 &&
           (!c0 || (is_state(c0, gx, hidden) && c0->rank == h0->rank));
}

static tb_rnn_out outputs(tb_node *n, tb_rnn_kind kind, const tb_value *gx,
                          const tb_value *h0)
{
    tb_shape y = tb_value_shape(gx), saved, state = tb_value_shape(h0);
    tb_rnn_out out = {0};
    y.dim[y.rank - 1] = h0->dim[h0->rank - 1];
    saved = y;
    saved.dim[y.rank - 1] *= saved_numbers(kind);
    out.y = tb_node_output(n, TB_REAL, y);
    out.hn = tb_node_output(n, TB_REAL, state);
    if (kind == TB_RNN_LSTM)
        out.cn = tb_node_output(n, TB_REAL, state);
    if (kind != TB_RNN_TANH)
        tb_node_output(n, TB_REAL, saved);
    if (kind == TB_RNN_LSTM)
        out.cells = tb_node_output(n, TB_REAL, y);
    return out;
}

tb_rnn_out tb_rnn(tb_rnn_kind kind, tb_value *gx, tb_value *w_hh,
                  tb_value *b_hh, tb_value *h0, tb_value *c0)
{
    if (!gx || !w_hh || !h0)
        return (tb_rnn_out){0};
    if (!shapes_fit(kind, gx, w_hh, b_hh, h0, c0)) {
        tb_graph_fail(gx->graph, "Recurrent layer: the shapes of gates, "
                                 "weights and states do not fit together.");
        return (tb_rnn_out){0};
    }
    tb_value *in[5] = {gx, w_hh};
    int n_in = 2;
    if (b_hh)
        in[n_in++] = b_hh;
    in[n_in++] = h0;
    if (c0)
        in[n_in++] = c0;
    tb_rnn_attr attr = {kind, b_hh != NULL};
    tb_node *n =
        tb_node_new(gx->graph, h0->rank == 3 ? &tb_op_rnn_apart : &tb_op_rnn,
                    n_in, in, &attr, sizeof attr);
    return outputs(n, kind, gx, h0);
}

/* ---- gradients ---- */

/* Adds an input if there is one, and gives its index. */
static int append(tb_value **in, int *n, tb_value *v)
{
    if (!v)
        return -1;
    in[*n] = v;
    return (*n)++;
}

static tb_node *backwards(tb_graph *g, const tb_node *n, tb_rnn_kind kind,
                          tb_value *const *dout)
{
    int h0 = 2 + TB_ATTR(tb_rnn_attr, n)->bias, n_in = 3;
    bool lstm = kind == TB_RNN_LSTM;
    tb_value *in[TB_RNN_MOST] = {n->out[0], n->in[1], n->in[h0]};
    tb_rnn_grad_attr attr = {.kind = kind};
    attr.saved = append(in, &n_in, saved_output(n, kind));
    attr.c0 = append(in, &n_in, lstm ? n->in[h0 + 1] : NULL);
    attr.dy = append(in, &n_in, dout[0]);
    attr.dhn = append(in, &n_in, dout[1]);
    attr.dcn = append(in, &n_in, lstm ? dout[2] : NULL);
    attr.dcells = append(in, &n_in, lstm ? dout[4] : NULL);
    return tb_node_new(g, &tb_op_rnn_grad, n_in, in, &attr, sizeof attr);
}

static void rnn_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                    const bool *want, tb_value **din)
{
    tb_rnn_attr attr = *TB_ATTR(tb_rnn_attr, n);
    int h0 = 2 + attr.bias;
    tb_node *grad = backwards(g, n, attr.kind, dout);
    tb_value *dgx = tb_node_output_like(grad, n->in[0]);
    tb_value *dh0 = tb_node_output_like(grad, n->in[h0]), *dc0 = NULL;
    tb_value *dp = dgx;
    if (attr.kind == TB_RNN_LSTM)
        dc0 = tb_node_output_like(grad, n->in[h0 + 1]);
    if (attr.kind == TB_RNN_GRU)
        dp = tb_node_output_like(grad, n->in[0]);
    din[0] = dgx;
    din[h0] = dh0;
    if (dc0)
        din[h0 + 1] = dc0;
    if (want[1]) {
        tb_value *in[] = {dp, n->out[0], n->in[h0]};
        tb_node *w = tb_node_new(g, &tb_op_rnn_wgrad, 3, in, NULL, 0);
        din[1] = tb_node_output_like(w, n->in[1]);
    }
    if (attr.bias && want[2])
        din[2] = tb_sum(dp, TB_AXIS(n->in[0]->rank - 1) - 1, false);
}

const tb_op tb_op_rnn = {.name = "rnn", .time = TB_TIME_SCAN, .vjp = rnn_vjp};
const tb_op tb_op_rnn_apart = {
    .name = "rnn_apart", .time = TB_TIME_FRAME, .vjp = rnn_vjp};
const tb_op tb_op_rnn_grad = {.name = "rnn_grad", .time = TB_TIME_WHOLE};
const tb_op tb_op_rnn_wgrad = {.name = "rnn_wgrad", .time = TB_TIME_WHOLE};
