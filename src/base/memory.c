#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* calloc rather than aligned_alloc: large blocks then come as fresh pages that
   are zero untouched. What must be freed is kept in front of the block. */
void *tb_alloc(size_t bytes)
{
    if (bytes > PTRDIFF_MAX - 2 * TB_ALIGNMENT)
        return NULL;
    char *raw = calloc(1, bytes + 2 * TB_ALIGNMENT);
    if (!raw)
        return NULL;
    uintptr_t gap = TB_ALIGNMENT - (uintptr_t)raw % TB_ALIGNMENT;
    if (gap < sizeof raw)
        gap += TB_ALIGNMENT;
    char *memory = raw + gap;
    memcpy(memory - sizeof raw, &raw, sizeof raw);
    return memory;
}

void *tb_alloc_array(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return tb_alloc(count * size);
}

void tb_free(void *memory)
{
    if (!memory)
        return;
    char *raw;
    memcpy(&raw, (char *)memory - sizeof raw, sizeof raw);
    free(raw);
}
