#include "engine/ops/matmul.h"

#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"

/* Size of the batch axis that lies `back` before the two of the matrix. */
static int64_t batch_dim(const tb_value *v, int back)
{
    int axis = v->rank - 3 - back;
    return axis >= 0 ? v->dim[axis] : 1;
}

static bool matmul_shape(const tb_value *a, const tb_value *b, tb_shape *out)
{
    if (a->rank < 2 || b->rank < 2 ||
        a->dim[a->rank - 1] != b->dim[b->rank - 2])
        return false;
    out->rank = a->rank > b->rank ? a->rank : b->rank;
    for (int i = 0; i < out->rank - 2; i++) {
        int64_t p = batch_dim(a, i), q = batch_dim(b, i);
        if (p != q && p != 1 && q != 1)
            return false;
        out->dim[out->rank - 3 - i] = p == 1 ? q : p;
    }
    out->dim[out->rank - 2] = a->dim[a->rank - 2];
    out->dim[out->rank - 1] = b->dim[b->rank - 1];
    return true;
}

tb_value *tb_matmul(tb_value *a, tb_value *b)
{
    tb_shape shape;
    if (!a || !b)
        return NULL;
    if (!matmul_shape(a, b, &shape))
        return tb_graph_fail(a->graph,
                             "Matrix product: the shapes do not fit.");
    bool frames = a->time >= 0 && a->time == a->rank - 1;
    tb_value *in[] = {a, b};
    tb_node *n =
        tb_node_new(a->graph, frames ? &tb_op_matmul_frames : &tb_op_matmul, 2,
                    in, NULL, 0);
    return tb_node_output(n, TB_REAL, shape);
}

static tb_value *transpose(tb_value *v)
{
    int axes[TB_RANK];
    for (int i = 0; i < v->rank; i++)
        axes[i] = i;
    axes[v->rank - 1] = v->rank - 2;
    axes[v->rank - 2] = v->rank - 1;
    return tb_permute(v, axes);
}

static void matmul_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                       const bool *want, tb_value **din)
{
    tb_value *a = n->in[0], *b = n->in[1], *dy = dout[0];
    (void)g;
    if (want[0])
        din[0] = tb_sum_to(tb_matmul(dy, transpose(b)), a);
    if (want[1])
        din[1] = tb_sum_to(tb_matmul(transpose(a), dy), b);
}

const tb_op tb_op_matmul = {.name = "matmul", .vjp = matmul_vjp};
const tb_op tb_op_matmul_frames = {
    .name = "matmul_frames", .time = TB_TIME_WHOLE, .vjp = matmul_vjp};
