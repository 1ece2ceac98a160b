#include "fast_op.h"

#include "engine/ops/conv.h"

#define T TB_FRAMES
#define CHECK(...) fast_check(&(fast_case){__VA_ARGS__})

static tb_value *conv(tb_value *const *in, const void *how)
{
    return tb_conv(in[0], in[1], in[2], *(const tb_conv_attr *)how);
}

static tb_value *transposed(tb_value *const *in, const void *how)
{
    return tb_conv_transposed(in[0], in[1], in[2], *(const tb_conv_attr *)how);
}

static const tb_conv_attr hows[] = {{1, {1, 1}, {1, 1}, {0, 0}, {0, 0}, 1},
                                    {1, {1, 1}, {3, 1}, {6, 0}, {0, 0}, 2},
                                    {1, {3, 1}, {1, 1}, {-1, 0}, {4, 0}, 1},
                                    {1, {2, 1}, {3, 1}, {2, 0}, {2, 0}, 4},
                                    {1, {4, 1}, {2, 1}, {1, 0}, {-1, 0}, 1}};

static void check_lines(void)
{
    for (size_t i = 0; i < sizeof hows / sizeof *hows; i++) {
        int64_t g = hows[i].groups;
        CHECK("conv", conv, .how = &hows[i],
              .in = {{3, {2, 4, T}}, {3, {20, 4 / g, 3}}, {1, {20}}},
              .frames = 220,
              .must = {&tb_op_conv, &tb_op_conv_transposed, &tb_op_conv_wgrad});
        CHECK("conv without time", conv, .how = &hows[i],
              .in = {{3, {2, 4, 60}}, {3, {20, 4 / g, 3}}, {1, {20}}},
              .must = {&tb_op_conv, &tb_op_conv_transposed, &tb_op_conv_wgrad});
        CHECK("transposed", transposed, .how = &hows[i],
              .in = {{3, {2, 4, T}}, {3, {4, 20 / g, 5}}, {1, {20}}},
              .frames = 31,
              .must = {&tb_op_conv, &tb_op_conv_transposed, &tb_op_conv_wgrad});
        CHECK("transposed without time", transposed, .how = &hows[i],
              .in = {{3, {2, 4, 31}}, {3, {4, 20 / g, 5}}, {1, {20}}},
              .must = {&tb_op_conv, &tb_op_conv_transposed, &tb_op_conv_wgrad});
    }
}

/* To few channels, where several frames share a row; some are left over, and
   in front of a transposed one's first phase too. */
static const tb_conv_attr narrow[] = {{1, {1, 1}, {1, 1}, {3, 0}, {3, 0}, 1},
                                      {1, {2, 1}, {1, 1}, {6, 0}, {0, 0}, 1},
                                      {1, {4, 1}, {1, 1}, {3, 0}, {2, 0}, 2},
                                      {1, {3, 1}, {1, 1}, {-1, 0}, {5, 0}, 1}};

static void check_narrow(void)
{
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++)
        for (int64_t outs = 2; outs <= 6; outs += 2) {
            int64_t g = narrow[i].groups;
            CHECK("conv to few", conv, .how = &narrow[i],
                  .in = {{3, {2, 6, T}}, {3, {outs, 6 / g, 7}}, {1, {outs}}},
                  .frames = 417,
                  .must = {&tb_op_conv, &tb_op_conv_transposed,
                           &tb_op_conv_wgrad});
            CHECK("transposed to few", transposed, .how = &narrow[i],
                  .in = {{3, {2, 6, T}}, {3, {6, outs / g, 7}}, {1, {outs}}},
                  .frames = 150,
                  .must = {&tb_op_conv, &tb_op_conv_transposed,
                           &tb_op_conv_wgrad});
        }
}

static const tb_conv_attr planes[] = {{2, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 1},
                                      {2, {3, 1}, {1, 1}, {2, 0}, {0, 0}, 1},
                                      {2, {1, 2}, {2, 1}, {2, 4}, {2, 3}, 1},
                                      {2, {2, 3}, {1, 2}, {0, 3}, {1, 4}, 2},
                                      {2, {1, 2}, {1, 3}, {1, 2}, {1, -1}, 1}};

static void check_planes(void)
{
    for (size_t i = 0; i < sizeof planes / sizeof *planes; i++) {
        int64_t g = planes[i].groups;
        CHECK("conv of a plane", conv, .how = &planes[i],
              .in = {{4, {2, 4, T, 11}}, {4, {18, 4 / g, 3, 3}}, {1, {18}}},
              .frames = 40,
              .must = {&tb_op_conv, &tb_op_conv_transposed, &tb_op_conv_wgrad});
        CHECK("conv of a plane without time", conv, .how = &planes[i],
              .in = {{4, {1, 4, 12, 11}}, {4, {18, 4 / g, 3, 3}}, {1, {18}}},
              .must = {&tb_op_conv, &tb_op_conv_transposed, &tb_op_conv_wgrad});
        CHECK("transposed plane", transposed, .how = &planes[i],
              .in = {{4, {2, 4, T, 7}}, {4, {4, 18 / g, 3, 3}}, {1, {18}}},
              .frames = 9,
              .must = {&tb_op_conv, &tb_op_conv_transposed, &tb_op_conv_wgrad});
    }
}

int main(void)
{
    check_lines();
    check_narrow();
    check_planes();
    return tap_done();
}
