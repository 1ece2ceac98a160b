#include "fast_op.h"

#include "engine/ops/complex.h"
#include "engine/ops/frames.h"
#include "engine/ops/logic.h"
#include "engine/ops/shape.h"
#include "engine/ops/strided.h"

#define T TB_FRAMES
#define CHECK(...) fast_check(&(fast_case){__VA_ARGS__})

static tb_value *permute(tb_value *const *in, const void *how)
{
    return tb_permute(in[0], how);
}

static tb_value *reshape(tb_value *const *in, const void *how)
{
    return tb_reshape(in[0], *(const tb_shape *)how);
}

static tb_value *slice(tb_value *const *in, const void *how)
{
    const tb_slice_attr *a = how;
    return tb_slice(in[0], a->axis, a->start, in[0]->dim[a->axis], a->step);
}

static tb_value *pad(tb_value *const *in, const void *how)
{
    const tb_pad_attr *a = how;
    return tb_pad(in[0], a->axis, a->left, a->right);
}

static tb_value *concat(tb_value *const *in, const void *how)
{
    return tb_concat(3, in, *(const int *)how);
}

static tb_value *repeat(tb_value *const *in, const void *how)
{
    return tb_repeat(in[0], *(const int *)how);
}

static tb_value *fold(tb_value *const *in, const void *how)
{
    return tb_fold(in[0], *(const int *)how);
}

static tb_value *unfold(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_unfold(in[0]);
}

static tb_value *roll(tb_value *const *in, const void *how)
{
    return tb_roll(in[0], 1, *(const int *)how);
}

static tb_value *flip(tb_value *const *in, const void *how)
{
    return tb_flip(in[0], *(const int *)how);
}

static tb_value *contiguous(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_contiguous(in[0]);
}

static tb_value *index_and_back(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_cast(tb_map(tb_cast(in[0], TB_REAL), TB_AFFINE, 0.7, 0), TB_I64);
}

/* Magnitudes of products where x is above y, else x itself. */
static tb_value *typed(tb_value *const *in, const void *how)
{
    (void)how;
    tb_value *x = in[0], *y = in[1];
    tb_value *z = tb_complex(x, tb_scale(x, 0.5));
    tb_value *high = tb_compare(TB_GT, x, y);
    return tb_where(high, tb_magnitude(tb_mul(z, tb_cast(y, TB_C64))),
                    tb_add(x, tb_cast(tb_compare(TB_LE, y, x), TB_REAL)));
}

static tb_value *expand(tb_value *const *in, const void *how)
{
    return tb_expand(in[0], *(const tb_shape *)how);
}

static tb_value *expand_as(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_expand_as(in[0], in[1]);
}

static tb_value *strided(tb_value *const *in, const void *how)
{
    static const int64_t strides[] = {18, 1, 6};
    (void)how;
    return tb_as_strided(in[0], tb_dims(2, 3, 2), strides, 4);
}

static tb_value *write(tb_value *const *in, const void *how)
{
    static const int64_t strides[] = {18, 1, 6};
    (void)how;
    return tb_write_view(in[0], tb_dims(2, 3, 2), strides, 4, in[1]);
}

static void check_orders(void)
{
    static const int turns[][4] = {
        {0, 2, 1, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {0, 1, 2, 3}};
    for (int i = 0; i < 4; i++) {
        CHECK("permute", permute, .how = turns[i], .in = {{4, {2, 37, T, 19}}},
              .frames = 23, .must = {&tb_op_permute});
        CHECK("permute indices", permute, .how = turns[i],
              .in = {{4, {2, 17, T, 9}}}, .frames = 23, .indices = 1,
              .classes = 99, .must = {&tb_op_permute});
    }
    CHECK("contiguous", contiguous, .in = {{4, {3, 18, T, 70}}}, .frames = 21,
          .must = {&tb_op_contiguous});
    CHECK("indices", index_and_back, .in = {{3, {2, 5, T}}}, .frames = 33,
          .indices = 1, .classes = 200, .must = {&tb_op_cast});
    CHECK("types", typed, .in = {{3, {2, 35, T}}, {2, {35, 1}}}, .frames = 27,
          .must = {&tb_op_where, &tb_op_compare, &tb_op_magnitude,
                   &tb_op_magnitude_grad});
    CHECK("expand", expand, .how = &(tb_shape){4, {2, 5, 70, T}},
          .in = {{3, {5, 1, T}}}, .frames = 13, .must = {&tb_op_expand});
    CHECK("expand along time", expand_as,
          .in = {{3, {5, 1, 1}}, {4, {2, 5, 7, T}}}, .frames = 66,
          .must = {&tb_op_expand_as});
}

static void check_shapes(void)
{
    CHECK("merge", reshape, .how = &(tb_shape){3, {6, T, 35}},
          .in = {{5, {2, 3, T, 5, 7}}}, .frames = 11, .must = {&tb_op_reshape});
    CHECK("split", reshape, .how = &(tb_shape){5, {2, 2, 5, T, 3}},
          .in = {{4, {4, 5, T, 3}}}, .frames = 11, .must = {&tb_op_reshape});
    CHECK("regroup", reshape, .how = &(tb_shape){2, {8, 9}},
          .in = {{3, {4, 6, 3}}}, .must = {&tb_op_reshape});
    CHECK("mix", reshape, .how = &(tb_shape){2, {9, 10}},
          .in = {{3, {5, 6, 3}}});
    CHECK("fold", fold, .how = &(int){4}, .in = {{4, {2, 3, T, 5}}},
          .frames = 30, .must = {&tb_op_fold, &tb_op_unfold});
    CHECK("unfold", unfold, .in = {{4, {2, 3, T, 5}}}, .frames = 7,
          .must = {&tb_op_fold, &tb_op_unfold});
    CHECK("repeat", repeat, .how = &(int){3}, .in = {{4, {2, 3, T, 5}}},
          .frames = 9, .must = {&tb_op_repeat});
}

static void check_regions(void)
{
    static const tb_slice_attr slices[] = {
        {1, 3, 1}, {1, 1, 2}, {0, 1, 1}, {3, 2, 3}};
    static const tb_pad_attr pads[] = {{1, 2, 3},  {2, 4, 0}, {2, -3, 7},
                                       {3, -2, 1}, {0, 0, 2}, {3, -9, 12}};
    for (int i = 0; i < 4; i++)
        CHECK("slice", slice, .how = &slices[i], .in = {{4, {2, 9, T, 8}}},
              .frames = 13, .must = {&tb_op_slice, &tb_op_unslice});
    for (int i = 0; i < 6; i++)
        CHECK("pad", pad, .how = &pads[i], .in = {{4, {2, 9, T, 8}}},
              .frames = 13, .must = {&tb_op_pad});
    CHECK("concat", concat, .how = &(int){1},
          .in = {{3, {2, 5, T}}, {3, {2, 1, T}}, {3, {2, 40, T}}}, .frames = 19,
          .must = {&tb_op_concat, &tb_op_slice});
    CHECK("concat of rows", concat, .how = &(int){0},
          .in = {{3, {2, 5, T}}, {3, {1, 5, T}}, {3, {4, 5, T}}}, .frames = 19,
          .must = {&tb_op_concat, &tb_op_slice});
    CHECK("roll", roll, .how = &(int){3}, .in = {{3, {2, 7, T}}}, .frames = 19,
          .must = {&tb_op_roll});
    CHECK("flip", flip, .how = &(int){1}, .in = {{3, {2, 7, T}}}, .frames = 19,
          .must = {&tb_op_flip});
    CHECK("flip time", flip, .how = &(int){2}, .in = {{3, {2, 7, T}}},
          .frames = 19, .must = {&tb_op_flip_time});
    CHECK("strided", strided, .in = {{3, {2, 3, 8}}});
    CHECK("write", write, .in = {{3, {2, 3, 8}}, {3, {2, 3, 2}}});
}

int main(void)
{
    check_orders();
    check_shapes();
    check_regions();
    return tap_done();
}
