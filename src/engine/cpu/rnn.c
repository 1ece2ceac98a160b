/* Recurrent layers on the processor's kernels. Rows of the batch are parts:
   each thread runs its rows through all frames, without waiting for others.
   Gradients: rnn_grad.c. */
#include "engine/cpu/rnn_lanes.h"

static size_t rnn_prepared(const tb_call *c, tb_type type)
{
    return tb_rnn_packed(tb_rnn_weights(c, false), type);
}

static TB_REALTIME void rnn_prepare(const tb_call *c, tb_type type, void *to)
{
    tb_weights w = tb_rnn_weights(c, false);
    if (type == TB_F16)
        c->fast->pack_f16(&w, c->in[1]->data, to);
    else
        c->fast->pack(&w, c->in[1]->data, to);
}

/* One part's work: rows, units, and what its steps need besides tensors. */
typedef struct tb_cells {
    const tb_call *c;
    tb_rnn_kind kind;
    int rows, units, gates;
    int64_t row, from, frames;
    const float *bias;
    const tb_tensor *gx, *h0, *c0, *y, *hn, *cn, *saved, *cells;
    float *room; /* rows * (4 gates + cell + h) of scratch, as needed */
} tb_cells;

static int64_t room_per_row(const tb_call *c)
{
    return 2 * c->in[1]->dim[0] + 2 * c->in[1]->dim[1];
}

static size_t rnn_scratch(const tb_call *c, int threads)
{
    (void)threads;
    return sizeof(float) *
           tb_rnn_aligned(tb_rnn_rows(c) * (room_per_row(c) + 64));
}

static tb_cells cells_of(const tb_call *c, int part, int parts)
{
    const tb_rnn_attr *a = c->node->attr;
    const tb_tensor *gx = c->in[0], *w = c->in[1];
    int64_t rows = gx->dim[0], first = rows * part / parts;
    tb_cells s = {.c = c,
                  .kind = a->kind,
                  .units = (int)w->dim[1],
                  .gates = (int)w->dim[0],
                  .row = first,
                  .gx = gx,
                  .h0 = c->in[2 + a->bias],
                  .y = c->out[0],
                  .hn = c->out[1]};
    s.rows = (int)(rows * (part + 1) / parts - first);
    s.from = gx->time < 0 ? 0 : c->from;
    s.frames = gx->time < 0 ? gx->dim[1] : c->count;
    s.bias = a->bias ? c->in[2]->data : NULL;
    if (a->kind == TB_RNN_LSTM) {
        s.c0 = c->in[3 + a->bias];
        s.cn = c->out[2];
        s.saved = c->out[3];
        s.cells = c->out[4];
    } else if (a->kind == TB_RNN_GRU) {
        s.saved = c->out[2];
    }
    if (s.saved && !s.saved->data)
        s.saved = NULL;
    if (s.cells && !s.cells->data)
        s.cells = NULL;
    s.room =
        (float *)c->scratch + first * (int64_t)tb_rnn_aligned(room_per_row(c));
    return s;
}

/* to = bias + w_hh h, or to += w_hh h */
static void recur(const tb_cells *s, tb_lane h, tb_lane to, bool add)
{
    tb_corr k = {.x = h.at,
                 .ldx = h.ld,
                 .w = s->c->prepared,
                 .bias = add ? NULL : s->bias,
                 .y = to.at,
                 .ldy = to.ld,
                 .rows = s->rows,
                 .taps = 1,
                 .ins = s->units,
                 .outs = s->gates,
                 .accumulate = add};
    if (s->c->prepared_as == TB_F16)
        s->c->fast->corr_f16(&k);
    else
        s->c->fast->corr(&k);
}

static void copy_lane(const tb_cells *s, tb_lane from, tb_lane to, int n)
{
    for (int i = 0; i < s->rows; i++)
        memcpy(to.at + i * to.ld, from.at + i * from.ld,
               sizeof(float) * (size_t)n);
}

static void add_lane(const tb_cells *s, tb_lane from, tb_lane to, int n)
{
    s->c->fast->binary(TB_BINARY_ADD, s->rows, n, to.at, to.ld,
                       (tb_rows){to.at, to.ld, 1},
                       (tb_rows){from.at, from.ld, 1}, false);
}

static tb_lane room_lane(const tb_cells *s, int64_t offset, int64_t ld)
{
    return (tb_lane){s->room + offset * s->rows, ld};
}

static void lstm_frame(const tb_cells *s, int64_t t, tb_lane h, tb_lane *cell)
{
    int n = s->units;
    tb_lane gates =
        s->saved ? tb_lane_of(s->saved, s->row, t) : room_lane(s, 0, s->gates);
    tb_lane next = s->saved   ? (tb_lane){gates.at + 4 * n, gates.ld}
                   : s->cells ? tb_lane_of(s->cells, s->row, t)
                              : room_lane(s, s->gates, n);
    tb_lane y = tb_lane_of(s->y, s->row, t);
    recur(s, h, gates, false);
    add_lane(s, tb_lane_of(s->gx, s->row, t), gates, s->gates);
    s->c->fast->lstm(&(tb_lstm){s->rows, n, gates.at, gates.ld, cell->at,
                                cell->ld, next.at, next.ld, y.at, y.ld});
    if (s->saved && s->cells)
        copy_lane(s, next, tb_lane_of(s->cells, s->row, t), n);
    *cell = next;
}

static void gru_frame(const tb_cells *s, int64_t t, tb_lane h)
{
    int n = s->units;
    tb_lane gates =
        s->saved ? tb_lane_of(s->saved, s->row, t) : room_lane(s, 0, s->gates);
    tb_lane p = room_lane(s, s->gates, s->gates);
    tb_lane y = tb_lane_of(s->y, s->row, t);
    copy_lane(s, tb_lane_of(s->gx, s->row, t), gates, s->gates);
    recur(s, h, p, false);
    s->c->fast->gru(&(tb_gru){s->rows, n, gates.at, gates.ld, p.at, p.ld, h.at,
                              h.ld, y.at, y.ld});
    if (s->saved)
        copy_lane(s, (tb_lane){p.at + 2 * n, p.ld},
                  (tb_lane){gates.at + 3 * n, gates.ld}, n);
}

static void tanh_frame(const tb_cells *s, int64_t t, tb_lane h)
{
    tb_lane y = tb_lane_of(s->y, s->row, t);
    recur(s, h, y, false);
    add_lane(s, tb_lane_of(s->gx, s->row, t), y, s->units);
    for (int i = 0; i < s->rows; i++)
        s->c->fast->map(TB_MAP_TANH, (size_t)s->units, y.at + i * y.ld,
                        y.at + i * y.ld, 0, 0);
}

static TB_REALTIME void run_plain(const tb_call *c, int part, int parts)
{
    tb_cells s = cells_of(c, part, parts);
    tb_lane h = tb_lane_of(s.h0, s.row, 0), cell = {0};
    if (s.c0)
        cell = tb_lane_of(s.c0, s.row, 0);
    for (int64_t t = s.from; t < s.from + s.frames; t++) {
        if (s.kind == TB_RNN_LSTM)
            lstm_frame(&s, t, h, &cell);
        else if (s.kind == TB_RNN_GRU)
            gru_frame(&s, t, h);
        else
            tanh_frame(&s, t, h);
        h = tb_lane_of(s.y, s.row, t);
    }
    if (s.hn->data)
        copy_lane(&s, h, tb_lane_of(s.hn, s.row, 0), s.units);
    if (s.cn && s.cn->data)
        copy_lane(&s, cell, tb_lane_of(s.cn, s.row, 0), s.units);
}

static TB_REALTIME void rnn_run(const tb_call *c, int phase, int part,
                                int parts)
{
    (void)phase;
    tb_rnn_each(c, part, parts, run_plain);
}

/* y is read again as the next step's h, so it must be somewhere. */
static bool rnn_fits(const tb_call *c)
{
    return tb_rnn_fits(c) && c->out[0]->rank >= 3;
}

#define FORWARD                                                                \
    {                                                                          \
        .run = rnn_run, .parts = tb_rnn_parts, .scratch = rnn_scratch,         \
        .fits = rnn_fits, .prepared = rnn_prepared, .prepare = rnn_prepare,    \
        .operand = 1                                                           \
    }

const tb_kernel_entry tb_fast_rnn[] = {
    {&tb_op_rnn, FORWARD}, {&tb_op_rnn_apart, FORWARD}, {0}};
