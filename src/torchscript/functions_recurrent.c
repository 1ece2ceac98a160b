/* Recurrent layers: several on each other, forwards and backwards in time. */
#include "torchscript/functions.h"

#include "engine/ops.h"

typedef struct recurrence {
    tb_rnn_kind kind;
    const tb_script_items *weights;
    int next; /* of the weights */
    bool biases;
    tb_value *h, *c;           /* [layers * ways, batch, hidden], c or null */
    tb_value *hn[64], *cn[64]; /* of each layer and way */
    int done;
} recurrence;

static tb_value *next_weight(tb_builtin_call *c, recurrence *r)
{
    if (r->next >= r->weights->count ||
        r->weights->at[r->next].kind != TB_SCRIPT_TENSOR)
        return NULL;
    tb_value *w = tb_recording_read(c->r, r->weights->at[r->next++].tensor);
    return w ? tb_cast(w, TB_REAL) : NULL;
}

/* Row i of states [layers * ways, batch, hidden]. */
static tb_value *state_of(tb_value *all, int i)
{
    if (!all || i >= all->dim[0])
        return NULL;
    return tb_reshape(tb_slice(all, 0, i, i + 1, 1),
                      tb_dims(all->dim[1], all->dim[2]));
}

/* x [batch, frames, in] through one layer, one way. */
static tb_value *one_way(tb_builtin_call *c, recurrence *r, tb_value *x,
                         bool back)
{
    tb_value *w_ih = next_weight(c, r), *w_hh = next_weight(c, r);
    tb_value *b_ih = r->biases ? next_weight(c, r) : NULL;
    tb_value *b_hh = r->biases ? next_weight(c, r) : NULL;
    tb_value *h = state_of(r->h, r->done), *cell = state_of(r->c, r->done);
    if (!x || !w_ih || !w_hh || !h || (r->biases && (!b_ih || !b_hh)) ||
        (r->kind == TB_RNN_LSTM && !cell) || r->done == 64)
        return NULL;
    x = back ? tb_flip(x, 1) : x;
    tb_rnn_out out =
        tb_rnn(r->kind, tb_linear(x, w_ih, b_ih), w_hh, b_hh, h, cell);
    r->hn[r->done] = out.hn;
    r->cn[r->done++] = out.cn;
    return back && out.y ? tb_flip(out.y, 1) : out.y;
}

static tb_value *layers_of(tb_builtin_call *c, recurrence *r, tb_value *x,
                           int64_t layers, bool both)
{
    for (int64_t i = 0; i < layers && x; i++) {
        tb_value *y[2] = {one_way(c, r, x, false), NULL};
        y[1] = both ? one_way(c, r, x, true) : NULL;
        x = !both ? y[0] : y[0] && y[1] ? tb_concat(2, y, 2) : NULL;
    }
    return x;
}

/* [batch, hidden] of all layers as [layers * ways, batch, hidden]. */
static tb_value *together(tb_value **last, int n)
{
    tb_value *all[64];
    for (int i = 0; i < n; i++)
        all[i] = last[i] ? tb_reshape(last[i], tb_dims(1, last[i]->dim[0],
                                                       last[i]->dim[1]))
                         : NULL;
    return n ? tb_concat(n, all, 0) : NULL;
}

static bool append(tb_builtin_call *c, tb_script_list *list, tb_value *v)
{
    tb_script_value x;
    return tb_give(c, &x, TB_DTYPE_FLOAT32, v) &&
           tb_items_append(c->r, &list->items, x);
}

/* The states to begin with: one tensor, or of an LSTM two in a list. */
static bool states(tb_builtin_call *c, recurrence *r)
{
    const tb_script_items *items = NULL;
    if (r->kind != TB_RNN_LSTM) {
        r->h = tb_arg_value(c, 1, TB_DTYPE_FLOAT32);
        return true;
    }
    if (!tb_arg_list(c, 1, &items))
        return false;
    if (items->count != 2 || items->at[0].kind != TB_SCRIPT_TENSOR ||
        items->at[1].kind != TB_SCRIPT_TENSOR)
        return tb_refuse(c, "it begins with two states");
    r->h = tb_recording_read(c->r, items->at[0].tensor);
    r->c = tb_recording_read(c->r, items->at[1].tensor);
    return true;
}

/* gru(x, h, weights, has_biases, layers, dropout, train, both ways,
   batch first). */
static bool recurrent(tb_builtin_call *c, tb_script_value *out)
{
    recurrence r = {.kind = (tb_rnn_kind)c->function->kind, .biases = true};
    int64_t layers = 1;
    bool both = false, batch_first = false;
    tb_script_list *list = tb_new_list(c->r);
    if (!list || !tb_arg_list(c, 2, &r.weights) || !states(c, &r) ||
        !tb_arg_bool(c, 3, &r.biases) || !tb_arg_int(c, 4, &layers) ||
        !tb_arg_bool(c, 7, &both) || !tb_arg_bool(c, 8, &batch_first))
        return false;
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!x || x->rank != 3 || !r.h || r.h->rank != 3)
        return tb_refuse(c, "it needs frames of a batch, and states");
    x = layers_of(c, &r, batch_first ? x : tb_transpose(x, 0, 1), layers, both);
    x = x && !batch_first ? tb_transpose(x, 0, 1) : x;
    *out = (tb_script_value){.kind = TB_SCRIPT_TUPLE, .list = list};
    return append(c, list, x) && append(c, list, together(r.hn, r.done)) &&
           (r.kind != TB_RNN_LSTM || append(c, list, together(r.cn, r.done)));
}

/* One step: gru_cell(x, h, w_ih, w_hh, b_ih, b_hh). */
static bool cell(tb_builtin_call *c, tb_script_value *out)
{
    recurrence r = {.kind = (tb_rnn_kind)c->function->kind};
    tb_value *v[6] = {0};
    if (!states(c, &r))
        return false;
    for (int i = 0; i < 6; i++)
        if (i != 1 && tb_has(c, i))
            v[i] = tb_arg_value(c, i, TB_DTYPE_FLOAT32);
    if (!v[0] || !v[2] || !v[3] || v[0]->rank != 2)
        return tb_refuse(c, "it needs rows of a batch, and weights");
    tb_value *x = tb_reshape(v[0], tb_dims(v[0]->dim[0], 1, v[0]->dim[1]));
    tb_rnn_out y =
        tb_rnn(r.kind, tb_linear(x, v[2], v[4]), v[3], v[5], r.h, r.c);
    if (r.kind != TB_RNN_LSTM)
        return tb_give(c, out, TB_DTYPE_FLOAT32, y.hn);
    tb_script_list *list = tb_new_list(c->r);
    *out = (tb_script_value){.kind = TB_SCRIPT_TUPLE, .list = list};
    return list && append(c, list, y.hn) && append(c, list, y.cn);
}

#define LAYERS                                                                 \
    "input hx params has_biases num_layers dropout train bidirectional "       \
    "batch_first"
#define CELL "input hx w_ih w_hh b_ih b_hh"

const tb_builtin tb_functions_recurrent[] = {
    {"gru", LAYERS, recurrent, TB_RNN_GRU},
    {"lstm", LAYERS, recurrent, TB_RNN_LSTM},
    {"rnn_tanh", LAYERS, recurrent, TB_RNN_TANH},
    {"gru_cell", CELL, cell, TB_RNN_GRU},
    {"lstm_cell", CELL, cell, TB_RNN_LSTM},
    {"rnn_tanh_cell", CELL, cell, TB_RNN_TANH},
    {NULL, NULL, NULL, 0},
};
