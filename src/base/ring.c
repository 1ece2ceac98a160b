#include "base/ring.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"

/* Both counts run on for ever; their difference is what is in the ring. Each
   is written by one thread only and lies on a cache line of its own. */
struct tb_ring {
    _Alignas(TB_ALIGNMENT) atomic_size_t written;
    _Alignas(TB_ALIGNMENT) atomic_size_t taken;
    _Alignas(TB_ALIGNMENT) size_t capacity; /* a power of two */
    unsigned char data[];
};

tb_ring *tb_ring_new(size_t bytes)
{
    size_t capacity = 64;
    while (capacity < bytes && capacity <= SIZE_MAX / 4)
        capacity *= 2;
    if (capacity < bytes)
        return NULL;
    tb_ring *ring = tb_alloc(sizeof *ring + capacity);
    if (!ring)
        return NULL;
    /* New pages are given at the first write, which must not be the audio
       thread's. */
    for (size_t i = 0; i < capacity; i += 4096)
        ((volatile unsigned char *)ring->data)[i] = 0;
    ring->capacity = capacity;
    return ring;
}

void tb_ring_free(tb_ring *ring)
{
    tb_free(ring);
}

void tb_ring_reset(tb_ring *ring)
{
    atomic_store(&ring->written, 0);
    atomic_store(&ring->taken, 0);
}

size_t tb_ring_capacity(const tb_ring *ring)
{
    return ring->capacity;
}

/* The other thread's count is acquired, so that the bytes that it stands for
   are seen too; one's own needs no order. */
size_t tb_ring_write_space(const tb_ring *ring)
{
    size_t w = atomic_load_explicit(&ring->written, memory_order_relaxed);
    size_t t = atomic_load_explicit(&ring->taken, memory_order_acquire);
    return ring->capacity - (w - t);
}

size_t tb_ring_read_space(const tb_ring *ring)
{
    size_t w = atomic_load_explicit(&ring->written, memory_order_acquire);
    size_t t = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    return w - t;
}

bool tb_ring_write(tb_ring *ring, const void *data, size_t bytes)
{
    if (tb_ring_write_space(ring) < bytes)
        return false;
    if (!bytes)
        return true;
    size_t w = atomic_load_explicit(&ring->written, memory_order_relaxed);
    size_t at = w & (ring->capacity - 1), first = ring->capacity - at;
    if (first > bytes)
        first = bytes;
    memcpy(ring->data + at, data, first);
    memcpy(ring->data, (const char *)data + first, bytes - first);
    atomic_store_explicit(&ring->written, w + bytes, memory_order_release);
    return true;
}

bool tb_ring_peek(const tb_ring *ring, void *data, size_t bytes)
{
    if (tb_ring_read_space(ring) < bytes)
        return false;
    if (!bytes)
        return true;
    size_t t = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    size_t at = t & (ring->capacity - 1), first = ring->capacity - at;
    if (first > bytes)
        first = bytes;
    memcpy(data, ring->data + at, first);
    memcpy((char *)data + first, ring->data, bytes - first);
    return true;
}

bool tb_ring_skip(tb_ring *ring, size_t bytes)
{
    if (tb_ring_read_space(ring) < bytes)
        return false;
    size_t t = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    atomic_store_explicit(&ring->taken, t + bytes, memory_order_release);
    return true;
}

bool tb_ring_read(tb_ring *ring, void *data, size_t bytes)
{
    return tb_ring_peek(ring, data, bytes) && tb_ring_skip(ring, bytes);
}
