#include "engine/ops/elementwise.h"

#include "engine/ops/complex.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

static bool takes_reals(const tb_value *x, const char *name)
{
    if (x->type == TB_REAL)
        return true;
    tb_graph_fail(x->graph, "%s takes real numbers, not indices.", name);
    return false;
}

tb_value *tb_map(tb_value *x, tb_unary kind, double a, double b)
{
    if (x && x->type == TB_C64 && kind == TB_AFFINE && b == 0)
        return tb_as_complex(tb_map(tb_as_real(x), kind, a, 0));
    if (!x || !takes_reals(x, "A function of each element"))
        return NULL;
    tb_unary_attr attr = {kind, a, b};
    tb_node *n = tb_node_new(x->graph, &tb_op_unary, 1, &x, &attr, sizeof attr);
    return tb_node_output_like(n, x);
}

bool tb_unary_tells_slope(const tb_unary_attr *f)
{
    switch (f->kind) {
    case TB_LEAKY_RELU:
        return f->a >= 0;
    case TB_RELU:
    case TB_TANH:
    case TB_SIGMOID:
    case TB_EXP:
    case TB_SQRT:
        return true;
    default:
        return false;
    }
}

static void unary_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                      const bool *want, tb_value **din)
{
    (void)want;
    const tb_unary_attr *attr = TB_ATTR(tb_unary_attr, n);
    if (attr->kind == TB_AFFINE) {
        din[0] = tb_scale(dout[0], attr->a);
        return;
    }
    tb_value *in[] = {tb_unary_tells_slope(attr) ? n->out[0] : n->in[0],
                      dout[0]};
    tb_node *grad =
        tb_node_new(g, &tb_op_unary_grad, 2, in, attr, sizeof *attr);
    din[0] = tb_node_output_like(grad, n->in[0]);
}

/* ---- two values ---- */

/* Size of the axis that lies `back` axes before the last; 1 if missing. */
static int64_t dim_from_last(const tb_value *v, int back)
{
    return back < v->rank ? v->dim[v->rank - 1 - back] : 1;
}

bool tb_broadcast_to(const tb_value *y, tb_shape *out)
{
    tb_shape old = *out;
    out->rank = old.rank > y->rank ? old.rank : y->rank;
    for (int i = 0; i < out->rank; i++) {
        int64_t a = i < old.rank ? old.dim[old.rank - 1 - i] : 1;
        int64_t b = dim_from_last(y, i);
        if (a != b && a != 1 && b != 1) {
            tb_graph_fail(y->graph,
                          "Two values with %d and %d axes cannot be combined: "
                          "their shapes do not fit together.",
                          old.rank, y->rank);
            return false;
        }
        out->dim[out->rank - 1 - i] = a == 1 ? b : a;
    }
    return true;
}

bool tb_broadcast(const tb_value *x, const tb_value *y, tb_shape *out)
{
    *out = tb_value_shape(x);
    return tb_broadcast_to(y, out);
}

static bool combines(tb_binary kind, tb_type type)
{
    bool chooses = kind == TB_MAX || kind == TB_MIN;
    return type == TB_REAL || type == TB_I64 || (type == TB_BOOL && chooses) ||
           (type == TB_C64 && !chooses);
}

tb_value *tb_combine(tb_binary kind, tb_value *x, tb_value *y)
{
    tb_shape shape;
    if (!x || !y)
        return NULL;
    if (x->type != y->type || !combines(kind, x->type))
        return tb_graph_fail(x->graph, "Two values are combined as one type: "
                                       "cast one of them. Truth values and "
                                       "complex numbers know only some ways.");
    if (x->type == TB_C64 && (kind == TB_ADD || kind == TB_SUB))
        return tb_as_complex(tb_combine(kind, tb_as_real(x), tb_as_real(y)));
    if (!tb_broadcast(x, y, &shape))
        return NULL;
    tb_value *in[] = {x, y};
    tb_binary_attr attr = {kind};
    tb_node *n =
        tb_node_new(x->graph, &tb_op_binary, 2, in, &attr, sizeof attr);
    tb_value *out = tb_node_output(n, x->type, shape);
    tb_value_order_of(out, 2, in);
    return out;
}

/* A node of its own where the slope depends on both operands. That of a
   quotient in x does not depend on x, which need not be kept for it. */
static tb_value *binary_grad(const tb_node *n, tb_value *dout, int which)
{
    tb_binary_grad_attr attr = {TB_ATTR(tb_binary_attr, n)->kind, which};
    bool needs_x = attr.kind != TB_DIV || which == 1;
    tb_value *in[] = {n->in[!needs_x], n->in[1], dout};
    tb_node *grad =
        tb_node_new(n->graph, &tb_op_binary_grad, 3, in, &attr, sizeof attr);
    return tb_node_output_like(grad, n->out[0]);
}

/* The gradient itself, as a value of its own where the operand may have more
   frames than the result. */
static tb_value *handed_on(const tb_node *n, tb_value *dout)
{
    if (n->in[0]->time < 0 || n->in[1]->time < 0)
        return dout;
    tb_value *same = tb_reshape(dout, tb_value_shape(dout));
    tb_value_order_of(same, 1, &dout);
    return same;
}

static tb_value *operand_grad(const tb_node *n, tb_value *dout, int which)
{
    tb_value *other = n->in[1 - which];
    switch (TB_ATTR(tb_binary_attr, n)->kind) {
    case TB_ADD:
        return handed_on(n, dout);
    case TB_SUB:
        return which == 0 ? handed_on(n, dout) : tb_scale(dout, -1);
    case TB_MUL:
        return tb_mul(dout, other->type == TB_C64 ? tb_conj(other) : other);
    default:
        return binary_grad(n, dout, which);
    }
}

/* First what is summed up at once, for then its operands may be written over.
 */
static void binary_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                       const bool *want, tb_value **din)
{
    int first = !tb_has_shape(n->in[1], tb_value_shape(n->out[0]));
    if (n->out[0]->type != TB_REAL && n->out[0]->type != TB_C64)
        return;
    (void)g;
    for (int k = 0; k < 2; k++) {
        int i = first ^ k;
        if (want[i])
            din[i] = tb_sum_to(operand_grad(n, dout[0], i), n->in[i]);
    }
}

/* ---- activations of several values ---- */

tb_value *tb_gated(tb_value *x, int axis)
{
    if (!x || !takes_reals(x, "A gate"))
        return NULL;
    if (axis < 0 || axis >= x->rank || axis == x->time || x->dim[axis] % 2)
        return tb_graph_fail(x->graph,
                             "A gate halves an axis: axis %d is "
                             "missing, time, or odd.",
                             axis);
    tb_shape shape = tb_value_shape(x);
    shape.dim[axis] /= 2;
    tb_gated_attr attr = {axis};
    tb_node *n = tb_node_new(x->graph, &tb_op_gated, 1, &x, &attr, sizeof attr);
    tb_value *y = tb_node_output(n, TB_REAL, shape);
    for (int i = 0; y && i < y->rank; i++)
        y->order[i] = x->order[i];
    return y;
}

static void gated_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                      const bool *want, tb_value **din)
{
    (void)want;
    tb_value *in[] = {n->in[0], dout[0]};
    tb_node *grad = tb_node_new(g, &tb_op_gated_grad, 2, in, n->attr,
                                sizeof(tb_gated_attr));
    din[0] = tb_node_output_like(grad, n->in[0]);
}

tb_value *tb_snake(tb_value *x, tb_value *alpha, int axis)
{
    if (!x || !alpha)
        return NULL;
    if (axis < 0 || axis >= x->rank || axis == x->time || alpha->rank != 1 ||
        alpha->dim[0] != x->dim[axis])
        return tb_graph_fail(x->graph,
                             "Snake needs one alpha for each element "
                             "of axis %d.",
                             axis);
    tb_shape shape = {x->rank - axis, {0}};
    shape.dim[0] = alpha->dim[0];
    for (int i = 1; i < shape.rank; i++)
        shape.dim[i] = 1;
    tb_value *a = tb_reshape(alpha, shape);
    tb_value *sine = tb_map(tb_mul(a, x), TB_SIN, 0, 0);
    return tb_add(x, tb_div(tb_map(sine, TB_SQUARE, 0, 0),
                            tb_map(a, TB_AFFINE, 1, 1e-9)));
}

const tb_op tb_op_unary = {
    .name = "unary", .vjp = unary_vjp, .in_place = 1, .any_order = true};
const tb_op tb_op_unary_grad = {
    .name = "unary_grad", .in_place = 3, .any_order = true};
const tb_op tb_op_binary = {.name = "binary",
                            .vjp = binary_vjp,
                            .in_place = 3,
                            .types = TB_ANY_TYPE,
                            .any_order = true};
const tb_op tb_op_binary_grad = {.name = "binary_grad",
                                 .in_place = 7,
                                 .types = TB_ANY_TYPE,
                                 .any_order = true};
const tb_op tb_op_gated = {.name = "gated", .vjp = gated_vjp};
const tb_op tb_op_gated_grad = {.name = "gated_grad"};
