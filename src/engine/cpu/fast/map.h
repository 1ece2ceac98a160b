/* Functions of one value with their gradients, and of two values. */
#ifndef TB_ENGINE_CPU_FAST_MAP_H
#define TB_ENGINE_CPU_FAST_MAP_H

#include "engine/cpu/fast/approx.h"

/* tanh(softplus(x)) = m / (m + 2) with m = e (e + 2), e = exp(x); beyond 20 it
   is 1 to the last bit. */
TB_INLINE vf map_mish_part(vf x, vf *e)
{
    *e = vf_exp(vf_min(x, vf_set(20)));
    return *e * (*e + vf_set(2));
}

/* x (1 + tanh u) / 2 = x sigmoid(2 u), 2 u = sqrt(8 / pi) (x + 0.044715 x^3) */
TB_INLINE vf map_gelu_part(vf x)
{
    vf inner = vf_fma(x * x, vf_set(0.044715f), vf_set(1));
    return vf_sigmoid(vf_set(0x1.98846p+0f) * x * inner);
}

TB_INLINE vf map_value(tb_function kind, vf x, vf a, vf b)
{
    const vf zero = vf_set(0), one = vf_set(1);
    vf part;
    switch (kind) {
    case TB_MAP_AFFINE:
        return vf_fma(a, x, b);
    case TB_MAP_RELU:
        return vf_max(zero, x);
    case TB_MAP_LEAKY_RELU:
        return vf_select(x < zero, a * x, x);
    case TB_MAP_CLAMP:
        return vf_min(b, vf_max(a, x));
    case TB_MAP_ABS:
        return vf_abs(x);
    case TB_MAP_SQUARE:
        return x * x;
    case TB_MAP_SQRT:
        return vf_sqrt(x);
    case TB_MAP_POW:
        return vf_pow(x, a);
    case TB_MAP_EXP:
        return vf_exp(x);
    case TB_MAP_LOG:
        return vf_log(x);
    case TB_MAP_SIN:
        return vf_sin(x);
    case TB_MAP_COS:
        return vf_cos(x);
    case TB_MAP_TANH:
        return vf_tanh(x);
    case TB_MAP_SIGMOID:
        return vf_sigmoid(x);
    case TB_MAP_SILU:
        return x * vf_sigmoid(x);
    case TB_MAP_SOFTPLUS:
        return vf_select(a * x > b, x, vf_softplus(a * x) / a);
    case TB_MAP_MISH:
        part = map_mish_part(x, &part);
        return x * part / (part + vf_set(2));
    case TB_MAP_ELU:
        return vf_select(x > zero, x, a * vf_expm1_negative(vf_min(zero, x)));
    case TB_MAP_GELU:
        return x * vf_normal(x, &part);
    case TB_MAP_GELU_TANH:
        return x * map_gelu_part(x);
    case TB_MAP_COUNT:
        break;
    }
    return one;
}

TB_INLINE vf map_slope_mish(vf x)
{
    vf e, m = map_mish_part(x, &e), below = m + vf_set(2);
    vf inner = vf_set(4) * (vf_set(1) + e) * e / (below * below);
    return vf_fma(x, inner, m / below);
}

/* s + x s (1 - s) d(2 u)/dx; where s is 0 or 1, the size of x is no matter. */
TB_INLINE vf map_slope_gelu_tanh(vf x)
{
    vf s = map_gelu_part(x), near = vf_min(vf_max(x, vf_set(-32)), vf_set(32));
    vf inner = vf_fma(near * near, vf_set(3 * 0.044715f), vf_set(1));
    inner = vf_set(0x1.98846p+0f) * inner * near;
    return vf_fma(s * (vf_set(1) - s), inner, s);
}

TB_INLINE vf map_slope(tb_function kind, vf x, vf y, vf a, vf b)
{
    const vf zero = vf_set(0), one = vf_set(1);
    vf part, other;
    switch (kind) {
    case TB_MAP_AFFINE:
        return a;
    case TB_MAP_RELU:
        return vf_select(x > zero, one, zero);
    case TB_MAP_LEAKY_RELU:
        return vf_select(x > zero, one, a);
    case TB_MAP_CLAMP:
        return vf_select((x >= a) & (x <= b), one, zero);
    case TB_MAP_ABS:
        return vf_select(x > zero, one, vf_select(x < zero, -one, zero));
    case TB_MAP_SQUARE:
        return x + x;
    case TB_MAP_SQRT:
        return vf_set(0.5f) / y;
    case TB_MAP_POW:
        return vf_select(a == zero, zero, a * vf_pow(x, a - one));
    case TB_MAP_EXP:
        return y;
    case TB_MAP_LOG:
        return one / x;
    case TB_MAP_SIN:
        return vf_cos(x);
    case TB_MAP_COS:
        return -vf_sin(x);
    case TB_MAP_TANH:
        return vf_fma(-y, y, one);
    case TB_MAP_SIGMOID:
        return y * (one - y);
    case TB_MAP_SILU:
        part = vf_sigmoid(x);
        return part * vf_fma(x, one - part, one);
    case TB_MAP_SOFTPLUS:
        return vf_select(a * x > b, one, vf_sigmoid(a * x));
    case TB_MAP_MISH:
        return map_slope_mish(x);
    case TB_MAP_ELU:
        return vf_select(x > zero, one, a * vf_exp(x));
    case TB_MAP_GELU:
        part = vf_normal(x, &other);
        return vf_fma(x, other, part);
    case TB_MAP_GELU_TANH:
        return map_slope_gelu_tanh(x);
    case TB_MAP_COUNT:
        break;
    }
    return one;
}

TB_INLINE void map_run(tb_function kind, size_t n, float *y, const float *x,
                       float a, float b)
{
    vf va = vf_set(a), vb = vf_set(b);
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf in = full ? vf_load(x + i) : vf_load_part(x + i, n - i, 1);
        vf_give(y + i, full, n - i, map_value(kind, in, va, vb));
    }
}

TB_INLINE bool map_slope_reads_y(tb_function kind)
{
    return kind == TB_MAP_SQRT || kind == TB_MAP_EXP || kind == TB_MAP_TANH ||
           kind == TB_MAP_SIGMOID;
}

TB_INLINE void map_run_back(tb_function kind, size_t n, float *dx,
                            const float *dy, const float *x, float a, float b,
                            bool accumulate)
{
    vf va = vf_set(a), vb = vf_set(b);
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf in = full ? vf_load(x + i) : vf_load_part(x + i, n - i, 1);
        vf d = vf_take(dy + i, full, n - i) * map_slope(kind, in, in, va, vb);
        if (accumulate)
            d += vf_take(dx + i, full, n - i);
        vf_give(dx + i, full, n - i, d);
    }
}

#define TB_EACH_MAP(X)                                                         \
    X(AFFINE)                                                                  \
    X(RELU)                                                                    \
    X(LEAKY_RELU)                                                              \
    X(CLAMP)                                                                   \
    X(ABS)                                                                     \
    X(SQUARE)                                                                  \
    X(SQRT)                                                                    \
    X(POW)                                                                     \
    X(EXP)                                                                     \
    X(LOG)                                                                     \
    X(SIN)                                                                     \
    X(COS)                                                                     \
    X(TANH)                                                                    \
    X(SIGMOID)                                                                 \
    X(SILU)                                                                    \
    X(SOFTPLUS)                                                                \
    X(MISH)                                                                    \
    X(ELU)                                                                     \
    X(GELU)                                                                    \
    X(GELU_TANH)

static inline TB_REALTIME void fast_map(tb_function kind, size_t n, float *y,
                                        const float *x, float a, float b)
{
    switch (kind) {
#define TB_MAP_CASE(K)                                                         \
    case TB_MAP_##K:                                                           \
        map_run(TB_MAP_##K, n, y, x, a, b);                                    \
        break;
        TB_EACH_MAP(TB_MAP_CASE)
#undef TB_MAP_CASE
    case TB_MAP_COUNT:
        break;
    }
}

static inline TB_REALTIME void fast_map_back(tb_function kind, size_t n,
                                             float *dx, const float *dy,
                                             const float *x, const float *y,
                                             float a, float b, bool accumulate)
{
    const float *in = map_slope_reads_y(kind) ? y : x;
    if (kind == TB_MAP_AFFINE)
        in = dy; /* reads neither */
    switch (kind) {
#define TB_MAP_CASE(K)                                                         \
    case TB_MAP_##K:                                                           \
        map_run_back(TB_MAP_##K, n, dx, dy, in, a, b, accumulate);             \
        break;
        TB_EACH_MAP(TB_MAP_CASE)
#undef TB_MAP_CASE
    case TB_MAP_COUNT:
        break;
    }
}

static inline TB_REALTIME void fast_gated(size_t n, float *y, const float *x0,
                                          const float *x1)
{
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf a = vf_tanh(vf_take(x0 + i, full, n - i));
        vf b = vf_sigmoid(vf_take(x1 + i, full, n - i));
        vf_give(y + i, full, n - i, a * b);
    }
}

static inline TB_REALTIME void fast_gated_back(size_t n, float *d0, float *d1,
                                               const float *dy, const float *x0,
                                               const float *x1)
{
    const vf one = vf_set(1);
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf a = vf_tanh(vf_take(x0 + i, full, n - i));
        vf b = vf_sigmoid(vf_take(x1 + i, full, n - i));
        vf g = vf_take(dy + i, full, n - i) * b;
        vf_give(d0 + i, full, n - i, g * vf_fma(-a, a, one));
        vf_give(d1 + i, full, n - i, g * a * (one - b));
    }
}

TB_INLINE vf binary_value(tb_binary_op op, vf a, vf b)
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
        return vf_select((a < b) | (a != a), a, b);
    case TB_BINARY_MAX:
        return vf_select((a > b) | (a != a), a, b);
    case TB_BINARY_OPS:
        break;
    }
    return a;
}

TB_INLINE vf binary_take(const float *p, int step, size_t i, bool full,
                         size_t n)
{
    return step ? vf_take(p + i, full, n) : vf_set(*p);
}

TB_INLINE void binary_row(tb_binary_op op, size_t n, float *y, tb_rows a,
                          tb_rows b, bool accumulate)
{
    for (size_t i = 0; i < n; i += TB_LANES) {
        bool full = n - i >= TB_LANES;
        vf v = binary_value(op, binary_take(a.p, a.step, i, full, n - i),
                            binary_take(b.p, b.step, i, full, n - i));
        if (accumulate)
            v += vf_take(y + i, full, n - i);
        vf_give(y + i, full, n - i, v);
    }
}

/* Whether rows of `cols` are one long row, or one value repeated. */
static inline bool binary_joins(tb_rows r, int cols)
{
    return r.step ? r.ld == cols : r.ld == 0;
}

TB_INLINE void binary_run(tb_binary_op op, int rows, size_t cols, float *y,
                          ptrdiff_t ldy, tb_rows a, tb_rows b, bool accumulate)
{
    for (int i = 0; i < rows; i++) {
        tb_rows ra = {a.p + i * a.ld, 0, 0}, rb = {b.p + i * b.ld, 0, 0};
        if (a.step && b.step) {
            ra.step = rb.step = 1;
            binary_row(op, cols, y + i * ldy, ra, rb, accumulate);
        } else if (a.step) {
            ra.step = 1;
            binary_row(op, cols, y + i * ldy, ra, rb, accumulate);
        } else {
            rb.step = b.step;
            binary_row(op, cols, y + i * ldy, ra, rb, accumulate);
        }
    }
}

static inline TB_REALTIME void fast_binary(tb_binary_op op, int rows, int cols,
                                           float *y, ptrdiff_t ldy, tb_rows a,
                                           tb_rows b, bool accumulate)
{
    if (rows <= 0 || cols <= 0)
        return;
    size_t n = (size_t)cols;
    if (ldy == cols && binary_joins(a, cols) && binary_joins(b, cols)) {
        n *= (size_t)rows;
        rows = 1;
    }
    switch (op) {
#define TB_BINARY_CASE(K)                                                      \
    case TB_BINARY_##K:                                                        \
        binary_run(TB_BINARY_##K, rows, n, y, ldy, a, b, accumulate);          \
        break;
        TB_BINARY_CASE(ADD)
        TB_BINARY_CASE(SUB)
        TB_BINARY_CASE(MUL)
        TB_BINARY_CASE(DIV)
        TB_BINARY_CASE(MIN)
        TB_BINARY_CASE(MAX)
#undef TB_BINARY_CASE
    case TB_BINARY_OPS:
        break;
    }
}

#endif
