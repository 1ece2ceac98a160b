/* Ops that go on from frame to frame, and the states that they go on from.
   Frames before the first one leave states as they are. */
#include "engine/ops.h"
#include "engine/source.h"
#include "torchscript/emitter.h"

static void emit_state(tb_emitter *e, const tb_node *n)
{
    const tb_value *v = n->out[0];
    tb_emit_give(e, n,
                 tb_emit_buffer(e, v, tb_emit_text(e, "state_%d", v->id),
                                tb_value_shape(v),
                                TB_ATTR(tb_state_attr, n)->init));
}

/* ---- sums ---- */

/* "[1, -1, 1]": along an axis. */
static const char *along(tb_emitter *e, int rank, int axis)
{
    int64_t shape[TB_RANK];
    for (int i = 0; i < rank; i++)
        shape[i] = i == axis ? -1 : 1;
    return tb_emit_ints(e, rank, shape);
}

/* y[j] = keep[j] y[j-1] + x[j] in as many steps as the number of frames has
   binary digits: after each, a frame holds what twice as many before it come to
   (Hillis and Steele 1986, "Data parallel algorithms"). */
static void emit_accumulate(tb_emitter *e, const tb_node *n)
{
    const tb_accumulate_attr *how = TB_ATTR(tb_accumulate_attr, n);
    const tb_value *x = n->in[0];
    int axis = how->axis;
    if (x->time != axis) {
        tb_emit_refuse(e, n, "sums over another axis");
        return;
    }
    const char *real =
        tb_emit_let(e, "torch.reshape(%s, %s)", tb_emit_real_frames(e, n),
                    along(e, x->rank, axis));
    const char *a = tb_emit_read(e, n, 0), *k = tb_emit_read(e, n, 1);
    const char *before = tb_emit_read(e, n, 2);
    const char *y =
        tb_emit_let(e, "torch.where(%s, %s, torch.zeros_like(%s))", real, a, a);
    const char *keep = tb_emit_let(
        e, "torch.where(%s, torch.expand_as(%s, %s), torch.ones_like(%s))",
        real, k, a, a);
    y = tb_emit_let(e,
                    "(self.layers).sums(%s, %s, torch.unsqueeze(%s, %d), "
                    "%d, )",
                    y, keep, before, axis, axis);
    char turn[TB_SOURCE_REAL];
    tb_source_real(how->turn, turn);
    if (how->turn > 0)
        y = tb_emit_let(e,
                        "torch.sub(%s, torch.mul(torch.floor(torch.add(torch."
                        "div(%s, %s), 0.5)), %s))",
                        y, y, turn, turn);
    tb_emit_give_output(e, n, 0, y);
    tb_emit_give_output(e, n, 1,
                        tb_emit_text(e, "torch.select(%s, %d, -1)", y, axis));
}

/* ---- recurrent layers ---- */

/* Inputs of a recurrent layer; c is h where there is one state. */
typedef struct rnn_inputs {
    const char *x, *w, *b, *h, *c;
} rnn_inputs;

static rnn_inputs rnn_inputs_of(tb_emitter *e, const tb_node *n)
{
    const tb_rnn_attr *how = TB_ATTR(tb_rnn_attr, n);
    int h = 2 + how->bias;
    rnn_inputs in = {.x = tb_emit_read(e, n, 0),
                     .w = tb_emit_read(e, n, 1),
                     .h = tb_emit_read(e, n, h)};
    in.b =
        how->bias
            ? tb_emit_read(e, n, 2)
            : tb_emit_let(e, "torch.zeros_like(torch.select(%s, 1, 0))", in.w);
    in.c = how->kind == TB_RNN_LSTM ? tb_emit_read(e, n, h + 1) : in.h;
    return in;
}

static const char *run_cells(tb_emitter *e, const tb_node *n,
                             const rnn_inputs *in, const char *real)
{
    static const char *const names[] = {
        [TB_RNN_TANH] = "tanh", [TB_RNN_LSTM] = "lstm", [TB_RNN_GRU] = "gru"};
    return tb_emit_let(e, "(self.layers).run_%s(%s, %s, %s, %s, %s, %s, )",
                       names[TB_ATTR(tb_rnn_attr, n)->kind], in->x, in->w,
                       in->b, in->h, in->c, real);
}

/* Output i is number `of` of what the cells gave, in its shape. */
static void give_shaped(tb_emitter *e, const tb_node *n, int i, const char *all,
                        int of)
{
    tb_emit_give_output(e, n, i,
                        tb_emit_text(e, "torch.reshape((%s)[%d], %s)", all, of,
                                     tb_emit_dims(e, n->out[i])));
}

/* Outputs are y, hn[, cn, saved, cells]; nothing reads `saved`. */
static void give_cells(tb_emitter *e, const tb_node *n, const char *all)
{
    bool lstm = TB_ATTR(tb_rnn_attr, n)->kind == TB_RNN_LSTM;
    for (int i = 0; i < 2 + lstm; i++)
        give_shaped(e, n, i, all, i);
    if (lstm && n->n_out == 5)
        give_shaped(e, n, 4, all, 3);
}

/* Several steps in a frame are so many frames more. */
static void emit_rnn(tb_emitter *e, const tb_node *n)
{
    const tb_value *gx = n->in[0];
    rnn_inputs in = rnn_inputs_of(e, n);
    const char *real = tb_emit_real_frames(e, n);
    if (gx->rank == 4)
        in.x = tb_emit_let(e, "torch.flatten(%s, 1, 2)", in.x);
    if (gx->rank == 4 && gx->dim[2] > 1)
        real = tb_emit_let(e, "torch.repeat_interleave(%s, %lld)", real,
                           (long long)gx->dim[2]);
    give_cells(e, n, run_cells(e, n, &in, real));
}

/* Frames are rows: each is a run of its own. */
static void emit_rnn_apart(tb_emitter *e, const tb_node *n)
{
    rnn_inputs in = rnn_inputs_of(e, n);
    in.x = tb_emit_let(e, "torch.flatten(%s, 0, 1)", in.x);
    in.h = tb_emit_let(e, "torch.flatten(%s, 0, 1)", in.h);
    in.c = tb_emit_let(e, "torch.flatten(%s, 0, 1)", in.c);
    const char *real =
        tb_emit_let(e,
                    "torch.ones([torch.size(%s, 1)], dtype=11, layout=None, "
                    "device=ops.prim.device(%s))",
                    in.x, in.x);
    give_cells(e, n, run_cells(e, n, &in, real));
}

const tb_emit_row tb_emit_scans[] = {{&tb_op_state, emit_state},
                                     {&tb_op_accumulate, emit_accumulate},
                                     {&tb_op_rnn, emit_rnn},
                                     {&tb_op_rnn_apart, emit_rnn_apart},
                                     {NULL, NULL}};

/* ---- what they call ---- */

static const char sums[] =
    "def sums(self: __torch__.Layers,\n"
    "    x: Tensor,\n"
    "    keep: Tensor,\n"
    "    before: Tensor,\n"
    "    axis: int) -> Tensor:\n"
    "  n = torch.size(x, axis)\n"
    "  y = x\n"
    "  k = keep\n"
    "  s = 1\n"
    "  while torch.lt(s, n):\n"
    "    none = torch.zeros_like(torch.slice(y, axis, 0, s, 1))\n"
    "    one = torch.ones_like(none)\n"
    "    end = torch.sub(n, s)\n"
    "    y0 = torch.cat([none, torch.slice(y, axis, 0, end, 1)], axis)\n"
    "    k0 = torch.cat([one, torch.slice(k, axis, 0, end, 1)], axis)\n"
    "    y = torch.add(y, torch.mul(k, y0))\n"
    "    k = torch.mul(k, k0)\n"
    "    s = torch.mul(s, 2)\n"
    "  return torch.add(y, torch.mul(k, before))\n";

/* q [rows, frames, heads, n]; keys and values of window - 1 frames more: each
   query looks at as many frames, of which those before frame 0 do not exist. */
static const char attend[] =
    "def attend(self: __torch__.Layers,\n"
    "    q: Tensor,\n"
    "    k: Tensor,\n"
    "    v: Tensor,\n"
    "    bias: Tensor,\n"
    "    first: Tensor,\n"
    "    window: int,\n"
    "    shared: int,\n"
    "    scale: float) -> Tensor:\n"
    "  frames = torch.size(q, 1)\n"
    "  k0 = torch.unfold(k, 1, window, 1)\n"
    "  v0 = torch.unfold(v, 1, window, 1)\n"
    "  k1 = torch.repeat_interleave(k0, shared, 2)\n"
    "  v1 = torch.repeat_interleave(v0, shared, 2)\n"
    "  s0 = torch.squeeze(torch.matmul(torch.unsqueeze(q, 3), k1), 3)\n"
    "  s1 = torch.add(torch.mul(s0, scale), bias)\n"
    "  device = ops.prim.device(q)\n"
    "  i = torch.add(torch.arange(frames, dtype=4, layout=None, "
    "device=device), first)\n"
    "  u = torch.sub(torch.arange(window, dtype=4, layout=None, "
    "device=device), torch.sub(window, 1))\n"
    "  j = torch.add(torch.unsqueeze(i, 1), u)\n"
    "  out = torch.reshape(torch.lt(j, 0), [1, frames, 1, window])\n"
    "  p = torch.softmax(torch.masked_fill(s1, out, -1e30), -1)\n"
    "  return torch.squeeze(torch.matmul(v1, torch.unsqueeze(p, 4)), 4)\n";

/* A cell of so many lines between what each step begins and ends with. What
   `remembers` gives c after each step, too. */
static void write_cell(tb_source_text *t, const char *name, bool remembers,
                       const char *lines)
{
    tb_source_line(t,
                   "def run_%s(self: __torch__.Layers,\n"
                   "    x: Tensor,\n"
                   "    w: Tensor,\n"
                   "    b: Tensor,\n"
                   "    h0: Tensor,\n"
                   "    c0: Tensor,\n"
                   "    real: Tensor) -> Tuple[Tensor, Tensor, Tensor%s]:\n"
                   "  h = h0\n"
                   "  c = c0\n"
                   "  said = annotate(List[Tensor], [])\n"
                   "  kept = annotate(List[Tensor], [])\n"
                   "  for j in range(torch.size(x, 1)):\n"
                   "    g = torch.select(x, 1, j)\n"
                   "    p = torch.linear(h, w, b)\n"
                   "    now = torch.select(real, 0, j)\n"
                   "%s"
                   "    h = torch.where(now, h1, h)\n"
                   "    c = torch.where(now, c1, c)\n"
                   "    _0 = torch.append(said, h)\n"
                   "%s"
                   "  return (torch.stack(said, 1), h, c%s)",
                   name, remembers ? ", Tensor" : "", lines,
                   remembers ? "    _1 = torch.append(kept, c)\n" : "",
                   remembers ? ", torch.stack(kept, 1)" : "");
}

tb_made_object *tb_emit_layers_object(tb_made_module *m)
{
    tb_made_object *o = tb_made_object_new(m, "Layers");
    tb_source_text *t = tb_made_source(o);
    if (!o)
        return NULL;
    tb_source_line(t, "%s%s", sums, attend);
    write_cell(t, "tanh", false,
               "    h1 = torch.tanh(torch.add(g, p))\n"
               "    c1 = c\n");
    write_cell(t, "lstm", true,
               "    i, f, m, o, = torch.chunk(torch.add(g, p), 4, -1)\n"
               "    c1 = torch.add(torch.mul(torch.sigmoid(f), c), "
               "torch.mul(torch.sigmoid(i), torch.tanh(m)))\n"
               "    h1 = torch.mul(torch.sigmoid(o), torch.tanh(c1))\n");
    write_cell(t, "gru", false,
               "    r0, z0, m0, = torch.chunk(g, 3, -1)\n"
               "    r1, z1, m1, = torch.chunk(p, 3, -1)\n"
               "    r = torch.sigmoid(torch.add(r0, r1))\n"
               "    z = torch.sigmoid(torch.add(z0, z1))\n"
               "    m = torch.tanh(torch.add(m0, torch.mul(r, m1)))\n"
               "    h1 = torch.add(torch.mul(torch.add(torch.neg(z), 1), m), "
               "torch.mul(z, h))\n"
               "    c1 = c\n");
    return o;
}
