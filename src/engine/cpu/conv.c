/* Convolutions on the processor's kernels: channels lie last, frames outside
   the signal are zeros in memory, so a convolution is a correlation whose rows
   are output frames. A second axis (frequency, folded periods) must need no
   padding: then each of its places is one more set of rows. */
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

/* Frames are padded in memory only where they count time. */
static bool conv_fits(const tb_call *c)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *w = c->in[1];
    return unit(x) && unit(c->out[0]) && bias_fits(c) &&
           (x->time == 2 || plain_axis(how, 0)) && plain_axis(how, 1) &&
           w->dim[2] * axis_dim(w, 3) <= TB_MOST_TAPS;
}

/* --- operands
 * ------------------------------------------------------------------ */

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

/* --- the convolution
 * ------------------------------------------------------------ */

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
static int list_offsets(const tb_call *c, ptrdiff_t *offsets)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *w = c->in[1];
    int n = 0;
    for (int64_t i = 0; i < w->dim[2]; i++)
        for (int64_t k = 0; k < axis_dim(w, 3); k++)
            offsets[n++] = i * how->dilation[0] * x->stride[2] +
                           k * how->dilation[1] * axis_stride(x, 3);
    return n;
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
                 .taps = list_offsets(c, offsets),
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
    if (c->in[1]->rank == 3)
        k.xtap = how->dilation[0] * x->stride[2];
    else
        k.offsets = offsets;
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

/* --- transposed
   ------------------------------------------------------------------ Output
   frames of one phase (index modulo stride) are a correlation with the taps
   that reach it; each phase has a packed operand of its own. */

/* A fixed signal has no zeros around it. */
static bool reads_inside(const tb_call *c)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *w = c->in[1];
    int64_t span = (w->dim[2] - 1) * how->dilation[0], s = how->stride[0];
    int64_t end = c->out[0]->dim[2] - 1 + how->left[0];
    return tb_ceil_div(how->left[0] - span, s) >= 0 &&
           tb_floor_div(end, s) < x->dim[2];
}

static bool transposed_fits(const tb_call *c)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *w = c->in[1];
    return unit(x) && unit(c->out[0]) && bias_fits(c) &&
           (x->time == 2 || (x->time < 0 && reads_inside(c))) &&
           axis_dim(w, 3) == 1 && how->stride[1] == 1 && plain_axis(how, 1) &&
           w->dim[2] <= TB_MOST_TAPS;
}

static int64_t modulo(int64_t a, int64_t b)
{
    return a - tb_floor_div(a, b) * b;
}

/* The taps of a phase: first, first + step... */
typedef struct tb_taps {
    int64_t first, step;
    int n;
} tb_taps;

static tb_taps taps_of(const tb_call *c, int64_t phase)
{
    const tb_conv_attr *how = c->node->attr;
    int64_t k = c->in[1]->dim[2], s = how->stride[0], d = how->dilation[0];
    tb_taps t = {0, 1, 0};
    for (int64_t i = 0; i < k; i++) {
        if (modulo(i * d, s) != phase)
            continue;
        if (t.n == 0)
            t.first = i;
        if (t.n == 1)
            t.step = i - t.first;
        t.n++;
    }
    return t;
}

static tb_weights phase_weights(const tb_call *c, tb_taps t)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *w = c->in[1];
    return (tb_weights){w->stride[1],
                        w->stride[0],
                        w->stride[2] * t.step,
                        (int)w->dim[1],
                        (int)(w->dim[0] / how->groups),
                        t.n};
}

/* Bytes of all phases below `phase` of all groups. */
static size_t phase_offset(const tb_call *c, int64_t phase, tb_type type)
{
    const tb_conv_attr *how = c->node->attr;
    size_t bytes = 0;
    for (int64_t i = 0; i < phase; i++)
        bytes += (size_t)how->groups *
                 group_bytes(phase_weights(c, taps_of(c, i)), type);
    return bytes;
}

static size_t transposed_prepared(const tb_call *c, tb_type type)
{
    const tb_conv_attr *how = c->node->attr;
    return phase_offset(c, how->stride[0], type) + 64;
}

static void transposed_prepare(const tb_call *c, tb_type type, void *to)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *w = c->in[1];
    char *at = to;
    for (int64_t phase = 0; phase < how->stride[0]; phase++) {
        tb_taps t = taps_of(c, phase);
        tb_weights p = phase_weights(c, t);
        for (int64_t g = 0; g < how->groups && t.n; g++) {
            pack(c, &p, type,
                 (const float *)w->data + g * p.ins * w->stride[0] +
                     t.first * w->stride[2],
                 at);
            at += group_bytes(p, type);
        }
    }
}

/* Frames of y from p.from on that belong to one phase. */
static void run_phase(const tb_call *c, tb_conv_part p, int64_t phase,
                      int64_t skip, int rows)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *y = c->out[0];
    tb_taps t = taps_of(c, phase);
    tb_weights w = phase_weights(c, t);
    ptrdiff_t offsets[TB_MOST_TAPS];
    int64_t s = how->stride[0], j = p.from + skip;
    for (int i = 0; i < t.n; i++) {
        int64_t up =
            j + how->left[0] - (t.first + i * t.step) * how->dilation[0];
        offsets[i] = (tb_floor_div(up, s) - first_of(x)) * x->stride[2];
    }
    tb_corr k = {.ldx = x->stride[2],
                 .offsets = offsets,
                 .rows = rows,
                 .taps = t.n,
                 .ins = w.ins,
                 .outs = w.outs,
                 .ldy = s * y->stride[2]};
    const float *from = (const float *)x->data + p.batch * x->stride[0] +
                        p.place * axis_stride(x, 3);
    float *to = (float *)y->data + p.batch * y->stride[0] +
                (j - first_of(y)) * y->stride[2] + p.place * axis_stride(y, 3);
    const char *packed =
        (const char *)c->prepared + phase_offset(c, phase, c->prepared_as);
    for (int64_t g = 0; g < how->groups; g++) {
        k.x = from + g * w.ins;
        k.y = to + g * w.outs;
        k.w = packed + (size_t)g * group_bytes(w, c->prepared_as);
        k.bias = c->node->n_in > 2 ? (const float *)c->in[2]->data + g * w.outs
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
        run_phase(c, p, modulo(p.from + skip + how->left[0], s), skip,
                  (int)((p.rows - skip + s - 1) / s));
}

/* --- the gradient of the weights
 * ------------------------------------------------- */

static bool wgrad_fits(const tb_call *c)
{
    const tb_conv_attr *how = &TB_ATTR(tb_conv_wgrad_attr, c->node)->how;
    const tb_tensor *x = c->in[0], *dy = c->in[1], *w = c->out[0];
    return unit(x) && unit(dy) && (x->time == 2 || plain_axis(how, 0)) &&
           plain_axis(how, 1) && axis_dim(w, 3) == 1;
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

static tb_slots wgrad_slots(const tb_call *c)
{
    const tb_conv_attr *how = &TB_ATTR(tb_conv_wgrad_attr, c->node)->how;
    const tb_tensor *x = c->in[0], *dy = c->in[1], *w = c->out[0];
    int outs = (int)(w->dim[0] / how->groups);
    int64_t runs = dy->dim[0] * axis_dim(dy, 3);
    return (tb_slots){.fast = c->fast,
                      .groups = (int)how->groups,
                      .outs = outs,
                      .ins = (int)w->dim[1],
                      .taps = (int)w->dim[2],
                      .xtap = how->dilation[0] * x->stride[2],
                      .runs = runs,
                      .total_rows = runs * dy->dim[2],
                      .run = wgrad_rows,
                      .context = c,
                      .dw = w->data,
                      .by_group = outs * w->stride[0],
                      .layout = {w->stride[0], w->stride[1], w->stride[2], outs,
                                 (int)w->dim[1], (int)w->dim[2]}};
}

static int wgrad_parts(const tb_call *c, int phase, int threads)
{
    tb_slots s = wgrad_slots(c);
    (void)threads;
    return tb_slots_parts(&s, phase);
}

static size_t wgrad_scratch(const tb_call *c, int threads)
{
    tb_slots s = wgrad_slots(c);
    (void)threads;
    return tb_slots_scratch(&s);
}

static void wgrad_run(const tb_call *c, int phase, int part, int parts)
{
    tb_slots s = wgrad_slots(c);
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
