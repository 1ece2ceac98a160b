/* Ops whose every element comes from the elements at its place. */
#include "engine/ops.h"
#include "torchscript/emitter.h"

#include <stdio.h>
#include <string.h>

/* Expressions in which x is the operand, a and b the constants. */
static const char *const unary[TB_UNARY_COUNT] = {
    [TB_RELU] = "torch.relu(x)",
    [TB_LEAKY_RELU] = "torch.leaky_relu(x, a)",
    [TB_TANH] = "torch.tanh(x)",
    [TB_SIGMOID] = "torch.sigmoid(x)",
    [TB_MISH] = "torch.mul(x, torch.tanh(torch.softplus(x)))",
    [TB_GELU] = "torch.gelu(x)",
    [TB_GELU_TANH] =
        "torch.mul(torch.mul(x, 0.5), torch.add(torch.tanh(torch.mul(torch.add("
        "x, torch.mul(torch.pow(x, 3), 0.044715)), 0.7978845608028654)), 1))",
    [TB_SILU] = "torch.mul(x, torch.sigmoid(x))",
    [TB_SOFTPLUS] = "torch.softplus(x)",
    [TB_ELU] = "torch.elu(x, a)",
    [TB_ABS] = "torch.abs(x)",
    [TB_EXP] = "torch.exp(x)",
    [TB_LOG] = "torch.log(x)",
    [TB_POW] = "torch.pow(x, a)",
    [TB_SQRT] = "torch.sqrt(x)",
    [TB_SIN] = "torch.sin(x)",
    [TB_COS] = "torch.cos(x)",
    [TB_SQUARE] = "torch.mul(x, x)",
    [TB_CLAMP] = "torch.clamp(x, a, b)",
    [TB_AFFINE] = "torch.add(torch.mul(x, a), b)",
    [TB_LOG1P] = "torch.log1p(x)",
    [TB_SIGN] = "torch.sign(x)",
    [TB_FLOOR] = "torch.floor(x)",
    [TB_ROUND] = "torch.round(x)"};

/* The letters x, a, b and c that stand alone become what they stand for. */
static const char *filled(tb_emitter *e, const char *form,
                          const char *const words[4])
{
    static const char letters[] = "xabc";
    char text[2048];
    size_t n = 0;
    for (const char *c = form; *c && n < sizeof text - 256; c++) {
        const char *letter = strchr(letters, *c);
        bool begins = c == form || strchr("( ", c[-1]);
        bool ends = strchr(",)", c[1]) != NULL;
        const char *word =
            letter && begins && ends ? words[letter - letters] : NULL;
        if (word)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s", word);
        else
            text[n++] = *c;
    }
    text[n < sizeof text ? n : sizeof text - 1] = 0;
    return tb_emit_text(e, "%s", text);
}

static void emit_unary(tb_emitter *e, const tb_node *n)
{
    const tb_unary_attr *how = TB_ATTR(tb_unary_attr, n);
    const tb_value *x = n->in[0];
    const char *words[4] = {tb_emit_read(e, n, 0), tb_emit_number(e, x, how->a),
                            tb_emit_number(e, x, how->b), ""};
    const char *form = unary[how->kind];
    if (how->kind == TB_AFFINE && how->b == 0)
        form = "torch.mul(x, a)";
    else if (how->kind == TB_AFFINE && how->a == 1)
        form = "torch.add(x, b)";
    tb_emit_give(e, n, filled(e, form, words));
}

/* A whole number by 0 is 0 here, and an exception there. */
static const char *form_of_quotient(tb_type type)
{
    return type == TB_I64 ? "torch.where(torch.eq(a, 0), torch.zeros_like(a), "
                            "torch.floor_divide(x, torch.where(torch.eq(a, 0), "
                            "torch.ones_like(a), a)))"
                          : "torch.div(x, a)";
}

static void emit_binary(tb_emitter *e, const tb_node *n)
{
    static const char *const forms[TB_BINARY_COUNT] = {
        [TB_ADD] = "torch.add(x, a)",     [TB_SUB] = "torch.sub(x, a)",
        [TB_MUL] = "torch.mul(x, a)",     [TB_DIV] = NULL,
        [TB_MAX] = "torch.maximum(x, a)", [TB_MIN] = "torch.minimum(x, a)"};
    tb_binary kind = TB_ATTR(tb_binary_attr, n)->kind;
    tb_type type = n->in[0]->type;
    const char *words[4] = {tb_emit_read(e, n, 0), tb_emit_read(e, n, 1), "",
                            ""};
    const char *form = kind == TB_DIV ? form_of_quotient(type) : forms[kind];
    if (type == TB_BOOL)
        form = kind == TB_MAX ? "torch.logical_or(x, a)"
                              : "torch.logical_and(x, a)";
    tb_emit_give(e, n, filled(e, form, words));
}

static void emit_gated(tb_emitter *e, const tb_node *n)
{
    int axis = TB_ATTR(tb_gated_attr, n)->axis;
    long long half = n->out[0]->dim[axis];
    const char *x = tb_emit_read(e, n, 0);
    const char *a =
        tb_emit_let(e, "torch.slice(%s, %d, 0, %lld, 1)", x, axis, half);
    const char *b = tb_emit_let(e, "torch.slice(%s, %d, %lld, %lld, 1)", x,
                                axis, half, 2 * half);
    tb_emit_give(
        e, n,
        tb_emit_text(e, "torch.mul(torch.tanh(%s), torch.sigmoid(%s))", a, b));
}

static void emit_compare(tb_emitter *e, const tb_node *n)
{
    static const char *const names[] = {"eq", "ne", "lt", "le", "gt", "ge"};
    const char *x = tb_emit_read(e, n, 0), *y = tb_emit_read(e, n, 1);
    tb_emit_give(e, n,
                 tb_emit_text(e, "torch.%s(%s, %s)",
                              names[TB_ATTR(tb_compare_attr, n)->kind], x, y));
}

static void emit_where(tb_emitter *e, const tb_node *n)
{
    const char *is = tb_emit_read(e, n, 0);
    const char *x = tb_emit_read(e, n, 1), *y = tb_emit_read(e, n, 2);
    tb_emit_give(e, n, tb_emit_text(e, "torch.where(%s, %s, %s)", is, x, y));
}

/* Reals become whole numbers towards 0, in both worlds. */
static void emit_cast(tb_emitter *e, const tb_node *n)
{
    tb_type type = n->out[0]->type;
    int to = type == TB_I64 ? 4 : type == TB_BOOL ? 11 : 6;
    if (type != TB_I64 && type != TB_BOOL && type != TB_REAL) {
        tb_emit_refuse(e, n, "complex numbers");
        return;
    }
    tb_emit_give(
        e, n, tb_emit_text(e, "torch.to(%s, %d)", tb_emit_read(e, n, 0), to));
}

static void emit_same(tb_emitter *e, const tb_node *n)
{
    tb_emit_give(e, n, tb_emit_read(e, n, 0));
}

/* Outside of training nothing is dropped, and nothing learns. */
const tb_emit_row tb_emit_arithmetic[] = {{&tb_op_unary, emit_unary},
                                          {&tb_op_binary, emit_binary},
                                          {&tb_op_gated, emit_gated},
                                          {&tb_op_compare, emit_compare},
                                          {&tb_op_where, emit_where},
                                          {&tb_op_cast, emit_cast},
                                          {&tb_op_dropout, emit_same},
                                          {&tb_op_detach, emit_same},
                                          {&tb_op_arrange, emit_same},
                                          {&tb_op_contiguous, emit_same},
                                          {NULL, NULL}};
