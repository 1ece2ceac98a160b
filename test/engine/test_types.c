/* Values that are not reals: complex numbers, truth values, integers. */
#include "check.h"
#include "engine/element.h"
#include "engine/ops/complex.h"
#include "engine/ops/logic.h"
#include "golden/types.h"

/* Builders of the cases below: z and w are complex, made of their inputs. */
#define BUILD(name, expression)                                                \
    static tb_value *name(tb_value *const *in, const void *how)                \
    {                                                                          \
        tb_value *x = in[0], *y = in[1];                                       \
        (void)how, (void)x, (void)y;                                           \
        return expression;                                                     \
    }

static tb_value *z_of(tb_value *const *in)
{
    return tb_complex(in[0], in[1]);
}

static tb_value *w_of(tb_value *const *in)
{
    return tb_complex(tb_map(in[2], TB_AFFINE, 1, 2), in[3]);
}

static tb_value *above(tb_value *x, double limit)
{
    return tb_compare(TB_GT, x, tb_fill(x->graph, tb_dims_of(0, NULL), limit));
}

/* Integers from -10 to 9. */
static tb_value *whole(tb_value *x)
{
    return tb_cast(tb_scale(x, 10), TB_I64);
}

static tb_value *through(tb_value *const *in, const void *how)
{
    tb_value *x = tb_map(in[0], TB_AFFINE, 50, 60);
    return tb_cast(tb_cast(x, *(const tb_type *)how), TB_REAL);
}

static tb_value *integers(tb_value *const *in, const void *how)
{
    return tb_cast(tb_combine(*(const tb_binary *)how, whole(in[0]),
                              tb_cast(tb_scale(in[1], 3), TB_I64)),
                   TB_REAL);
}

static tb_value *compared(tb_value *const *in, const void *how)
{
    return tb_cast(
        tb_compare(*(const tb_comparison *)how, whole(in[0]), whole(in[1])),
        TB_REAL);
}

BUILD(product, tb_as_real(tb_mul(z_of(in), w_of(in))))
BUILD(quotient, tb_as_real(tb_div(z_of(in), w_of(in))))
BUILD(sum, tb_as_real(tb_add(z_of(in), w_of(in))))
BUILD(difference, tb_as_real(tb_sub(z_of(in), w_of(in))))
BUILD(square, tb_as_real(tb_mul(z_of(in), z_of(in))))
BUILD(scaled, tb_as_real(tb_scale(z_of(in), -3)))
BUILD(magnitude, tb_magnitude(z_of(in)))
BUILD(angle, tb_angle(z_of(in)))
BUILD(conjugate, tb_as_real(tb_mul(tb_conj(z_of(in)), z_of(in))))
BUILD(exponential, tb_as_real(tb_complex_exp(z_of(in))))
BUILD(polar, tb_as_real(tb_polar(tb_map(x, TB_AFFINE, 1, 2), tb_scale(y, 3))))
BUILD(two_parts,
      tb_sub(tb_scale(tb_real_part(z_of(in)), 2), tb_imag_part(z_of(in))))
BUILD(only_real, tb_as_real(tb_mul(tb_complex(x, NULL), tb_complex(x, y))))
BUILD(only_imaginary, tb_as_real(tb_mul(tb_complex(NULL, y), z_of(in))))
BUILD(pairs, tb_magnitude(tb_as_complex(x)))
BUILD(pairs_turned, tb_magnitude(tb_as_complex(tb_transpose(x, 1, 2))))
BUILD(cast_down, tb_cast(z_of(in), TB_REAL))
BUILD(cast_up, tb_as_real(tb_mul(tb_cast(x, TB_C64), z_of(in))))
BUILD(complex_sum, tb_as_real(tb_sum(z_of(in), TB_AXIS(1), false)))
BUILD(complex_mean, tb_as_real(tb_mean(z_of(in), TB_AXIS(0), true)))
BUILD(complex_moves,
      tb_as_real(tb_transpose(
          tb_pad(tb_slice(tb_concat(2, (tb_value *[]){z_of(in), z_of(in)}, 1),
                          1, 1, 5, 2),
                 1, 1, 0),
          0, 1)))
BUILD(complex_strided,
      tb_as_real(tb_as_strided(z_of(in), tb_dims(2, 3), (int64_t[]){2, 1}, 1)))
BUILD(complex_where,
      tb_as_real(tb_where(above(x, 0), z_of(in), tb_scale(z_of(in), 2))))
BUILD(choice, tb_where(tb_compare(TB_LT, x, y), tb_mul(x, y), y))
BUILD(choice_of_number,
      tb_where(above(y, 0.1), x, tb_fill(x->graph, tb_dims_of(0, NULL), 3)))
BUILD(logic, tb_where(tb_or(tb_and(above(x, -0.5), tb_not(above(x, 0.5))),
                            above(y, 0.8)),
                      x, tb_scale(y, 2)))
BUILD(same_complex, tb_cast(tb_compare(TB_EQ, tb_cast(whole(x), TB_C64),
                                       tb_cast(whole(y), TB_C64)),
                            TB_REAL))

#define F TB_FRAMES
#define TWO                                                                    \
    {                                                                          \
        {3, {2, 3, F}},                                                        \
        {                                                                      \
            3,                                                                 \
            {                                                                  \
                2, 3, F                                                        \
            }                                                                  \
        }                                                                      \
    }
#define FOUR                                                                   \
    {                                                                          \
        {3, {2, 3, F}}, {3, {2, 3, F}}, {2, {3, 1}},                           \
        {                                                                      \
            2,                                                                 \
            {                                                                  \
                3, 1                                                           \
            }                                                                  \
        }                                                                      \
    }
#define CASE(name, build)                                                      \
    {                                                                          \
        name, build, NULL, TWO, 4, 0                                           \
    }
#define CASE4(name, build)                                                     \
    {                                                                          \
        name, build, NULL, FOUR, 4, 0                                          \
    }
#define WHOLE(name, build, kind)                                               \
    {                                                                          \
        name, build, &kind, TWO, 4, CHECK_CONSTANT                             \
    }
#define THROUGH(name, type)                                                    \
    {                                                                          \
        name, through, &(tb_type){type}, {{3, {2, 3, F}}}, 4, CHECK_CONSTANT   \
    }

static const check_case cases[] = {
    CASE4("product", product),
    CASE4("quotient", quotient),
    CASE4("sum", sum),
    CASE4("difference", difference),
    CASE("square", square),
    CASE("scaled", scaled),
    CASE("magnitude", magnitude),
    CASE("angle", angle),
    CASE("conjugate", conjugate),
    CASE("exponential", exponential),
    CASE("polar", polar),
    CASE("two parts", two_parts),
    CASE("only real", only_real),
    CASE("only imaginary", only_imaginary),
    {"pairs", pairs, NULL, {{3, {3, F, 2}}}, 4, 0},
    {"pairs turned", pairs_turned, NULL, {{3, {3, 2, F}}}, 4, 0},
    CASE("cast down", cast_down),
    CASE("cast up", cast_up),
    CASE("complex sum", complex_sum),
    CASE("complex mean", complex_mean),
    CASE("complex moves", complex_moves),
    {"complex strided", complex_strided, NULL, {{1, {6}}, {1, {6}}}, 0, 0},
    CASE("complex where", complex_where),
    {"choice", choice, NULL, {{3, {2, 3, F}}, {2, {3, 1}}}, 4, 0},
    {"choice of number", choice_of_number, NULL, TWO, 4, CHECK_INDEX},
    CASE("logic", logic),
    {"same complex", same_complex, NULL, TWO, 4, CHECK_CONSTANT},
    WHOLE("integer sum", integers, (tb_binary){TB_ADD}),
    WHOLE("integer difference", integers, (tb_binary){TB_SUB}),
    WHOLE("integer product", integers, (tb_binary){TB_MUL}),
    WHOLE("integer maximum", integers, (tb_binary){TB_MAX}),
    WHOLE("equal", compared, (tb_comparison){TB_EQ}),
    WHOLE("unequal", compared, (tb_comparison){TB_NE}),
    WHOLE("less", compared, (tb_comparison){TB_LT}),
    WHOLE("less or equal", compared, (tb_comparison){TB_LE}),
    WHOLE("greater", compared, (tb_comparison){TB_GT}),
    WHOLE("greater or equal", compared, (tb_comparison){TB_GE}),
    THROUGH("through f64", TB_F64),
    THROUGH("through f32", TB_F32),
    THROUGH("through f16", TB_F16),
    THROUGH("through i64", TB_I64),
    THROUGH("through i32", TB_I32),
    THROUGH("through u8", TB_U8),
    THROUGH("through bool", TB_BOOL),
    THROUGH("through c64", TB_C64),
};

static double result(tb_graph *g, const tb_value *y, int64_t i)
{
    tb_error error = {0};
    tb_output want = {(tb_value *)y, NULL};
    tb_plan *p = tb_plan_new(
        g, 1, &want, &(tb_plan_settings){.backend = tb_backend_naive64()},
        &error);
    double x = NAN;
    if (OK(p != NULL)) {
        tb_plan_run(p, 0, NULL);
        x = *element(tb_plan_tensor(p, y), i);
    } else {
        fprintf(stderr, "# %s\n", error.text);
    }
    tb_plan_free(p);
    return x;
}

/* Numbers in files, of every type, as values of the types that compute. */
static void check_constants(void)
{
    tb_graph *g = tb_graph_new();
    const uint16_t halves[] = {0x3c00, 0xc000, 0x0001, 0x7bff};
    const double expected[] = {1, -2, 0x1p-24, 65504};
    const uint8_t bytes[] = {0, 7, 255};
    const int32_t ints[] = {-5, 9};
    const int64_t large[] = {INT64_MAX - 1, INT64_MAX};
    const float pairs[] = {1, 2, -3, 4};
    tb_shape n2 = tb_dims(2);
    tb_value *y = tb_constant_type(g, TB_REAL, tb_dims(4), TB_F16, halves);
    for (int i = 0; i < 4; i++)
        NEAR(result(g, y, i), expected[i], 0);
    y = tb_constant_type(g, TB_BOOL, tb_dims(3), TB_U8, bytes);
    for (int i = 0; i < 3; i++)
        NEAR(result(g, tb_cast(y, TB_REAL), i), i > 0, 0);
    y = tb_constant_type(g, TB_I64, n2, TB_I32, ints);
    for (int i = 0; i < 2; i++)
        NEAR(result(g, tb_cast(y, TB_REAL), i), ints[i], 0);
    y = tb_constant_type(g, TB_I64, n2, TB_I64, large);
    tb_value *one = tb_fill_type(g, TB_I64, tb_dims(1), 1);
    y = tb_sub(tb_slice(y, 0, 1, 2, 1), tb_slice(y, 0, 0, 1, 1));
    NEAR(result(g, tb_cast(tb_add(y, one), TB_REAL), 0), 2, 0);
    y = tb_as_real(tb_constant_type(g, TB_C64, n2, TB_C64, pairs));
    for (int i = 0; i < 4; i++)
        NEAR(result(g, y, i), pairs[i], 0);
    tb_graph_free(g);
}

/* Rounded down, and by 0 it is 0. */
static void check_floor(void)
{
    tb_graph *g = tb_graph_new();
    const int64_t x[] = {7, -7, 7, -7, 6, 5, INT64_MIN};
    const int64_t y[] = {2, 2, -2, -2, 3, 0, -1};
    const double z[] = {3, -4, -4, 3, 2, 0, (double)INT64_MIN};
    tb_value *a = tb_constant_type(g, TB_I64, tb_dims(7), TB_I64, x);
    tb_value *b = tb_constant_type(g, TB_I64, tb_dims(7), TB_I64, y);
    for (int i = 0; i < 7; i++)
        NEAR(result(g, tb_cast(tb_div(a, b), TB_REAL), i), z[i], 0);
    tb_graph_free(g);
}

/* Of negative numbers, too; one operand may be spread over the other. */
static void check_bits(void)
{
    tb_graph *g = tb_graph_new();
    const int64_t x[] = {12, -1, INT64_MIN, 0}, y[] = {10};
    const double z[3][4] = {{8, 10, 0, 0},
                            {14, -1, (double)INT64_MIN, 10},
                            {6, -11, (double)INT64_MIN, 10}};
    tb_value *a = tb_constant_type(g, TB_I64, tb_dims(4), TB_I64, x);
    tb_value *b = tb_constant_type(g, TB_I64, tb_dims(1), TB_I64, y);
    for (int kind = TB_BITS_AND; kind <= TB_BITS_XOR; kind++)
        for (int i = 0; i < 4; i++)
            NEAR(result(g, tb_cast(tb_bits((tb_bit_logic)kind, a, b), TB_REAL),
                        i),
                 z[kind][i], 0);
    tb_graph_free(g);
}

/* Nothing but "unequal" holds for what is no number. */
static void check_nan(void)
{
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_constant(g, tb_dims(1), (const double[]){NAN});
    for (int kind = TB_EQ; kind <= TB_GE; kind++) {
        tb_value *y = tb_cast(tb_compare((tb_comparison)kind, x, x), TB_REAL);
        NEAR(result(g, y, 0), kind == TB_NE, 0);
    }
    tb_graph_free(g);
}

/* Binary16 and back: all halves, and the middle between two goes to even. */
static void check_halves(void)
{
    int kept = 0;
    for (unsigned h = 0; h < 65536; h++) {
        float x = tb_half_to_float((uint16_t)h);
        kept += isnan(x) || tb_half_of(x) == h;
    }
    EQ(kept, 65536);
    OK(tb_half_of(1 + 0x1p-11f) == 0x3c00);
    OK(tb_half_of(1 + 3 * 0x1p-11f) == 0x3c02);
    OK(tb_half_of(65519) == 0x7bff && tb_half_of(65520) == 0x7c00);
    OK(tb_half_of(0x1p-25f) == 0 && tb_half_of(0x1.8p-25f) == 1);
    OK(isnan(tb_half_to_float(tb_half_of(NAN))));
}

/* States of truth and of complex numbers: in the first run x as it is, later
   turned by a quarter each time. */
static tb_value *turning(tb_graph *g, tb_value *x, tb_shape one)
{
    const float i[] = {0, 1};
    tb_value *started = tb_state(g, "started", TB_BOOL, one, 0);
    tb_value *turn = tb_state(g, "turn", TB_C64, one, 1);
    tb_value *quarter = tb_constant_type(g, TB_C64, one, TB_C64, i);
    tb_state_next(started, tb_fill_type(g, TB_BOOL, one, 1));
    tb_state_next(turn, tb_mul(turn, quarter));
    tb_value *z = tb_mul(tb_cast(x, TB_C64), turn);
    return tb_where(started, tb_real_part(z), tb_scale(x, 100));
}

static void check_states(const tb_backend *backend)
{
    static const double expected[] = {100, 0, -1, 0, 1, 0};
    tb_error error = {0};
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_fill(g, tb_dims(1), 1);
    tb_value *y = turning(g, x, tb_dims(1));
    tb_output want = {y, NULL};
    tb_plan *p = tb_plan_new(g, 1, &want,
                             &(tb_plan_settings){.backend = backend}, &error);
    for (int k = 0; OK(p != NULL) && k < 9; k++) {
        const tb_tensor *t = tb_plan_tensor(p, y);
        if (k == 3)
            tb_plan_reset(p);
        tb_plan_run(p, 0, NULL);
        NEAR(backend->real_size == sizeof(float) ? *(float *)t->data
                                                 : *(double *)t->data,
             expected[k < 3 ? k : k - 3], 0);
    }
    tb_plan_free(p);
    tb_graph_free(g);
}

/* Each of these is an error, told once, and gives null. */
static tb_value *refused(int which, tb_value *x)
{
    tb_value *i = tb_cast(x, TB_I64), *b = tb_cast(x, TB_BOOL);
    tb_value *z = tb_cast(x, TB_C64);
    switch (which) {
    case 0:
        return tb_add(x, i);
    case 1:
        return tb_add(b, b);
    case 2:
        return tb_combine(TB_MAX, z, z);
    case 3:
        return tb_compare(TB_LT, z, z);
    case 4:
        return tb_compare(TB_EQ, x, i);
    case 5:
        return tb_and(x, b);
    case 6:
        return tb_where(i, x, x);
    case 7:
        return tb_where(b, x, i);
    case 8:
        return tb_as_complex(x);
    case 9:
        return tb_magnitude(x);
    case 10:
        return tb_map(b, TB_EXP, 0, 0);
    case 11:
        return tb_add(tb_cast(x, TB_F16), tb_cast(x, TB_F16));
    case 12:
        return tb_complex(x, tb_slice(x, 0, 0, 1, 1));
    case 13:
        return tb_bits(TB_BITS_OR, i, x);
    default:
        return tb_sum(b, 1, false);
    }
}

int main(void)
{
    check_cases(sizeof cases / sizeof *cases, cases, types_golden);
    check_constants();
    check_floor();
    check_bits();
    check_nan();
    check_halves();
    check_states(tb_backend_naive64());
    check_states(tb_backend_cpu());
    check_each_refused(15, refused);
    return tap_done();
}
