/* Transposed convolutions, and so gradients of convolutions to their data. The
   places of one phase (index modulo stride, on both axes) are a correlation
   with the taps that reach them; each phase has a packed operand of its own. */
#include "engine/cpu/conv.h"

#include "engine/cpu/fold.h"
#include "engine/cpu/table.h"
#include "engine/frames.h"

/* Whether all that is read along an axis is there. */
static bool inside(const tb_call *c, int i)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *w = c->in[1];
    int64_t reach = (tb_conv_dim(w, 2 + i) - 1) * how->dilation[i];
    int64_t last = tb_conv_dim(c->out[0], 2 + i) - 1 + how->left[i];
    return tb_ceil_div(how->left[i] - reach, how->stride[i]) >= 0 &&
           tb_floor_div(last, how->stride[i]) < tb_conv_dim(x, 2 + i);
}

static bool transposed_fits(const tb_call *c)
{
    const tb_tensor *x = c->in[0], *w = c->in[1];
    return tb_conv_unit(x) && tb_conv_unit(c->out[0]) && tb_conv_bias_fits(c) &&
           (x->time == 2 || inside(c, 0)) && inside(c, 1) &&
           w->dim[2] * tb_conv_dim(w, 3) <= TB_MOST_TAPS;
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
    int64_t k = tb_conv_dim(c->in[1], 2 + axis);
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
    return tb_packed_size(p->outs, phase_taps(p), p->ins) * tb_conv_bytes(type);
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

/* One group's weights, all taps. */
static tb_weights transposed_weights(const tb_call *c)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *w = c->in[1];
    return (tb_weights){w->stride[1],
                        w->stride[0],
                        w->stride[2],
                        (int)w->dim[1],
                        (int)(w->dim[0] / how->groups),
                        (int)w->dim[2]};
}

static tb_folding fold_of(const tb_call *c)
{
    const tb_conv_attr *how = c->node->attr;
    tb_weights w = transposed_weights(c);
    if (how->dilation[0] > 1 || tb_conv_dim(c->in[1], 3) > 1 ||
        how->stride[1] > 1 || how->left[1] != 0)
        return (tb_folding){.frames = 1};
    return tb_fold_transposed(c->fast, w.taps, (int)how->stride[0], w.outs);
}

static size_t folded_bytes(const tb_call *c, tb_type type)
{
    tb_folding f = fold_of(c);
    tb_weights w = transposed_weights(c);
    return tb_fold_size(&f, &w) * tb_conv_bytes(type);
}

/* Where each phase starts, and behind them the folded weights, stands in front
   of all. */
static size_t heading_bytes(const tb_call *c)
{
    size_t starts = (size_t)phases(c->node->attr) + 1;
    return (starts * sizeof(size_t) + 63) / 64 * 64;
}

static size_t transposed_prepared(const tb_call *c, tb_type type)
{
    const tb_conv_attr *how = c->node->attr;
    size_t bytes = heading_bytes(c);
    for (int64_t i = 0; i < phases(how); i++) {
        tb_phase p = nth_phase(c, i);
        bytes += (size_t)how->groups * phase_bytes(&p, type);
    }
    return bytes + (size_t)how->groups * folded_bytes(c, type);
}

/* Outputs that lie side by side from `out` on: those of a panel, or of a group
   of panels. */
static int outs_beside(const tb_phase *p, tb_type type, int out)
{
    bool group = type == TB_F16 && tb_panels(p->outs - out) >= (size_t)TB_GROUP;
    int most = group ? TB_GROUP * TB_PANEL : TB_PANEL;
    return p->outs - out < most ? p->outs - out : most;
}

/* One group of a phase: outputs side by side, for each tap of axis 2 those of
   axis 3. */
static void pack_phase(const tb_call *c, const tb_phase *p, tb_type type,
                       const float *from, char *to)
{
    const tb_tensor *w = c->in[1];
    tb_taps i = p->taps[0], k = p->taps[1];
    from += i.first * w->stride[2] + k.first * tb_conv_stride(w, 3);
    for (int out = 0, outs; out < p->outs; out += outs) {
        outs = outs_beside(p, type, out);
        size_t row = tb_packed_size(outs, k.n, p->ins) * tb_conv_bytes(type);
        tb_weights part = {
            w->stride[1], w->stride[0], k.step * tb_conv_stride(w, 3),
            outs,         p->ins,       k.n};
        for (int tap = 0; tap < i.n; tap++, to += row)
            tb_conv_pack(
                c, &part, type,
                from + out * w->stride[1] + tap * i.step * w->stride[2], to);
    }
}

static TB_REALTIME void transposed_prepare(const tb_call *c, tb_type type,
                                           void *to)
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
    tb_folding f = fold_of(c);
    tb_weights all = transposed_weights(c);
    starts[phases(how)] = at;
    for (int64_t g = 0; g < how->groups; g++, at += folded_bytes(c, type))
        tb_fold_pack(&f, c->fast, &all,
                     (const float *)w->data + g * all.ins * w->stride[0], type,
                     (char *)to + at);
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
            *offsets++ =
                (tb_floor_div(up, how->stride[0]) - tb_conv_first(x)) *
                    x->stride[2] +
                tb_floor_div(side, how->stride[1]) * tb_conv_stride(x, 3);
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
                 .outs = p.outs,
                 .ldy = s * y->stride[2]};
    const float *from = (const float *)x->data + p.batch * x->stride[0];
    float *to = (float *)y->data + p.batch * y->stride[0] +
                (j - tb_conv_first(y)) * y->stride[2] +
                p.place * tb_conv_stride(y, 3);
    const char *packed =
        (const char *)c->prepared +
        ((const size_t *)c->prepared)[first * how->stride[1] + second];
    for (int64_t g = 0; g < how->groups; g++) {
        k.x = from + g * f.ins;
        int64_t out = g * f.outs + p.first;
        k.y = to + out;
        k.w = tb_conv_part_weights(
            c, packed + (size_t)g * phase_bytes(&f, c->prepared_as), &p,
            phase_taps(&f), f.ins);
        k.bias = c->node->n_in > 2 ? (const float *)c->in[2]->data + out : NULL;
        tb_conv_corr(c, &k);
    }
}

static void run_phases(const tb_call *c, tb_conv_part p)
{
    int64_t s = TB_ATTR(tb_conv_attr, c->node)->stride[0];
    for (int64_t skip = 0; skip < s && skip < p.rows; skip++)
        run_phase(c, p, skip, (int)((p.rows - skip + s - 1) / s));
}

/* Folded rows from p.from on, which is of the first phase; a row's first tap
   reads the last of the frames of x that it reaches. */
static void run_folded(const tb_call *c, tb_folding f, tb_conv_part p)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *y = c->out[0];
    tb_weights w = transposed_weights(c);
    int64_t s = how->stride[0], together = f.frames / s;
    int64_t at = (p.from + how->left[0]) / s + together - 1 - tb_conv_first(x);
    const float *from = (const float *)x->data + p.batch * x->stride[0] +
                        at * x->stride[2] + p.place * tb_conv_stride(x, 3);
    float *to = (float *)y->data + p.batch * y->stride[0] +
                (p.from - tb_conv_first(y)) * y->stride[2] +
                p.place * tb_conv_stride(y, 3);
    const char *packed =
        (const char *)c->prepared + ((const size_t *)c->prepared)[phases(how)];
    for (int64_t g = 0; g < how->groups; g++) {
        tb_corr k = {.x = from + g * w.ins,
                     .ldx = together * x->stride[2],
                     .xtap = -x->stride[2],
                     .w = packed + (size_t)g * folded_bytes(c, c->prepared_as),
                     .y = to + g * w.outs,
                     .ldy = y->stride[2],
                     .rows = p.rows / f.frames,
                     .ins = w.ins,
                     .outs = w.outs};
        k.bias = c->node->n_in > 2 ? (const float *)c->in[2]->data + g * w.outs
                                   : NULL;
        tb_fold_run(&f, c->fast, &k, c->prepared_as);
    }
}

/* Frames before the first folded row, the rows, and the rest. */
static TB_REALTIME void transposed_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    const tb_conv_attr *how = c->node->attr;
    tb_conv_part p = tb_conv_part_of(c, part, parts), piece = p;
    tb_folding f = fold_of(c);
    int head = (int)modulo(-(p.from + how->left[0]), how->stride[0]);
    int rows = f.frames > 1 ? (p.rows - head) / f.frames : 0;
    (void)phase;
    if (rows <= 0) {
        run_phases(c, p);
        return;
    }
    piece.rows = head;
    run_phases(c, piece);
    piece.from += head;
    piece.rows = rows * f.frames;
    run_folded(c, f, piece);
    piece.from += piece.rows;
    piece.rows = p.rows - head - piece.rows;
    run_phases(c, piece);
}

const tb_kernel_entry tb_fast_conv_transposed[] = {
    {&tb_op_conv_transposed,
     {.run = transposed_run,
      .parts = tb_conv_parts,
      .fits = transposed_fits,
      .prepared = transposed_prepared,
      .prepare = transposed_prepare,
      .operand = 1}},
    {0}};
