#include "base/names.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16 };

void tb_names_clear(tb_names *names)
{
    free(names->slots);
    *names = (tb_names){0};
}

/* Where a name stands, or the free slot where it would; there is always one,
   for at most half of them are taken. */
static tb_named *slot_of(const tb_names *names, const char *name, uint64_t hash)
{
    size_t i = hash & (names->room - 1);
    while (names->slots[i].name && (names->slots[i].hash != hash ||
                                    strcmp(names->slots[i].name, name) != 0))
        i = (i + 1) & (names->room - 1);
    return &names->slots[i];
}

static bool make_room(tb_names *names)
{
    if (2 * (names->count + 1) <= names->room)
        return true;
    tb_names more = {.room = names->room ? 2 * names->room : FIRST_ROOM,
                     .count = names->count};
    if (!(more.slots = calloc(more.room, sizeof *more.slots)))
        return false;
    for (size_t i = 0; i < names->room; i++) {
        const tb_named *old = &names->slots[i];
        if (old->name)
            *slot_of(&more, old->name, old->hash) = *old;
    }
    free(names->slots);
    *names = more;
    return true;
}

bool tb_names_add(tb_names *names, const char *name, void *item)
{
    if (!make_room(names))
        return false;
    uint64_t hash = tb_hash_bytes(name, strlen(name));
    *slot_of(names, name, hash) = (tb_named){name, hash, item};
    names->count++;
    return true;
}

void *tb_names_find(const tb_names *names, const char *name)
{
    if (!names->count)
        return NULL;
    return slot_of(names, name, tb_hash_bytes(name, strlen(name)))->item;
}
