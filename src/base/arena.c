#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { FIRST_BLOCK = 16 << 10, LARGEST_BLOCK = 4 << 20 };

typedef struct block {
    struct block *next;
    size_t size, used;
} block;

struct tb_arena {
    block *blocks; /* the first one is being filled */
    size_t next_size, total;
};

static size_t round_up(size_t n)
{
    return (n + TB_ALIGNMENT - 1) / TB_ALIGNMENT * TB_ALIGNMENT;
}

tb_arena *tb_arena_new(void)
{
    tb_arena *arena = tb_alloc(sizeof *arena);
    if (arena)
        arena->next_size = FIRST_BLOCK;
    return arena;
}

void tb_arena_free(tb_arena *arena)
{
    if (!arena)
        return;
    for (block *b = arena->blocks; b;) {
        block *next = b->next;
        tb_free(b);
        b = next;
    }
    tb_free(arena);
}

static block *block_new(tb_arena *arena, size_t size)
{
    block *b = tb_alloc(round_up(sizeof *b) + size);
    if (!b)
        return NULL;
    b->size = round_up(sizeof *b) + size;
    b->used = round_up(sizeof *b);
    arena->total += b->size;
    return b;
}

/* A large request gets a block of its own behind the one being filled, whose
   rest would otherwise be lost. */
static block *room_for(tb_arena *arena, size_t bytes)
{
    block *first = arena->blocks;
    if (first && bytes <= first->size - first->used)
        return first;
    if (first && bytes > arena->next_size / 4) {
        block *own = block_new(arena, bytes);
        if (own) {
            own->next = first->next;
            first->next = own;
        }
        return own;
    }
    size_t size = bytes > arena->next_size ? bytes : arena->next_size;
    block *b = block_new(arena, size);
    if (!b)
        return NULL;
    if (arena->next_size < LARGEST_BLOCK)
        arena->next_size *= 2;
    b->next = first;
    arena->blocks = b;
    return b;
}

static void *take(tb_arena *arena, size_t bytes)
{
    if (bytes > PTRDIFF_MAX / 2)
        return NULL;
    block *b = room_for(arena, bytes);
    if (!b)
        return NULL;
    void *memory = (char *)b + b->used;
    b->used += bytes;
    return memory;
}

void *tb_arena_alloc(tb_arena *arena, size_t bytes)
{
    if (bytes > PTRDIFF_MAX / 2)
        return NULL;
    size_t rounded = round_up(bytes ? bytes : 1);
    block *first = arena->blocks;
    if (first) {
        size_t used = round_up(first->used);
        first->used = used < first->size ? used : first->size;
    }
    return take(arena, rounded);
}

void *tb_arena_array(tb_arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return tb_arena_alloc(arena, count * size);
}

char *tb_arena_strdup(tb_arena *arena, const char *text)
{
    return text ? tb_arena_text(arena, text, strlen(text)) : NULL;
}

char *tb_arena_text(tb_arena *arena, const char *text, size_t bytes)
{
    char *copy = bytes < PTRDIFF_MAX ? take(arena, bytes + 1) : NULL;
    if (copy && bytes)
        memcpy(copy, text, bytes);
    if (copy)
        copy[bytes] = 0;
    return copy;
}

char *tb_arena_printf(tb_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return NULL;
    char *text = take(arena, (size_t)length + 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}

size_t tb_arena_bytes(const tb_arena *arena)
{
    return arena->total;
}
