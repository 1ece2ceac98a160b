/* The stack machine that a pickle is a program of. Its opcodes are in
   pickle_opcodes.c. */
#include "torchscript/pickle.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "torchscript/pickle_depth.h"
#include "torchscript/unpickler.h"

static const size_t most_bytes = 64 << 20, most_values = 2 << 20,
                    most_items = 4 << 20;

enum { SLAB = 256 };

tb_status tb_unpickler_fail(const tb_unpickler *u, const char *format, ...)
{
    char detail[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    return tb_fail(u->error, TB_ERR_FORMAT,
                   "'%s' cannot be understood: %s, at byte %zu. Fetch or "
                   "export it again.",
                   u->what, detail, (size_t)(u->p - u->start));
}

/* ---- bytes ---- */

tb_status tb_unpickler_take(tb_unpickler *u, uint64_t bytes,
                            const unsigned char **at)
{
    if (bytes > (uint64_t)(u->end - u->p))
        return tb_unpickler_fail(u, "it ends too early");
    *at = u->p;
    u->p += bytes;
    return TB_OK;
}

tb_status tb_unpickler_number(tb_unpickler *u, int width, uint64_t *number)
{
    const unsigned char *p;
    tb_status status = tb_unpickler_take(u, (uint64_t)width, &p);
    *number = 0;
    for (int i = width - 1; status == TB_OK && i >= 0; i--)
        *number = *number << 8 | p[i];
    return status;
}

/* ---- values and the stack ---- */

tb_status tb_unpickler_value(tb_unpickler *u, tb_pickled_kind kind,
                             tb_pickled **out)
{
    if (u->count >= most_values)
        return tb_unpickler_fail(u, "it holds more than %zu values",
                                 most_values);
    if (!u->slab_left) {
        u->slab = tb_arena_array(u->arena, SLAB, sizeof *u->slab);
        if (!u->slab)
            return tb_fail_memory(u->error);
        u->slab_left = SLAB;
    }
    *out = u->slab++;
    u->slab_left--;
    (*out)->kind = kind;
    (*out)->number = (uint32_t)u->count++;
    return TB_OK;
}

tb_status tb_unpickler_push(tb_unpickler *u, tb_pickled *value)
{
    tb_pickled_stack *s = &u->stack;
    if ((size_t)s->count >= most_values)
        return tb_unpickler_fail(u, "it piles up more than %zu values",
                                 most_values);
    tb_pickled **at = tb_array_grown(s->at, s->count, &s->room, sizeof *at);
    if (!at)
        return tb_fail_memory(u->error);
    s->at = at;
    s->at[s->count++] = value;
    return TB_OK;
}

tb_status tb_unpickler_push_new(tb_unpickler *u, tb_pickled_kind kind,
                                tb_pickled **out)
{
    tb_status status = tb_unpickler_value(u, kind, out);
    return status == TB_OK ? tb_unpickler_push(u, *out) : status;
}

int tb_unpickler_height(const tb_unpickler *u)
{
    return u->stack.count - (u->mark_count ? u->marks[u->mark_count - 1] : 0);
}

tb_status tb_unpickler_pop(tb_unpickler *u, int count, tb_pickled ***values)
{
    if (tb_unpickler_height(u) < count)
        return tb_unpickler_fail(u, "a value is missing");
    u->stack.count -= count;
    *values = u->stack.at + u->stack.count;
    return TB_OK;
}

tb_status tb_unpickler_pop_mark(tb_unpickler *u, tb_pickled ***values,
                                size_t *count)
{
    if (!u->mark_count)
        return tb_unpickler_fail(u, "a mark is missing");
    *count = (size_t)tb_unpickler_height(u);
    u->stack.count = u->marks[--u->mark_count];
    *values = u->stack.at + u->stack.count;
    return TB_OK;
}

tb_status tb_unpickler_top(tb_unpickler *u, tb_pickled **value)
{
    if (!tb_unpickler_height(u))
        return tb_unpickler_fail(u, "a value is missing");
    *value = u->stack.at[u->stack.count - 1];
    return TB_OK;
}

/* ---- containers ---- */

/* The room that a container of so many items has: powers of two. */
static size_t room_of(size_t count)
{
    size_t room = count ? 4 : 0;
    while (room < count)
        room *= 2;
    return room;
}

tb_status tb_unpickler_append(tb_unpickler *u, tb_pickled *to,
                              tb_pickled *const *values, size_t count)
{
    size_t room = room_of(to->count + count);
    u->items += count;
    if (u->items > most_items)
        return tb_unpickler_fail(u, "its lists hold more than %zu values",
                                 most_items);
    if (room > room_of(to->count)) {
        tb_pickled **items = tb_arena_array(u->arena, room, sizeof *to->items);
        if (!items)
            return tb_fail_memory(u->error);
        if (to->count)
            memcpy(items, to->items, to->count * sizeof *items);
        to->items = items;
    }
    if (count)
        memcpy(to->items + to->count, values, count * sizeof *values);
    to->count += count;
    return TB_OK;
}

/* ---- the whole pickle ---- */

/* What there is only one of. */
static tb_status make_single(tb_unpickler *u)
{
    tb_status status = tb_unpickler_value(u, TB_PICKLED_NONE, &u->none);
    if (status == TB_OK)
        status = tb_unpickler_value(u, TB_PICKLED_BOOL, &u->no);
    if (status == TB_OK)
        status = tb_unpickler_value(u, TB_PICKLED_BOOL, &u->yes);
    if (status == TB_OK)
        status = tb_unpickler_value(u, TB_PICKLED_TUPLE, &u->unit);
    if (status == TB_OK)
        u->yes->integer = 1;
    return status;
}

tb_status tb_unpickle(const void *data, size_t bytes, const char *what,
                      tb_arena *arena, tb_unpickled *out, tb_error *error)
{
    *out = (tb_unpickled){0};
    if (bytes > most_bytes)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "'%s' has more than the %zu bytes that a model's "
                       "description can have.",
                       what, most_bytes);
    const unsigned char *start = bytes ? data : (const void *)"";
    tb_unpickler u = {.start = start,
                      .p = start,
                      .end = start + bytes,
                      .what = what,
                      .arena = arena,
                      .error = error};
    tb_status status = make_single(&u);
    if (status == TB_OK)
        status = tb_unpickler_push(&u, u.none);
    u.stack.count = 0;
    while (status == TB_OK && !u.root)
        status = tb_unpickler_run(&u);
    if (status == TB_OK) {
        *out = (tb_unpickled){.root = u.root, .count = (uint32_t)u.count};
        status = tb_pickled_measure(out, what, error);
    }
    tb_free(u.stack.at);
    tb_free(u.memo.at);
    return status;
}
