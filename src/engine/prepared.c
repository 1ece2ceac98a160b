#include "engine/prepared.h"

#include "base/hash.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct tb_prepared_block {
    void *memory;
    size_t bytes;
    uint64_t hash;
    int users;
    struct tb_prepared_block *next;
} tb_prepared_block;

struct tb_prepared_store {
    pthread_mutex_t lock;
    tb_prepared_block *blocks;
};

tb_prepared_store *tb_prepared_store_new(void)
{
    tb_prepared_store *s = tb_alloc(sizeof *s);
    if (s)
        pthread_mutex_init(&s->lock, NULL);
    return s;
}

static void block_free(tb_prepared_block *b)
{
    tb_free(b->memory);
    tb_free(b);
}

void tb_prepared_store_free(tb_prepared_store *store)
{
    if (!store)
        return;
    for (tb_prepared_block *b = store->blocks, *next; b; b = next) {
        next = b->next;
        block_free(b);
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
    for (tb_prepared_block *b = s->blocks; b; b = b->next)
        if (b->hash == hash && b->bytes == bytes &&
            memcmp(b->memory, memory, bytes) == 0)
            return b;
    return NULL;
}

static tb_prepared_block *add(tb_prepared_store *s, void *memory, size_t bytes,
                              uint64_t hash)
{
    tb_prepared_block *b = tb_alloc(sizeof *b);
    if (!b)
        return NULL;
    *b = (tb_prepared_block){memory, bytes, hash, 0, s->blocks};
    s->blocks = b;
    return b;
}

void *tb_prepared_share(tb_prepared_store *store, void *memory, size_t bytes)
{
    uint64_t hash = tb_hash_bytes(memory, bytes);
    pthread_mutex_lock(&store->lock);
    tb_prepared_block *b = find_same(store, memory, bytes, hash);
    bool known = b != NULL;
    if (!known)
        b = add(store, memory, bytes, hash);
    if (b)
        b->users++;
    void *shared = b ? b->memory : NULL;
    pthread_mutex_unlock(&store->lock);
    if (known || !b)
        tb_free(memory);
    return shared;
}

void tb_prepared_release(tb_prepared_store *store, void *memory)
{
    if (!store || !memory) {
        tb_free(memory);
        return;
    }
    pthread_mutex_lock(&store->lock);
    tb_prepared_block **at = &store->blocks;
    while (*at && (*at)->memory != memory)
        at = &(*at)->next;
    tb_prepared_block *b = *at;
    if (b && --b->users == 0)
        *at = b->next;
    else
        b = NULL;
    pthread_mutex_unlock(&store->lock);
    if (b)
        block_free(b);
}
