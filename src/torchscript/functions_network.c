/* Layers: convolutions, tables, normalisation. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <string.h>

/* ---- convolution ---- */

/* A number for each axis, from a list of as many or of one. */
static bool per_axis(tb_builtin_call *c, int i, int axes, int64_t standard,
                     int64_t *x)
{
    int n = 0;
    x[0] = x[1] = standard;
    if (!tb_has(c, i))
        return true;
    if (!tb_arg_ints(c, i, 2, x, &n))
        return false;
    if (n == 1)
        x[1] = x[0];
    return n == 1 || n == axes ||
           tb_refuse(c, "%d numbers for %d axes", n, axes);
}

typedef struct geometry {
    int64_t stride[2], padding[2], dilation[2], more[2], groups;
    bool same; /* padding of its own so that the length stays */
} geometry;

/* Gives a signal without rows one, and takes it away again. */
static tb_value *with_row(tb_value *x, int axes, bool *alone)
{
    *alone = x && x->rank == axes + 1;
    if (!*alone)
        return x;
    tb_shape shape = tb_value_shape(x);
    for (int i = shape.rank++; i > 0; i--)
        shape.dim[i] = shape.dim[i - 1];
    shape.dim[0] = 1;
    return tb_reshape(x, shape);
}

static tb_value *without_row(tb_value *y, bool alone)
{
    if (!y || !alone)
        return y;
    tb_shape shape = tb_value_shape(y);
    shape.rank--;
    memmove(shape.dim, shape.dim + 1, (size_t)shape.rank * sizeof *shape.dim);
    return tb_reshape(y, shape);
}

/* A long filter that steps over one channel (the bank of a RAVE) is a short one
   over as many channels as the step has samples: frames of the step side by
   side, and the filter cut likewise, with zeros behind. Null: it stays. */
enum { LONG_FILTER = 64 };

static tb_value *by_frames(tb_value *x, tb_value *w, tb_value *bias,
                           const tb_conv_attr *how)
{
    int64_t s = how->stride[0], taps = w->dim[2];
    if (how->axes != 1 || w->dim[1] != 1 || how->groups != 1 || s < 2 ||
        taps < LONG_FILTER || how->dilation[0] != 1)
        return NULL;
    int64_t n = x->dim[2] + how->left[0] + how->right[0];
    int64_t frames = (n - taps) / s + 1, cut = (taps + s - 1) / s;
    if (n < taps)
        return NULL;
    int64_t needed = (frames - 1 + cut) * s;
    x = tb_pad(x, 2, how->left[0], needed - x->dim[2] - how->left[0]);
    x = tb_reshape(x, tb_dims(x ? x->dim[0] : 1, needed / s, s));
    w = tb_reshape(tb_pad(w, 2, 0, cut * s - taps), tb_dims(w->dim[0], cut, s));
    return x && w ? tb_conv(tb_transpose(x, 1, 2), tb_transpose(w, 1, 2), bias,
                            tb_conv_plain(1, 1))
                  : NULL;
}

static bool convolve(tb_builtin_call *c, int axes, bool transposed,
                     const geometry *g, tb_script_value *out)
{
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *w = tb_arg_value(c, 1, TB_DTYPE_FLOAT32), *bias;
    tb_conv_attr how = {.axes = axes, .groups = g->groups};
    bool alone = false;
    if (!x || !w)
        return tb_give(c, out, TB_DTYPE_FLOAT32, NULL);
    if (!tb_arg_optional(c, 2, &bias))
        return false;
    for (int i = 0; i < axes; i++) {
        int64_t reach = (w->dim[2 + i] - 1) * g->dilation[i];
        how.stride[i] = g->stride[i];
        how.dilation[i] = g->dilation[i];
        how.left[i] = g->same ? reach / 2 : g->padding[i];
        how.right[i] = (g->same ? reach - reach / 2 : g->padding[i]) -
                       (transposed ? g->more[i] : 0);
    }
    x = with_row(x, axes, &alone);
    tb_value *y = x && !transposed ? by_frames(x, w, bias, &how) : NULL;
    if (x && !y)
        y = transposed ? tb_conv_transposed(x, w, bias, how)
                       : tb_conv(x, w, bias, how);
    return tb_give(c, out, TB_DTYPE_FLOAT32, without_row(y, alone));
}

static bool conv(tb_builtin_call *c, tb_script_value *out)
{
    int axes = c->function->kind;
    geometry g = {.groups = 1};
    if (c->arg[4].kind == TB_SCRIPT_STRING) {
        g.same = strcmp(c->arg[4].string, "same") == 0;
        c->arg[4] = tb_script_none();
    }
    return per_axis(c, 3, axes, 1, g.stride) &&
           per_axis(c, 4, axes, 0, g.padding) &&
           per_axis(c, 5, axes, 1, g.dilation) && tb_arg_int(c, 6, &g.groups) &&
           convolve(c, axes, false, &g, out);
}

static bool conv_transpose(tb_builtin_call *c, tb_script_value *out)
{
    int axes = c->function->kind;
    geometry g = {.groups = 1};
    return per_axis(c, 3, axes, 1, g.stride) &&
           per_axis(c, 4, axes, 0, g.padding) &&
           per_axis(c, 5, axes, 0, g.more) && tb_arg_int(c, 6, &g.groups) &&
           per_axis(c, 7, axes, 1, g.dilation) &&
           convolve(c, axes, true, &g, out);
}

/* _convolution(x, w, b, stride, padding, dilation, transposed, output_padding,
   groups, ...), as traces write it. */
static bool convolution(tb_builtin_call *c, tb_script_value *out)
{
    geometry g = {.groups = 1};
    bool transposed = false;
    if (!tb_is_tensor(c, 1))
        return tb_refuse(c, "it has no weights");
    int axes = c->arg[1].tensor->rank - 2;
    if (axes != 1 && axes != 2)
        return tb_refuse(c, "a convolution along %d axes", axes);
    return per_axis(c, 3, axes, 1, g.stride) &&
           per_axis(c, 4, axes, 0, g.padding) &&
           per_axis(c, 5, axes, 1, g.dilation) &&
           tb_arg_bool(c, 6, &transposed) && per_axis(c, 7, axes, 0, g.more) &&
           tb_arg_int(c, 8, &g.groups) &&
           convolve(c, axes, transposed, &g, out);
}

static bool embedding(tb_builtin_call *c, tb_script_value *out)
{
    tb_value *table = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *index = tb_arg_value(c, 1, TB_DTYPE_INT64);
    return tb_give(c, out, TB_DTYPE_FLOAT32,
                   table && index ? tb_embedding(table, index) : NULL);
}

/* ---- normalisation ---- */

static bool batch_norm(tb_builtin_call *c, tb_script_value *out)
{
    bool training = false;
    double eps = 1e-5;
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *gain, *bias, *mean, *var;
    if (!tb_arg_optional(c, 1, &gain) || !tb_arg_optional(c, 2, &bias) ||
        !tb_arg_optional(c, 3, &mean) || !tb_arg_optional(c, 4, &var) ||
        !tb_arg_bool(c, 5, &training) || !tb_arg_real(c, 7, &eps))
        return false;
    if (training || !mean || !var)
        return tb_refuse(c, "it is set to learn: the model was not exported "
                            "in evaluation mode");
    return tb_give(c, out, TB_DTYPE_FLOAT32,
                   x ? tb_batch_norm(x, gain, bias, mean, var, 0, eps, false)
                     : NULL);
}

static bool layer_norm(tb_builtin_call *c, tb_script_value *out)
{
    int64_t sizes[TB_RANK];
    int n = 0;
    double eps = 1e-5;
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32), *gain, *bias;
    if (!tb_arg_ints(c, 1, TB_RANK, sizes, &n) ||
        !tb_arg_optional(c, 2, &gain) || !tb_arg_optional(c, 3, &bias) ||
        !tb_arg_real(c, 4, &eps))
        return false;
    if (!x || n > x->rank)
        return tb_give(c, out, TB_DTYPE_FLOAT32, NULL);
    if (n == 1)
        return tb_give(c, out, TB_DTYPE_FLOAT32,
                       tb_layer_norm(x, x->rank - 1, gain, bias, eps));
    unsigned axes = 0;
    for (int i = x->rank - n; i < x->rank; i++)
        axes |= TB_AXIS(i);
    tb_value *y = tb_standardise(x, axes, eps);
    y = y && gain ? tb_mul(y, gain) : y;
    return tb_give(c, out, TB_DTYPE_FLOAT32, y && bias ? tb_add(y, bias) : y);
}

static bool group_norm(tb_builtin_call *c, tb_script_value *out)
{
    int64_t groups = 1;
    double eps = 1e-5;
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32), *gain, *bias;
    return tb_arg_int(c, 1, &groups) && tb_arg_optional(c, 2, &gain) &&
           tb_arg_optional(c, 3, &bias) && tb_arg_real(c, 4, &eps) &&
           tb_give(c, out, TB_DTYPE_FLOAT32,
                   x ? tb_group_norm(x, groups, gain, bias, eps) : NULL);
}

/* instance_norm(x, gain, bias, mean, var, of the input, momentum, eps). */
static bool instance_norm(tb_builtin_call *c, tb_script_value *out)
{
    bool own = true;
    double eps = 1e-5;
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *gain, *bias, *mean, *var;
    if (!tb_arg_optional(c, 1, &gain) || !tb_arg_optional(c, 2, &bias) ||
        !tb_arg_optional(c, 3, &mean) || !tb_arg_optional(c, 4, &var) ||
        !tb_arg_bool(c, 5, &own) || !tb_arg_real(c, 7, &eps))
        return false;
    if (!x || x->rank < 2 || (!own && (!mean || !var)))
        return tb_refuse(c, "it needs channels of a batch");
    return tb_give(
        c, out, TB_DTYPE_FLOAT32,
        own ? tb_group_norm(x, x->dim[1], gain, bias, eps)
            : tb_batch_norm(x, gain, bias, mean, var, 0, eps, false));
}

/* e^(x - max) over its sum, or the logarithm of that. */
static bool softmax(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int axis = 0;
    if (!tb_arg_tensor(c, 0, &t) || !tb_arg_axis(c, 1, t->rank, &axis))
        return false;
    tb_dtype type = t->dtype;
    if (c->arg[2].kind == TB_SCRIPT_INT && !tb_arg_dtype(c, 2, &type))
        return false;
    tb_value *x = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    if (!x)
        return tb_give(c, out, TB_DTYPE_FLOAT32, NULL);
    tb_value *z = tb_sub(x, tb_reduce(x, TB_REDUCE_MAX, TB_AXIS(axis), true));
    tb_value *e = tb_map(z, TB_EXP, 0, 0);
    tb_value *sum = tb_sum(e, TB_AXIS(axis), true);
    return tb_give(c, out, type,
                   c->function->kind ? tb_sub(z, tb_map(sum, TB_LOG, 0, 0))
                                     : tb_div(e, sum));
}

/* Models are played, not trained: nothing is dropped. */
static bool dropout(tb_builtin_call *c, tb_script_value *out)
{
    *out = c->arg[0];
    return true;
}

const tb_builtin tb_functions_network[] = {
    {"conv1d", "input weight bias stride padding dilation groups", conv, 1},
    {"conv2d", "input weight bias stride padding dilation groups", conv, 2},
    {"conv_transpose1d",
     "input weight bias stride padding output_padding groups dilation",
     conv_transpose, 1},
    {"conv_transpose2d",
     "input weight bias stride padding output_padding groups dilation",
     conv_transpose, 2},
    {"_convolution",
     "input weight bias stride padding dilation transposed output_padding "
     "groups benchmark deterministic cudnn_enabled allow_tf32",
     convolution, 0},
    {"convolution",
     "input weight bias stride padding dilation transposed output_padding "
     "groups",
     convolution, 0},
    {"embedding", "weight indices padding_idx scale_grad_by_freq sparse",
     embedding, 0},
    {"batch_norm",
     "input weight bias running_mean running_var training momentum eps "
     "cudnn_enabled",
     batch_norm, 0},
    {"instance_norm",
     "input weight bias running_mean running_var use_input_stats momentum eps "
     "cudnn_enabled",
     instance_norm, 0},
    {"layer_norm", "input normalized_shape weight bias eps cudnn_enable",
     layer_norm, 0},
    {"group_norm", "input num_groups weight bias eps cudnn_enabled", group_norm,
     0},
    {"softmax", "self dim dtype", softmax, 0},
    {"_softmax", "self dim half_to_float", softmax, 0},
    {"log_softmax", "self dim dtype", softmax, 1},
    {"dropout", "input p train", dropout, 0},
    {"feature_dropout", "input p train", dropout, 0},
    {NULL, NULL, NULL, 0},
};
