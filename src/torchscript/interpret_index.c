#include "torchscript/interpreter.h"
#include "torchscript/recording_guard.h"
#include "torchscript/recording_scalar.h"

#include <string.h>

/* ---- lists, tuples, dicts, texts ---- */

static bool whole_index(tb_frame *f, const tb_expression *e, int count,
                        int64_t *i)
{
    tb_script_value x;
    double real = 0;
    if (!tb_evaluate(f, e, &x))
        return false;
    if (x.kind == TB_SCRIPT_TENSOR) {
        if (tb_script_tensor_count(x.tensor) != 1)
            return tb_interpreter_fail(f->in, "an index has several numbers");
        if (!tb_recording_look(f->in->r, x.tensor, &real))
            return false;
        x = tb_script_int((int64_t)real);
    }
    if (x.kind != TB_SCRIPT_INT)
        return tb_interpreter_fail(f->in, "an index is %s",
                                   tb_script_kind_name(x.kind));
    if (!tb_pin(f->in->r, &x))
        return false;
    *i = x.integer < 0 ? x.integer + count : x.integer;
    return (*i >= 0 && *i < count) ||
           tb_interpreter_fail(f->in, "there is no element %lld of %d",
                               (long long)x.integer, count);
}

static bool bound(tb_frame *f, const tb_expression *e, tb_script_value *out)
{
    *out = tb_script_none();
    return !e || tb_evaluate(f, e, out);
}

/* As the builtin for lists and texts: slice(x, first, last, step). */
static bool slice_of(tb_frame *f, const tb_script_value *x,
                     const tb_expression *s, tb_script_value *out)
{
    tb_script_value list[4] = {*x};
    return bound(f, s->slice.first, &list[1]) &&
           bound(f, s->slice.last, &list[2]) &&
           bound(f, s->slice.step, &list[3]) &&
           tb_call_builtin(f->in, "slice", 4, list, out);
}

static bool element(tb_frame *f, const tb_script_value *x,
                    const tb_expression *index, tb_script_value *out)
{
    int64_t i = 0;
    tb_script_value pair[2] = {*x};
    if (index->kind == TB_EXPR_SLICE)
        return slice_of(f, x, index, out);
    if (x->kind == TB_SCRIPT_DICT || x->kind == TB_SCRIPT_STRING)
        return tb_evaluate(f, index, &pair[1]) &&
               tb_call_builtin(f->in, "__getitem__", 2, pair, out);
    const tb_script_items *items = tb_elements_of(f->in, x);
    if (!items || !whole_index(f, index, items->count, &i))
        return false;
    *out = items->at[i];
    return true;
}

/* ---- tensors ---- */

/* Index tensors are kept for one call of `index`: at their axes, with None
   before. */
static bool add_tensor(tb_frame *f, const tb_script_value *index, int *axis,
                       tb_script_list *tensors)
{
    while (tensors->items.count < *axis)
        if (!tb_items_append(f->in->r, &tensors->items, tb_script_none()))
            return false;
    *axis += index->tensor->dtype == TB_DTYPE_BOOL ? index->tensor->rank : 1;
    return tb_items_append(f->in->r, &tensors->items, *index);
}

/* One index after the other, each by the builtin that PyTorch would print for
   it; *axis is where the next one looks. */
static bool index_axis(tb_frame *f, tb_script_value *x,
                       const tb_expression *index, int *axis,
                       tb_script_list *tensors)
{
    tb_script_value list[5] = {*x, tb_script_int(*axis)};
    if (index->kind == TB_EXPR_NONE) {
        ++*axis;
        return tb_call_builtin(f->in, "unsqueeze", 2, list, x);
    }
    if (index->kind == TB_EXPR_SLICE) {
        ++*axis;
        return bound(f, index->slice.first, &list[2]) &&
               bound(f, index->slice.last, &list[3]) &&
               bound(f, index->slice.step, &list[4]) &&
               tb_call_builtin(f->in, "slice",
                               list[4].kind == TB_SCRIPT_NONE ? 4 : 5, list, x);
    }
    if (!tb_evaluate(f, index, &list[2]))
        return false;
    if (list[2].kind == TB_SCRIPT_TENSOR && list[2].tensor->rank > 0)
        return add_tensor(f, &list[2], axis, tensors);
    return tb_call_builtin(f->in, "select", 3, list, x);
}

/* Gives the view that is meant, and the index tensors that are to be looked up
   in it (none, or a list for `index`). */
static bool index_tensor(tb_frame *f, tb_script_value x, const tb_expression *e,
                         tb_script_value *out, tb_script_value *indices)
{
    int axis = 0, count = e->subscript.count;
    tb_script_list *tensors = tb_new_list(f->in->r);
    if (!tensors)
        return false;
    for (int i = 0; i < count; i++) {
        const tb_expression *index = e->subscript.indices[i];
        if (index->kind == TB_EXPR_ELLIPSIS) {
            axis = x.tensor->rank;
            for (int k = i + 1; k < count; k++)
                axis -= e->subscript.indices[k]->kind != TB_EXPR_NONE;
        } else if (!index_axis(f, &x, index, &axis, tensors)) {
            return false;
        }
    }
    *out = x;
    *indices = tb_script_none();
    if (tensors->items.count > 0)
        *indices = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = tensors};
    return true;
}

bool tb_evaluate_index(tb_frame *f, const tb_expression *e,
                       tb_script_value *out)
{
    tb_script_value x, list[2];
    if (!tb_evaluate(f, e->subscript.object, &x))
        return false;
    if (x.kind == TB_SCRIPT_TENSOR) {
        if (!index_tensor(f, x, e, &list[0], &list[1]))
            return false;
        *out = list[0];
        return list[1].kind == TB_SCRIPT_NONE ||
               tb_call_builtin(f->in, "index", 2, list, out);
    }
    return element(f, &x, e->subscript.indices[0], out);
}

/* ---- writing ---- */

static bool set_element(tb_frame *f, tb_script_value *object,
                        const tb_expression *index, tb_script_value x)
{
    int64_t i = 0;
    tb_script_value list[3] = {*object, {0}, x}, nothing;
    if (object->kind == TB_SCRIPT_DICT)
        return tb_evaluate(f, index, &list[1]) &&
               tb_call_builtin(f->in, "_set_item", 3, list, &nothing);
    if (object->kind != TB_SCRIPT_LIST)
        return tb_interpreter_fail(f->in, "%s cannot be written to",
                                   tb_script_kind_name(object->kind));
    tb_script_items *items =
        tb_items_write(f->in->r, &object->list->items, &object->list->draft);
    if (!items || !whole_index(f, index, items->count, &i) ||
        !tb_recording_settle_value(f->in->r, &x))
        return false;
    items->at[i] = x;
    return true;
}

bool tb_assign_index(tb_frame *f, const tb_expression *e, tb_script_value x)
{
    tb_script_value object, list[3], nothing;
    if (!tb_evaluate(f, e->subscript.object, &object))
        return false;
    if (object.kind != TB_SCRIPT_TENSOR)
        return set_element(f, &object, e->subscript.indices[0], x);
    if (!index_tensor(f, object, e, &list[0], &list[1]))
        return false;
    bool indexed = list[1].kind != TB_SCRIPT_NONE;
    list[1 + indexed] = x;
    return tb_call_builtin(f->in, indexed ? "index_put_" : "copy_", 2 + indexed,
                           list, &nothing);
}
