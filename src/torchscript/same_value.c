#include "torchscript/same_value.h"

#include "torchscript/formula.h"

#include <string.h>

enum { MOST_DEPTH = 16 }; /* of tuples in each other */

static TB_REALTIME bool is_same_tensor(const tb_script_tensor *a,
                                       const tb_script_tensor *b)
{
    bool same = a->storage == b->storage && a->dtype == b->dtype &&
                a->rank == b->rank && a->offset == b->offset &&
                a->apart == b->apart;
    for (int i = 0; same && i < a->rank; i++)
        same = a->dim[i] == b->dim[i] && a->stride[i] == b->stride[i];
    return same;
}

static TB_REALTIME bool is_same(const tb_script_value *a,
                                const tb_script_value *b, int depth)
{
    if (a->kind != b->kind || depth > MOST_DEPTH)
        return false;
    switch (a->kind) {
    case TB_SCRIPT_ABSENT:
    case TB_SCRIPT_NONE:
    case TB_SCRIPT_DEVICE:
        return true;
    case TB_SCRIPT_BOOL:
        return a->boolean == b->boolean;
    case TB_SCRIPT_INT:
        return a->integer == b->integer;
    case TB_SCRIPT_FLOAT:
        return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    case TB_SCRIPT_COMPLEX:
        return memcmp(a->complex, b->complex, 2 * sizeof *a->complex) == 0;
    case TB_SCRIPT_STRING:
        return strcmp(a->string, b->string) == 0;
    case TB_SCRIPT_TENSOR:
        return a->tensor == b->tensor || is_same_tensor(a->tensor, b->tensor);
    case TB_SCRIPT_TUPLE: {
        const tb_script_items *x = &a->list->items, *y = &b->list->items;
        bool same = x->count == y->count;
        for (int i = 0; x != y && same && i < x->count; i++)
            same = is_same(&x->at[i], &y->at[i], depth + 1);
        return same;
    }
    default:
        return a->list == b->list;
    }
}

bool tb_script_is_same(const tb_script_value *a, const tb_script_value *b)
{
    return is_same(a, b, 0);
}

static TB_REALTIME bool has_form(const tb_script_value *a,
                                 const tb_script_value *b, int depth)
{
    if (a->kind != b->kind || depth > TB_MOST_PATH)
        return false;
    if (a->kind == TB_SCRIPT_INT || a->kind == TB_SCRIPT_FLOAT)
        return true;
    if (a->kind != TB_SCRIPT_TUPLE)
        return tb_script_is_same(a, b);
    const tb_script_items *x = &a->list->items, *y = &b->list->items;
    bool same = x->count == y->count;
    for (int i = 0; same && i < x->count; i++)
        same = has_form(&x->at[i], &y->at[i], depth + 1);
    return same;
}

bool tb_script_has_form(const tb_script_value *a, const tb_script_value *b)
{
    return has_form(a, b, 0);
}
