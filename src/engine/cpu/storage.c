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

/* Elements along the last axis, `n` of them. */
static TB_REALTIME void copy_run(char *to, ptrdiff_t to_step, const char *from,
                                 ptrdiff_t from_step, int64_t n, size_t size)
{
    if (size == sizeof(float))
        for (int64_t i = 0; i < n; i++)
            memcpy(to + i * to_step, from + i * from_step, sizeof(float));
    else
        for (int64_t i = 0; i < n; i++)
            memcpy(to + i * to_step, from + i * from_step, size);
}

static TB_REALTIME void copy_elements(const tb_tensor *to,
                                      const tb_tensor *from, size_t size)
{
    int64_t index[TB_RANK] = {0};
    ptrdiff_t bytes = (ptrdiff_t)size;
    int last = to->rank - 1;
    tb_tensor outer = *to;
    if (is_empty(to))
        return;
    outer.rank = last > 0 ? last : 0;
    do
        copy_run((char *)to->data + bytes * offset_of(&outer, index),
                 last < 0 ? 0 : bytes * to->stride[last],
                 (const char *)from->data +
                     bytes * (last < 0 ? 0 : offset_of(from, index)),
                 last < 0 ? 0 : bytes * from->stride[last],
                 last < 0 ? 1 : to->dim[last], size);
    while (next_index(&outer, index));
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
                                    .fill = fill_elements,
                                    .arithmetic = &tb_arithmetic_host};
