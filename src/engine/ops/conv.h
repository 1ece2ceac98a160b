/* Convolutions along one or two axes, as PyTorch defines them (what it calls
   convolution is the correlation y[j] = sum over k of w[k] x[j*stride + k]).
   Axis 2 may count frames, axis 3 never does; channels lie last in memory.

   Every output element is one chain of multiply-adds: first the bias, then
   tap by tap, and in each tap channel by channel. */
#ifndef TB_ENGINE_OPS_CONV_H
#define TB_ENGINE_OPS_CONV_H

#include "engine/op.h"

/* How the kernel lies on the signal, for axes 2 and 3. */
typedef struct tb_conv_attr {
    int axes; /* 1 or 2 */
    int64_t stride[2], dilation[2];
    int64_t left[2], right[2]; /* zeros around the signal; negative: crops */
    int64_t groups;
} tb_conv_attr;

/* One axis, one group; the kernel has `taps` taps. Centred: an output frame
   lies in the middle of what it reads (one frame to the left if that span is
   even). Causal: at its end. Both give as many frames as there are if stride
   is 1. Plain: without padding. */
tb_conv_attr tb_conv_centred(int64_t taps, int64_t stride, int64_t dilation);
tb_conv_attr tb_conv_causal(int64_t taps, int64_t stride, int64_t dilation);
tb_conv_attr tb_conv_plain(int64_t stride, int64_t dilation);

/* x [batch, in, n] or [batch, in, n, m], w [out, in/groups, taps] or
   [out, in/groups, taps, taps], bias [out] or null, which stands for none:
   y [batch, out, n', m'] where n' = floor((n + left + right -
   (taps-1)*dilation - 1)/stride) + 1. */
tb_value *tb_conv(tb_value *x, tb_value *w, tb_value *bias, tb_conv_attr how);

/* The adjoint of tb_conv with the same w and `how`, which is its gradient with
   respect to x (PyTorch's ConvTranspose): x [batch, in, n], w [in, out/groups,
   taps], y [batch, out, n'] where n' = (n-1)*stride + (taps-1)*dilation + 1 -
   left - right. Negative trims add frames. */
tb_value *tb_conv_transposed(tb_value *x, tb_value *w, tb_value *bias,
                             tb_conv_attr how);

/* The gradient of tb_conv with respect to w, whose shape is given: dw[o,c,k] =
   sum over batch and j of dy[b,o,j] x[b,c,j*stride - left + k*dilation]. */
tb_value *tb_conv_wgrad(tb_value *x, tb_value *dy, tb_conv_attr how,
                        tb_shape w);

typedef struct tb_conv_wgrad_attr {
    tb_conv_attr how;
    tb_shape w;
} tb_conv_wgrad_attr;

extern const tb_op tb_op_conv;            /* (x, w[, bias]), tb_conv_attr */
extern const tb_op tb_op_conv_transposed; /* (x, w[, bias]), tb_conv_attr */
extern const tb_op tb_op_conv_wgrad;      /* (x, dy), tb_conv_wgrad_attr */

#endif
