/* What is asked about tensors: shapes, types, places. */
#include "torchscript/functions.h"

#include "engine/ops.h"

static bool give_all(tb_builtin_call *c, int n, const int64_t *x,
                     tb_script_value *out)
{
    tb_script_list *list = tb_new_list(c->r);
    for (int i = 0; list && i < n; i++)
        if (!tb_items_append(c->r, &list->items, tb_script_int(x[i])))
            return false;
    *out = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
    return list != NULL;
}

static bool size(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int axis = 0;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    if (tb_has(c, 1))
        return tb_arg_axis(c, 1, t->rank, &axis) &&
               (t->rank > 0 || tb_refuse(c, "the tensor has no axes")) &&
               tb_give_int(out, t->dim[axis]);
    return give_all(c, t->rank, t->dim, out);
}

static bool stride(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    int axis = 0;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    if (tb_has(c, 1))
        return tb_arg_axis(c, 1, t->rank, &axis) &&
               tb_give_int(out, t->rank ? t->stride[axis] : 1);
    return give_all(c, t->rank, t->stride, out);
}

static bool element_size(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    return tb_arg_tensor(c, 0, &t) &&
           tb_give_int(out, (int64_t)tb_dtype_size(t->dtype));
}

static bool common_type(tb_builtin_call *c, tb_script_value *out)
{
    tb_dtype a = TB_DTYPE_FLOAT32, b = TB_DTYPE_FLOAT32;
    if (!c->function->kind)
        return tb_give_int(out, tb_common_type(c, 2));
    return tb_arg_dtype(c, 0, &a) && tb_arg_dtype(c, 1, &b) &&
           tb_give_int(out, tb_promote(a, b));
}

static bool rank(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    return tb_arg_tensor(c, 0, &t) && tb_give_int(out, t->rank);
}

static bool numel(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    return tb_arg_tensor(c, 0, &t) &&
           tb_give_int(out, tb_script_tensor_count(t));
}

static bool dtype(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    return tb_arg_tensor(c, 0, &t) && tb_give_int(out, t->dtype);
}

static bool device(tb_builtin_call *c, tb_script_value *out)
{
    (void)c;
    *out = (tb_script_value){.kind = TB_SCRIPT_DEVICE};
    return true;
}

static bool fixed(tb_builtin_call *c, tb_script_value *out)
{
    return tb_give_bool(out, c->function->kind);
}

static bool layout(tb_builtin_call *c, tb_script_value *out)
{
    (void)c;
    return tb_give_int(out, 0);
}

static bool is_kind(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    if (!tb_arg_tensor(c, 0, &t))
        return false;
    return tb_give_bool(out, c->function->kind == TB_C64
                                 ? tb_dtype_type(t->dtype) == TB_C64
                                 : tb_dtype_is_real(t->dtype));
}

static bool is_contiguous(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_tensor *t;
    return tb_arg_tensor(c, 0, &t) &&
           tb_give_bool(out, tb_script_tensor_is_contiguous(t));
}

/* The tensor itself: what only matters to gradients or other memory. */
static bool same(tb_builtin_call *c, tb_script_value *out)
{
    *out = c->arg[0];
    return true;
}

const tb_builtin tb_functions_question[] = {
    {"size", "self dim", size, 0},
    {"shape", "self", size, 0},
    {"stride", "self dim", stride, 0},
    {"element_size", "self", element_size, 0},
    {"result_type", "tensor other", common_type, 0},
    {"promote_types", "type1 type2", common_type, 1},
    {"dim", "self", rank, 0},
    {"ndim", "self", rank, 0},
    {"numel", "self", numel, 0},
    {"dtype", "self", dtype, 0},
    {"device", "self", device, 0},
    {"layout", "self", layout, 0},
    {"is_cuda", "self", fixed, false},
    {"requires_grad", "self", fixed, false},
    {"is_grad_enabled", "", fixed, false},
    {"is_scripting", "", fixed, true},
    {"is_complex", "self", is_kind, TB_C64},
    {"is_floating_point", "self", is_kind, TB_REAL},
    {"is_contiguous", "self memory_format", is_contiguous, 0},
    {"detach", "self", same, 0},
    {"data", "self", same, 0},
    {"requires_grad_", "self requires_grad", same, 0},
    {"cpu", "self", same, 0},
    {NULL, NULL, NULL, 0},
};
