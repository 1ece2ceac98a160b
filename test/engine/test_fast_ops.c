#include "fast_op.h"

#include "engine/ops/linear.h"

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

int main(void)
{
    check_products();
    return tap_done();
}
