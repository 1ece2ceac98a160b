#define _GNU_SOURCE /* mremap */

#include "engine/far/far_memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Address space that is set aside; what nobody uses needs no memory. */
static const size_t reserved = (size_t)1 << 36;

enum { UNIT = 64, MOST_BLOCKS = 1 << 22 };

/* A piece of the stretch, in the order of addresses. */
typedef struct tb_far_block {
    size_t at, bytes;
    bool free;
} tb_far_block;

static struct {
    pthread_mutex_t lock;
    char *closed, *open;
    size_t top; /* what was ever given lies below */
    tb_far_block *blocks;
    size_t count;
} far = {.lock = PTHREAD_MUTEX_INITIALIZER};

void *tb_far_open(const void *memory)
{
    size_t at = (size_t)((const char *)memory - far.closed);
    bool mine = memory && far.closed && at < reserved;
    return mine ? far.open + at : (void *)memory;
}

/* ---- the stretch ---- */

/* Shared pages may lie at two places: that is what moving none of them does. */
static bool set_aside(void)
{
    if (far.open)
        return true;
    void *open = mmap(NULL, reserved, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (open == MAP_FAILED)
        return false;
    void *closed = mremap(open, 0, reserved, MREMAP_MAYMOVE);
    if (closed == MAP_FAILED || mprotect(closed, reserved, PROT_NONE))
        return false;
    void *blocks =
        mmap(NULL, MOST_BLOCKS * sizeof *far.blocks, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (blocks == MAP_FAILED)
        return false;
    far.open = open;
    far.closed = closed;
    far.blocks = blocks;
    return true;
}

/* ---- blocks ---- */

/* The first free block that is large enough is cut in two. */
static tb_far_block *reuse(size_t bytes)
{
    for (size_t i = 0; i < far.count; i++) {
        tb_far_block *b = &far.blocks[i];
        if (!b->free || b->bytes < bytes)
            continue;
        if (b->bytes > bytes) {
            memmove(b + 1, b, (far.count - i) * sizeof *b);
            far.count++;
            b[1].at += bytes;
            b[1].bytes -= bytes;
        }
        b->bytes = bytes;
        b->free = false;
        return b;
    }
    return NULL;
}

static tb_far_block *extend(size_t bytes)
{
    if (bytes > reserved - far.top)
        return NULL;
    tb_far_block *b = &far.blocks[far.count++];
    *b = (tb_far_block){far.top, bytes, false};
    far.top += bytes;
    return b;
}

static void *take(size_t bytes)
{
    if (!set_aside() || far.count + 2 > MOST_BLOCKS)
        return NULL;
    tb_far_block *b = reuse(bytes);
    b = b ? b : extend(bytes);
    return b ? far.closed + b->at : NULL;
}

void *tb_far_alloc(size_t bytes)
{
    bytes = (bytes + UNIT) / UNIT * UNIT;
    pthread_mutex_lock(&far.lock);
    void *memory = take(bytes);
    pthread_mutex_unlock(&far.lock);
    if (memory)
        memset(tb_far_open(memory), 0, bytes);
    return memory;
}

/* Free neighbours become one. */
static void join(size_t i)
{
    tb_far_block *b = far.blocks;
    if (i + 1 >= far.count || !b[i].free || !b[i + 1].free)
        return;
    b[i].bytes += b[i + 1].bytes;
    memmove(&b[i + 1], &b[i + 2], (far.count - i - 2) * sizeof *b);
    far.count--;
}

void tb_far_free(void *memory)
{
    if (!memory)
        return;
    pthread_mutex_lock(&far.lock);
    size_t at = (size_t)((char *)memory - far.closed);
    size_t low = 0, high = far.count;
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        *(far.blocks[middle].at <= at ? &low : &high) = middle;
    }
    far.blocks[low].free = true;
    join(low);
    if (low > 0)
        join(low - 1);
    pthread_mutex_unlock(&far.lock);
}
