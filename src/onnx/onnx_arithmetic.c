/* Ops whose every element comes from the elements at its place. */
#include "engine/ops.h"
#include "onnx/onnx_rows.h"

/* ---- functions of one number ---- */

/* Those that ONNX has by a name. */
static const char *const named[TB_UNARY_COUNT] = {
    [TB_RELU] = "Relu",         [TB_TANH] = "Tanh", [TB_SIGMOID] = "Sigmoid",
    [TB_SOFTPLUS] = "Softplus", [TB_ABS] = "Abs",   [TB_EXP] = "Exp",
    [TB_LOG] = "Log",           [TB_SQRT] = "Sqrt", [TB_SIN] = "Sin",
    [TB_COS] = "Cos",           [TB_SIGN] = "Sign", [TB_FLOOR] = "Floor",
    [TB_ROUND] = "Round"};

static const char *with_alpha(tb_onnx_emitter *e, const char *kind,
                              const char *x, double alpha)
{
    tb_onnx_node n = tb_onnx_begin(e->graph, kind);
    tb_onnx_input(&n, x);
    tb_onnx_set_real(&n, "alpha", alpha);
    return tb_onnx_end(&n);
}

static const char *clamped(tb_onnx_emitter *e, const char *x, tb_type type,
                           double low, double high)
{
    tb_onnx_node n = tb_onnx_begin(e->graph, "Clip");
    tb_onnx_input(&n, x);
    tb_onnx_input(&n, tb_onnx_number(e->graph, type, low));
    tb_onnx_input(&n, tb_onnx_number(e->graph, type, high));
    return tb_onnx_end(&n);
}

static const char *affine(tb_onnx_emitter *e, const char *x, tb_type type,
                          double a, double b)
{
    tb_onnx_graph *g = e->graph;
    if (a != 1)
        x = tb_onnx_two(g, "Mul", x, tb_onnx_number(g, type, a));
    if (b != 0)
        x = tb_onnx_two(g, "Add", x, tb_onnx_number(g, type, b));
    return x;
}

/* (1 + erf(x / sqrt(2))) x / 2, or its approximation by a tanh. */
static const char *gelu(tb_onnx_emitter *e, const char *x, bool by_tanh)
{
    tb_onnx_graph *g = e->graph;
    const char *y = affine(e, x, TB_REAL, 0.7071067811865476, 0);
    if (by_tanh) {
        const char *cube =
            tb_onnx_two(g, "Mul", tb_onnx_two(g, "Mul", x, x), x);
        y = tb_onnx_two(g, "Add", x, affine(e, cube, TB_REAL, 0.044715, 0));
        y = affine(e, y, TB_REAL, 0.7978845608028654, 0);
    }
    y = tb_onnx_one(g, by_tanh ? "Tanh" : "Erf", y);
    return tb_onnx_two(g, "Mul", affine(e, y, TB_REAL, 0.5, 0.5), x);
}

static const char *composed(tb_onnx_emitter *e, const tb_node *n, const char *x)
{
    const tb_unary_attr *how = TB_ATTR(tb_unary_attr, n);
    tb_onnx_graph *g = e->graph;
    tb_type type = n->in[0]->type;
    switch (how->kind) {
    case TB_LEAKY_RELU:
        return with_alpha(e, "LeakyRelu", x, how->a);
    case TB_ELU:
        return with_alpha(e, "Elu", x, how->a);
    case TB_SQUARE:
        return tb_onnx_two(g, "Mul", x, x);
    case TB_AFFINE:
        return affine(e, x, type, how->a, how->b);
    case TB_POW:
        return tb_onnx_two(g, "Pow", x, tb_onnx_number(g, type, how->a));
    case TB_CLAMP:
        return clamped(e, x, type, how->a, how->b);
    case TB_LOG1P:
        return tb_onnx_one(g, "Log", affine(e, x, type, 1, 1));
    case TB_SILU:
        return tb_onnx_two(g, "Mul", x, tb_onnx_one(g, "Sigmoid", x));
    case TB_MISH:
        return tb_onnx_two(
            g, "Mul", x, tb_onnx_one(g, "Tanh", tb_onnx_one(g, "Softplus", x)));
    case TB_GELU:
    case TB_GELU_TANH:
        return gelu(e, x, how->kind == TB_GELU_TANH);
    default:
        tb_onnx_refuse(e, n, "this function");
        return "";
    }
}

static void emit_unary(tb_onnx_emitter *e, const tb_node *n)
{
    const char *one = named[TB_ATTR(tb_unary_attr, n)->kind];
    const char *x = tb_onnx_read(e, n, 0);
    tb_onnx_give(e, n, one ? tb_onnx_one(e->graph, one, x) : composed(e, n, x));
}

/* ---- of two, and more ---- */

static void emit_binary(tb_onnx_emitter *e, const tb_node *n)
{
    static const char *const names[TB_BINARY_COUNT] = {
        [TB_ADD] = "Add", [TB_SUB] = "Sub", [TB_MUL] = "Mul",
        [TB_DIV] = "Div", [TB_MAX] = "Max", [TB_MIN] = "Min"};
    tb_binary kind = TB_ATTR(tb_binary_attr, n)->kind;
    tb_type type = n->in[0]->type;
    const char *name = names[kind];
    if (type == TB_BOOL)
        name = kind == TB_MAX ? "Or" : "And";
    if (type == TB_I64 && kind == TB_DIV)
        tb_onnx_refuse(e, n, "a quotient of whole numbers");
    tb_onnx_give(e, n,
                 tb_onnx_two(e->graph, name, tb_onnx_read(e, n, 0),
                             tb_onnx_read(e, n, 1)));
}

static void emit_compare(tb_onnx_emitter *e, const tb_node *n)
{
    static const char *const names[] = {
        "Equal", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"};
    int kind = (int)TB_ATTR(tb_compare_attr, n)->kind;
    const char *y = tb_onnx_two(e->graph, names[kind], tb_onnx_read(e, n, 0),
                                tb_onnx_read(e, n, 1));
    tb_onnx_give(e, n, kind == 1 ? tb_onnx_one(e->graph, "Not", y) : y);
}

static void emit_where(tb_onnx_emitter *e, const tb_node *n)
{
    tb_onnx_node w = tb_onnx_begin(e->graph, "Where");
    for (int i = 0; i < 3; i++)
        tb_onnx_input(&w, tb_onnx_read(e, n, i));
    tb_onnx_give(e, n, tb_onnx_end(&w));
}

static void emit_gated(tb_onnx_emitter *e, const tb_node *n)
{
    int axis = TB_ATTR(tb_gated_attr, n)->axis;
    int64_t half = n->out[0]->dim[axis];
    const char *x = tb_onnx_read(e, n, 0);
    const char *a = tb_onnx_slice(e, x, axis, 0, half, 1);
    const char *b = tb_onnx_slice(e, x, axis, half, 2 * half, 1);
    tb_onnx_give(e, n,
                 tb_onnx_two(e->graph, "Mul", tb_onnx_one(e->graph, "Tanh", a),
                             tb_onnx_one(e->graph, "Sigmoid", b)));
}

/* Reals become whole numbers towards 0, in both worlds. */
static void emit_cast(tb_onnx_emitter *e, const tb_node *n)
{
    tb_type type = n->out[0]->type;
    tb_onnx_node c = tb_onnx_begin(e->graph, "Cast");
    if (type != TB_I64 && type != TB_BOOL && type != TB_REAL)
        tb_onnx_refuse(e, n, "complex numbers");
    tb_onnx_input(&c, tb_onnx_read(e, n, 0));
    tb_onnx_set_integer(&c, "to", tb_onnx_type(type));
    tb_onnx_give(e, n, tb_onnx_end(&c));
}

static void emit_same(tb_onnx_emitter *e, const tb_node *n)
{
    tb_onnx_give(e, n, tb_onnx_read(e, n, 0));
}

/* Outside of training nothing is dropped, and nothing learns. */
const tb_onnx_row tb_onnx_arithmetic[] = {{&tb_op_unary, emit_unary},
                                          {&tb_op_binary, emit_binary},
                                          {&tb_op_compare, emit_compare},
                                          {&tb_op_where, emit_where},
                                          {&tb_op_gated, emit_gated},
                                          {&tb_op_cast, emit_cast},
                                          {&tb_op_dropout, emit_same},
                                          {&tb_op_detach, emit_same},
                                          {&tb_op_arrange, emit_same},
                                          {&tb_op_contiguous, emit_same},
                                          {NULL, NULL}};
