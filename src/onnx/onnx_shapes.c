/* Ops that bring elements to other places, within a frame. */
#include "engine/ops.h"
#include "engine/source.h"
#include "onnx/onnx_rows.h"

static void emit_reshape(tb_onnx_emitter *e, const tb_node *n)
{
    tb_onnx_give(e, n, tb_onnx_reshape(e, tb_onnx_read(e, n, 0), n->out[0]));
}

static void emit_permute(tb_onnx_emitter *e, const tb_node *n)
{
    const tb_permute_attr *how = TB_ATTR(tb_permute_attr, n);
    int64_t axes[TB_RANK];
    for (int i = 0; i < n->out[0]->rank; i++)
        axes[i] = how->axes[i];
    tb_onnx_give(
        e, n,
        tb_onnx_transpose(e, tb_onnx_read(e, n, 0), n->out[0]->rank, axes));
}

static void emit_slice(tb_onnx_emitter *e, const tb_node *n)
{
    const tb_slice_attr *how = TB_ATTR(tb_slice_attr, n);
    int64_t count = n->out[0]->dim[how->axis];
    if (how->axis == n->in[0]->time || how->step < 1)
        tb_onnx_refuse(e, n, "some of the frames");
    tb_onnx_give(e, n,
                 tb_onnx_slice(e, tb_onnx_read(e, n, 0), how->axis, how->start,
                               how->start + (count - 1) * how->step + 1,
                               how->step));
}

/* Along time, too: all of the sound is there. Less than none crops. */
static void emit_pad(tb_onnx_emitter *e, const tb_node *n)
{
    const tb_pad_attr *how = TB_ATTR(tb_pad_attr, n);
    int64_t sides[2 * TB_RANK] = {0};
    int rank = n->in[0]->rank;
    sides[how->axis] = how->left;
    sides[rank + how->axis] = how->right;
    tb_onnx_give(e, n,
                 tb_onnx_two(e->graph, "Pad", tb_onnx_read(e, n, 0),
                             tb_onnx_integers(e->graph, 2 * rank, sides)));
}

static void emit_concat(tb_onnx_emitter *e, const tb_node *n)
{
    tb_onnx_node c = tb_onnx_begin(e->graph, "Concat");
    for (int i = 0; i < n->n_in; i++)
        tb_onnx_input(&c, tb_onnx_read(e, n, i));
    tb_onnx_set_integer(&c, "axis", TB_ATTR(tb_axis_attr, n)->axis);
    tb_onnx_give(e, n, tb_onnx_end(&c));
}

static void emit_flip(tb_onnx_emitter *e, const tb_node *n)
{
    int axis = TB_ATTR(tb_axis_attr, n)->axis;
    tb_onnx_give(
        e, n, tb_onnx_slice(e, tb_onnx_read(e, n, 0), axis, -1, INT64_MIN, -1));
}

/* An axis of one is repeated; that of time is there already. */
static void emit_expand(tb_onnx_emitter *e, const tb_node *n)
{
    const tb_value *y = n->out[0];
    int64_t dims[TB_RANK];
    for (int i = 0; i < y->rank; i++)
        dims[i] = i == y->time ? 1 : y->dim[i];
    tb_onnx_give(e, n,
                 tb_onnx_two(e->graph, "Expand", tb_onnx_read(e, n, 0),
                             tb_onnx_integers(e->graph, y->rank, dims)));
}

static void emit_expand_as(tb_onnx_emitter *e, const tb_node *n)
{
    const char *shape = tb_onnx_one(e->graph, "Shape", tb_onnx_read(e, n, 1));
    tb_onnx_give(e, n,
                 tb_onnx_two(e->graph, "Expand", tb_onnx_read(e, n, 0), shape));
}

const tb_onnx_row tb_onnx_shapes[] = {{&tb_op_reshape, emit_reshape},
                                      {&tb_op_permute, emit_permute},
                                      {&tb_op_slice, emit_slice},
                                      {&tb_op_pad, emit_pad},
                                      {&tb_op_concat, emit_concat},
                                      {&tb_op_flip, emit_flip},
                                      {&tb_op_expand, emit_expand},
                                      {&tb_op_expand_as, emit_expand_as},
                                      {NULL, NULL}};
