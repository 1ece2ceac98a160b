/* Ops that change how many frames there are, or tell them apart. */
#include "engine/ops.h"
#include "torchscript/emitter.h"

/* Frames of the output before the first one that is wanted, where all of those
   that come from the frames read were made, `up` of each. */
static int64_t frames_before(const tb_emitter *e, const tb_node *n, int64_t up)
{
    return tb_emit_first(e, n) - tb_emit_lowest(e, n, 0) * up;
}

static void emit_repeat(tb_emitter *e, const tb_node *n)
{
    const tb_axis_attr *how = TB_ATTR(tb_axis_attr, n);
    const char *x = tb_emit_read(e, n, 0);
    const char *all = tb_emit_let(e, "torch.repeat_interleave(%s, %lld, %d)", x,
                                  (long long)how->n, how->axis);
    tb_emit_give_part(e, n, all, frames_before(e, n, how->n));
}

static void emit_fold(tb_emitter *e, const tb_node *n)
{
    const char *x = tb_emit_read(e, n, 0);
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.reshape(%s, %s)", x,
                              tb_emit_dims(e, n->out[0])));
}

/* Frames that are read may be more than those of the call: their number is left
   to the reshape. */
static void emit_unfold(tb_emitter *e, const tb_node *n)
{
    const tb_axis_attr *how = TB_ATTR(tb_axis_attr, n);
    const tb_value *y = n->out[0];
    const char *list = "";
    for (int i = 0; i < y->rank; i++)
        list = tb_emit_text(e, "%s%s%s", list, i ? ", " : "",
                            i == y->time ? "-1" : tb_emit_dim(e, y, i));
    const char *x = tb_emit_read(e, n, 0);
    const char *all = tb_emit_let(e, "torch.reshape(%s, [%s])", x, list);
    tb_emit_give_part(e, n, all, frames_before(e, n, how->n));
}

/* A quantum has an even number of frames (emit_time.c), so that a call begins
   with an even frame, or with an odd one, for ever. */
static void emit_alternate(tb_emitter *e, const tb_node *n)
{
    const tb_value *x = n->in[0];
    int axis = TB_ATTR(tb_axis_attr, n)->axis;
    int64_t size = x->dim[axis];
    float *signs = tb_arena_array(e->arena, (size_t)size * 2, sizeof *signs);
    bool odd = tb_emit_first(e, n) % 2 != 0;
    for (int64_t i = 0; signs && i < size * 2; i++)
        signs[i] = i / 2 % 2 == 1 && (i % 2 == 0) != odd ? -1 : 1;
    if (x->time + 1 != x->rank || axis + 1 != x->time) {
        tb_emit_refuse(e, n, "these axes");
        return;
    }
    const char *slot =
        tb_emit_constant(e, n, "signs", tb_dims(size, 1, 2), signs);
    const char *list = "";
    for (int i = 0; i < x->time; i++)
        list = tb_emit_text(e, "%s%s, ", list, tb_emit_dim(e, x, i));
    const char *y =
        tb_emit_let(e, "torch.mul(torch.reshape(%s, [%s-1, 2]), %s)",
                    tb_emit_read(e, n, 0), list, slot);
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.reshape(%s, %s)", y,
                              tb_emit_dims(e, n->out[0])));
}

const tb_emit_row tb_emit_frames[] = {{&tb_op_repeat, emit_repeat},
                                      {&tb_op_fold, emit_fold},
                                      {&tb_op_unfold, emit_unfold},
                                      {&tb_op_alternate, emit_alternate},
                                      {NULL, NULL}};
