/* Zeroed, aligned memory. */
#ifndef TB_BASE_MEMORY_H
#define TB_BASE_MEMORY_H

#include <stddef.h>

/* Every block starts on a cache line, which serves every vector width. */
#define TB_ALIGNMENT 64

/* Zeroed memory aligned to TB_ALIGNMENT (also for 0 bytes), or null when
   there is none. The caller frees it with tb_free. */
void *tb_alloc(size_t bytes);

/* As tb_alloc, on large pages where the system has them: for what is read from
   end to end again and again, as weights are. */
void *tb_alloc_large(size_t bytes);

/* As tb_alloc for count * size bytes; null when the product overflows. */
void *tb_alloc_array(size_t count, size_t size);

/* An array [count] of elements of `size` bytes that has room for one more: the
   one that there is (null: none yet) while `room` is larger than its count, or
   its elements moved to one of twice the room. Null without memory: then
   nothing changed. */
void *tb_array_grown(void *array, int count, int *room, size_t size);

/* Accepts null. */
void tb_free(void *memory);

#endif
