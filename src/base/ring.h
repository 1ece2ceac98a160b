/* A ring of bytes from one thread to one other, without locks. */
#ifndef TB_BASE_RING_H
#define TB_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/realtime.h"

typedef struct tb_ring tb_ring;

/* ---- any thread, while no other uses the ring ---- */

/* A ring that holds at least `bytes`, all of its memory touched. Null when
   there is none or when so much is impossible. */
tb_ring *tb_ring_new(size_t bytes);

/* Accepts null. */
void tb_ring_free(tb_ring *ring);

/* Forgets what is in it. */
void tb_ring_reset(tb_ring *ring);

/* ---- any thread ---- */

size_t tb_ring_capacity(const tb_ring *ring);

/* ---- the one thread that writes ---- */

/* Bytes that can be written now; only grows until the next write. */
TB_REALTIME size_t tb_ring_write_space(const tb_ring *ring);

/* Writes all or nothing, so that a message is never seen in part. False when
   there is no room. */
TB_REALTIME bool tb_ring_write(tb_ring *ring, const void *data, size_t bytes);

/* ---- the one thread that reads ---- */

/* Bytes that can be read now; only grows until the next read. */
TB_REALTIME size_t tb_ring_read_space(const tb_ring *ring);

/* Reads all or nothing. False when there is less. */
TB_REALTIME bool tb_ring_read(tb_ring *ring, void *data, size_t bytes);

/* Reads without taking away. */
TB_REALTIME bool tb_ring_peek(const tb_ring *ring, void *data, size_t bytes);

/* Takes away without reading. */
TB_REALTIME bool tb_ring_skip(tb_ring *ring, size_t bytes);

#endif
