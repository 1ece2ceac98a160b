/* What is found by name: a hash table with open addressing. All zero bytes are
   an empty one. */
#ifndef TB_BASE_NAMES_H
#define TB_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tb_named {
    const char *name; /* null: free */
    uint64_t hash;
    void *item;
} tb_named;

typedef struct tb_names {
    tb_named *slots;
    size_t room, count; /* room: a power of two, or 0 */
} tb_names;

void tb_names_clear(tb_names *names);

/* Adds an item under a name that is not there yet; both must outlive the
   table. False when there is no memory. */
bool tb_names_add(tb_names *names, const char *name, void *item);

/* Null when nothing has that name. */
void *tb_names_find(const tb_names *names, const char *name);

#endif
