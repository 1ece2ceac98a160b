/* Elementwise ops on the processor's kernels. */
#include "engine/ops/elementwise.h"

#include "engine/cpu/fast/fast.h"
#include "engine/cpu/nest.h"
#include "engine/cpu/table.h"

static const int functions[TB_UNARY_COUNT] = {
    /* plus 1 */
    [TB_RELU] = 1 + TB_MAP_RELU,
    [TB_LEAKY_RELU] = 1 + TB_MAP_LEAKY_RELU,
    [TB_TANH] = 1 + TB_MAP_TANH,
    [TB_SIGMOID] = 1 + TB_MAP_SIGMOID,
    [TB_MISH] = 1 + TB_MAP_MISH,
    [TB_GELU] = 1 + TB_MAP_GELU,
    [TB_GELU_TANH] = 1 + TB_MAP_GELU_TANH,
    [TB_SILU] = 1 + TB_MAP_SILU,
    [TB_SOFTPLUS] = 1 + TB_MAP_SOFTPLUS,
    [TB_ELU] = 1 + TB_MAP_ELU,
    [TB_ABS] = 1 + TB_MAP_ABS,
    [TB_EXP] = 1 + TB_MAP_EXP,
    [TB_LOG] = 1 + TB_MAP_LOG,
    [TB_POW] = 1 + TB_MAP_POW,
    [TB_SQRT] = 1 + TB_MAP_SQRT,
    [TB_SIN] = 1 + TB_MAP_SIN,
    [TB_COS] = 1 + TB_MAP_COS,
    [TB_SQUARE] = 1 + TB_MAP_SQUARE,
    [TB_CLAMP] = 1 + TB_MAP_CLAMP,
    [TB_AFFINE] = 1 + TB_MAP_AFFINE};

/* What our kinds are called below; TB_MAP_COUNT: those not listed. */
static tb_function function_of(tb_unary kind)
{
    return functions[kind] ? (tb_function)(functions[kind] - 1) : TB_MAP_COUNT;
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

static void map_run(const tb_call *c, int n, float *y, int64_t y_step,
                    const float *x, int64_t x_step)
{
    const tb_unary_attr *f = c->node->attr;
    tb_function kind = function_of(f->kind);
    float to[TB_PIECE], from[TB_PIECE], a, b;
    constants(f, &a, &b);
    if (y_step == 1 && x_step == 1) {
        c->fast->map(kind, (size_t)n, y, x, a, b);
        return;
    }
    for (int i = 0; i < n; i += TB_PIECE, y += y_step * TB_PIECE) {
        int m = n - i < TB_PIECE ? n - i : TB_PIECE;
        c->fast->map(kind, (size_t)m, to,
                     tb_piece_take(x + i * x_step, x_step, m, from), a, b);
        for (int k = 0; k < m; k++)
            y[k * y_step] = to[k];
    }
}

static TB_REALTIME void unary_run(const tb_call *c, int phase, int part,
                                  int parts)
{
    tb_nest s;
    tb_nest_block b;
    (void)phase;
    tb_nest_of_all(&s, c);
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);) {
        tb_nest_runs r = tb_nest_runs_of(&s, &b);
        for (int i = 0; i < r.runs; i++)
            map_run(c, r.n, (float *)c->out[0]->data + b.at[0] + i * r.by[0],
                    r.step[0],
                    (const float *)c->in[0]->data + b.at[1] + i * r.by[1],
                    r.step[1]);
    }
}

/* x is f(x) where that tells the slope. Where the slope is infinite at 0 none
   leaves where none arrives: frames that do not exist (x and dy are 0) must not
   become NaN. */
static void slope_piece(const tb_call *c, int n, float *dx, const float *x,
                        const float *dy)
{
    const tb_unary_attr *f = c->node->attr;
    tb_function kind = function_of(f->kind);
    bool steep = kind == TB_MAP_LOG || kind == TB_MAP_SQRT;
    float beside[TB_PIECE], a, b;
    float *to = steep ? beside : dx;
    constants(f, &a, &b);
    c->fast->map_back(kind, (size_t)n, to, dy, x, x, a, b, false);
    for (int i = 0; steep && i < n; i++)
        dx[i] = dy[i] == 0 ? 0 : beside[i];
}

static void slope_run(const tb_call *c, int n, float *dx, const float *x,
                      const float *dy, const int64_t *step)
{
    float d[TB_PIECE], in[TB_PIECE], out[TB_PIECE];
    for (int i = 0; i < n; i += TB_PIECE) {
        int m = n - i < TB_PIECE ? n - i : TB_PIECE;
        float *to = tb_piece_room(dx + i * step[0], step[0], out);
        slope_piece(c, m, to, tb_piece_take(x + i * step[1], step[1], m, in),
                    tb_piece_take(dy + i * step[2], step[2], m, d));
        tb_piece_give(dx + i * step[0], step[0], m, to);
    }
}

static TB_REALTIME void unary_grad_run(const tb_call *c, int phase, int part,
                                       int parts)
{
    tb_nest s;
    tb_nest_block b;
    (void)phase;
    tb_nest_of_all(&s, c);
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);) {
        tb_nest_runs r = tb_nest_runs_of(&s, &b);
        for (int i = 0; i < r.runs; i++)
            slope_run(c, r.n, (float *)c->out[0]->data + b.at[0] + i * r.by[0],
                      (const float *)c->in[0]->data + b.at[1] + i * r.by[1],
                      (const float *)c->in[1]->data + b.at[2] + i * r.by[2],
                      r.step);
    }
}

/* ---- two values ---- */

static bool are_reals(const tb_call *c)
{
    return c->out[0]->type == TB_REAL;
}

/* A column of elements that lie apart. */
static void binary_column(const tb_call *c, tb_binary_op op, int n, float *y,
                          const float *a, const float *b, const int64_t *step)
{
    float out[TB_PIECE], first[TB_PIECE], second[TB_PIECE];
    for (int i = 0; i < n; i += TB_PIECE) {
        int m = n - i < TB_PIECE ? n - i : TB_PIECE;
        float *to = tb_piece_room(y + i * step[0], step[0], out);
        c->fast->binary(
            op, 1, m, to, 0,
            (tb_rows){tb_piece_take(a + i * step[1], step[1], m, first), 0, 1},
            (tb_rows){tb_piece_take(b + i * step[2], step[2], m, second), 0, 1},
            false);
        tb_piece_give(y + i * step[0], step[0], m, to);
    }
}

static const tb_binary_op binary_ops[TB_BINARY_COUNT] = {
    [TB_ADD] = TB_BINARY_ADD, [TB_SUB] = TB_BINARY_SUB,
    [TB_MUL] = TB_BINARY_MUL, [TB_DIV] = TB_BINARY_DIV,
    [TB_MAX] = TB_BINARY_MAX, [TB_MIN] = TB_BINARY_MIN};

static void binary_block(const tb_call *c, const tb_nest *s,
                         const tb_nest_block *b)
{
    tb_binary_op op = binary_ops[TB_ATTR(tb_binary_attr, c->node)->kind];
    float *y = (float *)c->out[0]->data + b->at[0];
    const float *x0 = (const float *)c->in[0]->data + b->at[1];
    const float *x1 = (const float *)c->in[1]->data + b->at[2];
    if (b->cols == 1 && b->rows > 1)
        binary_column(c, op, b->rows, y, x0, x1, s->row);
    else
        c->fast->binary(op, b->rows, b->cols, y, s->row[0],
                        (tb_rows){x0, s->row[1], (int)s->col[1]},
                        (tb_rows){x1, s->row[2], (int)s->col[2]}, false);
}

static TB_REALTIME void binary_run(const tb_call *c, int phase, int part,
                                   int parts)
{
    tb_nest s;
    tb_nest_block b;
    (void)phase;
    tb_nest_of_all(&s, c);
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);)
        binary_block(c, &s, &b);
}

/* Gradients of a quotient, 0 where none arrives: x/y may be 0/0 there. */
static void quotient_row(int n, int which, float *const *p, const int64_t *step)
{
    for (int i = 0; i < n; i++) {
        float v = p[2][i * step[2]], w = p[3][i * step[3]];
        float slope = which ? -p[1][i * step[1]] / (v * v) : 1 / v;
        p[0][i * step[0]] = w == 0 ? 0 : w * slope;
    }
}

/* Of the larger or smaller of two: equals share it. */
static void choice_row(int n, bool first, float *const *p, const int64_t *step)
{
    for (int i = 0; i < n; i++) {
        float x = p[1][i * step[1]], y = p[2][i * step[2]];
        float slope = x == y ? 0.5f : (x > y) == first;
        p[0][i * step[0]] = slope * p[3][i * step[3]];
    }
}

static bool binary_grad_fits(const tb_call *c)
{
    tb_binary kind = TB_ATTR(tb_binary_grad_attr, c->node)->kind;
    return are_reals(c) && (kind == TB_DIV || kind == TB_MAX || kind == TB_MIN);
}

static TB_REALTIME void binary_grad_run(const tb_call *c, int phase, int part,
                                        int parts)
{
    const tb_binary_grad_attr *a = c->node->attr;
    float *data[] = {c->out[0]->data, c->in[0]->data, c->in[1]->data,
                     c->in[2]->data};
    bool first = (a->kind == TB_MAX) == (a->which == 0);
    tb_nest s;
    tb_nest_block b;
    (void)phase;
    tb_nest_of_all(&s, c);
    for (int64_t step = 0; tb_nest_next(&s, part, parts, &step, &b);) {
        tb_nest_runs r = tb_nest_runs_of(&s, &b);
        for (int i = 0; i < r.runs; i++) {
            float *p[4];
            for (int k = 0; k < 4; k++)
                p[k] = data[k] + b.at[k] + i * r.by[k];
            if (a->kind == TB_DIV)
                quotient_row(r.n, a->which, p, r.step);
            else
                choice_row(r.n, first, p, r.step);
        }
    }
}

const tb_kernel_entry tb_fast_elementwise[] = {
    {&tb_op_unary,
     {.run = unary_run, .parts = tb_nest_parts_of_all, .fits = unary_fits}},
    {&tb_op_unary_grad,
     {.run = unary_grad_run,
      .parts = tb_nest_parts_of_all,
      .fits = unary_fits}},
    {&tb_op_binary,
     {.run = binary_run, .parts = tb_nest_parts_of_all, .fits = are_reals}},
    {&tb_op_binary_grad,
     {.run = binary_grad_run,
      .parts = tb_nest_parts_of_all,
      .fits = binary_grad_fits}},
    {0}};
