#include "fast_op.h"

#include "engine/ops/attention.h"
#include "engine/ops/correlate.h"
#include "engine/ops/fourier.h"
#include "engine/ops/index.h"
#include "engine/ops/linear.h"
#include "engine/ops/loss.h"
#include "engine/ops/matmul.h"
#include "engine/ops/norm.h"
#include "engine/ops/random.h"
#include "engine/ops/rnn.h"
#include "engine/ops/shape.h"
#include "engine/ops/stft.h"

#define T TB_FRAMES
#define CHECK(...) fast_check(&(fast_case){__VA_ARGS__})

static tb_value *linear(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_linear(in[0], in[1], in[2]);
}

static tb_value *unary(tb_value *const *in, const void *how)
{
    const tb_unary_attr *f = how;
    return tb_map(in[0], f->kind, f->a, f->b);
}

static tb_value *binary(tb_value *const *in, const void *how)
{
    return tb_combine(*(const tb_binary *)how, in[0], in[1]);
}

static tb_value *matmul(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_matmul(in[0], in[1]);
}

static void check_matrices(void)
{
    static const tb_shape pairs[][2] = {{{2, {5, 7}}, {2, {7, 70}}},
                                        {{3, {3, 200, 7}}, {2, {7, 9}}},
                                        {{3, {2, T, 7}}, {3, {2, 7, 9}}},
                                        {{4, {2, 1, 5, 7}}, {3, {3, 7, T}}},
                                        {{4, {T, 2, 5, 7}}, {3, {2, 7, 4}}}};
    for (int i = 0; i < 5; i++)
        CHECK("matmul", matmul, .in = {pairs[i][0], pairs[i][1]}, .frames = 17,
              .must = {&tb_op_matmul});
    CHECK("matmul over frames", matmul, .in = {{3, {2, 5, T}}, {3, {2, T, 9}}},
          .frames = 17, .must = {&tb_op_matmul_frames});
}

static tb_value *correlate(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_correlate(in[0], in[1]);
}

/* In tiles and what is left of them, of few and of many taps. */
static void check_filters(void)
{
    static const tb_shape pairs[][2] = {
        {{4, {2, 3, T, 61}}, {4, {2, 3, T, 68}}},
        {{3, {2, T, 5}}, {3, {2, T, 25}}},
        {{3, {T, 3, 8}}, {3, {T, 3, 8}}},
        {{2, {7, 1}}, {2, {7, 9}}}};
    for (int i = 0; i < 4; i++)
        CHECK("correlate", correlate, .in = {pairs[i][0], pairs[i][1]},
              .frames = 17, .must = {&tb_op_correlate});
}

static void check_products(void)
{
    CHECK("linear", linear, .in = {{3, {2, T, 19}}, {2, {21, 19}}, {1, {21}}},
          .frames = 9, .must = {&tb_op_linear, &tb_op_linear_wgrad});
}

static void check_elements(void)
{
    for (tb_binary kind = 0; kind < TB_BINARY_COUNT; kind++) {
        CHECK("binary", binary, .how = &kind,
              .in = {{3, {2, 5, T}}, {3, {2, 1, T}}}, .frames = 23,
              .must = {&tb_op_binary});
        CHECK("binary of rows", binary, .how = &kind,
              .in = {{3, {2, 5, T}}, {2, {5, 1}}}, .frames = 23,
              .must = {&tb_op_binary});
        CHECK("long binary", binary, .how = &kind,
              .in = {{2, {1, T}}, {2, {1, T}}}, .frames = 1100,
              .must = {&tb_op_binary});
    }
    for (tb_unary kind = 0; kind < TB_UNARY_COUNT; kind++)
        CHECK("unary", unary,
              .how = &(tb_unary_attr){.kind = kind, .a = 0.3, .b = 0.4},
              .in = {{3, {2, 5, T}}}, .frames = 23);
    for (int i = 0; i < 3; i++)
        CHECK("unary", unary,
              .how = &(tb_unary_attr){.kind = (tb_unary[]){TB_TANH, TB_LOG,
                                                           TB_SQRT}[i]},
              .in = {{3, {2, 5, T}}}, .frames = 23,
              .must = {&tb_op_unary, &tb_op_unary_grad});
}

/* ---- Fourier transforms ---- */

static const double *window_of(int64_t n)
{
    static double window[64];
    for (int64_t i = 0; i < n; i++)
        window[i] = 0.6 - 0.5 * cos(2 * acos(-1) * (double)i / (double)n);
    return window;
}

static tb_value *fourier(tb_value *const *in, const void *how)
{
    tb_value *x = tb_transpose(in[0], 1, 2);
    tb_value *bins = tb_real_fourier(x, TB_FOURIER_ORTHO);
    bins = tb_fourier(bins, true, TB_FOURIER_BACKWARD);
    return tb_real_fourier_back(bins, *(const int *)how, TB_FOURIER_BACKWARD);
}

static tb_value *stft(tb_value *const *in, const void *how)
{
    const tb_stft_attr *a = how;
    return tb_stft(in[0], a->n_fft, a->hop, window_of(a->n_fft), a->left,
                   a->right);
}

static tb_value *istft(tb_value *const *in, const void *how)
{
    const tb_stft_attr *a = how;
    return tb_istft(in[0], a->n_fft, a->hop, window_of(a->n_fft), a->left,
                    a->right);
}

static void check_transforms(void)
{
    static const tb_stft_attr hows[] = {
        {.n_fft = 16, .hop = 4, .left = 8, .right = 8},
        {.n_fft = 15, .hop = 4, .left = 14, .right = 1},
        {.n_fft = 12, .hop = 12, .left = 0, .right = 0},
        {.n_fft = 64, .hop = 5, .left = 32, .right = 32},
        {.n_fft = 1, .hop = 1, .left = 0, .right = 0},
        {.n_fft = 6, .hop = 9, .left = 3, .right = 3}};
    for (size_t i = 0; i < sizeof hows / sizeof *hows; i++) {
        int64_t bins = hows[i].n_fft / 2 + 1;
        CHECK("fourier", fourier, .how = &(int){i ? 82 : 45},
              .in = {{3, {2, i ? 82 : 45, T}}}, .frames = 19,
              .must = {&tb_op_fourier, &tb_op_real_fourier,
                       &tb_op_real_fourier_back});
        CHECK("stft", stft, .how = &hows[i], .in = {{2, {3, T}}}, .frames = 97,
              .must = {&tb_op_stft, &tb_op_istft});
        CHECK("stft without time", stft, .how = &hows[i], .in = {{2, {3, 97}}},
              .must = {&tb_op_stft, &tb_op_istft});
        CHECK("istft", istft, .how = &hows[i], .in = {{4, {3, bins, T, 2}}},
              .frames = 13, .must = {&tb_op_stft, &tb_op_istft});
        CHECK("istft without time", istft, .how = &hows[i],
              .in = {{4, {3, bins, 13, 2}}},
              .must = {&tb_op_stft, &tb_op_istft});
    }
}

/* ---- tables and functions ---- */

static tb_value *embedding(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_embedding(in[0], in[1]);
}

static tb_value *one_hot(tb_value *const *in, const void *how)
{
    return tb_one_hot(in[0], *(const int *)how);
}

static tb_value *pick(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_pick(in[0], in[1]);
}

static tb_value *gated(tb_value *const *in, const void *how)
{
    return tb_gated(in[0], *(const int *)how);
}

static tb_value *softmax(tb_value *const *in, const void *how)
{
    return tb_softmax(in[0], *(const int *)how);
}

static tb_value *log_softmax(tb_value *const *in, const void *how)
{
    return tb_log_softmax(in[0], *(const int *)how);
}

static tb_value *cross_entropy(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_cross_entropy(in[0], in[1]);
}

static tb_value *dropout(tb_value *const *in, const void *how)
{
    return tb_dropout(in[0], *(const double *)how);
}

static tb_value *draw(tb_value *const *in, const void *how)
{
    return tb_noise(in[0], *(const tb_noise_kind *)how, tb_value_shape(in[0]));
}

static void check_tables(void)
{
    CHECK("embedding", embedding, .in = {{2, {7, 68}}, {3, {2, T, 3}}},
          .frames = 43, .indices = 2, .classes = 7,
          .must = {&tb_op_embedding, &tb_op_embedding_grad});
    CHECK("narrow embedding", embedding, .in = {{2, {4, 1}}, {2, {2, T}}},
          .frames = 43, .indices = 2, .classes = 3,
          .must = {&tb_op_embedding, &tb_op_embedding_grad});
    CHECK("one hot", one_hot, .how = &(int){9}, .in = {{3, {2, T, 3}}},
          .frames = 43, .indices = 1, .classes = 9, .must = {&tb_op_one_hot});
    CHECK("pick", pick, .in = {{4, {2, T, 3, 9}}, {3, {2, T, 3}}}, .frames = 43,
          .indices = 2, .classes = 9, .must = {&tb_op_pick, &tb_op_pick_grad});
}

static void check_rows(void)
{
    CHECK("softmax", softmax, .how = &(int){2}, .in = {{3, {3, T, 21}}},
          .frames = 29, .must = {&tb_op_softmax, &tb_op_softmax_grad});
    CHECK("log softmax", log_softmax, .how = &(int){2}, .in = {{3, {3, T, 21}}},
          .frames = 29, .must = {&tb_op_log_softmax, &tb_op_log_softmax_grad});
    CHECK("softmax of channels", softmax, .how = &(int){1},
          .in = {{3, {3, 5, T}}}, .frames = 29);
    CHECK("cross-entropy", cross_entropy, .in = {{3, {3, T, 21}}, {2, {3, T}}},
          .frames = 29, .indices = 2, .classes = 20,
          .must = {&tb_op_cross_entropy, &tb_op_cross_entropy_grad});
}

static void check_functions(void)
{
    for (int axis = 0; axis < 4; axis++)
        if (axis != 2)
            CHECK("gated", gated, .how = &axis, .in = {{4, {2, 34, T, 6}}},
                  .frames = 19, .must = {&tb_op_gated, &tb_op_gated_grad});
    CHECK("long gated", gated, .how = &(int){1}, .in = {{3, {1, 2, T}}},
          .frames = 1300, .must = {&tb_op_gated, &tb_op_gated_grad});
    CHECK("long tanh", unary, .how = &(tb_unary_attr){.kind = TB_TANH},
          .in = {{3, {1, 2, T}}}, .frames = 1300,
          .must = {&tb_op_unary, &tb_op_unary_grad});
    for (tb_noise_kind kind = TB_UNIFORM_NOISE; kind <= TB_NORMAL_NOISE;
         kind++) {
        CHECK("noise", draw, .how = &kind, .in = {{4, {2, 3, T, 7}}},
              .frames = 60, .must = {&tb_op_noise});
        CHECK("noise of time first", draw, .how = &kind, .in = {{2, {T, 17}}},
              .frames = 60, .must = {&tb_op_noise});
        CHECK("noise without time", draw, .how = &kind, .in = {{2, {9, 17}}},
              .must = {&tb_op_noise});
    }
    CHECK("dropout", dropout, .how = &(double){0.3}, .in = {{4, {2, 3, T, 7}}},
          .frames = 60, .must = {&tb_op_dropout});
    CHECK("dropout without time", dropout, .how = &(double){0.3},
          .in = {{2, {40, 70}}}, .must = {&tb_op_dropout});
}

/* ---- reductions ---- */

static tb_value *reduce(tb_value *const *in, const void *how)
{
    const tb_reduce_attr *a = how;
    return tb_reduce(in[0], a->kind, a->axes, a->keep);
}

/* Few elements that lie together. */
static void check_means_of_few(void)
{
    static const tb_shape shapes[] = {{4, {2, 1, T, 2}},
                                      {4, {2, 3, T, 8}},
                                      {4, {T, 2, 3, 5}},
                                      {4, {2, 3, 17, 4}}};
    for (int i = 0; i < 4; i++)
        for (tb_reduction kind = TB_REDUCE_SUM; kind <= TB_REDUCE_MEAN; kind++)
            CHECK("reduce few", reduce,
                  .how = &(tb_reduce_attr){.kind = kind, .axes = 8},
                  .in = {shapes[i]}, .frames = 37, .must = {&tb_op_reduce});
}

static void check_reductions(void)
{
    for (tb_reduction kind = 0; kind < TB_REDUCTION_COUNT; kind++)
        for (unsigned axes = 1; axes < 16; axes++) {
            bool time = axes & 4;
            bool fast = kind != TB_REDUCE_MAX && kind != TB_REDUCE_MIN;
            const tb_op *grad =
                time ? &tb_op_reduce_grad_time : &tb_op_reduce_grad;
            CHECK("reduce", reduce,
                  .how = &(tb_reduce_attr){.kind = kind,
                                           .axes = axes,
                                           .keep = axes & 2},
                  .in = {{4, {2, 3, T, 70}}}, .frames = 37,
                  .must = {fast && time ? &tb_op_reduce_time : NULL,
                           fast && !time ? &tb_op_reduce : NULL,
                           fast ? grad : NULL});
        }
}

/* ---- recurrence and draws ---- */

static tb_value *rnn(tb_value *const *in, const void *how)
{
    tb_rnn_kind kind = *(const tb_rnn_kind *)how;
    return tb_rnn(kind, in[0], in[1], in[2], in[3],
                  kind == TB_RNN_LSTM ? in[4] : NULL)
        .y;
}

/* Some rows draw from all, some from the likeliest. */
static tb_value *sample(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_sample(tb_map(in[0], TB_AFFINE, 3, 0),
                     tb_map(in[1], TB_AFFINE, 0.5, 0.9),
                     tb_map(in[2], TB_AFFINE, 10, 2), in[3]);
}

static void check_draws(void)
{
    CHECK("sample", sample,
          .in = {{3, {9, T, 21}}, {1, {9}}, {1, {9}}, {1, {9}}}, .frames = 14,
          .must = {&tb_op_sample});
}

static void check_cells(void)
{
    for (tb_rnn_kind kind = 0; kind <= TB_RNN_GRU; kind++) {
        int64_t gates = 19 * tb_rnn_gates(kind);
        CHECK("rnn", rnn, .how = &kind,
              .in = {{3, {5, T, gates}},
                     {2, {gates, 19}},
                     {1, {gates}},
                     {2, {5, 19}},
                     {2, {5, 19}}},
              .frames = 12, .must = {&tb_op_rnn, &tb_op_rnn_grad});
        CHECK("rnn of several steps", rnn, .how = &kind,
              .in = {{4, {5, T, 3, gates}},
                     {2, {gates, 19}},
                     {1, {gates}},
                     {2, {5, 19}},
                     {2, {5, 19}}},
              .frames = 7, .must = {&tb_op_rnn, &tb_op_rnn_grad});
        CHECK("rnn of frames apart", rnn, .how = &kind,
              .in = {{4, {5, T, 3, gates}},
                     {2, {gates, 19}},
                     {1, {gates}},
                     {3, {5, T, 19}},
                     {3, {5, T, 19}}},
              .frames = 7, .must = {&tb_op_rnn_apart, &tb_op_rnn_grad});
    }
}

/* ---- attention ---- */

static tb_value *attention(tb_value *const *in, const void *how)
{
    return tb_attention(in[0], in[1], in[2], in[3],
                        *(const tb_attention_attr *)how);
}

static void check_attention(void)
{
    static const tb_attention_attr hows[] = {
        {true, 9, TB_ATTENTION_PLAIN, 0}, {true, 50, TB_ATTENTION_ALIBI, 0},
        {true, 0, TB_ATTENTION_ALIBI, 0}, {false, 0, TB_ATTENTION_PLAIN, 0},
        {true, 0, TB_ATTENTION_PLAIN, 0}, {true, 9, TB_ATTENTION_PLAIN, 35},
        {true, 37, TB_ATTENTION_ALIBI, 3}};
    for (int i = 0; i < 7; i++) {
        const tb_op *op =
            hows[i].window ? &tb_op_attention : &tb_op_attention_time;
        CHECK("attention", attention, .how = &hows[i],
              .in = {{4, {2, T, 4, 5}}, {4, {2, T, 2, 5}}, {4, {2, T, 2, 18}}},
              .frames = 77, .must = {op, &tb_op_attention_grad});
        CHECK(
            "attention without time", attention, .how = &hows[i],
            .in = {{4, {2, 39, 2, 5}}, {4, {2, 39, 2, 5}}, {4, {2, 39, 2, 3}}},
            .must = {&tb_op_attention, &tb_op_attention_grad});
    }
    for (int skip = 0; skip < 80; skip += 25)
        CHECK("attention with a table", attention,
              .how = &(tb_attention_attr){true, 9, TB_ATTENTION_RELATIVE, skip},
              .in = {{4, {2, T, 4, 5}},
                     {4, {2, T, 2, 5}},
                     {4, {2, T, 2, 18}},
                     {2, {4, 9}}},
              .frames = 77, .must = {&tb_op_attention, &tb_op_attention_grad});
}

/* ---- normalisation ---- */

static tb_value *standardise(tb_value *const *in, const void *how)
{
    return tb_standardise(in[0], *(const unsigned *)how, 1e-5);
}

static tb_value *batch_norm(tb_value *const *in, const void *how)
{
    tb_shape shape = tb_dims(in[0]->dim[1]);
    tb_value *mean = tb_state(in[0]->graph, "mean", TB_REAL, shape, 0);
    tb_value *var = tb_state(in[0]->graph, "var", TB_REAL, shape, 1);
    (void)how;
    return tb_batch_norm(in[0], in[1], in[2], mean, var, 0.1, 1e-5, true);
}

static tb_value *weight_norm(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_weight_norm(in[0], in[1]);
}

static void check_norms(void)
{
    for (unsigned axes = 1; axes < 8; axes++) {
        bool over_time = axes & 4;
        CHECK("standardise", standardise, .how = &axes, .in = {{3, {3, 70, T}}},
              .frames = 83,
              .must = {over_time ? &tb_op_standardise_time : &tb_op_standardise,
                       over_time ? &tb_op_standardise_grad_time
                                 : &tb_op_standardise_grad});
    }
    CHECK("standardise groups", standardise, .how = &(unsigned){12},
          .in = {{4, {2, 3, 5, T}}}, .frames = 83,
          .must = {&tb_op_standardise_time, &tb_op_standardise_grad_time});
    CHECK("standardise long rows", standardise, .how = &(unsigned){2},
          .in = {{2, {2, 5000}}},
          .must = {&tb_op_standardise, &tb_op_standardise_grad});
    CHECK("batch norm", batch_norm,
          .in = {{3, {3, 70, T}}, {1, {70}}, {1, {70}}}, .frames = 83,
          .must = {&tb_op_batch_norm, &tb_op_standardise_grad_time});
    CHECK("weight norm", weight_norm, .in = {{3, {5, 9, 3}}, {3, {5, 1, 1}}},
          .must = {&tb_op_weight_norm, &tb_op_weight_norm_grad});
}

int main(void)
{
    check_cells();
    check_draws();
    check_matrices();
    check_attention();
    check_reductions();
    check_means_of_few();
    check_norms();
    check_elements();
    check_tables();
    check_rows();
    check_functions();
    check_transforms();
    check_products();
    check_filters();
    return tap_done();
}
