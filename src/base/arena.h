/* An arena: many allocations that are freed at once. */
#ifndef TB_BASE_ARENA_H
#define TB_BASE_ARENA_H

#include <stddef.h>

typedef struct tb_arena tb_arena;

/* Null when there is no memory. */
tb_arena *tb_arena_new(void);

/* Frees everything that was allocated from it. Accepts null. */
void tb_arena_free(tb_arena *arena);

/* Zeroed memory aligned to TB_ALIGNMENT that lives as long as the arena, or
   null when there is none; what was allocated before stays valid. */
void *tb_arena_alloc(tb_arena *arena, size_t bytes);

/* As tb_arena_alloc for count * size bytes; null when that overflows. */
void *tb_arena_array(tb_arena *arena, size_t count, size_t size);

/* Copies of text, packed without alignment; null in gives null. */
char *tb_arena_strdup(tb_arena *arena, const char *text);

/* The same of so many bytes, which may hold zeros; a zero follows them. */
char *tb_arena_text(tb_arena *arena, const char *text, size_t bytes);

/* As printf. */
char *tb_arena_printf(tb_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes taken from the system so far. */
size_t tb_arena_bytes(const tb_arena *arena);

#endif
