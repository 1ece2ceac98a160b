#include "torchscript/script_snapshot.h"

#include "torchscript/script_plan_state.h"

#include <string.h>

typedef struct tb_saved_storage {
    tb_script_storage *storage;
    void *bytes;
    size_t from, size;
    struct tb_saved_storage *next;
} tb_saved_storage;

typedef struct tb_saved_slot {
    tb_script_items *items;
    int slot; /* -1: all contents */
    int count;
    tb_script_value *values;
    struct tb_saved_slot *next;
} tb_saved_slot;

/* What it holds beyond what was saved before: nobody has written there. */
static bool save_storage(tb_script_snapshot *s, tb_script_storage *storage)
{
    size_t size = tb_type_size(tb_dtype_type(storage->dtype), sizeof(float));
    size_t from = 0, to = (size_t)storage->held * size;
    const char *data = tb_script_storage_bring(storage);
    for (tb_saved_storage *k = s->storages; k; k = k->next)
        if (k->storage == storage && k->from + k->size > from)
            from = k->from + k->size;
    if (to <= from)
        return true;
    tb_saved_storage *k = tb_arena_alloc(s->arena, sizeof *k);
    void *bytes = tb_arena_alloc(s->arena, to - from);
    if (!k || !bytes)
        return false;
    memcpy(bytes, data + from, to - from);
    *k = (tb_saved_storage){storage, bytes, from, to - from, s->storages};
    s->storages = k;
    return true;
}

static bool save_slot(tb_script_snapshot *s, tb_script_items *items, int slot)
{
    for (tb_saved_slot *k = s->slots; k; k = k->next)
        if (k->items == items && k->slot == slot)
            return true;
    bool all = slot < 0;
    int count = all ? items->count : 1;
    tb_saved_slot *k = tb_arena_alloc(s->arena, sizeof *k);
    tb_script_value *values =
        tb_arena_array(s->arena, (size_t)count + 1, sizeof *values);
    if (!k || !values)
        return false;
    if (count)
        memcpy(values, items->at + (all ? 0 : slot),
               (size_t)count * sizeof *values);
    *k = (tb_saved_slot){items, slot, count, values, s->slots};
    s->slots = k;
    return true;
}

bool tb_script_snapshot_take(tb_script_snapshot *s, const tb_script_plan *p)
{
    if (!s->arena)
        s->arena = tb_arena_new();
    bool ok = s->arena != NULL;
    for (int i = 0; ok && i < p->state_count; i++)
        ok = save_storage(s, p->states[i].storage);
    for (int i = 0; ok && i < p->result_count; i++)
        ok = p->results[i].is_answer || save_storage(s, p->results[i].storage);
    for (int i = 0; ok && i < p->effect_count; i++)
        ok = save_slot(s, p->effects[i].target, p->effects[i].slot);
    return ok;
}

void tb_script_snapshot_restore(tb_script_snapshot *s)
{
    for (tb_saved_storage *k = s->storages; k; k = k->next) {
        memcpy((char *)k->storage->data + k->from, k->bytes, k->size);
        k->storage->home = NULL;
    }
    for (tb_saved_slot *k = s->slots; k; k = k->next) {
        if (k->count)
            memcpy(k->items->at + (k->slot < 0 ? 0 : k->slot), k->values,
                   (size_t)k->count * sizeof *k->values);
        if (k->slot < 0)
            k->items->count = k->count;
    }
    tb_script_snapshot_forget(s);
}

void tb_script_snapshot_forget(tb_script_snapshot *s)
{
    tb_arena_free(s->arena);
    *s = (tb_script_snapshot){0};
}
