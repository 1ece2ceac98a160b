#include "engine/cpu/storage.h"

#include "base/memory.h"

#include <string.h>

static void *host_alloc(size_t bytes)
{
    return tb_alloc(bytes);
}

static TB_REALTIME void copy_bytes(void *to, const void *from, size_t bytes)
{
    memmove(to, from, bytes);
}

static TB_REALTIME void clear_bytes(void *to, size_t bytes)
{
    memset(to, 0, bytes);
}

/* The next index in logical order; false when all have been. */
static TB_REALTIME bool next_index(const tb_tensor *t, int64_t *index)
{
    for (int i = t->rank - 1; i >= 0; i--) {
        if (++index[i] < t->dim[i])
            return true;
        index[i] = 0;
    }
    return false;
}

static TB_REALTIME bool is_empty(const tb_tensor *t)
{
    for (int i = 0; i < t->rank; i++)
        if (t->dim[i] <= 0)
            return true;
    return false;
}

static TB_REALTIME int64_t offset_of(const tb_tensor *t, const int64_t *index)
{
    int64_t o = 0;
    for (int i = 0; i < t->rank; i++)
        o += index[i] * t->stride[i];
    return o;
}

static TB_REALTIME void copy_elements(const tb_tensor *to,
                                      const tb_tensor *from, size_t size)
{
    int64_t index[TB_RANK] = {0};
    if (is_empty(to))
        return;
    do
        memcpy((char *)to->data + (ptrdiff_t)size * offset_of(to, index),
               (const char *)from->data +
                   (ptrdiff_t)size * offset_of(from, index),
               size);
    while (next_index(to, index));
}

static TB_REALTIME void fill_elements(const tb_tensor *to, size_t real_size,
                                      tb_elements_from from)
{
    int64_t index[TB_RANK] = {0}, i = 0;
    if (is_empty(to))
        return;
    do
        tb_element_copy(to, real_size, offset_of(to, index), from, i++);
    while (next_index(to, index));
}

const tb_storage tb_storage_host = {.is_host = true,
                                    .alloc = host_alloc,
                                    .free = tb_free,
                                    .write = copy_bytes,
                                    .read = copy_bytes,
                                    .move = copy_bytes,
                                    .clear = clear_bytes,
                                    .copy = copy_elements,
                                    .fill = fill_elements};
