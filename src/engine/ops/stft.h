/* Short-time Fourier transforms as ops with gradients. */
#ifndef TB_ENGINE_OPS_STFT_H
#define TB_ENGINE_OPS_STFT_H

#include "engine/op.h"

/* x [batch, n] to [batch, n_fft/2 + 1, frames, 2], real and imaginary parts:
   y[k, j] = sum over i of window[i] x[j*hop - left + i] exp(-2 pi sqrt(-1) k i
   / n_fft), with zeros around x; frames = floor((n + left + right -
   n_fft)/hop) + 1. torch.stft centres with left = right = n_fft/2. `window`
   has n_fft numbers, which are copied. */
tb_value *tb_stft(tb_value *x, int64_t n_fft, int64_t hop, const double *window,
                  int64_t left, int64_t right);

/* The inverse: [batch, n_fft/2 + 1, frames, 2] to [batch, n], n =
   (frames-1)*hop + n_fft - left - right, by overlap and add, divided by the
   sum of the squared windows of the frames that exist (Griffin and Lim 1984,
   equation 6); 0 where that sum is. `left` and `right` cut as much as tb_stft
   put around the signal. */
tb_value *tb_istft(tb_value *x, int64_t n_fft, int64_t hop,
                   const double *window, int64_t left, int64_t right);

/* Each op is the adjoint of the other: plainly (the transform and its
   gradient), or with the weights of the inverse (the inverse and its own). */
typedef struct tb_stft_attr {
    int64_t n_fft, hop, left, right;
    const double *window;
    const double *cosine, *sine; /* of 2 pi i / n_fft */
    bool inverse;                /* with the weights of the inverse */
} tb_stft_attr;

/* For ops: copies the window and makes the tables, in the graph's memory; false
   without memory. */
bool tb_stft_make_tables(tb_graph *g, tb_stft_attr *how);

extern const tb_op tb_op_stft;
extern const tb_op tb_op_istft;

#endif
