#include "check.h"
#include "golden/reduce.h"

typedef struct reduce_how {
    tb_reduction kind;
    unsigned axes;
    bool keep;
} reduce_how;

static tb_value *reduced(tb_value *const *in, const void *how)
{
    const reduce_how *h = how;
    return tb_reduce(in[0], h->kind, h->axes, h->keep);
}

static tb_value *norm1(tb_value *const *in, const void *how)
{
    const reduce_how *h = how;
    return tb_norm(in[0], 1, h->axes, h->keep);
}

static tb_value *norm2(tb_value *const *in, const void *how)
{
    const reduce_how *h = how;
    return tb_norm(in[0], 2, h->axes, h->keep);
}

static tb_value *variance(tb_value *const *in, const void *how)
{
    const reduce_how *h = how;
    return tb_var(in[0], h->axes, false, h->keep);
}

static tb_value *unbiased(tb_value *const *in, const void *how)
{
    const reduce_how *h = how;
    return tb_var(in[0], h->axes, true, h->keep);
}

static tb_value *expand(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_expand(in[0], tb_dims(2, 3, 4));
}

static tb_value *expand_frames(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_expand(in[0], tb_dims(3, 2, in[0]->dim[2]));
}

static tb_value *expand_as(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_mul(tb_expand_as(in[0], in[1]), in[1]);
}

static tb_value *sum_to(tb_value *const *in, const void *how)
{
    (void)how;
    tb_value *one = tb_slice(tb_slice(in[0], 0, 0, 1, 1), 1, 0, 1, 1);
    return tb_sum_to(in[0], tb_reshape(one, tb_dims(1, one->dim[2])));
}

#define CASE(build, kind, axes, keep)                                          \
    build, &(const reduce_how){kind, axes, keep}, {{3, {2, 3, TB_FRAMES}}}, 4, \
        (axes)&TB_AXIS(2) ? CHECK_OFFLINE : 0
#define REDUCED(kind, axes, keep) CASE(reduced, TB_REDUCE_##kind, axes, keep)

static const check_case cases[] = {
    {"sum channels", REDUCED(SUM, TB_AXIS(1), false)},
    {"sum kept", REDUCED(SUM, TB_AXIS(0) | TB_AXIS(1), true)},
    {"sum time", REDUCED(SUM, TB_AXIS(2), false)},
    {"sum all", REDUCED(SUM, TB_ALL_AXES, false)},
    {"mean channels", REDUCED(MEAN, TB_AXIS(1), true)},
    {"mean time", REDUCED(MEAN, TB_AXIS(0) | TB_AXIS(2), true)},
    {"max channels", REDUCED(MAX, TB_AXIS(1), false)},
    {"max time", REDUCED(MAX, TB_AXIS(1) | TB_AXIS(2), false)},
    {"min channels", REDUCED(MIN, TB_AXIS(0) | TB_AXIS(1), false)},
    {"norm1", CASE(norm1, 0, TB_AXIS(1), false)},
    {"norm2", CASE(norm2, 0, TB_AXIS(1), false)},
    {"norm2 time", CASE(norm2, 0, TB_AXIS(0) | TB_AXIS(2), true)},
    {"var", CASE(variance, 0, TB_AXIS(1), false)},
    {"var unbiased", CASE(unbiased, 0, TB_AXIS(1) | TB_AXIS(2), true)},
    {"expand", expand, NULL, {{2, {3, 1}}}, 0, 0},
    {"expand frames", expand_frames, NULL, {{3, {3, 1, TB_FRAMES}}}, 4, 0},
    {"expand as",
     expand_as,
     NULL,
     {{3, {2, 1, 1}}, {3, {2, 3, TB_FRAMES}}},
     4,
     0},
    {"sum to", sum_to, NULL, {{3, {2, 3, TB_FRAMES}}}, 4, 0},
};

/* Slopes at the points where they are a convention: equal elements share the
   gradient of their maximum, a norm of zeros has none. */
static void check_conventions(void)
{
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(4));
    subject_out(&s, CHECK_SEED, tb_reduce(x, TB_REDUCE_MAX, 1, false));
    subject_out(&s, CHECK_SEED, tb_norm(x, 2, 1, false));
    if (subject_run(&s, 1)) {
        const tb_tensor *dx = tb_plan_tensor(s.plan, s.din[0]);
        for (int64_t i = 0; i < 4; i++)
            *element(tb_plan_tensor(s.plan, x), i) = 0;
        tb_plan_run(s.plan, 0, NULL);
        for (int64_t i = 0; i < 4; i++)
            NEAR(*element(dx, i), noise(CHECK_SEED, 0) / 4, 0);
    }
    subject_free(&s);
}

static void check_refusals(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, 3));
    OK(!tb_sum(NULL, 1, false) && !tb_expand_as(x, NULL));
    OK(tb_sum(x, 0, false) == x);
    OK(tb_sum_to(x, x) == x);
    tb_value *one = tb_reshape(x, tb_dims(1, 2, 3));
    OK(tb_mean(one, TB_AXIS(0), true) == one);
    OK(tb_sum(one, TB_AXIS(0), false)->node->op == &tb_op_reshape);
    OK(tb_norm(one, 2, TB_AXIS(0), true) != one);
    OK(tb_graph_check(g, NULL) == TB_OK);
    OK(!tb_expand(x, tb_dims(TB_FRAMES, 2, 3)));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
    g = tb_graph_new();
    x = tb_input(g, "x", TB_REAL, tb_dims(2, 3));
    OK(!tb_expand(x, tb_dims(4, 3)));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

int main(void)
{
    check_cases(sizeof cases / sizeof *cases, cases, reduce_golden);
    check_conventions();
    check_refusals();
    return tap_done();
}
