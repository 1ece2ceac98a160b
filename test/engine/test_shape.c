#include "check.h"
#include "engine/layout.h"
#include "engine/ops/conv.h"
#include "engine/ops/span.h"
#include "engine/order.h"
#include "golden/shape.h"

/* Builders of the cases below; `x` and `y` are their inputs. */
#define BUILD(name, expression)                                                \
    static tb_value *name(tb_value *const *in, const void *how)                \
    {                                                                          \
        tb_value *x = in[0];                                                   \
        (void)how;                                                             \
        return expression;                                                     \
    }

static tb_value *span_place(const tb_value *x, int64_t to, int64_t from,
                            int64_t count)
{
    const int64_t place[] = {to, from, count};
    return tb_constant_type(x->graph, TB_I64, tb_dims(3), TB_I64, place);
}

BUILD(reshape, tb_reshape(x, tb_dims(2, 3, x->dim[1], 2)))
BUILD(merge, tb_reshape(x, tb_dims(6, x->dim[2], 2)))
BUILD(across, tb_reshape(x, tb_dims(3, 8)))
BUILD(permute, tb_permute(x, (int[]){1, 2, 0}))
BUILD(transpose_reshape,
      tb_reshape(tb_transpose(x, 0, 1), tb_dims(6, x->dim[2])))
BUILD(transpose_split,
      tb_transpose(tb_reshape(x, tb_dims(2, 3, x->dim[1])), 0, 1))
BUILD(slice, tb_slice(x, 1, 1, 7, 2))
BUILD(slice_slice, tb_slice(tb_slice(x, 1, 1, 7, 2), 1, 1, 2, 1))
BUILD(pad_channels, tb_pad(x, 1, 1, 2))
BUILD(crop_channels, tb_pad(x, 1, -1, -1))
BUILD(pad_and_crop, tb_pad(x, 1, -2, 1))
BUILD(pad_time, tb_pad(x, 2, 2, 1))
BUILD(crop_time, tb_pad(x, 2, -2, -1))
BUILD(shift_time, tb_pad(x, 2, 2, -3))
BUILD(pad_crop_pad, tb_pad(tb_pad(x, 1, -2, 0), 1, 3, 1))
BUILD(concat, tb_concat(3, (tb_value *[]){x, in[1], in[2]}, 1))
BUILD(concat_many, tb_concat(19,
                             (tb_value *[]){x, x, x, x, x, x, x, x, x, x, x, x,
                                            x, x, x, x, x, x, x},
                             0))
BUILD(repeat, tb_repeat(x, 3))
BUILD(fold, tb_fold(x, 3))
BUILD(unfold, tb_unfold(x))
BUILD(unfold_fold, tb_unfold(tb_fold(x, 2)))
BUILD(alternate, tb_alternate(x, 1))
BUILD(roll, tb_roll(x, 1, 2))
BUILD(roll_back, tb_roll(x, 1, -1))
BUILD(flip, tb_flip(x, 1))
BUILD(as_strided, tb_as_strided(x, tb_dims(2, 3), (int64_t[]){6, 2}, 2))
BUILD(as_strided_over, tb_as_strided(x, tb_dims(3, 4), (int64_t[]){2, 1}, 0))
BUILD(write_view, tb_write_view(x, tb_dims(2, 2), (int64_t[]){5, 2}, 1, in[1]))
BUILD(write_span, tb_write_span(x, in[1], span_place(x, 1, 2, 2), 1))
BUILD(write_no_span, tb_write_span(x, in[1], span_place(x, 5, 0, 2), 1))
BUILD(contiguous, tb_contiguous(x))
BUILD(eight_axes,
      tb_permute(tb_reshape(x, tb_dims(2, 1, 3, 1, 2, 1, x->dim[2], 2)),
                 (int[]){7, 2, 1, 0, 3, 6, 5, 4}))

#define F TB_FRAMES

static const check_case cases[] = {
    {"reshape", reshape, NULL, {{3, {6, F, 2}}}, 4, 0},
    {"reshape merge", merge, NULL, {{4, {2, 3, F, 2}}}, 4, 0},
    {"reshape across", across, NULL, {{2, {4, 6}}}, 0, 0},
    {"permute", permute, NULL, {{3, {2, 3, F}}}, 4, 0},
    {"transpose reshape", transpose_reshape, NULL, {{3, {2, 3, F}}}, 4, 0},
    {"transpose split", transpose_split, NULL, {{2, {6, F}}}, 4, 0},
    {"slice", slice, NULL, {{3, {2, 7, F}}}, 3, 0},
    {"slice slice", slice_slice, NULL, {{3, {2, 7, F}}}, 3, 0},
    {"pad channels", pad_channels, NULL, {{3, {2, 3, F}}}, 4, 0},
    {"crop channels", crop_channels, NULL, {{3, {2, 4, F}}}, 3, 0},
    {"pad and crop", pad_and_crop, NULL, {{3, {2, 4, F}}}, 3, 0},
    {"pad time", pad_time, NULL, {{3, {2, 2, F}}}, 4, 0},
    {"crop time", crop_time, NULL, {{3, {2, 2, F}}}, 6, 0},
    {"shift time", shift_time, NULL, {{3, {2, 2, F}}}, 6, 0},
    {"pad crop pad", pad_crop_pad, NULL, {{2, {2, F}}}, 7, 0},
    {"concat",
     concat,
     NULL,
     {{3, {2, 1, F}}, {3, {2, 2, F}}, {3, {2, 3, F}}},
     3,
     0},
    {"concat many", concat_many, NULL, {{2, {2, F}}}, 3, 0},
    {"repeat", repeat, NULL, {{3, {2, 2, F}}}, 3, CHECK_TIMED},
    {"fold", fold, NULL, {{3, {2, 2, F}}}, 7, CHECK_TIMED},
    {"unfold", unfold, NULL, {{3, {2, F, 2}}}, 3, CHECK_TIMED},
    {"unfold fold", unfold_fold, NULL, {{3, {2, 2, F}}}, 7, CHECK_TIMED},
    {"alternate", alternate, NULL, {{3, {2, 3, F}}}, 5, CHECK_TIMED},
    {"roll", roll, NULL, {{3, {2, 5, F}}}, 2, 0},
    {"roll back", roll_back, NULL, {{3, {2, 5, F}}}, 2, 0},
    {"flip", flip, NULL, {{3, {2, 3, F}}}, 2, 0},
    {"flip time", flip, NULL, {{2, {2, F}}}, 5, CHECK_OFFLINE},
    {"as strided", as_strided, NULL, {{2, {3, 5}}}, 0, 0},
    {"as strided over", as_strided_over, NULL, {{1, {8}}}, 0, 0},
    {"write view", write_view, NULL, {{2, {2, 5}}, {2, {2, 2}}}, 0, 0},
    {"write span", write_span, NULL, {{3, {2, 5, 2}}, {3, {2, 4, 2}}}, 0, 0},
    {"write no span",
     write_no_span,
     NULL,
     {{3, {2, 5, 2}}, {3, {2, 4, 2}}},
     0,
     0},
    {"contiguous", contiguous, NULL, {{3, {2, 3, F}}}, 2, 0},
    {"eight axes", eight_axes, NULL, {{4, {6, 2, F, 2}}}, 3, 0},
};

/* x times what x is: the gradient of the first alone. */
static void check_detach(void)
{
    tb_graph *g = tb_graph_new();
    tb_error error = {0};
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, F)), *dx;
    tb_value *y = tb_sum(tb_mul(x, tb_detach(x)), TB_ALL_AXES, false);
    tb_grad(y, 1, &x, &dx);
    tb_plan_settings how = {.backend = tb_backend_naive64(), .frames = 3};
    tb_output want[] = {{y, NULL}, {dx, NULL}};
    tb_plan *p = tb_plan_new(g, 2, want, &how, &error);
    if (OK(p != NULL)) {
        const tb_tensor *in = tb_plan_tensor(p, x);
        for (int i = 0; i < 6; i++)
            ((double *)
                 in->data)[i / 3 * in->stride[0] + i % 3 * in->stride[1]] = i;
        tb_plan_run(p, 0, NULL);
        const tb_tensor *out = tb_plan_tensor(p, dx);
        NEAR(*(double *)tb_plan_tensor(p, y)->data, 55, 1e-12);
        for (int i = 0; i < 6; i++)
            NEAR(((double *)out
                      ->data)[i / 3 * out->stride[0] + i % 3 * out->stride[1]],
                 i, 1e-12);
    }
    tb_plan_free(p);
    tb_graph_free(g);
}

/* Indices move like numbers; 1.9 becomes 1, -1.9 becomes -1. */
static void check_indices(void)
{
    tb_graph *g = tb_graph_new();
    tb_error error = {0};
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, F));
    tb_value *i =
        tb_transpose(tb_cast(tb_map(x, TB_AFFINE, 10, 0), TB_I64), 0, 1);
    tb_value *same[] = {i, i};
    tb_value *y = tb_cast(tb_slice(tb_concat(2, same, 1), 1, 1, 4, 2), TB_REAL);
    tb_output want = {y, NULL};
    tb_plan_settings settings = {.backend = tb_backend_naive64(), .frames = 5};
    tb_plan *p = tb_plan_new(g, 1, &want, &settings, &error);
    if (OK(p != NULL)) {
        write_noise(tb_plan_tensor(p, x), 1);
        tb_plan_run(p, 0, NULL);
        for (int64_t k = 0; k < 10; k++)
            NEAR(*element(tb_plan_tensor(p, y), k),
                 trunc(10 * noise(1, 5 + k / 2)), 0);
    }
    tb_plan_free(p);
    tb_graph_free(g);
}

/* y = 2 x within zeros, squared in place, times y itself, which is read after
   that. */
static tb_value *within_zeros(tb_value *x)
{
    tb_value *y = tb_scale(x, 2);
    tb_value *around = tb_pad(tb_pad(y, 1, 1, 2), 0, 2, 0);
    tb_value *square = tb_map(around, TB_SQUARE, 0, 0);
    return tb_mul(tb_slice(tb_slice(square, 1, 1, 4, 1), 0, 2, 4, 1), y);
}

/* What is padded is written between the zeros: nothing is copied. */
static void check_pads(const tb_backend *backend)
{
    tb_graph *g = tb_graph_new();
    tb_error error = {0};
    double numbers[6];
    for (int i = 0; i < 6; i++)
        numbers[i] = 1 + i;
    tb_value *y = within_zeros(tb_constant(g, tb_dims(2, 3), numbers));
    tb_value *sum = tb_cast(tb_sum(y, TB_ALL_AXES, false), TB_I64);
    tb_value *edges = tb_pad(tb_map(y, TB_AFFINE, 1, 1), 1, 2, 1);
    edges = tb_cast(tb_sum(edges, TB_ALL_AXES, false), TB_I64);
    tb_output want[] = {{sum, NULL}, {edges, NULL}};
    tb_plan *p = tb_plan_new(g, 2, want,
                             &(tb_plan_settings){.backend = backend}, &error);
    if (OK(p != NULL)) {
        tb_plan_run(p, 0, NULL);
        EQ(*(int64_t *)tb_plan_tensor(p, sum)->data, 8 * 441);
        EQ(*(int64_t *)tb_plan_tensor(p, edges)->data, 8 * 441 + 6);
        EQ(tb_plan_copies(p), 0);
    }
    tb_plan_free(p);
    tb_graph_free(g);
}

/* What a convolution's sums are added to lies as they do. */
static void check_order(void)
{
    enum { MOST = 32 };
    tb_graph *g = tb_graph_new();
    tb_node *nodes[MOST];
    bool keep[MOST] = {false};
    tb_axis_order orders[MOST];
    int n = 0;
    tb_value *past = tb_input(g, "past", TB_REAL, tb_dims(1, 3, 2));
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(1, 3, 8));
    tb_value *w = tb_param(g, "w", tb_dims(3, 3, 1));
    tb_value *y = tb_conv(x, w, NULL, tb_conv_plain(1, 1));
    tb_value *both = tb_concat(2, (tb_value *[]){past, y}, 2);
    tb_add(tb_conv(y, w, NULL, tb_conv_plain(1, 1)),
           tb_slice(both, 2, 0, 8, 1));
    for (tb_node *k = tb_graph_first(g); k && n < MOST; k = k->next)
        nodes[n++] = k;
    tb_order_choose(n, nodes, keep, orders);
    EQ(orders[both->id].axis[2], 1);
    EQ(orders[past->id].axis[2], 2);
    tb_graph_free(g);
}

/* y = 2 x, joined to itself and to numbers, read, squared, and read again after
   the join was written over: 1 ... 6 in, so that all sums are whole. */
static tb_value *joined(tb_value *x)
{
    tb_value *y = tb_scale(x, 2);
    tb_value *all = tb_concat(4, (tb_value *[]){x, y, tb_scale(x, 3), y}, 1);
    tb_value *square = tb_map(all, TB_SQUARE, 0, 0);
    tb_value *again = tb_concat(2, (tb_value *[]){square, tb_scale(y, -1)}, 1);
    return tb_mul(tb_slice(again, 1, 3, 15, 1),
                  tb_concat(4, (tb_value *[]){y, y, x, y}, 1));
}

static int64_t joined_sum(void)
{
    int64_t sum = 0;
    for (int64_t r = 0; r < 2; r++)
        for (int64_t i = 0; i < 12; i++) {
            int64_t x = 3 * r + i % 3 + 1, y = 2 * x;
            int64_t left[] = {y * y, 9 * x * x, y * y, -y};
            int64_t right[] = {y, y, x, y};
            sum += left[i / 3] * right[i / 3];
        }
    return sum;
}

/* What is joined is written in its place at once. */
static void check_joins(const tb_backend *backend)
{
    tb_graph *g = tb_graph_new();
    tb_error error = {0};
    double numbers[] = {1, 2, 3, 4, 5, 6};
    tb_value *x = tb_constant(g, tb_dims(2, 3), numbers);
    tb_value *sum = tb_cast(tb_sum(joined(x), TB_ALL_AXES, false), TB_I64);
    tb_output want = {sum, NULL};
    tb_plan *p = tb_plan_new(g, 1, &want,
                             &(tb_plan_settings){.backend = backend}, &error);
    for (int run = 0; OK(p != NULL) && run < 2; run++) {
        tb_plan_run(p, 0, NULL);
        EQ(*(int64_t *)tb_plan_tensor(p, sum)->data, joined_sum());
    }
    tb_plan_free(p);
    tb_graph_free(g);
}

static void check_join_places(void)
{
    tb_graph *g = tb_graph_new();
    tb_layout l;
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, 3));
    tb_value *y = tb_scale(x, 2);
    tb_value *both = tb_concat(2, (tb_value *[]){x, y}, 1);
    tb_value *z = tb_scale(both, 2);
    OK(tb_layout_init(&l, g, 1, &(tb_layout_output){.value = z}, 1,
                      sizeof(float)));
    EQ(l.root[y->id], both->id);
    EQ(l.offset[y->id], 3 * sizeof(float));
    EQ(l.root[x->id], x->id);
    tb_layout_clear(&l);
    tb_graph_free(g);
}

/* A convolution over what was and what is: its past lies as the plan likes, or
   as it was built. */
static double past_and_now(const tb_backend *backend, bool any_order,
                           int64_t *stride)
{
    tb_graph *g = tb_graph_new();
    tb_error error = {0};
    double numbers[24], weights[18], sum = NAN;
    for (int i = 0; i < 24; i++)
        numbers[i] = noise(1, i);
    for (int i = 0; i < 18; i++)
        weights[i] = noise(2, i);
    tb_value *past = tb_state(g, "past", TB_REAL, tb_dims(1, 3, 2), 0.5);
    tb_value *x = tb_constant(g, tb_dims(1, 3, 8), numbers);
    tb_value *h = tb_add(x, tb_slice(past, 2, 0, 1, 1));
    tb_value *both = tb_concat(2, (tb_value *[]){past, h}, 2);
    tb_value *w = tb_constant(g, tb_dims(2, 3, 3), weights);
    tb_value *y = tb_conv(both, w, NULL, tb_conv_plain(1, 1));
    tb_state_next(past, tb_slice(both, 2, 8, 10, 1));
    if (any_order)
        tb_state_any_order(past);
    tb_value *all = tb_sum(y, TB_ALL_AXES, false);
    tb_output want = {all, NULL};
    tb_plan *p = tb_plan_new(g, 1, &want,
                             &(tb_plan_settings){.backend = backend}, &error);
    for (int run = 0; OK(p != NULL) && run < 3; run++)
        tb_plan_run(p, 0, NULL);
    if (p) {
        *stride = tb_plan_tensor(p, past)->stride[1];
        sum = backend->real_size == sizeof(float)
                  ? *(float *)tb_plan_tensor(p, all)->data
                  : *(double *)tb_plan_tensor(p, all)->data;
    }
    tb_plan_free(p);
    tb_graph_free(g);
    return sum;
}

static void check_states(const tb_backend *backend)
{
    int64_t built = 0, free_stride = 0;
    double sum = past_and_now(backend, false, &built);
    NEAR(past_and_now(backend, true, &free_stride), sum, 0);
    EQ(built, 2);
    EQ(free_stride, 1);
}

/* However many values come together or leave, it is one node. */
static void check_many(void)
{
    enum { MANY = 20 };
    static const tb_op op = {.name = "many"};
    tb_graph *g = tb_graph_new();
    tb_value *x[MANY], *y[MANY];
    for (int i = 0; i < MANY; i++)
        x[i] = tb_input(g, "x", TB_REAL, tb_dims(2, 1 + i));
    tb_value *all = tb_concat(MANY, x, 1);
    OK(tb_has_shape(all, tb_dims(2, MANY * (MANY + 1) / 2)));
    OK(all->node->n_in == MANY && all->node->in[MANY - 1] == x[MANY - 1]);
    tb_node *n = tb_node_new(g, &op, MANY, x, NULL, 0);
    for (int i = 0; i < MANY; i++)
        y[i] = tb_node_output(n, TB_REAL, tb_dims(1 + i));
    OK(n->n_out == MANY);
    for (int i = 0; i < MANY; i++)
        OK(n->out[i] == y[i] && y[i]->slot == i && y[i]->dim[0] == 1 + i);
    tb_graph_free(g);
}

/* Each of these is an error, told once, and gives null. */
static tb_value *refused(int which, tb_value *x)
{
    switch (which) {
    case 0:
        return tb_reshape(x, tb_dims(F, 6));
    case 1:
        return tb_reshape(x, tb_dims(2, 2, F));
    case 2:
        return tb_permute(x, (int[]){0, 0, 1});
    case 3:
        return tb_slice(x, 1, 2, 1, 1);
    case 4:
        return tb_slice(x, 2, 0, 1, 1);
    case 5:
        return tb_pad(x, 1, -2, -2);
    case 6:
        return tb_concat(2, (tb_value *[]){x, x}, 2);
    case 7:
        return tb_fold(x, 0);
    case 8:
        return tb_unfold(x);
    case 9:
        return tb_roll(x, 2, 1);
    case 10:
        return tb_as_strided(x, tb_dims(2), (int64_t[]){1}, 0);
    case 11:
        return tb_as_strided(tb_fill(x->graph, tb_dims(6), 0), tb_dims(3),
                             (int64_t[]){3}, 0);
    case 12:
        return tb_as_strided(tb_fill(x->graph, tb_dims(6), 0), tb_dims(3),
                             (int64_t[]){-1}, 1);
    case 13:
        return tb_write_view(tb_fill(x->graph, tb_dims(6), 0), tb_dims(2, 2),
                             (int64_t[]){1, 1}, 0,
                             tb_fill(x->graph, tb_dims(2, 2), 0));
    case 14:
        return tb_fill(x->graph, (tb_shape){9, {1, 1, 1, 1, 1, 1, 1, 1}}, 0);
    default:
        return tb_flip(x, 3);
    }
}

int main(void)
{
    check_cases(sizeof cases / sizeof *cases, cases, shape_golden);
    check_detach();
    check_indices();
    check_order();
    check_many();
    check_pads(tb_backend_naive64());
    check_pads(tb_backend_cpu());
    for (int i = 0; i < 3; i++) {
        const tb_backend *backend = i == 0   ? tb_backend_naive64()
                                    : i == 1 ? tb_backend_naive()
                                             : tb_backend_cpu();
        check_joins(backend);
        check_states(backend);
    }
    check_join_places();
    check_each_refused(16, refused);
    return tap_done();
}
