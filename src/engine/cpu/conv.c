/* Convolutions on the processor's kernels: channels lie last, frames outside
   the signal are zeros in memory, so a convolution is a correlation whose rows
   are output frames. On a second axis (frequency, folded periods) padding has
   become part of the signal: each of its places is one more set of rows. */
#include "engine/ops/conv.h"

#include "engine/cpu/slots.h"
#include "engine/cpu/table.h"
#include "engine/frames.h"

enum { TB_CONV_BLOCK = 192, TB_MOST_TAPS = 512 };

static int64_t axis_dim(const tb_tensor *t, int axis)
{
    return axis < t->rank ? t->dim[axis] : 1;
}

static int64_t axis_stride(const tb_tensor *t, int axis)
{
    return axis < t->rank ? t->stride[axis] : 0;
}

static int64_t frames_of(const tb_call *c, const tb_tensor *t)
{
    return t->time == 2 ? c->count : t->dim[2];
}

static bool plain_axis(const tb_conv_attr *how, int i)
{
    return how->left[i] == 0 && how->right[i] == 0;
}

/* Channels lie one behind the other; a single one lies anyhow. */
static bool unit(const tb_tensor *t)
{
    return t->stride[1] == 1 || t->dim[1] == 1;
}

static bool bias_fits(const tb_call *c)
{
    return c->node->n_in < 3 || c->in[2]->stride[0] == 1;
}

/* All taps of both axes lie one step apart. */
static bool taps_in_order(const tb_tensor *w)
{
    return w->rank < 4 || w->stride[2] == w->dim[3] * w->stride[3];
}

/* Frames are padded in memory only where they count time. */
static bool conv_fits(const tb_call *c)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *w = c->in[1];
    return unit(x) && unit(c->out[0]) && bias_fits(c) &&
           (x->time == 2 || plain_axis(how, 0)) && plain_axis(how, 1) &&
           taps_in_order(w) && w->dim[2] * axis_dim(w, 3) <= TB_MOST_TAPS;
}

/* ---- operands ---- */

/* One group's weights, all taps of both axes in the order of memory. */
static tb_weights conv_weights(const tb_call *c)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *w = c->in[1];
    int taps = (int)(w->dim[2] * axis_dim(w, 3));
    return (tb_weights){w->stride[0],           w->stride[1],
                        w->stride[w->rank - 1], (int)(w->dim[0] / how->groups),
                        (int)w->dim[1],         taps};
}

static size_t type_bytes(tb_type type)
{
    return type == TB_F16 ? sizeof(uint16_t) : sizeof(float);
}

static void pack(const tb_call *c, const tb_weights *w, tb_type type,
                 const float *from, char *to)
{
    if (type == TB_F16)
        c->fast->pack_f16(w, from, (uint16_t *)to);
    else
        c->fast->pack(w, from, (float *)to);
}

static size_t group_bytes(tb_weights w, tb_type type)
{
    return tb_packed_size(w.outs, w.taps, w.ins) * type_bytes(type);
}

static size_t conv_prepared(const tb_call *c, tb_type type)
{
    const tb_conv_attr *how = c->node->attr;
    return (size_t)how->groups * group_bytes(conv_weights(c), type);
}

static void conv_prepare(const tb_call *c, tb_type type, void *to)
{
    const tb_conv_attr *how = c->node->attr;
    tb_weights w = conv_weights(c);
    for (int64_t g = 0; g < how->groups; g++)
        pack(c, &w, type, (const float *)c->in[1]->data + g * w.outs * w.by_out,
             (char *)to + (size_t)g * group_bytes(w, type));
}

/* ---- the convolution ---- */

/* Blocks of frames, for each row of the batch and each place of axis 3. */
static int blocks_of(int64_t frames)
{
    return (int)((frames + TB_CONV_BLOCK - 1) / TB_CONV_BLOCK);
}

static int conv_parts(const tb_call *c, int phase, int threads)
{
    const tb_tensor *y = c->out[0];
    (void)phase, (void)threads;
    return (int)(y->dim[0] * axis_dim(y, 3)) * blocks_of(frames_of(c, y));
}

typedef struct tb_conv_part {
    int64_t batch, place; /* of axis 3 */
    int64_t from;         /* absolute frame of y */
    int rows;
} tb_conv_part;

static tb_conv_part part_of(const tb_call *c, int part)
{
    const tb_tensor *y = c->out[0];
    int64_t frames = frames_of(c, y), places = axis_dim(y, 3);
    int blocks = blocks_of(frames);
    int64_t at = part % blocks * TB_CONV_BLOCK;
    tb_conv_part p = {.place = part / blocks % places,
                      .batch = part / blocks / places};
    p.from = at + (y->time == 2 ? c->from : 0);
    p.rows = (int)(frames - at < TB_CONV_BLOCK ? frames - at : TB_CONV_BLOCK);
    return p;
}

static void run_corr(const tb_call *c, const tb_corr *k)
{
    if (c->prepared_as == TB_F16)
        c->fast->corr_f16(k);
    else
        c->fast->corr(k);
}

static int64_t first_of(const tb_tensor *t)
{
    return t->time == 2 ? t->first : 0;
}

/* Where each tap reads, from where the first does. */
static int list_offsets(const tb_conv_attr *how, const tb_tensor *x,
                        const tb_tensor *w, ptrdiff_t *offsets)
{
    int n = 0;
    for (int64_t i = 0; i < w->dim[2]; i++)
        for (int64_t k = 0; k < axis_dim(w, 3); k++)
            offsets[n++] = i * how->dilation[0] * x->stride[2] +
                           k * how->dilation[1] * axis_stride(x, 3);
    return n;
}

/* Taps of the second axis whose channels lie behind each other are as good as
   more channels. */
static bool taps_together(const tb_conv_attr *how, const tb_tensor *x,
                          const tb_tensor *w)
{
    return w->rank > 3 && how->groups == 1 && how->dilation[1] == 1 &&
           x->stride[1] == 1 && x->stride[3] == w->dim[1];
}

static void conv_run(const tb_call *c, int phase, int part, int parts)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *y = c->out[0];
    tb_conv_part p = part_of(c, part);
    tb_weights w = conv_weights(c);
    ptrdiff_t offsets[TB_MOST_TAPS];
    (void)phase, (void)parts;
    tb_corr k = {.ldx = how->stride[0] * x->stride[2],
                 .rows = p.rows,
                 .taps = list_offsets(how, x, c->in[1], offsets),
                 .ins = w.ins,
                 .outs = w.outs,
                 .ldy = y->stride[2]};
    int64_t frame = p.from * how->stride[0] - how->left[0] - first_of(x);
    const float *from = (const float *)x->data + p.batch * x->stride[0] +
                        frame * x->stride[2] +
                        p.place * how->stride[1] * axis_stride(x, 3);
    float *to = (float *)y->data + p.batch * y->stride[0] +
                (p.from - first_of(y)) * y->stride[2] +
                p.place * axis_stride(y, 3);
    if (taps_together(how, x, c->in[1])) {
        k.taps = (int)c->in[1]->dim[2];
        k.ins *= (int)c->in[1]->dim[3];
    } else if (axis_dim(c->in[1], 3) > 1) {
        k.offsets = offsets;
    }
    k.xtap = how->dilation[0] * x->stride[2];
    for (int64_t g = 0; g < how->groups; g++) {
        k.x = from + g * w.ins;
        k.y = to + g * w.outs;
        k.w = (const char *)c->prepared +
              (size_t)g * group_bytes(w, c->prepared_as);
        k.bias = c->node->n_in > 2 ? (const float *)c->in[2]->data + g * w.outs
                                   : NULL;
        run_corr(c, &k);
    }
}

/* ---- transposed ---- */

/* Places of one phase (index modulo stride, on both axes) are a correlation
 * with the taps that reach them; each phase has a packed operand of its own. */

/* Whether all that is read along an axis is there. */
static bool inside(const tb_call *c, int i)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *w = c->in[1];
    int64_t reach = (axis_dim(w, 2 + i) - 1) * how->dilation[i];
    int64_t last = axis_dim(c->out[0], 2 + i) - 1 + how->left[i];
    return tb_ceil_div(how->left[i] - reach, how->stride[i]) >= 0 &&
           tb_floor_div(last, how->stride[i]) < axis_dim(x, 2 + i);
}

static bool transposed_fits(const tb_call *c)
{
    const tb_tensor *x = c->in[0], *w = c->in[1];
    return unit(x) && unit(c->out[0]) && bias_fits(c) &&
           (x->time == 2 || inside(c, 0)) && inside(c, 1) &&
           w->dim[2] * axis_dim(w, 3) <= TB_MOST_TAPS;
}

static int64_t modulo(int64_t a, int64_t b)
{
    return a - tb_floor_div(a, b) * b;
}

/* The taps of a phase on one axis: first, first + step... */
typedef struct tb_taps {
    int64_t first, step;
    int n;
} tb_taps;

static int64_t divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static tb_taps taps_of(const tb_call *c, int axis, int64_t phase)
{
    const tb_conv_attr *how = c->node->attr;
    int64_t k = axis_dim(c->in[1], 2 + axis);
    int64_t s = how->stride[axis], d = how->dilation[axis];
    tb_taps t = {0, s / divisor(s, d), 0};
    while (t.first < t.step && modulo(t.first * d, s) != phase)
        t.first++;
    if (t.first < t.step && t.first < k)
        t.n = (int)((k - 1 - t.first) / t.step + 1);
    return t;
}

/* A phase of both axes, and the weights of one of its groups. */
typedef struct tb_phase {
    tb_taps taps[2];
    int outs, ins;
} tb_phase;

static tb_phase phase_of(const tb_call *c, int64_t first, int64_t second)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *w = c->in[1];
    return (tb_phase){{taps_of(c, 0, first), taps_of(c, 1, second)},
                      (int)w->dim[1],
                      (int)(w->dim[0] / how->groups)};
}

static int phase_taps(const tb_phase *p)
{
    return p->taps[0].n * p->taps[1].n;
}

static size_t phase_bytes(const tb_phase *p, tb_type type)
{
    return tb_packed_size(p->outs, phase_taps(p), p->ins) * type_bytes(type);
}

static int64_t phases(const tb_conv_attr *how)
{
    return how->stride[0] * how->stride[1];
}

/* Phases are counted along axis 3 first. */
static tb_phase nth_phase(const tb_call *c, int64_t i)
{
    const tb_conv_attr *how = c->node->attr;
    return phase_of(c, i / how->stride[1], i % how->stride[1]);
}

/* Where each phase starts stands in front of all of them. */
static size_t heading_bytes(const tb_call *c)
{
    return ((size_t)phases(c->node->attr) * sizeof(size_t) + 63) / 64 * 64;
}

static size_t transposed_prepared(const tb_call *c, tb_type type)
{
    const tb_conv_attr *how = c->node->attr;
    size_t bytes = heading_bytes(c);
    for (int64_t i = 0; i < phases(how); i++) {
        tb_phase p = nth_phase(c, i);
        bytes += (size_t)how->groups * phase_bytes(&p, type);
    }
    return bytes;
}

/* One group of a phase: panel by panel, for each tap of axis 2 those of axis
   3. */
static void pack_phase(const tb_call *c, const tb_phase *p, tb_type type,
                       const float *from, char *to)
{
    const tb_tensor *w = c->in[1];
    tb_taps i = p->taps[0], k = p->taps[1];
    size_t row = tb_packed_size(TB_PANEL, k.n, p->ins) * type_bytes(type);
    from += i.first * w->stride[2] + k.first * axis_stride(w, 3);
    for (int out = 0; out < p->outs; out += TB_PANEL)
        for (int tap = 0; tap < i.n; tap++, to += row) {
            int outs = p->outs - out < TB_PANEL ? p->outs - out : TB_PANEL;
            tb_weights part = {
                w->stride[1], w->stride[0], k.step * axis_stride(w, 3),
                outs,         p->ins,       k.n};
            pack(c, &part, type,
                 from + out * w->stride[1] + tap * i.step * w->stride[2], to);
        }
}

static void transposed_prepare(const tb_call *c, tb_type type, void *to)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *w = c->in[1];
    size_t *starts = to, at = heading_bytes(c);
    for (int64_t i = 0; i < phases(how); i++) {
        tb_phase p = nth_phase(c, i);
        starts[i] = at;
        for (int64_t g = 0; g < how->groups && phase_taps(&p); g++) {
            pack_phase(c, &p, type,
                       (const float *)w->data + g * p.ins * w->stride[0],
                       (char *)to + at);
            at += phase_bytes(&p, type);
        }
    }
}

/* Where each tap reads for frame j of y, from the row of the batch. */
static void reaching_offsets(const tb_call *c, const tb_phase *p, int64_t j,
                             int64_t place, ptrdiff_t *offsets)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0];
    tb_taps a = p->taps[0], b = p->taps[1];
    for (int i = 0; i < a.n; i++)
        for (int k = 0; k < b.n; k++) {
            int64_t up =
                j + how->left[0] - (a.first + i * a.step) * how->dilation[0];
            int64_t side = place + how->left[1] -
                           (b.first + k * b.step) * how->dilation[1];
            *offsets++ = (tb_floor_div(up, how->stride[0]) - first_of(x)) *
                             x->stride[2] +
                         tb_floor_div(side, how->stride[1]) * axis_stride(x, 3);
        }
}

/* Frames of y from p.from + skip on that belong to one phase. */
static void run_phase(const tb_call *c, tb_conv_part p, int64_t skip, int rows)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *y = c->out[0];
    int64_t s = how->stride[0], j = p.from + skip;
    int64_t first = modulo(j + how->left[0], s);
    int64_t second = modulo(p.place + how->left[1], how->stride[1]);
    tb_phase f = phase_of(c, first, second);
    ptrdiff_t offsets[TB_MOST_TAPS];
    reaching_offsets(c, &f, j, p.place, offsets);
    tb_corr k = {.ldx = x->stride[2],
                 .offsets = offsets,
                 .rows = rows,
                 .taps = phase_taps(&f),
                 .ins = f.ins,
                 .outs = f.outs,
                 .ldy = s * y->stride[2]};
    const float *from = (const float *)x->data + p.batch * x->stride[0];
    float *to = (float *)y->data + p.batch * y->stride[0] +
                (j - first_of(y)) * y->stride[2] + p.place * axis_stride(y, 3);
    const char *packed =
        (const char *)c->prepared +
        ((const size_t *)c->prepared)[first * how->stride[1] + second];
    for (int64_t g = 0; g < how->groups; g++) {
        k.x = from + g * f.ins;
        k.y = to + g * f.outs;
        k.w = packed + (size_t)g * phase_bytes(&f, c->prepared_as);
        k.bias = c->node->n_in > 2 ? (const float *)c->in[2]->data + g * f.outs
                                   : NULL;
        run_corr(c, &k);
    }
}

static void transposed_run(const tb_call *c, int phase, int part, int parts)
{
    const tb_conv_attr *how = c->node->attr;
    tb_conv_part p = part_of(c, part);
    int64_t s = how->stride[0];
    (void)phase, (void)parts;
    for (int64_t skip = 0; skip < s && skip < p.rows; skip++)
        run_phase(c, p, skip, (int)((p.rows - skip + s - 1) / s));
}

/* ---- the gradient of the weights ---- */

static bool wgrad_fits(const tb_call *c)
{
    const tb_conv_attr *how = &TB_ATTR(tb_conv_wgrad_attr, c->node)->how;
    const tb_tensor *x = c->in[0], *dy = c->in[1], *w = c->out[0];
    return unit(x) && unit(dy) && (x->time == 2 || plain_axis(how, 0)) &&
           plain_axis(how, 1) && taps_in_order(w) &&
           w->dim[2] * axis_dim(w, 3) <= TB_MOST_TAPS;
}

static tb_slot_rows wgrad_rows(const void *context, int64_t i)
{
    const tb_call *c = context;
    const tb_conv_attr *how = &TB_ATTR(tb_conv_wgrad_attr, c->node)->how;
    const tb_tensor *x = c->in[0], *dy = c->in[1];
    int64_t places = axis_dim(dy, 3), b = i / places, m = i % places;
    return (tb_slot_rows){
        (const float *)x->data + b * x->stride[0] -
            how->left[0] * x->stride[2] +
            m * how->stride[1] * axis_stride(x, 3),
        (const float *)dy->data + b * dy->stride[0] + m * axis_stride(dy, 3),
        how->stride[0] * x->stride[2], dy->stride[2], dy->dim[2]};
}

/* `offsets` must outlive the result. */
static tb_slots wgrad_slots(const tb_call *c, ptrdiff_t *offsets)
{
    const tb_conv_attr *how = &TB_ATTR(tb_conv_wgrad_attr, c->node)->how;
    const tb_tensor *x = c->in[0], *dy = c->in[1], *w = c->out[0];
    int outs = (int)(w->dim[0] / how->groups), ins = (int)w->dim[1];
    int taps = list_offsets(how, x, w, offsets);
    int64_t runs = dy->dim[0] * axis_dim(dy, 3);
    tb_slots s = {.fast = c->fast,
                  .groups = (int)how->groups,
                  .outs = outs,
                  .ins = ins,
                  .taps = taps,
                  .xtap = how->dilation[0] * x->stride[2],
                  .runs = runs,
                  .total_rows = runs * dy->dim[2],
                  .run = wgrad_rows,
                  .context = c,
                  .dw = w->data,
                  .by_group = outs * w->stride[0],
                  .layout = {w->stride[0], w->stride[1], w->stride[w->rank - 1],
                             outs, ins, taps}};
    if (taps_together(how, x, w)) {
        s.taps = (int)w->dim[2];
        s.ins *= (int)w->dim[3];
    } else if (axis_dim(w, 3) > 1) {
        s.offsets = offsets;
    }
    return s;
}

static int wgrad_parts(const tb_call *c, int phase, int threads)
{
    ptrdiff_t offsets[TB_MOST_TAPS];
    tb_slots s = wgrad_slots(c, offsets);
    (void)threads;
    return tb_slots_parts(&s, phase);
}

static size_t wgrad_scratch(const tb_call *c, int threads)
{
    ptrdiff_t offsets[TB_MOST_TAPS];
    tb_slots s = wgrad_slots(c, offsets);
    (void)threads;
    return tb_slots_scratch(&s);
}

static void wgrad_run(const tb_call *c, int phase, int part, int parts)
{
    ptrdiff_t offsets[TB_MOST_TAPS];
    tb_slots s = wgrad_slots(c, offsets);
    (void)parts;
    tb_slots_run(&s, phase, part, c->scratch);
}

const tb_kernel_entry tb_fast_conv[] = {{&tb_op_conv,
                                         {.run = conv_run,
                                          .parts = conv_parts,
                                          .fits = conv_fits,
                                          .prepared = conv_prepared,
                                          .prepare = conv_prepare,
                                          .operand = 1}},
                                        {&tb_op_conv_transposed,
                                         {.run = transposed_run,
                                          .parts = conv_parts,
                                          .fits = transposed_fits,
                                          .prepared = transposed_prepared,
                                          .prepare = transposed_prepare,
                                          .operand = 1}},
                                        {&tb_op_conv_wgrad,
                                         {.run = wgrad_run,
                                          .parts = wgrad_parts,
                                          .phases = 2,
                                          .scratch = wgrad_scratch,
                                          .fits = wgrad_fits}},
                                        {0}};
