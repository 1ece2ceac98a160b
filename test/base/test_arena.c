#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/random.h"
#include "tap.h"

enum { COUNT = 3000 };

/* Blocks of many sizes, each filled with its number: none may overlap. */
static void blocks(void)
{
    static unsigned char *list[COUNT];
    static size_t size[COUNT];
    tb_arena *arena = tb_arena_new();
    tb_rng rng = {1, 0};
    bool zero = true, aligned = true, kept = true;
    for (int i = 0; i < COUNT; i++) {
        size[i] = tb_rng_below(&rng, i % 100 ? 400 : 300000);
        list[i] = tb_arena_alloc(arena, size[i]);
        aligned = aligned && (uintptr_t)list[i] % TB_ALIGNMENT == 0;
        for (size_t k = 0; k < size[i]; k++) {
            zero = zero && !list[i][k];
            list[i][k] = (unsigned char)(i | 1);
        }
        if (i % 3 == 0)
            tb_arena_printf(arena, "text %d", i);
    }
    for (int i = 0; i < COUNT; i++)
        for (size_t k = 0; k < size[i]; k++)
            kept = kept && list[i][k] == (unsigned char)(i | 1);
    OK(zero);
    OK(aligned);
    OK(kept);
    tb_arena_free(arena);
}

static void text(void)
{
    tb_arena *arena = tb_arena_new();
    char *a = tb_arena_strdup(arena, "bell");
    char *b = tb_arena_printf(arena, "%s.%d", a, 12);
    SAME_TEXT(a, "bell");
    SAME_TEXT(b, "bell.12");
    OK(!tb_arena_strdup(arena, NULL));
    SAME_TEXT(tb_arena_strdup(arena, ""), "");
    char *number = tb_arena_printf(arena, "%01000d", 7);
    EQ(strlen(number), 1000);
    EQ((uintptr_t)tb_arena_alloc(arena, 1) % TB_ALIGNMENT, 0);
    tb_arena_free(arena);
}

static void limits(void)
{
    tb_arena *arena = tb_arena_new();
    volatile size_t huge = SIZE_MAX;
    OK(!tb_arena_alloc(arena, huge));
    OK(!tb_arena_alloc(arena, huge / 2 - 64));
    OK(!tb_arena_array(arena, huge / 2, 4));
    OK(tb_arena_array(arena, 10, 4));
    OK(tb_arena_alloc(arena, 0));
    OK(tb_arena_bytes(arena) > 0);
    tb_arena_free(arena);
    tb_arena_free(NULL);
}

/* Many small ones cost little more than themselves. */
static void waste(void)
{
    tb_arena *arena = tb_arena_new();
    for (int i = 0; i < 100000; i++)
        tb_arena_alloc(arena, 64);
    OK(tb_arena_bytes(arena) < 2 * 100000 * 64);
    tb_arena_free(arena);
}

int main(void)
{
    blocks();
    text();
    limits();
    waste();
    return tap_done();
}
