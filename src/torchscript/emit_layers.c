/* Layers: sums of products, and what picks among numbers. */
#include "engine/ops.h"
#include "torchscript/emitter.h"

/* Zeros along time are those before the first frame; along the other axis they
   are a value of their own (engine/ops/conv.h). */
static bool is_plain(const tb_value *x, const tb_conv_attr *how)
{
    for (int i = 0; i < how->axes; i++)
        if (x->time != 2 + i && (how->left[i] || how->right[i]))
            return false;
    return true;
}

static const char *bias_of(tb_emitter *e, const tb_node *n)
{
    return n->n_in == 3 ? tb_emit_read(e, n, 2) : "None";
}

static void emit_conv(tb_emitter *e, const tb_node *n)
{
    const tb_conv_attr *how = TB_ATTR(tb_conv_attr, n);
    static const int64_t none[2];
    if (!is_plain(n->in[0], how)) {
        tb_emit_refuse(e, n, "zeros beside the frames");
        return;
    }
    const char *x = tb_emit_read(e, n, 0), *w = tb_emit_read(e, n, 1);
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.conv%dd(%s, %s, %s, %s, %s, %s, %lld)",
                              how->axes, x, w, bias_of(e, n),
                              tb_emit_ints(e, how->axes, how->stride),
                              tb_emit_ints(e, how->axes, none),
                              tb_emit_ints(e, how->axes, how->dilation),
                              (long long)how->groups));
}

/* All that the frames read become, of which the frames of the call are kept:
   frame j of the output is number j + left - lowest * stride of those. */
static void emit_conv_transposed(tb_emitter *e, const tb_node *n)
{
    const tb_conv_attr *how = TB_ATTR(tb_conv_attr, n);
    if (how->axes != 1 || n->in[0]->time != 2) {
        tb_emit_refuse(e, n, "these axes");
        return;
    }
    const char *x = tb_emit_read(e, n, 0), *w = tb_emit_read(e, n, 1);
    const char *all = tb_emit_let(
        e, "torch.conv_transpose1d(%s, %s, %s, %s, [0], [0], %lld, %s)", x, w,
        bias_of(e, n), tb_emit_ints(e, 1, how->stride), (long long)how->groups,
        tb_emit_ints(e, 1, how->dilation));
    tb_emit_give_part(e, n, all,
                      tb_emit_first(e, n) + how->left[0] -
                          tb_emit_lowest(e, n, 0) * how->stride[0]);
}

static void emit_linear(tb_emitter *e, const tb_node *n)
{
    const char *x = tb_emit_read(e, n, 0), *w = tb_emit_read(e, n, 1);
    bool transposed = TB_ATTR(tb_linear_attr, n)->transposed;
    if (n->in[1]->rank != 2)
        tb_emit_refuse(e, n, "weights that change");
    else if (transposed)
        tb_emit_give(e, n, tb_emit_text(e, "torch.matmul(%s, %s)", x, w));
    else
        tb_emit_give(
            e, n,
            tb_emit_text(e, "torch.linear(%s, %s, %s)", x, w, bias_of(e, n)));
}

static void emit_matmul(tb_emitter *e, const tb_node *n)
{
    const char *a = tb_emit_read(e, n, 0), *b = tb_emit_read(e, n, 1);
    tb_emit_give(e, n, tb_emit_text(e, "torch.matmul(%s, %s)", a, b));
}

/* Windows of each row, a filter for each. */
static void emit_correlate(tb_emitter *e, const tb_node *n)
{
    const char *k = tb_emit_read(e, n, 0), *x = tb_emit_read(e, n, 1);
    int last = n->in[1]->rank - 1;
    tb_emit_give(e, n,
                 tb_emit_text(e,
                              "torch.sum(torch.mul(torch.unfold(%s, %d, %lld, "
                              "1), torch.unsqueeze(%s, %d)), [%d])",
                              x, last, (long long)n->in[0]->dim[last], k, last,
                              last + 1));
}

/* ---- over axes ---- */

/* "[1, 2]": the axes of a set. */
static const char *axes_of(tb_emitter *e, const tb_value *x, unsigned set)
{
    int64_t axes[TB_RANK];
    int count = tb_axes_of(set, x->rank, axes);
    return tb_emit_ints(e, count, axes);
}

static void emit_reduce(tb_emitter *e, const tb_node *n)
{
    static const char *const names[TB_REDUCTION_COUNT] = {
        [TB_REDUCE_SUM] = "sum",
        [TB_REDUCE_MEAN] = "mean",
        [TB_REDUCE_MAX] = "amax",
        [TB_REDUCE_MIN] = "amin",
        [TB_REDUCE_NORM2] = "sum"};
    const tb_reduce_attr *how = TB_ATTR(tb_reduce_attr, n);
    bool keeps = (how->keep & how->axes) == how->axes;
    if (how->correction || (how->keep && !keeps)) {
        tb_emit_refuse(e, n, "this kind of mean");
        return;
    }
    const char *x = tb_emit_read(e, n, 0);
    if (how->kind == TB_REDUCE_NORM2)
        x = tb_emit_let(e, "torch.mul(%s, %s)", x, x);
    const char *y =
        tb_emit_text(e, "torch.%s(%s, %s, %s)", names[how->kind], x,
                     axes_of(e, n->in[0], how->axes), keeps ? "True" : "False");
    if (how->kind == TB_REDUCE_NORM2)
        y = tb_emit_text(e, "torch.sqrt(%s)", y);
    tb_emit_give(e, n, y);
}

static void emit_standardise(tb_emitter *e, const tb_node *n)
{
    const tb_standardise_attr *how = TB_ATTR(tb_standardise_attr, n);
    char eps[TB_SOURCE_REAL];
    const char *list = axes_of(e, n->in[0], how->axes);
    const char *x = tb_emit_read(e, n, 0);
    const char *away =
        tb_emit_let(e, "torch.sub(%s, torch.mean(%s, %s, True))", x, x, list);
    tb_emit_give(
        e, n,
        tb_emit_text(e,
                     "torch.div(%s, torch.sqrt(torch.add(torch.mean(torch.mul("
                     "%s, %s), %s, True), %s)))",
                     away, away, away, list, tb_source_real(how->eps, eps)));
}

static void emit_softmax(tb_emitter *e, const tb_node *n)
{
    const char *x = tb_emit_read(e, n, 0);
    tb_emit_give(
        e, n,
        tb_emit_text(e, "torch.%s(%s, %d)",
                     n->op == &tb_op_softmax ? "softmax" : "log_softmax", x,
                     TB_ATTR(tb_softmax_attr, n)->axis));
}

/* ---- indices ---- */

static void emit_embedding(tb_emitter *e, const tb_node *n)
{
    const char *table = tb_emit_read(e, n, 0), *index = tb_emit_read(e, n, 1);
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.embedding(%s, %s)", table, index));
}

static void emit_one_hot(tb_emitter *e, const tb_node *n)
{
    const tb_value *y = n->out[0];
    const char *x = tb_emit_read(e, n, 0);
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.to(torch.one_hot(%s, %lld), 6)", x,
                              (long long)y->dim[y->rank - 1]));
}

static void emit_argmax(tb_emitter *e, const tb_node *n)
{
    const char *x = tb_emit_read(e, n, 0);
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.argmax(%s, %d)", x,
                              TB_ATTR(tb_argmax_attr, n)->axis));
}

static void emit_pick(tb_emitter *e, const tb_node *n)
{
    const char *x = tb_emit_read(e, n, 0), *index = tb_emit_read(e, n, 1);
    tb_emit_give(
        e, n,
        tb_emit_text(
            e,
            "torch.squeeze(torch.gather(%s, -1, torch.unsqueeze(%s, -1)), "
            "-1)",
            x, index));
}

static void emit_bucketize(tb_emitter *e, const tb_node *n)
{
    const char *x = tb_emit_read(e, n, 0), *bounds = tb_emit_read(e, n, 1);
    tb_emit_give(
        e, n,
        tb_emit_text(e, "torch.bucketize(%s, %s, out_int32=False, right=True)",
                     x, bounds));
}

const tb_emit_row tb_emit_layers[] = {
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
    {&tb_op_one_hot, emit_one_hot},
    {&tb_op_argmax, emit_argmax},
    {&tb_op_pick, emit_pick},
    {&tb_op_bucketize, emit_bucketize},
    {NULL, NULL}};
