#include "engine/prepared.h"

#include "base/hash.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Blocks lie behind each other on large pages, in the order in which they came,
   which is that in which runs read them. */
enum { PAGES = 64 << 20, LINE = 64 };

typedef struct tb_prepared_pages {
    char *memory;
    size_t size, used;
    int blocks; /* that lie here */
    struct tb_prepared_pages *next;
} tb_prepared_pages;

/* One of the origins of a block. */
typedef struct tb_origin_note {
    uint64_t hash;
    size_t count;
    struct tb_origin_note *next;
    char bytes[];
} tb_origin_note;

typedef struct tb_prepared_block {
    void *memory;
    tb_prepared_pages *pages; /* null: by itself */
    size_t bytes;
    uint64_t hash;
    int users;
    tb_origin_note *origins;
    struct tb_prepared_block *next;
} tb_prepared_block;

struct tb_prepared_store {
    pthread_mutex_t lock;
    tb_prepared_block *blocks;
    tb_prepared_pages *pages; /* those that are being filled come first */
};

tb_prepared_store *tb_prepared_store_new(void)
{
    tb_prepared_store *s = tb_alloc(sizeof *s);
    if (s)
        pthread_mutex_init(&s->lock, NULL);
    return s;
}

static void pages_free(tb_prepared_store *s, tb_prepared_pages *pages)
{
    tb_prepared_pages **at = &s->pages;
    while (*at != pages)
        at = &(*at)->next;
    *at = pages->next;
    tb_free(pages->memory);
    tb_free(pages);
}

static size_t room_for(size_t bytes)
{
    return (bytes + 2 * LINE - 1) / LINE * LINE;
}

static void block_free(tb_prepared_store *s, tb_prepared_block *b)
{
    if (!b->pages)
        tb_free(b->memory);
    else if (--b->pages->blocks == 0)
        pages_free(s, b->pages);
    for (tb_origin_note *o = b->origins, *next; o; o = next) {
        next = o->next;
        tb_free(o);
    }
    tb_free(b);
}

void tb_prepared_store_free(tb_prepared_store *store)
{
    if (!store)
        return;
    for (tb_prepared_block *b = store->blocks, *next; b; b = next) {
        next = b->next;
        block_free(store, b);
    }
    pthread_mutex_destroy(&store->lock);
    tb_free(store);
}

size_t tb_prepared_bytes(tb_prepared_store *store)
{
    size_t bytes = 0;
    pthread_mutex_lock(&store->lock);
    for (const tb_prepared_block *b = store->blocks; b; b = b->next)
        bytes += b->bytes;
    pthread_mutex_unlock(&store->lock);
    return bytes;
}

static tb_prepared_block *find_same(const tb_prepared_store *s,
                                    const void *memory, size_t bytes,
                                    uint64_t hash)
{
    tb_prepared_block *b = s->blocks;
    while (b && (b->hash != hash || b->bytes != bytes ||
                 memcmp(b->memory, memory, bytes) != 0))
        b = b->next;
    return b;
}

/* Where the block is linked that begins there; null behind it: there is none.
 */
static tb_prepared_block **find(tb_prepared_store *s, const void *memory)
{
    tb_prepared_block **at = &s->blocks;
    while (*at && (*at)->memory != memory)
        at = &(*at)->next;
    return at;
}

static tb_prepared_pages *pages_for(tb_prepared_store *s, size_t bytes)
{
    if (s->pages && s->pages->size - s->pages->used >= bytes)
        return s->pages;
    tb_prepared_pages *p = tb_alloc(sizeof *p);
    size_t size = bytes > PAGES ? bytes : PAGES;
    char *memory = p ? tb_alloc_large(size) : NULL;
    if (!memory) {
        tb_free(p);
        return NULL;
    }
    *p = (tb_prepared_pages){memory, size, 0, 0, s->pages};
    return s->pages = p;
}

/* Vectors may be read up to a line behind. */
static bool move_to_pages(tb_prepared_store *s, tb_prepared_block *b)
{
    size_t room = room_for(b->bytes);
    tb_prepared_pages *p = pages_for(s, room);
    if (!p)
        return false;
    memcpy(p->memory + p->used, b->memory, b->bytes);
    tb_free(b->memory);
    b->memory = p->memory + p->used;
    b->pages = p;
    p->used += room;
    p->blocks++;
    return true;
}

static tb_prepared_block *add(tb_prepared_store *s, void *memory, size_t bytes,
                              uint64_t hash, bool moves)
{
    tb_prepared_block *b = tb_alloc(sizeof *b);
    if (!b)
        return NULL;
    *b = (tb_prepared_block){memory, NULL, bytes, hash, 0, NULL, s->blocks};
    if (moves && !move_to_pages(s, b)) {
        tb_free(b);
        return NULL;
    }
    return s->blocks = b;
}

/* ---- by origin ---- */

static bool is_from(const tb_prepared_block *b,
                    const tb_prepared_origin *origin, uint64_t hash)
{
    const tb_origin_note *o = b->origins;
    while (o && (o->hash != hash || o->count != origin->count ||
                 memcmp(o->bytes, origin->bytes, o->count) != 0))
        o = o->next;
    return o != NULL;
}

/* Without memory the origin is not known, and it is made again. */
static void note_origin(tb_prepared_block *b, const tb_prepared_origin *origin)
{
    tb_origin_note *o = tb_alloc(sizeof *o + origin->count);
    if (!o)
        return;
    o->hash = tb_hash_bytes(origin->bytes, origin->count);
    o->count = origin->count;
    memcpy(o->bytes, origin->bytes, origin->count);
    o->next = b->origins;
    b->origins = o;
}

void *tb_prepared_find(tb_prepared_store *store,
                       const tb_prepared_origin *origin)
{
    uint64_t hash = tb_hash_bytes(origin->bytes, origin->count);
    pthread_mutex_lock(&store->lock);
    tb_prepared_block *b = store->blocks;
    while (b && !is_from(b, origin, hash))
        b = b->next;
    if (b)
        b->users++;
    pthread_mutex_unlock(&store->lock);
    return b ? b->memory : NULL;
}

/* ---- sharing ---- */

void *tb_prepared_share(tb_prepared_store *store, void *memory, size_t bytes,
                        bool moves, const tb_prepared_origin *origin)
{
    uint64_t hash = tb_hash_bytes(memory, bytes);
    pthread_mutex_lock(&store->lock);
    tb_prepared_block *same = find_same(store, memory, bytes, hash);
    tb_prepared_block *b = same ? same : add(store, memory, bytes, hash, moves);
    if (b)
        b->users++;
    if (b && origin)
        note_origin(b, origin);
    pthread_mutex_unlock(&store->lock);
    if (same || !b)
        tb_free(memory);
    return b ? b->memory : NULL;
}

void tb_prepared_release(tb_prepared_store *store, void *memory)
{
    if (!store || !memory) {
        tb_free(memory);
        return;
    }
    pthread_mutex_lock(&store->lock);
    tb_prepared_block **at = find(store, memory), *b = *at;
    if (--b->users <= 0) {
        *at = b->next;
        block_free(store, b);
    }
    pthread_mutex_unlock(&store->lock);
}
