#include "engine/ops/strided.h"

#include "engine/ops/elementwise.h"
#include "engine/ops/reduce.h"

#include <stdlib.h>
#include <string.h>

static int64_t elements(const tb_value *x)
{
    int64_t n = 1;
    for (int i = 0; i < x->rank; i++)
        n *= x->dim[i];
    return n;
}

/* Whether a region lies within the n elements of x. */
static bool strided_fits(const tb_strided_attr *a, int64_t n)
{
    int64_t low = a->offset, high = a->offset;
    for (int i = 0; i < a->rank; i++) {
        if (a->dim[i] == 0)
            return true;
        int64_t reach = 0;
        if (a->dim[i] < 0 || a->stride[i] > INT32_MAX ||
            a->stride[i] < -(int64_t)INT32_MAX || a->dim[i] > INT32_MAX)
            return false;
        reach = (a->dim[i] - 1) * a->stride[i];
        low += reach < 0 ? reach : 0;
        high += reach > 0 ? reach : 0;
        if (low < 0 || high >= n)
            return false;
    }
    return low >= 0 && high < n;
}

static bool strided_attr(tb_value *x, tb_shape shape, const int64_t *strides,
                         int64_t offset, tb_strided_attr *a)
{
    *a = (tb_strided_attr){.rank = shape.rank, .offset = offset};
    for (int i = 0; i < shape.rank && i < TB_RANK; i++) {
        a->dim[i] = shape.dim[i];
        a->stride[i] = strides[i];
    }
    if (x->time < 0 && shape.rank >= 0 && shape.rank <= TB_RANK &&
        strided_fits(a, elements(x)))
        return true;
    tb_graph_fail(x->graph, "A strided region lies outside of its value, or "
                            "the value has frames.");
    return false;
}

tb_value *tb_as_strided(tb_value *x, tb_shape shape, const int64_t *strides,
                        int64_t offset)
{
    tb_strided_attr attr;
    if (!x || !strided_attr(x, shape, strides, offset, &attr))
        return NULL;
    tb_node *n =
        tb_node_new(x->graph, &tb_op_as_strided, 1, &x, &attr, sizeof attr);
    return tb_node_output(n, x->type, shape);
}

static void as_strided_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                           const bool *want, tb_value **din)
{
    (void)want;
    tb_node *grad = tb_node_new(g, &tb_op_add_strided, 1, dout, n->attr,
                                sizeof(tb_strided_attr));
    din[0] = tb_node_output_like(grad, n->in[0]);
}

static bool as_strided_view(const tb_node *n, const tb_tensor *in,
                            tb_tensor *out, int64_t *offset)
{
    const tb_strided_attr *a = TB_ATTR(tb_strided_attr, n);
    if (!tb_is_contiguous(in))
        return false;
    memcpy(out->stride, a->stride, sizeof out->stride);
    *offset = a->offset;
    return true;
}

/* Sorted by stride, each axis must step over all that lies within. */
static bool writes_once(const tb_strided_attr *a)
{
    int64_t within = 0;
    unsigned left = 0;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] > 1)
            left |= TB_AXIS(i);
    while (left) {
        int next = -1;
        for (int i = 0; i < a->rank; i++)
            if (left >> i & 1 &&
                (next < 0 || llabs(a->stride[i]) < llabs(a->stride[next])))
                next = i;
        if (llabs(a->stride[next]) <= within)
            return false;
        within += (a->dim[next] - 1) * llabs(a->stride[next]);
        left &= ~TB_AXIS(next);
    }
    return true;
}

tb_value *tb_write_view(tb_value *old, tb_shape shape, const int64_t *strides,
                        int64_t offset, tb_value *value)
{
    tb_strided_attr attr;
    if (!old || !value || !strided_attr(old, shape, strides, offset, &attr))
        return NULL;
    if (value->type != old->type || !tb_has_shape(value, shape) ||
        !writes_once(&attr))
        return tb_graph_fail(old->graph,
                             "A write into a strided region needs "
                             "a value of its shape and type, and places that "
                             "do not overlap.");
    tb_value *in[] = {old, value};
    tb_node *n =
        tb_node_new(old->graph, &tb_op_write_view, 2, in, &attr, sizeof attr);
    return tb_node_output_like(n, old);
}

static void write_view_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                           const bool *want, tb_value **din)
{
    const tb_strided_attr *a = TB_ATTR(tb_strided_attr, n);
    tb_shape shape = tb_dims_of(a->rank, a->dim);
    if (want[0])
        din[0] = tb_write_view(dout[0], shape, a->stride, a->offset,
                               tb_fill(g, shape, 0));
    if (want[1])
        din[1] = tb_as_strided(dout[0], shape, a->stride, a->offset);
}

const tb_op tb_op_as_strided = {.name = "as_strided",
                                .vjp = as_strided_vjp,
                                .view = as_strided_view,
                                .types = TB_ANY_TYPE};
const tb_op tb_op_add_strided = {.name = "add_strided", .types = TB_ANY_TYPE};
const tb_op tb_op_write_view = {.name = "write_view",
                                .vjp = write_view_vjp,
                                .in_place = 1,
                                .types = TB_ANY_TYPE};
