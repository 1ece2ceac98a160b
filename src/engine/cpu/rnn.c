/* Recurrent layers on the processor's kernels. Rows of the batch are parts:
   each thread runs its rows through all frames, without waiting for others. */
#include "engine/ops/rnn.h"

#include "engine/cpu/slots.h"
#include "engine/cpu/table.h"

#include <string.h>

/* ---- operands ---- */

static tb_weights recurrent(const tb_call *c, bool back)
{
    const tb_tensor *w = c->in[1];
    return (tb_weights){w->stride[back],   w->stride[!back],   1,
                        (int)w->dim[back], (int)w->dim[!back], 1};
}

static size_t packed_bytes(tb_weights w, tb_type type)
{
    return tb_packed_size(w.outs, 1, w.ins) *
           (type == TB_F16 ? sizeof(uint16_t) : sizeof(float));
}

static size_t rnn_prepared(const tb_call *c, tb_type type)
{
    return packed_bytes(recurrent(c, false), type);
}

static TB_REALTIME void rnn_prepare(const tb_call *c, tb_type type, void *to)
{
    tb_weights w = recurrent(c, false);
    if (type == TB_F16)
        c->fast->pack_f16(&w, c->in[1]->data, to);
    else
        c->fast->pack(&w, c->in[1]->data, to);
}

static size_t rnn_grad_prepared(const tb_call *c, tb_type type)
{
    (void)type;
    return packed_bytes(recurrent(c, true), TB_REAL);
}

static TB_REALTIME void rnn_grad_prepare(const tb_call *c, tb_type type,
                                         void *to)
{
    tb_weights w = recurrent(c, true);
    (void)type;
    c->fast->pack(&w, c->in[1]->data, to);
}

static bool unit(const tb_tensor *t)
{
    return t->rank == 0 || t->stride[t->rank - 1] == 1;
}

static bool all_unit(const tb_call *c)
{
    for (int i = 0; i < c->node->n_in; i++)
        if (!unit(c->in[i]))
            return false;
    for (int i = 0; i < c->node->n_out; i++)
        if (!unit(c->out[i]))
            return false;
    return true;
}

static TB_REALTIME int row_parts(const tb_call *c, int phase, int threads)
{
    int64_t rows = c->in[0]->dim[0];
    (void)phase;
    return (int)(rows < threads ? rows : threads);
}

static size_t aligned(int64_t floats)
{
    return (size_t)((floats + 15) / 16 * 16);
}

/* ---- forwards ---- */

/* Where something lies for the first row of a part, and from row to row. */
typedef struct tb_lane {
    float *at;
    int64_t ld;
} tb_lane;

static tb_lane lane(const tb_tensor *t, int64_t row, int64_t frame)
{
    int64_t o = row * t->stride[0];
    if (t->rank == 3)
        o += (frame - (t->time == 1 ? t->first : 0)) * t->stride[1];
    return (tb_lane){t->rank ? (float *)t->data + o : NULL, t->stride[0]};
}

/* One part's work: rows, units, and what its steps need besides tensors. */
typedef struct tb_cells {
    const tb_call *c;
    tb_rnn_kind kind;
    int rows, units, gates;
    int64_t row, from, frames;
    const float *bias;
    const tb_tensor *gx, *h0, *c0, *y, *hn, *cn, *saved;
    float *room; /* rows * (4 gates + cell + h) of scratch, as needed */
} tb_cells;

static int64_t room_per_row(const tb_call *c)
{
    return 2 * c->in[1]->dim[0] + 2 * c->in[1]->dim[1];
}

static size_t rnn_scratch(const tb_call *c, int threads)
{
    (void)threads;
    return sizeof(float) * aligned(c->in[0]->dim[0] * (room_per_row(c) + 64));
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
    } else if (a->kind == TB_RNN_GRU) {
        s.saved = c->out[2];
    }
    if (s.saved && !s.saved->data)
        s.saved = NULL;
    s.room = (float *)c->scratch + first * (int64_t)aligned(room_per_row(c));
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
        s->saved ? lane(s->saved, s->row, t) : room_lane(s, 0, s->gates);
    tb_lane next = s->saved ? (tb_lane){gates.at + 4 * n, gates.ld}
                            : room_lane(s, s->gates, n);
    tb_lane y = lane(s->y, s->row, t);
    recur(s, h, gates, false);
    add_lane(s, lane(s->gx, s->row, t), gates, s->gates);
    s->c->fast->lstm(&(tb_lstm){s->rows, n, gates.at, gates.ld, cell->at,
                                cell->ld, next.at, next.ld, y.at, y.ld});
    *cell = next;
}

static void gru_frame(const tb_cells *s, int64_t t, tb_lane h)
{
    int n = s->units;
    tb_lane gates =
        s->saved ? lane(s->saved, s->row, t) : room_lane(s, 0, s->gates);
    tb_lane p = room_lane(s, s->gates, s->gates);
    tb_lane y = lane(s->y, s->row, t);
    copy_lane(s, lane(s->gx, s->row, t), gates, s->gates);
    recur(s, h, p, false);
    s->c->fast->gru(&(tb_gru){s->rows, n, gates.at, gates.ld, p.at, p.ld, h.at,
                              h.ld, y.at, y.ld});
    if (s->saved)
        copy_lane(s, (tb_lane){p.at + 2 * n, p.ld},
                  (tb_lane){gates.at + 3 * n, gates.ld}, n);
}

static void tanh_frame(const tb_cells *s, int64_t t, tb_lane h)
{
    tb_lane y = lane(s->y, s->row, t);
    recur(s, h, y, false);
    add_lane(s, lane(s->gx, s->row, t), y, s->units);
    for (int i = 0; i < s->rows; i++)
        s->c->fast->map(TB_MAP_TANH, (size_t)s->units, y.at + i * y.ld,
                        y.at + i * y.ld, 0, 0);
}

static TB_REALTIME void rnn_run(const tb_call *c, int phase, int part,
                                int parts)
{
    tb_cells s = cells_of(c, part, parts);
    tb_lane h = lane(s.h0, s.row, 0), cell = {0};
    (void)phase;
    if (s.c0)
        cell = lane(s.c0, s.row, 0);
    for (int64_t t = s.from; t < s.from + s.frames; t++) {
        if (s.kind == TB_RNN_LSTM)
            lstm_frame(&s, t, h, &cell);
        else if (s.kind == TB_RNN_GRU)
            gru_frame(&s, t, h);
        else
            tanh_frame(&s, t, h);
        h = lane(s.y, s.row, t);
    }
    if (s.hn->data)
        copy_lane(&s, h, lane(s.hn, s.row, 0), s.units);
    if (s.cn && s.cn->data)
        copy_lane(&s, cell, lane(s.cn, s.row, 0), s.units);
}

/* y is read again as the next step's h, so it must be somewhere. */
static bool rnn_fits(const tb_call *c)
{
    return all_unit(c) && c->out[0]->rank == 3;
}

/* ---- backwards ---- */

typedef struct tb_back {
    const tb_call *c;
    tb_rnn_grad_attr a;
    int rows, units, gates;
    int64_t row;
    tb_lane dh, dc; /* in scratch */
} tb_back;

static size_t rnn_grad_scratch(const tb_call *c, int threads)
{
    (void)threads;
    return sizeof(float) *
           aligned(c->in[0]->dim[0] * (2 * c->in[1]->dim[1] + 64));
}

static void start_lane(const tb_back *s, int input, tb_lane to)
{
    tb_lane from = {0};
    if (input >= 0)
        from = lane(s->c->in[input], s->row, 0);
    for (int i = 0; i < s->rows; i++) {
        if (from.at)
            memcpy(to.at + i * to.ld, from.at + i * from.ld,
                   sizeof(float) * (size_t)s->units);
        else
            memset(to.at + i * to.ld, 0, sizeof(float) * (size_t)s->units);
    }
}

static tb_back back_of(const tb_call *c, int part, int parts)
{
    int64_t rows = c->in[0]->dim[0], first = rows * part / parts;
    int64_t n = c->in[1]->dim[1];
    tb_back s = {.c = c,
                 .a = *TB_ATTR(tb_rnn_grad_attr, c->node),
                 .units = (int)n,
                 .gates = (int)c->in[1]->dim[0],
                 .row = first};
    s.rows = (int)(rows * (part + 1) / parts - first);
    float *room = (float *)c->scratch + first * (int64_t)aligned(2 * n);
    s.dh = (tb_lane){room, n};
    s.dc = (tb_lane){room + n * s.rows, n};
    start_lane(&s, s.a.dhn, s.dh);
    start_lane(&s, s.a.dcn, s.dc);
    return s;
}

static void lstm_back_frame(const tb_back *s, int64_t t)
{
    const tb_tensor *saved = s->c->in[s->a.saved];
    int n = s->units;
    tb_lane g = lane(saved, s->row, t), d = lane(s->c->out[0], s->row, t);
    tb_lane before =
        t ? lane(saved, s->row, t - 1) : lane(s->c->in[s->a.c0], s->row, 0);
    if (t)
        before.at += 4 * n;
    s->c->fast->lstm_back(&(tb_lstm_back){.rows = s->rows,
                                          .units = n,
                                          .gates = g.at,
                                          .ld_gates = g.ld,
                                          .c_before = before.at,
                                          .c = g.at + 4 * n,
                                          .ld_c_before = before.ld,
                                          .ld_c = g.ld,
                                          .dh = s->dh.at,
                                          .ld_dh = s->dh.ld,
                                          .dc = s->dc.at,
                                          .ld_dc = s->dc.ld,
                                          .dgates = d.at,
                                          .ld_dgates = d.ld});
}

static void gru_back_frame(const tb_back *s, int64_t t)
{
    const tb_tensor *saved = s->c->in[s->a.saved], *y = s->c->in[0];
    int n = s->units;
    tb_lane g = lane(saved, s->row, t), dx = lane(s->c->out[0], s->row, t);
    tb_lane dp = lane(s->c->out[2], s->row, t);
    tb_lane before = t ? lane(y, s->row, t - 1) : lane(s->c->in[2], s->row, 0);
    s->c->fast->gru_back(&(tb_gru_back){.rows = s->rows,
                                        .units = n,
                                        .gates = g.at,
                                        .h_gates = g.at + n,
                                        .h_before = before.at,
                                        .dh = s->dh.at,
                                        .ld_gates = g.ld,
                                        .ld_h_gates = g.ld,
                                        .ld_h_before = before.ld,
                                        .ld_dh = s->dh.ld,
                                        .dx_gates = dx.at,
                                        .dh_gates = dp.at,
                                        .ld_dx_gates = dx.ld,
                                        .ld_dh_gates = dp.ld,
                                        .dh_before = s->dh.at,
                                        .ld_dh_before = s->dh.ld});
}

static void tanh_back_frame(const tb_back *s, int64_t t)
{
    tb_lane y = lane(s->c->in[0], s->row, t);
    tb_lane d = lane(s->c->out[0], s->row, t);
    for (int i = 0; i < s->rows; i++)
        s->c->fast->map_back(TB_MAP_TANH, (size_t)s->units, d.at + i * d.ld,
                             s->dh.at + i * s->dh.ld, NULL, y.at + i * y.ld, 0,
                             0, false);
}

/* dh (+)= transpose(w_hh) d */
static void recur_back(const tb_back *s, int64_t t)
{
    bool gru = s->a.kind == TB_RNN_GRU;
    tb_lane d = lane(s->c->out[gru ? 2 : 0], s->row, t);
    tb_corr k = {.x = d.at,
                 .ldx = d.ld,
                 .w = s->c->prepared,
                 .y = s->dh.at,
                 .ldy = s->dh.ld,
                 .rows = s->rows,
                 .taps = 1,
                 .ins = s->gates,
                 .outs = s->units,
                 .accumulate = gru};
    s->c->fast->corr(&k);
}

static void add_dy(const tb_back *s, int64_t t)
{
    if (s->a.dy < 0)
        return;
    tb_lane dy = lane(s->c->in[s->a.dy], s->row, t);
    s->c->fast->binary(TB_BINARY_ADD, s->rows, s->units, s->dh.at, s->dh.ld,
                       (tb_rows){s->dh.at, s->dh.ld, 1},
                       (tb_rows){dy.at, dy.ld, 1}, false);
}

static void finish_lane(const tb_back *s, tb_lane from, const tb_tensor *to)
{
    if (!to->data)
        return;
    tb_lane at = lane(to, s->row, 0);
    for (int i = 0; i < s->rows; i++)
        memcpy(at.at + i * at.ld, from.at + i * from.ld,
               sizeof(float) * (size_t)s->units);
}

static TB_REALTIME void rnn_grad_run(const tb_call *c, int phase, int part,
                                     int parts)
{
    tb_back s = back_of(c, part, parts);
    (void)phase;
    for (int64_t t = c->in[0]->dim[1] - 1; t >= 0; t--) {
        add_dy(&s, t);
        if (s.a.kind == TB_RNN_LSTM)
            lstm_back_frame(&s, t);
        else if (s.a.kind == TB_RNN_GRU)
            gru_back_frame(&s, t);
        else
            tanh_back_frame(&s, t);
        recur_back(&s, t);
    }
    finish_lane(&s, s.dh, c->out[1]);
    if (s.a.kind == TB_RNN_LSTM)
        finish_lane(&s, s.dc, c->out[2]);
}

static bool rnn_grad_fits(const tb_call *c)
{
    bool gru = TB_ATTR(tb_rnn_grad_attr, c->node)->kind == TB_RNN_GRU;
    return all_unit(c) && c->out[0]->rank == 3 &&
           (!gru || c->out[2]->rank == 3);
}

/* ---- the gradient of the recurrent weights ---- */

/* Frame 0 of all rows meets h0; then each row's frames meet the frame before
   them. */

static TB_REALTIME tb_slot_rows wgrad_rows(const void *context, int64_t i)
{
    const tb_call *c = context;
    const tb_tensor *dp = c->in[0], *y = c->in[1], *h0 = c->in[2];
    if (i == 0)
        return (tb_slot_rows){
            {h0->data, dp->data}, h0->stride[0], dp->stride[0], dp->dim[0]};
    return (tb_slot_rows){
        {(const float *)y->data + (i - 1) * y->stride[0],
         (const float *)dp->data + (i - 1) * dp->stride[0] + dp->stride[1]},
        y->stride[1],
        dp->stride[1],
        dp->dim[1] - 1};
}

static tb_slots wgrad_slots(const tb_call *c)
{
    const tb_tensor *w = c->out[0], *dp = c->in[0];
    return (tb_slots){.fast = c->fast,
                      .groups = 1,
                      .outs = (int)w->dim[0],
                      .ins = (int)w->dim[1],
                      .taps = 1,
                      .runs = dp->dim[0] + 1,
                      .total_rows = dp->dim[0] * dp->dim[1],
                      .run = wgrad_rows,
                      .context = c,
                      .dw = w->data,
                      .layout = {w->stride[0], w->stride[1], 1, (int)w->dim[0],
                                 (int)w->dim[1], 1}};
}

static TB_REALTIME int wgrad_parts(const tb_call *c, int phase, int threads)
{
    tb_slots s = wgrad_slots(c);
    return tb_slots_parts(&s, phase, threads);
}

static size_t wgrad_scratch(const tb_call *c, int threads)
{
    tb_slots s = wgrad_slots(c);
    return tb_slots_scratch(&s, threads);
}

static TB_REALTIME void wgrad_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    tb_slots s = wgrad_slots(c);
    tb_slots_run(&s, phase, part, parts, c->scratch);
}

const tb_kernel_entry tb_fast_rnn[] = {{&tb_op_rnn,
                                        {.run = rnn_run,
                                         .parts = row_parts,
                                         .scratch = rnn_scratch,
                                         .fits = rnn_fits,
                                         .prepared = rnn_prepared,
                                         .prepare = rnn_prepare,
                                         .operand = 1}},
                                       {&tb_op_rnn_grad,
                                        {.run = rnn_grad_run,
                                         .parts = row_parts,
                                         .scratch = rnn_grad_scratch,
                                         .fits = rnn_grad_fits,
                                         .prepared = rnn_grad_prepared,
                                         .prepare = rnn_grad_prepare,
                                         .operand = 1}},
                                       {&tb_op_rnn_wgrad,
                                        {.run = wgrad_run,
                                         .parts = wgrad_parts,
                                         .phases = 2,
                                         .scratch = wgrad_scratch,
                                         .fits = all_unit}},
                                       {0}};
