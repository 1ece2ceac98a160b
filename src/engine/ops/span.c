#include "engine/ops/span.h"

#include "engine/ops/elementwise.h"

static bool are_alike(const tb_value *old, const tb_value *value, int axis)
{
    bool alike = old->type == value->type && old->rank == value->rank &&
                 old->time < 0 && value->time < 0 && axis >= 0 &&
                 axis < old->rank;
    for (int i = 0; alike && i < old->rank; i++)
        alike = i == axis || old->dim[i] == value->dim[i];
    return alike;
}

static tb_value *write_span(tb_value *old, tb_value *value, tb_value *place,
                            tb_span_attr attr)
{
    if (!old || !value || !place)
        return NULL;
    if (place->type != TB_I64 || place->rank != 1 || place->dim[0] != 3 ||
        !are_alike(old, value, attr.axis))
        return tb_graph_fail(old->graph,
                             "A write into a part of an axis needs two values "
                             "that are as long along all other axes, and a "
                             "place of three whole numbers.");
    tb_value *in[] = {old, value, place};
    tb_node *n =
        tb_node_new(old->graph, &tb_op_write_span, 3, in, &attr, sizeof attr);
    return tb_node_output_like(n, old);
}

tb_value *tb_write_span(tb_value *old, tb_value *value, tb_value *place,
                        int axis)
{
    return write_span(old, value, place, (tb_span_attr){axis, false});
}

/* What was replaced has no part in it; what replaced it has just that. */
static void write_span_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                           const bool *want, tb_value **din)
{
    tb_span_attr attr = *TB_ATTR(tb_span_attr, n);
    tb_value *zero = tb_fill(g, tb_value_shape(n->in[1]), 0);
    if (want[0])
        din[0] = write_span(dout[0], zero, n->in[2], attr);
    attr.back = !attr.back;
    if (want[1])
        din[1] = write_span(zero, dout[0], n->in[2], attr);
}

tb_span_place tb_span_placed(const tb_span_attr *attr, const int64_t *place,
                             int64_t stride, int64_t old_length,
                             int64_t new_length)
{
    tb_span_place s = {place[0], place[stride], place[2 * stride]};
    if (attr->back) {
        s.to = place[stride];
        s.from = place[0];
    }
    if (s.to < 0 || s.from < 0 || s.to > old_length || s.from > new_length)
        return (tb_span_place){0};
    if (s.count > old_length - s.to)
        s.count = old_length - s.to;
    if (s.count > new_length - s.from)
        s.count = new_length - s.from;
    return s;
}

const tb_op tb_op_write_span = {.name = "write_span",
                                .vjp = write_span_vjp,
                                .in_place = 1,
                                .types = TB_ANY_TYPE};
