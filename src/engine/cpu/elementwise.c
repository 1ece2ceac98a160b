/* Elementwise ops on the processor's kernels. */
#include "engine/ops/elementwise.h"

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/nest.h"
#include "engine/cpu/table.h"

/* What our kinds are called below; TB_MAP_COUNT: not there. */
static tb_function function_of(tb_unary kind)
{
    static const tb_function names[TB_UNARY_COUNT] = {
        [TB_RELU] = TB_MAP_RELU,
        [TB_LEAKY_RELU] = TB_MAP_LEAKY_RELU,
        [TB_TANH] = TB_MAP_TANH,
        [TB_SIGMOID] = TB_MAP_SIGMOID,
        [TB_MISH] = TB_MAP_MISH,
        [TB_GELU] = TB_MAP_GELU,
        [TB_GELU_TANH] = TB_MAP_GELU_TANH,
        [TB_SILU] = TB_MAP_SILU,
        [TB_SOFTPLUS] = TB_MAP_SOFTPLUS,
        [TB_ELU] = TB_MAP_ELU,
        [TB_ABS] = TB_MAP_ABS,
        [TB_EXP] = TB_MAP_EXP,
        [TB_LOG] = TB_MAP_LOG,
        [TB_POW] = TB_MAP_COUNT,
        [TB_SQRT] = TB_MAP_SQRT,
        [TB_SIN] = TB_MAP_SIN,
        [TB_COS] = TB_MAP_COS,
        [TB_SQUARE] = TB_MAP_SQUARE,
        [TB_CLAMP] = TB_MAP_CLAMP,
        [TB_AFFINE] = TB_MAP_AFFINE};
    return names[kind];
}

static tb_nest nest2(const tb_call *c)
{
    const tb_tensor *t[] = {c->out[0], c->in[0]};
    return tb_nest_of(c, c->out[0], 2, t);
}

static tb_nest nest3(const tb_call *c)
{
    const tb_tensor *t[] = {c->out[0], c->in[0], c->in[1]};
    return tb_nest_of(c, c->out[0], 3, t);
}

static int parts2(const tb_call *c, int phase, int threads)
{
    tb_nest s = nest2(c);
    (void)phase;
    return tb_nest_parts(&s, threads);
}

static int parts3(const tb_call *c, int phase, int threads)
{
    tb_nest s = nest3(c);
    (void)phase;
    return tb_nest_parts(&s, threads);
}

/* Softplus has PyTorch's threshold. */
static void constants(const tb_unary_attr *f, float *a, float *b)
{
    *a = f->kind == TB_SOFTPLUS ? 1 : (float)f->a;
    *b = f->kind == TB_SOFTPLUS ? 20 : (float)f->b;
}

static bool unary_fits(const tb_call *c)
{
    return function_of(TB_ATTR(tb_unary_attr, c->node)->kind) != TB_MAP_COUNT;
}

static void unary_run(const tb_call *c, int phase, int part, int parts)
{
    const tb_unary_attr *f = c->node->attr;
    tb_function kind = function_of(f->kind);
    tb_nest s = nest2(c);
    tb_nest_block b;
    float p, q;
    (void)phase;
    constants(f, &p, &q);
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);)
        for (int i = 0; i < b.rows; i++)
            c->fast->map(kind, (size_t)b.cols,
                         (float *)c->out[0]->data + b.at[0] + i * s.row[0],
                         (const float *)c->in[0]->data + b.at[1] + i * s.row[1],
                         p, q);
}

/* Where the slope is infinite at 0, frames that do not exist (x and dy are 0)
   would become NaN: those kinds are left to the naive kernel. */
static bool unary_grad_fits(const tb_call *c)
{
    tb_unary kind = TB_ATTR(tb_unary_attr, c->node)->kind;
    return kind != TB_LOG && kind != TB_SQRT && kind != TB_POW;
}

/* Some gradients read f(x), which is made again, piece by piece. */
static void slope_row(const tb_call *c, int n, float *dx, const float *x,
                      const float *dy)
{
    enum { PIECE = 512 };
    const tb_unary_attr *f = c->node->attr;
    tb_function kind = function_of(f->kind);
    bool reads_y =
        kind == TB_MAP_EXP || kind == TB_MAP_TANH || kind == TB_MAP_SIGMOID;
    float y[PIECE], a, b;
    constants(f, &a, &b);
    for (int i = 0; i < n; i += PIECE) {
        size_t m = (size_t)(n - i < PIECE ? n - i : PIECE);
        if (reads_y)
            c->fast->map(kind, m, y, x + i, a, b);
        c->fast->map_back(kind, m, dx + i, dy + i, x + i, y, a, b, false);
    }
}

static void unary_grad_run(const tb_call *c, int phase, int part, int parts)
{
    tb_nest s = nest3(c);
    tb_nest_block b;
    (void)phase;
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);)
        for (int i = 0; i < b.rows; i++)
            slope_row(c, b.cols,
                      (float *)c->out[0]->data + b.at[0] + i * s.row[0],
                      (const float *)c->in[0]->data + b.at[1] + i * s.row[1],
                      (const float *)c->in[1]->data + b.at[2] + i * s.row[2]);
}

/* --- two values
 * ---------------------------------------------------------------- */

static void binary_run(const tb_call *c, int phase, int part, int parts)
{
    static const tb_binary_op ops[TB_BINARY_COUNT] = {
        [TB_ADD] = TB_BINARY_ADD, [TB_SUB] = TB_BINARY_SUB,
        [TB_MUL] = TB_BINARY_MUL, [TB_DIV] = TB_BINARY_DIV,
        [TB_MAX] = TB_BINARY_MAX, [TB_MIN] = TB_BINARY_MIN};
    tb_binary_op op = ops[TB_ATTR(tb_binary_attr, c->node)->kind];
    tb_nest s = nest3(c);
    tb_nest_block b;
    (void)phase;
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);)
        c->fast->binary(op, b.rows, b.cols, (float *)c->out[0]->data + b.at[0],
                        s.row[0],
                        (tb_rows){(const float *)c->in[0]->data + b.at[1],
                                  s.row[1], (int)s.col[1]},
                        (tb_rows){(const float *)c->in[1]->data + b.at[2],
                                  s.row[2], (int)s.col[2]},
                        false);
}

/* Gradients of a quotient, 0 where none arrives: x/y may be 0/0 there. */
static void quotient_row(int n, int which, float *d, const float *x,
                         const float *y, const float *g, int step_x, int step_y,
                         int step_g)
{
    for (int i = 0; i < n; i++) {
        float v = y[i * step_y], w = g[i * step_g];
        float slope = which ? -x[i * step_x] / (v * v) : 1 / v;
        d[i] = w == 0 ? 0 : w * slope;
    }
}

static tb_nest nest4(const tb_call *c)
{
    const tb_tensor *t[] = {c->out[0], c->in[0], c->in[1], c->in[2]};
    return tb_nest_of(c, c->out[0], 4, t);
}

static int parts4(const tb_call *c, int phase, int threads)
{
    tb_nest s = nest4(c);
    (void)phase;
    return tb_nest_parts(&s, threads);
}

static bool quotient_fits(const tb_call *c)
{
    return TB_ATTR(tb_binary_grad_attr, c->node)->kind == TB_DIV;
}

static void quotient_run(const tb_call *c, int phase, int part, int parts)
{
    const tb_binary_grad_attr *a = c->node->attr;
    tb_nest s = nest4(c);
    tb_nest_block b;
    (void)phase;
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);)
        for (int i = 0; i < b.rows; i++)
            quotient_row(b.cols, a->which,
                         (float *)c->out[0]->data + b.at[0] + i * s.row[0],
                         (const float *)c->in[0]->data + b.at[1] + i * s.row[1],
                         (const float *)c->in[1]->data + b.at[2] + i * s.row[2],
                         (const float *)c->in[2]->data + b.at[3] + i * s.row[3],
                         (int)s.col[1], (int)s.col[2], (int)s.col[3]);
}

const tb_kernel_entry tb_fast_elementwise[] = {
    {&tb_op_unary, {.run = unary_run, .parts = parts2, .fits = unary_fits}},
    {&tb_op_unary_grad,
     {.run = unary_grad_run, .parts = parts3, .fits = unary_grad_fits}},
    {&tb_op_binary, {.run = binary_run, .parts = parts3}},
    {&tb_op_binary_grad,
     {.run = quotient_run, .parts = parts4, .fits = quotient_fits}},
    {0}};
