/* As a copying collector does it (Cheney 1970): what is reached is copied once,
   and where it was tells the others where it is. */
#include "torchscript/script_tidy.h"

#include "base/memory.h"
#include "torchscript/script_tensor.h"

#include <string.h>

enum { ENOUGH = 256 << 10 };

typedef struct found {
    tb_script_items *items; /* that are still to be gone through */
    struct found *next;
} found;

typedef struct tidying {
    tb_script_module *m;
    tb_arena *to, *scratch;
    found *open;
    bool ok; /* there was memory so far */
} tidying;

static void go_through_later(tidying *t, tb_script_items *items)
{
    found *f = tb_arena_alloc(t->scratch, sizeof *f);
    t->ok = t->ok && f;
    if (!t->ok)
        return;
    *f = (found){items, t->open};
    t->open = f;
    items->round = t->m->round;
}

static tb_script_value *new_items(tidying *t, const tb_script_items *from)
{
    tb_script_value *at =
        tb_arena_array(t->to, (size_t)from->count + 1, sizeof *at);
    if (at && from->count > 0)
        memcpy(at, from->at, (size_t)from->count * sizeof *at);
    return at;
}

/* Moves the `bytes` that *holder points to, which begin with or hold `items`.
   Its first item tells from then on where it is. */
static void move(tidying *t, tb_script_value *x, tb_script_items *items,
                 size_t bytes)
{
    char *copy = tb_arena_alloc(t->to, bytes);
    tb_script_value *at = copy ? new_items(t, items) : NULL;
    t->ok = t->ok && at;
    if (!t->ok)
        return;
    tb_script_value there = *x;
    memcpy(copy, x->list, bytes);
    there.list = (tb_script_list *)copy;
    tb_script_items *moved =
        x->kind == TB_SCRIPT_OBJECT ? &there.object->items : &there.list->items;
    moved->at = at;
    moved->capacity = moved->count + 1;
    go_through_later(t, moved);
    items->round = t->m->round;
    items->at[0] = there;
    *x = there;
}

static void reach_items(tidying *t, tb_script_value *x, tb_script_items *items,
                        size_t bytes)
{
    bool seen = items->round == t->m->round;
    if (items->left && seen)
        *x = items->at[0];
    else if (items->left)
        move(t, x, items, bytes);
    else if (!seen)
        go_through_later(t, items);
}

static void reach_tensor(tidying *t, tb_script_value *x)
{
    x->tensor->storage->round = t->m->round;
    if (!x->tensor->left)
        return;
    tb_script_tensor *copy = tb_arena_alloc(t->to, sizeof *copy);
    t->ok = t->ok && copy;
    if (!t->ok)
        return;
    *copy = *x->tensor;
    x->tensor = copy;
}

static void reach_bytes(tidying *t, const void **bytes, size_t count)
{
    void *copy = tb_arena_alloc(t->to, count);
    t->ok = t->ok && copy;
    if (t->ok)
        *bytes = memcpy(copy, *bytes, count);
}

static void reach(tidying *t, tb_script_value *x)
{
    switch (x->kind) {
    case TB_SCRIPT_STRING: {
        const char *copy = tb_arena_strdup(t->to, x->string);
        t->ok = t->ok && copy;
        x->string = copy ? copy : x->string;
        return;
    }
    case TB_SCRIPT_COMPLEX:
        reach_bytes(t, (const void **)&x->complex, 2 * sizeof *x->complex);
        return;
    case TB_SCRIPT_TENSOR:
        reach_tensor(t, x);
        return;
    case TB_SCRIPT_LIST:
    case TB_SCRIPT_TUPLE:
        reach_items(t, x, &x->list->items, sizeof *x->list);
        return;
    case TB_SCRIPT_DICT:
        reach_items(t, x, &x->dict->items, sizeof *x->dict);
        return;
    case TB_SCRIPT_OBJECT:
        reach_items(t, x, &x->object->items, sizeof *x->object);
        return;
    default:
        return;
    }
}

/* Roots are where they are; what they hold moves. */
static void go_through_all(tidying *t)
{
    tb_script_module *m = t->m;
    go_through_later(t, &m->root.object->items);
    go_through_later(t, &m->constants);
    while (t->ok && t->open) {
        tb_script_items *items = t->open->items;
        t->open = t->open->next;
        for (int i = 0; t->ok && i < items->count; i++)
            reach(t, &items->at[i]);
    }
}

static void note_spare_storages(tb_script_module *m)
{
    for (tb_script_storage *s = m->made_storages; s; s = s->made_before)
        s->is_spare = s->round != m->round;
}

/* Half of it may have moved when memory ends: then both halves stay. */
static void end(tidying *t)
{
    tb_script_module *m = t->m;
    m->kept = NULL;
    m->epoch++;
    if (t->ok) {
        tb_arena_free(m->left);
        note_spare_storages(m);
    } else {
        m->left_before = m->left;
    }
    m->left = t->to;
    m->made_bytes = 0;
    m->tidy_above = 2 * tb_arena_bytes(m->left);
    tb_arena_free(t->scratch);
}

void tb_script_tidy(tb_script_module *m)
{
    size_t bytes = m->left ? tb_arena_bytes(m->left) + m->made_bytes : 0;
    if (bytes < ENOUGH || bytes < m->tidy_above || m->left_before)
        return;
    tidying t = {.m = m, .ok = true};
    t.to = tb_arena_new();
    t.scratch = tb_arena_new();
    if (!t.to || !t.scratch) {
        tb_arena_free(t.to);
        tb_arena_free(t.scratch);
        return;
    }
    m->round++;
    go_through_all(&t);
    end(&t);
}
