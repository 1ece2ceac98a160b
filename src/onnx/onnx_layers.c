/* Layers: sums of products, and what picks among numbers. */
#include "engine/ops.h"
#include "onnx/onnx_rows.h"

/* ---- convolutions ---- */

/* All zeros around the sound are those of the layer. */
static void set_conv(tb_onnx_emitter *e, const tb_node *n, tb_onnx_node *c)
{
    const tb_conv_attr *how = TB_ATTR(tb_conv_attr, n);
    int64_t pads[4];
    for (int i = 0; i < how->axes; i++) {
        pads[i] = how->left[i];
        pads[how->axes + i] = how->right[i];
        if (how->left[i] < 0 || how->right[i] < 0)
            tb_onnx_refuse(e, n, "less than no zeros around it");
    }
    for (int i = 0; i < n->n_in; i++)
        tb_onnx_input(c, tb_onnx_read(e, n, i));
    tb_onnx_set_integers(c, "strides", how->axes, how->stride);
    tb_onnx_set_integers(c, "dilations", how->axes, how->dilation);
    tb_onnx_set_integers(c, "pads", 2 * how->axes, pads);
    tb_onnx_set_integer(c, "group", how->groups);
}

static void emit_conv(tb_onnx_emitter *e, const tb_node *n)
{
    tb_onnx_node c = tb_onnx_begin(e->graph, "Conv");
    set_conv(e, n, &c);
    tb_onnx_give(e, n, tb_onnx_end(&c));
}

static void emit_conv_transposed(tb_onnx_emitter *e, const tb_node *n)
{
    tb_onnx_node c = tb_onnx_begin(e->graph, "ConvTranspose");
    set_conv(e, n, &c);
    tb_onnx_give(e, n, tb_onnx_end(&c));
}

/* ---- products ---- */

static void emit_linear(tb_onnx_emitter *e, const tb_node *n)
{
    static const int64_t swapped[] = {1, 0};
    const char *x = tb_onnx_read(e, n, 0), *w = tb_onnx_read(e, n, 1);
    if (n->in[1]->rank != 2)
        tb_onnx_refuse(e, n, "weights that change");
    if (!TB_ATTR(tb_linear_attr, n)->transposed)
        w = tb_onnx_transpose(e, w, 2, swapped);
    const char *y = tb_onnx_two(e->graph, "MatMul", x, w);
    if (n->n_in == 3)
        y = tb_onnx_two(e->graph, "Add", y, tb_onnx_read(e, n, 2));
    tb_onnx_give(e, n, y);
}

static void emit_matmul(tb_onnx_emitter *e, const tb_node *n)
{
    tb_onnx_give(e, n,
                 tb_onnx_two(e->graph, "MatMul", tb_onnx_read(e, n, 0),
                             tb_onnx_read(e, n, 1)));
}

/* Tap by tap, of rows that are shifted by as many elements. */
static void emit_correlate(tb_onnx_emitter *e, const tb_node *n)
{
    const char *k = tb_onnx_read(e, n, 0), *x = tb_onnx_read(e, n, 1),
               *y = NULL;
    int last = n->in[1]->rank - 1;
    int64_t taps = n->in[0]->dim[last], count = n->out[0]->dim[last];
    for (int64_t i = 0; i < taps; i++) {
        const char *part =
            tb_onnx_two(e->graph, "Mul", tb_onnx_slice(e, k, last, i, i + 1, 1),
                        tb_onnx_slice(e, x, last, i, i + count, 1));
        y = y ? tb_onnx_two(e->graph, "Add", y, part) : part;
    }
    tb_onnx_give(e, n, y);
}

/* ---- over axes ---- */

/* Axes of a sum are an input, those of all others an attribute. */
static const char *reduced(tb_onnx_emitter *e, const char *kind, const char *x,
                           int count, const int64_t *axes, bool keeps)
{
    bool is_sum = kind[6] == 'S';
    tb_onnx_node r = tb_onnx_begin(e->graph, kind);
    tb_onnx_input(&r, x);
    if (is_sum)
        tb_onnx_input(&r, tb_onnx_integers(e->graph, count, axes));
    else
        tb_onnx_set_integers(&r, "axes", count, axes);
    tb_onnx_set_integer(&r, "keepdims", keeps);
    return tb_onnx_end(&r);
}

static void emit_reduce(tb_onnx_emitter *e, const tb_node *n)
{
    static const char *const names[TB_REDUCTION_COUNT] = {
        [TB_REDUCE_SUM] = "ReduceSum",
        [TB_REDUCE_MEAN] = "ReduceMean",
        [TB_REDUCE_MAX] = "ReduceMax",
        [TB_REDUCE_MIN] = "ReduceMin",
        [TB_REDUCE_NORM2] = "ReduceL2"};
    const tb_reduce_attr *how = TB_ATTR(tb_reduce_attr, n);
    bool keeps = (how->keep & how->axes) == how->axes;
    int64_t axes[TB_RANK];
    int count = tb_axes_of(how->axes, n->in[0]->rank, axes);
    if (how->correction || (how->keep && !keeps))
        tb_onnx_refuse(e, n, "this kind of mean");
    tb_onnx_give(e, n,
                 reduced(e, names[how->kind], tb_onnx_read(e, n, 0), count,
                         axes, keeps));
}

static void emit_standardise(tb_onnx_emitter *e, const tb_node *n)
{
    const tb_standardise_attr *how = TB_ATTR(tb_standardise_attr, n);
    tb_onnx_graph *g = e->graph;
    int64_t axes[TB_RANK];
    int count = tb_axes_of(how->axes, n->in[0]->rank, axes);
    const char *x = tb_onnx_read(e, n, 0);
    const char *away = tb_onnx_two(
        g, "Sub", x, reduced(e, "ReduceMean", x, count, axes, true));
    const char *power = reduced(
        e, "ReduceMean", tb_onnx_two(g, "Mul", away, away), count, axes, true);
    power = tb_onnx_two(g, "Add", power, tb_onnx_number(g, TB_REAL, how->eps));
    tb_onnx_give(e, n,
                 tb_onnx_two(g, "Div", away, tb_onnx_one(g, "Sqrt", power)));
}

static void emit_softmax(tb_onnx_emitter *e, const tb_node *n)
{
    tb_onnx_node s = tb_onnx_begin(
        e->graph, n->op == &tb_op_softmax ? "Softmax" : "LogSoftmax");
    tb_onnx_input(&s, tb_onnx_read(e, n, 0));
    tb_onnx_set_integer(&s, "axis", TB_ATTR(tb_softmax_attr, n)->axis);
    tb_onnx_give(e, n, tb_onnx_end(&s));
}

/* ---- indices ---- */

static void emit_embedding(tb_onnx_emitter *e, const tb_node *n)
{
    tb_onnx_give(e, n,
                 tb_onnx_two(e->graph, "Gather", tb_onnx_read(e, n, 0),
                             tb_onnx_read(e, n, 1)));
}

static void emit_argmax(tb_onnx_emitter *e, const tb_node *n)
{
    tb_onnx_node a = tb_onnx_begin(e->graph, "ArgMax");
    tb_onnx_input(&a, tb_onnx_read(e, n, 0));
    tb_onnx_set_integer(&a, "axis", TB_ATTR(tb_argmax_attr, n)->axis);
    tb_onnx_set_integer(&a, "keepdims", 0);
    tb_onnx_give(e, n, tb_onnx_end(&a));
}

/* ---- recurrent layers ---- */

/* Parts r, z, n of a weight in the order that ONNX has them in: z, r, n. */
static const char *reordered(tb_onnx_emitter *e, const char *w, int64_t h)
{
    tb_onnx_node c = tb_onnx_begin(e->graph, "Concat");
    tb_onnx_input(&c, tb_onnx_slice(e, w, 0, h, 2 * h, 1));
    tb_onnx_input(&c, tb_onnx_slice(e, w, 0, 0, h, 1));
    tb_onnx_input(&c, tb_onnx_slice(e, w, 0, 2 * h, 3 * h, 1));
    tb_onnx_set_integer(&c, "axis", 0);
    return tb_onnx_end(&c);
}

/* What comes in was multiplied beforehand: it goes in as it is, [1, 3h, 3h]. */
static const char *passing_on(tb_onnx_emitter *e, int64_t h)
{
    float *w = tb_onnx_room(e, 9 * h * h);
    for (int64_t i = 0; w && i < 3 * h; i++)
        w[i * 3 * h + (i < h ? i + h : i < 2 * h ? i - h : i)] = 1;
    return tb_onnx_tensor(e->graph, NULL, TB_REAL, tb_dims(1, 3 * h, 3 * h), w);
}

/* [1, 6h]: none of what comes in, and that of the state. */
static const char *biases(tb_onnx_emitter *e, const tb_node *n, int64_t h)
{
    const int64_t shape[] = {1, 6 * h};
    float *none = tb_onnx_room(e, 3 * h);
    const char *zeros =
        tb_onnx_tensor(e->graph, NULL, TB_REAL, tb_dims(3 * h), none);
    tb_onnx_node c = tb_onnx_begin(e->graph, "Concat");
    tb_onnx_input(&c, zeros);
    tb_onnx_input(&c, TB_ATTR(tb_rnn_attr, n)->bias
                          ? reordered(e, tb_onnx_read(e, n, 2), h)
                          : zeros);
    tb_onnx_set_integer(&c, "axis", 0);
    return tb_onnx_reshape_to(e, tb_onnx_end(&c), 2, shape);
}

/* Of one row: [1, frames, 3h] goes in frame by frame. */
static void emit_gru(tb_onnx_emitter *e, const tb_node *n)
{
    const tb_rnn_attr *how = TB_ATTR(tb_rnn_attr, n);
    const tb_value *gx = n->in[0];
    int64_t h = n->out[0]->dim[n->out[0]->rank - 1];
    const int64_t by_frame[] = {-1, 1, 3 * h}, weights[] = {1, 3 * h, h},
                  state[] = {1, 1, h};
    if (how->kind != TB_RNN_GRU || gx->rank != 3 || gx->dim[0] != 1) {
        tb_onnx_refuse(e, n, "a recurrent layer of this kind");
        return;
    }
    tb_onnx_node r = tb_onnx_begin(e->graph, "GRU");
    tb_onnx_input(&r,
                  tb_onnx_reshape_to(e, tb_onnx_read(e, n, 0), 3, by_frame));
    tb_onnx_input(&r, passing_on(e, h));
    tb_onnx_input(&r,
                  tb_onnx_reshape_to(e, reordered(e, tb_onnx_read(e, n, 1), h),
                                     3, weights));
    tb_onnx_input(&r, biases(e, n, h));
    tb_onnx_input(&r, "");
    tb_onnx_input(
        &r, tb_onnx_reshape_to(e, tb_onnx_read(e, n, 2 + how->bias), 3, state));
    tb_onnx_set_integer(&r, "hidden_size", h);
    tb_onnx_set_integer(&r, "linear_before_reset", 1);
    tb_onnx_give(e, n, tb_onnx_reshape(e, tb_onnx_end(&r), n->out[0]));
}

const tb_onnx_row tb_onnx_layers[] = {
    {&tb_op_conv, emit_conv},
    {&tb_op_conv_transposed, emit_conv_transposed},
    {&tb_op_linear, emit_linear},
    {&tb_op_matmul, emit_matmul},
    {&tb_op_correlate, emit_correlate},
    {&tb_op_reduce, emit_reduce},
    {&tb_op_standardise, emit_standardise},
    {&tb_op_softmax, emit_softmax},
    {&tb_op_log_softmax, emit_softmax},
    {&tb_op_embedding, emit_embedding},
    {&tb_op_argmax, emit_argmax},
    {&tb_op_rnn, emit_gru},
    {NULL, NULL}};
