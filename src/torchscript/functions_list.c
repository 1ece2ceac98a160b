/* Lists, tuples, dicts, and what asks for the place of things. */
#include "torchscript/functions.h"

#include <string.h>

enum { MOST_DEPTH = 64 }; /* of lists in each other: one may be in itself */

/* The items that can be written to; null and an error where it is no list. */
static tb_script_items *writable(tb_builtin_call *c)
{
    tb_script_value *x = &c->arg[0];
    if (x->kind == TB_SCRIPT_DICT)
        return tb_items_write(c->r, &x->dict->items, &x->dict->draft);
    if (x->kind == TB_SCRIPT_LIST)
        return tb_items_write(c->r, &x->list->items, &x->list->draft);
    tb_refuse(c, "this is no list");
    return NULL;
}

bool tb_arg_items(tb_builtin_call *c, int i, const tb_script_items **items)
{
    const tb_script_value *x = &c->arg[i];
    if (x->kind != TB_SCRIPT_DICT)
        return tb_arg_list(c, i, items);
    *items = tb_items_read(&x->dict->items, x->dict->draft);
    return true;
}

static bool equal(const tb_script_value *a, const tb_script_value *b, int depth)
{
    if (a->kind == TB_SCRIPT_STRING && b->kind == TB_SCRIPT_STRING)
        return strcmp(a->string, b->string) == 0;
    if (a->kind == TB_SCRIPT_INT && b->kind == TB_SCRIPT_INT)
        return a->integer == b->integer;
    if (tb_script_is_number(a) && tb_script_is_number(b))
        return tb_script_number(a) == tb_script_number(b);
    if (a->kind != b->kind || depth > MOST_DEPTH)
        return false;
    if (a->kind != TB_SCRIPT_LIST && a->kind != TB_SCRIPT_TUPLE)
        return a->kind < TB_SCRIPT_STRING || a->kind == TB_SCRIPT_DEVICE ||
               a->object == b->object;
    const tb_script_items *x = tb_items_read(&a->list->items, a->list->draft);
    const tb_script_items *y = tb_items_read(&b->list->items, b->list->draft);
    bool same = x->count == y->count;
    for (int i = 0; x != y && same && i < x->count; i++)
        same = equal(&x->at[i], &y->at[i], depth + 1);
    return same;
}

bool tb_script_equal(const tb_script_value *a, const tb_script_value *b)
{
    return equal(a, b, 0);
}

double tb_script_number(const tb_script_value *x)
{
    return x->kind == TB_SCRIPT_INT    ? (double)x->integer
           : x->kind == TB_SCRIPT_BOOL ? x->boolean
                                       : x->real;
}

/* ---- changing ---- */

static bool append(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_items *items = writable(c);
    *out = c->arg[0];
    return items && tb_items_append(c->r, items, c->arg[1]);
}

static bool extend(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *more = NULL;
    tb_script_items *items = writable(c);
    *out = tb_script_none();
    if (!items || !tb_arg_list(c, 1, &more))
        return false;
    for (int i = 0, n = more->count; i < n; i++)
        if (!tb_items_append(c->r, items, more->at[i]))
            return false;
    return true;
}

static bool place(tb_builtin_call *c, int i, int count, int64_t standard,
                  int *at)
{
    int64_t x = standard;
    if (!tb_arg_int(c, i, &x))
        return false;
    x = x < 0 ? x + count : x;
    *at = (int)x;
    return (x >= 0 && x < count) ||
           tb_refuse(c, "there is no element %lld of %d", (long long)x, count);
}

/* The place of a key; -1: none. */
static int key_place(const tb_script_items *items, const tb_script_value *key)
{
    for (int i = 0; i + 1 < items->count; i += 2)
        if (tb_script_equal(&items->at[i], key))
            return i;
    return -1;
}

static void remove_items(tb_script_items *items, int at, int n)
{
    memmove(&items->at[at], &items->at[at + n],
            (size_t)(items->count - at - n) * sizeof *items->at);
    items->count -= n;
}

/* pop(dict, key, otherwise). */
static bool pop_key(tb_builtin_call *c, tb_script_items *items,
                    tb_script_value *out)
{
    int at = key_place(items, &c->arg[1]);
    *out = at >= 0 ? items->at[at + 1] : c->arg[2];
    if (at >= 0)
        remove_items(items, at, 2);
    return out->kind != TB_SCRIPT_ABSENT ||
           tb_refuse(c, "the dict has no such key");
}

static bool pop(tb_builtin_call *c, tb_script_value *out)
{
    int at = 0;
    tb_script_items *items = writable(c);
    if (items && c->arg[0].kind == TB_SCRIPT_DICT)
        return pop_key(c, items, out);
    if (!items || !place(c, 1, items->count, -1, &at))
        return false;
    *out = items->at[at];
    remove_items(items, at, 1);
    return true;
}

static bool insert(tb_builtin_call *c, tb_script_value *out)
{
    int64_t at = 0;
    tb_script_items *items = writable(c);
    *out = tb_script_none();
    if (!items || !tb_arg_int(c, 1, &at) ||
        !tb_items_append(c->r, items, c->arg[2]))
        return false;
    int last = items->count - 1;
    at = at < 0 ? at + last : at;
    at = at < 0 ? 0 : at > last ? last : at;
    memmove(&items->at[at + 1], &items->at[at],
            (size_t)(last - at) * sizeof *items->at);
    items->at[at] = c->arg[2];
    return true;
}

static bool reverse(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_items *items = writable(c);
    *out = tb_script_none();
    for (int i = 0, k = items ? items->count - 1 : 0; i < k; i++, k--) {
        tb_script_value x = items->at[i];
        items->at[i] = items->at[k];
        items->at[k] = x;
    }
    return items != NULL;
}

bool tb_sort_list(tb_builtin_call *c, tb_script_value *out)
{
    bool down = false;
    tb_script_items *items = writable(c);
    *out = tb_script_none();
    return items && tb_arg_bool(c, 1, &down) && tb_arg_bool(c, 3, &down) &&
           tb_sort_items(c, items, down);
}

static bool delete (tb_builtin_call *c, tb_script_value *out)
{
    int at = 0, width = 1;
    tb_script_items *items = writable(c);
    *out = tb_script_none();
    if (!items)
        return false;
    if (c->arg[0].kind == TB_SCRIPT_DICT) {
        at = key_place(items, &c->arg[1]);
        width = 2;
        if (at < 0)
            return tb_refuse(c, "the dict has no such key");
    } else if (!place(c, 1, items->count, 0, &at)) {
        return false;
    }
    remove_items(items, at, width);
    return true;
}

static int place_of(const tb_script_items *items, const tb_script_value *x)
{
    for (int i = 0; i < items->count; i++)
        if (tb_script_equal(&items->at[i], x))
            return i;
    return -1;
}

static bool remove_first(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_items *items = writable(c);
    *out = tb_script_none();
    int at = items ? place_of(items, &c->arg[1]) : -1;
    if (items && at >= 0)
        remove_items(items, at, 1);
    return items && (at >= 0 || tb_refuse(c, "the list does not have it"));
}

static bool clear(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_items *items = writable(c);
    *out = tb_script_none();
    if (items)
        items->count = 0;
    return items != NULL;
}

bool tb_set_key(tb_builtin_call *c, tb_script_items *items,
                const tb_script_value *key, const tb_script_value *x)
{
    int at = key_place(items, key);
    if (at >= 0) {
        items->at[at + 1] = *x;
        return true;
    }
    return tb_items_append(c->r, items, *key) &&
           tb_items_append(c->r, items, *x);
}

/* setdefault(dict, key, value): what it has under the key, or else value. */
static bool set_default(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_items *items = writable(c);
    int at = items ? key_place(items, &c->arg[1]) : -1;
    *out = at >= 0 ? items->at[at + 1] : c->arg[2];
    return at >= 0 || (items && tb_set_key(c, items, &c->arg[1], &c->arg[2]));
}

/* The pair that came last, taken out. */
static bool pop_item(tb_builtin_call *c, tb_script_value *out)
{
    tb_script_items *items = writable(c);
    tb_script_list *pair = tb_new_list(c->r);
    if (!items || !pair)
        return false;
    if (c->arg[0].kind != TB_SCRIPT_DICT || items->count < 2)
        return tb_refuse(c, "there is no pair in it");
    *out = (tb_script_value){.kind = TB_SCRIPT_TUPLE, .list = pair};
    for (int i = 2; i > 0; i--)
        if (!tb_items_append(c->r, &pair->items, items->at[items->count - i]))
            return false;
    items->count -= 2;
    return true;
}

static bool update(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *more = NULL;
    tb_script_items *items = writable(c);
    *out = tb_script_none();
    if (!items || !tb_arg_items(c, 1, &more))
        return false;
    for (int i = 0; i + 1 < more->count; i += 2)
        if (!tb_set_key(c, items, &more->at[i], &more->at[i + 1]))
            return false;
    return true;
}

static bool set_item(tb_builtin_call *c, tb_script_value *out)
{
    int at = 0;
    tb_script_items *items = writable(c);
    *out = tb_script_none();
    if (!items)
        return false;
    if (c->arg[0].kind == TB_SCRIPT_LIST) {
        if (!place(c, 1, items->count, 0, &at))
            return false;
        items->at[at] = c->arg[2];
        return true;
    }
    return tb_set_key(c, items, &c->arg[1], &c->arg[2]);
}

/* ---- asking ---- */

static bool get_item(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    int at = 0;
    if (c->arg[0].kind == TB_SCRIPT_STRING) {
        const char *text = c->arg[0].string;
        return place(c, 1, (int)strlen(text), 0, &at) &&
               tb_give_text(c, tb_arena_printf(c->r->arena, "%c", text[at]),
                            out);
    }
    if (!tb_arg_items(c, 0, &items))
        return false;
    if (c->arg[0].kind == TB_SCRIPT_DICT) {
        at = key_place(items, &c->arg[1]);
        if (at < 0)
            return tb_refuse(c, "the dict has no such key");
        *out = items->at[at + 1];
        return true;
    }
    if (!place(c, 1, items->count, 0, &at))
        return false;
    *out = items->at[at];
    return true;
}

static bool get(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    if (!tb_arg_items(c, 0, &items))
        return false;
    int at = key_place(items, &c->arg[1]);
    *out = at >= 0 ? items->at[at + 1] : c->arg[2];
    if (out->kind == TB_SCRIPT_ABSENT)
        *out = tb_script_none();
    return true;
}

static bool contains(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    bool found = false;
    if (c->arg[0].kind == TB_SCRIPT_STRING &&
        c->arg[1].kind == TB_SCRIPT_STRING)
        return tb_give_bool(out,
                            strstr(c->arg[0].string, c->arg[1].string) != NULL);
    if (!tb_arg_items(c, 0, &items))
        return false;
    int step = c->arg[0].kind == TB_SCRIPT_DICT ? 2 : 1;
    for (int i = 0; !found && i < items->count; i += step)
        found = tb_script_equal(&items->at[i], &c->arg[1]);
    return tb_give_bool(out, found);
}

static bool index_of(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    if (c->arg[0].kind == TB_SCRIPT_STRING) {
        const char *what = NULL, *text = c->arg[0].string;
        if (!tb_arg_string(c, 1, &what))
            return false;
        const char *found = strstr(text, what);
        return found ? tb_give_int(out, found - text)
                     : tb_refuse(c, "the text does not have it");
    }
    if (!tb_arg_list(c, 0, &items))
        return false;
    int at = place_of(items, &c->arg[1]);
    return at >= 0 ? tb_give_int(out, at)
                   : tb_refuse(c, "the list does not have it");
}

static bool count(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    const char *what = NULL;
    int64_t n = 0;
    if (c->arg[0].kind == TB_SCRIPT_STRING)
        return tb_arg_string(c, 1, &what) &&
               tb_give_int(out, tb_text_count(c->arg[0].string, what));
    if (!tb_arg_list(c, 0, &items))
        return false;
    for (int i = 0; i < items->count; i++)
        n += tb_script_equal(&items->at[i], &c->arg[1]);
    return tb_give_int(out, n);
}

static bool length(tb_builtin_call *c, tb_script_value *out)
{
    const tb_script_items *items = NULL;
    const tb_script_value *x = &c->arg[0];
    if (x->kind == TB_SCRIPT_STRING)
        return tb_give_int(out, (int64_t)strlen(x->string));
    if (x->kind == TB_SCRIPT_TENSOR)
        return x->tensor->rank > 0 ? tb_give_int(out, x->tensor->dim[0])
                                   : tb_refuse(c, "the tensor has no axes");
    if (!tb_arg_items(c, 0, &items))
        return false;
    return tb_give_int(out, x->kind == TB_SCRIPT_DICT ? items->count / 2
                                                      : items->count);
}

const tb_builtin tb_functions_list[] = {
    {"append", "self el", append, 0},
    {"extend", "self other", extend, 0},
    {"pop", "self idx", pop, 0},
    {"insert", "self idx el", insert, 0},
    {"clear", "self", clear, 0},
    {"reverse", "self", reverse, 0},
    {"Delete", "self idx", delete, 0},
    {"update", "self other", update, 0},
    {"remove", "self el", remove_first, 0},
    {"count", "self el", count, 0},
    {"setdefault", "self key default_value", set_default, 0},
    {"popitem", "self", pop_item, 0},
    {"_set_item", "self key value", set_item, 0},
    {"__getitem__", "self key", get_item, 0},
    {"get", "self key default_value", get, 0},
    {"__contains__", "self el", contains, 0},
    {"len", "a", length, 0},
    {"index_of", "self el", index_of, 0},
    {NULL, NULL, NULL, 0},
};
