/* Linear layers on the processor's kernels. */
#include "engine/ops/linear.h"

#include "engine/cpu/copy.h"
#include "engine/cpu/rows.h"
#include "engine/cpu/slots.h"
#include "engine/cpu/table.h"

enum { TB_LINEAR_BLOCK = 192 };

static bool unit(const tb_tensor *t)
{
    return t->rank > 0 && t->stride[t->rank - 1] == 1;
}

static bool linear_fits(const tb_call *c)
{
    return unit(c->in[0]) && unit(c->out[0]) &&
           (c->node->n_in < 3 || unit(c->in[2]));
}

static tb_weights linear_weights(const tb_call *c)
{
    const tb_tensor *w = c->in[1];
    int t = TB_ATTR(tb_linear_attr, c->node)->transposed;
    return (tb_weights){w->stride[t],   w->stride[!t],   1,
                        (int)w->dim[t], (int)w->dim[!t], 1};
}

static size_t linear_prepared(const tb_call *c, tb_type type)
{
    tb_weights w = linear_weights(c);
    return tb_packed_size(w.outs, 1, w.ins) *
           (type == TB_F16 ? sizeof(uint16_t) : sizeof(float));
}

static TB_REALTIME void linear_prepare(const tb_call *c, tb_type type, void *to)
{
    tb_weights w = linear_weights(c);
    if (type == TB_F16)
        c->fast->pack_f16(&w, c->in[1]->data, to);
    else
        c->fast->pack(&w, c->in[1]->data, to);
}

static tb_row_set linear_rows(const tb_call *c)
{
    return tb_rows_of(c, c->in[0], c->out[0], c->out[0]->rank - 1);
}

static TB_REALTIME int linear_parts(const tb_call *c, int phase, int threads)
{
    tb_row_set s = linear_rows(c);
    (void)phase;
    return threads > 1 ? tb_rows_blocks(&s, TB_LINEAR_BLOCK) : 1;
}

static TB_REALTIME void linear_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    tb_row_set s = linear_rows(c);
    int64_t size = parts > 1 ? TB_LINEAR_BLOCK : s.rows;
    int first = part, last = part + 1;
    (void)phase;
    if (parts == 1) {
        first = 0;
        last = size ? tb_rows_blocks(&s, size) : 0;
    }
    for (int i = first; i < last; i++) {
        tb_row_block b = tb_rows_block(&s, size, i);
        const tb_tensor *x = c->in[0], *y = c->out[0];
        tb_corr k = {.x = b.x,
                     .ldx = s.ldx,
                     .w = c->prepared,
                     .y = b.y,
                     .ldy = s.ldy,
                     .rows = b.rows,
                     .taps = 1,
                     .ins = (int)x->dim[x->rank - 1],
                     .outs = (int)y->dim[y->rank - 1]};
        k.bias = c->node->n_in > 2 ? c->in[2]->data : NULL;
        if (c->prepared_as == TB_F16)
            c->fast->corr_f16(&k);
        else
            c->fast->corr(&k);
    }
}

/* ---- the gradient of the weights ---- */

static bool wgrad_fits(const tb_call *c)
{
    return unit(c->in[0]) && unit(c->in[1]);
}

static TB_REALTIME tb_slot_rows wgrad_rows(const void *context, int64_t i)
{
    const tb_row_set *s = context;
    float *x, *dy;
    tb_rows_group(s, i, &x, &dy);
    return (tb_slot_rows){{x, dy}, s->ldx, s->ldy, s->rows};
}

static tb_slots wgrad_slots(const tb_call *c, const tb_row_set *s)
{
    const tb_tensor *w = c->out[0];
    return (tb_slots){.fast = c->fast,
                      .groups = 1,
                      .outs = (int)w->dim[0],
                      .ins = (int)w->dim[1],
                      .taps = 1,
                      .runs = s->groups,
                      .total_rows = s->groups * s->rows,
                      .run = wgrad_rows,
                      .context = s,
                      .dw = w->data,
                      .layout = {w->stride[0], w->stride[1], 1, (int)w->dim[0],
                                 (int)w->dim[1], 1}};
}

static tb_row_set wgrad_row_set(const tb_call *c)
{
    return tb_rows_of(c, c->in[0], c->in[1], c->in[1]->rank - 1);
}

static TB_REALTIME int wgrad_parts(const tb_call *c, int phase, int threads)
{
    tb_row_set s = wgrad_row_set(c);
    tb_slots slots = wgrad_slots(c, &s);
    return tb_slots_parts(&slots, phase, threads);
}

static size_t wgrad_scratch(const tb_call *c, int threads)
{
    tb_row_set s = wgrad_row_set(c);
    tb_slots slots = wgrad_slots(c, &s);
    return tb_slots_scratch(&slots, threads);
}

static TB_REALTIME void wgrad_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    tb_row_set s = wgrad_row_set(c);
    tb_slots slots = wgrad_slots(c, &s);
    tb_slots_run(&slots, phase, part, parts, c->scratch);
}

/* ---- what does not lie together ---- */

/* Signals, their gradients and results that do not lie row by row pass through
   copies that do: they are made first, and the last phase copies the result to
   its place. */

static int64_t span_elements(const tb_call *c, const tb_tensor *t)
{
    return (tb_elements(t, c->count) + 15) / 16 * 16;
}

/* The frames of the call in logical order at `room`. */
static tb_tensor in_order(const tb_call *c, const tb_tensor *t, float *room)
{
    tb_tensor r = *t;
    int64_t size = 1;
    r.data = room;
    r.first = c->from;
    for (int i = t->rank - 1; i >= 0; i--) {
        r.stride[i] = size;
        size *= i == t->time ? c->count : t->dim[i];
    }
    return r;
}

/* The call with copies in place of all that must lie in rows. */
typedef struct tb_straight {
    tb_call call;
    const tb_tensor *in[3], *out[1];
    tb_tensor x, dy, y;
} tb_straight;

static void straighten(const tb_call *c, bool grad, tb_straight *s)
{
    float *room = c->scratch;
    s->call = *c;
    s->call.in = s->in;
    s->call.out = s->out;
    for (int i = 0; i < c->node->n_in; i++)
        s->in[i] = c->in[i];
    s->out[0] = c->out[0];
    s->x = in_order(c, c->in[0], room);
    s->in[0] = &s->x;
    room = tb_behind(room, span_elements(c, &s->x));
    if (grad) {
        s->dy = in_order(c, c->in[1], room);
        s->in[1] = &s->dy;
        room = tb_behind(room, span_elements(c, &s->dy));
    } else {
        s->y = in_order(c, c->out[0], room);
        s->out[0] = &s->y;
        room = tb_behind(room, span_elements(c, &s->y));
    }
    s->call.scratch = room;
}

static void copy_frames(const tb_call *c, const tb_tensor *to,
                        const tb_tensor *from, int part, int parts)
{
    tb_copy k = {tb_copy_frames(to, c->from, c->count),
                 tb_copy_frames(from, c->from, c->count)};
    tb_copy_run(&k, part, parts);
}

static bool bias_fits(const tb_call *c)
{
    return c->node->n_in < 3 || unit(c->in[2]);
}

static TB_REALTIME int straight_parts(const tb_call *c, int phase, int threads)
{
    tb_straight s;
    straighten(c, false, &s);
    return phase == 1 ? linear_parts(&s.call, 0, threads) : threads;
}

static size_t straight_scratch(const tb_call *c, int threads)
{
    (void)threads;
    return sizeof(float) *
           (size_t)(span_elements(c, c->in[0]) + span_elements(c, c->out[0]));
}

static TB_REALTIME void straight_run(const tb_call *c, int phase, int part,
                                     int parts)
{
    tb_straight s;
    straighten(c, false, &s);
    if (phase == 0)
        copy_frames(c, &s.x, c->in[0], part, parts);
    else if (phase == 1)
        linear_run(&s.call, 0, part, parts);
    else
        copy_frames(c, c->out[0], &s.y, part, parts);
}

static TB_REALTIME int straight_wgrad_parts(const tb_call *c, int phase,
                                            int threads)
{
    tb_straight s;
    straighten(c, true, &s);
    return phase ? wgrad_parts(&s.call, phase - 1, threads) : threads;
}

static size_t straight_wgrad_scratch(const tb_call *c, int threads)
{
    tb_straight s;
    straighten(c, true, &s);
    return sizeof(float) * (size_t)(span_elements(c, c->in[0]) +
                                    span_elements(c, c->in[1])) +
           wgrad_scratch(&s.call, threads);
}

static TB_REALTIME void straight_wgrad_run(const tb_call *c, int phase,
                                           int part, int parts)
{
    tb_straight s;
    straighten(c, true, &s);
    if (phase) {
        wgrad_run(&s.call, phase - 1, part, parts);
        return;
    }
    copy_frames(c, &s.x, c->in[0], part, parts);
    copy_frames(c, &s.dy, c->in[1], part, parts);
}

const tb_kernel_entry tb_fast_linear[] = {{&tb_op_linear,
                                           {.run = linear_run,
                                            .parts = linear_parts,
                                            .fits = linear_fits,
                                            .prepared = linear_prepared,
                                            .prepare = linear_prepare,
                                            .operand = 1}},
                                          {&tb_op_linear_wgrad,
                                           {.run = wgrad_run,
                                            .parts = wgrad_parts,
                                            .phases = 2,
                                            .scratch = wgrad_scratch,
                                            .fits = wgrad_fits}},
                                          {&tb_op_linear,
                                           {.run = straight_run,
                                            .parts = straight_parts,
                                            .phases = 3,
                                            .scratch = straight_scratch,
                                            .fits = bias_fits,
                                            .prepared = linear_prepared,
                                            .prepare = linear_prepare,
                                            .operand = 1}},
                                          {&tb_op_linear_wgrad,
                                           {.run = straight_wgrad_run,
                                            .parts = straight_wgrad_parts,
                                            .phases = 3,
                                            .scratch = straight_wgrad_scratch}},
                                          {0}};
