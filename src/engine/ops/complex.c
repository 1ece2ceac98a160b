#include "engine/ops/complex.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/shape.h"

static bool is_complex(const tb_value *z)
{
    if (z->type == TB_C64)
        return true;
    tb_graph_fail(z->graph, "Complex numbers are needed here, not reals: see "
                            "tb_complex.");
    return false;
}

/* ---- pairs of reals ---- */

tb_value *tb_as_real(tb_value *z)
{
    if (!z || !is_complex(z))
        return NULL;
    if (z->rank == TB_RANK)
        return tb_graph_fail(z->graph, "A complex value has at most %d axes.",
                             TB_RANK - 1);
    tb_shape shape = tb_value_shape(z);
    shape.dim[shape.rank++] = 2;
    tb_node *n = tb_node_new(z->graph, &tb_op_as_real, 1, &z, NULL, 0);
    tb_value *y = tb_node_output(n, TB_REAL, shape);
    for (int i = 0; y && i < z->rank; i++)
        y->order[i] = z->order[i];
    if (y)
        y->order[z->rank] = z->rank;
    return y;
}

static void as_real_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                        const bool *want, tb_value **din)
{
    (void)g, (void)n, (void)want;
    din[0] = tb_as_complex(dout[0]);
}

static bool as_real_view(const tb_node *n, const tb_tensor *in, tb_tensor *out,
                         int64_t *offset)
{
    (void)n;
    for (int i = 0; i < in->rank; i++)
        out->stride[i] = 2 * in->stride[i];
    out->stride[in->rank] = 1;
    *offset = out->time < 0 ? 0 : tb_frame_offset(in, out->first);
    return true;
}

tb_value *tb_as_complex(tb_value *x)
{
    if (!x)
        return NULL;
    if (x->type != TB_REAL || x->rank < 1 || x->dim[x->rank - 1] != 2)
        return tb_graph_fail(x->graph,
                             "Complex numbers are made of reals whose "
                             "last axis has 2 elements.");
    tb_shape shape = tb_value_shape(x);
    shape.rank--;
    tb_node *n = tb_node_new(x->graph, &tb_op_as_complex, 1, &x, NULL, 0);
    tb_value *z = tb_node_output(n, TB_C64, shape);
    int at = 0;
    for (int i = 0; z && i < x->rank; i++)
        if (x->order[i] != z->rank)
            z->order[at++] = x->order[i];
    return z;
}

static void as_complex_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                           const bool *want, tb_value **din)
{
    (void)g, (void)n, (void)want;
    din[0] = tb_as_real(dout[0]);
}

static bool as_complex_view(const tb_node *n, const tb_tensor *in,
                            tb_tensor *out, int64_t *offset)
{
    (void)n;
    if (in->stride[out->rank] != 1)
        return false;
    for (int i = 0; i < out->rank; i++) {
        if (in->stride[i] % 2)
            return false;
        out->stride[i] = in->stride[i] / 2;
    }
    *offset = out->time < 0 ? 0 : tb_frame_offset(in, out->first);
    return true;
}

tb_value *tb_complex(tb_value *re, tb_value *im)
{
    tb_value *any = re ? re : im;
    if (!any || (re && im && !tb_has_shape(re, tb_value_shape(im))))
        return any ? tb_graph_fail(any->graph, "The real and the imaginary "
                                               "part differ in shape.")
                   : NULL;
    tb_value *zero = re && im ? NULL : tb_map(any, TB_AFFINE, 0, 0);
    tb_value *parts[] = {re ? re : zero, im ? im : zero};
    tb_shape shape = tb_value_shape(any);
    if (shape.rank == TB_RANK)
        return tb_graph_fail(any->graph, "A complex value has at most %d axes.",
                             TB_RANK - 1);
    shape.dim[shape.rank++] = 1;
    for (int i = 0; i < 2; i++)
        parts[i] = tb_reshape(parts[i], shape);
    return tb_as_complex(tb_concat(2, parts, shape.rank - 1));
}

static tb_value *one_part(tb_value *z, int which)
{
    tb_value *pairs = tb_as_real(z);
    return pairs ? tb_reshape(tb_slice(pairs, z->rank, which, which + 1, 1),
                              tb_value_shape(z))
                 : NULL;
}

tb_value *tb_real_part(tb_value *z)
{
    return one_part(z, 0);
}

tb_value *tb_imag_part(tb_value *z)
{
    return one_part(z, 1);
}

tb_value *tb_conj(tb_value *z)
{
    if (!z)
        return NULL;
    tb_value *turn = tb_constant(z->graph, tb_dims(2), (const double[]){1, -1});
    return tb_as_complex(tb_mul(tb_as_real(z), turn));
}

tb_value *tb_polar(tb_value *r, tb_value *angle)
{
    return tb_complex(tb_mul(r, tb_map(angle, TB_COS, 0, 0)),
                      tb_mul(r, tb_map(angle, TB_SIN, 0, 0)));
}

tb_value *tb_complex_exp(tb_value *z)
{
    return tb_polar(tb_map(tb_real_part(z), TB_EXP, 0, 0), tb_imag_part(z));
}

/* ---- magnitude and angle ---- */

static tb_value *real_of(tb_value *z, const tb_op *op)
{
    if (!z || !is_complex(z))
        return NULL;
    tb_node *n = tb_node_new(z->graph, op, 1, &z, NULL, 0);
    tb_value *y = tb_node_output(n, TB_REAL, tb_value_shape(z));
    tb_value_order_as(y, z);
    return y;
}

tb_value *tb_magnitude(tb_value *z)
{
    return real_of(z, &tb_op_magnitude);
}

tb_value *tb_angle(tb_value *z)
{
    return real_of(z, &tb_op_angle);
}

static void polar_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                      const bool *want, tb_value **din)
{
    tb_value *in[] = {n->in[0], dout[0]};
    const tb_op *op =
        n->op == &tb_op_angle ? &tb_op_angle_grad : &tb_op_magnitude_grad;
    (void)want;
    din[0] = tb_node_output_like(tb_node_new(g, op, 2, in, NULL, 0), n->in[0]);
}

const tb_op tb_op_as_real = {.name = "as_real",
                             .vjp = as_real_vjp,
                             .view = as_real_view,
                             .types = TB_ANY_TYPE};
const tb_op tb_op_as_complex = {
    .name = "as_complex", .vjp = as_complex_vjp, .view = as_complex_view};
const tb_op tb_op_magnitude = {
    .name = "magnitude", .vjp = polar_vjp, .types = TB_ANY_TYPE};
const tb_op tb_op_magnitude_grad = {.name = "magnitude_grad",
                                    .types = TB_ANY_TYPE};
const tb_op tb_op_angle = {
    .name = "angle", .vjp = polar_vjp, .types = TB_ANY_TYPE};
const tb_op tb_op_angle_grad = {.name = "angle_grad", .types = TB_ANY_TYPE};
