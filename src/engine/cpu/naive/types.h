/* Included by naive_f32.c and naive_f64.c, after walk.h: what computes with
   more than reals. p[0] is an element of the output, p[1]... those of the
   inputs beside it. */
#include "engine/element.h"
#include "engine/ops/cast.h"
#include "engine/ops/complex.h"
#include "engine/ops/logic.h"

typedef TB_REALTIME void (*element_function)(const tb_call *c, char *const *p);

static void each_element(const tb_call *c, element_function f)
{
    const tb_tensor *t[WALK_MAX] = {c->out[0]};
    int n = 1 + c->node->n_in;
    char *p[WALK_MAX];
    if (nothing(c, t[0]))
        return;
    for (int k = 1; k < n; k++)
        t[k] = c->in[k - 1];
    walk w = walk_over(c, t[0], n, t);
    do
        for (int64_t i = 0; i < w.row; i++) {
            for (int k = 0; k < n; k++)
                p[k] = bytes_at(t[k], w.at[k] + i * w.step[k]);
            f(c, p);
        }
    while (walk_next(&w));
}

static inline real *reals(char *p)
{
    return (real *)p;
}

static inline int64_t *i64s(char *p)
{
    return (int64_t *)p;
}

static inline uint8_t *bools(char *p)
{
    return (uint8_t *)p;
}

/* ---- cast ---- */

/* Real and imaginary part of an element of any type. */
static void read_element(tb_type type, char *p, double *re, double *im)
{
    tb_elements_from from = {p, type, true};
    double both[2] = {0, 0};
    *im = 0;
    if (type == TB_REAL || type == TB_C64) {
        *re = reals(p)[0];
        *im = type == TB_C64 ? reals(p)[1] : 0;
        return;
    }
    tb_element_copy(&(tb_tensor){.data = both, .type = TB_F64}, sizeof(real), 0,
                    from, 0);
    *re = both[0];
}

static TB_REALTIME void cast_element(const tb_call *c, char *const *p)
{
    tb_type from = c->in[0]->type, to = c->out[0]->type;
    tb_tensor y = {.data = p[0], .type = to};
    double re, im;
    if (from != TB_REAL && from != TB_C64) {
        tb_element_copy(&y, sizeof(real), 0,
                        (tb_elements_from){p[1], from, true}, 0);
        return;
    }
    read_element(from, p[1], &re, &im);
    if (to == TB_BOOL)
        re = re != 0 || im != 0;
    tb_element_copy(&y, sizeof(real), 0, tb_element_all(&re), 0);
    if (to == TB_C64)
        reals(p[0])[1] = (real)im;
}

static TB_REALTIME void cast_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    (void)phase, (void)part, (void)parts;
    each_element(c, cast_element);
}

/* ---- comparisons and choices ---- */

/* -1, 0, 1, or 2: no order (a NaN, or complex numbers that differ). */
static int order_of_two(tb_type type, char *x, char *y)
{
    switch (type) {
    case TB_I64:
        return (*i64s(x) > *i64s(y)) - (*i64s(x) < *i64s(y));
    case TB_BOOL:
        return *bools(x) - *bools(y);
    case TB_C64:
        return reals(x)[0] == reals(y)[0] && reals(x)[1] == reals(y)[1] ? 0 : 2;
    default:
        return *reals(x) == *reals(y)  ? 0
               : *reals(x) > *reals(y) ? 1
               : *reals(x) < *reals(y) ? -1
                                       : 2;
    }
}

static TB_REALTIME void compare_element(const tb_call *c, char *const *p)
{
    int order = order_of_two(c->in[0]->type, p[1], p[2]);
    bool holds[] = {[TB_EQ] = order == 0,  [TB_NE] = order != 0,
                    [TB_LT] = order == -1, [TB_LE] = order <= 0,
                    [TB_GT] = order == 1,  [TB_GE] = order == 0 || order == 1};
    *bools(p[0]) = holds[TB_ATTR(tb_compare_attr, c->node)->kind];
}

static TB_REALTIME void compare_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    (void)phase, (void)part, (void)parts;
    each_element(c, compare_element);
}

static TB_REALTIME void where_element(const tb_call *c, char *const *p)
{
    memcpy(p[0], *bools(p[1]) ? p[2] : p[3], size_of(c->out[0]));
}

static TB_REALTIME void where_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    (void)phase, (void)part, (void)parts;
    each_element(c, where_element);
}

/* ---- arithmetic of integers, bools and complex numbers ---- */

static inline int64_t floor_quotient(int64_t x, int64_t y)
{
    if (y == 0 || y == -1) /* the least number by -1 is itself */
        return y ? (int64_t)(0 - (uint64_t)x) : 0;
    return x / y - (x % y != 0 && (x < 0) != (y < 0));
}

/* Sums and products wrap round. */
static int64_t i64_value(tb_binary kind, int64_t x, int64_t y)
{
    switch (kind) {
    case TB_ADD:
        return (int64_t)((uint64_t)x + (uint64_t)y);
    case TB_SUB:
        return (int64_t)((uint64_t)x - (uint64_t)y);
    case TB_MUL:
        return (int64_t)((uint64_t)x * (uint64_t)y);
    case TB_DIV:
        return floor_quotient(x, y);
    case TB_MAX:
        return x > y ? x : y;
    default:
        return x < y ? x : y;
    }
}

static TB_REALTIME void bits_element(const tb_call *c, char *const *p)
{
    int64_t x = *i64s(p[1]), y = *i64s(p[2]);
    tb_bit_logic kind = TB_ATTR(tb_bits_attr, c->node)->kind;
    *i64s(p[0]) = kind == TB_BITS_AND  ? x & y
                  : kind == TB_BITS_OR ? x | y
                                       : x ^ y;
}

static TB_REALTIME void bits_run(const tb_call *c, int phase, int part,
                                 int parts)
{
    (void)phase, (void)part, (void)parts;
    each_element(c, bits_element);
}

static inline void complex_product(const real *x, const real *y, real *z)
{
    real re = x[0] * y[0] - x[1] * y[1], im = x[0] * y[1] + x[1] * y[0];
    z[0] = re;
    z[1] = im;
}

/* Scaled by the larger part of the divisor (Smith 1962). */
static inline void complex_quotient(const real *x, const real *y, real *z)
{
    int large = fabs((double)y[0]) < fabs((double)y[1]);
    real r = y[!large] / y[large], d = y[large] + r * y[!large];
    real re = large ? x[0] * r + x[1] : x[0] + x[1] * r;
    real im = large ? x[1] * r - x[0] : x[1] - x[0] * r;
    z[0] = re / d;
    z[1] = im / d;
}

static TB_REALTIME void combine_element(const tb_call *c, char *const *p)
{
    tb_binary kind = TB_ATTR(tb_binary_attr, c->node)->kind;
    tb_type type = c->out[0]->type;
    if (type == TB_I64)
        *i64s(p[0]) = i64_value(kind, *i64s(p[1]), *i64s(p[2]));
    else if (type == TB_BOOL)
        *bools(p[0]) = kind == TB_MAX ? *bools(p[1]) | *bools(p[2])
                                      : *bools(p[1]) & *bools(p[2]);
    else if (kind == TB_MUL)
        complex_product(reals(p[1]), reals(p[2]), reals(p[0]));
    else
        complex_quotient(reals(p[1]), reals(p[2]), reals(p[0]));
}

static TB_REALTIME void combine_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    (void)phase, (void)part, (void)parts;
    each_element(c, combine_element);
}

/* Of a quotient x / y: dz conj(1 / y), or dz conj(-x / y^2). */
static TB_REALTIME void quotient_grad_element(const tb_call *c, char *const *p)
{
    const real one[] = {1, 0}, *x = reals(p[1]), *y = reals(p[2]);
    real slope[2], g[2] = {reals(p[3])[0], reals(p[3])[1]};
    bool second = TB_ATTR(tb_binary_grad_attr, c->node)->which == 1;
    complex_quotient(second ? x : one, y, slope);
    if (second)
        complex_quotient(slope, y, slope);
    slope[0] *= second ? -1 : 1;
    slope[1] *= second ? 1 : -1;
    complex_product(g, slope, reals(p[0]));
    for (int i = 0; i < 2 && g[0] == 0 && g[1] == 0; i++)
        reals(p[0])[i] = 0;
}

static TB_REALTIME void quotient_grad_run(const tb_call *c, int phase, int part,
                                          int parts)
{
    (void)phase, (void)part, (void)parts;
    each_element(c, quotient_grad_element);
}

/* ---- complex numbers as pairs of reals ---- */

static tb_tensor pairs_of(const tb_tensor *z)
{
    tb_tensor t = *z;
    t.type = TB_REAL;
    for (int i = 0; i < t.rank; i++)
        t.stride[i] *= 2;
    t.dim[t.rank] = 2;
    t.stride[t.rank++] = 1;
    return t;
}

static TB_REALTIME void as_real_run(const tb_call *c, int phase, int part,
                                    int parts)
{
    (void)phase, (void)part, (void)parts;
    tb_tensor z = pairs_of(c->in[0]);
    copy_tensor(c, c->out[0], &z);
}

static TB_REALTIME void as_complex_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    (void)phase, (void)part, (void)parts;
    tb_tensor z = pairs_of(c->out[0]);
    copy_tensor(c, &z, c->in[0]);
}

static TB_REALTIME void magnitude_element(const tb_call *c, char *const *p)
{
    (void)c;
    *reals(p[0]) = (real)hypot(reals(p[1])[0], reals(p[1])[1]);
}

static TB_REALTIME void magnitude_run(const tb_call *c, int phase, int part,
                                      int parts)
{
    (void)phase, (void)part, (void)parts;
    each_element(c, magnitude_element);
}

/* dz = dy z / |z| */
static TB_REALTIME void magnitude_grad_element(const tb_call *c, char *const *p)
{
    double re = reals(p[1])[0], im = reals(p[1])[1], r = hypot(re, im);
    double f = r > 0 ? *reals(p[2]) / r : 0;
    (void)c;
    reals(p[0])[0] = (real)(f * re);
    reals(p[0])[1] = (real)(f * im);
}

static TB_REALTIME void magnitude_grad_run(const tb_call *c, int phase,
                                           int part, int parts)
{
    (void)phase, (void)part, (void)parts;
    each_element(c, magnitude_grad_element);
}

static TB_REALTIME void angle_element(const tb_call *c, char *const *p)
{
    (void)c;
    *reals(p[0]) = (real)atan2(reals(p[1])[1], reals(p[1])[0]);
}

static TB_REALTIME void angle_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    (void)phase, (void)part, (void)parts;
    each_element(c, angle_element);
}

/* dz = dy i z / |z|^2 */
static TB_REALTIME void angle_grad_element(const tb_call *c, char *const *p)
{
    double re = reals(p[1])[0], im = reals(p[1])[1], r = hypot(re, im);
    double f = r > 0 ? *reals(p[2]) / r : 0;
    (void)c;
    reals(p[0])[0] = (real)(r > 0 ? -f * (im / r) : 0);
    reals(p[0])[1] = (real)(r > 0 ? f * (re / r) : 0);
}

static TB_REALTIME void angle_grad_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    (void)phase, (void)part, (void)parts;
    each_element(c, angle_grad_element);
}

static bool not_reals(const tb_call *c)
{
    return c->out[0]->type != TB_REAL;
}

static const tb_kernel_entry type_kernels[] = {
    {&tb_op_cast, {.run = cast_run}},
    {&tb_op_compare, {.run = compare_run}},
    {&tb_op_where, {.run = where_run}},
    {&tb_op_bits, {.run = bits_run}},
    {&tb_op_binary, {.run = combine_run, .fits = not_reals}},
    {&tb_op_binary_grad, {.run = quotient_grad_run, .fits = not_reals}},
    {&tb_op_as_real, {.run = as_real_run}},
    {&tb_op_as_complex, {.run = as_complex_run}},
    {&tb_op_magnitude, {.run = magnitude_run}},
    {&tb_op_magnitude_grad, {.run = magnitude_grad_run}},
    {&tb_op_angle, {.run = angle_run}},
    {&tb_op_angle_grad, {.run = angle_grad_run}},
    {0}};
