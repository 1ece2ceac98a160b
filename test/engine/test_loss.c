#include "check.h"
#include "engine/ops/loss.h"
#include "golden/loss.h"

static tb_value *tripled(tb_value *x)
{
    return tb_scale(x, 3);
}

/* Noise in [-1, 1) becomes 0 ... 4, still real. */
static tb_value *classes(tb_value *x)
{
    return tb_map(tb_map(x, TB_AFFINE, 2.5, 2.5), TB_FLOOR, 0, 0);
}

static tb_value *softmax(tb_value *const *in, const void *how)
{
    return tb_softmax(tripled(in[0]), *(const int *)how);
}

static tb_value *log_softmax(tb_value *const *in, const void *how)
{
    return tb_log_softmax(tripled(in[0]), *(const int *)how);
}

static tb_value *cross_entropy(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_cross_entropy(tripled(in[0]), tb_cast(classes(in[1]), TB_I64));
}

/* Class 0 becomes -100. */
static tb_value *ignoring(tb_value *const *in, const void *how)
{
    (void)how;
    tb_value *t = classes(in[1]);
    tb_value *sign = tb_map(tb_map(t, TB_AFFINE, 1, -0.5), TB_SIGN, 0, 0);
    tb_value *less = tb_map(sign, TB_CLAMP, -1, 0);
    return tb_cross_entropy(in[0],
                            tb_cast(tb_add(t, tb_scale(less, 100)), TB_I64));
}

static tb_value *binary(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_binary_cross_entropy(tripled(in[0]),
                                   tb_map(in[1], TB_AFFINE, 0.5, 0.5));
}

static tb_value *l1(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_l1(in[0], in[1]);
}

static tb_value *l2(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_l2(in[0], in[1]);
}

#define F TB_FRAMES

static const check_case cases[] = {
    {"softmax last", softmax, &(const int){2}, {{3, {2, F, 3}}}, 4, 0},
    {"softmax channels", softmax, &(const int){1}, {{3, {2, 3, F}}}, 4, 0},
    {"log softmax", log_softmax, &(const int){1}, {{3, {2, 3, F}}}, 4, 0},
    {"cross entropy",
     cross_entropy,
     NULL,
     {{3, {2, F, 5}}, {2, {2, F}}},
     4,
     CHECK_INDEX},
    {"cross entropy ignoring",
     ignoring,
     NULL,
     {{3, {2, F, 5}}, {2, {2, F}}},
     4,
     CHECK_INDEX},
    {"binary cross entropy", binary, NULL, {{2, {2, F}}, {2, {2, F}}}, 5, 0},
    {"l1", l1, NULL, {{2, {2, F}}, {2, {2, F}}}, 5, 0},
    {"l2", l2, NULL, {{2, {2, F}}, {2, {2, F}}}, 5, 0},
};

/* Large logits neither overflow nor lose the small ones. */
static void check_range(void)
{
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(3));
    subject_out(&s, CHECK_SEED, tb_log_softmax(x, 0));
    if (subject_run(&s, 1)) {
        const tb_tensor *tx = tb_plan_tensor(s.plan, x);
        const tb_tensor *y = tb_plan_tensor(s.plan, s.out[0]);
        *element(tx, 0) = 1000;
        *element(tx, 1) = -1000;
        *element(tx, 2) = -INFINITY;
        tb_plan_run(s.plan, 0, NULL);
        NEAR(*element(y, 0), 0, 0);
        NEAR(*element(y, 1), -2000, 0);
        OK(*element(y, 2) == -INFINITY);
    }
    subject_free(&s);
}

static void check_refusals(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, F, 5));
    OK(!tb_cross_entropy(x, NULL) && !tb_softmax(NULL, 0));
    OK(tb_graph_check(g, NULL) == TB_OK);
    OK(!tb_cross_entropy(x, tb_input(g, "t", TB_I64, tb_dims(3, F))));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
    g = tb_graph_new();
    x = tb_input(g, "x", TB_REAL, tb_dims(2, F, 5));
    OK(!tb_softmax(x, 1));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

int main(void)
{
    check_cases(sizeof cases / sizeof *cases, cases, loss_golden);
    check_range();
    check_refusals();
    return tap_done();
}
