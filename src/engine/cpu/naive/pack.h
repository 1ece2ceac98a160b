/* Weights to panels and back. */
#include "engine/ops/pack.h"

/* Where the weight of an element of the panels lies; false: there is none. */
static bool weight_offset(const tb_pack_attr *how, const tb_tensor *w,
                          const int64_t *panel, int64_t *offset)
{
    int64_t out = how->transposed ? w->dim[1] : w->dim[0] / how->groups;
    int64_t in = how->transposed ? w->dim[0] / how->groups : w->dim[1];
    int64_t per_group = (out + TB_PANEL - 1) / TB_PANEL;
    int64_t group = panel[0] / per_group, tap = panel[1];
    int64_t o = panel[0] % per_group * TB_PANEL + panel[3];
    if (o >= out)
        return false;
    int64_t first = how->transposed ? group * in + panel[2] : group * out + o;
    int64_t second = how->transposed ? o : panel[2];
    *offset = first * w->stride[0] + second * w->stride[1];
    for (int i = w->rank - 1; i >= 2; i--) {
        *offset += tap % w->dim[i] * w->stride[i];
        tap /= w->dim[i];
    }
    return true;
}

static void pack_run(const tb_call *c, int phase, int part, int parts)
{
    const tb_tensor *w = c->in[0], *panels = c->out[0];
    int64_t index[TB_RANK] = {0}, at;
    (void)phase, (void)part, (void)parts;
    if (nothing(c, panels))
        return;
    do {
        bool there = weight_offset(c->node->attr, w, index, &at);
        ((real *)panels->data)[offset_of(panels, index)] =
            there ? ((real *)w->data)[at] : 0;
    } while (next_index(c, panels, index));
}

static void unpack_run(const tb_call *c, int phase, int part, int parts)
{
    const tb_tensor *panels = c->in[0], *w = c->out[0];
    int64_t index[TB_RANK] = {0}, at;
    (void)phase, (void)part, (void)parts;
    if (nothing(c, panels))
        return;
    do
        if (weight_offset(c->node->attr, w, index, &at))
            ((real *)w->data)[at] =
                ((real *)panels->data)[offset_of(panels, index)];
    while (next_index(c, panels, index));
}

static const tb_kernel_entry pack_kernels[] = {
    {&tb_op_pack, {.run = pack_run}},
    {&tb_op_unpack, {.run = unpack_run}},
    {0}};
