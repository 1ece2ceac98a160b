#include "fast_op.h"

#include "engine/ops/linear.h"
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

static tb_value *product(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_mul(in[0], in[1]);
}

static void check_products(void)
{
    CHECK("linear", linear, .in = {{3, {2, T, 19}}, {2, {21, 19}}, {1, {21}}},
          .frames = 9, .must = {&tb_op_linear, &tb_op_linear_wgrad});
    CHECK("product", product, .in = {{3, {2, 5, T}}, {3, {2, 1, T}}},
          .frames = 23, .must = {&tb_op_binary});
    CHECK("tanh", unary, .how = &(tb_unary_attr){.kind = TB_TANH},
          .in = {{3, {2, 5, T}}}, .frames = 23,
          .must = {&tb_op_unary, &tb_op_unary_grad});
}

/* --- Fourier transforms
 * ---------------------------------------------------- */

static const double *window_of(int64_t n)
{
    static double window[64];
    for (int64_t i = 0; i < n; i++)
        window[i] = 0.6 - 0.5 * cos(2 * acos(-1) * (double)i / (double)n);
    return window;
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

int main(void)
{
    check_transforms();
    check_products();
    return tap_done();
}
