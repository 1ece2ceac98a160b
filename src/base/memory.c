#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "base/memory.h"

#include <assert.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Large blocks have pages of their own, which the system gets back with
   tb_free: malloc keeps what it was given once, and a model that is opened
   needs more for a moment than ever after. Address sanitizer looks after those
   of malloc alone. */
enum { LARGE = 1 << 20, HEADER = TB_ALIGNMENT };

/* In front of every block. */
typedef struct tb_block_origin {
    void *from;   /* what to give back */
    size_t pages; /* bytes of it; 0: it is malloc's */
} tb_block_origin;

static_assert(sizeof(tb_block_origin) <= HEADER, "fits in front of a block");

static void *begin_block(char *memory, void *from, size_t pages)
{
    const tb_block_origin origin = {from, pages};
    memcpy(memory - sizeof origin, &origin, sizeof origin);
    return memory;
}

static void *alloc_pages(size_t bytes)
{
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED
               ? NULL
               : begin_block((char *)pages + HEADER, pages, bytes);
}

/* Of the size that processors translate at once: 2 MiB wherever we know of. */
enum { LARGE_PAGE = 2 << 20 };

void *tb_alloc_large(size_t bytes)
{
    if (bytes < LARGE_PAGE || bytes > PTRDIFF_MAX - 2 * LARGE_PAGE)
        return tb_alloc(bytes);
    size_t all = bytes + HEADER + LARGE_PAGE;
    char *pages = mmap(NULL, all, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    char *first = pages + (LARGE_PAGE - (uintptr_t)pages % LARGE_PAGE);
#ifdef MADV_HUGEPAGE
    madvise(first, bytes / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
#endif
    return begin_block(first + HEADER, pages, all);
}

void *tb_alloc(size_t bytes)
{
    if (bytes > PTRDIFF_MAX - 2 * TB_ALIGNMENT)
        return NULL;
    if (bytes >= LARGE)
        return alloc_pages(bytes + HEADER);
    char *raw = calloc(1, bytes + 2 * TB_ALIGNMENT);
    if (!raw)
        return NULL;
    uintptr_t gap = TB_ALIGNMENT - (uintptr_t)raw % TB_ALIGNMENT;
    if (gap < sizeof(tb_block_origin))
        gap += TB_ALIGNMENT;
    return begin_block(raw + gap, raw, 0);
}

void *tb_alloc_array(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return tb_alloc(count * size);
}

void *tb_array_grown(void *array, int count, int *room, size_t size)
{
    enum { FIRST = 16 };
    if (count < *room)
        return array;
    if (*room > INT_MAX / 2)
        return NULL;
    int wanted = *room ? 2 * *room : FIRST;
    void *larger = tb_alloc_array((size_t)wanted, size);
    if (!larger)
        return NULL;
    if (count > 0)
        memcpy(larger, array, (size_t)count * size);
    tb_free(array);
    *room = wanted;
    return larger;
}

void tb_free(void *memory)
{
    tb_block_origin origin;
    if (!memory)
        return;
    memcpy(&origin, (char *)memory - sizeof origin, sizeof origin);
    if (origin.pages)
        munmap(origin.from, origin.pages);
    else
        free(origin.from);
}
