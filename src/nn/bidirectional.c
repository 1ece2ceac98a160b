#include "nn/bidirectional.h"

#include "engine/ops/linear.h"
#include "engine/ops/shape.h"

#include <stdio.h>

enum { NAME = 160 };

/* One direction of a layer being built. */
typedef struct direction {
    const char *name;
    const tb_bidirectional *how;
    int which;
} direction;

static tb_value *parameter(const direction *d, tb_graph *g, const char *suffix,
                           int64_t in)
{
    char name[NAME];
    int64_t out = tb_rnn_gates(TB_RNN_LSTM) * d->how->hidden;
    snprintf(name, sizeof name, "%s.%s_l0%s", d->name, suffix,
             d->which == TB_BACKWARDS ? "_reverse" : "");
    return in ? tb_weight(g, name, tb_dims(out, in), d->how->flags)
              : tb_param(g, name, tb_dims(out));
}

/* In the order in which this direction hears the steps, or from it. */
static tb_value *turned(const direction *d, tb_value *x)
{
    return d->which == TB_BACKWARDS ? tb_flip(x, 2) : x;
}

static tb_value *gates_of(const direction *d, tb_value *x)
{
    tb_value *ih = parameter(d, x->graph, "weight_ih", x->dim[3]);
    tb_value *gx = tb_linear(x, ih, parameter(d, x->graph, "bias_ih", 0));
    if (x->dim[2] == d->how->steps)
        return turned(d, gx);
    return tb_add(gx, tb_fill(x->graph, tb_dims(1, 1, d->how->steps, 1), 0));
}

/* Zeros for each frame. */
static tb_value *nothing(const direction *d, tb_value *gx)
{
    tb_value *x = tb_slice(tb_slice(gx, 2, 0, 1, 1), 3, 0, d->how->hidden, 1);
    x = tb_map(tb_detach(x), TB_AFFINE, 0, 0);
    return x ? tb_reshape(x, tb_dims(x->dim[0], x->dim[1], x->dim[3])) : NULL;
}

static tb_value *carried(const direction *d, tb_value *gx, const char *what)
{
    char name[NAME];
    snprintf(name, sizeof name, "%s.%s_l0%s", d->name, what,
             d->which == TB_BACKWARDS ? "_reverse" : "");
    return tb_state(gx->graph, name, TB_REAL,
                    tb_dims(gx->dim[0], d->how->hidden), 0);
}

/* Of what each step gave, the last. */
static tb_value *last_of(tb_value *x)
{
    if (!x)
        return NULL;
    x = tb_slice(x, 2, x->dim[2] - 1, x->dim[2], 1);
    return x ? tb_reshape(x, tb_dims(x->dim[0], x->dim[1], x->dim[3])) : NULL;
}

static void run(const direction *d, tb_value *x, tb_directions *to)
{
    const tb_bidirectional *how = d->how;
    tb_value *gx = gates_of(d, x);
    if (!gx)
        return;
    bool goes_on = how->carried && !how->first;
    tb_value *h = goes_on      ? carried(d, gx, "h0")
                  : how->first ? how->first->h[d->which]
                               : nothing(d, gx);
    tb_value *c = goes_on      ? carried(d, gx, "c0")
                  : how->first ? how->first->c[d->which]
                               : h;
    tb_rnn_out out = tb_rnn(TB_RNN_LSTM, gx,
                            parameter(d, x->graph, "weight_hh", how->hidden),
                            parameter(d, x->graph, "bias_hh", 0), h, c);
    if (goes_on) {
        tb_state_next(h, out.hn);
        tb_state_next(c, out.cn);
    }
    to->y[d->which] = turned(d, out.y);
    to->h[d->which] = goes_on ? last_of(out.y) : out.hn;
    to->c[d->which] = goes_on ? last_of(out.cells) : out.cn;
}

tb_directions tb_bidirectional_layer(tb_value *x, const char *name,
                                     const tb_bidirectional *how)
{
    tb_directions out = {{NULL}, {NULL}, {NULL}};
    for (int i = TB_FORWARDS; x && i <= TB_BACKWARDS; i++)
        run(&(direction){name, how, i}, x, &out);
    return out;
}
