/* Functions of one and two values against double, their gradients against
   differences, limits, and the promise that an element's bits depend on its
   value alone. */
#include "fast_test.h"

#include <float.h>

typedef struct function {
    const char *name;
    tb_function kind;
    double (*of)(double x, double a, double b);
    float a, b;
    float low, high;  /* where it is compared ... */
    double tolerance; /* ... by |error| <= tolerance * max(|f|, floor) */
    double floor;
} function;

static double of_affine(double x, double a, double b)
{
    return a * x + b;
}

static double of_relu(double x, double a, double b)
{
    (void)a, (void)b;
    return x > 0 ? x : 0;
}

static double of_leaky(double x, double a, double b)
{
    (void)b;
    return x < 0 ? a * x : x;
}

static double of_clamp(double x, double a, double b)
{
    return x < a ? a : x > b ? b : x;
}

static double of_square(double x, double a, double b)
{
    (void)a, (void)b;
    return x * x;
}

#define PLAIN(NAME, F)                                                         \
    static double NAME(double x, double a, double b)                           \
    {                                                                          \
        (void)a, (void)b;                                                      \
        return F(x);                                                           \
    }
PLAIN(of_abs, fabs)
PLAIN(of_sqrt, sqrt)
PLAIN(of_exp, exp)
PLAIN(of_log, log)
PLAIN(of_sin, sin)
PLAIN(of_cos, cos)
PLAIN(of_tanh, tanh)

static double of_sigmoid(double x, double a, double b)
{
    (void)a, (void)b;
    return 1 / (1 + exp(-x));
}

static double of_silu(double x, double a, double b)
{
    return x * of_sigmoid(x, a, b);
}

static double of_softplus(double x, double a, double b)
{
    return a * x > b ? x : log1p(exp(a * x)) / a;
}

static double of_mish(double x, double a, double b)
{
    (void)a, (void)b;
    return x * tanh(log1p(exp(x)));
}

static double of_pow(double x, double a, double b)
{
    (void)b;
    return pow(x, a);
}

static double of_elu(double x, double a, double b)
{
    (void)b;
    return x > 0 ? x : a * expm1(x);
}

static double of_gelu(double x, double a, double b)
{
    (void)a, (void)b;
    return 0.5 * x * erfc(-x / sqrt(2));
}

static double of_gelu_tanh(double x, double a, double b)
{
    (void)a, (void)b;
    double u = sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x);
    return x / (1 + exp(-2 * u));
}

static const function functions[] = {
    {"affine", TB_MAP_AFFINE, of_affine, 2.5f, -1, -9, 9, 1e-7, 1},
    {"relu", TB_MAP_RELU, of_relu, 0, 0, -9, 9, 0, 0},
    {"leaky relu", TB_MAP_LEAKY_RELU, of_leaky, 0.2f, 0, -9, 9, 1e-7, 0},
    {"clamp", TB_MAP_CLAMP, of_clamp, -1, 2, -9, 9, 0, 0},
    {"abs", TB_MAP_ABS, of_abs, 0, 0, -9, 9, 0, 0},
    {"square", TB_MAP_SQUARE, of_square, 0, 0, -9, 9, 1e-7, 0},
    {"sqrt", TB_MAP_SQRT, of_sqrt, 0, 0, 0.01f, 900, 1e-7, 0},
    {"pow", TB_MAP_POW, of_pow, 2.3f, 0, 1e-4f, 9, 6e-7, 0},
    {"pow, near 1", TB_MAP_POW, of_pow, 40, 0, 0.9f, 1.1f, 6e-7, 0},
    {"pow, wide", TB_MAP_POW, of_pow, -2.5f, 0, 1, 1e9f, 4e-7, 0},
    {"pow, root", TB_MAP_POW, of_pow, 0.5f, 0, 1e-6f, 1e6f, 3e-7, 0},
    {"pow, negative", TB_MAP_POW, of_pow, 3, 0, -9, 9, 3e-7, 0},
    {"exp", TB_MAP_EXP, of_exp, 0, 0, -87, 88.7f, 2e-7, 0},
    {"log", TB_MAP_LOG, of_log, 0, 0, 1e-4f, 3, 2e-7, 0},
    {"log, wide", TB_MAP_LOG, of_log, 0, 0, 1, 1e9f, 2e-7, 0},
    {"sin", TB_MAP_SIN, of_sin, 0, 0, -40, 40, 2e-7, 0.5},
    {"sin, far", TB_MAP_SIN, of_sin, 0, 0, -20000, 20000, 4e-7, 0.5},
    {"sin, near", TB_MAP_SIN, of_sin, 0, 0, -1.5f, 1.5f, 2e-7, 0},
    {"cos", TB_MAP_COS, of_cos, 0, 0, -40, 40, 2e-7, 0.5},
    {"tanh", TB_MAP_TANH, of_tanh, 0, 0, -12, 12, 3e-7, 0},
    {"sigmoid", TB_MAP_SIGMOID, of_sigmoid, 0, 0, -80, 30, 3e-7, 0},
    {"silu", TB_MAP_SILU, of_silu, 0, 0, -60, 30, 4e-7, 0},
    {"softplus", TB_MAP_SOFTPLUS, of_softplus, 1, 20, -40, 30, 4e-7, 0},
    {"softplus, 3", TB_MAP_SOFTPLUS, of_softplus, 3, 20, -9, 9, 2e-6, 0},
    {"mish", TB_MAP_MISH, of_mish, 0, 0, -40, 40, 6e-7, 0},
    {"elu", TB_MAP_ELU, of_elu, 1.5f, 0, -30, 9, 4e-7, 0},
    {"elu, near", TB_MAP_ELU, of_elu, 1, 0, -0.01f, 0.01f, 4e-7, 0},
    {"gelu", TB_MAP_GELU, of_gelu, 0, 0, -9, 9, 2e-6, 1e-9},
    {"gelu tanh", TB_MAP_GELU_TANH, of_gelu_tanh, 0, 0, -3, 9, 6e-6, 1e-3},
};

enum { MANY = 20011 };

static void check_function(const tb_fast *f, const function *fn)
{
    float *x = room(MANY), *y = room(MANY), *again = room(MANY);
    double worst = 0;
    for (int i = 0; i < MANY; i++)
        x[i] = fn->low + (fn->high - fn->low) * (0.5f + 0.5f * x[i]);
    f->map(fn->kind, MANY, y, x, fn->a, fn->b);
    for (int i = 0; i < MANY; i++) {
        double want = fn->of(x[i], fn->a, fn->b);
        double size = fmax(fmax(fabs(want), fn->floor), 1e-37);
        double far = fabs(y[i] - want) / size;
        if (!(far <= worst))
            worst = far;
    }
    if (!(worst <= fn->tolerance))
        fprintf(stderr, "# %s %s: error %g\n", f->name, fn->name, worst);
    OK_NAMED(worst <= fn->tolerance && guarded(y, MANY), fn->name);
    for (size_t i = 0, n = 1; i < MANY; i += n, n = n % 13 + 1) {
        n = MANY - i < n ? MANY - i : n;
        f->map(fn->kind, n, again + i, x + i, fn->a, fn->b);
    }
    OK_NAMED(same_bits(y, again, MANY * sizeof *y) && guarded(again, MANY),
             "in pieces: the same bits");
    f->map(fn->kind, MANY, x, x, fn->a, fn->b);
    OK_NAMED(same_bits(y, x, MANY * sizeof *y), "in place: the same bits");
    done(x);
    done(y);
    done(again);
}

/* Against the derivative by differences in double, away from kinks. */
static void check_gradient(const tb_fast *f, const function *fn)
{
    enum { N = 1013 };
    float *x = room(N), *y = room(N), *dy = room(N), *dx = room(N);
    float *sum = room(N), *before = room(N);
    double *want = malloc(N * sizeof *want);
    float high = fn->high > 30 ? 30 : fn->high;
    for (int i = 0; i < N; i++) {
        x[i] = fn->low + (high - fn->low) * (0.5f + 0.5f * x[i]);
        double h = 1e-5 * fmin(fmax(fabs(x[i]), 1e-2), 10);
        double up = fn->of(x[i] + h, fn->a, fn->b);
        want[i] = dy[i] * (up - fn->of(x[i] - h, fn->a, fn->b)) / (2 * h);
        double kink[] = {0, fn->a, fn->b};
        for (int k = 0; k < 3; k++)
            if (fabs(x[i] - kink[k]) <= 2 * h)
                dy[i] = 0, want[i] = 0;
    }
    f->map(fn->kind, N, y, x, fn->a, fn->b);
    f->map_back(fn->kind, N, dx, dy, x, y, fn->a, fn->b, false);
    OK_NAMED(distance(dx, want, N) < 2e-6 && guarded(dx, N), fn->name);
    memcpy(before, sum, N * sizeof *sum);
    bool pieces = true;
    for (size_t i = 0, n = 1; i < N; i += n, n = n % 13 + 1) {
        n = N - i < n ? N - i : n;
        f->map_back(fn->kind, n, sum + i, dy + i, x + i, y + i, fn->a, fn->b,
                    true);
    }
    for (int i = 0; i < N; i++)
        pieces = pieces && sum[i] == before[i] + dx[i];
    OK_NAMED(pieces && guarded(sum, N), "adds in pieces: the same bits");
    f->map_back(fn->kind, N, dy, dy, x, y, fn->a, fn->b, false);
    OK_NAMED(same_bits(dx, dy, N * sizeof *dx), "in place: the same bits");
    free(want);
    done(x);
    done(y);
    done(dy);
    done(dx);
    done(sum);
    done(before);
}

static float one_of(const tb_fast *f, tb_function kind, float x)
{
    f->map(kind, 1, &x, &x, 1, 20);
    return x;
}

/* As in C, for all pairs of these. */
static void check_powers(const tb_fast *f)
{
    static const float odd[] = {0,     -0.0f, 1,        -1,       2,
                                3,     -3,    0.5f,     -2,       1e-40f,
                                1e30f, NAN,   INFINITY, -INFINITY};
    int n = sizeof odd / sizeof *odd;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++) {
            float y, want = powf(odd[i], odd[k]);
            f->map(TB_MAP_POW, 1, &y, &odd[i], odd[k], 0);
            OK(isnan(want) ? isnan(y)
                           : y == want || fabsf(y / want - 1) < 1e-6f);
        }
}

static void check_limits(const tb_fast *f)
{
    static const tb_function kinds[] = {
        TB_MAP_RELU,    TB_MAP_LEAKY_RELU, TB_MAP_CLAMP,    TB_MAP_ABS,
        TB_MAP_SQUARE,  TB_MAP_SQRT,       TB_MAP_POW,      TB_MAP_EXP,
        TB_MAP_LOG,     TB_MAP_SIN,        TB_MAP_COS,      TB_MAP_TANH,
        TB_MAP_SIGMOID, TB_MAP_SILU,       TB_MAP_SOFTPLUS, TB_MAP_MISH,
        TB_MAP_ELU,     TB_MAP_GELU,       TB_MAP_GELU_TANH};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        OK_NAMED(isnan(one_of(f, kinds[i], NAN)), "NaN stays NaN");
    check_powers(f);
    OK(one_of(f, TB_MAP_EXP, -INFINITY) == 0);
    OK(one_of(f, TB_MAP_EXP, INFINITY) == INFINITY);
    OK(one_of(f, TB_MAP_EXP, 88.8f) == INFINITY);
    OK(one_of(f, TB_MAP_EXP, -104) == 0);
    OK(one_of(f, TB_MAP_EXP, -100) > 0);
    OK(one_of(f, TB_MAP_EXP, 0) == 1);
    OK(one_of(f, TB_MAP_LOG, 1) == 0);
    OK(one_of(f, TB_MAP_LOG, 0) == -INFINITY);
    OK(one_of(f, TB_MAP_LOG, INFINITY) == INFINITY);
    OK(isnan(one_of(f, TB_MAP_LOG, -1)));
    NEAR(one_of(f, TB_MAP_LOG, 1e-40f), log(1e-40f), 1e-5);
    OK(one_of(f, TB_MAP_TANH, INFINITY) == 1);
    OK(one_of(f, TB_MAP_TANH, -50) == -1);
    OK(one_of(f, TB_MAP_SIGMOID, INFINITY) == 1);
    OK(one_of(f, TB_MAP_SIGMOID, -INFINITY) == 0);
    OK(one_of(f, TB_MAP_SOFTPLUS, INFINITY) == INFINITY);
    OK(one_of(f, TB_MAP_SOFTPLUS, -INFINITY) == 0);
    OK(one_of(f, TB_MAP_ELU, -INFINITY) == -1);
    OK(one_of(f, TB_MAP_RELU, INFINITY) == INFINITY);
    OK(one_of(f, TB_MAP_MISH, 1e9f) == 1e9f);
    OK(one_of(f, TB_MAP_GELU, 1e9f) == 1e9f);
    OK(one_of(f, TB_MAP_GELU_TANH, 1e30f) == 1e30f);
    OK(isnan(one_of(f, TB_MAP_SIN, INFINITY)));
    NEAR(one_of(f, TB_MAP_SIN, 1e10f), sin(1e10f), 1e-6);
    NEAR(one_of(f, TB_MAP_COS, -3e5f), cos(3e5f), 1e-6);
}

static double binary(tb_binary_op op, float a, float b)
{
    switch (op) {
    case TB_BINARY_ADD:
        return a + b;
    case TB_BINARY_SUB:
        return a - b;
    case TB_BINARY_MUL:
        return a * b;
    case TB_BINARY_DIV:
        return a / b;
    case TB_BINARY_MIN:
        return a < b ? a : b;
    default:
        return a > b ? a : b;
    }
}

/* All shapes of operands: full, one row, one column, one value. */
static void check_binary(const tb_fast *f, int rows, int cols, int ld)
{
    size_t n = (size_t)(rows - 1) * ld + cols;
    float *a = room(n), *b = room(n), *y = room(n), *start = room(n);
    const tb_rows forms[] = {{a, ld, 1}, {a, 0, 1}, {a, ld, 0}, {a, 0, 0}};
    for (int q = 0; q < TB_BINARY_OPS * 4 * 4 * 2; q++) {
        tb_binary_op op = (tb_binary_op)(q % TB_BINARY_OPS);
        tb_rows left = forms[q / TB_BINARY_OPS % 4];
        tb_rows right = forms[q / TB_BINARY_OPS / 4 % 4];
        bool accumulate = q >= TB_BINARY_OPS * 4 * 4, good = true;
        right.p = b;
        memcpy(y, start, n * sizeof *y);
        f->binary(op, rows, cols, y, ld, left, right, accumulate);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < ld && i * ld + j < (int)n; j++) {
                float was = start[i * ld + j], now = y[i * ld + j];
                float want =
                    (float)binary(op, left.p[i * left.ld + j * left.step],
                                  right.p[i * right.ld + j * right.step]);
                want = j >= cols ? was : accumulate ? was + want : want;
                good = good && fabsf(now - want) <= 1e-6f * fabsf(want) + 1e-7f;
            }
        OK_NAMED(good && guarded(y, n), "binary");
    }
    done(a);
    done(b);
    done(y);
    done(start);
}

static void check_binary_limits(const tb_fast *f)
{
    float a[] = {NAN, 1}, b[] = {1, NAN}, y[2];
    for (int op = 0; op < TB_BINARY_OPS; op++) {
        f->binary((tb_binary_op)op, 1, 2, y, 2, (tb_rows){a, 2, 1},
                  (tb_rows){b, 2, 1}, false);
        OK_NAMED(isnan(y[0]) && isnan(y[1]), "NaN on either side stays");
    }
}

static void check_axpby(const tb_fast *f)
{
    enum { N = 29 };
    float *x = room(N), *y = room(N), *was = room(N);
    double want[N];
    memcpy(was, y, N * sizeof *y);
    for (int i = 0; i < N; i++)
        want[i] = 0.3 * x[i] - 2.0 * y[i];
    f->axpby(N, y, 0.3f, x, -2);
    OK_NAMED(distance(y, want, N) < 1e-6 && guarded(y, N), "a x + b y");
    float nothing[N];
    for (int i = 0; i < N; i++)
        nothing[i] = NAN, want[i] = 0.5 * x[i];
    f->axpby(N, nothing, 0.5f, x, 0);
    OK_NAMED(distance(nothing, want, N) == 0, "b = 0 does not read y");
    done(x);
    done(y);
    done(was);
}

int main(void)
{
    const tb_fast *f;
    for (int i = 0; (f = table(i)); i++) {
        for (size_t q = 0; q < sizeof functions / sizeof *functions; q++) {
            check_function(f, &functions[q]);
            check_gradient(f, &functions[q]);
        }
        check_limits(f);
        check_binary(f, 3, 21, 25);
        check_binary(f, 5, 3, 3);
        check_binary(f, 1, 8, 8);
        check_binary_limits(f);
        check_axpby(f);
    }
    return tap_done();
}
