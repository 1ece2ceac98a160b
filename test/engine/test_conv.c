#include "golden.h"

#include "engine/ops/conv.h"
#include "streamed.h"

typedef struct conv_case {
    const char *name;
    int64_t x[4], w[4];
    bool bias;
    tb_conv_attr how;
    int64_t n_y;
    const double *y, *dx, *dw, *db;
} conv_case;

#include "golden/conv.h"

static int64_t product(const int64_t *dim)
{
    int64_t n = 1;
    for (int i = 0; i < 4 && dim[i]; i++)
        n *= dim[i];
    return n;
}

/* Axis 2 counts frames, or does not. */
static void check_case(const conv_case *c, bool transposed, bool timed)
{
    subject s = subject_new();
    int rank = 2 + c->how.axes;
    tb_shape xs = tb_dims_of(rank, c->x), ws = tb_dims_of(rank, c->w);
    int64_t out = transposed ? c->w[1] * c->how.groups : c->w[0];
    if (timed)
        xs.dim[2] = TB_FRAMES;
    tb_value *x = subject_in(&s, 1, xs), *w = subject_in(&s, 2, ws);
    tb_value *bias = c->bias ? subject_in(&s, 3, tb_dims(out)) : NULL;
    tb_value *y = transposed ? tb_conv_transposed(x, w, bias, c->how)
                             : tb_conv(x, w, bias, c->how);
    subject_out(&s, 4, y);
    fprintf(stderr, "# %s%s%s\n", transposed ? "transposed, " : "", c->name,
            timed ? ", in time" : "");
    if (subject_run(&s, c->x[2])) {
        const tb_tensor *t = tb_plan_tensor(s.plan, y);
        expect_numbers(t, c->y, c->n_y, "y");
        expect_numbers(tb_plan_tensor(s.plan, s.din[0]), c->dx, product(c->x),
                       "dx");
        expect_numbers(tb_plan_tensor(s.plan, s.din[1]), c->dw, product(c->w),
                       "dw");
        if (bias)
            expect_numbers(tb_plan_tensor(s.plan, s.din[2]), c->db, out, "db");
        subject_differences(&s, c->name);
    }
    subject_free(&s);
}

/* The same settings block by block, over more frames. */
static void check_stream(const conv_case *c, bool transposed, int64_t block)
{
    subject s = subject_new();
    int rank = 2 + c->how.axes;
    tb_shape xs = tb_dims_of(rank, c->x), ws = tb_dims_of(rank, c->w);
    xs.dim[2] = TB_FRAMES;
    tb_value *x = subject_in(&s, 1, xs), *w = subject_in(&s, 2, ws);
    tb_value *y = transposed ? tb_conv_transposed(x, w, NULL, c->how)
                             : tb_conv(x, w, NULL, c->how);
    OK_NAMED(streams_like_offline(&s, y, 37, block), c->name);
    subject_free(&s);
}

/* Gradients of the gradient of x, which does not depend on x. */
static void check_second(const conv_case *c, bool transposed, bool timed)
{
    subject s = subject_new();
    int rank = 2 + c->how.axes;
    tb_shape xs = tb_dims_of(rank, c->x), ws = tb_dims_of(rank, c->w);
    if (timed)
        xs.dim[2] = TB_FRAMES;
    tb_value *x = subject_in(&s, 1, xs), *w = subject_in(&s, 2, ws);
    tb_value *y = transposed ? tb_conv_transposed(x, w, NULL, c->how)
                             : tb_conv(x, w, NULL, c->how);
    subject_out(&s, 4, subject_gradient(&s, 3, y, x));
    s.constant = TB_AXIS(0);
    if (subject_run(&s, c->x[2]))
        subject_differences(&s, c->name);
    subject_free(&s);
}

/* Lengths and refusals. */
static void check_lengths(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(1, 2, 10));
    tb_value *w = tb_param(g, "w", tb_dims(3, 2, 4));
    tb_value *t = tb_param(g, "t", tb_dims(2, 3, 4));
    EQ(tb_conv(x, w, NULL, tb_conv_centred(4, 1, 2))->dim[2], 10);
    EQ(tb_conv(x, w, NULL, tb_conv_causal(4, 1, 3))->dim[2], 10);
    EQ(tb_conv(x, w, NULL, tb_conv_plain(3, 1))->dim[2], 3);
    EQ(tb_conv_transposed(x, t, NULL, tb_conv_plain(3, 1))->dim[2], 31);
    OK(tb_graph_check(g, NULL) == TB_OK);
    OK(!tb_conv(x, t, NULL, tb_conv_plain(1, 1)));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
    g = tb_graph_new();
    x = tb_input(g, "x", TB_REAL, tb_dims(1, 2, 3));
    w = tb_param(g, "w", tb_dims(3, 2, 4));
    OK(!tb_conv(x, w, NULL, tb_conv_plain(1, 1)));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

#define COUNT(a) (sizeof(a) / sizeof *(a))

int main(void)
{
    for (int timed = 0; timed < 2; timed++) {
        for (size_t i = 0; i < COUNT(conv_cases); i++) {
            check_case(&conv_cases[i], false, timed);
            check_second(&conv_cases[i], false, timed);
        }
        for (size_t i = 0; i < COUNT(transposed_cases); i++) {
            check_case(&transposed_cases[i], true, timed);
            check_second(&transposed_cases[i], true, timed);
        }
    }
    for (int64_t block = 1; block <= 8; block += 7) {
        for (size_t i = 0; i < COUNT(conv_cases); i++)
            check_stream(&conv_cases[i], false, block);
        for (size_t i = 0; i < COUNT(transposed_cases); i++)
            check_stream(&transposed_cases[i], true, block);
    }
    check_lengths();
    return tap_done();
}
