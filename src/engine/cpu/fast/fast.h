/* The fast CPU kernels: plain functions over pointers and strides, compiled
   once per instruction set and chosen from a table. They know nothing of
   graphs, allocate nothing, keep no state and may be called by any thread.

   One rule stands above speed: an output element depends on its own operands
   alone, through one chain of operations in a fixed order, whatever the number
   of rows or elements in the call, the tile that computed it, or the block.
   So computing ten rows in one call or in ten gives the same bits. Two tables
   may differ from each other in the last bits.

   Strides (`ld...`: from row to row) count elements and may be any, unless
   stated. Outputs do not overlap inputs unless stated. Counts may be 0. */
#ifndef TB_ENGINE_CPU_FAST_FAST_H
#define TB_ENGINE_CPU_FAST_FAST_H

#include "base/realtime.h"

#include "engine/fft.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TB_PANEL = 16, /* outputs per panel of packed weights */
    TB_GROUP = 4   /* panels of 16 bits that lie side by side */
};

/* Packed weights: [outs / 16, rounded up][tap][in][16], zeros where there is no
   output; 64-byte alignment makes them faster to read. Of those of 16 bits, as
   many panels as make groups lie as [group][tap][in][4][16]: a voice that reads
   them once a sample reads one stream. */
static inline size_t tb_panels(int outs)
{
    return ((size_t)outs + TB_PANEL - 1) / TB_PANEL;
}

static inline size_t tb_packed_size(int outs, int taps, int ins)
{
    return tb_panels(outs) * TB_PANEL * (size_t)taps * (size_t)ins;
}

/* y[row][out] = start + sum over tap, then in, of
                 x[row * ldx + offset(tap) + in] * w[out][tap][in]
   where start is y itself (accumulate), else bias[out], else 0. It serves
   convolutions forward and backward to the data, transposed convolutions,
   linear layers and recurrent steps; work on a part of the panels, or of the
   groups of 16 bits, by moving w, bias and y. */
typedef struct tb_corr {
    const float *x;
    ptrdiff_t ldx;
    ptrdiff_t xtap;           /* offset(tap) = tap * xtap ... */
    const ptrdiff_t *offsets; /* ... or offsets[tap], unless null */
    const void *w;     /* packed: float for `corr`, binary16 for `corr_f16` */
    const float *bias; /* [outs] or null */
    float *y;
    ptrdiff_t ldy;
    int rows, taps, ins, outs;
    bool accumulate;
} tb_corr;

/* dw[out][tap][in] = start + sum over runs and their rows, in order, of
                      x[row * ldx + offset(tap) + in] * dy[row * ldy + out]
   in the layout of packed weights, where start is dw itself (accumulate) or
   0; columns that pad the last panel become 0 (or stay). The gradient of
   `corr` to its weights. */
typedef struct tb_outer_run {
    const float *x, *dy;
} tb_outer_run;

typedef struct tb_outer {
    const tb_outer_run *run;
    ptrdiff_t ldx, xtap;
    const ptrdiff_t *offsets; /* as in tb_corr */
    ptrdiff_t ldy;
    float *dw;
    int runs, rows, taps, ins, outs; /* rows: of each run */
    bool accumulate;
} tb_outer;

/* Weights in a logical layout: element (out, in, tap) lies at
   w + out * by_out + in * by_in + tap * by_tap. PyTorch's [out][in][taps] has
   strides (ins * taps, taps, 1); swap the first two (and outs with ins) for
   the transposed roles, and point w at the last tap with a negative stride to
   reverse time. */
typedef struct tb_weights {
    ptrdiff_t by_out, by_in, by_tap;
    int outs, ins, taps;
} tb_weights;

/* Functions of one value. a and b are parameters. */
typedef enum tb_function {
    TB_MAP_AFFINE, /* a x + b */
    TB_MAP_RELU,
    TB_MAP_LEAKY_RELU, /* x < 0: a x */
    TB_MAP_CLAMP,      /* to [a, b]; the gradient is 1 on the bounds */
    TB_MAP_ABS,        /* gradient 0 at 0 */
    TB_MAP_SQUARE,
    TB_MAP_SQRT,
    TB_MAP_POW, /* x to the power a */
    TB_MAP_EXP,
    TB_MAP_LOG,
    TB_MAP_SIN,
    TB_MAP_COS,
    TB_MAP_TANH,
    TB_MAP_SIGMOID,
    TB_MAP_SILU,      /* x sigmoid(x) */
    TB_MAP_SOFTPLUS,  /* log(1 + exp(a x)) / a; x itself where a x > b */
    TB_MAP_MISH,      /* x tanh(softplus(x)) */
    TB_MAP_ELU,       /* x < 0: a (exp(x) - 1) */
    TB_MAP_GELU,      /* x (1 + erf(x / sqrt 2)) / 2 */
    TB_MAP_GELU_TANH, /* its approximation by tanh */
    TB_MAP_COUNT
} tb_function;

typedef enum tb_binary_op {
    TB_BINARY_ADD,
    TB_BINARY_SUB,
    TB_BINARY_MUL,
    TB_BINARY_DIV,
    TB_BINARY_MIN,
    TB_BINARY_MAX,
    TB_BINARY_OPS
} tb_binary_op;

/* An operand of rows: element (row, col) lies at p + row * ld + col * step,
   where step is 1, or 0 for one value per row; ld 0 repeats a row. */
typedef struct tb_rows {
    const float *p;
    ptrdiff_t ld;
    int step;
} tb_rows;

/* One step of cells over `rows` rows of `units` units. Gates of one row lie
   behind each other, `units` apart; PyTorch's definitions and order. */
typedef struct tb_lstm {
    int rows, units;
    float *gates; /* [rows][4 units]: i, f, g, o; sums in, activated out */
    ptrdiff_t ld_gates;
    const float *c_before;
    ptrdiff_t ld_c_before;
    float *c; /* may be c_before */
    ptrdiff_t ld_c;
    float *h;
    ptrdiff_t ld_h;
} tb_lstm;

typedef struct tb_lstm_back {
    int rows, units;
    const float *gates; /* as activated by the forward step */
    ptrdiff_t ld_gates;
    const float *c_before, *c; /* cell states before and after the step */
    ptrdiff_t ld_c_before, ld_c;
    const float *dh; /* gradient of h, all of it */
    ptrdiff_t ld_dh;
    float *dc; /* in: gradient of c from the next step; out: of c_before */
    ptrdiff_t ld_dc;
    float *dgates; /* of the sums; may be `gates` */
    ptrdiff_t ld_dgates;
} tb_lstm_back;

/* r, z = sigmoid(x + h), n = tanh(x_n + r h_n), h = (1 - z) n + z h_before */
typedef struct tb_gru {
    int rows, units;
    float *x_gates; /* [rows][3 units]: r, z, n from the input, with bias in;
                       activated out */
    ptrdiff_t ld_x_gates;
    const float *h_gates; /* the same from the hidden state; its n is read by
                             the backward step again */
    ptrdiff_t ld_h_gates;
    const float *h_before;
    ptrdiff_t ld_h_before;
    float *h; /* may be h_before */
    ptrdiff_t ld_h;
} tb_gru;

typedef struct tb_gru_back {
    int rows, units;
    const float *gates;   /* x_gates as activated by the forward step */
    const float *h_gates; /* only n is read */
    const float *h_before, *dh;
    ptrdiff_t ld_gates, ld_h_gates, ld_h_before, ld_dh;
    float *dx_gates, *dh_gates; /* may be the arrays they are gradients of */
    ptrdiff_t ld_dx_gates, ld_dh_gates;
    float *dh_before; /* only what does not pass the gates: dh z; may be dh */
    ptrdiff_t ld_dh_before;
} tb_gru_back;

/* Cross-entropy of rows of logits against class numbers. A target outside
   0 ... classes - 1 means: skip the row (loss and gradient 0). */
typedef struct tb_xent {
    int rows, classes;
    const float *logits;
    ptrdiff_t ld;
    const int64_t *target; /* [rows] */
    float *loss;           /* [rows], or null */
    float *dlogits;        /* scale * weight[row] * gradient, or null; may be
                              `logits` */
    ptrdiff_t ld_d;
    float scale;
    const float *weight; /* [rows], or null: 1 */
} tb_xent;

/* Frames of two sounds, of fft->n samples (even) every `hop`, times a window of
   as many: how far the magnitudes X and Y of bins 0 ... n/2 lie apart, and the
   gradient of
       linear/2 sum (X - Y)^2 + logarithmic sum |ln(X + floor) - ln(Y + floor)|
   with respect to y. A frame's numbers depend on that frame alone; what frames
   add to dy is added in their order. */
typedef struct tb_spectral_gap {
    const tb_fft *fft;
    const float *window;
    int frames;
    ptrdiff_t hop;
    const float *x, *y; /* where the first frame begins */
    float *dy;          /* like y, added to; null: not wanted */
    float floor, linear, logarithmic;
    double *squares, *logs; /* [frames]: the two sums, without weights */
    float *scratch;         /* spectral_gap_scratch(fft) floats */
} tb_spectral_gap;

/* Adam with decoupled weight decay: PyTorch's AdamW (Adam when decay is 0).
   correct1 = 1 - beta1^step, correct2 = 1 - beta2^step. */
typedef struct tb_adam {
    float rate, beta1, beta2, epsilon, decay;
    float correct1, correct2;
} tb_adam;

typedef struct tb_fast {
    const char *name; /* as in TIMBREL_BACKEND */
    size_t lanes;     /* of a vector; as many rows a transform treats at once */

    TB_REALTIME void (*corr)(const tb_corr *c);
    /* The bits of `corr` on rounded weights. */
    TB_REALTIME void (*corr_f16)(const tb_corr *c);
    TB_REALTIME void (*outer)(const tb_outer *o, float *scratch);
    /* Floats, any alignment. */
    TB_REALTIME size_t (*outer_scratch)(const tb_outer *o);
    /* out[col] (+)= sum over rows: the gradient of a bias */
    TB_REALTIME void (*column_sums)(int rows, int cols, const float *x,
                                    ptrdiff_t ld, float *out, bool accumulate);

    /* The bits of `corr`, of one vector with rows as they lie:
       y[row] = sum over i of x[row * ldx + i] * w[i], and
       y[i] (+)= sum over rows of p[row] * x[row * ldx + i]. */
    TB_REALTIME void (*dot_rows)(int rows, int n, const float *x, ptrdiff_t ldx,
                                 const float *w, float *y);
    TB_REALTIME void (*weigh_rows)(int rows, int n, const float *p,
                                   const float *x, ptrdiff_t ldx, float *y,
                                   bool accumulate);

    TB_REALTIME void (*pack)(const tb_weights *w, const float *from,
                             float *packed);
    TB_REALTIME void (*pack_f16)(const tb_weights *w, const float *from,
                                 uint16_t *packed);
    TB_REALTIME void (*unpack)(const tb_weights *w, const float *packed,
                               float *to, bool accumulate);
    TB_REALTIME void (*to_half)(size_t n, uint16_t *y, const float *x);
    TB_REALTIME void (*from_half)(size_t n, float *y, const uint16_t *x);

    /* y may be x. TANH with its gradient is all of a plain recurrent cell. */
    TB_REALTIME void (*map)(tb_function kind, size_t n, float *y,
                            const float *x, float a, float b);
    /* dx = dy f'(x), or dx += with accumulate; dx may be dy. y is f(x), which
       SQRT, EXP, TANH and SIGMOID read; the other kinds read x. Null for what
       is not read. */
    TB_REALTIME void (*map_back)(tb_function kind, size_t n, float *dx,
                                 const float *dy, const float *x,
                                 const float *y, float a, float b,
                                 bool accumulate);
    /* y = tanh(x0) sigmoid(x1), and the gradients of both */
    TB_REALTIME void (*gated)(size_t n, float *y, const float *x0,
                              const float *x1);
    TB_REALTIME void (*gated_back)(size_t n, float *d0, float *d1,
                                   const float *dy, const float *x0,
                                   const float *x1);
    /* y[row * ldy + col] = a op b, or += with accumulate; y may be a or b. */
    TB_REALTIME void (*binary)(tb_binary_op op, int rows, int cols, float *y,
                               ptrdiff_t ldy, tb_rows a, tb_rows b,
                               bool accumulate);
    /* y = a x + b y; b = 0: y is not read */
    TB_REALTIME void (*axpby)(size_t n, float *y, float a, const float *x,
                              float b);

    /* Rows of `cols` contiguous values; y may be x, dx may be dy. */
    TB_REALTIME void (*softmax)(int rows, int cols, float *y, ptrdiff_t ldy,
                                const float *x, ptrdiff_t ldx);
    TB_REALTIME void (*log_softmax)(int rows, int cols, float *y, ptrdiff_t ldy,
                                    const float *x, ptrdiff_t ldx);
    TB_REALTIME void (*softmax_back)(int rows, int cols, float *dx,
                                     ptrdiff_t ld_dx, const float *y,
                                     ptrdiff_t ldy, const float *dy,
                                     ptrdiff_t ld_dy);
    TB_REALTIME void (*log_softmax_back)(int rows, int cols, float *dx,
                                         ptrdiff_t ld_dx, const float *y,
                                         ptrdiff_t ldy, const float *dy,
                                         ptrdiff_t ld_dy);
    /* (x - mean) / sqrt(var + eps), with those of each row. */
    TB_REALTIME void (*standardise)(int rows, int cols, float *y, ptrdiff_t ldy,
                                    const float *x, ptrdiff_t ldx, float eps);
    TB_REALTIME void (*standardise_back)(int rows, int cols, float *dx,
                                         ptrdiff_t ld_dx, const float *x,
                                         ptrdiff_t ldx, const float *dy,
                                         ptrdiff_t ld_dy, float eps);
    TB_REALTIME void (*xent)(const tb_xent *x);

    TB_REALTIME void (*lstm)(const tb_lstm *cell);
    TB_REALTIME void (*lstm_back)(const tb_lstm_back *cell);
    TB_REALTIME void (*gru)(const tb_gru *cell);
    TB_REALTIME void (*gru_back)(const tb_gru_back *cell);

    /* Spectrum bins k = 0 ... n/2, interleaved (real, imaginary):
       forward   y_k = w_k sum over t of x_t exp(-2 pi i k t / n)
       back      y_t = sum over k of w_k (Re x_k cos - Im x_k sin)(2 pi k t / n)
       where w_k is `edge` for k = 0 and k = n/2, `inner` between. Forward with
       (1, 1) is the spectrum and back with (1, 1) its adjoint, the gradient;
       back with (1/n, 2/n) is the inverse and forward with (1/n, 2/n) its
       adjoint. Imaginary parts of the edges are written as 0 and not read. */
    TB_REALTIME void (*fft_forward)(const tb_fft *fft, int rows, const float *x,
                                    ptrdiff_t ldx, float *y, ptrdiff_t ldy,
                                    float edge, float inner, float *scratch);
    TB_REALTIME void (*fft_back)(const tb_fft *fft, int rows, const float *x,
                                 ptrdiff_t ldx, float *y, ptrdiff_t ldy,
                                 float edge, float inner, float *scratch);

    /* n complex numbers, real and imaginary parts in turn: y_k = scale times
       sum over t of x_t exp(-2 pi i k t / n), or exp(+2 pi i k t / n) for the
       inverse. */
    TB_REALTIME void (*fft_complex)(const tb_fft *fft, bool inverse, int rows,
                                    const float *x, ptrdiff_t ldx, float *y,
                                    ptrdiff_t ldy, float scale, float *scratch);

    TB_REALTIME void (*spectral_gap)(const tb_spectral_gap *gap);
    /* Floats, any alignment. */
    TB_REALTIME size_t (*spectral_gap_scratch)(const tb_fft *fft);
    /* [frames]: sum X^2 of such frames. */
    TB_REALTIME void (*spectral_energy)(int n, const float *window, int frames,
                                        ptrdiff_t hop, const float *x,
                                        double *energy);

    TB_REALTIME void (*adam)(const tb_adam *a, size_t n, float *p,
                             const float *g, float *m, float *v);
    /* v = momentum v + g, p -= rate v; without momentum v may be null */
    TB_REALTIME void (*sgd)(size_t n, float *p, const float *g, float *v,
                            float rate, float momentum);
    /* y += (1 - keep) (x - y) */
    TB_REALTIME void (*ema)(size_t n, float *y, const float *x, float keep);
    /* In double; the order depends on n alone. */
    TB_REALTIME double (*sum)(size_t n, const float *x);
    TB_REALTIME double (*sum_squares)(size_t n, const float *x);
    TB_REALTIME double (*dot)(size_t n, const float *x, const float *y);
} tb_fast;

extern const tb_fast tb_fast_portable;

/* Table i of those that this processor can run, the best first; null after the
   last. */
const tb_fast *tb_fast_at(int i);

/* The table of that name ("portable", "avx2", "avx512"), or null when there is
   none or this processor cannot run it. */
const tb_fast *tb_fast_named(const char *name);

/* The best table for this processor, or the one that the environment's
   TIMBREL_BACKEND names (an unknown name is passed over); null: "naive". */
const tb_fast *tb_fast_choose(void);

#endif
