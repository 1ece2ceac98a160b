/* What convolutions and their gradients share: how they see signals, and how
   their work is cut. */
#ifndef TB_ENGINE_CPU_CONV_H
#define TB_ENGINE_CPU_CONV_H

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/kernel.h"
#include "engine/ops/conv.h"

enum { TB_CONV_BLOCK = 192, TB_MOST_TAPS = 512 };

static inline int64_t tb_conv_dim(const tb_tensor *t, int axis)
{
    return axis < t->rank ? t->dim[axis] : 1;
}

static inline int64_t tb_conv_stride(const tb_tensor *t, int axis)
{
    return axis < t->rank ? t->stride[axis] : 0;
}

static inline int64_t tb_conv_frames(const tb_call *c, const tb_tensor *t)
{
    return t->time == 2 ? c->count : t->dim[2];
}

static inline bool tb_conv_plain_axis(const tb_conv_attr *how, int i)
{
    return how->left[i] == 0 && how->right[i] == 0;
}

/* Channels lie one behind the other; a single one lies anyhow. */
static inline bool tb_conv_unit(const tb_tensor *t)
{
    return t->stride[1] == 1 || t->dim[1] == 1;
}

static inline bool tb_conv_bias_fits(const tb_call *c)
{
    return c->node->n_in < 3 || c->in[2]->stride[0] == 1;
}

/* All taps of both axes lie one step apart. */
static inline bool tb_conv_taps_in_order(const tb_tensor *w)
{
    return w->rank < 4 || w->stride[2] == w->dim[3] * w->stride[3];
}

static inline size_t tb_conv_bytes(tb_type type)
{
    return type == TB_F16 ? sizeof(uint16_t) : sizeof(float);
}

static inline void tb_conv_pack(const tb_call *c, const tb_weights *w,
                                tb_type type, const float *from, char *to)
{
    if (type == TB_F16)
        c->fast->pack_f16(w, from, (uint16_t *)to);
    else
        c->fast->pack(w, from, (float *)to);
}

/* Blocks of frames, for each row of the batch and each place of axis 3. */
static inline int tb_conv_blocks(int64_t frames)
{
    return (int)((frames + TB_CONV_BLOCK - 1) / TB_CONV_BLOCK);
}

static inline int tb_conv_all_blocks(const tb_call *c)
{
    const tb_tensor *y = c->out[0];
    return (int)(y->dim[0] * tb_conv_dim(y, 3)) *
           tb_conv_blocks(tb_conv_frames(c, y));
}

/* Outputs of a group, and those that packed weights keep together. */
static inline int tb_conv_outs(const tb_call *c)
{
    const tb_conv_attr *how = c->node->attr;
    return (int)(c->out[0]->dim[1] / how->groups);
}

enum { TB_CONV_SLICE = TB_GROUP * TB_PANEL };

/* Where there are fewer blocks than keep the threads busy, outputs are shared
   out as well. */
static inline TB_REALTIME int tb_conv_parts(const tb_call *c, int phase,
                                            int threads)
{
    int blocks = tb_conv_all_blocks(c), most = tb_conv_outs(c) / TB_CONV_SLICE;
    int slices = blocks ? (2 * threads + blocks - 1) / blocks : 1;
    (void)phase;
    slices = slices < most ? slices : most;
    return threads > 1 && slices > 1 ? blocks * slices : blocks;
}

typedef struct tb_conv_part {
    int64_t batch, place; /* of axis 3 */
    int64_t from;         /* absolute frame of y */
    int rows;
    int first, outs; /* of each group's outputs */
} tb_conv_part;

static inline tb_conv_part tb_conv_part_of(const tb_call *c, int part,
                                           int parts)
{
    const tb_tensor *y = c->out[0];
    int64_t frames = tb_conv_frames(c, y), places = tb_conv_dim(y, 3);
    int blocks = tb_conv_blocks(frames), all = tb_conv_all_blocks(c);
    int slices = parts / all, slice = part / all;
    int64_t at = part % blocks * TB_CONV_BLOCK;
    tb_conv_part p = {.place = part / blocks % places,
                      .batch = part % all / blocks / places};
    p.from = at + (y->time == 2 ? c->from : 0);
    p.rows = (int)(frames - at < TB_CONV_BLOCK ? frames - at : TB_CONV_BLOCK);
    int outs = tb_conv_outs(c), units = outs / TB_CONV_SLICE;
    int end = (slice + 1) * units / slices * TB_CONV_SLICE;
    p.first = slice * units / slices * TB_CONV_SLICE;
    p.outs = (slice + 1 < slices ? end : outs) - p.first;
    return p;
}

/* The packed weights of a part's outputs, behind those of the group's. */
static inline const char *tb_conv_part_weights(const tb_call *c,
                                               const char *packed,
                                               const tb_conv_part *p, int taps,
                                               int ins)
{
    return packed +
           tb_packed_size(p->first, taps, ins) * tb_conv_bytes(c->prepared_as);
}

static inline void tb_conv_corr(const tb_call *c, const tb_corr *k)
{
    if (c->prepared_as == TB_F16)
        c->fast->corr_f16(k);
    else
        c->fast->corr(k);
}

static inline int64_t tb_conv_first(const tb_tensor *t)
{
    return t->time == 2 ? t->first : 0;
}

/* Where each tap reads, from where the first does. */
static inline int tb_conv_offsets(const tb_conv_attr *how, const tb_tensor *x,
                                  const tb_tensor *w, ptrdiff_t *offsets)
{
    int n = 0;
    for (int64_t i = 0; i < w->dim[2]; i++)
        for (int64_t k = 0; k < tb_conv_dim(w, 3); k++)
            offsets[n++] = i * how->dilation[0] * x->stride[2] +
                           k * how->dilation[1] * tb_conv_stride(x, 3);
    return n;
}

/* Taps of the second axis whose channels lie behind each other are as good as
   more channels. */
static inline bool tb_conv_taps_together(const tb_conv_attr *how,
                                         const tb_tensor *x, const tb_tensor *w)
{
    return w->rank > 3 && how->groups == 1 && how->dilation[1] == 1 &&
           x->stride[1] == 1 && x->stride[3] == w->dim[1];
}

#endif
