/* How a backend holds values. Addresses of its memory may be calculated with,
   passed on and bound by anybody; only the backend and these functions look at
   what lies there, for it may lie on another device. Calls are done in the
   order in which they come; `read` waits for what came before. */
#ifndef TB_ENGINE_STORAGE_H
#define TB_ENGINE_STORAGE_H

#include "base/realtime.h"
#include "engine/element.h"
#include "engine/tensor.h"

typedef struct tb_storage {
    /* It is the host's own memory: what is there may be looked at where it
       lies, and needs no mirror. */
    bool is_host;

    /* Zeroed, aligned to 64 bytes; null when there is none. */
    void *(*alloc)(size_t bytes);
    void (*free)(void *memory); /* accepts null */

    /* Bytes from the host, to the host, within (they may overlap); zeros. */
    TB_REALTIME void (*write)(void *to, const void *from, size_t bytes);
    TB_REALTIME void (*read)(void *to, const void *from, size_t bytes);
    TB_REALTIME void (*move)(void *to, const void *from, size_t bytes);
    TB_REALTIME void (*clear)(void *to, size_t bytes);

    /* Elements of `size` bytes between tensors of one shape and any strides.
       Frames are an axis like others: `data` is the first of them. */
    TB_REALTIME void (*copy)(const tb_tensor *to, const tb_tensor *from,
                             size_t size);

    /* Given numbers (the host's) in logical order, as tb_element_copy. */
    TB_REALTIME void (*fill)(const tb_tensor *to, size_t real_size,
                             tb_elements_from from);

    /* What training does with blocks of it (engine/arithmetic.h). */
    const struct tb_arithmetic *arithmetic;
} tb_storage;

/* A tensor of the same shape in logical order without gaps. */
static inline tb_tensor tb_tensor_packed(const tb_tensor *like, void *data)
{
    tb_tensor t = *like;
    int64_t size = 1;
    t.data = data;
    for (int i = t.rank - 1; i >= 0; i--) {
        t.stride[i] = size;
        size *= t.dim[i];
    }
    return t;
}

#endif
