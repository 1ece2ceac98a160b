#include "torchscript/promotion.h"

/* Bool, integer, real, complex. */
static int category(tb_dtype t)
{
    return t == TB_DTYPE_BOOL     ? 0
           : tb_dtype_is_whole(t) ? 1
           : tb_dtype_is_real(t)  ? 2
                                  : 3;
}

static tb_dtype promote_whole(tb_dtype a, tb_dtype b)
{
    tb_dtype low = a < b ? a : b, high = a < b ? b : a;
    if (low == TB_DTYPE_UINT8 && high == TB_DTYPE_INT8)
        return TB_DTYPE_INT16;
    return high;
}

static tb_dtype promote_real(tb_dtype a, tb_dtype b)
{
    if (a == b)
        return a;
    if (a == TB_DTYPE_FLOAT64 || b == TB_DTYPE_FLOAT64)
        return TB_DTYPE_FLOAT64;
    return TB_DTYPE_FLOAT32;
}

tb_dtype tb_promote(tb_dtype a, tb_dtype b)
{
    int x = category(a), y = category(b);
    if (x != y)
        return x > y ? a : b;
    return x == 1 ? promote_whole(a, b) : x == 2 ? promote_real(a, b) : a;
}

tb_dtype tb_dtype_of_number(tb_script_kind kind)
{
    switch (kind) {
    case TB_SCRIPT_BOOL:
        return TB_DTYPE_BOOL;
    case TB_SCRIPT_INT:
        return TB_DTYPE_INT64;
    case TB_SCRIPT_COMPLEX:
        return TB_DTYPE_COMPLEX64;
    default:
        return TB_DTYPE_FLOAT32;
    }
}

void tb_promotion_add(tb_promotion *p, const tb_script_value *x)
{
    bool tensor = x->kind == TB_SCRIPT_TENSOR;
    int which = !tensor ? 2 : x->tensor->rank == 0;
    tb_dtype type = tensor ? x->tensor->dtype : tb_dtype_of_number(x->kind);
    p->of[which] = p->any[which] ? tb_promote(p->of[which], type) : type;
    p->any[which] = true;
}

tb_dtype tb_promotion_result(const tb_promotion *p)
{
    tb_dtype result = TB_DTYPE_FLOAT32;
    bool any = false;
    for (int i = 0; i < 3; i++) {
        if (!p->any[i])
            continue;
        if (!any || category(p->of[i]) > category(result))
            result =
                any && category(p->of[i]) == 3 ? TB_DTYPE_COMPLEX64 : p->of[i];
        any = true;
    }
    return result;
}
