/* The gradients of recurrent layers on the processor's kernels. Forwards:
   rnn.c. */
#include "engine/cpu/rnn_lanes.h"

static size_t rnn_grad_prepared(const tb_call *c, tb_type type)
{
    (void)type;
    return tb_rnn_packed(tb_rnn_weights(c, true), TB_REAL);
}

static TB_REALTIME void rnn_grad_prepare(const tb_call *c, tb_type type,
                                         void *to)
{
    tb_weights w = tb_rnn_weights(c, true);
    (void)type;
    c->fast->pack(&w, c->in[1]->data, to);
}

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
           tb_rnn_aligned(tb_rnn_rows(c) * (2 * c->in[1]->dim[1] + 64));
}

static void start_lane(const tb_back *s, int input, tb_lane to)
{
    tb_lane from = {0};
    if (input >= 0)
        from = tb_lane_of(s->c->in[input], s->row, 0);
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
    float *room = (float *)c->scratch + first * (int64_t)tb_rnn_aligned(2 * n);
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
    tb_lane g = tb_lane_of(saved, s->row, t),
            d = tb_lane_of(s->c->out[0], s->row, t);
    tb_lane before = t ? tb_lane_of(saved, s->row, t - 1)
                       : tb_lane_of(s->c->in[s->a.c0], s->row, 0);
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
    tb_lane g = tb_lane_of(saved, s->row, t),
            dx = tb_lane_of(s->c->out[0], s->row, t);
    tb_lane dp = tb_lane_of(s->c->out[2], s->row, t);
    tb_lane before =
        t ? tb_lane_of(y, s->row, t - 1) : tb_lane_of(s->c->in[2], s->row, 0);
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
    tb_lane y = tb_lane_of(s->c->in[0], s->row, t);
    tb_lane d = tb_lane_of(s->c->out[0], s->row, t);
    for (int i = 0; i < s->rows; i++)
        s->c->fast->map_back(TB_MAP_TANH, (size_t)s->units, d.at + i * d.ld,
                             s->dh.at + i * s->dh.ld, NULL, y.at + i * y.ld, 0,
                             0, false);
}

/* dh (+)= transpose(w_hh) d */
static void recur_back(const tb_back *s, int64_t t)
{
    bool gru = s->a.kind == TB_RNN_GRU;
    tb_lane d = tb_lane_of(s->c->out[gru ? 2 : 0], s->row, t);
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

static void add_lane(const tb_back *s, int input, int64_t t, tb_lane to)
{
    if (input < 0)
        return;
    tb_lane from = tb_lane_of(s->c->in[input], s->row, t);
    s->c->fast->binary(TB_BINARY_ADD, s->rows, s->units, to.at, to.ld,
                       (tb_rows){to.at, to.ld, 1},
                       (tb_rows){from.at, from.ld, 1}, false);
}

static void finish_lane(const tb_back *s, tb_lane from, const tb_tensor *to)
{
    if (!to->data)
        return;
    tb_lane at = tb_lane_of(to, s->row, 0);
    for (int i = 0; i < s->rows; i++)
        memcpy(at.at + i * at.ld, from.at + i * from.ld,
               sizeof(float) * (size_t)s->units);
}

static TB_REALTIME void back_plain(const tb_call *c, int part, int parts)
{
    tb_back s = back_of(c, part, parts);
    for (int64_t t = c->in[0]->dim[1] - 1; t >= 0; t--) {
        add_lane(&s, s.a.dy, t, s.dh);
        add_lane(&s, s.a.dcells, t, s.dc);
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

static TB_REALTIME void rnn_grad_run(const tb_call *c, int phase, int part,
                                     int parts)
{
    (void)phase;
    tb_rnn_each(c, part, parts, back_plain);
}

static bool rnn_grad_fits(const tb_call *c)
{
    bool gru = TB_ATTR(tb_rnn_grad_attr, c->node)->kind == TB_RNN_GRU;
    return tb_rnn_fits(c) && c->out[0]->rank >= 3 &&
           (!gru || c->out[2]->rank >= 3);
}

/* ---- the gradient of the recurrent weights ---- */

static bool is_apart(const tb_call *c)
{
    tb_rnn_frames f = tb_rnn_frames_of(c);
    return f.steps && f.apart;
}

/* Step t of all rows, which meets the step before it. */
static tb_slot_rows step_rows(const tb_call *c, int64_t t)
{
    const tb_tensor *dp = c->in[0], *y = c->in[1], *h0 = c->in[2];
    const float *d = (const float *)dp->data + t * dp->stride[1];
    const float *h = t ? (const float *)y->data + (t - 1) * y->stride[1]
                       : (const float *)h0->data;
    return (tb_slot_rows){
        {h, d}, (t ? y : h0)->stride[0], dp->stride[0], dp->dim[0]};
}

/* Frames 1 and following of a row, which meet those before them. */
static tb_slot_rows frame_rows(const tb_call *c, int64_t row)
{
    const tb_tensor *dp = c->in[0], *y = c->in[1];
    return (tb_slot_rows){
        {(const float *)y->data + row * y->stride[0],
         (const float *)dp->data + row * dp->stride[0] + dp->stride[1]},
        y->stride[1],
        dp->stride[1],
        dp->dim[1] - 1};
}

/* Long runs: step 0 of all rows, then the rest row by row. Runs of the steps of
   a frame are short: step by step. */
static TB_REALTIME tb_slot_rows wgrad_rows(const void *context, int64_t i)
{
    const tb_call *c = context;
    int64_t steps = is_apart(c) ? c->in[0]->dim[2] : 0;
    tb_rnn_view v = {.call = *c};
    tb_rnn_view_init(&v, c, steps ? i / steps : 0, steps ? tb_rnn_groups(c) : 1,
                     sizeof(float));
    return steps    ? step_rows(&v.call, i % steps)
           : i == 0 ? step_rows(&v.call, 0)
                    : frame_rows(&v.call, i - 1);
}

static tb_slots wgrad_slots(const tb_call *c)
{
    const tb_tensor *w = c->out[0], *dp = c->in[0];
    int64_t steps = dp->rank == 4 ? dp->dim[2] : 1;
    return (tb_slots){.fast = c->fast,
                      .groups = 1,
                      .outs = (int)w->dim[0],
                      .ins = (int)w->dim[1],
                      .taps = 1,
                      .runs = is_apart(c) ? tb_rnn_groups(c) * steps
                                          : dp->dim[0] + 1,
                      .total_rows = dp->dim[0] * dp->dim[1] * steps,
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

const tb_kernel_entry tb_fast_rnn_grad[] = {{&tb_op_rnn_grad,
                                             {.run = rnn_grad_run,
                                              .parts = tb_rnn_parts,
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
                                              .fits = tb_rnn_fits}},
                                            {0}};
