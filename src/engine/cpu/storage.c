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

static TB_REALTIME int64_t all_elements(const tb_tensor *t)
{
    return tb_elements(t, t->time < 0 ? 1 : t->dim[t->time]);
}

/* Whether both lie in memory in one order and without gaps. */
static TB_REALTIME bool lie_alike(const tb_tensor *a, const tb_tensor *b)
{
    int64_t reach = 1;
    for (int i = 0; i < a->rank; i++) {
        if (a->dim[i] != 1 && a->stride[i] != b->stride[i])
            return false;
        reach += (a->dim[i] - 1) * a->stride[i];
    }
    return reach == all_elements(a);
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
    if (tb_is_empty(to))
        return;
    if (lie_alike(to, from)) { /* a single number as well */
        memcpy(to->data, from->data, size * (size_t)all_elements(to));
        return;
    }
    outer.rank = last;
    do
        copy_run((char *)to->data + bytes * tb_offset_of(&outer, index),
                 bytes * to->stride[last],
                 (const char *)from->data + bytes * tb_offset_of(from, index),
                 bytes * from->stride[last], to->dim[last], size);
    while (tb_next_index(&outer, index));
}

static TB_REALTIME void fill_elements(const tb_tensor *to, size_t real_size,
                                      tb_elements_from from)
{
    int64_t index[TB_RANK] = {0}, i = 0;
    if (tb_is_empty(to))
        return;
    do
        tb_element_copy(to, real_size, tb_offset_of(to, index), from, i++);
    while (tb_next_index(to, index));
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
