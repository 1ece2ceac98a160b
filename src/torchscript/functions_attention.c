/* Attention as one call, as PyTorch composes it. */
#include "torchscript/functions.h"

#include "engine/ops.h"

#include <math.h>

/* Where a query looks: scores of keys that a mask forbids become -infinity, and
   a mask of numbers is added. */
static tb_value *masked(tb_builtin_call *c, tb_value *scores, int mask)
{
    if (!tb_has(c, mask) || !scores)
        return scores;
    if (tb_is_tensor(c, mask) && c->arg[mask].tensor->dtype == TB_DTYPE_BOOL) {
        tb_value *may = tb_arg_value(c, mask, TB_DTYPE_BOOL);
        return may ? tb_where(may, scores,
                              tb_fill(scores->graph, (tb_shape){0}, -HUGE_VAL))
                   : NULL;
    }
    tb_value *more = tb_arg_value(c, mask, TB_DTYPE_FLOAT32);
    return more ? tb_add(scores, more) : NULL;
}

/* Query i looks at keys 0 to i. */
static tb_value *causal(tb_builtin_call *c, tb_value *scores)
{
    int64_t rows = scores->dim[scores->rank - 2];
    int64_t columns = scores->dim[scores->rank - 1];
    uint8_t *x = tb_arena_array(c->r->arena, (size_t)(rows * columns), 1);
    for (int64_t i = 0; x && i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            x[i * columns + j] = j <= i;
    return x ? tb_where(tb_constant_type(scores->graph, TB_BOOL,
                                         tb_dims(rows, columns), TB_BOOL, x),
                        scores,
                        tb_fill(scores->graph, (tb_shape){0}, -HUGE_VAL))
             : NULL;
}

static tb_value *softmax(tb_value *x)
{
    unsigned last = TB_AXIS(x->rank - 1);
    tb_value *z = tb_sub(x, tb_reduce(x, TB_REDUCE_MAX, last, true));
    tb_value *e = tb_map(z, TB_EXP, 0, 0);
    return tb_div(e, tb_sum(e, last, true));
}

/* scaled_dot_product_attention(q, k, v, mask, dropout, is_causal, scale); in
   1.13 _scaled_dot_product_attention(q, k, v, mask, dropout, weights,
   is_causal), which gives the probabilities too. */
static bool attention(tb_builtin_call *c, tb_script_value *out)
{
    bool old = c->function->kind, is_causal = false;
    double scale = 0;
    tb_value *q = tb_arg_value(c, 0, TB_DTYPE_FLOAT32);
    tb_value *k = tb_arg_value(c, 1, TB_DTYPE_FLOAT32);
    tb_value *v = tb_arg_value(c, 2, TB_DTYPE_FLOAT32);
    if (!q || !k || !v || q->rank < 2 || k->rank < 2 ||
        !tb_arg_bool(c, old ? 6 : 5, &is_causal) ||
        (!old && !tb_arg_real(c, 6, &scale)))
        return tb_refuse(c, "it needs queries, keys and values");
    if (scale == 0)
        scale = 1 / sqrt((double)q->dim[q->rank - 1]);
    tb_value *scores = tb_matmul(tb_scale(q, scale),
                                 tb_transpose(k, k->rank - 2, k->rank - 1));
    scores = masked(c, scores, 3);
    scores = scores && is_causal ? causal(c, scores) : scores;
    tb_value *p = scores ? softmax(scores) : NULL;
    tb_script_value y, weights;
    if (!tb_give(c, &y, TB_DTYPE_FLOAT32, p ? tb_matmul(p, v) : NULL))
        return false;
    *out = y;
    if (!old)
        return true;
    tb_script_list *list = tb_new_list(c->r);
    *out = (tb_script_value){.kind = TB_SCRIPT_TUPLE, .list = list};
    return list && tb_give(c, &weights, TB_DTYPE_FLOAT32, p) &&
           tb_items_append(c->r, &list->items, y) &&
           tb_items_append(c->r, &list->items, weights);
}

const tb_builtin tb_functions_attention[] = {
    {"scaled_dot_product_attention",
     "query key value attn_mask dropout_p is_causal scale", attention, 0},
    {"_scaled_dot_product_attention",
     "query key value attn_mask dropout_p need_attn_weights is_causal",
     attention, 1},
    {NULL, NULL, NULL, 0},
};
