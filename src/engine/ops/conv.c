#include "engine/ops/conv.h"

#include "engine/frames.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

tb_conv_attr tb_conv_plain(int64_t stride, int64_t dilation)
{
    return (tb_conv_attr){.axes = 1,
                          .stride = {stride, 1},
                          .dilation = {dilation, 1},
                          .groups = 1};
}

tb_conv_attr tb_conv_causal(int64_t taps, int64_t stride, int64_t dilation)
{
    tb_conv_attr how = tb_conv_plain(stride, dilation);
    how.left[0] = (taps - 1) * dilation;
    return how;
}

tb_conv_attr tb_conv_centred(int64_t taps, int64_t stride, int64_t dilation)
{
    tb_conv_attr how = tb_conv_plain(stride, dilation);
    how.left[0] = (taps - 1) * dilation / 2;
    how.right[0] = (taps - 1) * dilation - how.left[0];
    return how;
}

/* Input frames from the first tap to the last, along one axis. */
static int64_t reach(const tb_value *w, const tb_conv_attr *how, int i)
{
    return (w->dim[2 + i] - 1) * how->dilation[i];
}

/* Whether these settings are possible; completes those of a missing axis. */
static bool sound(tb_conv_attr *how)
{
    if (how->axes == 1) {
        how->stride[1] = how->dilation[1] = 1;
        how->left[1] = how->right[1] = 0;
    }
    bool good = (how->axes == 1 || how->axes == 2) && how->groups >= 1;
    for (int i = 0; good && i < how->axes; i++)
        good = how->stride[i] >= 1 && how->dilation[i] >= 1;
    return good;
}

/* Whether the shapes are those of a convolution from `in` to `out`. */
static bool shapes_fit(const tb_value *x, const tb_value *w,
                       const tb_value *bias, int64_t in, int64_t out,
                       tb_conv_attr *how)
{
    return sound(how) && x->rank == 2 + how->axes && w->rank == x->rank &&
           (x->time == -1 || x->time == 2) && w->time < 0 && x->dim[1] == in &&
           w->dim[0] > 0 && w->dim[0] % how->groups == 0 &&
           (!bias || (bias->rank == 1 && bias->dim[0] == out));
}

static tb_value *misfit(const tb_value *x, const char *what)
{
    return tb_graph_fail(x->graph,
                         "%s: the shapes of signal (%d axes), weights and "
                         "bias do not fit together.",
                         what, x->rank);
}

/* The node with its optional bias, and its output with channels last. */
static tb_value *finish(const tb_op *op, tb_value *x, tb_value *w,
                        tb_value *bias, const tb_conv_attr *how, tb_shape shape,
                        tb_window window)
{
    tb_value *in[] = {x, w, bias};
    tb_node *n = tb_node_new(x->graph, op, bias ? 3 : 2, in, how, sizeof *how);
    if (n && x->time >= 0)
        n->window = window;
    tb_value *y = tb_node_output(n, TB_REAL, shape);
    tb_value_order_last(y, 1);
    return y;
}

/* Channels come to lie last, as kernels want them. */
static tb_value *channels_last(tb_value *x)
{
    if (!x || x->order[x->rank - 1] == 1 || (x->time >= 0 && x->dim[1] == 1))
        return x;
    return tb_arrange_last(x, 1);
}

static tb_value *surround(tb_value *x, int axis, int64_t left, int64_t right)
{
    if (!x || (left == 0 && right == 0))
        return x;
    x = tb_pad(x, axis, left, right);
    tb_value_order_last(x, 1);
    return x;
}

/* Memory has zeros around frames of time alone: along other axes padding is a
   value of its own. */
static tb_value *padded(tb_value *x, tb_conv_attr *how)
{
    for (int i = 0; i < how->axes; i++)
        if (x && x->time != 2 + i) {
            x = surround(x, 2 + i, how->left[i], how->right[i]);
            how->left[i] = how->right[i] = 0;
        }
    return channels_last(x);
}

/* The same for what a transposed convolution reads along an axis without
   time: the trims grow by what the zeros add. */
static tb_value *padded_to_trim(tb_value *x, const tb_value *w,
                                tb_conv_attr *how, int i)
{
    if (!x || x->time == 2 + i)
        return x;
    int64_t s = how->stride[i], span = reach(w, how, i);
    int64_t n =
        (x->dim[2 + i] - 1) * s + span + 1 - how->left[i] - how->right[i];
    if (n < 1)
        return x;
    int64_t first = tb_ceil_div(how->left[i] - span, s);
    int64_t last = tb_floor_div(n - 1 + how->left[i], s);
    int64_t before = first < 0 ? -first : 0;
    int64_t after = last >= x->dim[2 + i] ? last - x->dim[2 + i] + 1 : 0;
    how->left[i] += before * s;
    how->right[i] += after * s;
    return surround(x, 2 + i, before, after);
}

tb_value *tb_conv(tb_value *x, tb_value *w, tb_value *bias, tb_conv_attr how)
{
    if (!x || !w)
        return NULL;
    if (!shapes_fit(x, w, bias, w->dim[1] * how.groups, w->dim[0], &how))
        return misfit(x, "Convolution");
    if (!(x = padded(x, &how)))
        return NULL;
    tb_shape shape = tb_value_shape(x);
    shape.dim[1] = w->dim[0];
    for (int i = 0; i < how.axes; i++) {
        int64_t room =
            x->dim[2 + i] + how.left[i] + how.right[i] - reach(w, &how, i) - 1;
        if (x->time == 2 + i)
            continue;
        if (room < 0)
            return tb_graph_fail(x->graph,
                                 "Convolution: axis %d is shorter than the "
                                 "kernel.",
                                 2 + i);
        shape.dim[2 + i] = room / how.stride[i] + 1;
    }
    tb_window window = {how.stride[0], 1, reach(w, &how, 0) - how.left[0],
                        how.left[0], how.right[0]};
    return finish(&tb_op_conv, x, w, bias, &how, shape, window);
}

tb_value *tb_conv_transposed(tb_value *x, tb_value *w, tb_value *bias,
                             tb_conv_attr how)
{
    if (!x || !w)
        return NULL;
    int64_t out = w->dim[1] * how.groups;
    if (!shapes_fit(x, w, bias, w->dim[0], out, &how))
        return misfit(x, "Transposed convolution");
    for (int i = 0; i < how.axes; i++)
        x = padded_to_trim(x, w, &how, i);
    if (!(x = channels_last(x)))
        return NULL;
    tb_shape shape = tb_value_shape(x);
    shape.dim[1] = out;
    for (int i = 0; i < how.axes; i++) {
        if (x->time == 2 + i)
            continue;
        shape.dim[2 + i] = (x->dim[2 + i] - 1) * how.stride[i] +
                           reach(w, &how, i) + 1 - how.left[i] - how.right[i];
        if (shape.dim[2 + i] < 0)
            return tb_graph_fail(x->graph,
                                 "Transposed convolution: nothing of axis %d "
                                 "is left.",
                                 2 + i);
    }
    int64_t span = reach(w, &how, 0) + 1;
    tb_window window = {1, how.stride[0], how.left[0], span - 1 - how.left[0],
                        span - how.stride[0] - how.right[0]};
    return finish(&tb_op_conv_transposed, x, w, bias, &how, shape, window);
}

tb_value *tb_conv_wgrad(tb_value *x, tb_value *dy, tb_conv_attr how, tb_shape w)
{
    if (!dy || !(x = padded(x, &how)))
        return NULL;
    tb_value *in[] = {x, dy};
    tb_conv_wgrad_attr attr = {how, w};
    tb_node *n =
        tb_node_new(x->graph, &tb_op_conv_wgrad, 2, in, &attr, sizeof attr);
    if (n && x->time >= 0)
        n->window = (tb_window){how.stride[0], 1,
                                (w.dim[2] - 1) * how.dilation[0] - how.left[0],
                                how.left[0], how.right[0]};
    return tb_node_output(n, TB_REAL, w);
}

static tb_value *bias_grad(tb_value *dy)
{
    unsigned all = (1u << dy->rank) - 1;
    return tb_sum(dy, all & ~2u, false);
}

/* The trims for which a transposed convolution of dy has exactly the static
   dimensions of x. The frames of the time axis follow from `like`. */
static tb_conv_attr trims_to(const tb_value *x, const tb_value *dy,
                             const tb_value *w, tb_conv_attr how)
{
    for (int i = 0; i < how.axes; i++)
        if (x->time != 2 + i)
            how.right[i] = (dy->dim[2 + i] - 1) * how.stride[i] +
                           reach(w, &how, i) + 1 - how.left[i] - x->dim[2 + i];
    return how;
}

static void conv_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                     const bool *want, tb_value **din)
{
    tb_conv_attr how = *TB_ATTR(tb_conv_attr, n);
    tb_value *x = n->in[0], *w = n->in[1], *dy = dout[0];
    (void)g;
    if (want[0])
        din[0] = tb_conv_transposed(dy, w, NULL, trims_to(x, dy, w, how));
    if (want[1])
        din[1] = tb_conv_wgrad(x, dy, how, tb_value_shape(w));
    if (n->n_in == 3 && want[2])
        din[2] = bias_grad(dy);
}

static void conv_transposed_vjp(tb_graph *g, const tb_node *n,
                                tb_value *const *dout, const bool *want,
                                tb_value **din)
{
    tb_conv_attr how = *TB_ATTR(tb_conv_attr, n);
    tb_value *x = n->in[0], *w = n->in[1], *dy = dout[0];
    (void)g;
    if (want[0])
        din[0] = tb_conv(dy, w, NULL, how);
    if (want[1])
        din[1] = tb_conv_wgrad(dy, x, how, tb_value_shape(w));
    if (n->n_in == 3 && want[2])
        din[2] = bias_grad(dy);
}

const tb_op tb_op_conv = {.name = "conv", .vjp = conv_vjp};
const tb_op tb_op_conv_transposed = {.name = "conv_transposed",
                                     .vjp = conv_transposed_vjp};
const tb_op tb_op_conv_wgrad = {
    .name = "conv_wgrad", .time = TB_TIME_WHOLE, .paced_by_gradient = true};
