/* The gradient of a convolution to its weights. */
#include "engine/cpu/conv.h"

#include "engine/cpu/slots.h"
#include "engine/cpu/table.h"

static bool wgrad_fits(const tb_call *c)
{
    const tb_conv_attr *how = &TB_ATTR(tb_conv_wgrad_attr, c->node)->how;
    const tb_tensor *x = c->in[0], *dy = c->in[1], *w = c->out[0];
    return tb_conv_unit(x) && tb_conv_unit(dy) &&
           (x->time == 2 || tb_conv_plain_axis(how, 0)) &&
           tb_conv_plain_axis(how, 1) && tb_conv_taps_in_order(w) &&
           w->dim[2] * tb_conv_dim(w, 3) <= TB_MOST_TAPS;
}

static TB_REALTIME tb_slot_rows wgrad_rows(const void *context, int64_t i)
{
    const tb_call *c = context;
    const tb_conv_attr *how = &TB_ATTR(tb_conv_wgrad_attr, c->node)->how;
    const tb_tensor *x = c->in[0], *dy = c->in[1];
    int64_t places = tb_conv_dim(dy, 3), b = i / places, m = i % places;
    return (tb_slot_rows){{(const float *)x->data + b * x->stride[0] -
                               how->left[0] * x->stride[2] +
                               m * how->stride[1] * tb_conv_stride(x, 3),
                           (const float *)dy->data + b * dy->stride[0] +
                               m * tb_conv_stride(dy, 3)},
                          how->stride[0] * x->stride[2],
                          dy->stride[2],
                          dy->dim[2]};
}

/* `offsets` must outlive the result. */
static tb_slots wgrad_slots(const tb_call *c, ptrdiff_t *offsets)
{
    const tb_conv_attr *how = &TB_ATTR(tb_conv_wgrad_attr, c->node)->how;
    const tb_tensor *x = c->in[0], *dy = c->in[1], *w = c->out[0];
    int outs = (int)(w->dim[0] / how->groups), ins = (int)w->dim[1];
    int taps = tb_conv_offsets(how, x, w, offsets);
    int64_t runs = dy->dim[0] * tb_conv_dim(dy, 3);
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
    if (tb_conv_taps_together(how, x, w)) {
        s.taps = (int)w->dim[2];
        s.ins *= (int)w->dim[3];
    } else if (tb_conv_dim(w, 3) > 1) {
        s.offsets = offsets;
    }
    return s;
}

static TB_REALTIME int wgrad_parts(const tb_call *c, int phase, int threads)
{
    ptrdiff_t offsets[TB_MOST_TAPS];
    tb_slots s = wgrad_slots(c, offsets);
    return tb_slots_parts(&s, phase, threads);
}

static size_t wgrad_scratch(const tb_call *c, int threads)
{
    ptrdiff_t offsets[TB_MOST_TAPS];
    tb_slots s = wgrad_slots(c, offsets);
    return tb_slots_scratch(&s, threads);
}

static TB_REALTIME void wgrad_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    ptrdiff_t offsets[TB_MOST_TAPS];
    tb_slots s = wgrad_slots(c, offsets);
    tb_slots_run(&s, phase, part, parts, c->scratch);
}

const tb_kernel_entry tb_fast_conv_wgrad[] = {{&tb_op_conv_wgrad,
                                               {.run = wgrad_run,
                                                .parts = wgrad_parts,
                                                .phases = 2,
                                                .scratch = wgrad_scratch,
                                                .fits = wgrad_fits}},
                                              {0}};
