/* Lists and dicts made anew: of ranges, of what can be gone through, side by
   side, in order. */
#include "torchscript/functions.h"

#include <string.h>

enum { MOST_RANGE = 1 << 20, MOST_SORTED = 4096 };

static bool give_list(tb_script_value *out, tb_script_list *list)
{
    *out = (tb_script_value){.kind = TB_SCRIPT_LIST, .list = list};
    return list != NULL;
}

static bool range(tb_builtin_call *c, tb_script_value *out)
{
    int64_t first = 0, last = 0, step = 1;
    bool one = !tb_has(c, 1);
    if (!tb_arg_int(c, 0, one ? &last : &first) || !tb_arg_int(c, 1, &last) ||
        !tb_arg_int(c, 2, &step))
        return false;
    if (step == 0 || (last - first) / step > MOST_RANGE)
        return tb_refuse(c, "the range is too long");
    tb_script_list *list = tb_new_list(c->r);
    for (int64_t i = first; list && (step > 0 ? i < last : i > last); i += step)
        if (!tb_items_append(c->r, &list->items, tb_script_int(i)))
            return false;
    return give_list(out, list);
}

/* list(x): the elements of a list or a tuple, the letters of a text, the keys
   of a dict, the parts of a tensor along its first axis. */
static bool to_list(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    const tb_script_value *x = &c->arg[0];
    tb_script_list *list = tb_new_list(c->r);
    if (!list || !tb_has(c, 0))
        return give_list(out, list);
    if (x->kind == TB_SCRIPT_TENSOR) {
        c->function = tb_builtin_named("unbind");
        return c->function->run(c, out);
    }
    for (const char *p = x->string; x->kind == TB_SCRIPT_STRING && *p; p++)
        if (!tb_items_append(
                c->r, &list->items,
                tb_script_string(tb_arena_printf(c->r->arena, "%c", *p))))
            return false;
    if (x->kind == TB_SCRIPT_STRING)
        return give_list(out, list);
    if (!tb_arg_items(c, 0, &items))
        return false;
    for (int i = 0; i < items->count; i += x->kind == TB_SCRIPT_DICT ? 2 : 1)
        if (!tb_items_append(c->r, &list->items, items->at[i]))
            return false;
    return give_list(out, list);
}

static bool new_dict(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_dict *dict = tb_arena_alloc(c->r->arena, sizeof *dict);
    *out = (tb_script_value){.kind = TB_SCRIPT_DICT, .dict = dict};
    return dict || tb_recording_fail(c->r, TB_ERR_MEMORY,
                                     "There is not enough memory.");
}

/* dict(), of another one, or of pairs. */
static bool to_dict(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    if (!new_dict(c, out))
        return false;
    if (!tb_has(c, 0))
        return true;
    if (!tb_arg_items(c, 0, &items))
        return false;
    if (c->arg[0].kind == TB_SCRIPT_DICT) {
        for (int i = 0; i < items->count; i++)
            if (!tb_items_append(c->r, &out->dict->items, items->at[i]))
                return false;
        return true;
    }
    for (int i = 0; i < items->count; i++) {
        const tb_script_value *x = &items->at[i];
        bool pair = x->kind == TB_SCRIPT_TUPLE || x->kind == TB_SCRIPT_LIST;
        const tb_script_items *two =
            pair ? tb_items_read(&x->list->items, x->list->draft) : NULL;
        if (!two || two->count != 2)
            return tb_refuse(c, "it is made of pairs");
        if (!tb_set_key(c, &out->dict->items, &two->at[0], &two->at[1]))
            return false;
    }
    return true;
}

static bool copy(tb_builtin_call *c, tb_script_value *out)
{
    return c->arg[0].kind == TB_SCRIPT_DICT ? to_dict(c, out) : to_list(c, out);
}

/* ---- several side by side ---- */

static bool append_tuple(tb_builtin_call *c, tb_script_list *to, int n,
                         const tb_script_value *x)
{
    tb_script_list *list = tb_new_list(c->r);
    for (int i = 0; list && i < n; i++)
        if (!tb_items_append(c->r, &list->items, x[i]))
            return false;
    return list && tb_items_append(c->r, &to->items,
                                   (tb_script_value){.kind = TB_SCRIPT_TUPLE,
                                                     .list = list});
}

/* What can be gone through, as a list. */
static bool elements(tb_builtin_call *c, int i, const tb_script_items **items)
{
    tb_script_value list;
    tb_builtin_call one = {.r = c->r, .function = c->function};
    one.arg[0] = c->arg[i];
    if (!to_list(&one, &list))
        return false;
    *items = &list.list->items;
    return true;
}

/* zip(a, b...): as many tuples as the shortest has elements. */
static bool zip(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *from[TB_MOST_ARGUMENTS];
    tb_script_value row[TB_MOST_ARGUMENTS];
    tb_script_list *list = tb_new_list(c->r);
    int n = 0;
    for (int i = 0; i < c->count; i++) {
        if (!elements(c, i, &from[i]))
            return false;
        n = i == 0 || from[i]->count < n ? from[i]->count : n;
    }
    for (int k = 0; list && k < n; k++) {
        for (int i = 0; i < c->count; i++)
            row[i] = from[i]->at[k];
        if (!append_tuple(c, list, c->count, row))
            return false;
    }
    return give_list(out, list);
}

/* enumerate(x, first): (first, x[0]), (first + 1, x[1])... */
static bool enumerate(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    int64_t first = 0;
    tb_script_list *list = tb_new_list(c->r);
    if (!list || !elements(c, 0, &items) || !tb_arg_int(c, 1, &first))
        return false;
    for (int i = 0; i < items->count; i++) {
        tb_script_value pair[2] = {
            tb_script_int((int64_t)((uint64_t)first + (uint64_t)i)),
            items->at[i]};
        if (!append_tuple(c, list, 2, pair))
            return false;
    }
    return give_list(out, list);
}

/* ---- in order ---- */

static bool comes_before(const tb_script_value *a, const tb_script_value *b)
{
    if (a->kind == TB_SCRIPT_STRING && b->kind == TB_SCRIPT_STRING)
        return strcmp(a->string, b->string) < 0;
    if (a->kind == TB_SCRIPT_INT && b->kind == TB_SCRIPT_INT)
        return a->integer < b->integer;
    return tb_script_is_number(a) && tb_script_is_number(b) &&
           tb_script_number(a) < tb_script_number(b);
}

/* By insertion: equal ones keep their order. */
bool tb_sort_items(tb_builtin_call *c, tb_script_items *items, bool down)
{
    if (items->count > MOST_SORTED)
        return tb_refuse(c, "the list is too long");
    for (int i = 1; i < items->count; i++) {
        tb_script_value x = items->at[i];
        int k = i;
        for (; k > 0 && (down ? comes_before(&items->at[k - 1], &x)
                              : comes_before(&x, &items->at[k - 1]));
             k--)
            items->at[k] = items->at[k - 1];
        items->at[k] = x;
    }
    return true;
}

static bool sorted(tb_builtin_call *c, tb_script_value *out)
{
    bool down = false;
    return to_list(c, out) && tb_arg_bool(c, 1, &down) &&
           tb_sort_items(c, &out->list->items, down);
}

/* Every second of a dict's items: keys from 0, values from 1, pairs (2). */
static bool of_dict(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    tb_script_list *list = tb_new_list(c->r);
    if (!list || !tb_arg_items(c, 0, &items))
        return false;
    for (int i = 0; i + 1 < items->count; i += 2) {
        tb_script_value x = items->at[i + (c->function->kind == 1)];
        if (c->function->kind == 2 ? !append_tuple(c, list, 2, &items->at[i])
                                   : !tb_items_append(c->r, &list->items, x))
            return false;
    }
    return give_list(out, list);
}

const tb_builtin tb_functions_iterate[] = {
    {"range", "a b c", range, 0},
    {"list", "a", to_list, 0},
    {"keys", "self", of_dict, 0},
    {"values", "self", of_dict, 1},
    {"items", "self", of_dict, 2},
    {"Size", "sizes", to_list, 0},
    {"copy", "self", copy, 0},
    {"dict", "a", to_dict, 0},
    {"zip", "a", zip, 0},
    {"enumerate", "a start", enumerate, 0},
    {"sorted", "a reverse", sorted, 0},
    {NULL, NULL, NULL, 0},
};
