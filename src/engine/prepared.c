#include "engine/prepared.h"

#include "base/hash.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Blocks lie behind each other on large pages, in the order in which they came,
   which is that in which runs read them. */
enum { PAGES = 16 << 20, LINE = 64 };

typedef struct tb_prepared_pages {
    char *memory;
    size_t size, used;
    int blocks; /* that lie here */
    struct tb_prepared_pages *next;
} tb_prepared_pages;

typedef struct tb_prepared_block {
    void *memory;
    tb_prepared_pages *pages;
    size_t bytes;
    uint64_t hash;
    int users;
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

/* What came last makes room for the next, which begins with zeros. */
static void block_free(tb_prepared_store *s, tb_prepared_block *b)
{
    tb_prepared_pages *p = b->pages;
    size_t room = room_for(b->bytes);
    if ((char *)b->memory + room == p->memory + p->used) {
        memset(b->memory, 0, room);
        p->used -= room;
    }
    if (--p->blocks == 0)
        pages_free(s, p);
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

/* Another block with the content of this one. */
static tb_prepared_block *find_same(const tb_prepared_store *s,
                                    const tb_prepared_block *given)
{
    for (tb_prepared_block *b = s->blocks; b; b = b->next)
        if (b->users > 0 && b->hash == given->hash &&
            b->bytes == given->bytes &&
            memcmp(b->memory, given->memory, b->bytes) == 0)
            return b;
    return NULL;
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
static tb_prepared_block *add(tb_prepared_store *s, size_t bytes)
{
    size_t room = room_for(bytes);
    tb_prepared_block *b = tb_alloc(sizeof *b);
    tb_prepared_pages *p = b ? pages_for(s, room) : NULL;
    if (!p) {
        tb_free(b);
        return NULL;
    }
    *b = (tb_prepared_block){p->memory + p->used, p, bytes, 0, 0, s->blocks};
    p->used += room;
    p->blocks++;
    return s->blocks = b;
}

void *tb_prepared_room(tb_prepared_store *store, size_t bytes)
{
    pthread_mutex_lock(&store->lock);
    tb_prepared_block *b = add(store, bytes);
    pthread_mutex_unlock(&store->lock);
    return b ? b->memory : NULL;
}

void *tb_prepared_share(tb_prepared_store *store, void *memory)
{
    pthread_mutex_lock(&store->lock);
    tb_prepared_block **at = find(store, memory), *b = *at;
    pthread_mutex_unlock(&store->lock);
    uint64_t hash = tb_hash_bytes(memory, b->bytes);
    pthread_mutex_lock(&store->lock);
    b->hash = hash;
    tb_prepared_block *same = find_same(store, b);
    if (same) {
        at = find(store, memory);
        *at = b->next;
        block_free(store, b);
        b = same;
    }
    b->users++;
    pthread_mutex_unlock(&store->lock);
    return b->memory;
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
