/* Convolutions on the processor's kernels: channels lie last, frames outside
   the signal are zeros in memory, so a convolution is a correlation whose rows
   are output frames. On a second axis (frequency, folded periods) padding has
   become part of the signal: each of its places is one more set of rows. */
#include "engine/cpu/conv.h"

#include "engine/cpu/fold.h"
#include "engine/cpu/table.h"

/* Frames are padded in memory only where they count time. */
static bool conv_fits(const tb_call *c)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *w = c->in[1];
    return tb_conv_unit(x) && tb_conv_unit(c->out[0]) && tb_conv_bias_fits(c) &&
           (x->time == 2 || tb_conv_plain_axis(how, 0)) &&
           tb_conv_plain_axis(how, 1) && tb_conv_taps_in_order(w) &&
           w->dim[2] * tb_conv_dim(w, 3) <= TB_MOST_TAPS;
}

/* One group's weights, all taps of both axes in the order of memory. */
static tb_weights conv_weights(const tb_call *c)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *w = c->in[1];
    int taps = (int)(w->dim[2] * tb_conv_dim(w, 3));
    return (tb_weights){w->stride[0],           w->stride[1],
                        w->stride[w->rank - 1], (int)(w->dim[0] / how->groups),
                        (int)w->dim[1],         taps};
}

static size_t group_bytes(tb_weights w, tb_type type)
{
    return tb_packed_size(w.outs, w.taps, w.ins) * tb_conv_bytes(type);
}

static tb_folding fold_of(const tb_call *c)
{
    const tb_conv_attr *how = c->node->attr;
    tb_weights w = conv_weights(c);
    if (how->dilation[0] > 1 || tb_conv_dim(c->in[1], 3) > 1)
        return (tb_folding){.frames = 1};
    return tb_fold_forward(c->fast, w.taps, (int)how->stride[0], w.outs);
}

/* Behind the groups' weights stand their folded ones. */
static char *folded_at(const tb_call *c, const void *prepared, int64_t g)
{
    const tb_conv_attr *how = c->node->attr;
    tb_weights w = conv_weights(c);
    tb_folding f = fold_of(c);
    tb_type type = c->prepared_as;
    return (char *)prepared + (size_t)how->groups * group_bytes(w, type) +
           (size_t)g * tb_fold_size(&f, &w) * tb_conv_bytes(type);
}

static size_t conv_prepared(const tb_call *c, tb_type type)
{
    const tb_conv_attr *how = c->node->attr;
    tb_weights w = conv_weights(c);
    tb_folding f = fold_of(c);
    return (size_t)how->groups *
           (group_bytes(w, type) + tb_fold_size(&f, &w) * tb_conv_bytes(type));
}

static TB_REALTIME void conv_prepare(const tb_call *c, tb_type type, void *to)
{
    const tb_conv_attr *how = c->node->attr;
    tb_weights w = conv_weights(c);
    tb_folding f = fold_of(c);
    for (int64_t g = 0; g < how->groups; g++) {
        const float *from =
            (const float *)c->in[1]->data + g * w.outs * w.by_out;
        tb_conv_pack(c, &w, type, from,
                     (char *)to + (size_t)g * group_bytes(w, type));
        tb_fold_pack(&f, c->fast, &w, from, type, folded_at(c, to, g));
    }
}

/* As many frames as fill folded rows; returns how many. */
static int run_folded(const tb_call *c, tb_corr k, int64_t g)
{
    tb_folding f = fold_of(c);
    int rows = k.rows / f.frames;
    if (f.frames == 1 || rows == 0)
        return 0;
    k.ldx *= f.frames;
    k.rows = rows;
    k.w = folded_at(c, c->prepared, g);
    tb_fold_run(&f, c->fast, &k, c->prepared_as);
    return rows * f.frames;
}

static TB_REALTIME void conv_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    const tb_conv_attr *how = c->node->attr;
    const tb_tensor *x = c->in[0], *y = c->out[0];
    tb_conv_part p = tb_conv_part_of(c, part, parts);
    tb_weights w = conv_weights(c);
    ptrdiff_t offsets[TB_MOST_TAPS];
    (void)phase;
    tb_corr k = {.ldx = how->stride[0] * x->stride[2],
                 .rows = p.rows,
                 .taps = tb_conv_offsets(how, x, c->in[1], offsets),
                 .ins = w.ins,
                 .outs = p.outs,
                 .ldy = y->stride[2]};
    int64_t frame = p.from * how->stride[0] - how->left[0] - tb_conv_first(x);
    const float *from = (const float *)x->data + p.batch * x->stride[0] +
                        frame * x->stride[2] +
                        p.place * how->stride[1] * tb_conv_stride(x, 3);
    float *to = (float *)y->data + p.batch * y->stride[0] +
                (p.from - tb_conv_first(y)) * y->stride[2] +
                p.place * tb_conv_stride(y, 3);
    if (tb_conv_taps_together(how, x, c->in[1])) {
        k.taps = (int)c->in[1]->dim[2];
        k.ins *= (int)c->in[1]->dim[3];
    } else if (tb_conv_dim(c->in[1], 3) > 1) {
        k.offsets = offsets;
    }
    k.xtap = how->dilation[0] * x->stride[2];
    for (int64_t g = 0; g < how->groups; g++) {
        k.x = from + g * w.ins;
        int64_t out = g * w.outs + p.first;
        k.y = to + out;
        k.w =
            tb_conv_part_weights(c,
                                 (const char *)c->prepared +
                                     (size_t)g * group_bytes(w, c->prepared_as),
                                 &p, w.taps, w.ins);
        k.bias = c->node->n_in > 2 ? (const float *)c->in[2]->data + out : NULL;
        int done = run_folded(c, k, g);
        k.x += done * k.ldx;
        k.y += done * k.ldy;
        k.rows = p.rows - done;
        tb_conv_corr(c, &k);
        k.rows = p.rows;
    }
}

const tb_kernel_entry tb_fast_conv[] = {{&tb_op_conv,
                                         {.run = conv_run,
                                          .parts = tb_conv_parts,
                                          .fits = conv_fits,
                                          .prepared = conv_prepared,
                                          .prepare = conv_prepare,
                                          .operand = 1}},
                                        {0}};
