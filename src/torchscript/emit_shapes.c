/* Ops that bring elements to other places, within a frame. */
#include "engine/ops.h"
#include "engine/source.h"
#include "torchscript/emitter.h"

static void emit_reshape(tb_emitter *e, const tb_node *n)
{
    const char *x = tb_emit_read(e, n, 0);
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.reshape(%s, %s)", x,
                              tb_emit_dims(e, n->out[0])));
}

static void emit_permute(tb_emitter *e, const tb_node *n)
{
    const tb_permute_attr *how = TB_ATTR(tb_permute_attr, n);
    int64_t axes[TB_RANK];
    for (int i = 0; i < n->out[0]->rank; i++)
        axes[i] = how->axes[i];
    const char *x = tb_emit_read(e, n, 0);
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.permute(%s, %s)", x,
                              tb_emit_ints(e, n->out[0]->rank, axes)));
}

/* Rows are as many as a call brings: an end that they have is open. */
static void emit_slice(tb_emitter *e, const tb_node *n)
{
    const tb_slice_attr *how = TB_ATTR(tb_slice_attr, n);
    int64_t count = n->out[0]->dim[how->axis];
    long long stop = how->start + (count - 1) * how->step + 1;
    const char *x = tb_emit_read(e, n, 0);
    if (n->in[0]->dim[how->axis] % TB_EMITTED_ROWS == 0)
        tb_emit_refuse(e, n, "some of the rows");
    else
        tb_emit_give(e, n,
                     tb_emit_text(e, "torch.slice(%s, %d, %lld, %lld, %lld)", x,
                                  how->axis, (long long)how->start, stop,
                                  (long long)how->step));
}

/* Along time the zeros are those before the first frame. */
static void emit_pad(tb_emitter *e, const tb_node *n)
{
    const tb_pad_attr *how = TB_ATTR(tb_pad_attr, n);
    int64_t sides[2 * TB_RANK] = {0};
    int rank = n->out[0]->rank, count = 2 * (rank - how->axis);
    const char *x = tb_emit_read(e, n, 0);
    if (how->axis == n->in[0]->time) {
        tb_emit_give(e, n, x);
        return;
    }
    sides[count - 2] = how->left;
    sides[count - 1] = how->right;
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.constant_pad_nd(%s, %s, %s)", x,
                              tb_emit_ints(e, count, sides),
                              tb_emit_number(e, n->in[0], 0)));
}

static void emit_concat(tb_emitter *e, const tb_node *n)
{
    const char *list = "";
    for (int i = 0; i < n->n_in; i++)
        list = tb_emit_text(e, "%s%s%s", list, i ? ", " : "",
                            tb_emit_read(e, n, i));
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.cat([%s], %d)", list,
                              TB_ATTR(tb_axis_attr, n)->axis));
}

static void emit_roll(tb_emitter *e, const tb_node *n)
{
    const tb_axis_attr *how = TB_ATTR(tb_axis_attr, n);
    const char *x = tb_emit_read(e, n, 0);
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.roll(%s, [%lld], [%d])", x,
                              (long long)how->n, how->axis));
}

static void emit_flip(tb_emitter *e, const tb_node *n)
{
    const char *x = tb_emit_read(e, n, 0);
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.flip(%s, [%d])", x,
                              TB_ATTR(tb_axis_attr, n)->axis));
}

static void emit_expand(tb_emitter *e, const tb_node *n)
{
    const char *x = tb_emit_read(e, n, 0);
    tb_emit_give(
        e, n,
        tb_emit_text(e, "torch.expand(%s, %s)", x, tb_emit_dims(e, n->out[0])));
}

/* What has as many elements as there are rows. */
static void emit_fill(tb_emitter *e, const tb_node *n)
{
    const tb_value *y = n->out[0];
    int type = y->type == TB_I64 ? 4 : y->type == TB_BOOL ? 11 : 6;
    double x = *TB_ATTR(double, n);
    const char *number =
        type == 11 ? (x != 0 ? "True" : "False") : tb_emit_number(e, y, x);
    tb_emit_give(e, n,
                 tb_emit_text(e,
                              "torch.full(%s, %s, dtype=%d, layout=None, "
                              "device=ops.prim.device(x))",
                              tb_emit_dims(e, y), number, type));
}

const tb_emit_row tb_emit_shapes[] = {{&tb_op_reshape, emit_reshape},
                                      {&tb_op_permute, emit_permute},
                                      {&tb_op_slice, emit_slice},
                                      {&tb_op_pad, emit_pad},
                                      {&tb_op_concat, emit_concat},
                                      {&tb_op_roll, emit_roll},
                                      {&tb_op_flip, emit_flip},
                                      {&tb_op_expand, emit_expand},
                                      {&tb_op_expand_as, emit_expand},
                                      {&tb_op_fill, emit_fill},
                                      {NULL, NULL}};
