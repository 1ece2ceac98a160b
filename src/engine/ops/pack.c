#include "engine/ops/pack.h"

static tb_shape panels_of(const tb_pack_attr *how)
{
    int64_t out = how->transposed ? how->w.dim[1] : how->w.dim[0] / how->groups;
    int64_t in = how->transposed ? how->w.dim[0] / how->groups : how->w.dim[1];
    int64_t taps = 1;
    for (int i = 2; i < how->w.rank; i++)
        taps *= how->w.dim[i];
    return tb_dims(how->groups * ((out + TB_PANEL - 1) / TB_PANEL), taps, in,
                   TB_PANEL);
}

tb_value *tb_pack(tb_value *w, bool transposed, int64_t groups)
{
    if (!w)
        return NULL;
    if (w->rank < 2 || w->rank > 4 || w->time >= 0 || groups < 1 ||
        w->dim[0] % groups)
        return tb_graph_fail(w->graph,
                             "Packing: these are no weights of %lld groups.",
                             (long long)groups);
    tb_pack_attr attr = {transposed, groups, tb_value_shape(w)};
    tb_node *n = tb_node_new(w->graph, &tb_op_pack, 1, &w, &attr, sizeof attr);
    return tb_node_output(n, TB_REAL, panels_of(&attr));
}

tb_value *tb_unpack(tb_value *panels, tb_pack_attr how)
{
    if (!panels)
        return NULL;
    tb_node *n =
        tb_node_new(panels->graph, &tb_op_unpack, 1, &panels, &how, sizeof how);
    return tb_node_output(n, TB_REAL, how.w);
}

static void pack_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                     const bool *want, tb_value **din)
{
    (void)g, (void)want;
    din[0] = tb_unpack(dout[0], *TB_ATTR(tb_pack_attr, n));
}

static void unpack_vjp(tb_graph *g, const tb_node *n, tb_value *const *dout,
                       const bool *want, tb_value **din)
{
    tb_pack_attr how = *TB_ATTR(tb_pack_attr, n);
    (void)g, (void)want;
    din[0] = tb_pack(dout[0], how.transposed, how.groups);
}

const tb_op tb_op_pack = {.name = "pack", .vjp = pack_vjp};
const tb_op tb_op_unpack = {.name = "unpack", .vjp = unpack_vjp};
