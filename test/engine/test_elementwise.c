#include "check.h"
#include "golden/elementwise.h"

typedef struct unary_how {
    double scale, shift; /* brings the noise to where the function is */
    tb_unary_attr f;
} unary_how;

static tb_value *unary(tb_value *const *in, const void *how)
{
    const unary_how *h = how;
    return tb_map(tb_map(in[0], TB_AFFINE, h->scale, h->shift), h->f.kind,
                  h->f.a, h->f.b);
}

typedef struct binary_how {
    tb_binary kind;
    double shift; /* keeps divisors from 0 */
} binary_how;

static tb_value *binary(tb_value *const *in, const void *how)
{
    const binary_how *h = how;
    return tb_combine(h->kind, in[0], tb_map(in[1], TB_AFFINE, 1, h->shift));
}

static tb_value *gated(tb_value *const *in, const void *how)
{
    return tb_gated(in[0], *(const int *)how);
}

static tb_value *snake(tb_value *const *in, const void *how)
{
    return tb_snake(in[0], tb_map(in[1], TB_AFFINE, 1, 2), *(const int *)how);
}

/* Operands of different lengths: the longer one is cut. */
static tb_value *joined(tb_value *const *in, const void *how)
{
    const binary_how *h = how;
    tb_value *late = tb_pad(in[0], 1, -2, 0);
    return tb_combine(h->kind, tb_map(late, TB_SIN, 0, 0),
                      tb_map(in[0], TB_AFFINE, 1, h->shift));
}

/* The divisor has no frames where the gradient of the dividend still has. */
static tb_value *short_divisor(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_div(in[1], tb_map(tb_pad(in[0], 1, 0, -3), TB_AFFINE, 1, 2));
}

/* The gradient of the longer operand is that of the sum itself. */
static tb_value *joined_plain(tb_value *const *in, const void *how)
{
    (void)how;
    return tb_add(tb_pad(in[0], 1, 0, -3), in[1]);
}

#define HOW(type, ...)                                                         \
    &(const type)                                                              \
    {                                                                          \
        __VA_ARGS__                                                            \
    }
#define UNARY(scale, shift, ...)                                               \
    unary, HOW(unary_how, scale, shift, {__VA_ARGS__})
#define TIMED3 {{3, {2, 3, TB_FRAMES}}}, 4, 0
#define BINARY(kind, shift) binary, HOW(binary_how, kind, shift)
#define JOINED(kind)                                                           \
    joined, HOW(binary_how, kind, 2), {{2, {2, TB_FRAMES}}}, 6,                \
        CHECK_TIMED | CHECK_UNGOLDEN

static const check_case cases[] = {
    {"relu", UNARY(3, 0, TB_RELU, 0, 0), TIMED3},
    {"leaky relu", UNARY(3, 0, TB_LEAKY_RELU, 0.2, 0), TIMED3},
    {"tanh", UNARY(3, 0, TB_TANH, 0, 0), TIMED3},
    {"sigmoid", UNARY(3, 0, TB_SIGMOID, 0, 0), TIMED3},
    {"mish", UNARY(3, 0, TB_MISH, 0, 0), TIMED3},
    {"gelu", UNARY(3, 0, TB_GELU, 0, 0), TIMED3},
    {"gelu tanh", UNARY(3, 0, TB_GELU_TANH, 0, 0), TIMED3},
    {"silu", UNARY(3, 0, TB_SILU, 0, 0), TIMED3},
    {"softplus", UNARY(3, 0, TB_SOFTPLUS, 0, 0), TIMED3},
    {"elu", UNARY(3, 0, TB_ELU, 0.7, 0), TIMED3},
    {"abs", UNARY(3, 0, TB_ABS, 0, 0), TIMED3},
    {"exp", UNARY(1, 0, TB_EXP, 0, 0), TIMED3},
    {"log", UNARY(0.5, 1, TB_LOG, 0, 0), TIMED3},
    {"log1p", UNARY(0.5, 0, TB_LOG1P, 0, 0), TIMED3},
    {"pow", UNARY(0.5, 1, TB_POW, 2.5, 0), TIMED3},
    {"reciprocal", UNARY(0.5, 1, TB_POW, -1, 0), TIMED3},
    {"sqrt", UNARY(0.5, 1, TB_SQRT, 0, 0), TIMED3},
    {"sin", UNARY(3, 0, TB_SIN, 0, 0), TIMED3},
    {"cos", UNARY(3, 0, TB_COS, 0, 0), TIMED3},
    {"square", UNARY(3, 0, TB_SQUARE, 0, 0), TIMED3},
    {"clamp", UNARY(3, 0, TB_CLAMP, -1, 0.8), TIMED3},
    {"affine", UNARY(3, 0, TB_AFFINE, -2, 0.5), TIMED3},
    {"sign", UNARY(3, 0, TB_SIGN, 0, 0), TIMED3},
    {"floor", UNARY(3, 0, TB_FLOOR, 0, 0), TIMED3},
    {"round", UNARY(3, 0, TB_ROUND, 0, 0), TIMED3},
    {"add",
     BINARY(TB_ADD, 0),
     {{2, {3, TB_FRAMES}}, {2, {3, TB_FRAMES}}},
     4,
     0},
    {"sub", BINARY(TB_SUB, 0), {{2, {3, TB_FRAMES}}, {2, {3, 1}}}, 4, 0},
    {"mul", BINARY(TB_MUL, 0), {{3, {2, 3, TB_FRAMES}}, {2, {3, 1}}}, 4, 0},
    {"mul outer",
     BINARY(TB_MUL, 0),
     {{3, {1, 3, 1}}, {3, {2, 1, TB_FRAMES}}},
     4,
     0},
    {"mul row", BINARY(TB_MUL, 0), {{1, {3}}, {3, {2, TB_FRAMES, 3}}}, 4, 0},
    {"div", BINARY(TB_DIV, 2), {{2, {3, TB_FRAMES}}, {3, {2, 1, 1}}}, 4, 0},
    {"div by signal",
     BINARY(TB_DIV, 2),
     {{2, {3, 1}}, {2, {1, TB_FRAMES}}},
     4,
     0},
    {"max",
     BINARY(TB_MAX, 0),
     {{2, {3, TB_FRAMES}}, {2, {3, TB_FRAMES}}},
     4,
     0},
    {"min", BINARY(TB_MIN, 0.1), {{2, {3, TB_FRAMES}}, {1, {1}}}, 4, 0},
    {"gated", gated, HOW(int, 1), {{3, {2, 6, TB_FRAMES}}}, 3, 0},
    {"gated last", gated, HOW(int, 2), {{3, {2, TB_FRAMES, 4}}}, 3, 0},
    {"snake", snake, HOW(int, 1), {{3, {2, 3, TB_FRAMES}}, {1, {3}}}, 4, 0},
    {"joined add", JOINED(TB_ADD)},
    {"joined mul", JOINED(TB_MUL)},
    {"joined div", JOINED(TB_DIV)},
    {"joined max", JOINED(TB_MAX)},
    {"short divisor",
     short_divisor,
     NULL,
     {{2, {2, TB_FRAMES}}, {2, {2, TB_FRAMES}}},
     6,
     CHECK_TIMED | CHECK_UNGOLDEN},
    {"joined plain",
     joined_plain,
     NULL,
     {{2, {2, TB_FRAMES}}, {2, {2, TB_FRAMES}}},
     6,
     CHECK_TIMED | CHECK_UNGOLDEN},
};

/* PyTorch gives each of two equal operands half of the gradient. */
static void check_ties(tb_binary kind)
{
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, tb_dims(2, 3));
    tb_value *y = subject_in(&s, 1, tb_dims(2, 3));
    subject_out(&s, CHECK_SEED, tb_combine(kind, x, y));
    if (subject_run(&s, 1))
        for (int i = 0; i < 2; i++)
            for (int64_t k = 0; k < 6; k++)
                NEAR(*element(tb_plan_tensor(s.plan, s.din[i]), k),
                     noise(CHECK_SEED, k) / 2, 0);
    subject_free(&s);
}

static void check_refusals(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", TB_REAL, tb_dims(2, TB_FRAMES));
    OK(!tb_add(x, NULL) && !tb_map(NULL, TB_SIN, 0, 0) && !tb_gated(NULL, 0));
    OK(tb_graph_check(g, NULL) == TB_OK);
    OK(!tb_add(x, tb_input(g, "y", TB_REAL, tb_dims(3, TB_FRAMES))));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
    g = tb_graph_new();
    x = tb_input(g, "x", TB_I64, tb_dims(2, TB_FRAMES));
    OK(!tb_map(x, TB_SIN, 0, 0));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
    g = tb_graph_new();
    x = tb_input(g, "x", TB_REAL, tb_dims(3, TB_FRAMES));
    OK(!tb_gated(x, 0));
    OK(tb_graph_check(g, NULL) == TB_ERR_ARGUMENT);
    tb_graph_free(g);
}

int main(void)
{
    check_cases(sizeof cases / sizeof *cases, cases, elementwise_golden);
    check_ties(TB_MAX);
    check_ties(TB_MIN);
    check_refusals();
    return tap_done();
}
